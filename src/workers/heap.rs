//! The heap: what the allocator keeps of it for the next work, and when that goes back to the system.
//!
//! Memory that is there already costs nothing, and fresh pages cost up to a third of a rendition. So all threads use one
//! heap, which is kept while there is work, and given back when there is none (docs/performance.md has the figures).

/// The numbers of the C library's allocator that this takes, each with its name in mallopt(3).
#[cfg(target_env = "gnu")]
const RULES: [(libc::c_int, libc::c_int); 3] = [
    // A heap for every thread keeps what the thread once needed, and gives nothing of its end back.
    (libc::M_ARENA_MAX, 1),
    // Above this, allocations are mapped one by one: the most that the library allows.
    (libc::M_MMAP_THRESHOLD, 32 * 1024 * 1024),
    // More than this at the end of the heap goes back at once.
    (libc::M_TRIM_THRESHOLD, 64 * 1024 * 1024),
];

/// Makes the allocator keep memory for the next work. To be called once, before there are other threads.
pub fn keep_heap() {
    #[cfg(target_env = "gnu")]
    for (rule, value) in RULES {
        // SAFETY: the call sets a number of the allocator's, under its lock.
        unsafe { libc::mallopt(rule, value) };
    }
}

/// Gives back what no work uses. Costs about a millisecond for 10 MB.
pub(super) fn give_back() {
    // SAFETY: the call has no preconditions, and takes the allocator's lock.
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::malloc_trim(0);
    }
}
