//! The pixels that renditions of one original have in common: who wants them, who makes them, and what is kept of them.
//! A value: no threads, no clock.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use super::Operation;
use super::flight::Joint;
use crate::request::Identity;
use crate::workers::LINGER;
use codec::{Detail, Excerpt, Picture};

/// The share of the memory budget that may be kept, and the most in bytes.
const BUDGET_SHARE: u64 = 4;
const MAX_KEPT_BYTES: u64 = 128 * 1024 * 1024;
/// Larger pictures are kept only for those who are there already.
const MAX_LINGERING_BYTES: u64 = 16 * 1024 * 1024;
/// What a picture counts at least, so that there are not too many of them.
const MIN_BYTES: u64 = 64 * 1024;

/// Says exactly which pixels.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub original: Arc<Identity>,
    pub detail: Detail,
    /// Of which part.
    pub excerpt: Option<Excerpt>,
    /// What was done to them after they were decoded.
    pub done: Vec<Operation>,
}

/// Pixels by key.
pub(super) struct Pixels {
    places: HashMap<Key, Spot>,
    /// How many renditions of an original wait or are being made.
    wanted: HashMap<Arc<Identity>, usize>,
    kept_bytes: u64,
    max_bytes: u64,
}

enum Spot {
    Underway(Arc<Joint>),
    Kept { picture: Picture, used: Instant },
}

/// What there is for a key.
pub(super) enum Lookup {
    Kept(Picture),
    /// Somebody makes them.
    Underway(Arc<Joint>),
    /// Nothing: who asked is to make them.
    Nothing(Arc<Joint>),
}

impl Pixels {
    /// Nothing yet.
    pub(super) fn new(memory_budget: u64) -> Self {
        let max_bytes = (memory_budget / BUDGET_SHARE).min(MAX_KEPT_BYTES);
        Self { places: HashMap::new(), wanted: HashMap::new(), kept_bytes: 0, max_bytes }
    }

    /// Notes that one more rendition of the original is wanted.
    pub(super) fn want(&mut self, original: &Arc<Identity>) {
        *self.wanted.entry(Arc::clone(original)).or_default() += 1;
    }

    /// Notes that one fewer is wanted.
    pub(super) fn unwant(&mut self, original: &Arc<Identity>) {
        let Some(count) = self.wanted.get_mut(original) else { return };
        *count -= 1;
        if *count == 0 {
            self.wanted.remove(original);
            self.drop_where(|key, bytes, _| key.original == *original && bytes > MAX_LINGERING_BYTES);
        }
    }

    /// Looks for pixels. Where there are none, whoever asked is to make them, and to end that.
    pub(super) fn find(&mut self, key: &Key, now: Instant) -> Lookup {
        match self.places.get_mut(key) {
            Some(Spot::Underway(flight)) => Lookup::Underway(Arc::clone(flight)),
            Some(Spot::Kept { picture, used }) => {
                *used = now;
                Lookup::Kept(picture.clone())
            }
            None => {
                let flight = Arc::<Joint>::default();
                self.places.insert(key.clone(), Spot::Underway(Arc::clone(&flight)));
                Lookup::Nothing(flight)
            }
        }
    }

    /// Notes that nobody makes these pixels any more.
    pub(super) fn end(&mut self, key: &Key) {
        if let Some(Spot::Underway(_)) = self.places.get(key) {
            self.places.remove(key);
        }
    }

    /// Keeps pixels if they may be of use to others, if necessary in the place of older ones; of the budget,
    /// `free_bytes` are to be had beside what is kept now.
    pub(super) fn keep(&mut self, key: Key, picture: Picture, free_bytes: u64, now: Instant) {
        let bytes = bytes_of(&picture);
        let has_others = self.wanted.get(&key.original).is_some_and(|count| *count > 1);
        let is_worth_it = has_others || bytes <= MAX_LINGERING_BYTES;
        if !is_worth_it || bytes > self.max_bytes.min(free_bytes) {
            return;
        }
        while self.kept_bytes + bytes > self.max_bytes && self.drop_oldest() {}
        self.kept_bytes += bytes;
        self.places.insert(key, Spot::Kept { picture, used: now });
    }

    /// Drops the pixels that were not used for the longest time; tells whether there were any.
    pub(super) fn drop_oldest(&mut self) -> bool {
        let kept = self.places.iter().filter_map(|(key, place)| match place {
            Spot::Kept { used, .. } => Some((*used, key)),
            Spot::Underway(_) => None,
        });
        let Some(oldest) = kept.min_by_key(|(used, _)| *used).map(|(_, key)| key.clone()) else { return false };
        self.drop_where(|key, _, _| *key == oldest);
        true
    }

    /// Drops what nobody waits for, and nobody has used for a while.
    pub(super) fn forget(&mut self, now: Instant) {
        let wanted = std::mem::take(&mut self.wanted);
        self.drop_where(|key, _, used| now >= used + LINGER && !wanted.contains_key(&key.original));
        self.wanted = wanted;
    }

    /// Bytes of all that is kept.
    pub(super) fn kept_bytes(&self) -> u64 {
        self.kept_bytes
    }

