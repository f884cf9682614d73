//! The one thing that we read from EXIF: the orientation.

use std::io::Cursor;

use super::tiff::directory::Directory;
use crate::request::Orientation;

const ORIENTATION: u16 = 274;

/// Reads the orientation from an EXIF block (a TIFF header and its first directory), with or without the `Exif\0\0`
/// that precedes it in JPEG. Any kind of whole number will do. Whatever is broken or absent means upright.
pub fn orientation(block: &[u8]) -> Orientation {
    let tiff = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
    let mut tiff = Cursor::new(tiff);
    let directory = Directory::read(&mut tiff).ok();
    let value = directory.and_then(|directory| directory.integer(&mut tiff, ORIENTATION).ok().flatten());
    let value = value.and_then(|value| u32::try_from(value).ok());
    value.map(Orientation::from_exif).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_orientation_is_read_in_both_byte_orders() {
        let little = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let big = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0\0\0\0\0";
        assert_eq!(orientation(little), Orientation::Rotated90);
        assert_eq!(orientation(big), Orientation::Rotated270);
    }

    #[test]
    fn every_kind_of_whole_number_will_do() {
        for (kind, value) in [(1u8, [6, 0, 0, 0]), (3, [6, 0, 0, 0]), (4, [6, 0, 0, 0]), (9, [6, 0, 0, 0])] {
            let block = [&b"II*\0\x08\0\0\0\x01\0\x12\x01"[..], &[kind, 0, 1, 0, 0, 0], &value, &[0; 4]].concat();
            assert_eq!(orientation(&block), Orientation::Rotated90, "{kind}");
        }
    }

    #[test]
    fn a_broken_block_means_upright() {
        for block in [&b""[..], b"Exif\0\0", b"II*\0\xff\xff\xff\xff", b"II*\0\x08\0\0\0\x01\0\x12\x01"] {
            assert_eq!(orientation(block), Orientation::Upright);
        }
        let outside = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x09\0\0\0\0\0\0\0";
        assert_eq!(orientation(outside), Orientation::Upright);
    }
}
