//! `Lanes`: one thread for each processor, and each connection on one of them until it ends.
//!
//! On the shared threads of the main runtime every request that becomes ready may wake another thread to help, and move
//! there: a tenth of a cache hit (docs/performance.md). A request does little here besides system calls, so there is
//! nothing to help with; work that takes longer has threads of its own.

use std::io;
use std::sync::Arc;
use std::thread;

use tokio::net::TcpStream;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// The threads that serve connections.
pub struct Lanes(Vec<Lane>);

/// The most threads for blocking work that a lane may start: reads of what the page cache does not hold, and headers.
const MAX_BLOCKING_THREADS: usize = 128;

struct Lane {
    runtime: Handle,
    /// As many references as there are connections, and this one.
    connections: Arc<()>,
    /// The thread ends with it.
    _end: oneshot::Sender<()>,
}

impl Lanes {
    /// Starts one for each processor.
    ///
    /// # Errors
    /// The system gives no more threads or descriptors.
    pub fn start() -> io::Result<Self> {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        (0..processors).map(Lane::start).collect::<io::Result<_>>().map(Self)
    }

    /// Serves a connection where there are the fewest.
    pub(super) fn spawn<F>(&self, stream: TcpStream, serve: impl FnOnce(TcpStream) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send,
    {
        let Some(lane) = self.0.iter().min_by_key(|lane| Arc::strong_count(&lane.connections)) else { return };
        let connection = Arc::clone(&lane.connections);
        let stream = stream.into_std();
        lane.runtime.spawn(async move {
            // Readiness is told to the thread that the connection was made on.
            match stream.and_then(TcpStream::from_std) {
                Ok(stream) => serve(stream).await,
                Err(error) => tracing::error!("cannot serve a connection: {error}"),
            }
            drop(connection);
        });
    }
}

impl Lane {
    fn start(number: usize) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().max_blocking_threads(MAX_BLOCKING_THREADS).build()?;
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel::<()>();
        thread::Builder::new().name(format!("lane-{number}")).spawn(move || {
            // Ready when the sender is dropped.
            let _ = runtime.block_on(ended);
            // What still runs is nobody's wish any more.
            runtime.shutdown_background();
        })?;
        Ok(Self { runtime: handle, connections: Arc::new(()), _end: end })
    }
}
