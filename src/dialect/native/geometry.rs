//! How large the picture is to be, and what part of it.

use super::meanings::{FitWord, Meanings};
use super::parameters::{Expected, Parameter};
use super::values::{a_colour, a_paint, a_switch, an_angle, number, opaque, put, set, switch};
use crate::dialect::native::area;
use crate::request::{
    Anchor, Angle, Background, Bounds, Dpr, Fit, FreeEdges, Gravity, Length, Padding, Paint, PartWish, Ratio, Rect,
    Region, ResizeAlgorithm, Size, SizeError, TrimWish, TurnWish,
};

/// How far each channel of a border may be from its colour, where a query does not say.
const USUAL_TOLERANCE: u8 = 10;
/// What both edges may be multiplied by.
const ZOOMS: std::ops::RangeInclusive<f64> = 0.1..=10.0;

/// The values of this section's parameters.
#[derive(Debug, Clone, Default)]
pub(super) struct GeometryValues {
    pub meanings: &'static Meanings,
    pub width: Option<Length>,
    pub height: Option<Length>,
    pub size: Option<Size>,
    pub dpr: Option<Dpr>,
    pub fit: Option<FitWord>,
    may_enlarge: bool,
    pub gravity: Option<Gravity>,
    /// The point, as shares of width and height.
    pub point: (Option<f64>, Option<f64>),
    pub rect: Option<Rect>,
    pub portion: Option<PartWish>,
    pub region: Option<(Length, Length)>,
    pub ratio: Option<Ratio>,
    /// A `crop` asks for a picture that is cut where no `fit` says otherwise.
    pub is_cut: bool,
    pub corners: area::RegionEdges,
    pub zoom: Option<f64>,
    angle: Option<Angle>,
    is_flipped: bool,
    is_flopped: bool,
    padding: Option<Padding>,
    background: Option<Paint>,
    resize_algorithm: Option<ResizeAlgorithm>,
    /// The tolerance.
    trim: Option<u8>,
    trim_colour: Option<Background>,
    /// What the preset says of edges, where there is one.
    pub preset: Option<PresetEdges>,
}

/// All that edges follow from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PresetEdges {
    width: Option<Length>,
    height: Option<Length>,
    size: Option<Size>,
    ratio: Option<Ratio>,
    zoom: Option<f64>,
    dpr: Option<Dpr>,
}

