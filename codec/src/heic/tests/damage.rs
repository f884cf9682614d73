//! Files that were damaged on their way: an answer in time, and no panic that reaches us.

use std::time::{Duration, Instant};

use super::*;

/// Enough for a look. 20000 made no panic either, and the slowest took 74 ms (heic-rs 0.1.4).
const DAMAGED_FILES: u64 = 600;
const LONGEST: Duration = Duration::from_secs(2);

fn numbers(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}

/// Some bytes of a file changed: anywhere, in its boxes, or where the parameters and the first stream are.
fn damaged(file: &[u8], next: &mut impl FnMut() -> u64) -> Vec<u8> {
    let mut damaged = file.to_vec();
    let record = file.windows(4).position(|window| window == b"hvcC").unwrap();
    let data = file.windows(4).position(|window| window == b"mdat").unwrap();
    let reach = match next() % 4 {
        0 => 0..file.len(),
        1 => record..(record + 120).min(file.len()),
        2 => data..(data + 80).min(file.len()),
        _ => data..file.len(),
    };
    for _ in 0..=next() % 8 {
        let place = reach.start + next() as usize % reach.len();
        damaged[place] = match next() % 3 {
            0 => next() as u8,
            1 => damaged[place] ^ (1 << (next() % 8)),
            _ => [0, 0xff, 0x80, 0x7f][next() as usize % 4],
        };
    }
    if next().is_multiple_of(16) {
        let length = next() as usize % damaged.len();
        damaged.truncate(length);
    }
    damaged
}

#[test]
fn changed_bytes_cost_neither_a_panic_nor_much_time() {
    let mut next = numbers(0x9e37_79b9_7f4a_7c15);
    let mut refused = 0;
    for number in 0..DAMAGED_FILES {
        let (name, file, _) = SAMPLES[number as usize % SAMPLES.len()];
        let damaged = damaged(file, &mut next);
        let begin = Instant::now();
        for broken in [BrokenOriginals::Refuse, BrokenOriginals::Show] {
            let Ok(facts) = probe(&damaged) else { break };
            match heic().decode_as(&damaged, &DecodeOptions::of_broken(broken)) {
                Ok(picture) => assert_eq!(picture.dimensions(), facts.stored, "{name}, {number}"),
                Err(_) => refused += 1,
            }
        }
        assert!(begin.elapsed() < LONGEST, "{name}, {number}: {:?}", begin.elapsed());
    }
    assert!(refused > 0);
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    for (name, file, _) in SAMPLES {
        for length in (0..file.len()).step_by(7) {
            let _ = probe(&file[..length]);
            assert!(decode(&file[..length]).is_err(), "{name}, {length} of {}", file.len());
        }
    }
}

#[test]
fn a_panic_of_the_library_is_a_broken_file() {
    let lost = decoder::caught(|| -> Result<(), heic_rs::Error> { panic!("not a fault of the test") });
    assert_eq!(lost, Err(crate::heif::malformed("the decoder lost its way in the stream")));
    assert_eq!(decoder::caught(|| Ok(7)), Ok(7));
}
