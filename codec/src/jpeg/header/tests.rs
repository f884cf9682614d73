use super::*;
use std::io::Cursor;

const FRAME: &[u8] = b"\xff\xc0\0\x11\x08\0\x30\0\x40\x03\x01\x22\0\x02\x11\0\x03\x11\0";
const SCAN: &[u8] = b"\xff\xda\0\x0c\x03";
const ROTATED: &[u8] = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";

fn segment(code: u8, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u16 + 2).to_be_bytes();
    [&[0xff, code], &length[..], payload].concat()
}

fn file(segments: &[&[u8]]) -> Vec<u8> {
    [b"\xff\xd8", segments.concat().as_slice(), SCAN].concat()
}

fn read_bytes(bytes: &[u8]) -> Result<Preamble, CodecError> {
    read(&mut Cursor::new(bytes), &Limits::default())
}

#[test]
fn the_frame_gives_the_dimensions() {
    let dimensions = Dimensions::new(64, 48);
    let coefficients = 64 * 48 * 3 / 2;
    let chroma = Some(ChromaSampling::Quarter);
    let frame = Frame { dimensions, is_arithmetic: false, is_progressive: false, chroma, components: 3, coefficients };
    let (orientation, is_multi_scan, profile_bytes) = (None, false, 0);
    let (profile, metadata, quantisation) = (None, Metadata::None, None);
    let expected = Preamble { frame, orientation, is_multi_scan, profile_bytes, profile, metadata, quantisation };
    assert_eq!(read_bytes(&file(&[FRAME])), Ok(expected));
}

#[test]
fn the_orientation_is_found_behind_large_segments_and_after_the_frame() {
    let large = segment(0xe2, &[0xff; 65_533]);
    let xmp = segment(APP1, b"http://ns.adobe.com/xap/1.0/\0<x/>");
    let exif = segment(APP1, ROTATED);
    let second = segment(APP1, b"Exif\0\0broken");
    for segments in [&[&large, &xmp, &exif, &second, FRAME], &[FRAME, &large, &large, &xmp, exif.as_slice()]] {
        assert_eq!(read_bytes(&file(segments)).map(|found| found.orientation), Ok(Some(Orientation::Rotated90)));
    }
}

#[test]
fn what_is_said_beside_the_pixels_is_noticed() {
    let upright = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x01\0\0\0\0\0\0\0";
    let harmless =
        [segment(0xe0, b"JFIF\0"), segment(APP1, upright), segment(APP2, b"ICC_PROFILE\0\x01\x01p")].concat();
    let harmless = [&harmless, &segment(COMMENT, b"a comment")[..]].concat();
    assert_eq!(read_bytes(&file(&[&harmless, FRAME])).map(|found| found.metadata), Ok(Metadata::None));
    let located = segment(APP1, b"Exif\0\0II*\0\x08\0\0\0\x01\0\x25\x88\x04\0\x01\0\0\0\x01\0\0\0\0\0\0\0");
    let xmp = segment(APP1, b"http://ns.adobe.com/xap/1.0/\0<x/>");
    for private in [located, xmp, segment(APP13, b"Photoshop 3.0\0"), segment(APP2, b"MPF\0")] {
        let found = read_bytes(&file(&[&harmless, &private, FRAME]));
        assert_eq!(found.map(|found| found.metadata), Ok(Metadata::Private));
    }
}

#[test]
fn the_table_is_that_of_the_first_component() {
    let (coarse, fine) = ([99; 64], [7; 64]);
    let tables = segment(DQT, &[&[0], &coarse[..], &[1], &fine[..]].concat());
    let wide = segment(DQT, &[&[0x11], [1, 2].repeat(64).as_slice()].concat());
    let frame = |table: u8| [&FRAME[..12], &[table], &FRAME[13..]].concat();
    let read = |segments: &[&[u8]]| read_bytes(&file(segments)).map(|found| found.quantisation);
    assert_eq!(read(&[&tables, &frame(0)]), Ok(Some([99; 64])));
    assert_eq!(read(&[&tables, &frame(1)]), Ok(Some([7; 64])));
    assert_eq!(read(&[&tables, &wide, &frame(1)]), Ok(Some([258; 64])));
    assert_eq!(read(&[&tables, &frame(2)]), Ok(None));
    assert_eq!(read(&[&segment(DQT, b"\0short"), &frame(0)]), Ok(None));
}

