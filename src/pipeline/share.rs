//! `Share`: the part that one rendition has in the pixels of its original, which others may want too.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::flight::{Joint, Outcome};
use super::pixels::{Key, Lookup, Pixels};
use super::{Operation, RenderError};
use crate::report::{Stage, StageTimes};
use crate::request::Identity;
use crate::workers::{Floor, Hoard, WorkError};
use codec::{Detail, Excerpt, Picture};

/// Tells that a rendition of an original is wanted, for as long as it exists, and gives it what others have made of the
/// same pixels.
pub struct Share {
    commons: Commons,
    floor: Floor,
    original: Arc<Identity>,
}

/// Ends a making on every path.
struct Arrival<'a> {
    share: &'a Share,
    key: Key,
    flight: Arc<Joint>,
}

impl Share {
    /// How many threads the rendition may use: all of the pool's while no other work is done or waits, else one.
    pub(super) fn idle_threads(&self) -> usize {
        self.floor.idle_threads()
    }

    /// The pixels of this detail to which so much is done: kept ones, those that another thread is making, or what
    /// `make` makes of it. That is told when neither the caller nor anybody else waits any more. Waiting is no longer
    /// than making would be: it is begun already, and what cannot be shared is made here in the end.
    ///
    /// # Errors
    /// Those of `make`; [`WorkError::Abandoned`] where `is_abandoned` says so during a wait.
    pub(super) fn get_or_make(
        &self,
        (detail, excerpt, done): (Detail, Option<Excerpt>, Vec<Operation>),
        is_abandoned: &dyn Fn() -> bool,
        times: &mut StageTimes,
        make: impl FnOnce(&dyn Fn() -> bool, &mut StageTimes) -> Result<Picture, RenderError>,
    ) -> Result<Picture, RenderError> {
        let key = Key { original: Arc::clone(&self.original), detail, excerpt, done };
        let found = self.commons.pixels().find(&key, Instant::now());
        let flight = match found {
            Lookup::Kept(picture) => return Ok(picture),
            Lookup::Underway(flight) => {
                let started = Instant::now();
                let outcome = flight.wait(is_abandoned);
                times.add(Stage::QueueWait, started.elapsed());
                return match outcome {
                    None => Err(WorkError::Abandoned.into()),
                    Some(Outcome::Made(made)) => made.map_err(RenderError::from),
                    Some(Outcome::Lost) => make(is_abandoned, times),
                };
            }
            Lookup::Nothing(flight) => flight,
        };
        let landing = Arrival { share: self, key, flight };
        let made = make(&|| is_abandoned() && !landing.flight.is_awaited(), times);
        landing.land(&made);
        made
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.commons.pixels().unwant(&self.original);
    }
}

impl Arrival<'_> {
    fn land(&self, made: &Result<Picture, RenderError>) {
        self.flight.land(match made {
            // For another target it might be another one.
            Ok(picture) if picture.is_substitute() => Outcome::Lost,
            Ok(picture) => {
                let Share { commons, floor, .. } = self.share;
                floor.keep(|free_bytes| {
                    commons.pixels().keep(self.key.clone(), picture.clone(), free_bytes, Instant::now());
                });
                Outcome::Made(Ok(picture.clone()))
            }
            Err(RenderError::Codec(error)) => Outcome::Made(Err(error.clone())),
            Err(_) => Outcome::Lost,
        });
    }
}

impl Drop for Arrival<'_> {
    fn drop(&mut self) {
        self.share.commons.pixels().end(&self.key);
        // Where there is an outcome already, this is not heard. Otherwise a panic ended the making.
        self.flight.land(Outcome::Lost);
    }
}

/// The pixels that renditions have in common, for as long as they may be of use. Clones share them.
#[derive(Clone)]
pub struct Commons(Arc<Mutex<Pixels>>);

impl Commons {
    /// Nothing yet; later a share of the budget for all work, in bytes.
    pub fn new(memory_budget: u64) -> Self {
        Self(Arc::new(Mutex::new(Pixels::new(memory_budget))))
    }

    /// To be held while a rendition of this version of an original is wanted, and given to [`make`](super::make).
    pub fn share(&self, floor: Floor, identity: Identity) -> Share {
        let original = Arc::new(identity);
        self.pixels().want(&original);
        Share { commons: self.clone(), floor, original }
    }

    fn pixels(&self) -> MutexGuard<'_, Pixels> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hoard for Commons {
    fn forget(&self, now: Instant) {
        self.pixels().forget(now);
    }

    fn bytes(&self) -> u64 {
        self.pixels().kept_bytes()
    }

