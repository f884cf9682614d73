//! `ProcessingOptions`: what options come to, one after the other. The later one of a name counts.

use std::num::NonZeroU32;

use super::arguments::{self, AllowedPlaces, placement, switch};
use super::paid::Extras;
pub(super) use super::parts::{FormatQuality, MetadataOptions, WatermarkOptions};
use super::presets::OptionPresets;
use super::table::{OptionKind, kind};
use super::words::{Invalid, invalid};
use crate::request::{Angle, Background, Composition, Exact, Format, Formats, Padding, Placement, Reference};

/// What options come to.
#[derive(Debug, Clone, PartialEq)]
pub struct ProcessingOptions {
    /// All that concerns dimensions and places, but for what has a default that clients may tell.
    pub(super) composition: Composition,
    /// Where a picture lies on a canvas, whether there is one or not.
    pub(super) canvas: Placement,
    /// The same for one of the shape of the box.
    pub(super) ratio_canvas: Placement,
    pub(super) width: Option<u32>,
    pub(super) ratio: Option<Exact>,
    pub(super) trim: Option<Exact>,
    pub(super) trim_colour: Option<Background>,
    /// As much goes at the left as at the right, and above as below.
    pub(super) trims_evenly: (bool, bool),
    pub(super) is_auto_rotated: bool,
    /// Clockwise.
    pub(super) rotation: Angle,
    pub(super) is_flopped: bool,
    pub(super) is_flipped: bool,
    pub(super) background: Option<Background>,
    pub(super) blur: Exact,
    pub(super) sharpen: Exact,
    pub(super) pixelate: u32,
    pub(super) watermark: WatermarkOptions,
    /// 0 follows from the format.
    pub(super) quality: u8,
    pub(super) format_quality: FormatQuality,
    /// 0 for no limit.
    pub(super) max_bytes: u32,
    pub(super) format: Option<Format>,
    pub(super) skipped: Formats,
    pub(super) is_raw: bool,
    /// In seconds since 1970; 0 for never.
    pub(super) expires: i64,
    pub(super) filename: Option<Box<str>>,
    pub(super) is_attachment: bool,
    /// The most pixels of an original.
    pub(super) max_pixels: u64,
    /// The most bytes of an original; 0 for no limit.
    pub(super) max_original_bytes: u64,
    /// The most frames of an animation.
    pub(super) max_frames: u32,
    /// The format is the one that suits best.
    pub(super) is_best: bool,
    /// What there is of the paid edition.
    pub(super) extras: Extras,
    /// What is laid over the picture in place of what the operator has.
    pub(super) mark: Option<Reference>,
    pub(super) metadata: MetadataOptions,
}

/// What options are read by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grammar<'a> {
    pub presets: &'a OptionPresets,
    /// What stands between the name and the arguments.
    pub separator: &'a str,
    /// Limits of the operator's may be lifted.
    pub allows_security: bool,
    /// In seconds since 1970.
    pub now: i64,
}

impl Default for ProcessingOptions {
    fn default() -> Self {
        Self {
            composition: Composition::default(),
            canvas: Placement::default(),
            ratio_canvas: Placement::default(),
            width: None,
            ratio: None,
            trim: None,
            trim_colour: None,
            trims_evenly: (false, false),
            is_auto_rotated: true,
            rotation: Angle::default(),
            is_flopped: false,
            is_flipped: false,
            background: None,
            blur: Exact::ZERO,
            sharpen: Exact::ZERO,
            pixelate: 1,
            watermark: WatermarkOptions::default(),
            quality: 0,
            format_quality: FormatQuality::default(),
            max_bytes: 0,
            format: None,
            skipped: Formats::default(),
            is_raw: false,
            expires: 0,
            filename: None,
            is_attachment: false,
            max_pixels: Self::MAX_PIXELS,
            max_original_bytes: 0,
            max_frames: 1,
            is_best: false,
            extras: Extras::default(),
            mark: None,
            metadata: MetadataOptions::default(),
        }
    }
}

