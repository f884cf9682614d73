//! The one thing that we read from EXIF: the orientation.

use image::metadata::Orientation as ExifOrientation;

use crate::request::Orientation;

/// Reads the orientation from an EXIF block (a TIFF header and its first directory), with or without the `Exif\0\0`
/// that precedes it in JPEG. Whatever is broken or absent means upright.
pub fn orientation(block: &[u8]) -> Orientation {
    let tiff = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
    let found = ExifOrientation::from_exif_chunk(tiff);
    found.map(|orientation| Orientation::from_exif(orientation.to_exif().into())).unwrap_or_default()
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
    fn a_broken_block_means_upright() {
        for block in [&b""[..], b"Exif\0\0", b"II*\0\xff\xff\xff\xff", b"II*\0\x08\0\0\0\x01\0\x12\x01"] {
            assert_eq!(orientation(block), Orientation::Upright);
        }
    }
}
