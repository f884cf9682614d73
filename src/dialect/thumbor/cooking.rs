//! `Cooking`: what filters ask for: rounds that follow the resize, what goes out, and what changes the resize itself.

use std::num::NonZeroU32;

use super::deviation;
use super::filter::Filter;
use super::focal::{self, FocalPart, FocalPoint};
use super::handover::Handover;
use super::imagor;
use super::label;
use super::order::{ThumborOrder, pixels};
use super::rounds;
use super::watermark;
use crate::dialect::places::Places;
use crate::request::{
    Alteration, Angle, CodingWish, Corners, Cutout, Edit, Effects, Hue, Length, Lift, MaxBytes, OutputFormat, Paint,
    PartWish, Quality, QualityWish, Sharpness, Surround, Tones, Wash,
};

/// What filters ask for.
#[derive(Debug, Default)]
pub(super) struct Cooking {
    /// Rounds behind the resize, in order.
    pub edits: Vec<Edit>,
    pub quality: Option<Quality>,
    pub max_bytes: Option<MaxBytes>,
    pub format: Option<OutputFormat>,
    /// The first frame alone.
    pub is_still: bool,
    /// No more frames than these.
    pub max_frames: Option<NonZeroU32>,
    /// How it goes out.
    pub handover: Handover,
    /// What is made to fit may become larger.
    pub is_enlarged: bool,
    /// Nothing may.
    pub is_never_enlarged: bool,
    pub is_stretched: bool,
    /// Without loss, in a format that has that.
    is_lossless: bool,
    /// What is left of the box is filled.
    pub fill: Option<FillOrder>,
    /// Parts with most to see.
    pub focal: Vec<FocalPart>,
    /// How the picture is turned before all else.
    pub orient: Option<Angle>,
    /// Names that are not known, or whose arguments are not.
    pub passed_over: Vec<String>,
}

/// What the rest of a box is filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FillOrder {
    /// With what.
    pub surround: Surround,
    /// So many rounds of filters come before it.
    pub after: usize,
}

impl FillOrder {
    /// The colour, where it is one.
    pub fn paint(self) -> Option<Paint> {
        if let Surround::Paint(paint) = self.surround { Some(paint) } else { None }
    }
}

/// The quality where none is asked for.
pub(super) const USUAL_QUALITY: u8 = 80;

/// What may be written without loss.
const LOSSLESS: [&str; 2] = ["webp", "avif"];

/// A proportion from here on is percent, and so is a change of saturation.
const FEW_PERCENT: f64 = 5.0;

/// The side of a block of `pixelate`, where none is said.
const USUAL_BLOCK: u32 = 10;

/// What is known, and does nothing here: it is so anyway, or is of no account for what goes out.
const NEEDLESS: [&str; 6] = ["strip_exif", "strip_icc", "strip_metadata", "autojpg", "max_age", "preview"];

impl Cooking {
    /// Reads all filters; those that are not understood are passed over.
    pub fn of(filters: &[Filter], places: &Places) -> Self {
        let mut cooking = Self::default();
        for filter in filters {
            if cooking.add(filter, places).is_none() {
                cooking.passed_over.push(filter.name.clone());
            }
        }
        cooking
    }

