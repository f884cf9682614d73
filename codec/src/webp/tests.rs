use std::io::Cursor;

use super::*;
use crate::Orientation;

const ROTATED: &[u8] = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";

fn lossless() -> WebP {
    WebP::new(Settings { lossless: true, ..Settings::default() }, Limits::default())
}

fn picture(width: u32, height: u32, layout: PixelLayout) -> Picture {
    let pixel = |x: u32, y: u32| {
        let [x, y] = [x * 255 / width, y * 255 / height].map(|shade| shade as u8);
        match layout {
            PixelLayout::Gray => vec![x / 2 + y / 2],
            PixelLayout::Rgb => vec![x, y, 255 - x],
            PixelLayout::Rgba => vec![x, y, 255 - x, 1 + y / 2],
        }
    };
    let pixels = (0..height).flat_map(|y| (0..width).flat_map(move |x| pixel(x, y))).collect();
    Picture::new(Dimensions::new(width, height), layout, pixels).unwrap()
}

fn decoded(file: &[u8]) -> Picture {
    let codec = WebP::new(Settings::default(), Limits::default());
    let picture = codec.decode(file, None).unwrap();
    assert_eq!(codec.probe(&mut Cursor::new(file)).unwrap().stored, picture.dimensions());
    picture
}

/// Tells how far two pictures of one layout are apart, in levels a channel.
fn mean_error(one: &Picture, other: &Picture) -> f64 {
    assert_eq!((one.dimensions(), one.layout()), (other.dimensions(), other.layout()));
    let errors = one.pixels().iter().zip(other.pixels()).map(|(one, other)| f64::from(one.abs_diff(*other)));
    errors.sum::<f64>() / one.pixels().len() as f64
}

fn chunk(name: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let mut chunk = name.to_vec();
    chunk.extend((payload.len() as u32).to_le_bytes());
    chunk.extend(payload);
    chunk.extend(vec![0; payload.len() % 2]);
    chunk
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut payload = b"WEBP".to_vec();
    payload.extend(chunks.concat());
    chunk(b"RIFF", &payload)
}

fn extended(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let mut payload = vec![flags, 0, 0, 0];
    payload.extend(&(width - 1).to_le_bytes()[..3]);
    payload.extend(&(height - 1).to_le_bytes()[..3]);
    chunk(b"VP8X", &payload)
}

/// The only chunk of a simple file.
fn frame(picture: &Picture) -> Vec<u8> {
    lossless().encode(picture).unwrap().split_off(12)
}

fn animation_frame(left: u32, top: u32, picture: &Picture) -> Vec<u8> {
    let dimensions = picture.dimensions();
    let fields = [left / 2, top / 2, dimensions.width - 1, dimensions.height - 1, 100];
    let mut payload: Vec<u8> = fields.iter().flat_map(|field| field.to_le_bytes()[..3].to_vec()).collect();
    payload.push(0);
    payload.extend(frame(picture));
    chunk(b"ANMF", &payload)
}

#[test]
fn lossless_keeps_every_pixel_at_every_effort() {
    for layout in [PixelLayout::Rgb, PixelLayout::Rgba] {
        for effort in 0..=6 {
            let codec = WebP::new(Settings { effort, lossless: true, quality: 1 }, Limits::default());
            let picture = picture(33, 17, layout);
            assert_eq!(decoded(&codec.encode(&picture).unwrap()), picture, "{layout:?} {effort}");
        }
    }
    let gray = picture(5, 4, PixelLayout::Gray);
    let pixels: Vec<u8> = gray.pixels().iter().flat_map(|gray| [*gray; 3]).collect();
    assert_eq!(decoded(&lossless().encode(&gray).unwrap()).into_pixels(), pixels);
}

#[test]
fn lossy_comes_close_and_keeps_alpha_exactly() {
    for effort in 0..=6 {
        let codec = WebP::new(Settings { effort, ..Settings::default() }, Limits::default());
        let opaque = picture(63, 41, PixelLayout::Rgb);
        let error = mean_error(&decoded(&codec.encode(&opaque).unwrap()), &opaque);
        assert!(error < 3.0, "{effort}: {error}");
        let translucent = picture(63, 41, PixelLayout::Rgba);
        let read = decoded(&codec.encode(&translucent).unwrap());
        assert!(mean_error(&read, &translucent) < 3.0, "{effort}");
        let alpha = |picture: &Picture| picture.pixels().iter().skip(3).step_by(4).copied().collect::<Vec<_>>();
        assert_eq!(alpha(&read), alpha(&translucent), "{effort}");
    }
}

