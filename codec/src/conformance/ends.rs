//! What becomes of a file whose pixels are all there and whose end is not: it is decoded as if it were whole.

use super::animation::{animations, probe_and_read_frames};
use super::*;

/// The ways in which the end of a sample may be missing while no pixel is.
fn without_end(format: Format, file: &[u8]) -> Vec<Vec<u8>> {
    let cut = |bytes: usize| file[..file.len() - bytes].to_vec();
    match format {
        // A box that follows the pixels, and is cut.
        Format::Avif | Format::Heic => {
            vec![[file, b"\0\0\x01\0free....".as_slice()].concat(), [file, b"\0\0"].concat()]
        }
        // The last row, which has 48 pixels, has no padding; that of 47 pixels may have some.
        Format::Bmp => vec![narrower_bitmap(file)],
        // Nothing follows the pixels.
        Format::Dds | Format::Exr | Format::Farbfeld | Format::Hdr | Format::Pnm => vec![[file, b"\0\0"].concat()],
        // The trailer, the end of the blocks, and the length of no further block.
        Format::Gif => vec![cut(1), cut(2)],
        // The mask, which counts for nothing beside alpha; where the picture is a PNG, its end.
        Format::Ico => vec![cut(12)],
        Format::Jpeg => vec![cut(1), cut(2)],
        Format::Jxl => vec![[file, b"\0\0"].concat()],
        // The last chunk, the checksum of the one before, and that of the compressed data.
        Format::Png => (1..=20).map(cut).collect(),
        // The mark that is no pixel.
        Format::Qoi => (1..=8).map(cut).collect(),
        Format::Svg => vec![file.trim_ascii_end().to_vec()],
        // By its mark it is known, and decoded without.
        Format::Tga => vec![cut(1), cut(26)],
        // Where the next page is.
        Format::Tiff => vec![cut(1), cut(4)],
        // A chunk of metadata that is cut, and padding that is missing; both are counted in the header.
        Format::WebP => {
            let claimed = |more: u32| {
                let mut file = file.to_vec();
                let bytes = file.len() as u32 - 8 + more;
                file[4..8].copy_from_slice(&bytes.to_le_bytes());
                file
            };
            vec![
                claimed(1),
                [claimed(108), b"EXIF\x64\0\0\0Exif".to_vec()].concat(),
                [claimed(8), b"EX".to_vec()].concat(),
            ]
        }
        other => panic!("say here how {other} ends"),
    }
}

/// A bitmap of a column less, whose last row lacks its padding.
fn narrower_bitmap(file: &[u8]) -> Vec<u8> {
    let start = u32::from_le_bytes(file[10..14].try_into().unwrap()) as usize;
    let (mut header, rows) = (file[..start].to_vec(), &file[start..]);
    let width = u32::from_le_bytes(header[18..22].try_into().unwrap());
    header[18..22].copy_from_slice(&(width - 1).to_le_bytes());
    let row_bytes = (width - 1) as usize * usize::from(header[28]) / 8;
    let padding = row_bytes.next_multiple_of(4) - row_bytes;
    [header, rows[..rows.len() - padding].to_vec()].concat()
}

#[test]
fn a_file_with_all_pixels_is_decoded_however_it_ends() {
    for codec in codecs().all() {
        for whole in samples(codec) {
            let format = codec.format();
            let expected = codec.decode(&whole, None).unwrap();
            for (index, file) in without_end(format, &whole).into_iter().enumerate() {
                let case = format!("{format}, end {index}");
                let facts = probe(codec, &file).unwrap_or_else(|error| panic!("{case}: {error}"));
                let picture = codec.decode(&file, None).unwrap_or_else(|error| panic!("{case}: {error}"));
                assert_eq!(facts.stored, picture.dimensions(), "{case}");
                assert!(format == Format::Bmp || picture == expected, "{case}");
                let small = codec.decode(&file, Some(SMALL)).unwrap_or_else(|error| panic!("{case}: {error}"));
                assert!(format == Format::Bmp || Ok(small) == codec.decode(&whole, Some(SMALL)), "{case}");
            }
        }
    }
}

#[test]
fn an_animation_with_all_frames_is_whole_however_it_ends() {
    let codecs = codecs();
    for (format, whole) in animations() {
        let codec = codecs.decoder(format).unwrap();
        let expected = probe_and_read_frames(codec, &whole).unwrap();
        assert_eq!(expected.1.len(), 3, "{format}");
        for (index, file) in without_end(format, &whole).into_iter().enumerate() {
            let got = probe_and_read_frames(codec, &file).unwrap_or_else(|error| panic!("{format}, {index}: {error}"));
            assert!(got == expected, "{format}, end {index}: {} frames", got.1.len());
        }
    }
}
