//! The accept loop: HTTP/1.1 and HTTP/2 with prior knowledge on one port, and an orderly end.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How long a connection may take to send the head of a request.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest head of a request in bytes, URL included; beyond it the answer is 431.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// How long to wait when no connection can be accepted, for want of file descriptors for example.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How to end.
#[derive(Debug, Clone)]
pub struct ServeSettings {
    /// How long requests that are being answered may take to finish once the end has begun.
    pub shutdown_timeout: Duration,
    /// Set when the end begins, for those who ask whether we are ready.
    pub is_ending: Arc<AtomicBool>,
}

/// Serves until `end` is ready; then accepts no more, finishes what is running, and returns.
pub async fn serve(listener: TcpListener, router: Router, settings: ServeSettings, end: impl Future<Output = ()>) {
    let connections = GracefulShutdown::new();
    let (ending, has_ended) = watch::channel(());
    tokio::pin!(end);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => begin(stream, router.clone(), connections.watcher(), has_ended.clone()),
                Err(error) => pause_after(&error).await,
            },
            () = &mut end => break,
        }
    }
    settings.is_ending.store(true, Ordering::Relaxed);
    drop(listener);
    drop(ending);
    let running = connections.count();
    tracing::info!(running, "no more connections are accepted; finishing what is running");
    if tokio::time::timeout(settings.shutdown_timeout, connections.shutdown()).await.is_err() {
        tracing::warn!("some connections did not end within {:?}", settings.shutdown_timeout);
    }
}

/// Serves one connection. `has_ended` closes when the end begins.
fn begin(stream: TcpStream, router: Router, watcher: Watcher, mut has_ended: watch::Receiver<()>) {
    // Without it small answers wait for acknowledgements; where it cannot be set they are merely slower.
    let _ = stream.set_nodelay(true);
    tokio::spawn(async move {
        // hyper looks for the version of HTTP first, without a timeout and without hearing of the end.
        tokio::select! {
            readable = tokio::time::timeout(HEADER_READ_TIMEOUT, stream.readable()) => match readable {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return,
            },
            _ = has_ended.changed() => return,
        }
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_READ_TIMEOUT).max_buf_size(MAX_HEAD_BYTES);
        builder.http2().timer(TokioTimer::new()).max_header_list_size(MAX_HEAD_BYTES as u32);
        let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router)).into_owned();
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!("a connection ended early: {error}");
        }
    });
}

async fn pause_after(error: &io::Error) {
    let is_of_the_client = matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    );
    if !is_of_the_client {
        tracing::error!("cannot accept connections: {error}");
        tokio::time::sleep(ACCEPT_PAUSE).await;
    }
}