impl ProcessingOptions {
    /// The most pixels of an original where the operator says nothing.
    pub(super) const MAX_PIXELS: u64 = 50_000_000;

    /// Takes one option in, with its arguments as they are written. An argument that is empty changes nothing.
    pub(super) fn apply(
        &mut self,
        name: &str,
        arguments: &str,
        by: &Grammar<'_>,
        depth: &mut Vec<usize>,
    ) -> Result<(), Invalid> {
        let (kind, most) = kind(name).ok_or(Invalid::Option)?;
        if kind.is_security() && !by.allows_security {
            return Err(Invalid::Security);
        }
        let count = arguments.split(by.separator).count();
        if count > most {
            return Err(invalid("fewer arguments"));
        }
        if kind == OptionKind::Preset {
            return arguments.split(by.separator).try_for_each(|name| self.preset(name, by, depth));
        }
        let mut given = arguments.split(by.separator);
        if count == 1 && arguments.is_empty() && !matches!(kind, OptionKind::Trim | OptionKind::Background) {
            return Ok(());
        }
        self.set(kind, arguments, &mut given, by)
    }

    /// Takes in the name of a format.
    pub(super) fn name_format(&mut self, name: &str) -> Result<(), Invalid> {
        self.is_best = name == "best";
        self.format = if self.is_best { None } else { Some(arguments::format(name)?) };
        Ok(())
    }

    /// Takes in what a preset says. One that stands within itself is passed over there.
    pub(super) fn preset(&mut self, name: &str, by: &Grammar<'_>, within: &mut Vec<usize>) -> Result<(), Invalid> {
        let (index, options) = by.presets.named(name).ok_or_else(|| invalid("a preset"))?;
        if within.contains(&index) {
            return Ok(());
        }
        within.push(index);
        let applied = options.iter().try_for_each(|(name, arguments)| self.apply(name, arguments, by, within));
        within.pop();
        applied
    }