#[test]
fn the_orientation_is_found_before_and_behind_the_pixels() {
    let picture = picture(6, 4, PixelLayout::Rgb);
    let start = extended(0x08, 6, 4);
    let behind = riff(&[start.clone(), frame(&picture), chunk(b"EXIF", ROTATED)]);
    let before = riff(&[start.clone(), chunk(b"odd!", &[1]), chunk(b"EXIF", ROTATED), frame(&picture)]);
    let nowhere = riff(&[start, frame(&picture)]);
    for (file, orientation) in
        [(behind, Orientation::Rotated90), (before, Orientation::Rotated90), (nowhere, Orientation::Upright)]
    {
        let facts = lossless().probe(&mut Cursor::new(&file));
        assert_eq!(facts.map(|facts| (facts.stored, facts.orientation)), Ok((Dimensions::new(6, 4), orientation)));
        assert_eq!(decoded(&file), picture);
    }
}

#[test]
fn of_an_animation_the_first_frame_is_drawn_on_its_canvas() {
    let first = Picture::new(Dimensions::new(2, 1), PixelLayout::Rgb, vec![9, 8, 7, 6, 5, 4]).unwrap();
    let second = picture(6, 3, PixelLayout::Rgb);
    let frames = [animation_frame(4, 2, &first), animation_frame(0, 0, &second)];
    let file = riff(&[&[extended(0x12, 6, 3), chunk(b"ANIM", &[1, 2, 3, 4, 0, 0])][..], &frames].concat());
    let mut pixels = vec![0; 6 * 2 * 4 + 4 * 4];
    pixels.extend([9, 8, 7, 255, 6, 5, 4, 255]);
    assert_eq!(decoded(&file), Picture::new(Dimensions::new(6, 3), PixelLayout::Rgba, pixels).unwrap());
    // The second frame may be missing.
    let first_bytes = file.len() - frames[1].len();
    for length in 0..file.len() {
        assert_eq!(lossless().decode(&file[..length], None).is_err(), length < first_bytes, "{length}");
    }
}

#[test]
fn a_file_that_ends_early_is_malformed_wherever_it_ends() {
    for codec in [WebP::new(Settings::default(), Limits::default()), lossless()] {
        let file = codec.encode(&picture(40, 30, PixelLayout::Rgba)).unwrap();
        for length in 0..file.len() {
            let result = codec.decode(&file[..length], None);
            let is_told = matches!(result, Err(CodecError::Malformed { .. }));
            // What fills up the last bytes may be missing.
            assert!(is_told || (length + 8 > file.len() && result == codec.decode(&file, None)), "{length}");
            if let Ok(facts) = codec.probe(&mut Cursor::new(&file[..length])) {
                assert_eq!(facts.stored, Dimensions::new(40, 30), "{length}");
            }
        }
    }
}

#[test]
fn a_flipped_byte_never_panics_and_never_changes_the_dimensions_probed() {
    let file = WebP::new(Settings::default(), Limits::default()).encode(&picture(40, 30, PixelLayout::Rgba)).unwrap();
    for position in 0..file.len() {
        let mut flipped = file.clone();
        flipped[position] ^= 1 << (position % 8);
        if let (Ok(facts), Ok(picture)) =
            (lossless().probe(&mut Cursor::new(&flipped)), lossless().decode(&flipped, None))
        {
            assert_eq!(facts.stored, picture.dimensions(), "{position}");
        }
    }
}

#[test]
fn a_header_is_refused_before_libwebp_sees_it() {
    let picture = picture(6, 4, PixelLayout::Rgb);
    let whole = lossless().encode(&picture).unwrap();
    let mut overlong = whole.clone();
    overlong[16] = 0xff;
    let no_pixels = riff(&[extended(0, 16_384, 4), frame(&picture)]);
    let other_canvas = riff(&[extended(0, 7, 4), frame(&picture)]);
    let first_chunk = riff(&[chunk(b"ICCP", &[0; 10]), frame(&picture)]);
    for file in [overlong, no_pixels, other_canvas, first_chunk, riff(&[])] {
        let result = lossless().decode(&file, None);
        assert!(matches!(result, Err(CodecError::Malformed { format: Format::WebP, .. })), "{result:?}");
    }
    let mut followed = whole;
    followed.extend(b"and what nobody reads");
    assert_eq!(decoded(&followed), picture);
}

