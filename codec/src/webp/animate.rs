//! Pixels to an animated WebP (RFC 9649, section 2.7.1): of each frame the area that changed, coded like a picture of its
//! own and put together by us.

use std::collections::HashSet;

use super::container::{ALPHA_FLAG, ANIMATION_FLAG, PROFILE_FLAG};
use super::riff::{RIFF_HEAD_BYTES, chunk};
use super::{MAX_EDGE, Settings, encode};
use crate::animation::{Area, Change, is_opaque, opaque_picture, visible_rgba};
use crate::{CodecError, Frame, FrameWriter, Picture, PixelLayout, Plays};
use crate::{Dimensions, Format};

/// The edge of the squares by which an unchanged part of a changed area is left out: within one, loss does not spread.
const SQUARE: usize = 8;
/// Leaving out costs a channel of alpha. It pays where at least one square in so many is unchanged.
const WORTH_LEAVING_OUT: usize = 4;
/// Of an animation whose first frame has no more colours, it is found out whether it gets smaller without loss.
const FLAT_COLOURS: usize = 256;
/// More effort costs more than it saves on flat pictures.
const FLAT_EFFORT: u8 = 1;
/// From so many bytes a pixel on, as a fraction, a frame is no flat picture any more.
const PIXELS_PER_BYTE: u64 = 2;
/// A frame replaces what is below it.
const REPLACES: u8 = 0x02;
const MAX_MILLISECONDS: u32 = 0xff_ffff;

/// The frame before, what of a frame is coded, and what it takes to code it; and all that is written, in a vector that
/// grows by doubling: with loss at most two bytes a pixel, without at most a little more than the pixels.
pub(super) fn working_bytes(dimensions: Dimensions, frames: u32, settings: Settings) -> u64 {
    let pixels = dimensions.pixels();
    let frame_bytes = pixels * if settings.lossless { 4 } else { 2 } + 1024;
    let effort = if settings.lossless { settings.effort } else { settings.effort.min(FLAT_EFFORT) };
    let lossless =
        encode::working_bytes(dimensions, PixelLayout::Rgba, Settings { lossless: true, effort, ..settings });
    lossless + pixels * (16 + 4) + frame_bytes * u64::from(frames)
}

pub(super) struct Writer {
    dimensions: Dimensions,
    plays: Plays,
    /// Those of the next frame.
    settings: Settings,
    /// Those that were asked for, where flat frames are coded without loss.
    lossy: Option<Settings>,
    before: Option<Vec<u8>>,
    profile: Option<Vec<u8>>,
    has_alpha: bool,
    /// The frames so far.
    body: Vec<u8>,
}

/// What is coded of a frame.
struct Cut {
    area: Area,
    picture: Picture,
    settings: Settings,
    flags: u8,
}

impl Writer {
    pub(super) fn new(dimensions: Dimensions, plays: Plays, settings: Settings) -> Result<Self, CodecError> {
        if dimensions.longest_edge() > MAX_EDGE {
            return Err(CodecError::TooLarge { format: Format::WebP, limit: MAX_EDGE, dimensions });
        }
        let (before, profile, has_alpha, body) = (None, None, false, Vec::new());
        Ok(Self { dimensions, plays, settings, lossy: None, before, profile, has_alpha, body })
    }

    /// The first frame decides whether flat frames are coded without loss: where it has few colours, and gets smaller so.
    fn coded(&mut self, cut: &Cut) -> Result<Vec<u8>, CodecError> {
        let file = encode::encode(&cut.picture, cut.settings, 1)?;
        let pixels = cut.area.dimensions().pixels();
        if self.before.is_some() {
            if file.len() as u64 * PIXELS_PER_BYTE > pixels {
                self.settings = self.lossy.take().unwrap_or(self.settings);
            }
            return Ok(file);
        }
        if cut.settings.lossless || !is_flat(&cut.picture) {
            return Ok(file);
        }
        let effort = cut.settings.effort.min(FLAT_EFFORT);
        let lossless = Settings { lossless: true, effort, ..cut.settings };
        let exact = encode::encode(&cut.picture, lossless, 1)?;
        if exact.len() > file.len() {
            return Ok(file);
        }
        self.lossy = Some(std::mem::replace(&mut self.settings, lossless));
        Ok(exact)
    }

    fn cut(&self, pixels: &[u8]) -> Option<Cut> {
        let (canvas, settings) = (self.dimensions, self.settings);
        let Some(before) = &self.before else {
            let area = Area::whole(canvas);
            return Some(Cut { area, picture: picture(area, pixels.to_vec())?, settings, flags: REPLACES });
        };
        let Change { area, covers } = Change::between(before, pixels, canvas);
        let Some(area) = area.map(Area::at_even_offsets) else {
            // A frame has a pixel, even one that nobody sees.
            let area = Area { left: 0, top: 0, width: 1, height: 1 };
            let picture = Picture::new(area.dimensions(), PixelLayout::Rgba, vec![0; 4])?;
            return Some(Cut { area, picture, settings: Settings { lossless: true, ..settings }, flags: 0 });
        };
        let mut cut = area.cut(pixels, canvas);
        if covers && leave_out(&area.cut(before, canvas), &mut cut, area, settings.lossless) {
            let picture = Picture::new(area.dimensions(), PixelLayout::Rgba, cut)?;
            return Some(Cut { area, picture, settings, flags: 0 });
        }
        Some(Cut { area, picture: picture(area, cut)?, settings, flags: REPLACES })
    }