    fn drop_where(&mut self, is_meant: impl Fn(&Key, u64, Instant) -> bool) {
        self.places.retain(|key, place| match place {
            Spot::Kept { picture, used } if is_meant(key, bytes_of(picture), *used) => {
                self.kept_bytes -= bytes_of(picture);
                false
            }
            _ => true,
        });
    }
}

fn bytes_of(picture: &Picture) -> u64 {
    (picture.pixels().len() as u64).max(MIN_BYTES)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::request::{Dimensions, Generation, ImagePath, Stamp};
    use codec::PixelLayout;

    const PLENTY: u64 = 1 << 40;

    fn key(name: &str, size: u64) -> Key {
        let stamp = Stamp::File { size, modified_nanoseconds: 0, changed_nanoseconds: 0, inode: 1 };
        let reference = ImagePath::from_decoded(name).unwrap().into();
        let original = Arc::new(Identity { reference, stamp, generation: Generation::NONE });
        Key { original, detail: Detail::Whole, excerpt: None, done: vec![] }
    }

    fn picture(kilobytes: u32) -> Picture {
        let dimensions = Dimensions::new(1024, kilobytes);
        Picture::new(dimensions, PixelLayout::Gray, vec![0; dimensions.pixels() as usize]).unwrap()
    }

    fn is_kept(pixels: &mut Pixels, key: &Key, now: Instant) -> bool {
        let is_kept = matches!(pixels.find(key, now), Lookup::Kept(_));
        pixels.end(key);
        is_kept
    }

    #[test]
    fn only_the_version_that_was_decoded_is_found() {
        let (mut pixels, now) = (Pixels::new(PLENTY), Instant::now());
        pixels.keep(key("a.jpg", 1), picture(1), PLENTY, now);
        assert!(is_kept(&mut pixels, &key("a.jpg", 1), now));
        assert!(!is_kept(&mut pixels, &key("a.jpg", 2), now));
        assert!(!is_kept(&mut pixels, &key("b.jpg", 1), now));
        assert!(!is_kept(&mut pixels, &Key { detail: Detail::Divided(2), ..key("a.jpg", 1) }, now));
        let excerpt = Some(Excerpt { left: 0, top: 0, dimensions: Dimensions::new(1024, 1) });
        assert!(!is_kept(&mut pixels, &Key { excerpt, ..key("a.jpg", 1) }, now));
    }

    #[test]
    fn the_oldest_make_room_and_the_bound_holds() {
        let mut pixels = Pixels::new(BUDGET_SHARE * 3000 * 1024);
        let start = Instant::now();
        for second in 0..4 {
            pixels.keep(key("a.jpg", second), picture(1000), PLENTY, start + Duration::from_secs(second));
            assert!(is_kept(&mut pixels, &key("a.jpg", 0), start + Duration::from_secs(second)));
        }
        assert_eq!(pixels.kept_bytes(), 3000 * 1024);
        let kept = [0, 1, 2, 3].map(|size| is_kept(&mut pixels, &key("a.jpg", size), start));
        assert_eq!(kept, [true, false, true, true]);
        pixels.keep(key("b.jpg", 0), picture(3001), PLENTY, start);
        assert!(!is_kept(&mut pixels, &key("b.jpg", 0), start));
    }

    #[test]
    fn what_has_no_room_in_the_budget_is_not_kept() {
        let (mut pixels, now) = (Pixels::new(PLENTY), Instant::now());
        pixels.keep(key("a.jpg", 1), picture(1000), 999 * 1024, now);
        assert!(!is_kept(&mut pixels, &key("a.jpg", 1), now));
        assert_eq!(pixels.kept_bytes(), 0);
    }

    #[test]
    fn what_nobody_wants_is_forgotten_after_a_while() {
        let (mut pixels, now) = (Pixels::new(PLENTY), Instant::now());
        let (wanted, unwanted) = (key("a.jpg", 1), key("b.jpg", 1));
        pixels.want(&wanted.original);
        for key in [&wanted, &unwanted] {
            pixels.keep(key.clone(), picture(1), PLENTY, now);
        }
        pixels.forget(now + LINGER / 2);
        assert_eq!(pixels.kept_bytes(), 2 * MIN_BYTES);
        pixels.forget(now + LINGER);
        assert!(is_kept(&mut pixels, &wanted, now));
        assert!(!is_kept(&mut pixels, &unwanted, now));
        pixels.unwant(&wanted.original);
        pixels.forget(now + LINGER);
        assert_eq!(pixels.kept_bytes(), 0);
    }

    #[test]
    fn large_pictures_are_kept_for_those_who_are_there_and_no_longer() {
        let (mut pixels, now) = (Pixels::new(PLENTY), Instant::now());
        let key = key("a.jpg", 1);
        let large = picture(MAX_LINGERING_BYTES as u32 / 1024 + 1);
        pixels.want(&key.original);
        pixels.keep(key.clone(), large.clone(), PLENTY, now);
        assert!(!is_kept(&mut pixels, &key, now));
        pixels.want(&key.original);
        pixels.keep(key.clone(), large, PLENTY, now);
        pixels.unwant(&key.original);
        assert!(is_kept(&mut pixels, &key, now));
        pixels.unwant(&key.original);
        assert!(!is_kept(&mut pixels, &key, now));
    }
}