    fn set<'a>(
        &mut self,
        kind: OptionKind,
        all: &'a str,
        given: &mut impl Iterator<Item = &'a str>,
        by: &Grammar<'a>,
    ) -> Result<(), Invalid> {
        match kind {
            OptionKind::Resize => {
                set(&mut self.composition.fitting, given.next(), arguments::fitting)?;
                self.size(all.split(by.separator).skip(1))
            }
            OptionKind::Size => self.size(all.split(by.separator)),
            OptionKind::Extend => {
                self.composition.extension = extension(&mut self.canvas, given)?;
                Ok(())
            }
            OptionKind::ExtendRatio => {
                self.composition.ratio_extension = extension(&mut self.ratio_canvas, given)?;
                Ok(())
            }
            OptionKind::Gravity => {
                self.composition.placement = placement(given, AllowedPlaces::Any, self.composition.placement)?;
                Ok(())
            }
            OptionKind::Crop => self.crop(given),
            OptionKind::Trim => self.trim(given),
            OptionKind::Padding => self.padding(given),
            OptionKind::Zoom => self.zoom(given),
            OptionKind::Flip => {
                set(&mut self.is_flopped, given.next(), switched)?;
                set(&mut self.is_flipped, given.next(), switched)
            }
            OptionKind::Background => self.background(all, by.separator),
            OptionKind::Watermark => self.watermark(given),
            OptionKind::FormatQuality => self.format_quality(given),
            OptionKind::SkipProcessing => given.try_for_each(|text| {
                self.skipped = self.skipped.with(arguments::format(text)?);
                Ok(())
            }),
            OptionKind::Filename => {
                let name = given.next().unwrap_or_default();
                self.filename = Some(super::source::filename(name, given.next().is_some_and(switch))?.into());
                Ok(())
            }
            OptionKind::Expires => self.expires(all, by.now),
            kind if kind.is_paid() => self.set_paid(kind, given),
            _ => self.single(kind, all),
        }
    }

    /// ProcessingOptions of one argument.
    fn single(&mut self, kind: OptionKind, text: &str) -> Result<(), Invalid> {
        let composition = &mut self.composition;
        match kind {
            OptionKind::ResizingType => composition.fitting = arguments::fitting(text)?,
            OptionKind::Width => self.width = Some(arguments::natural(text)?),
            OptionKind::Height => composition.height = arguments::natural(text)?,
            OptionKind::MinWidth => composition.min_width = arguments::natural(text)?,
            OptionKind::MinHeight => composition.min_height = arguments::natural(text)?,
            OptionKind::Dpr => self.ratio = Some(arguments::factor(text)?),
            OptionKind::Enlarge => composition.may_enlarge = switch(text),
            OptionKind::AutoRotate => self.is_auto_rotated = switch(text),
            OptionKind::Rotate => {
                let angle = arguments::integer(text)?;
                let angle = (angle % 90 == 0).then(|| angle.rem_euclid(360).to_string());
                let angle = angle.and_then(|degrees| Angle::parse(&degrees));
                self.rotation = angle.ok_or_else(|| invalid("right angles"))?;
            }
            OptionKind::Blur => self.blur = arguments::amount(text)?,
            OptionKind::Sharpen => self.sharpen = arguments::amount(text)?,
            OptionKind::Pixelate => self.pixelate = arguments::natural(text)?,
            OptionKind::Quality => self.quality = arguments::within(text, 0, 100)?,
            OptionKind::MaxBytes => self.max_bytes = arguments::natural(text)?,
            OptionKind::Format => self.name_format(text)?,
            OptionKind::StripMetadata => self.metadata.is_stripped = switch(text),
            OptionKind::KeepCopyright => self.metadata.keeps_copyright = switch(text),
            OptionKind::Raw => self.is_raw = switch(text),
            OptionKind::ReturnAttachment => self.is_attachment = switch(text),
            OptionKind::MaxSrcResolution => self.max_pixels = (arguments::amount(text)?.get() * 1e6) as u64,
            OptionKind::MaxSrcFileSize => {
                self.max_original_bytes = arguments::integer(text)?.try_into().unwrap_or_default()
            }
            OptionKind::MaxAnimationFrames => {
                self.max_frames =
                    arguments::natural(text).ok().filter(|frames| *frames > 0).ok_or_else(|| invalid("frames"))?;
            }
            OptionKind::MaxAnimationFrameResolution => drop(arguments::amount(text)?),
            OptionKind::MaxResultDimension => {
                let side = u32::try_from(arguments::integer(text)?).unwrap_or_default();
                composition.max_side = NonZeroU32::new(side);
            }
            // Of no account for pictures: what it is for is done already, or is not done by URL.
            _ => {}
        }
        Ok(())
    }

    /// Width, height, whether it may become larger, and a canvas.
    fn size<'a>(&mut self, mut given: impl Iterator<Item = &'a str> + Clone) -> Result<(), Invalid> {
        set(&mut self.width, given.next(), |text| arguments::natural(text).map(Some))?;
        set(&mut self.composition.height, given.next(), arguments::natural)?;
        set(&mut self.composition.may_enlarge, given.next(), switched)?;
        if given.clone().next().is_some_and(|text| !text.is_empty()) {
            self.composition.extension = extension(&mut self.canvas, &mut given)?;
        }
        Ok(())
    }

    fn crop<'a>(&mut self, given: &mut impl Iterator<Item = &'a str>) -> Result<(), Invalid> {
        let (width, height) = self.composition.part;
        let side = |text: Option<&str>, own: Exact| match text {
            None | Some("") => Ok(own),
            Some(text) => arguments::amount(text),
        };
        self.composition.part = (side(given.next(), width)?, side(given.next(), height)?);
        let mut rest = given.peekable();
        if rest.peek().is_some_and(|text| !text.is_empty()) {
            let before = self.composition.part_placement.unwrap_or_default();
            self.composition.part_placement = Some(placement(rest, AllowedPlaces::Any, before)?);
        }
        Ok(())
    }

    fn trim<'a>(&mut self, given: &mut impl Iterator<Item = &'a str>) -> Result<(), Invalid> {
        let filled = |text: Option<&'a str>| text.filter(|text| !text.is_empty());
        self.trim = filled(given.next()).map(arguments::decimal).transpose()?;
        self.trim_colour = filled(given.next()).map(arguments::colour).transpose()?;
        set(&mut self.trims_evenly.0, given.next(), switched)?;
        set(&mut self.trims_evenly.1, given.next(), switched)
    }

    /// As in style sheets: what is missing is as the other side.
    fn padding<'a>(&mut self, given: &mut impl Iterator<Item = &'a str>) -> Result<(), Invalid> {
        let mut side = |own: u32| match given.next() {
            None | Some("") => Ok(own),
            Some(text) => arguments::natural(text),
        };
        let top = side(self.composition.padding.top)?;
        let right = side(top)?;
        let bottom = side(top)?;
        let left = side(right)?;
        self.composition.padding = Padding { top, right, bottom, left };
        Ok(())
    }

    fn zoom<'a>(&mut self, given: &mut impl Iterator<Item = &'a str>) -> Result<(), Invalid> {
        let across = arguments::factor(given.next().unwrap_or_default())?;
        let down = match given.next() {
            None | Some("") => across,
            Some(text) => arguments::factor(text)?,
        };
        self.composition.zoom = (across, down);
        Ok(())
    }

    fn background(&mut self, all: &str, separator: &str) -> Result<(), Invalid> {
        let parts: Vec<_> = all.split(separator).collect();
        self.background = match parts[..] {
            [""] => None,
            [hexadecimal] => Some(arguments::colour(hexadecimal)?),
            [red, green, blue] => {
                let [red, green, blue] = [red, green, blue].map(arguments::channel);
                Some(Background([red?, green?, blue?]))
            }
            _ => return Err(invalid("a colour")),
        };
        Ok(())
    }

    fn watermark<'a>(&mut self, given: &mut impl Iterator<Item = &'a str>) -> Result<(), Invalid> {
        let mark = &mut self.watermark;
        set(&mut mark.opacity, given.next(), arguments::share)?;
        set(&mut mark.anchor, given.next(), |text| match (text, arguments::anchor(text)) {
            ("re", _) => Ok(None),
            (_, Some(anchor)) => Ok(Some(anchor)),
            (_, None) => Err(invalid("a place")),
        })?;
        set(&mut mark.across, given.next(), arguments::decimal)?;
        set(&mut mark.down, given.next(), arguments::decimal)?;
        set(&mut mark.scale, given.next(), arguments::amount)
    }

    fn format_quality<'a>(&mut self, given: &mut impl Iterator<Item = &'a str>) -> Result<(), Invalid> {
        while let Some(name) = given.next() {
            let format = arguments::format(name)?;
            let quality = given.next().ok_or_else(|| invalid("a quality for each format"))?;
            self.format_quality.set(format, arguments::within(quality, 0, 100)?);
        }
        Ok(())
    }

    fn expires(&mut self, text: &str, now: i64) -> Result<(), Invalid> {
        self.expires = arguments::expiry(text, now)?;
        Ok(())
    }
}

/// A canvas, where there is to be one, and where the picture lies on it.
fn extension<'a>(
    place: &mut Placement,
    given: &mut impl Iterator<Item = &'a str>,
) -> Result<Option<Placement>, Invalid> {
    let is_on = switch(given.next().unwrap_or_default());
    let mut rest = given.peekable();
    if rest.peek().is_some_and(|text| !text.is_empty()) {
        *place = placement(rest, AllowedPlaces::WithPoint, *place)?;
    }
    Ok(is_on.then_some(*place))
}

/// Takes in an argument, where there is one.
fn set<'a, T>(
    own: &mut T,
    text: Option<&'a str>,
    read: impl FnOnce(&'a str) -> Result<T, Invalid>,
) -> Result<(), Invalid> {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        *own = read(text)?;
    }
    Ok(())
}

fn switched(text: &str) -> Result<bool, Invalid> {
    Ok(switch(text))
}