    fn put(&mut self, cut: &Cut, milliseconds: u32) -> Option<Result<(), CodecError>> {
        let file = match self.coded(cut) {
            Ok(file) => file,
            Err(error) => return Some(Err(error)),
        };
        let chunks = file.get(RIFF_HEAD_BYTES..)?;
        // Lossy pictures with alpha are in the extended format: a chunk of 10 bytes stands first.
        let chunks = if chunks.starts_with(b"VP8X") { chunks.get(8 + 10..)? } else { chunks };
        let Area { left, top, width, height } = cut.area;
        let fields = [left / 2, top / 2, width - 1, height - 1, milliseconds.min(MAX_MILLISECONDS)];
        let mut frame: Vec<u8> = fields.iter().flat_map(|field| field.to_le_bytes().into_iter().take(3)).collect();
        frame.push(cut.flags);
        frame.extend(chunks);
        self.body.extend(chunk(b"ANMF", &frame)?);
        self.has_alpha |= cut.picture.layout().has_alpha();
        Some(Ok(()))
    }

    fn file(&self) -> Option<Vec<u8>> {
        let profile = self.profile.as_ref().map_or(Some(Vec::new()), |profile| chunk(b"ICCP", profile))?;
        let alpha_flag = if self.has_alpha { ALPHA_FLAG } else { 0 };
        let profile_flag = if profile.is_empty() { 0 } else { PROFILE_FLAG };
        let mut head = vec![ANIMATION_FLAG | alpha_flag | profile_flag, 0, 0, 0];
        for edge in [self.dimensions.width, self.dimensions.height] {
            head.extend((edge - 1).to_le_bytes().into_iter().take(3));
        }
        let plays = u16::try_from(self.plays).unwrap_or(u16::MAX).to_le_bytes();
        let loops = [&[0; 4][..], &plays].concat();
        let payload = [&b"WEBP"[..], &chunk(b"VP8X", &head)?, &profile, &chunk(b"ANIM", &loops)?, &self.body].concat();
        chunk(b"RIFF", &payload)
    }
}

impl FrameWriter for Writer {
    fn push(&mut self, frame: Frame) -> Result<(), CodecError> {
        let Frame { picture, milliseconds } = frame;
        if picture.dimensions() != self.dimensions {
            return Err(encode::failure("a frame of other dimensions"));
        }
        if self.before.is_none() {
            let layout = picture.layout();
            let profile = picture.colours().icc(layout).filter(|_| super::profile::carries_profile(layout));
            self.profile = profile.map(<[u8]>::to_vec);
        }
        let pixels = visible_rgba(picture);
        let cut = self.cut(&pixels).ok_or_else(|| encode::failure("the pixels do not fill the area"))?;
        self.put(&cut, milliseconds).unwrap_or_else(|| Err(encode::failure("a frame that is too long")))?;
        self.before = Some(pixels);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Vec<u8>, CodecError> {
        if self.before.is_none() {
            return Err(encode::failure("no frame"));
        }
        self.file().ok_or_else(|| encode::failure("an animation that is too long"))
    }
}

fn is_flat(picture: &Picture) -> bool {
    let mut colours = HashSet::new();
    let mut last: &[u8] = &[];
    picture.pixels().chunks_exact(picture.layout().channels()).all(|pixel| {
        if pixel != last {
            colours.insert(pixel);
            last = pixel;
        }
        colours.len() <= FLAT_COLOURS
    })
}

/// Opaque pixels come without alpha, which costs.
fn picture(area: Area, pixels: Vec<u8>) -> Option<Picture> {
    let dimensions = area.dimensions();
    if is_opaque(&pixels) {
        return opaque_picture(dimensions, &pixels);
    }
    Picture::new(dimensions, PixelLayout::Rgba, pixels)
}

/// Makes what did not change transparent, where that pays: by pixels without loss, and by whole squares with it.
fn leave_out(before: &[u8], after: &mut [u8], area: Area, is_lossless: bool) -> bool {
    let edge = if is_lossless { 1 } else { SQUARE };
    let (width, height) = (area.width as usize, area.height as usize);
    let rows = |top: usize, left: usize| {
        let columns = left..(left + edge).min(width);
        (top..(top + edge).min(height))
            .map(move |row| (row * width + columns.start) * 4..(row * width + columns.end) * 4)
    };
    let all = || (0..height).step_by(edge).flat_map(|top| (0..width).step_by(edge).map(move |left| (top, left)));
    let same: Vec<_> =
        all().map(|(top, left)| rows(top, left).all(|row| before.get(row.clone()) == after.get(row))).collect();
    let count = same.iter().filter(|is_same| **is_same).count();
    if count == 0 || count * WORTH_LEAVING_OUT < same.len() {
        return false;
    }
    for ((top, left), is_same) in all().zip(same) {
        if is_same {
            rows(top, left).for_each(|row| after.get_mut(row).unwrap_or_default().fill(0));
        }
    }
    true
}
