//! How commands ask servers.

use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(120);

/// A client that sees what a server says itself: it follows no redirects.
///
/// # Errors
/// It cannot be set up.
pub(super) fn client() -> Result<Client, reqwest::Error> {
    // Another part of the process may have installed it already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().redirect(Policy::none()).timeout(TIMEOUT).no_proxy().http1_only().build()
}