#[test]
fn an_edge_beyond_the_format_is_too_large() {
    let long = Picture::new(Dimensions::new(16_384, 1), PixelLayout::Gray, vec![0; 16_384]).unwrap();
    let dimensions = long.dimensions();
    let expected = CodecError::TooLarge { format: Format::WebP, limit: 16_383, dimensions };
    assert_eq!(lossless().encode(&long), Err(expected));
    let longest = Picture::new(Dimensions::new(16_383, 1), PixelLayout::Gray, vec![0; 16_383]).unwrap();
    assert_eq!(decoded(&lossless().encode(&longest).unwrap()).dimensions(), longest.dimensions());
}

#[test]
fn the_settings_are_the_usual_coding() {
    let lossy = WebP::new(Settings::default(), Limits::default()).coding();
    assert_eq!(lossy, Coding::new(Some(Quality::new(80)), 4));
    assert_eq!(lossless().coding(), Coding::new(None, 4));
}

#[test]
fn the_bytes_do_not_depend_on_the_number_of_threads() {
    for layout in [PixelLayout::Rgb, PixelLayout::Rgba] {
        let picture = picture(700, 400, layout);
        for codec in [WebP::new(Settings::default(), Limits::default()), lossless()] {
            assert!(codec.encode_as(&picture, &codec.coding(), &Notice::default(), 2) == codec.encode(&picture));
        }
    }
}

#[test]
fn our_own_files_tell_the_quality_that_they_were_written_in() {
    for layout in [PixelLayout::Rgb, PixelLayout::Rgba] {
        let picture = picture(320, 240, layout);
        for (quality, effort) in
            [5, 20, 40, 60, 75, 80, 90, 100].into_iter().flat_map(|quality| [(quality, 0), (quality, 4)])
        {
            let codec = WebP::new(Settings { quality, effort, lossless: false }, Limits::default());
            let file = codec.encode(&picture).unwrap();
            let told = codec.probe(&mut Cursor::new(file)).unwrap().condition.quality.unwrap().number();
            assert!(told.abs_diff(quality) <= 3, "{layout:?} {quality} {effort}: {told}");
        }
        let file = lossless().encode(&picture).unwrap();
        assert_eq!(lossless().probe(&mut Cursor::new(file)).unwrap().condition.quality, None);
    }
}

/// The kinds of pixels of an animation's frames: `VP8L` are coded without loss.
fn kinds(file: &[u8]) -> Vec<&[u8]> {
    let names = file.windows(4).filter(|name| *name == b"VP8 " || *name == b"VP8L");
    names.collect()
}

#[test]
fn flat_frames_are_kept_exactly_until_there_is_a_photograph() {
    let codec = WebP::new(Settings::default(), Limits::default());
    let flat = |at: usize| {
        let pixels = (0..64 * 64).flat_map(|index| if index / 32 == at { [250, 10, 10] } else { [20, 40, 60] });
        Picture::new(Dimensions::new(64, 64), PixelLayout::Rgb, pixels.collect()).unwrap()
    };
    let mut state = 1_u32;
    let mut noise = || {
        let mut level = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let pixels = (0..64 * 64 * 3).map(|_| level()).collect();
        Picture::new(Dimensions::new(64, 64), PixelLayout::Rgb, pixels).unwrap()
    };
    let pictures = [flat(3), flat(70), noise(), noise()];
    let mut writer = codec.begin(Dimensions::new(64, 64), 0, &codec.coding()).unwrap();
    for picture in &pictures {
        writer.push(crate::Frame { picture: picture.clone(), milliseconds: 50 }).unwrap();
    }
    let file = writer.finish().unwrap();
    assert_eq!(kinds(&file), [b"VP8L", b"VP8L", b"VP8L", b"VP8 "]);
    let mut frames = codec.frames(&file).unwrap();
    for picture in &pictures[..3] {
        assert_eq!(frames.next().unwrap().unwrap().picture, *picture);
    }
}