#[rustfmt::skip]
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter {
        names: &["w", "width", "imwidth", "wid"], expected: a_length,
        meaning: "Width in pixels; a number below 1 is that share of the original's, as is `50p` or `50%`",
        read: |reading, text| put(&mut reading.geometry.width, Length::parse(text)),
    },
    Parameter {
        names: &["h", "height", "hei"], expected: a_length,
        meaning: "Height, in the same way. Of two edges the picture keeps its shape as `fit` says; of one, the other follows",
        read: |reading, text| put(&mut reading.geometry.height, Length::parse(text)),
    },
    Parameter {
        names: &["size"], expected: || unprefixed(&SizeError::Size),
        meaning: "Longest edge in pixels, in place of `w` and `h`",
        read: |reading, text| put(&mut reading.geometry.size, Size::parse(text).ok()),
    },
    Parameter {
        names: &["dpr"], expected: || unprefixed(&SizeError::Dpr),
        meaning: "Device pixel ratio: multiplies every length in pixels but those of `rect`, `crop`, `blur`, `sharpen` and `pixelate`. Where the query has none, the request header `Sec-CH-DPR` counts for URLs with `w`, `h` or `size`",
        read: |reading, text| put(&mut reading.geometry.dpr, Dpr::parse(text).ok()),
    },
    Parameter {
        names: &["fit", "func", "rmode"], expected: a_fit,
        meaning: "What becomes of a picture that has another shape than `w` and `h`: `contain` (usual: within both), `cover` (fills both, the rest is cut off), `pad` (within both, on a canvas), `stretch`, `outside` (no smaller than both). `W,H` is a box to be within",
        read: |reading, text| area::fit(&mut reading.geometry, text, Fit::Contain),
    },
    Parameter {
        names: &["resize"], expected: a_fit,
        meaning: "As `fit`; `W,H` is a box to be filled",
        read: |reading, text| area::fit(&mut reading.geometry, text, Fit::Cover),
    },
    Parameter {
        names: &["lb"], expected: || Expected::text("two lengths, as W,H, and perhaps a colour"),
        meaning: "`W,H` is a canvas to be within; `W,H,COLOUR` is one of that colour",
        read: |reading, text| area::letterbox(&mut reading.geometry, text),
    },
    Parameter {
        names: &["enlarge"], expected: a_switch,
        meaning: "`1` lets the picture become larger than it is; drawings always do",
        read: |reading, text| set(&mut reading.geometry.may_enlarge, switch(text)),
    },
    Parameter {
        names: &["enable", "upscaling"], expected: || Expected::text("upscale or resampling"),
        meaning: "`upscale` and `resampling` are `enlarge=1`; other words ask for nothing",
        read: |reading, text| {
            reading.geometry.may_enlarge |= ["upscale", "resampling"].iter().any(|word| word.eq_ignore_ascii_case(text));
            Some(())
        },
    },
    Parameter {
        names: &["gravity", "position", "crop_gravity", "a", "g"], expected: a_gravity,
        meaning: "What stays of a picture that is cut, and where one stands on its canvas (`center`): words such as `top`, `northwest` or `left top`, a point as `0.2x0.8`, or `smart`",
        read: |reading, text| area::gravity(&mut reading.geometry, text),
    },
    Parameter {
        names: &["fp-x", "fpx"], expected: a_share,
        meaning: "The point that stays in the middle, as far as the edges allow: from the left, as a share of the width",
        read: |reading, text| put(&mut reading.geometry.point.0, share(text)),
    },
    Parameter {
        names: &["fp-y", "fpy"], expected: a_share,
        meaning: "The same from the top. One of them alone leaves the other at 0.5; of a point and `gravity` the last counts",
        read: |reading, text| put(&mut reading.geometry.point.1, share(text)),
    },
    Parameter {
        names: &["rect"], expected: || Expected::text("x,y,w,h in pixels"),
        meaning: "The part of the upright original that is used, before all else",
        read: |reading, text| area::rect(&mut reading.geometry, Rect::parse(text)),
    },
    Parameter {
        names: &["crop"], expected: || Expected::text("gravity words, W,H in pixels, a ratio such as 16:9, 1 or 0; for an area say rect=x,y,w,h"),
        meaning: "By its look: words are `gravity` with `fit=cover`, `W,H` is a part of that size placed by `gravity`, `16:9` is `ar`, `1` is `fit=cover`, four lengths in `px` are `rect`, `region` takes the four parameters below. Behind a size or a ratio, `x10`, `y5p` and `offset-x10`, which is so many percent of what is cut off, say where the part begins",
        read: |reading, text| area::crop(&mut reading.geometry, text),
    },
    Parameter {
        names: &["crop_left"], expected: pixels_of_the_original,
        meaning: "With `crop=region`: where the part begins, from the left",
        read: |reading, text| put(&mut reading.geometry.corners.left, area::corner(text)),
    },
    Parameter {
        names: &["crop_top"], expected: pixels_of_the_original,
        meaning: "From the top",
        read: |reading, text| put(&mut reading.geometry.corners.top, area::corner(text)),
    },
    Parameter {
        names: &["crop_width"], expected: pixels_of_the_original,
        meaning: "Its width",
        read: |reading, text| put(&mut reading.geometry.corners.width, area::corner(text)),
    },
    Parameter {
        names: &["crop_height"], expected: pixels_of_the_original,
        meaning: "Its height",
        read: |reading, text| put(&mut reading.geometry.corners.height, area::corner(text)),
    },
    Parameter {
        names: &["ar", "aspect_ratio"], expected: || Expected::text("a ratio such as 16:9"),
        meaning: "The shape: the edge that is missing follows, and `fit` is `cover`. Both edges have a shape of their own: then it is `fit=cover` where that is this one, and else nothing",
        read: |reading, text| put(&mut reading.geometry.ratio, Ratio::parse(text)),
    },
    Parameter {
        names: &["zoom"], expected: || Expected::Text(format!("a number from {} to {}", ZOOMS.start(), ZOOMS.end())),
        meaning: "Multiplies both edges, those of the picture where none is given",
        read: |reading, text| put(&mut reading.geometry.zoom, number(text).filter(|zoom| ZOOMS.contains(zoom))),
    },
    Parameter {
        names: &["trim"], expected: || Expected::text("a whole number from 0 to 255, or nothing"),
        meaning: "Cuts off a border of one colour, or a transparent one; the number is how far each channel may be from it (10)",
        read: |reading, text| put(&mut reading.geometry.trim, tolerance(text)),
    },
    Parameter {
        names: &["trim_color"], expected: a_colour,
        meaning: "The colour of the border, where it is not that of the upper left pixel",
        read: |reading, text| put(&mut reading.geometry.trim_colour, opaque(text)),
    },
    Parameter {
        names: &["rotate"], expected: an_angle,
        meaning: "Turns clockwise by any angle, onto a canvas that holds all of the picture",
        read: |reading, text| put(&mut reading.geometry.angle, Angle::parse(text)),
    },
    Parameter {
        names: &["flip"], expected: || Expected::one_of(["h", "v", "hv", "vh", "both", "0", "1", "true", "false"]),
        meaning: "Mirrors: `h` left to right, `v` (or `1`, or nothing) upside down, `hv` both",
        read: |reading, text| mirrored(&mut reading.geometry, text),
    },
    Parameter {
        names: &["flop"], expected: a_switch,
        meaning: "`1` (or nothing) mirrors left to right",
        read: |reading, text| { reading.geometry.is_flopped = text.is_empty() || switch(text)?; Some(()) },
    },
    Parameter {
        names: &["pad"], expected: || Expected::text("one length in pixels, two (vertical, horizontal) or four (top, right, bottom, left)"),
        meaning: "Adds a border, in the colour of `bg` or transparent",
        read: |reading, text| put(&mut reading.geometry.padding, Padding::parse(text)),
    },
    Parameter {
        names: &["bg", "background", "bg-color", "pad_color", "cbg"], expected: a_paint,
        meaning: "What shows where the picture is transparent, and on what is added to it",
        read: |reading, text| put(&mut reading.geometry.background, reading.geometry.meanings.paint(text)),
    },
    Parameter {
        names: &["resize_algorithm"], expected: || Expected::one_of(ResizeAlgorithm::names()),
        meaning: "How pixels are weighed when the picture gets smaller; `auto` is `lanczos3`",
        read: |reading, text| put(&mut reading.geometry.resize_algorithm, ResizeAlgorithm::named(text)),
    },
];

