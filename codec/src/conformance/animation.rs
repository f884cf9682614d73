//! Frames: written, read, counted, broken.

use super::*;

/// Three frames, the last of which has transparent corners, as a file of each format that can animate.
pub(super) fn animations() -> Vec<(Format, Vec<u8>)> {
    let animated = OutputFormat::all().filter(|output| output.medium().can_animate());
    let write = |output: OutputFormat| {
        (output.format().unwrap(), written_animation(output, &scenes(Dimensions::new(24, 18)), 5))
    };
    animated.map(write).collect()
}

pub(super) fn scenes(dimensions: Dimensions) -> Vec<Frame> {
    let plain = Picture::new(dimensions, PixelLayout::Gray, vec![90; dimensions.pixels() as usize]).unwrap();
    let mut corner = scene(dimensions, PixelLayout::Rgba).into_pixels();
    // Whole alpha alone is kept by every format.
    corner.chunks_exact_mut(4).filter(|pixel| pixel[3] < 255).for_each(|pixel| pixel.fill(0));
    let corner = Picture::new(dimensions, PixelLayout::Rgba, corner).unwrap();
    let pictures = [scene(dimensions, PixelLayout::Rgb), plain, corner];
    pictures.into_iter().zip([70, 120, 70]).map(|(picture, milliseconds)| Frame { picture, milliseconds }).collect()
}

pub(super) fn written_animation(output: OutputFormat, frames: &[Frame], plays: Plays) -> Vec<u8> {
    let codecs = codecs();
    let mut writer = codecs
        .animator(output)
        .unwrap()
        .begin(frames[0].picture.dimensions(), plays, &codecs.codings().of(output))
        .unwrap();
    frames.iter().for_each(|frame| writer.push(frame.clone()).unwrap());
    writer.finish().unwrap()
}

/// What a request does with an animation, whatever its bytes are: its frames, as many as were counted at most.
pub(super) fn probe_and_read_frames(codec: &dyn Codec, bytes: &[u8]) -> Result<(Plays, Vec<Frame>), CodecError> {
    let facts = probe(codec, bytes)?;
    if facts.animated_pixels() > MAX_PIXELS {
        return Err(CodecError::unsupported(facts.format, "too many pixels for a test"));
    }
    let mut frames = codec.frames(bytes)?;
    let mut read = Vec::new();
    for _ in 0..facts.frames {
        let Some(frame) = frames.next()? else { break };
        assert_eq!(frame.picture.dimensions(), facts.stored, "{}", facts.format);
        read.push(frame);
    }
    Ok((frames.plays(), read))
}

#[test]
fn an_animation_that_is_written_is_read_back() {
    let codecs = codecs();
    for dimensions in SIZES {
        let frames = scenes(dimensions);
        for output in OutputFormat::images() {
            let format = output.format().unwrap();
            let decoder = codecs.decoder(format).unwrap();
            assert_eq!(codecs.animator(output).is_ok(), format.can_animate(), "{format}");
            if !format.can_animate() {
                assert!(decoder.frames(&[]).is_err(), "{format}");
                continue;
            }
            let case = format!("{format} {dimensions}");
            let bytes = written_animation(output, &frames, 5);
            assert_eq!(Format::sniff(&bytes), Some(format), "{case}");
            let facts = probe(decoder, &bytes).unwrap();
            assert_eq!((facts.stored, facts.frames), (dimensions, 3), "{case}");
            let (plays, back) = probe_and_read_frames(decoder, &bytes).unwrap();
            assert_eq!((plays, back.len()), (5, 3), "{case}");
            for (wanted, got) in frames.iter().zip(&back) {
                assert_eq!(wanted.milliseconds, got.milliseconds, "{case}");
                let error = mean_error(&wanted.picture, &got.picture);
                assert!(error <= MAX_MEAN_ERROR, "{case}: mean error {error}");
            }
            let still = decoder.decode(&bytes, None).unwrap();
            assert!(mean_error(&still, &back[0].picture) < 0.01, "{case}: the first frame is not the still");
        }
    }
}

#[test]
fn an_animation_without_a_frame_is_not_written() {
    let codecs = codecs();
    for output in OutputFormat::all().filter(|output| output.medium().can_animate()) {
        let writer =
            codecs.animator(output).unwrap().begin(Dimensions::new(2, 2), 0, &codecs.codings().of(output)).unwrap();
        assert!(matches!(writer.finish(), Err(CodecError::Encode { .. })), "{output}");
    }
}

#[test]
fn frames_are_counted_no_further_than_one_beyond_the_limit() {
    let limits = Limits { max_frames: 1, ..Limits::default() };
    let codecs = Codecs::new(&CodecSettings { limits, ..CodecSettings::default() });
    for (format, bytes) in animations() {
        assert_eq!(probe(codecs.decoder(format).unwrap(), &bytes).unwrap().frames, 2, "{format}");
    }
}

#[test]
fn a_broken_animation_gives_an_answer() {
    let codecs = codecs();
    for (format, bytes) in animations() {
        let codec = codecs.decoder(format).unwrap();
        for length in (0..bytes.len()).step_by(bytes.len().div_ceil(CUTS)) {
            let _ = probe_and_read_frames(codec, &bytes[..length]);
        }
        for number in noise(7).take(FLIPS * 2) {
            let mut flipped = bytes.clone();
            let position = (number >> 8) as usize % bytes.len();
            flipped[position] ^= (number as u8).max(1);
            let _ = probe_and_read_frames(codec, &flipped);
        }
    }
}
