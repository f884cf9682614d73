//! One connection: HTTP/1.1, or HTTP/2 with prior knowledge, within its limits and to an orderly end.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::Door;
use super::activity::{Activity, State};
use super::attended::{Attended, Streams};
use super::socket::Socket;

/// The longest head of a request in bytes, URL included; beyond it the answer is 431.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// The most requests at a time on an HTTP/2 connection.
const MAX_STREAMS: u32 = 100;
/// What may wait to be sent for each of them, in bytes.
const MAX_STREAM_BUFFER_BYTES: usize = 64 * 1024;
/// How long a client may pause before its connection is closed where we want it closed. What was sent before the client
/// could know is still answered.
pub(super) const GRACE: Duration = Duration::from_secs(1);
/// At the end, what has reached the kernel by then reaches us within this time.
const LAST_READ: Duration = Duration::from_millis(100);

/// What one connection may take.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    /// From the first byte of a head, or from connecting, to the end of the head.
    pub header_timeout: Duration,
    /// From an answer to the next request.
    pub idle_timeout: Duration,
    /// How long a client may take nothing of what is sent.
    pub write_timeout: Duration,
}

/// What the server wants of its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand {
    Serve,
    /// Those that pause now should make room.
    MakeRoom,
    End,
}

/// Serves one connection until it is closed. A crowded one gets a single answer.
pub(super) async fn attend(
    stream: TcpStream,
    door: Arc<Door>,
    limits: ConnectionLimits,
    wishes: watch::Receiver<Demand>,
    is_crowded: bool,
) {
    // Without it small answers wait for acknowledgements; where it cannot be set they are merely slower.
    let _ = stream.set_nodelay(true);
    let activity = Activity::new();
    let mut watch = Watch { is_crowded, ..Watch::new(Arc::clone(&activity), limits, wishes) };
    if is_crowded {
        activity.set_last();
    }
    let client = stream.peer_addr().ok().map(|address| address.ip());
    let mut socket = Socket::new(stream, Arc::clone(&activity), limits.write_timeout);
    let version = tokio::select! {
        biased;
        version = socket.is_http2() => version,
        _ = watch.overdue() => return,
    };
    let Ok(is_http2) = version else { return };
    let attended = Attended { door, activity: Arc::clone(&activity), is_crowded, client };
    let service = service_fn(move |request| attended.answer(request));
    let ended = if is_http2 {
        activity.set_multiplexed();
        let mut builder = http2::Builder::new(Streams { activity, write_timeout: limits.write_timeout });
        builder.timer(TokioTimer::new()).max_header_list_size(MAX_HEAD_BYTES as u32);
        builder.max_concurrent_streams(MAX_STREAMS).max_send_buf_size(MAX_STREAM_BUFFER_BYTES);
        drive(builder.serve_connection(TokioIo::new(socket), service), watch).await
    } else {
        let mut builder = http1::Builder::new();
        // hyper's own timeout does not tell a pause from a head that has begun.
        builder.header_read_timeout(None).max_buf_size(MAX_HEAD_BYTES);
        drive(builder.serve_connection(TokioIo::new(socket), service), watch).await
    };
    if let Err(error) = ended {
        tracing::debug!("a connection ended early: {error}");
    }
}

async fn drive<C: GracefulConnection>(connection: C, mut watch: Watch) -> Result<(), C::Error> {
    let mut connection = pin!(connection);
    loop {
        tokio::select! {
            biased;
            ended = connection.as_mut() => return ended,
            verdict = watch.overdue() => match verdict {
                Overdue::Close => connection.as_mut().graceful_shutdown(),
                Overdue::Cut => return Ok(()),
            },
        }
    }
}

/// Watches over the time limits of a connection, and over what the server wants of it.
struct Watch {
    activity: Arc<Activity>,
    limits: ConnectionLimits,
    wishes: watch::Receiver<Demand>,
    wish: Demand,
    /// Only a single answer is given.
    is_crowded: bool,
    /// When the end began.
    ending_since: Option<Instant>,
    /// When the connection was asked to close.
    closing_since: Option<Instant>,
}

enum Overdue {
    /// Once nothing is under way.
    Close,
    /// Whatever is under way.
    Cut,
}

impl Watch {
    fn new(activity: Arc<Activity>, limits: ConnectionLimits, wishes: watch::Receiver<Demand>) -> Self {
        let (wish, is_crowded) = (Demand::Serve, false);
        Self { activity, limits, wishes, wish, is_crowded, ending_since: None, closing_since: None }
    }

    /// Ends when something has to happen.
    async fn overdue(&mut self) -> Overdue {
        // What begins after a look has its end after the next one.
        let pause = self.limits.header_timeout.min(self.limits.idle_timeout);
        loop {
            let now = Instant::now();
            let due = match self.due(now) {
                Some((due, verdict)) if due <= now => {
                    self.closing_since.get_or_insert(now);
                    return verdict;
                }
                due => due.map(|(due, _)| due),
            };
            if self.wish == Demand::MakeRoom {
                self.wish = Demand::Serve;
                continue;
            }
            let pause = if self.is_hurried() { pause.min(GRACE) } else { pause };
            let next = due.map_or(now + pause, |due| due.min(now + pause));
            tokio::select! {
                changed = self.wishes.changed(), if self.wish != Demand::End => {
                    self.wish = changed.map_or(Demand::End, |()| *self.wishes.borrow_and_update());
                    if self.wish == Demand::End {
                        self.activity.set_last();
                        self.ending_since = Some(Instant::now());
                    }
                }
                () = sleep_until(next) => {}
            }
        }
    }

    /// What has to happen, and when.
    fn due(&self, now: Instant) -> Option<(Instant, Overdue)> {
        let state = self.activity.state();
        if let Some(since) = self.closing_since {
            return (state != State::Answering).then(|| (since + self.limits.header_timeout, Overdue::Cut));
        }
        // HTTP/2 tells the client at once which requests will be answered, and answers those.
        if self.activity.is_multiplexed() && (self.is_crowded || self.wish == Demand::End) {
            return Some((now, Overdue::Close));
        }
        let (since, limit, verdict) = match state {
            State::Answering => return None,
            State::Head(since) => (since, self.limits.header_timeout, Overdue::Cut),
            State::Quiet(since) => (since, self.limits.idle_timeout, Overdue::Close),
        };
        let due = since + if self.is_hurried() { limit.min(GRACE) } else { limit };
        Some((self.ending_since.map_or(due, |ending| due.max(ending + LAST_READ)), verdict))
    }

    fn is_hurried(&self) -> bool {
        self.is_crowded || self.wish != Demand::Serve
    }
}
