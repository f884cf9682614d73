//! Kinds with a unit: sizes in bytes and lengths of time. It must not know which variables there are.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::kind::Kind;

/// Factors to bytes. KB, MB, GB, TB count in thousands (SI), KiB, MiB, GiB, TiB in 1024s (IEC 80000-13).
const BYTE_UNITS: [(&str, u64); 10] = [
    ("", 1),
    ("B", 1),
    ("KB", 1000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

/// Factors to milliseconds.
const TIME_UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// A number of bytes, in a range.
pub(super) struct Bytes(pub RangeInclusive<u64>);

impl Kind for Bytes {
    type Value = u64;

    fn expected(&self) -> String {
        let (least, most) = (written(*self.0.start(), &BYTE_UNITS), written(*self.0.end(), &BYTE_UNITS));
        format!("a size from {least} to {most}, in bytes or such as 100MB (10^6) or 1.5GiB (2^30)")
    }

    fn parse(&self, text: &str) -> Option<u64> {
        counted(text, &BYTE_UNITS).filter(|bytes| self.0.contains(bytes))
    }
}

/// A length of time, given by its range in milliseconds.
pub(super) struct Time(pub RangeInclusive<u64>);

impl Kind for Time {
    type Value = Duration;

    fn expected(&self) -> String {
        let (least, most) = (written(*self.0.start(), &TIME_UNITS), written(*self.0.end(), &TIME_UNITS));
        format!("a time from {least} to {most}, such as 30s, 500ms or 5m")
    }

    fn parse(&self, text: &str) -> Option<Duration> {
        counted(text, &TIME_UNITS).filter(|milliseconds| self.0.contains(milliseconds)).map(Duration::from_millis)
    }
}

/// Reads a decimal number and a unit in any letter case, with or without a space between. A fraction of the smallest
/// unit is dropped.
fn counted(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (number, unit) =
        text.split_at(text.find(|symbol: char| !(symbol.is_ascii_digit() || symbol == '.')).unwrap_or(text.len()));
    let unit = unit.trim_start();
    let (_, factor) = units.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    // `parse` alone would read no digits as an error but take a plus sign; here only digits are left.
    let digits: u128 = format!("{whole}{fraction}").parse().ok()?;
    if whole.is_empty() || fraction.is_empty() {
        return None;
    }
    let scale = 10u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    u64::try_from(digits.checked_mul(u128::from(*factor))? / scale).ok()
}

/// Writes an amount in the largest unit that divides it.
fn written(amount: u64, units: &[(&str, u64)]) -> String {
    let divides = |factor: u64| amount >= factor && amount.is_multiple_of(factor);
    let unit = units.iter().filter(|(_, factor)| divides(*factor)).max_by_key(|(_, factor)| *factor);
    unit.map_or_else(|| amount.to_string(), |(name, factor)| format!("{}{name}", amount / factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_and_without_a_unit() {
        let size = |text| Bytes(1..=u64::MAX).parse(text);
        assert_eq!(size("104857600"), Some(104_857_600));
        assert_eq!(size("100MB"), Some(100_000_000));
        assert_eq!(size("1.5GiB"), Some(1_610_612_736));
        assert_eq!(size("512 KB"), Some(512_000));
        assert_eq!(size("512 kib"), Some(524_288));
        assert_eq!(size("7B"), Some(7));
        assert_eq!(size("18446744073709551615"), Some(u64::MAX));
    }

    #[test]
    fn what_is_no_size_is_refused() {
        let too_fine = format!("0.{}", "0".repeat(50));
        let texts = [
            "",
            "MB",
            "-1",
            "+1",
            "1e6",
            ".5MB",
            "5.MB",
            "1.2.3MB",
            "12 PB",
            "0",
            "18446744073709551616",
            "99999999TiB",
        ];
        for text in texts.into_iter().chain([too_fine.as_str()]) {
            assert_eq!(Bytes(1..=u64::MAX).parse(text), None, "{text}");
        }
    }

    #[test]
    fn times_are_read_with_their_unit() {
        let time = |text| Time(0..=86_400_000).parse(text);
        assert_eq!(time("30s"), Some(Duration::from_secs(30)));
        assert_eq!(time("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(time("5m"), Some(Duration::from_secs(300)));
        assert_eq!(time("1.5 h"), Some(Duration::from_secs(5400)));
        assert_eq!(time("0s"), Some(Duration::ZERO));
        for text in ["30", "s", "", "1w", "2d", "-1s"] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn a_range_is_told_in_readable_units() {
        assert_eq!(Time(1..=600_000).expected(), "a time from 1ms to 10m, such as 30s, 500ms or 5m");
        let expected = "a size from 1B to 1TiB, in bytes or such as 100MB (10^6) or 1.5GiB (2^30)";
        assert_eq!(Bytes(1..=1 << 40).expected(), expected);
    }
}