impl GeometryValues {
    /// Tells whether the ratio of the screen counts where the query has none.
    pub fn has_edges(&self) -> bool {
        self.width.is_some() || self.height.is_some() || self.size.is_some()
    }

    /// Says what contradicts itself: which parameter, what was expected, and what came.
    pub fn contradiction(&self) -> Option<(&'static str, &'static str, &'static str)> {
        let is_both = self.size.is_some() && (self.width.is_some() || self.height.is_some());
        is_both.then_some(("size", "no w or h beside it", "both"))
    }

    /// The part that is used.
    pub fn rect(&self) -> Option<Rect> {
        self.corners.rect().or(self.rect)
    }

    /// The part of so many pixels.
    pub fn region(&self, ratio: Option<Dpr>) -> Option<Region> {
        let unscaled = || match (self.width, self.height) {
            (Some(Length::Pixels(width)), Some(Length::Pixels(height))) if self.is_unscaled() => {
                let side = |side: u32| Length::Pixels(ratio.map_or(side, |ratio| ratio.times(side)));
                Some((side(width), side(height)))
            }
            _ => None,
        };
        self.region.or_else(unscaled).map(|(width, height)| Region { width, height, gravity: self.placed() })
    }

    /// Tells whether two edges are those of a part.
    fn is_unscaled(&self) -> bool {
        self.fit_word() == FitWord::Part && self.width.is_some() && self.height.is_some()
    }

    /// The border that goes.
    pub fn trim(&self) -> Option<TrimWish> {
        self.trim.map(|tolerance| TrimWish::of(tolerance, self.trim_colour))
    }

    /// The same, no wider than the client shows it, where that is known.
    pub fn with_width(self, width: Option<Size>) -> Self {
        Self { width: width.map(|width| Length::Pixels(width.pixels())).or(self.width), ..self }
    }

    /// How it is turned and mirrored.
    pub fn turn(&self) -> TurnWish {
        TurnWish { angle: self.angle.unwrap_or_default(), is_flopped: self.is_flopped, is_flipped: self.is_flipped }
    }

    /// What is added around it.
    pub fn padding(&self, ratio: Option<Dpr>) -> Padding {
        let padding = self.padding.unwrap_or_default();
        ratio.map_or(padding, |ratio| padding.map(|pixels| ratio.times(pixels)))
    }

    /// What shows where it is transparent.
    pub fn background(&self) -> Option<Paint> {
        self.background.filter(|paint| *paint != Paint::CLEAR)
    }

