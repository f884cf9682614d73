//! The frames of an animated PNG (third edition, sections 5.4 and 11.3.6): each is made a file of its own and decoded like
//! one, then drawn on the canvas.

use std::io::Cursor;

use super::chunks::{chunk, put_chunk};
use super::{decode, header, malformed};
use crate::animation::{Area, Canvas, Disposal};
use crate::{
    BrokenOriginals, CodecError, ColourRule, ColourSpace, DecodeOptions, Frame, Frames, Limits, Picture, PixelLayout,
    Plays,
};
use crate::{Dimensions, Format};

const SIGNATURE_BYTES: usize = 8;
const HEADER_BYTES: usize = 13;
const CONTROL_BYTES: usize = 26;
/// What a file of `fdAT` says before the pixels: its number.
const NUMBER_BYTES: usize = 4;
/// Before the pixels of every frame, where the file has them. The profile is read once, and text never.
const SHARED: [&[u8; 4]; 6] = [b"PLTE", b"tRNS", b"cICP", b"gAMA", b"cHRM", b"sRGB"];

/// What `fcTL` says.
struct Control {
    area: Area,
    milliseconds: u32,
    disposal: Disposal,
    /// Transparent pixels show what is below them.
    is_blended: bool,
}

pub(super) struct PngFrames<'a> {
    original: &'a [u8],
    limits: Limits,
    rule: ColourRule,
    profile: Option<&'a [u8]>,
    header: [u8; HEADER_BYTES],
    /// Whole chunks that every frame needs.
    shared: Vec<u8>,
    plays: Plays,
    dimensions: Dimensions,
    canvas: Canvas,
    colours: Option<ColourSpace>,
    /// Where the next chunk begins.
    next: usize,
    has_begun: bool,
    is_over: bool,
}

impl<'a> PngFrames<'a> {
    pub(super) fn new(original: &'a [u8], limits: &Limits, rule: ColourRule) -> Result<Self, CodecError> {
        let chunks = header::walk(&mut Cursor::new(original), limits)?;
        let mut at = SIGNATURE_BYTES;
        let first = chunk(original, &mut at).filter(|(kind, _)| *kind == b"IHDR");
        let header = first.and_then(|(_, payload)| <[u8; HEADER_BYTES]>::try_from(payload).ok());
        let header = header.ok_or_else(|| malformed("no header chunk"))?;
        let [a, b, c, d, e, f, g, h, ..] = header;
        let dimensions = Dimensions::new(u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]));
        limits.admit(Format::Png, dimensions)?;
        let (mut next, mut shared, mut plays) = (at, Vec::new(), 0);
        while let Some((kind, payload)) = chunk(original, &mut at) {
            match kind {
                b"acTL" => plays = payload.get(4..).and_then(word).unwrap_or(0),
                b"fcTL" | b"IDAT" => break,
                kind if SHARED.contains(&kind) => put_chunk(&mut shared, kind, &[payload]),
                _ => {}
            }
            next = at;
        }
        let (canvas, profile) = (Canvas::new(dimensions), chunks.profile(original));
        let (limits, colours) = (*limits, None);
        let (has_begun, is_over) = (false, false);
        Ok(Self {
            original,
            limits,
            rule,
            profile,
            header,
            shared,
            plays,
            dimensions,
            canvas,
            colours,
            next,
            has_begun,
            is_over,
        })
    }

    /// The next frame that has pixels, as a file of its own. The default image counts where an `fcTL` precedes it.
    fn file(&mut self) -> Option<(Control, Vec<u8>)> {
        loop {
            let (control, file) = self.next_file()?;
            if let Some(file) = file {
                return Some((control, file));
            }
        }
    }

    /// What the next `fcTL` says, and the pixels that follow it.
    fn next_file(&mut self) -> Option<(Control, Option<Vec<u8>>)> {
        let control = loop {
            match chunk(self.original, &mut self.next)? {
                (b"fcTL", payload) => break payload,
                (b"IEND", _) => return None,
                _ => {}
            }
        };
        let control: [u8; CONTROL_BYTES] = control.try_into().ok()?;
        let mut header = self.header;
        header[..8].copy_from_slice(&control[4..12]);
        let mut file = self.original.get(..SIGNATURE_BYTES)?.to_vec();
        put_chunk(&mut file, b"IHDR", &[&header]);
        file.extend(&self.shared);
        let head_bytes = file.len();
        loop {
            let before = self.next;
            match chunk(self.original, &mut self.next).or_else(|| cut_pixels(self.original, &mut self.next)) {
                Some((b"IDAT", payload)) => put_chunk(&mut file, b"IDAT", &[payload]),
                Some((b"fdAT", payload)) => put_chunk(&mut file, b"IDAT", &[payload.get(NUMBER_BYTES..)?]),
                Some((b"fcTL" | b"IEND", _)) | None => {
                    self.next = before;
                    break;
                }
                Some(_) => {}
            }
        }
        let has_pixels = file.len() > head_bytes;
        put_chunk(&mut file, b"IEND", &[]);
        Some((Control::read(&control), has_pixels.then_some(file)))
    }

    fn compose(&mut self) -> Result<Option<Frame>, CodecError> {
        let Some((control, file)) = self.file() else { return Ok(None) };
        let area = control.area;
        if area.within(self.dimensions) != area {
            return Err(malformed(format!("a frame leaves the {}", self.dimensions)));
        }
        let colours = &mut self.colours;
        let drawn = decode::decode_alone(
            Cursor::new(&file),
            self.profile,
            &self.limits,
            self.rule,
            (None, BrokenOriginals::Refuse),
            colours,
        )?;
        // The canvas has three channels of colour.
        let drawn = if drawn.layout() == PixelLayout::Gray { drawn.into_srgb() } else { drawn };
        let colours = drawn.colours().clone();
        self.draw(&control, &drawn);
        let picture = self.canvas.picture().ok_or_else(|| malformed("the frame does not fill the canvas"))?;
        let picture = picture.in_colours(colours);
        Ok(Some(Frame { picture, milliseconds: control.milliseconds }))
    }

    fn draw(&mut self, control: &Control, drawn: &Picture) {
        let layout = drawn.layout();
        let line_bytes = drawn.dimensions().width as usize * layout.channels();
        self.canvas.draw(control.area, control.disposal, |number, row| {
            let line = drawn.pixels().get(number * line_bytes..).unwrap_or_default();
            let pixels = row.as_chunks_mut::<4>().0.iter_mut();
            for (below, above) in pixels.zip(line.chunks_exact(layout.channels())) {
                *below = match *above {
                    [red, green, blue, alpha] if control.is_blended => over([red, green, blue, alpha], *below),
                    [red, green, blue, alpha] => [red, green, blue, alpha],
                    [red, green, blue] => [red, green, blue, u8::MAX],
                    [gray] => [gray, gray, gray, u8::MAX],
                    _ => *below,
                };
            }
        });
    }
}

