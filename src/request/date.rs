//! Whether the date of an original tells one version of it from every other.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const SECOND: Duration = Duration::from_secs(1);
/// The times that tools give to all files alike, so that what they build is the same each time, in seconds since 1970:
/// the epoch and the second after it (Nix, OSTree), the first day of ZIP, that of npm (1985-10-26), that of Bazel (2000).
const SAME_FOR_ALL: [u64; 5] = [0, 1, 315_532_800, 499_162_500, 946_684_800];

/// The date as HTTP has it, in whole seconds; `None` where another version may have the same. That is so before 1970,
/// for times that are given to all files, and until the second is over: whatever comes within it has the same date.
pub fn telling_date(modified: SystemTime, now: SystemTime) -> Option<SystemTime> {
    let seconds = modified.duration_since(UNIX_EPOCH).ok()?.as_secs();
    let date = UNIX_EPOCH + Duration::from_secs(seconds);
    let is_over = now.duration_since(date).is_ok_and(|age| age >= SECOND);
    (is_over && !SAME_FOR_ALL.contains(&seconds)).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(modified_milliseconds: u64, now_milliseconds: u64) -> Option<u64> {
        let at = |milliseconds| UNIX_EPOCH + Duration::from_millis(milliseconds);
        let date = telling_date(at(modified_milliseconds), at(now_milliseconds))?;
        Some(date.duration_since(UNIX_EPOCH).unwrap().as_secs())
    }

    #[test]
    fn a_date_tells_versions_apart_once_its_second_is_over() {
        assert_eq!(told(5_000_900, 5_001_000), Some(5000));
        assert_eq!(told(5_000_900, 9_000_000), Some(5000));
        for now in [5_000_999, 5_000_900, 5_000_000, 4_000_000] {
            assert_eq!(told(5_000_900, now), None, "{now}");
        }
    }

    #[test]
    fn a_date_that_all_files_have_tells_nothing() {
        let now = SystemTime::now();
        for seconds in SAME_FOR_ALL {
            for fraction in [0, 999] {
                let time = UNIX_EPOCH + Duration::from_secs(seconds) + Duration::from_millis(fraction);
                assert_eq!(telling_date(time, now), None, "{seconds}");
            }
        }
        assert!(telling_date(UNIX_EPOCH + Duration::from_secs(2), now).is_some());
        assert_eq!(telling_date(UNIX_EPOCH - SECOND, now), None);
        assert_eq!(telling_date(now + Duration::from_secs(1_000_000_000_000), now), None);
    }
}
