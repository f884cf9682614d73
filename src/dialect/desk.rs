//! `Desk`: what a dialect may have done that changes originals, and needs more than one answer to a question.

use std::net::IpAddr;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::{DialectError, ExpectedBody};
use crate::request::{Denial, Facts, ImagePath, Medium, Wish};

/// A body, or the field of a form, that came with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enclosed {
    /// All of it.
    pub bytes: Bytes,
    /// The name of the file, where a form says one. It is the client's text, and may be a path.
    pub file_name: Option<String>,
}

/// What was made of an original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadePicture {
    /// What it is.
    pub medium: Medium,
    /// All of it.
    pub bytes: Bytes,
}

/// Why a command was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The dialect refuses it.
    #[error(transparent)]
    Dialect(#[from] DialectError),
    /// It could not be done.
    #[error("{}", .0.message)]
    Denied(Denial),
}

/// What one command may have done, step by step. Each step is bounded in bytes and time; the errors are those of the house.
pub trait Desk: Send + Sync {
    /// The address that the request came from, where that is known: that of the proxy, behind one.
    fn peer(&self) -> Option<IpAddr>;

    /// Reads the body; once.
    fn read(&self, expected: ExpectedBody) -> BoxFuture<'_, Result<Enclosed, CommandError>>;

    /// What the header of an original says that came.
    fn facts(&self, original: Bytes) -> BoxFuture<'_, Result<Facts, CommandError>>;

    /// Makes a picture of an original that came; one that is asked for nothing is sent back as it is, once it is known to be
    /// an image.
    fn make(&self, original: Bytes, wish: Wish) -> BoxFuture<'_, Result<MadePicture, CommandError>>;

    /// Keeps a picture as an original, where the operator lets originals be written; never over another unless it is to be
    /// replaced.
    fn deposit(&self, path: ImagePath, picture: MadePicture, replaces: bool)
    -> BoxFuture<'_, Result<(), CommandError>>;

    /// Has all that was made of an original made anew.
    fn forget(&self, path: ImagePath) -> BoxFuture<'_, Result<(), CommandError>>;

    /// Deletes an original, and all that was made of it.
    fn delete(&self, path: ImagePath) -> BoxFuture<'_, Result<(), CommandError>>;
}
