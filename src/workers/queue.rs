//! The queue before the workers: who may begin next, by class, age and bytes. A value: no threads, no clock.

use std::collections::VecDeque;

use super::{Footprint, WorkError};

/// The share of the memory budget that only light work may use, so that it never waits for heavy work to end.
const LIGHT_SHARE: u64 = 8;

/// Which seat is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SeatKind {
    /// Takes the oldest work.
    Any,
    /// Takes light work alone.
    Light,
}

/// Work that waits, and the bytes of what is underway.
pub(super) struct Queue<Job> {
    light: Class<Job>,
    heavy: Class<Job>,
    max_length: usize,
    next_number: u64,
}

/// The work of one class, the oldest first.
struct Class<Job> {
    waiting: VecDeque<Waiting<Job>>,
    budget: u64,
    reserved: u64,
    /// Bytes that are taken beside the work, and given up where work needs them.
    kept: u64,
}

struct Waiting<Job> {
    /// Rises with every piece of work.
    number: u64,
    bytes: u64,
    job: Job,
}

/// Work that may begin. Its bytes are reserved until [`Queue::release`].
pub(super) struct Admitted<Job> {
    pub job: Job,
    pub reservation: Reservation,
}

/// Bytes of the budget.
pub(super) struct Reservation {
    is_light: bool,
    bytes: u64,
}

impl<Job> Queue<Job> {
    /// An empty queue of at most `max_length` pieces of work, which may hold `memory_budget` bytes together.
    pub(super) fn new(max_length: usize, memory_budget: u64) -> Self {
        let light = Class::new(memory_budget / LIGHT_SHARE);
        let heavy = Class::new(memory_budget - light.budget);
        Self { light, heavy, max_length, next_number: 0 }
    }

    /// Tells whether work could ever begin.
    pub(super) fn has_room_for(&self, footprint: Footprint) -> bool {
        footprint.peak_bytes <= self.heavy.budget
    }

    /// Takes work in, and gives the number by which it can be taken out again.
    ///
    /// # Errors
    /// [`WorkError::TooDear`] for what could never begin, [`WorkError::Busy`] where the queue is full.
    pub(super) fn push(&mut self, footprint: Footprint, job: Job) -> Result<u64, WorkError> {
        let bytes = footprint.peak_bytes;
        if !self.has_room_for(footprint) {
            return Err(WorkError::TooDear { needed: bytes, budget: self.heavy.budget });
        }
        if self.len() >= self.max_length {
            return Err(WorkError::Busy);
        }
        let number = self.next_number;
        self.next_number += 1;
        let is_light = footprint.is_light && bytes <= self.light.budget;
        let lane = if is_light { &mut self.light } else { &mut self.heavy };
        lane.waiting.push_back(Waiting { number, bytes, job });
        Ok(number)
    }

    /// The work that begins now, if there is a seat of this kind: the oldest whose class has bytes left.
    pub(super) fn next(&mut self, seat: SeatKind) -> Option<Admitted<Job>> {
        let light = self.light.admissible();
        let heavy = self.heavy.admissible().filter(|_| seat == SeatKind::Any);
        let is_light = match (light, heavy) {
            (Some(light), Some(heavy)) => light < heavy,
            (light, None) => light.is_some(),
            (None, Some(_)) => false,
        };
        let lane = if is_light { &mut self.light } else { &mut self.heavy };
        heavy.or(light)?;
        let Waiting { bytes, job, .. } = lane.waiting.pop_front()?;
        lane.reserved += bytes;
        Some(Admitted { job, reservation: Reservation { is_light, bytes } })
    }

    /// Gives the bytes of finished work back.
    pub(super) fn release(&mut self, Reservation { is_light, bytes }: Reservation) {
        let lane = if is_light { &mut self.light } else { &mut self.heavy };
        lane.reserved -= bytes;
    }

    /// Notes how many bytes are kept beside the work.
    pub(super) fn set_kept_bytes(&mut self, bytes: u64) {
        self.heavy.kept = bytes;
    }

    /// Tells whether giving up what is kept would let heavy work begin.
    pub(super) fn needs_kept_bytes(&self, seat: SeatKind) -> bool {
        let heavy = &self.heavy;
        let fits = |waiting: &Waiting<Job>| waiting.bytes <= heavy.budget - heavy.reserved;
        seat == SeatKind::Any && heavy.admissible().is_none() && heavy.waiting.front().is_some_and(fits)
    }

    /// Bytes of the budget that neither work nor what is kept has taken.
    pub(super) fn free_bytes(&self) -> u64 {
        self.heavy.free()
    }

    /// Takes out what has not begun; tells whether it was still there.
    pub(super) fn remove(&mut self, number: u64) -> bool {
        [&mut self.light, &mut self.heavy].into_iter().any(|lane| {
            let found = lane.waiting.binary_search_by_key(&number, |waiting| waiting.number);
            found.is_ok_and(|index| lane.waiting.remove(index).is_some())
        })
    }

    /// How much waits.
    pub(super) fn len(&self) -> usize {
        self.light.waiting.len() + self.heavy.waiting.len()
    }

    /// Bytes of what is underway, and of what is kept.
    pub(super) fn reserved_bytes(&self) -> u64 {
        self.light.reserved + self.heavy.reserved + self.heavy.kept
    }
}

impl<Job> Class<Job> {
    fn new(budget: u64) -> Self {
        Self { waiting: VecDeque::new(), budget, reserved: 0, kept: 0 }
    }

