//! `Attempts`: how often a store is asked the same, and for how long. The library's own retries are off: these are counted,
//! and end with the timeout.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::{BucketError, BucketSettings, Observer, StoreOperation, StoreOutcome, StoreRequest, StoreStep};

/// How often a request is made again.
const MAX_RETRIES: u32 = 2;
/// How long the first pause is on average; each next one is three times as long.
const FIRST_PAUSE: Duration = Duration::from_millis(60);

/// One operation, to be tried within its time.
pub(super) struct Attempts<'a> {
    pub operation: StoreOperation,
    pub settings: &'a BucketSettings,
    pub started: Instant,
}

/// A request of which all is known but how its body ends.
pub(super) struct Telling {
    observer: Arc<dyn Observer>,
    request: StoreRequest,
}

impl Attempts<'_> {
    /// Tries until it succeeds, fails for good, or the time is over, and tells of it. `bytes` is how many went either way.
    pub(super) async fn run<T, F>(self, ask: impl Fn(u32) -> F, bytes: impl FnOnce(&T) -> u64) -> Result<T, BucketError>
    where
        F: Future<Output = Result<T, BucketError>>,
    {
        let (tried, retries) = self.within_time(ask).await;
        let bytes = tried.as_ref().map_or(0, bytes);
        self.telling(retries).end(tried.as_ref().err(), bytes);
        tried
    }

    /// The same for what is not over once it succeeds: what is told of it then comes along.
    pub(super) async fn begin<T, F>(self, ask: impl Fn() -> F) -> Result<(T, Telling), BucketError>
    where
        F: Future<Output = Result<T, BucketError>>,
    {
        let (tried, retries) = self.within_time(|_| ask()).await;
        let telling = self.telling(retries);
        match tried {
            Ok(begun) => Ok((begun, telling)),
            Err(error) => {
                telling.end(Some(&error), 0);
                Err(error)
            }
        }
    }

    async fn within_time<T, F>(&self, ask: impl Fn(u32) -> F) -> (Result<T, BucketError>, u32)
    where
        F: Future<Output = Result<T, BucketError>>,
    {
        let mut retries = 0;
        let trying = async {
            loop {
                match ask(retries).await {
                    Err(error) if error.may_pass() && retries < MAX_RETRIES && self.has_time_for(retries) => {
                        tokio::time::sleep(pause(retries)).await;
                        retries += 1;
                    }
                    tried => return tried,
                }
            }
        };
        let tried = timeout(self.settings.timeouts.total, trying).await;
        (tried.unwrap_or(Err(BucketError::Timeout { step: StoreStep::Head })), retries)
    }

    /// Tells whether there is time for a pause and a try after it: an error that is known is better than a timeout.
    fn has_time_for(&self, retries: u32) -> bool {
        self.started.elapsed() + pause(retries) * 2 < self.settings.timeouts.total
    }

    fn telling(&self, retries: u32) -> Telling {
        let (store, operation, took) = (self.settings.name, self.operation, self.started.elapsed());
        let request = StoreRequest { store, operation, outcome: StoreOutcome::Ok, bytes: 0, retries, took };
        Telling { observer: Arc::clone(&self.settings.observer), request }
    }
}

impl Telling {
    /// Tells how it ended.
    pub(super) fn end(self, failure: Option<&BucketError>, bytes: u64) {
        let outcome = failure.map_or(StoreOutcome::Ok, StoreOutcome::from);
        self.observer.observe(&StoreRequest { outcome, bytes, ..self.request });
    }
}

/// Between half of the average and one and a half: those who failed together do not come back together.
fn pause(retries: u32) -> Duration {
    let average = FIRST_PAUSE * 3u32.pow(retries);
    let by_chance = RandomState::new().hash_one(retries) % 1024;
    average / 2 + average * u32::try_from(by_chance).unwrap_or_default() / 1024
}
