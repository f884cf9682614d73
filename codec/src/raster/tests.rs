use std::io::Cursor;

use super::*;
use crate::PixelLayout;
use crate::conformance::foreign::TGA_END;

fn decoded(format: Format, file: &[u8]) -> (PixelLayout, Vec<u8>) {
    let codec = Raster::new(format, Limits::default());
    let facts = codec.probe(&mut Cursor::new(file)).unwrap();
    let picture = codec.decode(file, None).unwrap();
    assert_eq!(facts.stored, picture.dimensions());
    assert!(usize::from(facts.decoding.pixel_bytes) >= picture.layout().channels());
    (picture.layout(), picture.into_pixels())
}

fn error(format: Format, file: &[u8]) -> CodecError {
    Raster::new(format, Limits::default()).decode(file, None).unwrap_err()
}

#[test]
fn every_anymap_is_read() {
    use PixelLayout::{Gray, Rgb, Rgba};
    let pam = |tuples: &str, depth: usize, most: u32, data: &[u8]| {
        let header = format!("P7\nWIDTH 1\nHEIGHT 1\nDEPTH {depth}\nMAXVAL {most}\n{tuples}ENDHDR\n");
        [header.into_bytes(), data.to_vec()].concat()
    };
    for (file, expected) in [
        (b"P1\n# a line\n2 2\n10\n0 1".to_vec(), (Gray, vec![0, 255, 255, 0])),
        (b"P2 2 1 15\n0 15\n".to_vec(), (Gray, vec![0, 255])),
        (b"P2 2 1 65535\n0 32896\n".to_vec(), (Gray, vec![0, 128])),
        (b"P3 1 1 255\n1 2 3\n".to_vec(), (Rgb, vec![1, 2, 3])),
        (b"P4 2 2\n\x80\x40".to_vec(), (Gray, vec![0, 255, 255, 0])),
        (b"P5 2 1 127\n\x00\x7f".to_vec(), (Gray, vec![0, 255])),
        (b"P5 1 1 65535\n\x80\x80".to_vec(), (Gray, vec![128])),
        (b"P6 1 1 255\n\x01\x02\x03".to_vec(), (Rgb, vec![1, 2, 3])),
        (b"P6 1 1 1023\n\x03\xff\x00\x00\x02\x00".to_vec(), (Rgb, vec![255, 0, 128])),
        (pam("TUPLTYPE BLACKANDWHITE\n", 1, 1, &[1]), (Gray, vec![255])),
        (pam("TUPLTYPE GRAYSCALE_ALPHA\n", 2, 255, &[9, 7]), (Rgba, vec![9, 9, 9, 7])),
        (pam("", 4, 255, &[1, 2, 3, 4]), (Rgba, vec![1, 2, 3, 4])),
        // Without a word of what it is, and of 16 bits.
        (pam("", 1, 65_535, &[0x80, 0x80]), (Gray, vec![128])),
        (pam("# why\nTUPLTYPE RGB_ALPHA\n", 4, 65_535, &[1, 1, 2, 2, 3, 3, 9, 9]), (Rgba, vec![1, 2, 3, 9])),
    ] {
        assert_eq!(Format::sniff(&file), Some(Format::Pnm), "{}", file.escape_ascii());
        assert_eq!(decoded(Format::Pnm, &file), expected, "{}", file.escape_ascii());
    }
}

#[test]
fn an_anymap_that_lacks_a_sample_is_broken() {
    for file in [&b"P1 2 2 101"[..], b"P2 2 1 255\n7", b"P5 2 2 255\nabc", b"P4 9 1\nx", b"P6 1 1 65535\nabcde"] {
        let expected = CodecError::malformed(Format::Pnm, "the data ends early");
        assert_eq!(error(Format::Pnm, file), expected, "{}", file.escape_ascii());
    }
    assert!(matches!(error(Format::Pnm, b"P2 2 1 255\n7 x"), CodecError::Malformed { .. }));
}

fn tga(kind: u8, bits: u8, descriptor: u8, palette: &[u8], data: &[u8]) -> Vec<u8> {
    let entries = (palette.len() / 3) as u8;
    let map = if entries == 0 { [0, 0, 0, 0, 0] } else { [0, 0, entries, 0, 24] };
    let start = [&[0, u8::from(entries > 0), kind][..], &map, &[0, 0, 0, 0, 2, 0, 2, 0, bits, descriptor]].concat();
    [&start, palette, data, TGA_END].concat()
}