    fn give_up_oldest(&self) -> bool {
        self.pixels().drop_oldest()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;
    use crate::request::{Dimensions, Format, Generation, ImagePath, Stamp};
    use crate::source::SourceError;
    use crate::workers::{WorkLimits, Workers};
    use codec::{CodecError, PixelLayout};

    type Made = Result<Picture, RenderError>;

    struct Pool {
        commons: Commons,
        workers: Workers,
    }

    fn pool() -> Pool {
        let (memory_budget, queue_timeout) = (1 << 30, std::time::Duration::from_secs(60));
        let limits = WorkLimits { threads: 1, memory_budget, queue_length: 1, queue_timeout };
        let commons = Commons::new(memory_budget);
        Pool { workers: Workers::start(limits, Arc::new(commons.clone())).unwrap(), commons }
    }

    fn share(Pool { commons, workers }: &Pool) -> Share {
        let stamp = Stamp::File { size: 1, modified_nanoseconds: 2, changed_nanoseconds: 2, inode: 3 };
        let reference = ImagePath::from_decoded("a.jpg").unwrap().into();
        commons.share(workers.floor(), Identity { reference, stamp, generation: Generation::NONE })
    }

    fn picture(level: u8) -> Picture {
        Picture::new(Dimensions::new(1, 1), PixelLayout::Gray, vec![level]).unwrap()
    }

    fn get(share: &Share, is_abandoned: &dyn Fn() -> bool, make: impl FnOnce(&dyn Fn() -> bool) -> Made) -> Made {
        let make = |is_abandoned: &dyn Fn() -> bool, _: &mut StageTimes| make(is_abandoned);
        share.get_or_make((Detail::Whole, None, vec![]), is_abandoned, &mut StageTimes::default(), make)
    }

    /// What the first of two comes to whose client has gone, and the second, who begins to wait before the first makes
    /// `made`.
    fn together(made: impl FnOnce() -> Made + Send, own: impl FnOnce() -> Made + Send) -> [thread::Result<Made>; 2] {
        let pool = pool();
        let (begin, has_begun) = mpsc::channel();
        let [first, second] = [share(&pool), share(&pool)];
        thread::scope(|scope| {
            let first = scope.spawn(move || {
                get(&first, &|| true, |is_abandoned| {
                    begin.send(()).unwrap();
                    // As long as nobody waits, it is to be given up.
                    while is_abandoned() {
                        thread::yield_now();
                    }
                    made()
                })
            });
            has_begun.recv().unwrap();
            let second = scope.spawn(move || get(&second, &|| false, |_| own()));
            [first.join(), second.join()]
        })
    }

    fn never() -> Made {
        panic!("made twice")
    }

    #[test]
    fn who_waits_gets_what_the_first_one_makes_though_its_client_has_gone() {
        let [first, second] = together(|| Ok(picture(7)), never).map(|made| made.unwrap().unwrap());
        assert_eq!((first, second), (picture(7), picture(7)));
    }

    #[test]
    fn what_is_wrong_with_the_original_is_found_once() {
        let broken = CodecError::malformed(Format::Jpeg, "broken");
        let error = broken.clone();
        let both = together(move || Err(error.into()), never).map(|made| made.unwrap().unwrap_err());
        for error in both {
            assert!(matches!(error, RenderError::Codec(error) if error == broken));
        }
    }

    #[test]
    fn what_went_wrong_for_the_first_one_alone_is_made_by_the_second() {
        let [_, second] = together(|| Err(SourceError::Changed.into()), || Ok(picture(8)));
        assert_eq!(second.unwrap().unwrap(), picture(8));
        let [first, second] = together(|| std::panic::resume_unwind(Box::new("lost")), || Ok(picture(9)));
        assert!(first.is_err());
        assert_eq!(second.unwrap().unwrap(), picture(9));
    }

    #[test]
    fn a_substitute_is_for_the_one_who_made_it() {
        let [first, second] = together(|| Ok(picture(7).as_substitute()), || Ok(picture(8)));
        assert_eq!((first.unwrap().unwrap(), second.unwrap().unwrap()), (picture(7).as_substitute(), picture(8)));
    }

    #[test]
    fn what_was_made_is_kept_and_what_failed_is_not() {
        let pool = pool();
        let share = share(&pool);
        let here = || false;
        assert!(get(&share, &here, |_| Err(WorkError::Abandoned.into())).is_err());
        assert_eq!(get(&share, &here, |_| Ok(picture(1))).unwrap(), picture(1));
        assert_eq!(get(&share, &here, |_| never()).unwrap(), picture(1));
        assert!(pool.workers.load().reserved_bytes > 0);
    }

    #[test]
    fn who_has_nobody_to_answer_does_not_wait() {
        let pool = pool();
        let [first, second] = [share(&pool), share(&pool)];
        let made = get(&first, &|| false, |_| {
            let abandoned = get(&second, &|| true, |_| never());
            assert!(matches!(abandoned, Err(RenderError::Work(WorkError::Abandoned))));
            Ok(picture(1))
        });
        assert_eq!(made.unwrap(), picture(1));
    }
}
