//! Work that nobody waits for: it gets what others leave of processors and disks.

use rustix::process::setpriority_process;

/// The least that there is (setpriority(2)).
const LEAST: i32 = 19;

/// Makes this thread, and all that it starts from now on, give way to everything else on the machine: as `nice -n 19 ionice -c 3`
/// does. To be called before there are other threads. What the system refuses is done without.
///
/// Not by `SCHED_IDLE`: on a machine that is busy for long nothing would ever be done.
pub fn give_way() {
    let _ = setpriority_process(None, LEAST);
    #[cfg(target_os = "linux")]
    leave_disks_to_others();
}

#[cfg(target_os = "linux")]
fn leave_disks_to_others() {
    /// `IOPRIO_WHO_PROCESS`, and `IOPRIO_CLASS_IDLE` in the bits of the class (ioprio_set(2)); 0 is the calling thread.
    const WHO_PROCESS: libc::c_int = 1;
    const CLASS_IDLE: libc::c_int = 3 << 13;
    // SAFETY: the call takes numbers alone, and changes nothing but the class of this thread.
    unsafe {
        libc::syscall(libc::SYS_ioprio_set, WHO_PROCESS, 0, CLASS_IDLE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn whoever_gives_way_has_the_least_priority_and_so_has_what_it_starts() {
        let seen = std::thread::spawn(|| {
            give_way();
            std::thread::spawn(|| {
                // SAFETY: the call tells a number of this thread.
                let class = unsafe { libc::syscall(libc::SYS_ioprio_get, 1, 0) };
                (rustix::process::getpriority_process(None).unwrap(), class >> 13)
            })
            .join()
            .unwrap()
        });
        assert_eq!(seen.join().unwrap(), (LEAST, 3));
    }
}