impl Frames for PngFrames<'_> {
    fn plays(&self) -> Plays {
        self.plays
    }

    fn next(&mut self) -> Result<Option<Frame>, CodecError> {
        if self.is_over {
            return Ok(None);
        }
        let frame = match self.compose() {
            Ok(Some(frame)) => Some(frame),
            Ok(None) | Err(_) if self.has_begun => None,
            // Viewers show the default image where an animation is broken from the start.
            Ok(None) | Err(_) => {
                self.next = self.original.len();
                let picture = decode::decode(self.original, &self.limits, self.rule, &DecodeOptions::default())?;
                Some(Frame { picture, milliseconds: 0 })
            }
        };
        (self.has_begun, self.is_over) = (true, frame.is_none());
        Ok(frame)
    }
}

impl Control {
    fn read(payload: &[u8; CONTROL_BYTES]) -> Self {
        let edge = |at: usize| payload.get(at..).and_then(word).unwrap_or(0);
        let area = Area { width: edge(4), height: edge(8), left: edge(12), top: edge(16) };
        let [.., a, b, c, d, disposal, blend] = *payload;
        let (numerator, denominator) = (u32::from(u16::from_be_bytes([a, b])), u32::from(u16::from_be_bytes([c, d])));
        let denominator = if denominator == 0 { 100 } else { denominator };
        let milliseconds = (numerator * 1000 + denominator / 2) / denominator;
        let disposal = match disposal {
            1 => Disposal::Clear,
            2 => Disposal::Restore,
            _ => Disposal::Keep,
        };
        Self { area, milliseconds, disposal, is_blended: blend == 1 }
    }
}

/// For how many milliseconds each frame is shown, of those that the animation has. The default image is none where no `fcTL`
/// precedes it.
pub(super) fn shown(original: &[u8]) -> impl Iterator<Item = u64> {
    let mut at = SIGNATURE_BYTES;
    let chunks = std::iter::from_fn(move || chunk(original, &mut at)).take_while(|(kind, _)| *kind != b"IEND");
    let controls = chunks.filter(|(kind, _)| *kind == b"fcTL");
    controls.filter_map(|(_, payload)| Some(Control::read(payload.first_chunk()?).milliseconds.into()))
}

/// One pixel above another, both with straight alpha (third edition, section 13.16).
fn over(above: [u8; 4], below: [u8; 4]) -> [u8; 4] {
    let (above_alpha, below_alpha) = (u32::from(above[3]), u32::from(below[3]));
    if above_alpha == 255 || below_alpha == 0 {
        return above;
    }
    // In 1/65025 of the whole.
    let (above_weight, below_weight) = (above_alpha * 255, (255 - above_alpha) * below_alpha);
    let whole = above_weight + below_weight;
    if above_alpha == 0 || whole == 0 {
        return below;
    }
    let mix = |above: u8, below: u8| {
        ((u32::from(above) * above_weight + u32::from(below) * below_weight + whole / 2) / whole) as u8
    };
    let alpha = ((whole + 127) / 255) as u8;
    [mix(above[0], below[0]), mix(above[1], below[1]), mix(above[2], below[2]), alpha]
}

/// What is there of pixels that the file ends in: it may be all of them.
fn cut_pixels<'a>(file: &'a [u8], at: &mut usize) -> Option<(&'a [u8; 4], &'a [u8])> {
    let rest = file.get(*at..)?;
    let kind = rest.get(4..)?.first_chunk().filter(|kind| matches!(*kind, b"IDAT" | b"fdAT"))?;
    *at = file.len();
    Some((kind, rest.get(8..)?))
}

fn word(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().map(|word| u32::from_be_bytes(*word))
}
