//! Range requests: RFC 9110, section 14.

use std::ops::Range;

/// More parts than this are answered with the whole file: it is cheaper for both sides.
const MAX_PARTS: usize = 16;

/// What a `Range` header asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ranges {
    /// All bytes: there is no range, it cannot be read, or it costs more than the whole.
    Whole,
    /// One or more parts in the order asked for, none of them empty.
    Parts(Vec<Range<u64>>),
    /// No part lies within the file.
    Unsatisfiable,
}

/// Reads a `Range` header for a file of `length` bytes.
pub(super) fn parse(header: &str, length: u64) -> Ranges {
    let Some((unit, list)) = header.split_once('=') else { return Ranges::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Ranges::Whole;
    }
    let mut parts = Vec::new();
    for text in list.split(',').map(str::trim).filter(|text| !text.is_empty()) {
        match parse_one(text, length) {
            Some(range) if range.is_empty() => {}
            Some(range) => parts.push(range),
            None => return Ranges::Whole,
        }
    }
    let total: u64 = parts.iter().map(|range| range.end - range.start).sum();
    match parts.len() {
        0 => Ranges::Unsatisfiable,
        count if count > MAX_PARTS || (count > 1 && total >= length) => Ranges::Whole,
        _ => Ranges::Parts(parts),
    }
}

/// One `first-last`, `first-` or `-suffix`, cut to the file; empty where it lies outside, `None` where it is no range.
fn parse_one(text: &str, length: u64) -> Option<Range<u64>> {
    let number = |digits: &str| {
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        // What does not fit is beyond every file.
        is_number.then(|| digits.parse().unwrap_or(u64::MAX))
    };
    match text.split_once('-')? {
        ("", suffix) => Some(length.saturating_sub(number(suffix)?)..length),
        (first, "") => Some(number(first)?.min(length)..length),
        (first, last) => {
            let (first, last): (u64, u64) = (number(first)?, number(last)?);
            (first <= last).then(|| first.min(length)..last.saturating_add(1).min(length))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_are_cut_to_the_file() {
        let parts = |ranges: &[(u64, u64)]| Ranges::Parts(ranges.iter().map(|(start, end)| *start..*end).collect());
        assert_eq!(parse("bytes=0-9", 100), parts(&[(0, 10)]));
        assert_eq!(parse("Bytes=90-", 100), parts(&[(90, 100)]));
        assert_eq!(parse("bytes=-10", 100), parts(&[(90, 100)]));
        assert_eq!(parse("bytes=-1000", 100), parts(&[(0, 100)]));
        assert_eq!(parse("bytes=0-99999999999999999999", 100), parts(&[(0, 100)]));
        assert_eq!(parse("bytes=0-0, 50-59", 100), parts(&[(0, 1), (50, 60)]));
    }

    #[test]
    fn what_lies_outside_cannot_be_satisfied() {
        for header in ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=200-300, 100-"] {
            assert_eq!(parse(header, 100), Ranges::Unsatisfiable, "{header}");
        }
    }

    #[test]
    fn what_cannot_be_read_or_costs_more_is_the_whole() {
        let many = format!("bytes={}", ["0-0"; 17].join(","));
        for header in ["", "bytes", "lines=0-1", "bytes=a-b", "bytes=5-1", "bytes=--1", "bytes=0-60,40-99", &many] {
            assert_eq!(parse(header, 100), Ranges::Whole, "{header}");
        }
    }

    proptest! {
        #[test]
        fn parts_lie_within_the_file_and_cost_no_more(header in "bytes=[0-9,\\- ]{0,40}", length in 1u64..1000) {
            if let Ranges::Parts(parts) = parse(&header, length) {
                prop_assert!(parts.iter().all(|part| part.start < part.end && part.end <= length));
                prop_assert!(parts.iter().map(|part| part.end - part.start).sum::<u64>() <= length);
            }
        }
    }
}
