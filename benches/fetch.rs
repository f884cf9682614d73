//! Prints the CPU time of a bare loop of GETs: `cargo bench --bench fetch -- URL REQUESTS CONNECTIONS`. So many loops run on
//! one thread, each reads bodies as they come, and what is printed are microseconds for each request.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "prints a figure, and stops where there is none to print"
)]

use std::env;

use futures_util::future::join_all;
use reqwest::Client;
use rustix::time::{ClockId, clock_gettime};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let [url, requests, connections] = &arguments[..] else { return };
    let (requests, connections): (usize, usize) = (requests.parse().unwrap(), connections.parse().unwrap());
    // The client wants one, for http as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = Client::builder().http1_only().no_proxy().build().unwrap();
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

/// That of this process.
fn cpu_microseconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}
