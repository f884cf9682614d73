//! Broken, endless and foreign files: an error, in time, and never a panic.

use crate::reference::{Recipe, libjpeg};
use codec::jpeg::thumbnail::{Refusal, decode};
use std::cell::Cell;
use std::time::{Duration, Instant};

struct Random(u64);
impl Random {
    fn number(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    fn below(&mut self, end: usize) -> usize {
        (self.number() >> 20) as usize % end
    }
}

fn picture(width: u32, height: u32, channels: usize) -> Vec<u8> {
    let mut random = Random(7);
    (0..width * height * channels as u32)
        .map(|index| (index as u8).wrapping_mul(3) ^ (random.number() >> 50) as u8 & 31)
        .collect()
}

fn files() -> Vec<Vec<u8>> {
    let mut files = vec![];
    for channels in [1, 3] {
        for progressive in [false, true] {
            for separate in [false, true] {
                for restart in [0, 2] {
                    for quality in [20, 92] {
                        let factors = if channels == 3 { [(2, 2), (1, 1), (1, 1)] } else { [(1, 1); 3] };
                        let recipe = Recipe {
                            factors,
                            progressive,
                            separate,
                            restart,
                            quality,
                            optimise: restart == 2,
                            ..Recipe::new(61, 45, channels)
                        };
                        files.push(recipe.encode(&picture(61, 45, channels)));
                    }
                }
            }
        }
    }
    files
}

fn attempt(bytes: &[u8], divisor: u32) -> Result<(), Refusal> {
    decode(bytes, divisor, u32::MAX, &|| false).map(|_| ())
}

#[test]
fn every_early_end_is_an_error() {
    for bytes in files() {
        for divisor in [2, 4, 8] {
            assert_eq!(attempt(&bytes, divisor), Ok(()));
            for length in (0..bytes.len() - 40).step_by(5).chain(bytes.len() - 40..bytes.len() - 2) {
                let result = attempt(&bytes[..length], divisor);
                // In one scan of Huffman codes, some last bytes hold but padding.
                let is_padding = length + 3 >= bytes.len() && result == Ok(());
                assert!(
                    matches!(result, Err(Refusal::Malformed(_))) || is_padding,
                    "{length} of {} 1/{divisor}: {result:?}",
                    bytes.len()
                );
            }
        }
    }
}

#[test]
fn a_missing_end_marker_matters_where_there_are_several_scans() {
    for (progressive, expected) in [(false, Ok(())), (true, Err(Refusal::Malformed("data ends early")))] {
        let bytes = Recipe { progressive, ..Recipe::new(61, 45, 1) }.encode(&picture(61, 45, 1));
        assert_eq!(attempt(&bytes[..bytes.len() - 2], 4), expected);
    }
}

#[test]
fn flipped_bytes_do_no_harm() {
    let mut random = Random(0xfeed_beef);
    let (mut decoded, mut agreed) = (0, 0);
    for bytes in files() {
        for round in 0..400 {
            let mut broken = bytes.clone();
            for _ in 0..1 + round % 4 {
                let at = random.below(broken.len());
                broken[at] = if random.below(3) == 0 { 0xff } else { random.number() as u8 };
            }
            if round % 16 == 0 {
                let (from, to) = (random.below(broken.len()), random.below(broken.len()));
                broken.drain(from.min(to)..from.max(to));
            }
            for divisor in [2, 4, 8] {
                // A header may claim much; the caller has refused that.
                let start = Instant::now();
                if attempt(&broken, divisor).is_ok() {
                    decoded += 1;
                    let agrees = libjpeg(&broken, divisor).is_some();
                    // What is broken in a progressive scan that is passed over is not seen.
                    agreed += usize::from(agrees || bytes.windows(2).any(|pair| pair == [0xff, 0xc2]));
                }
                assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
            }
        }
    }
    assert!(decoded > 1000 && decoded == agreed);
}

#[test]
fn what_libjpeg_calls_corrupt_is_never_a_picture_in_a_single_baseline_scan() {
    let mut random = Random(0xabcd_ef01);
    for channels in [1, 3] {
        for restart in [0, 3] {
            let recipe = Recipe { quality: 92, restart, ..Recipe::new(61, 45, channels) };
            let bytes = recipe.encode(&picture(61, 45, channels));
            let scan = bytes.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap() + 8 + 2 * channels;
            let (mut pictures, mut corrupt) = (0, 0);
            for _ in 0..3000 {
                let mut broken = bytes.clone();
                let at = scan + random.below(broken.len() - scan - 2);
                broken[at] = random.number() as u8;
                let is_corrupt = libjpeg(&broken, 1).is_none_or(|(_, warned)| warned);
                let is_decoded = attempt(&broken, 4).is_ok();
                assert!(!(is_corrupt && is_decoded), "{recipe:?} at {at}: {}, of {}", broken[at], broken.len());
                pictures += u32::from(is_decoded);
                corrupt += u32::from(is_corrupt);
            }
            assert!(pictures > 100 && corrupt > 20, "{pictures} {corrupt}");
        }
    }
}

#[test]
fn noise_after_a_header_does_no_harm() {
    let mut random = Random(0x1234_5678_9abc);
    for bytes in files() {
        let scan = bytes.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
        for _ in 0..20 {
            let mut broken = bytes[..scan + 14].to_vec();
            broken.extend((0..3000).map(|_| random.number() as u8));
            broken.extend(b"\xff\xd9");
            for divisor in [2, 4, 8] {
                let _ = attempt(&broken, divisor);
            }
        }
    }
}

fn payload_of(bytes: &[u8], code: u8) -> usize {
    bytes.windows(2).position(|pair| pair == [0xff, code]).unwrap() + 4
}

#[test]
fn what_is_not_read_is_told_from_what_is_broken() {
    let bytes = Recipe::new(61, 45, 3).encode(&picture(61, 45, 3));
    for divisor in [0, 1, 3, 16] {
        assert!(matches!(attempt(&bytes, divisor), Err(Refusal::Unsupported(_))));
    }
    let frame = payload_of(&bytes, 0xc0);
    for (at, value) in
        [(frame - 3, 0xc9), (frame - 3, 0xc3), (frame - 3, 0xca), (frame, 12), (frame + 5, 4), (frame + 5, 2)]
    {
        let mut other = bytes.clone();
        other[at] = value;
        assert!(matches!(attempt(&other, 8), Err(Refusal::Unsupported(_))), "{at} {value}");
    }
    let mut endless = bytes.clone();
    (endless[frame + 1], endless[frame + 2]) = (0, 0);
    assert!(matches!(attempt(&endless, 8), Err(Refusal::Unsupported(_))));
    // No width, factor 0, factor 5, a table that does not exist, the same component twice.
    for (at, value) in [(frame + 4, 0), (frame + 7, 0x01), (frame + 7, 0x15), (frame + 8, 4), (frame + 9, 1)] {
        let mut broken = bytes.clone();
        broken[at] = value;
        if at == frame + 4 {
            broken[frame + 3] = 0
        }
        assert!(matches!(attempt(&broken, 8), Err(Refusal::Malformed(_))), "{at} {value}");
    }
}

/// The file up to its first scan, its scans with their tables, each from the end of the one before.
fn scans(bytes: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let starts: Vec<usize> = (0..bytes.len() - 1).filter(|at| bytes[*at] == 0xff && bytes[at + 1] == 0xda).collect();
    let end_of = |start: usize| {
        start
            + 2
            + (start + 2..bytes.len() - 1)
                .find(|at| bytes[*at] == 0xff && !matches!(bytes[at + 1], 0 | 0xd0..=0xd7))
                .unwrap()
            - start
            - 2
    };
    let mut parts = vec![];
    let mut from = end_of(starts[0]);
    let head = bytes[..from].to_vec();
    for start in &starts[1..] {
        let end = end_of(*start);
        parts.push(bytes[from..end].to_vec());
        from = end;
    }
    (head, parts)
}

#[test]
fn scans_out_of_order_are_refused_and_scans_without_need_cost_next_to_nothing() {
    let bytes = Recipe { progressive: true, quality: 95, ..Recipe::new(640, 480, 1) }.encode(&picture(640, 480, 1));
    let (head, parts) = scans(&bytes);
    let again = [&head[..], &parts[0], &parts[0], b"\xff\xd9"].concat();
    assert_eq!(attempt(&again, 4), Err(Refusal::Malformed("progressive scans out of order")));
    // Of a gray picture at an eighth, no AC scan is needed.
    let once = [&head[..], &parts[0], b"\xff\xd9"].concat();
    let bomb = [&head[..], &parts[0].repeat(1500), b"\xff\xd9"].concat();
    assert_eq!(attempt(&once, 8), Ok(()));
    let start = Instant::now();
    assert_eq!(attempt(&bomb, 8), Ok(()));
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(decode(&bomb, 8, 1499, &|| false), Err(Refusal::TooManyScans));
}

#[test]
fn nobody_waits_for_what_is_abandoned() {
    for progressive in [false, true] {
        let bytes = Recipe { progressive, ..Recipe::new(64, 400, 1) }.encode(&picture(64, 400, 1));
        let asked = Cell::new(0);
        let is_abandoned = || {
            asked.set(asked.get() + 1);
            asked.get() > 10
        };
        assert_eq!(decode(&bytes, 2, u32::MAX, &is_abandoned), Err(Refusal::Abandoned));
        assert_eq!(asked.get(), 11);
    }
}

#[test]
fn a_restart_marker_must_be_the_next_one() {
    for progressive in [false, true] {
        let bytes = Recipe { restart: 4, progressive, ..Recipe::new(61, 45, 1) }.encode(&picture(61, 45, 1));
        let at = bytes.windows(2).position(|pair| pair == [0xff, 0xd1]).unwrap();
        let mut broken = bytes.clone();
        broken[at + 1] = 0xd2;
        assert_eq!(attempt(&broken, 2), Err(Refusal::Malformed("a restart marker is missing")));
    }
}

#[test]
fn more_scans_than_anyone_writes_are_refused_if_they_are_needed() {
    // mozjpeg itself has room for 64.
    let bands: Vec<(i32, i32)> = (1..31).map(|index| (index, index)).chain([(31, 63)]).collect();
    let first = bands.iter().map(|(first, last)| [*first, *last, 0, 1]);
    let second = bands.iter().map(|(first, last)| [*first, *last, 1, 0]);
    let script = [[0, 0, 0, 0]].into_iter().chain(first).chain(second).collect();
    let recipe = Recipe { progressive: true, script, quality: 1, ..Recipe::new(61, 45, 1) };
    let bytes = recipe.encode(&picture(61, 45, 1));
    assert_eq!(attempt(&bytes, 8), Ok(()));
    assert_eq!(attempt(&bytes, 2), Err(Refusal::Malformed("more scans than anyone writes")));
}

#[test]
fn absurd_divisors_and_coefficients_do_no_harm() {
    for bytes in files() {
        for divisor in [1u16, 255, 32_768, 65_535] {
            let tables = [0u8, 1]
                .map(|index| [&[0xff, 0xdb, 0, 131, 0x10 | index][..], &divisor.to_be_bytes().repeat(64)].concat());
            // Behind the tables of the file, so that these hold.
            let frame = bytes.windows(2).position(|pair| pair[0] == 0xff && matches!(pair[1], 0xc0..=0xc2)).unwrap();
            let absurd = [&bytes[..frame], &tables.concat(), &bytes[frame..]].concat();
            for scale in [2, 4, 8] {
                assert_eq!(attempt(&absurd, scale), Ok(()));
            }
        }
    }
}