    fn free(&self) -> u64 {
        (self.budget - self.reserved).saturating_sub(self.kept)
    }

    /// The number of the oldest work, where its bytes are free. Younger work does not overtake it: it would wait for ever.
    fn admissible(&self) -> Option<u64> {
        let oldest = self.waiting.front()?;
        (oldest.bytes <= self.free()).then_some(oldest.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAVY: Footprint = Footprint { peak_bytes: 300, is_light: false };
    const LIGHT: Footprint = Footprint { peak_bytes: 60, is_light: true };

    fn queue() -> Queue<&'static str> {
        Queue::new(4, 800)
    }

    fn next(queue: &mut Queue<&'static str>, seat: SeatKind) -> Option<(&'static str, Reservation)> {
        queue.next(seat).map(|admitted| (admitted.job, admitted.reservation))
    }

    #[test]
    fn the_oldest_work_is_next_and_a_light_seat_takes_light_work_alone() {
        let mut queue = queue();
        for (footprint, job) in [(HEAVY, "a"), (LIGHT, "b"), (HEAVY, "c"), (LIGHT, "d")] {
            queue.push(footprint, job).unwrap();
        }
        let mut begun = Vec::new();
        for seat in [SeatKind::Any, SeatKind::Light, SeatKind::Any] {
            begun.extend(queue.next(seat).map(|admitted| admitted.job));
        }
        assert_eq!(begun, ["a", "b", "c"]);
        assert_eq!(queue.len(), 1);
    }

    #[test]
    fn heavy_work_waits_for_bytes_and_light_work_goes_on() {
        let mut queue = queue();
        for (footprint, job) in [(HEAVY, "a"), (HEAVY, "b"), (HEAVY, "c"), (LIGHT, "d")] {
            queue.push(footprint, job).unwrap();
        }
        let (_, first) = next(&mut queue, SeatKind::Any).unwrap();
        next(&mut queue, SeatKind::Any).unwrap();
        // 600 of 700 bytes are taken: "c" waits, "d" has bytes of its own.
        let (job, light) = next(&mut queue, SeatKind::Any).unwrap();
        assert_eq!((job, queue.reserved_bytes()), ("d", 660));
        assert!(next(&mut queue, SeatKind::Any).is_none());
        queue.release(light);
        assert!(next(&mut queue, SeatKind::Any).is_none());
        queue.release(first);
        assert_eq!(next(&mut queue, SeatKind::Any).unwrap().0, "c");
    }

    #[test]
    fn small_heavy_work_does_not_overtake_large() {
        let mut queue = queue();
        let large = Footprint { peak_bytes: 700, is_light: false };
        for (footprint, job) in [(HEAVY, "a"), (large, "b"), (HEAVY, "c")] {
            queue.push(footprint, job).unwrap();
        }
        let (_, first) = next(&mut queue, SeatKind::Any).unwrap();
        assert!(next(&mut queue, SeatKind::Any).is_none());
        queue.release(first);
        assert_eq!(next(&mut queue, SeatKind::Any).unwrap().0, "b");
    }

    #[test]
    fn what_is_kept_counts_and_gives_way() {
        let mut queue = queue();
        queue.set_kept_bytes(401);
        assert!(!queue.needs_kept_bytes(SeatKind::Any));
        queue.push(HEAVY, "a").unwrap();
        assert!(next(&mut queue, SeatKind::Any).is_none());
        assert!(queue.needs_kept_bytes(SeatKind::Any) && !queue.needs_kept_bytes(SeatKind::Light));
        queue.set_kept_bytes(400);
        assert!(!queue.needs_kept_bytes(SeatKind::Any));
        assert_eq!(next(&mut queue, SeatKind::Any).unwrap().0, "a");
        assert_eq!((queue.free_bytes(), queue.reserved_bytes()), (0, 700));
        // What work has taken, nobody can give up.
        let large = Footprint { peak_bytes: 500, is_light: false };
        queue.push(large, "b").unwrap();
        assert!(!queue.needs_kept_bytes(SeatKind::Any));
    }

    #[test]
    fn what_can_never_begin_and_what_is_too_much_is_refused() {
        let mut queue = queue();
        let dear = Footprint { peak_bytes: 701, is_light: false };
        assert_eq!(queue.push(dear, "a"), Err(WorkError::TooDear { needed: 701, budget: 700 }));
        for _ in 0..4 {
            queue.push(HEAVY, "b").unwrap();
        }
        assert_eq!(queue.push(LIGHT, "c"), Err(WorkError::Busy));
    }

    #[test]
    fn light_work_that_needs_many_bytes_counts_as_heavy() {
        let mut queue = queue();
        queue.push(Footprint { peak_bytes: 101, is_light: true }, "a").unwrap();
        assert!(queue.next(SeatKind::Light).is_none());
        assert_eq!(queue.next(SeatKind::Any).unwrap().job, "a");
    }

    #[test]
    fn what_has_not_begun_can_be_taken_out() {
        let mut queue = queue();
        let numbers = [HEAVY, LIGHT, HEAVY].map(|footprint| queue.push(footprint, "a").unwrap());
        assert!(queue.remove(numbers[1]));
        assert!(!queue.remove(numbers[1]));
        queue.next(SeatKind::Any).unwrap();
        assert!(!queue.remove(numbers[0]));
        assert!(queue.remove(numbers[2]));
        assert_eq!(queue.len(), 0);
    }
}
