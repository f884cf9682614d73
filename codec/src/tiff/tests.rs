use crate::{BrokenOriginals, DecodeOptions};
use std::io::{Cursor, Write as _};

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::*;
use crate::Orientation;

/// A file of one page: tags of whole numbers, and strips or tiles.
struct Sample {
    tags: Vec<(u16, Vec<u32>)>,
    chunks: Vec<Vec<u8>>,
    is_tiled: bool,
    is_big_endian: bool,
    is_big_tiff: bool,
}

impl Sample {
    fn new(sides: (u32, u32), photometric: u32, bits: &[u32], chunk: &[u8]) -> Self {
        let samples = bits.len() as u32;
        let tags = vec![
            (256, vec![sides.0]),
            (257, vec![sides.1]),
            (258, bits.to_vec()),
            (262, vec![photometric]),
            (277, vec![samples]),
        ];
        Self { tags, chunks: vec![chunk.to_vec()], is_tiled: false, is_big_endian: false, is_big_tiff: false }
    }

    fn with(mut self, tag: u16, values: &[u32]) -> Self {
        self.tags.push((tag, values.to_vec()));
        self
    }

    fn chunks(self, chunks: &[&[u8]]) -> Self {
        Self { chunks: chunks.iter().map(|chunk| chunk.to_vec()).collect(), ..self }
    }

