//! Small files that claim, or ask for, very much.

use super::*;
use crate::Limits;

fn with_sides(file: &[u8], from: [u32; 2], to: [u32; 2]) -> Vec<u8> {
    let property = |sides: [u32; 2]| [b"ispe\0\0\0\0".to_vec(), sides.map(u32::to_be_bytes).concat()].concat();
    patched(file, &property(from), &property(to))
}

#[test]
fn a_side_or_an_area_beyond_the_limits_is_refused_before_anything_is_decoded() {
    // The aperture does not fit any more, so that all is shown.
    let claimed = with_sides(sample("photo"), [66, 64], [60_000, 60_000]);
    assert_eq!(probe(&claimed).unwrap().stored, Dimensions::new(65, 43));
    let refused = heic().decode(&claimed, None);
    let text = "expected an original of at most 1000000 pixels, got 60000x60000";
    assert_eq!(refused.unwrap_err().to_string(), text);
    let narrow = Heic::new(Limits { max_side: 64, ..Limits::default() });
    let text = "expected an original of at most 64 pixels a side, got 66x64";
    assert_eq!(narrow.decode(sample("photo"), None).unwrap_err().to_string(), text);
    let longer = with_sides(sample("photo"), [66, 64], [65_537, 64]);
    assert!(matches!(probe(&longer), Err(CodecError::TooLarge { limit: 65_536, .. })));
}

#[test]
fn a_profile_beyond_the_limit_is_refused() {
    let strict = Heic::new(Limits { max_metadata_bytes: 100, ..Limits::default() });
    let refused = strict.decode(sample("profile"), None).unwrap_err().to_string();
    assert!(refused.starts_with("expected an original of at most 100 bytes of metadata, got "), "{refused}");
}

#[test]
fn a_stream_of_other_dimensions_than_its_container_says_is_refused() {
    for (sides, text) in [([62, 64], "62x64"), ([66, 62], "66x62"), ([80, 64], "80x64"), ([64, 64], "64x64")] {
        let claimed = with_sides(sample("photo"), [66, 64], sides);
        assert_eq!(decode(&claimed), Err(malformed(&format!("expected a frame of {text}, got 66x64"))));
    }
    // All tiles of the grid are as large as the first is said to be.
    let claimed = with_sides(sample("grid"), [64, 64], [56, 64]);
    assert_eq!(decode(&claimed), Err(malformed("expected a frame of 56x64, got 64x64")));
}

#[test]
fn an_odd_side_may_be_filled_up_by_one() {
    let odd = with_sides(sample("photo"), [66, 64], [65, 63]);
    let (even, odd) = (decode(sample("photo")).unwrap(), decode(&odd).unwrap());
    assert_eq!((even.dimensions(), odd.dimensions()), (Dimensions::new(65, 43), Dimensions::new(65, 63)));
}

/// The stream of a file so often, after lengths of four bytes.
fn repeated(times: usize) -> Vec<u8> {
    let (record, stream) = coded(sample("profile"));
    let tracks = [(record.as_slice(), &*stream.repeat(times))];
    sequence::tests::file(*b"hevc", *b"hvc1", [64, 64], &tracks, sequence::tests::Tables::Long)
}

#[test]
fn slices_may_not_cover_the_picture_again_and_again() {
    assert!(decode(&repeated(1)).is_ok());
    let decode =
        |times, max_pixels| Heic::new(Limits { max_pixels, ..Limits::default() }).decode(&repeated(times), None);
    let refused = decode(601, 1_000_000).unwrap_err().to_string();
    assert_eq!(refused, "expected an original of at most 600 slices, got 601");
    let refused = decode(17, 64 * 64).unwrap_err().to_string();
    assert_eq!(refused, "expected an original of at most 65536 pixels in all slices, got more");
    assert!(!matches!(decode(8, 64 * 64), Err(CodecError::OverLimit { .. })));
}

#[test]
fn memory_is_that_of_a_tile_and_not_of_the_whole() {
    let bytes = |file: &[u8]| probe(file).unwrap().decoding.working_bytes;
    let large = with_sides(sample("grid"), [110, 74], [5000, 4000]);
    assert_eq!(bytes(&large), bytes(sample("grid")));
    let tiles = with_sides(sample("grid"), [64, 64], [4096, 4096]);
    assert!(bytes(&tiles) > bytes(sample("grid")) + 4096 * 4096 * 6);
}