#[test]
fn a_tga_is_told_by_its_end_and_read_from_any_corner() {
    let data = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    let up = decoded(Format::Tga, &tga(2, 24, 0, &[], &data)).1;
    assert_eq!(up, [9, 8, 7, 12, 11, 10, 3, 2, 1, 6, 5, 4]);
    let down = decoded(Format::Tga, &tga(2, 24, 0x20, &[], &data)).1;
    assert_eq!(down, [3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10]);
    let runs = decoded(Format::Tga, &tga(11, 8, 0x20, &[], &[0x82, 7, 0, 9]));
    assert_eq!(runs, (PixelLayout::Gray, vec![7, 7, 7, 9]));
    let palette = decoded(Format::Tga, &tga(1, 8, 0x20, &[1, 2, 3, 4, 5, 6], &[0, 1, 1, 0])).1;
    assert_eq!(palette, [3, 2, 1, 6, 5, 4, 6, 5, 4, 3, 2, 1]);
    let alpha = decoded(Format::Tga, &tga(2, 32, 0x28, &[], &[1, 2, 3, 4].repeat(4)));
    assert_eq!(alpha, (PixelLayout::Rgba, [3, 2, 1, 4].repeat(4)));

    let file = tga(3, 8, 0, &[], &[1, 2, 3, 4]);
    assert_eq!(Format::sniff(&file), Some(Format::Tga));
    assert_eq!(Format::sniff(&file[..file.len() - 1]), None);
    assert_eq!(Format::sniff_ends(&file[..20], &file[file.len() - Format::END_BYTES..]), Some(Format::Tga));
    assert_eq!(Format::sniff_ends(b"\xff\xd8\xff\xe0", TGA_END), Some(Format::Jpeg));
    assert_eq!(Format::sniff_ends(b"a text", TGA_END), None);
}

#[test]
fn light_of_radiance_becomes_srgb_whichever_name_it_goes_by() {
    // 0.5, 0.25 and 1, as mantissas with a common exponent.
    let data = [64, 32, 128, 129, 64, 32, 128, 129];
    for name in ["RADIANCE", "RGBE"] {
        let head = format!("#?{name}\nEXPOSURE=2\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 2\n");
        let file = [head.as_bytes(), &data].concat();
        assert_eq!(Format::sniff(&file), Some(Format::Hdr));
        assert_eq!(decoded(Format::Hdr, &file), (PixelLayout::Rgb, vec![188, 137, 255, 188, 137, 255]));
    }
    let wide = b"#?RADIANCE\nPRIMARIES=.708 .292 .170 .797 .131 .046 .3127 .3290\n\n-Y 1 +X 1\n";
    let (_, white) = decoded(Format::Hdr, &[wide.as_slice(), &[128, 128, 128, 129]].concat());
    assert_eq!(white, [255; 3]);
    let (_, gold) = decoded(Format::Hdr, &[wide.as_slice(), &[96, 64, 32, 129]].concat());
    let (_, plain) = decoded(Format::Hdr, b"#?RADIANCE\n\n-Y 1 +X 1\n\x60\x40\x20\x81");
    assert!(gold[0] > plain[0] && gold[2] < plain[2], "{gold:?} {plain:?}");
}

#[test]
fn a_header_without_an_end_is_not_read_to_the_end_of_the_file() {
    let file = [b"#?RADIANCE\n".to_vec(), b"a=b\n".repeat(100_000)].concat();
    assert!(matches!(error(Format::Hdr, &file), CodecError::Malformed { .. }));
    assert!(Raster::new(Format::Hdr, Limits::default()).probe(&mut Cursor::new(&file)).is_err());
}

#[test]
fn farbfeld_is_narrowed_to_8_bits() {
    let head = [b"farbfeld".as_slice(), &[0, 0, 0, 1, 0, 0, 0, 2]].concat();
    let file = [head.as_slice(), &[1, 1, 2, 2, 3, 3, 4, 4], &[0x80; 8]].concat();
    assert_eq!(decoded(Format::Farbfeld, &file), (PixelLayout::Rgba, vec![1, 2, 3, 4, 128, 128, 128, 128]));
    let expected = CodecError::malformed(Format::Farbfeld, "the data ends early");
    assert_eq!(error(Format::Farbfeld, &file[..31]), expected);
}

#[test]
fn a_qoi_that_lacks_a_pixel_is_broken_though_its_end_could_pass_for_one() {
    // Two pixels, then the mark.
    let file = b"qoif\0\0\0\x02\0\0\0\x01\x03\0\xfe\x01\x02\x03\xfe\x04\x05\x06\0\0\0\0\0\0\0\x01";
    assert_eq!(decoded(Format::Qoi, file), (PixelLayout::Rgb, vec![1, 2, 3, 4, 5, 6]));
    assert_eq!(decoded(Format::Qoi, &file[..22]).1, [1, 2, 3, 4, 5, 6]);
    assert!(matches!(error(Format::Qoi, &file[..18]), CodecError::Malformed { .. }));
    assert!(matches!(error(Format::Qoi, &file[..21]), CodecError::Malformed { .. }));
}