    fn number(&self, value: u64, bytes: usize) -> Vec<u8> {
        if self.is_big_endian {
            value.to_be_bytes()[8 - bytes..].to_vec()
        } else {
            value.to_le_bytes()[..bytes].to_vec()
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let (word, head_bytes) = if self.is_big_tiff { (8, 16) } else { (4, 8) };
        let mut file = if self.is_big_endian { b"MM".to_vec() } else { b"II".to_vec() };
        file.extend(self.number(if self.is_big_tiff { 43 } else { 42 }, 2));
        if self.is_big_tiff {
            file.extend(self.number(8, 2));
            file.extend([0, 0]);
        }
        let mut tags = self.tags.clone();
        let (offsets, lengths) = if self.is_tiled { (324, 325) } else { (273, 279) };
        let mut start = head_bytes;
        let mut starts = Vec::new();
        for chunk in &self.chunks {
            starts.push(start as u32);
            start += chunk.len();
        }
        tags.push((offsets, starts));
        tags.push((lengths, self.chunks.iter().map(|chunk| chunk.len() as u32).collect()));
        tags.sort();
        // Values of several numbers stand before the directory.
        let outside: Vec<usize> =
            tags.iter().map(|(_, values)| if values.len() * 4 > word { values.len() * 4 } else { 0 }).collect();
        file.extend(self.number((start + outside.iter().sum::<usize>()) as u64, word));
        self.chunks.iter().for_each(|chunk| file.extend(chunk));
        let mut place = start;
        for ((_, values), bytes) in tags.iter().zip(&outside) {
            if *bytes > 0 {
                values.iter().for_each(|value| file.extend(self.number((*value).into(), 4)));
            }
        }
        file.extend(self.number(tags.len() as u64, if self.is_big_tiff { 8 } else { 2 }));
        for ((tag, values), bytes) in tags.iter().zip(&outside) {
            file.extend(self.number((*tag).into(), 2));
            file.extend(self.number(4, 2));
            file.extend(self.number(values.len() as u64, word));
            if *bytes > 0 {
                file.extend(self.number(place as u64, word));
                place += bytes;
            } else {
                let mut inline: Vec<u8> = values.iter().flat_map(|value| self.number((*value).into(), 4)).collect();
                inline.resize(word, 0);
                file.extend(inline);
            }
        }
        file.extend([0; 8]);
        file
    }

    fn read(&self) -> Result<(PixelLayout, Vec<u8>), CodecError> {
        let (file, codec) = (self.bytes(), Tiff::new(Limits::default()));
        let facts = codec.probe(&mut Cursor::new(&file))?;
        let picture = codec.decode(&file, None)?;
        assert_eq!(facts.stored, picture.dimensions());
        Ok((picture.layout(), picture.into_pixels()))
    }
}

fn gray(levels: &[u8]) -> Result<(PixelLayout, Vec<u8>), CodecError> {
    Ok((PixelLayout::Gray, levels.to_vec()))
}

fn rgb(levels: &[u8]) -> Result<(PixelLayout, Vec<u8>), CodecError> {
    Ok((PixelLayout::Rgb, levels.to_vec()))
}

#[test]
fn both_byte_orders_and_both_sizes_of_files_are_read() {
    for (is_big_endian, is_big_tiff) in [(false, false), (true, false), (false, true), (true, true)] {
        let bytes = if is_big_endian { [1, 0, 255, 255] } else { [0, 1, 255, 255] };
        let sample = Sample { is_big_endian, is_big_tiff, ..Sample::new((2, 1), 1, &[16], &bytes) };
        assert_eq!(sample.read(), gray(&[1, 255]), "{is_big_endian} {is_big_tiff}");
        let colours = Sample { is_big_endian, is_big_tiff, ..Sample::new((1, 1), 2, &[8, 8, 8], &[1, 2, 3]) };
        assert_eq!(colours.read(), rgb(&[1, 2, 3]));
    }
}

#[test]
fn gray_is_read_in_every_depth_and_from_white_too() {
    assert_eq!(Sample::new((3, 1), 1, &[1], &[0b0100_0000]).read(), gray(&[0, 255, 0]));
    assert_eq!(Sample::new((3, 1), 0, &[1], &[0b0100_0000]).read(), gray(&[255, 0, 255]));
    assert_eq!(Sample::new((3, 1), 1, &[2], &[0b0001_1000]).read(), gray(&[0, 85, 170]));
    assert_eq!(Sample::new((3, 1), 1, &[4], &[0x0f, 0x80]).read(), gray(&[0, 255, 136]));
    assert_eq!(Sample::new((2, 1), 1, &[12], &[0xff, 0xf8, 0x00]).read(), gray(&[255, 128]));
    assert_eq!(Sample::new((1, 1), 1, &[32], &[0, 0, 0, 0x80]).read(), gray(&[128]));
    let floats = [0.5f32.to_le_bytes(), f32::NAN.to_le_bytes(), 9f32.to_le_bytes()].concat();
    assert_eq!(Sample::new((3, 1), 1, &[32], &floats).with(339, &[3]).read(), gray(&[128, 0, 255]));
}

#[test]
fn a_palette_becomes_colours() {
    let mut levels = vec![0; 12];
    (levels[1], levels[6], levels[11]) = (65_535, 0x8080, 257);
    let sample = Sample::new((4, 1), 3, &[2], &[0b0001_1011]).with(320, &levels);
    assert_eq!(sample.read(), rgb(&[0, 0, 0, 255, 0, 0, 0, 128, 0, 0, 0, 1]));
    let narrow: Vec<u32> = levels.iter().map(|level| level / 257).collect();
    let sample = Sample::new((4, 1), 3, &[2], &[0b0001_1011]).with(320, &narrow);
    assert_eq!(sample.read(), rgb(&[0, 0, 0, 255, 0, 0, 0, 128, 0, 0, 0, 1]));
}

#[test]
fn alpha_is_kept_and_what_was_multiplied_with_it_divided() {
    let rgba = |levels: &[u8]| Ok((PixelLayout::Rgba, levels.to_vec()));
    let pixel = [100, 50, 0, 128];
    assert_eq!(Sample::new((1, 1), 2, &[8; 4], &pixel).with(338, &[2]).read(), rgba(&pixel));
    assert_eq!(Sample::new((1, 1), 2, &[8; 4], &pixel).with(338, &[1]).read(), rgba(&[199, 100, 0, 128]));
    assert_eq!(Sample::new((1, 1), 2, &[8; 4], &pixel).with(338, &[0]).read(), rgb(&[100, 50, 0]));
    assert_eq!(Sample::new((1, 1), 1, &[8; 2], &[9, 128]).with(338, &[2]).read(), rgba(&[9, 9, 9, 128]));
    assert_eq!(Sample::new((1, 1), 2, &[8; 4], &[9, 9, 9, 0]).with(338, &[1]).read(), rgba(&[0, 0, 0, 0]));
}

#[test]
fn planes_tiles_and_strips_are_put_together() {
    let planar = Sample::new((2, 1), 2, &[8; 3], &[]).with(284, &[2]).chunks(&[&[1, 2], &[3, 4], &[5, 6]]);
    assert_eq!(planar.read(), rgb(&[1, 3, 5, 2, 4, 6]));
    let tiles: [&[u8]; 2] = [&[1, 2, 4, 5], &[3, 0, 6, 0]];
    let tiled = Sample::new((3, 2), 1, &[8], &[]).with(322, &[2]).with(323, &[2]).chunks(&tiles);
    assert_eq!(Sample { is_tiled: true, ..tiled }.read(), gray(&[1, 2, 3, 4, 5, 6]));
    let strips = Sample::new((2, 3), 1, &[8], &[]).with(278, &[2]).chunks(&[&[1, 2, 3, 4], &[5, 6]]);
    assert_eq!(strips.read(), gray(&[1, 2, 3, 4, 5, 6]));
}

#[test]
fn inks_lab_and_luma_with_chroma_become_light() {
    let inks = Sample::new((1, 1), 5, &[8; 4], &[0, 255, 255, 0]);
    assert_eq!(inks.read(), rgb(&[255, 0, 0]));
    let lab = Sample::new((2, 1), 8, &[8; 3], &[255, 0, 0, 0, 0, 0]);
    assert_eq!(lab.read(), rgb(&[255, 255, 255, 0, 0, 0]));
    let whole = Sample::new((1, 1), 6, &[8; 3], &[90, 128, 128]).with(530, &[1, 1]);
    assert_eq!(whole.read(), rgb(&[90, 90, 90]));
    // Four of luma, and one pair of chroma.
    let units = Sample::new((2, 2), 6, &[8; 3], &[10, 20, 30, 40, 128, 128]).with(530, &[2, 2]);
    assert_eq!(units.read(), rgb(&[10, 10, 10, 20, 20, 20, 30, 30, 30, 40, 40, 40]));
}

#[test]
fn compressions_of_bytes_are_undone() {
    let levels = [7u8; 40];
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    zlib.write_all(&levels).unwrap();
    let lzw = weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8).encode(&levels).unwrap();
    let zstd = zstd::bulk::compress(&levels, 3).unwrap();
    let deflated = zlib.finish().unwrap();
    for (code, data) in
        [(1, &levels[..]), (5, &lzw), (8, &deflated), (32_946, &deflated), (32_773, &[217, 7]), (50_000, &zstd)]
    {
        let sample = Sample::new((40, 1), 1, &[8], data).with(259, &[code]);
        assert_eq!(sample.read(), gray(&levels), "{code}");
        let cut = Sample::new((40, 1), 1, &[8], &data[..data.len() - 1]).with(259, &[code]);
        assert!(code == 8 || code == 32_946 || code == 5 || cut.read().is_err(), "{code}");
    }
}

