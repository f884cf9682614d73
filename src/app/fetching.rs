//! Sets up the sources that fetch from other servers.

use http::header::AUTHORIZATION;

use super::StartError;
use crate::config::{Config, Loaded};
use crate::source::{
    FetchSettings, RemoteSettings, RemoteSource, Source, Timeouts, Upstream, UpstreamError, UpstreamSettings,
};

/// The variable that names the fallback.
const FALLBACK_URL: &str = "IMAGE_PROXY_FALLBACK_IMAGE_URL";
/// The variable that says where URLs may lead that requests name.
const REMOTE_ORIGINS: &str = "IMAGE_PROXY_REMOTE_ORIGINS";

/// The fallback, where there is one.
pub(super) fn fallback(config: &Config) -> Result<Option<Box<dyn Source>>, StartError> {
    let Some(base) = config.fallback_image_url.clone() else { return Ok(None) };
    let fetching = FetchSettings {
        max_bytes: config.fallback_image_max_size,
        max_fetches: config.fallback_max_fetches,
        timeouts: Timeouts {
            connect: config.fallback_connect_timeout,
            read: config.fallback_read_timeout,
            total: config.fallback_image_timeout,
        },
        time_to_live: config.fallback_image_ttl,
        missing_time_to_live: config.fallback_missing_ttl,
        allow_private: config.fallback_allow_private,
        user_agent: config.user_agent.clone(),
    };
    let missing_statuses = config.fallback_missing_statuses.clone();
    let upstream = Upstream::new(UpstreamSettings { base, missing_statuses, fetching });
    let upstream = upstream.map_err(|cause| client_error(FALLBACK_URL, cause))?;
    let checked = upstream.clone();
    // Looking up a name may take long, and nothing waits for the warning.
    tokio::spawn(async move {
        if let Err(refusal) = checked.check_base().await {
            tracing::warn!("{FALLBACK_URL}: {refusal}: set IMAGE_PROXY_FALLBACK_ALLOW_PRIVATE=true if that is meant");
        }
    });
    Ok(Some(Box::new(upstream)))
}

/// What fetches the URLs that requests name, where any may be named.
pub(super) fn remote(loaded: &Loaded) -> Result<Option<Box<dyn Source>>, StartError> {
    let Loaded { config, legacy, .. } = loaded;
    // Which of them a request may name is for its dialect to say.
    let origins = config.remote_origins.clone().with(legacy.imaginary.origins.clone()).with(legacy.imgproxy.origins());
    if origins.is_empty() {
        return Ok(None);
    }
    let fetching = FetchSettings {
        max_bytes: config.remote_max_size,
        max_fetches: config.remote_max_fetches,
        timeouts: Timeouts {
            connect: config.remote_connect_timeout,
            read: config.remote_read_timeout,
            total: config.remote_timeout,
        },
        time_to_live: config.remote_ttl,
        missing_time_to_live: config.remote_missing_ttl,
        allow_private: config.remote_allow_private,
        user_agent: config.user_agent.clone(),
    };
    let authorization = legacy.imaginary.authorization.clone();
    let headers = authorization.map(|value| (AUTHORIZATION, value)).into_iter().collect();
    let remote = RemoteSource::new(RemoteSettings { origins, headers, fetching });
    let remote = remote.map_err(|cause| client_error(REMOTE_ORIGINS, cause))?;
    let checked = remote.clone();
    tokio::spawn(async move {
        for refusal in checked.check_hosts().await {
            tracing::warn!("{REMOTE_ORIGINS}: {refusal}: set IMAGE_PROXY_REMOTE_ALLOW_PRIVATE=true if that is meant");
        }
    });
    Ok(Some(Box::new(remote)))
}

fn client_error(variable: &'static str, cause: UpstreamError) -> StartError {
    StartError::Client { variable, cause }
}
