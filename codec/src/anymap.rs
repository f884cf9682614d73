//! `Anymap`: what a file of the netpbm family says before its samples (PBM, PGM, PPM and PAM, of text or of bytes).

/// The header of a PBM, PGM, PPM or PAM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anymap {
    /// The digit behind the P.
    kind: u8,
    pub width: u32,
    pub height: u32,
    /// Samples of a pixel.
    pub samples: u32,
    /// The number that stands for white; 1 in bitmaps, of which it is not told.
    pub most: u32,
    /// Where the samples begin.
    pub start: usize,
}

impl Anymap {
    /// Reads the header at the start of a file; `None` where it is none, or more than these bytes.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (b'P', [kind, rest @ ..]) = bytes.split_first()? else { return None };
        match kind {
            b'1'..=b'6' => Self::of_numbers(*kind, rest, bytes.len()),
            b'7' => Self::of_lines(rest, bytes.len()),
            _ => None,
        }
    }

    fn of_numbers(kind: u8, rest: &[u8], length: usize) -> Option<Self> {
        if !rest.first().is_some_and(|byte| is_space(*byte) || *byte == b'#') {
            return None;
        }
        let (width, rest) = number(rest)?;
        let (height, rest) = number(rest)?;
        let (most, rest) = if matches!(kind, b'1' | b'4') { (1, rest) } else { number(rest)? };
        let samples = if matches!(kind, b'3' | b'6') { 3 } else { 1 };
        Self { kind, width, height, samples, most, start: length - rest.len() }.checked()
    }

    fn of_lines(rest: &[u8], length: usize) -> Option<Self> {
        let (first, mut rest) = line(rest)?;
        if !first.trim_ascii().is_empty() {
            return None;
        }
        let (mut width, mut height, mut samples, mut most) = (None, None, None, None);
        loop {
            let text;
            (text, rest) = line(rest)?;
            let text = str::from_utf8(text).ok()?.trim();
            let (name, value) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
            let field = match name {
                "ENDHDR" => break,
                "WIDTH" => &mut width,
                "HEIGHT" => &mut height,
                "DEPTH" => &mut samples,
                "MAXVAL" => &mut most,
                // What the samples are follows from how many they are.
                "TUPLTYPE" if is_known(value.trim()) => continue,
                "" => continue,
                _ if text.starts_with('#') => continue,
                _ => return None,
            };
            *field = Some(value.trim().parse().ok()?);
        }
        let (width, height, samples, most) = (width?, height?, samples?, most?);
        Self { kind: b'7', width, height, samples, most, start: length - rest.len() }.checked()
    }

    fn checked(self) -> Option<Self> {
        ((1..=65_535).contains(&self.most) && (1..=4).contains(&self.samples)).then_some(self)
    }

    /// Tells whether the samples are text.
    pub fn is_text(&self) -> bool {
        matches!(self.kind, b'1'..=b'3')
    }

    /// The same header as there is no doubt about it, for whoever reads it again.
    pub fn plain(&self) -> String {
        let Self { kind, width, height, samples, most, start: _ } = *self;
        match kind {
            b'1' | b'4' => format!("P{}\n{width} {height}\n", char::from(kind)),
            b'7' => {
                let kinds = ["GRAYSCALE", "GRAYSCALE_ALPHA", "RGB", "RGB_ALPHA"];
                let kind = kinds.get(samples as usize - 1).copied().unwrap_or_default();
                format!("P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {samples}\nMAXVAL {most}\nTUPLTYPE {kind}\nENDHDR\n")
            }
            _ => format!("P{}\n{width} {height}\n{most}\n", char::from(kind)),
        }
    }

    /// How many rows there are of what follows the header, at most as many as there should be.
    pub fn rows_in(&self, samples: &[u8]) -> u32 {
        let row_samples = u64::from(self.width) * u64::from(self.samples);
        let (there, row) = match self.kind {
            b'1' => (samples.iter().filter(|byte| !is_space(**byte)).count() as u64, row_samples),
            b'2' | b'3' => {
                let words = samples.split(|byte| is_space(*byte)).filter(|word| !word.is_empty());
                (words.count() as u64, row_samples)
            }
            b'4' => (samples.len() as u64, u64::from(self.width).div_ceil(8)),
            _ => (samples.len() as u64, row_samples * if self.most > 255 { 2 } else { 1 }),
        };
        let rows = there.checked_div(row).unwrap_or_default();
        self.height.min(u32::try_from(rows).unwrap_or(u32::MAX))
    }
}

/// What the tuples of a PAM may be called.
fn is_known(tuples: &str) -> bool {
    let colours = tuples.strip_suffix("_ALPHA").unwrap_or(tuples);
    matches!(colours, "BLACKANDWHITE" | "GRAYSCALE" | "RGB")
}

/// White space as netpbm has it.
fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

/// The next number, and what follows the one space behind it. Comments go from a hash to the end of a line.
fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let mut value = None;
    let mut is_comment = false;
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' | b'\r' if is_comment => is_comment = false,
            _ if is_comment => {}
            b'#' => is_comment = true,
            b'0'..=b'9' => {
                let before: u32 = value.unwrap_or_default();
                value = Some(before.checked_mul(10)?.checked_add(u32::from(byte - b'0'))?);
            }
            space if is_space(*space) => {
                if let Some(value) = value {
                    return Some((value, bytes.get(index + 1..)?));
                }
            }
            _ => return None,
        }
    }
    None
}

fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((bytes.get(..end)?, bytes.get(end + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_told_from_a_text_that_begins_like_one() {
        let read = |text: &str| {
            Anymap::read(text.as_bytes()).map(|map| (map.width, map.height, map.samples, map.most, map.start))
        };
        assert_eq!(read("P6 3 2 255\n......"), Some((3, 2, 3, 255, 11)));
        assert_eq!(read("P4\n# by hand\n3 # across\n2\nxx"), Some((3, 2, 1, 1, 26)));
        assert_eq!(read("P2\n3\n2\n65535\n1 2 3"), Some((3, 2, 1, 65_535, 13)));
        let pam = "P7\nWIDTH 3\n# what\nHEIGHT 2\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n";
        assert_eq!(read(pam), Some((3, 2, 4, 255, pam.len())));
        for none in ["P6", "P63 2 255\n", "P6 3 2 255", "P6 3 two", "P8 1 1 1\n", "P5 1 1 0\n", "P5 1 1 65536\n"] {
            assert_eq!(read(none), None, "{none}");
        }
        assert_eq!(read("P1 has 2 claims"), None);
        assert_eq!(read(&pam.replace("RGB_", "CMYK_")), None);
    }

    #[test]
    fn rows_are_counted_whatever_they_are_written_in() {
        let rows = |file: &[u8]| {
            let map = Anymap::read(file).unwrap();
            map.rows_in(&file[map.start..])
        };
        assert_eq!(rows(b"P1 3 2\n1 0 1 01"), 1);
        assert_eq!(rows(b"P3 1 2 9\n1 2 3\n4 5"), 1);
        assert_eq!(rows(b"P4 9 3\nabcde"), 2);
        assert_eq!(rows(b"P5 2 2 256\nabcdefg"), 1);
        assert_eq!(rows(b"P5 2 2 255\nabcdefg"), 2);
    }
}