#[test]
fn large_segments_are_skipped_without_being_read() {
    struct Counted(Cursor<Vec<u8>>, usize);
    impl Read for Counted {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let read = self.0.read(buffer)?;
            self.1 += read;
            Ok(read)
        }
    }
    impl Seek for Counted {
        fn seek(&mut self, position: io::SeekFrom) -> io::Result<u64> {
            self.0.seek(position)
        }
    }
    let large = segment(0xe2, &[0; 65_533]);
    let mut counted = Counted(Cursor::new(file(&[&large, &large, &large, FRAME])), 0);
    assert!(read(&mut counted, &Limits::default()).is_ok());
    assert!(counted.1 <= 4 * READ_BYTES, "{} bytes", counted.1);
}

#[test]
fn fill_bytes_and_stray_bytes_before_a_marker_are_skipped() {
    let comment = segment(0xfe, b"a comment");
    assert!(read_bytes(&file(&[b"\xff\xff\xff", &comment, b"stray\xff\0", FRAME])).is_ok());
    let endless = vec![0xff; 100_000];
    assert!(read_bytes(&file(&[&endless, FRAME])).is_err());
}

#[test]
fn every_cut_before_the_scan_is_data_that_ends_early() {
    let adobe = segment(0xee, b"Adobe\0\x64\0\0\0\0\x02");
    let whole = file(&[&segment(APP1, ROTATED), &adobe, &segment(0xe2, &[7; 600]), FRAME]);
    assert!(read_bytes(&whole).is_ok());
    for length in 0..whole.len() {
        assert_eq!(read_bytes(&whole[..length]), Err(malformed("data ends early")), "{length}");
    }
}

#[test]
fn what_we_do_not_decode_is_named() {
    let cases: [(&[u8], &str); 8] = [
        (b"\x08\0\x30\0\x40\x02", "2 colour components"),
        (b"\x08\0\x30\0\x40\x05", "5 colour components"),
        (b"\x0c\0\x30\0\x40\x03", "12 bits a sample"),
        (b"\x08\0\0\0\x40\x03", "a height that follows the pixels (marker DNL)"),
        (b"\x08\xff\xff\0\x40\x03", "a side of more than 65500 pixels"),
        (b"\x08\0\x30\xff\xdd\x03", "a side of more than 65500 pixels"),
        (b"\x08\0\0\0\0\x00", "0 colour components"),
        (b"\x10\0\x30\0\x40\x03", "16 bits a sample"),
    ];
    for (payload, feature) in cases {
        let expected = CodecError::unsupported(Format::Jpeg, feature);
        assert_eq!(read_bytes(&file(&[&segment(0xc0, payload)])), Err(expected));
    }
    for (code, feature) in [(0xc3, "lossless coding"), (0xcb, "lossless coding"), (0xc5, "hierarchical coding")] {
        let expected = CodecError::unsupported(Format::Jpeg, feature);
        assert_eq!(read_bytes(&file(&[&segment(code, b"\x08\0\x30\0\x40\x03")])), Err(expected));
    }
}

#[test]
fn a_broken_order_of_markers_is_malformed() {
    let broken: [(Vec<u8>, &str); 6] = [
        (b"GIF89a".to_vec(), "expected a start of image marker in the first two bytes"),
        (file(&[b"\xff\xd8", FRAME]), "a second start of image marker"),
        (file(&[b"\xff\xd9", FRAME]), "the image ends before its first scan"),
        (file(&[]), "a scan before the frame header"),
        (file(&[FRAME, FRAME]), "a second frame header"),
        (file(&[b"\xff\xe0\0\x01", FRAME]), "expected a segment of 2 bytes or more, got 1"),
    ];
    for (bytes, reason) in broken {
        assert_eq!(read_bytes(&bytes), Err(malformed(reason)));
    }
}
