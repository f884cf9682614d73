//! Work that nobody waits for: it gets what others leave of processors and disks.

use rustix::process::setpriority_process;

/// The least that there is (setpriority(2)).
const LEAST: i32 = 19;

/// Makes this thread, and all that it starts from now on, give way to everything else on the machine: the least priority, which
/// for processors is that of `SCHED_IDLE`, and for disks the idle class where there is one. To be called before there are other
/// threads. What the system refuses is done without.
pub fn give_way() {
    let _ = setpriority_process(None, LEAST);
    #[cfg(target_os = "linux")]
    idle_classes();
}

#[cfg(target_os = "linux")]
fn idle_classes() {
    /// `IOPRIO_WHO_PROCESS`, and `IOPRIO_CLASS_IDLE` in the bits of the class (ioprio_set(2)); 0 is the calling thread.
    const WHO_PROCESS: libc::c_int = 1;
    const CLASS_IDLE: libc::c_int = 3 << 13;
    let none = libc::sched_param { sched_priority: 0 };
    // SAFETY: the calls read a number of ours, and change nothing but the classes of this thread.
    unsafe {
        libc::sched_setscheduler(0, libc::SCHED_IDLE, &raw const none);
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
                // SAFETY: the calls tell numbers of this thread.
                let (policy, class) =
                    unsafe { (libc::sched_getscheduler(0), libc::syscall(libc::SYS_ioprio_get, 1, 0)) };
                (rustix::process::getpriority_process(None).unwrap(), policy, class >> 13)
            })
            .join()
            .unwrap()
        });
        assert_eq!(seen.join().unwrap(), (LEAST, libc::SCHED_IDLE, 3));
    }
}
