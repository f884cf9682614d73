//! What is done about changes of the folder. Whatever fails here is a line in the log, and the server goes on.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use crate::config::Config;
use crate::service::Service;
use crate::watch::{Changes, Hook, watch};

/// How long the server waits with its first answer until changes are noticed; a large folder takes longer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Begins to look out for changes.
pub(super) async fn begin(config: &Config, service: Arc<Service>) {
    let url = config.change_webhook.clone();
    let hook = url.map(|url| Hook::new(url, config.user_agent.clone())).transpose();
    let hook = hook.unwrap_or_else(|error| {
        tracing::error!("IMAGE_PROXY_CHANGE_WEBHOOK: nobody is told of changes: {error}");
        None
    });
    let hook = hook.map(Arc::new);
    if let Some(hook) = &hook {
        tokio::spawn(Arc::clone(hook).run());
    }
    let heard = move |changes: Changes| {
        tracing::debug!(?changes, "changed");
        match changes.pictures() {
            Some(paths) => paths.for_each(|path| service.forget(Some(path))),
            None => service.forget(None),
        }
        if let Some(hook) = &hook {
            hook.tell(changes);
        }
    };
    match watch(config.root_path.clone(), heard) {
        Ok(begun) => drop(timeout(PATIENCE, begun).await),
        Err(error) => tracing::error!("IMAGE_PROXY_WATCH: changes are not looked out for: {error}"),
    }
}
