//! `Handover`: what filters say of how a picture goes out, whatever it shows: as it is, under which name, and until when.

use std::time::{Duration, SystemTime};

use super::filter::Filter;
use crate::request::{Format, Saving};

/// How a picture goes out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Handover {
    /// How it is to be saved.
    pub saving: Saving,
    /// Until when the URL is good, where it says so.
    pub good_until: Option<SystemTime>,
    /// Nothing is made of it.
    pub is_raw: bool,
}

/// The filter that says how long an answer may be kept.
const LIFE: &str = "max_age";

impl Handover {
    /// Takes in what a filter says; `None` where its argument is none.
    pub fn add(&mut self, name: &str, argument: Option<&str>) -> Option<()> {
        match (name, argument) {
            ("attachment", name) => {
                let stem = name.map(without_ending).filter(|stem| !stem.is_empty());
                self.saving = Saving { stem: stem.map(Box::from), is_attachment: true, is_literal: false };
            }
            ("expire", Some(milliseconds)) => {
                let since = Duration::from_millis(milliseconds.parse().ok()?);
                self.good_until = Some(SystemTime::UNIX_EPOCH.checked_add(since)?);
            }
            ("raw", _) => self.is_raw = true,
            _ => return None,
        }
        Some(())
    }

    /// Tells whether the URL was good until before this.
    pub fn is_over(&self, now: SystemTime) -> bool {
        self.good_until.is_some_and(|good_until| good_until < now)
    }
}

/// How long an answer may be kept by what filters say, the last of them.
pub(super) fn life(filters: &[Filter]) -> Option<Duration> {
    let said = filters.iter().filter(|filter| filter.name == LIFE);
    let seconds = said.filter_map(|filter| filter.arguments().first()?.parse::<u32>().ok()).next_back();
    seconds.map(|seconds| Duration::from_secs(seconds.into()))
}

/// Tells whether a path may say how long its answer may be kept.
pub(super) fn may_say_life(path: &str) -> bool {
    path.contains(LIFE)
}

/// A name of a file without the ending of a format, which is that of what goes out.
fn without_ending(name: &str) -> &str {
    let parts = name.rsplit_once('.').filter(|(_, ending)| Format::named(&ending.to_ascii_lowercase()).is_some());
    parts.map_or(name, |(stem, _)| stem)
}

#[cfg(test)]
mod tests {
    use super::super::filter::filters;
    use super::*;

    #[test]
    fn it_says_under_which_name_and_until_when() {
        let of = |name: &str, argument: Option<&str>| {
            let mut handover = Handover::default();
            handover.add(name, argument).map(|()| handover)
        };
        let stem = |argument: Option<&str>| {
            let saving = of("attachment", argument).unwrap().saving;
            assert!(saving.is_attachment);
            saving.stem.map(String::from)
        };
        for (name, expected) in [("a.b", "a.b"), ("a.JPG", "a"), ("a b.webp", "a b"), ("a", "a")] {
            assert_eq!(stem(Some(name)).as_deref(), Some(expected), "{name}");
        }
        assert_eq!((stem(None), stem(Some(".png"))), (None, None));
        let later = SystemTime::UNIX_EPOCH + Duration::from_secs(60);
        let expiring = of("expire", Some("60000")).unwrap();
        assert_eq!(expiring.good_until, Some(later));
        assert!(!expiring.is_over(later) && expiring.is_over(later + Duration::from_millis(1)));
        assert!(of("raw", None).unwrap().is_raw && !Handover::default().is_over(later));
        for argument in [None, Some(""), Some("-1"), Some("soon"), Some("99999999999999999999999")] {
            assert_eq!(of("expire", argument), None, "{argument:?}");
        }
    }

    #[test]
    fn the_last_life_counts() {
        let of = |text: &str| life(&filters::read(text)).map(|life| life.as_secs());
        assert_eq!(of("max_age(5):max_age(60):max_age(x)"), Some(60));
        assert_eq!((of("max_age()"), of("quality(5)"), of("max_age(0)")), (None, None, Some(0)));
        assert!(may_say_life("/unsafe/filters:max_age(5)/a.jpg") && !may_say_life("/unsafe/a.jpg"));
    }
}