    fn add(&mut self, filter: &Filter, places: &Places) -> Option<()> {
        let arguments = filter.arguments();
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let first = arguments.first().copied();
        match (&*filter.name, first) {
            ("quality", Some(text)) => self.quality = Some(Quality::new(pixels(text)?.clamp(1, 100) as u8)),
            ("format", Some(text)) => self.format = Some(OutputFormat::named(text)?),
            ("max_bytes", Some(text)) => self.max_bytes = Some(MaxBytes::parse(&pixels(text)?.to_string())?),
            ("max_frames", Some(text)) => self.max_frames = Some(NonZeroU32::new(pixels(text)?)?),
            // Another one than the first is not had apart from the rest.
            ("page", Some(number)) => self.is_still = (pixels(number)? == 1).then_some(true)?,
            ("expire" | "attachment" | "raw", first) => self.handover.add(&filter.name, first)?,
            ("upscale", _) => self.is_enlarged = true,
            ("no_upscale", _) => self.is_never_enlarged = true,
            ("stretch", _) => self.is_stretched = true,
            ("lossless", _) => self.is_lossless = true,
            ("fill", Some(colour)) => self.fill(colour, arguments.get(1).copied())?,
            ("focal", Some(_)) => self.focal.push(focal::part(&arguments)?),
            ("orient", Some(angle)) => self.orient = Some(back(angle)?),
            (name, _) if NEEDLESS.contains(&name) => {}
            ("contrast", Some(text)) => {
                // The square of what the native word says: twice that.
                let change = Alteration::parse(&percent(text)?.to_string())?;
                let tones = Tones { contrast: change, ..Tones::default() };
                let is_asked = tones != Tones::default();
                self.edits.extend(is_asked.then(|| [toned(tones), toned(tones)]).into_iter().flatten());
            }
            ("text" | "label", Some(_)) => {
                let text = Some(label::wish(&filter.name, &arguments)?);
                self.edits.push(Edit { text, ..Edit::default() });
            }
            ("watermark" | "image", Some(_)) => {
                let wish = if filter.name == "image" { imagor::image } else { watermark::wish };
                let overlays = vec![wish(&arguments, places)?];
                self.edits.push(Edit { overlays, ..Edit::default() });
            }
            (name, _) => self.edits.push(edit(name, &arguments)?),
        }
        Some(())
    }

    fn fill(&mut self, colour: &str, is_behind: Option<&str>) -> Option<()> {
        let surround = match colour {
            "auto" => Surround::Mean,
            "blur" => Surround::Blurred(deviation::of_ground()?),
            "none" => Surround::Paint(Paint::CLEAR),
            colour => Surround::Paint(Paint::parse(colour)?),
        };
        let fill = FillOrder { surround, after: self.edits.len() };
        self.fill = Some(fill);
        if is_behind.is_some_and(|text| matches!(text, "true" | "True" | "1")) {
            self.edits
                .push(Edit { background: fill.paint().filter(|paint| *paint != Paint::CLEAR), ..Edit::default() });
        }
        Some(())
    }

    /// The middle of what is to be seen, where that is said.
    pub fn focal_in(&self, order: &ThumborOrder<'_>) -> Option<FocalPoint> {
        focal::point(&self.focal, order)
    }

    /// How it is written, where nothing else is said: as thumbor does.
    pub fn coding(&self) -> CodingWish {
        let quality = self.quality.unwrap_or_else(|| Quality::new(USUAL_QUALITY));
        CodingWish {
            quality: Some(QualityWish::Number(quality)),
            is_progressive: true,
            is_lossless: self.is_lossless && self.format.is_some_and(has_lossless),
            max_bytes: self.max_bytes,
            ..CodingWish::default()
        }
    }
}

fn has_lossless(format: OutputFormat) -> bool {
    LOSSLESS.iter().any(|name| OutputFormat::named(name) == Some(format))
}

/// A right angle that is counted the other way round.
fn back(angle: &str) -> Option<Angle> {
    let degrees = angle.parse::<i64>().ok().filter(|degrees| degrees % 90 == 0)?;
    Angle::parse(&(-(degrees % 360)).to_string())
}

