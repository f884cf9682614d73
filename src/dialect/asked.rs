//! `Heard`: what a request asks for, as a dialect understands it.

use std::time::SystemTime;

use super::{DialectError, Hints, SignatureFault, Worded};
use crate::request::ImageRequest;

/// What there is to a request in a dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// What it asks for; or what was expected, and what came.
    pub asked: Result<Asked, DialectError>,
    /// The request headers that can change the answer. They follow from method and URL alone.
    pub varies_on: Hints,
    /// Until when the URL is good, where that is said in it: no answer is to be kept for longer. Or that it is not good, which
    /// comes before anything else that is wrong with it.
    pub permit: Result<Option<SystemTime>, SignatureFault>,
}

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// An image that we have, or that is made of one.
    Image(ImageRequest),
    /// One that is made of what came with the request.
    Enclosed {
        /// What is to become of it.
        request: ImageRequest,
        /// How it comes.
        expected: ExpectedBody,
    },
    /// Something that the dialect has done, step by step ([`Dialect::run`](super::Dialect::run)).
    Command,
    /// Nothing but this answer, which the dialect gives itself.
    Said(Box<Worded>),
}

/// How an original comes with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpectedBody {
    /// The field of a form (RFC 7578) that holds it.
    pub field: &'static str,
    /// A body that is no form is the original itself.
    pub takes_raw: bool,
    /// The longest body, all of its fields together.
    pub max_bytes: u64,
}

impl Heard {
    /// What is asked by method and URL alone.
    pub fn by_url(asked: Result<Asked, DialectError>) -> Self {
        Self { asked, varies_on: Hints::default(), permit: Ok(None) }
    }
}
