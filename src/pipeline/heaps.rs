//! What the allocator keeps in the heaps of the workers between two pieces of work, and when it goes back to the system.
//!
//! Memory that is there already costs nothing; fresh pages cost up to a third of a rendition (docs/performance.md). So it
//! is kept while there is work, within the budget, and given back when there is none.

/// The heaps of all threads. A value: it counts, and does not touch the allocator.
pub(super) struct Heaps {
    by_thread: Vec<Heap>,
    budget: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Heap {
    /// Bytes that the work underway may hold.
    running: u64,
    /// Bytes that the heap may have taken from the system: the most since memory went back.
    taken: u64,
}

impl Heaps {
    /// For so many threads, which may hold `budget` bytes together.
    pub(super) fn new(threads: usize, budget: u64) -> Self {
        Self { by_thread: vec![Heap::default(); threads], budget }
    }

    /// Notes that work of so many bytes begins, while pixels of so many are kept beside it; tells whether memory must go
    /// back first.
    pub(super) fn begin(&mut self, thread: usize, bytes: u64, pixel_bytes: u64) -> bool {
        if let Some(heap) = self.by_thread.get_mut(thread) {
            *heap = Heap { running: bytes, taken: heap.taken.max(bytes) };
        }
        let taken: u64 = self.by_thread.iter().map(|heap| heap.taken).sum();
        let is_over = taken + pixel_bytes > self.budget;
        if is_over {
            self.gone_back();
        }
        is_over
    }

    /// Notes the end of the work of a thread.
    pub(super) fn end(&mut self, thread: usize) {
        if let Some(heap) = self.by_thread.get_mut(thread) {
            heap.running = 0;
        }
    }

    /// Tells whether no thread works, and yet something is kept.
    pub(super) fn are_idle(&self) -> bool {
        let is_kept = self.by_thread.iter().any(|heap| heap.taken > 0);
        is_kept && self.by_thread.iter().all(|heap| heap.running == 0)
    }

    /// Notes that what is not in use has gone back.
    pub(super) fn gone_back(&mut self) {
        self.by_thread.iter_mut().for_each(|heap| heap.taken = heap.running);
    }
}

/// Gives back what no work uses. Costs about a millisecond for 10 MB.
pub(super) fn give_back() {
    // SAFETY: the call has no preconditions; it locks one heap after the other.
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_goes_back_before_it_exceeds_the_budget() {
        let mut heaps = Heaps::new(3, 100);
        assert!(!heaps.begin(0, 60, 0));
        heaps.end(0);
        // The same heap serves again.
        assert!(!heaps.begin(0, 50, 0));
        assert!(!heaps.begin(1, 40, 0));
        assert!(heaps.begin(2, 10, 0));
        // Now 50, 40 and 10 are in use, and nothing is kept.
        heaps.end(1);
        assert!(!heaps.begin(1, 30, 0));
        heaps.end(1);
        assert!(heaps.begin(1, 30, 11));
    }

    #[test]
    fn heaps_are_idle_when_all_work_has_ended_and_until_they_are_given_back() {
        let mut heaps = Heaps::new(2, 100);
        assert!(!heaps.are_idle());
        heaps.begin(0, 10, 0);
        heaps.begin(1, 10, 0);
        heaps.end(0);
        assert!(!heaps.are_idle());
        heaps.end(1);
        assert!(heaps.are_idle());
        heaps.gone_back();
        assert!(!heaps.are_idle());
    }
}