/// One round.
fn edit(name: &str, arguments: &[&str]) -> Option<Edit> {
    let first = arguments.first().copied();
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    Some(match (name, first) {
        ("grayscale", _) => gray(),
        ("rotate", Some(angle)) => rounds::turned(back(angle)?),
        ("blur", Some(radius)) => {
            let (radius, sigma) = (number(radius)?, arguments.get(1).map_or(Some(0.0), |sigma| number(sigma))?);
            let blur = deviation::deviation(radius, sigma);
            Edit { effects: Effects { blur, ..Effects::default() }, ..Edit::default() }
        }
        ("brightness", Some(text)) => lifted([percent(text)?; 3]),
        ("rgb", Some(_)) => {
            let [red, green, blue] = arguments else { return None };
            lifted([percent(red)?, percent(green)?, percent(blue)?])
        }
        ("colorize", Some(_)) => {
            let [red, green, blue, colour] = arguments else { return None };
            let Paint([of_red, of_green, of_blue, _]) = Paint::parse(colour)?;
            let wash = Wash::towards([of_red, of_green, of_blue], [pixels(red)?, pixels(green)?, pixels(blue)?]);
            toned(Tones { wash, ..Tones::default() })
        }
        ("pixelate", side) => {
            let pixelate = NonZeroU32::new(side.map_or(Some(USUAL_BLOCK), pixels)?);
            Edit { effects: Effects { pixelate, ..Effects::default() }, ..Edit::default() }
        }
        // A factor where there is a point or where it is small, as in thumbor; else percent, as in imagor.
        ("saturation", Some(text)) => {
            let number = number(text)?;
            let is_factor = text.contains('.') || (0.0..FEW_PERCENT).contains(&number);
            let change = if is_factor { (number - 1.0) * 100.0 } else { number };
            let saturation = Alteration::parse(&change.clamp(-100.0, 100.0).to_string())?;
            if saturation.is_all_gone() { gray() } else { toned(Tones { saturation, ..Tones::default() }) }
        }
        ("hue", Some(text)) => toned(Tones { hue: Hue::parse(text)?, ..Tones::default() }),
        ("sharpen", Some(amount)) => {
            let radius = arguments.get(1).copied().unwrap_or(amount);
            let sharpen = if number(amount)? > 0.0 {
                Sharpness::parse(&number(radius)?.clamp(0.0, 10.0).to_string())?
            } else {
                None
            };
            Edit { effects: Effects { sharpen, ..Effects::default() }, ..Edit::default() }
        }
        ("proportion", Some(share)) => {
            let share = number(share)?;
            // imagor has percent as well; what is a little more than all is passed over, as in thumbor.
            let share = if share >= FEW_PERCENT { share / 100.0 } else { share };
            if share > 1.0 {
                return None;
            }
            rounds::reduced(Length::parse(&format!("{}p", share * 100.0))?)
        }
        ("background_color", Some(colour)) => Edit { background: Some(Paint::parse(colour)?), ..Edit::default() },
        ("round_corner", Some(radius)) => round_corner(radius, arguments.get(1..)?)?,
        ("crop", Some(_)) => cut(arguments)?,
        _ => return imagor::edit(name, arguments),
    })
}

/// Percent to both sides.
fn percent(text: &str) -> Option<i32> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite())?;
    Some(number.clamp(-100.0, 100.0) as i32)
}

fn toned(tones: Tones) -> Edit {
    Edit { effects: Effects { tones, ..Effects::default() }, ..Edit::default() }
}

fn lifted(percents: [i32; 3]) -> Edit {
    toned(Tones { lift: Lift::of_percent(percents), ..Tones::default() })
}

fn gray() -> Edit {
    Edit { effects: Effects { grayscale: true, ..Effects::default() }, ..Edit::default() }
}

/// `r,R,G,B` of thumbor, with `true` for nothing behind the corners; `r`, `r,r` and `r,r,colour` of imagor.
fn round_corner(radius: &str, rest: &[&str]) -> Option<Edit> {
    let radius = pixels(radius.split('|').next()?)?.min(Corners::MAX);
    let around = match rest {
        [red, green, blue] => Some(Paint::parse(&[*red, *green, *blue].join(","))?),
        [red, green, blue, is_clear] => Some(Paint::parse(&[*red, *green, *blue].join(","))?)
            .filter(|_| !matches!(*is_clear, "true" | "True" | "1")),
        [_, colour] => Some(Paint::parse(colour)?),
        [other] if pixels(other).is_some() => None,
        [colour] => Some(Paint::parse(colour)?),
        [] => None,
        _ => return None,
    };
    let radius = Corners::parse(&radius.to_string())?;
    Some(Edit { radius, around: around.filter(|_| radius.is_some()), ..Edit::default() })
}

/// `left,top,width,height`, in pixels or in shares.
fn cut(arguments: &[&str]) -> Option<Edit> {
    let [left, top, width, height] = arguments else { return None };
    if arguments.iter().any(|text| text.contains('.')) {
        let share = |text: &str| {
            let share = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share))?;
            Some(Length::parse(&format!("{}p", share * 100.0)))
        };
        let portion = PartWish { left: share(left)?, top: share(top)?, width: share(width)??, height: share(height)?? };
        return Some(Edit { portion: Some(portion), is_optional: true, ..Edit::default() });
    }
    let cutout = Cutout {
        left: pixels(left)?,
        top: pixels(top)?,
        width: pixels(width).filter(|side| *side > 0),
        height: pixels(height).filter(|side| *side > 0),
    };
    Some(Edit { cutout: Some(cutout), is_optional: true, ..Edit::default() })
}
