//! How commands ask servers.

use std::error::Error;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};

use super::ToolError;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Redirects that are followed to a list.
const MAX_REDIRECTS: usize = 5;
/// What servers of lists are told; some answer nobody that tells nothing.
const USER_AGENT: &str = concat!("image-proxy/", env!("CARGO_PKG_VERSION"));

/// A client that sees what a server says itself: it follows no redirects.
///
/// # Errors
/// It cannot be set up.
pub(super) fn client() -> Result<Client, ToolError> {
    let client = builder().redirect(Policy::none()).no_proxy().build();
    client.map_err(|error| ToolError::Failed(format!("cannot set up the client: {error}")))
}

/// A client that reads what is somewhere, or has moved.
///
/// # Errors
/// It cannot be set up.
pub(super) fn reader() -> Result<Client, reqwest::Error> {
    builder().redirect(Policy::limited(MAX_REDIRECTS)).user_agent(USER_AGENT).build()
}

/// What is behind a failure, which is all that people want to know of it.
pub(super) fn cause_of(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

fn builder() -> ClientBuilder {
    // Another part of the process may have installed it already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().timeout(TIMEOUT).http1_only()
}
