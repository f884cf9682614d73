//! `ImaginarySettings`: how the dialect is set up.

use std::net::IpAddr;

use bytes::Bytes;
use http::{HeaderValue, StatusCode};

use crate::dialect::SecretText;
use crate::request::RemoteOrigins;

/// How the dialect of imaginary is set up.
#[derive(Debug, Clone)]
pub struct ImaginarySettings {
    /// What clients have to show.
    pub key: Option<SecretText>,
    /// What URLs are signed with.
    pub signature_key: Option<SecretText>,
    /// What all paths begin with, with a slash before it and none behind; empty for nothing.
    pub path_prefix: String,
    /// Pages of all origins may read answers.
    pub has_cors: bool,
    /// Answers tell their dimensions.
    pub returns_size: bool,
    /// Endpoints that are not there, in small letters.
    pub disabled: Vec<String>,
    /// How long answers to GET may be kept, in seconds; `None` says nothing of that, 0 forbids it.
    pub cache_seconds: Option<u32>,
    /// Files may be asked for.
    pub reads_files: bool,
    /// URLs may be asked for, as far as `origins` has them.
    pub reads_urls: bool,
    /// Where originals and watermarks may come from.
    pub origins: RemoteOrigins,
    /// What is sent to all of them.
    pub authorization: Option<HeaderValue>,
    /// The largest original, in bytes.
    pub max_bytes: Option<u64>,
    /// The largest original, in pixels.
    pub max_pixels: u64,
    /// The picture in place of errors.
    pub placeholder: Option<Bytes>,
    /// The status of that picture, where it is not the error's.
    pub placeholder_status: Option<StatusCode>,
    /// How many requests a second, and how many more at once.
    pub rate: Option<(u32, u32)>,
    /// The address to listen at, where nothing else says so.
    pub address: Option<IpAddr>,
    /// The port to listen at, likewise.
    pub port: Option<u16>,
}

impl Default for ImaginarySettings {
    /// Those of imaginary without any flag, but that files may be asked for.
    fn default() -> Self {
        Self {
            key: None,
            signature_key: None,
            path_prefix: String::new(),
            has_cors: false,
            returns_size: false,
            disabled: Vec::new(),
            cache_seconds: None,
            reads_files: true,
            reads_urls: false,
            origins: RemoteOrigins::default(),
            authorization: None,
            max_bytes: None,
            max_pixels: 18_000_000,
            placeholder: None,
            placeholder_status: None,
            rate: None,
            address: None,
            port: None,
        }
    }
}

impl ImaginarySettings {
    /// Those where nothing is said, for a server that fetches from these origins.
    pub fn fetching(origins: RemoteOrigins) -> Self {
        Self { reads_urls: !origins.is_empty(), origins, ..Self::default() }
    }
}
