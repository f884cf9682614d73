//! The accept loop: how many connections there are, what happens when there can be no more, and an orderly end.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;

use super::Door;
use super::connection::{ConnectionLimits, Demand, GRACE, attend};
use super::lanes::Lanes;

/// Connections beyond the limit, for those who ask how the server is.
const RESERVE: usize = 64;
/// How long to wait when no connection can be accepted, for want of file descriptors for example.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The most connections that the kernel keeps for us (`TcpListener::bind`).
const BACKLOG: usize = 1024;
/// How often the same trouble is logged.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// What the server takes on, and how it ends.
#[derive(Debug, Clone)]
pub struct ServeSettings {
    /// The most connections that are served in full.
    pub max_connections: usize,
    /// What one connection may take.
    pub limits: ConnectionLimits,
    /// How long requests that are being answered may take to finish once the end has begun.
    pub shutdown_timeout: Duration,
    /// Set when the end begins, for those who ask whether we are ready.
    pub is_ending: Arc<AtomicBool>,
}

/// Serves until `end` is ready; then accepts no more, finishes what is running, and returns.
pub async fn serve(
    listener: TcpListener,
    door: Arc<Door>,
    lanes: Arc<Lanes>,
    settings: ServeSettings,
    end: impl Future<Output = ()>,
) {
    let mut entrance = Entrance::new(door, lanes, &settings);
    tokio::pin!(end);
    tokio::select! {
        () = entrance.accept_from(&listener) => {}
        () = &mut end => {}
    }
    settings.is_ending.store(true, Ordering::Relaxed);
    entrance.empty(listener);
    let Entrance { wishes, lanes: _lanes, .. } = entrance;
    wishes.send_replace(Demand::End);
    let running = wishes.receiver_count();
    tracing::info!(running, "no more connections are accepted; finishing what is running");
    if tokio::time::timeout(settings.shutdown_timeout, wishes.closed()).await.is_err() {
        tracing::warn!("some connections did not end within {:?}", settings.shutdown_timeout);
    }
}

/// Lets connections in, as many as may be.
struct Entrance {
    door: Arc<Door>,
    lanes: Arc<Lanes>,
    limits: ConnectionLimits,
    /// Each connection holds a receiver: the end waits for them.
    wishes: watch::Sender<Demand>,
    seats: Arc<Semaphore>,
    reserve: Arc<Semaphore>,
    /// When connections were last asked to make room.
    asked: Interval,
    /// When it was last logged that there are too many, or that none can be accepted.
    logged: Interval,
    /// A connection that waits until others end.
    held: Option<TcpStream>,
}

impl Entrance {
    fn new(door: Arc<Door>, lanes: Arc<Lanes>, settings: &ServeSettings) -> Self {
        Self {
            door,
            lanes,
            limits: settings.limits,
            wishes: watch::Sender::new(Demand::Serve),
            seats: Arc::new(Semaphore::new(settings.max_connections)),
            reserve: Arc::new(Semaphore::new(RESERVE)),
            asked: Interval::new(GRACE),
            logged: Interval::new(LOG_INTERVAL),
            held: None,
        }
    }

    async fn accept_from(&mut self, listener: &TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => self.admit(stream).await,
                Err(error) => self.pause_after(&error).await,
            }
        }
    }

    /// Serves a connection. Beyond the limit it gets a single answer, and beyond the reserve it waits until others end.
    async fn admit(&mut self, stream: TcpStream) {
        if let Ok(seat) = Arc::clone(&self.seats).try_acquire_owned() {
            return self.begin(stream, Some(seat), false);
        }
        if self.logged.is_over() {
            tracing::warn!("there are as many connections as may be; those that pause are closed");
        }
        self.make_room();
        self.held = Some(stream);
        let seat = Arc::clone(&self.reserve).acquire_owned().await;
        if let (Ok(seat), Some(stream)) = (seat, self.held.take()) {
            self.begin(stream, Some(seat), true);
        }
    }

    fn begin(&self, stream: TcpStream, seat: Option<OwnedSemaphorePermit>, is_crowded: bool) {
        tracing::trace!(client = ?stream.peer_addr().ok(), "a connection begins");
        let (door, limits, wishes) = (Arc::clone(&self.door), self.limits, self.wishes.subscribe());
        self.lanes.spawn(stream, move |stream| async move {
            attend(stream, door, limits, wishes, is_crowded).await;
            drop(seat);
        });
    }

    /// Serves the connections that the kernel accepted and we did not: their clients may have sent requests.
    fn empty(&mut self, listener: TcpListener) {
        if let Some(stream) = self.held.take() {
            self.begin(stream, None, true);
        }
        let Ok(listener) = listener.into_std() else { return };
        for _ in 0..BACKLOG {
            let Ok((stream, _)) = listener.accept() else { return };
            let stream = stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream));
            if let Ok(stream) = stream {
                self.begin(stream, None, false);
            }
        }
    }

    /// Asks the connections that pause to end, at most as often as one may have begun to pause anew.
    fn make_room(&mut self) {
        if self.asked.is_over() {
            self.wishes.send_replace(Demand::MakeRoom);
        }
    }

    async fn pause_after(&mut self, error: &io::Error) {
        let is_of_the_client = matches!(
            error.kind(),
            io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
        );
        if is_of_the_client {
            return;
        }
        if self.logged.is_over() {
            tracing::error!("cannot accept connections: {error}; trying again, those that pause are closed");
        }
        self.make_room();
        tokio::time::sleep(ACCEPT_PAUSE).await;
    }
}

/// Keeps what may happen often from happening more than once in a while.
struct Interval {
    length: Duration,
    last: Option<Instant>,
}

impl Interval {
    fn new(length: Duration) -> Self {
        Self { length, last: None }
    }

    /// Tells whether it is time again, and begins anew then.
    fn is_over(&mut self) -> bool {
        let now = Instant::now();
        let is_over = self.last.is_none_or(|last| now >= last + self.length);
        if is_over {
            self.last = Some(now);
        }
        is_over
    }
}