    /// How large it is to be.
    pub fn bounds(&self, ratio: Option<Dpr>, has_sharpness: bool) -> Bounds {
        let (zoom, dpr) = (self.zoom.unwrap_or(1.0), ratio.map_or(1.0, Dpr::value));
        let scaled = |length: Length| length.scaled(dpr, zoom);
        // Without edges, those of the picture are multiplied.
        let zoomed = (zoom != 1.0 && !self.has_edges() && self.ratio.is_none()).then_some(Length::WHOLE);
        if self.is_unscaled() {
            return Bounds::default();
        }
        let (fit, is_enlarged, surround) = self.fit_word().comes_to(self.background.is_some());
        let has_edges = self.width.is_some() || self.height.is_some();
        let bounds = Bounds {
            width: self.width.or(zoomed).map(scaled),
            height: self.height.or(zoomed).map(scaled),
            size: self.size.and_then(|size| Size::new((f64::from(size.pixels()) * dpr * zoom).round() as u32)),
            fit,
            // Two edges have a shape of their own.
            ratio: self.ratio.filter(|_| self.width.is_none() || self.height.is_none()),
            gravity: self.placed(),
            may_enlarge: self.may_enlarge || (is_enlarged && has_edges),
            surround,
            algorithm: self.resize_algorithm,
            sharpens_reduced: has_sharpness.then_some(false),
            free: self.preset.map(|preset| preset.free_in(self.edges(), ratio)).unwrap_or_default(),
            ..Bounds::default()
        };
        let is_box = (bounds.width.is_some() && bounds.height.is_some()) || bounds.ratio.is_some();
        match (bounds.is_asked(), is_box) {
            (true, true) => bounds,
            // An edge alone is met whatever the fit is.
            (true, false) => Bounds { fit: Fit::default(), gravity: Gravity::default(), surround: None, ..bounds },
            // Nothing of this asks for anything where no dimensions are asked for.
            (false, _) => Bounds::default(),
        }
    }

    /// All that edges follow from.
    pub fn edges(&self) -> PresetEdges {
        let Self { width, height, size, ratio, zoom, dpr, .. } = *self;
        PresetEdges { width, height, size, ratio, zoom, dpr }
    }

    fn fit_word(&self) -> FitWord {
        match self.fit {
            Some(word) => word,
            None if self.is_cut || area::is_shaped(self) => self.meanings.cut(),
            None => self.meanings.unsaid,
        }
    }

    fn placed(&self) -> Gravity {
        let point = match self.point {
            (None, None) => None,
            (across, down) => Gravity::point(across.unwrap_or(0.5), down.unwrap_or(0.5)),
        };
        point.or(self.gravity).unwrap_or_default()
    }
}

impl PresetEdges {
    /// The edges that are as they are in the preset, for a screen with this ratio: those are the operator's own.
    fn free_in(self, asked: Self, ratio: Option<Dpr>) -> FreeEdges {
        let is_scaled_alike = self.zoom == asked.zoom && self.dpr == ratio;
        let is_all_alike = is_scaled_alike && self == Self { dpr: self.dpr, ..asked };
        let is_free = |own: Option<Length>, asked: Option<Length>| match asked {
            Some(_) => is_scaled_alike && own == asked,
            None => is_all_alike,
        };
        FreeEdges { width: is_free(self.width, asked.width), height: is_free(self.height, asked.height) }
    }
}

/// How far each channel of a border may be from its colour. imgix says how the colour is found, which is so anyway.
fn tolerance(text: &str) -> Option<u8> {
    let is_usual = ["", "auto", "color"].iter().any(|word| word.eq_ignore_ascii_case(text));
    if is_usual { Some(USUAL_TOLERANCE) } else { text.parse().ok() }
}

fn mirrored(values: &mut GeometryValues, text: &str) -> Option<()> {
    let (across, down) = match text.to_ascii_lowercase().as_str() {
        "h" | "lr" => (true, false),
        "v" | "ud" | "1" | "true" | "" => (false, true),
        "hv" | "vh" | "both" | "lrud" => (true, true),
        "0" | "false" => (false, false),
        _ => return None,
    };
    // Across, `flop` has a say as well, and the last of them counts.
    values.is_flopped |= across;
    values.is_flipped = down;
    Some(())
}

fn share(text: &str) -> Option<f64> {
    number(text).filter(|share| (0.0..=1.0).contains(share))
}

fn a_share() -> Expected {
    Expected::text("a number from 0 to 1")
}

fn a_length() -> Expected {
    Expected::Text(format!(
        "pixels from 1 to {}, a share of the original below 1, or percent up to {}p",
        Size::MAX,
        Length::MAX_PERCENT
    ))
}

fn a_fit() -> Expected {
    Expected::one_of(area::FITS.iter().map(|(word, _)| *word))
}

fn a_gravity() -> Expected {
    let words = Anchor::words().chain(Gravity::SMART_WORDS).collect();
    Expected::Like("words such as top, northwest, left top or center, a point as 0.2x0.8, or smart", words)
}

fn pixels_of_the_original() -> Expected {
    Expected::Text(format!("a whole number of pixels up to {}", Rect::MAX))
}

/// Errors about numbers already say `expected …`; that of the parameter says the word itself.
fn unprefixed(error: &SizeError) -> Expected {
    let text = error.to_string();
    Expected::Text(text.strip_prefix("expected ").map(str::to_owned).unwrap_or(text))
}
