//! `Activity`: what a connection is doing, as far as its time limits ask.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Written by the socket and the requests of one connection, read by its watch. Relaxed throughout: the watch looks
/// again, and a moment more or less does not matter.
#[derive(Debug)]
pub(super) struct Activity {
    began: Instant,
    requests: AtomicUsize,
    quiet_since: AtomicU64,
    /// When bytes came that are no whole head yet; zero where none did.
    head_since: AtomicU64,
    is_blocked: AtomicBool,
    is_multiplexed: AtomicBool,
    is_last: AtomicBool,
    newest: Mutex<Option<Arc<Turn>>>,
}

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Requests are being answered: others watch over that.
    Answering,
    /// A head has begun, or is awaited as the first thing ever, since then.
    Head(Instant),
    /// Nothing is asked since then.
    Quiet(Instant),
}

impl Activity {
    /// The client has connected and owes us the head of a request.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            requests: AtomicUsize::new(0),
            quiet_since: AtomicU64::new(0),
            head_since: AtomicU64::new(1),
            is_blocked: AtomicBool::new(false),
            is_multiplexed: AtomicBool::new(false),
            is_last: AtomicBool::new(false),
            newest: Mutex::new(None),
        })
    }

    pub(super) fn state(&self) -> State {
        let (quiet, head) = (self.quiet_since.load(Ordering::Relaxed), self.head_since.load(Ordering::Relaxed));
        if self.requests.load(Ordering::Relaxed) > 0 || self.is_blocked.load(Ordering::Relaxed) {
            State::Answering
        } else if head > 0 {
            State::Head(self.instant(head.max(quiet)))
        } else {
            State::Quiet(self.instant(quiet))
        }
    }

    /// Bytes came.
    pub(super) fn read(&self) {
        // HTTP/2 has frames that belong to no request: there, a pause lasts until the next request.
        if self.head_since.load(Ordering::Relaxed) == 0 && !self.is_multiplexed() {
            self.head_since.store(self.now(), Ordering::Relaxed);
        }
    }

    /// Whether the client takes what we write.
    pub(super) fn set_blocked(&self, is_blocked: bool) {
        self.is_blocked.store(is_blocked, Ordering::Relaxed);
        self.quiet_since.store(self.now(), Ordering::Relaxed);
    }

    pub(super) fn set_multiplexed(&self) {
        self.is_multiplexed.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_multiplexed(&self) -> bool {
        self.is_multiplexed.load(Ordering::Relaxed)
    }

    /// From now on each answer says that it is the last one.
    pub(super) fn set_last(&self) {
        self.is_last.store(true, Ordering::Relaxed);
    }

    /// Whether an answer has to say that it is the last one. HTTP/2 says that in a frame of its own.
    pub(super) fn is_last(&self) -> bool {
        self.is_last.load(Ordering::Relaxed) && !self.is_multiplexed()
    }

    /// A request begins; it lasts as long as what is given.
    pub(super) fn begin_request(self: &Arc<Self>) -> Request {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.head_since.store(0, Ordering::Relaxed);
        let turn = self.is_multiplexed().then(|| {
            let turn = Arc::new(Turn { began: self.began, since: AtomicU64::new(0) });
            *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&turn));
            turn
        });
        Request { activity: Arc::clone(self), turn }
    }

    /// Whose turn it is in the request that has just begun; once only, and on HTTP/2 only.
    pub(super) fn newest_turn(&self) -> Option<Arc<Turn>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn now(&self) -> u64 {
        milliseconds_since(self.began)
    }

    fn instant(&self, milliseconds: u64) -> Instant {
        self.began + Duration::from_millis(milliseconds)
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct Request {
    activity: Arc<Activity>,
    turn: Option<Arc<Turn>>,
}

impl Request {
    pub(super) fn activity(&self) -> &Activity {
        &self.activity
    }

    pub(super) fn turn(&self) -> Option<&Turn> {
        self.turn.as_deref()
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.activity.quiet_since.store(self.activity.now(), Ordering::Relaxed);
        self.activity.requests.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether it is for the client to take bytes, or for us to give some, in one of many requests on a connection.
#[derive(Debug)]
pub(super) struct Turn {
    began: Instant,
    /// Since when it is for the client; zero where it is for us.
    since: AtomicU64,
}

impl Turn {
    pub(super) fn set_client(&self, is_client: bool) {
        let since = if is_client { milliseconds_since(self.began) } else { 0 };
        self.since.store(since, Ordering::Relaxed);
    }

    /// Ends when the client has taken nothing for `limit`.
    pub(super) async fn stalled(&self, limit: Duration) {
        loop {
            let now = Instant::now();
            let since = self.since.load(Ordering::Relaxed);
            let until = if since == 0 { now } else { self.began + Duration::from_millis(since) } + limit;
            if until <= now {
                return;
            }
            tokio::time::sleep_until(until).await;
        }
    }
}

/// Never zero, which stands for "never".
fn milliseconds_since(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX).max(1)
}