#[test]
fn differences_are_added_up() {
    let sample = Sample::new((3, 1), 2, &[8; 3], &[1, 2, 3, 1, 1, 1, 255, 0, 1]).with(317, &[2]);
    assert_eq!(sample.read(), rgb(&[1, 2, 3, 2, 3, 4, 1, 3, 5]));
    let wide = Sample::new((2, 1), 1, &[16], &[0, 16, 0, 16]).with(317, &[2]);
    assert_eq!(wide.read(), gray(&[16, 32]));
    let half = 0.5f32.to_be_bytes();
    let bytes = [half[0], 0, half[1], 0, half[2], 0, half[3], 0];
    let mut differences = bytes;
    (1..8).for_each(|at| differences[at] = bytes[at].wrapping_sub(bytes[at - 1]));
    let floats = Sample::new((2, 1), 1, &[32], &differences).with(339, &[3]).with(317, &[3]);
    assert_eq!(floats.read(), gray(&[128, 0]));
}

#[test]
fn faxes_of_all_groups_are_read() {
    // A row of two white, two black and four white pixels: 0111 11 1011, and as a difference to a white row above.
    let runs = Sample::new((8, 1), 0, &[1], &[0b0111_1110, 0b1100_0000]).with(259, &[2]);
    let expected = gray(&[255, 255, 0, 0, 255, 255, 255, 255]);
    assert_eq!(runs.read(), expected);
    let group_3 = Sample::new((8, 1), 0, &[1], &[0, 0b0001_0111, 0b1110_1100]).with(259, &[3]);
    assert_eq!(group_3.read(), expected);
    // Horizontal, two white, two black; then straight below the edge.
    let group_4 = Sample::new((8, 1), 0, &[1], &[0b0010_1111, 0b1110_0000]).with(259, &[4]);
    assert_eq!(group_4.read(), expected);
    let reversed = Sample::new((8, 1), 0, &[1], &[0b1111_0100, 0b0000_0111]).with(259, &[4]).with(266, &[2]);
    assert_eq!(reversed.read(), expected);
}

