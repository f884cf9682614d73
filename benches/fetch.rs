//! Prints the CPU time of a bare loop of GETs: `cargo bench --bench fetch -- URL REQUESTS CONNECTIONS`. So many loops run on
//! one thread, each reads bodies as they come, and what is printed are microseconds for each request.
//!
//! `cargo bench --bench fetch -- URL ADDRESS` hands what it fetches to clients instead, and does nothing else: no server that
//! holds no bytes of its own can do less.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "prints a figure, and stops where there is none to print"
)]

use std::env;

use axum::body::Body;
use futures_util::future::join_all;
use futures_util::stream;
use http::Response;
use http::header::CONTENT_LENGTH;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use reqwest::Client;
use rustix::time::{ClockId, clock_gettime};
use tokio::net::TcpListener;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    // The client wants one, for http as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = Client::builder().http1_only().no_proxy().build().unwrap();
    let (url, requests, connections): (_, usize, usize) = match &arguments[..] {
        [url, address] => return runtime.block_on(relay(client, url.clone(), address)),
        [url, requests, connections] => (url, requests.parse().unwrap(), connections.parse().unwrap()),
        _ => return,
    };
    let each = requests.div_ceil(connections);
    let loops = |rounds: usize| join_all((0..connections).map(|_| fetch(&client, url, rounds)));
    runtime.block_on(loops(1));
    let before = cpu_microseconds();
    runtime.block_on(loops(each));
    println!("{:.1}", (cpu_microseconds() - before) / (each * connections) as f64);
}

async fn fetch(client: &Client, url: &str, rounds: usize) {
    for _ in 0..rounds {
        let mut answer = client.get(url).send().await.unwrap().error_for_status().unwrap();
        while answer.chunk().await.unwrap().is_some() {}
    }
}

/// Answers every request with what is at the URL, as it comes.
async fn relay(client: Client, url: String, address: &str) {
    let listener = TcpListener::bind(address).await.unwrap();
    loop {
        let (connection, _) = listener.accept().await.unwrap();
        let (client, url) = (client.clone(), url.clone());
        let service = service_fn(move |_| {
            let request = client.get(&url);
            async move {
                let answer = request.send().await?.error_for_status()?;
                let length = answer.content_length().unwrap_or_default();
                let pieces = stream::try_unfold(answer, async |mut answer| {
                    let piece = answer.chunk().await?;
                    Ok::<_, reqwest::Error>(piece.map(|piece| (piece, answer)))
                });
                let mut relayed = Response::new(Body::from_stream(pieces));
                relayed.headers_mut().insert(CONTENT_LENGTH, length.into());
                Ok::<_, reqwest::Error>(relayed)
            }
        });
        // A client that goes is no matter.
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(connection), service));
    }
}

/// That of this process.
fn cpu_microseconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}