#[test]
fn the_orientation_is_told() {
    let told = |value| {
        let file = Sample::new((2, 1), 1, &[8], &[5, 250]).with(274, &[value]).bytes();
        Tiff::new(Limits::default()).probe(&mut Cursor::new(file)).unwrap().orientation
    };
    assert_eq!([told(6), told(1), told(99)], [Orientation::Rotated90, Orientation::Upright, Orientation::Upright]);
}

#[test]
fn what_is_not_read_is_named() {
    let read = |sample: Sample| sample.read().unwrap_err().to_string();
    let plain = || Sample::new((1, 1), 1, &[8], &[0]);
    assert_eq!(read(plain().with(259, &[34_661])), "unsupported tiff: compression 34661 (JBIG)");
    assert_eq!(read(plain().with(339, &[6])), "unsupported tiff: complex numbers");
    assert_eq!(read(Sample::new((1, 1), 32_803, &[8], &[0])), "unsupported tiff: raw data of a camera's sensor");
    assert_eq!(read(Sample::new((1, 1), 1, &[20], &[0; 3])), "unsupported tiff: samples of 20 bits");
    let inks = Sample::new((1, 1), 5, &[8; 6], &[0; 6]).with(332, &[2]);
    assert_eq!(read(inks), "unsupported tiff: inks other than cyan, magenta, yellow and black");
}

#[test]
fn a_page_that_claims_too_much_is_refused() {
    let limits = Limits { max_pixels: 100, ..Limits::default() };
    let probe = |sample: Sample| Tiff::new(limits).probe(&mut Cursor::new(sample.bytes()));
    let tile = Sample::new((3, 2), 1, &[8], &[]).with(322, &[2000]).with(323, &[2000]);
    assert!(matches!(probe(Sample { is_tiled: true, ..tile }), Err(CodecError::OverLimit { .. })));
    let missing = Sample::new((3, 2), 1, &[8], &[1, 2, 3]);
    assert_eq!(missing.read(), Err(malformed("the data ends early")));
}

#[test]
fn of_a_page_with_broken_strips_the_rest_is_shown() {
    let codec = Tiff::new(Limits::default());
    let sample = || Sample::new((2, 5), 1, &[8], &[]).with(278, &[2]);
    let file = sample().chunks(&[&[1, 2, 3, 4], &[5, 6], &[7, 8]]).bytes();
    assert!(matches!(codec.decode(&file, None), Err(CodecError::Malformed { .. })));
    let shown = codec.decode_as(&file, &DecodeOptions::of_broken(BrokenOriginals::Show)).unwrap();
    assert_eq!(shown.into_pixels(), [1, 2, 3, 4, 5, 6, 128, 128, 7, 8]);
    let nothing = sample().chunks(&[&[1], &[2], &[3]]).bytes();
    assert!(codec.decode_as(&nothing, &DecodeOptions::of_broken(BrokenOriginals::Show)).is_err());
}
