//! The operations: their names, what they need, and the rounds of work that they come to.

use super::geometry::{self, GeometryFlags};
use super::options::ImaginaryOptions;
use super::parsing;
use super::rounds::{OutputKind, Rounds};
use super::watermark;
use crate::request::{
    Angle, Cutout, Edit, Effects, Gravity, OverlayWish, Paint, RemoteOrigins, Sigma, TextWish, TurnWish,
};

/// What operations find beside their options.
pub(super) struct Ground<'a> {
    /// Where other pictures may come from.
    pub origins: &'a RemoteOrigins,
}

/// One thing that imaginary does to a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ImageOperation {
    Resize,
    Fit,
    Enlarge,
    Crop,
    SmartCrop,
    Extract,
    Zoom,
    Thumbnail,
    Rotate,
    AutoRotate,
    Flip,
    Flop,
    Convert,
    Watermark,
    WatermarkImage,
    Blur,
}

/// Operations by their name in a URL and in a pipeline.
const NAMES: [(&str, &str, ImageOperation); 16] = [
    ("resize", "resize", ImageOperation::Resize),
    ("fit", "fit", ImageOperation::Fit),
    ("enlarge", "enlarge", ImageOperation::Enlarge),
    ("crop", "crop", ImageOperation::Crop),
    ("smartcrop", "smartcrop", ImageOperation::SmartCrop),
    ("extract", "extract", ImageOperation::Extract),
    ("zoom", "zoom", ImageOperation::Zoom),
    ("thumbnail", "thumbnail", ImageOperation::Thumbnail),
    ("rotate", "rotate", ImageOperation::Rotate),
    ("autorotate", "autorotate", ImageOperation::AutoRotate),
    ("flip", "flip", ImageOperation::Flip),
    ("flop", "flop", ImageOperation::Flop),
    ("convert", "convert", ImageOperation::Convert),
    ("watermark", "watermark", ImageOperation::Watermark),
    ("watermarkimage", "watermarkImage", ImageOperation::WatermarkImage),
    ("blur", "blur", ImageOperation::Blur),
];

/// What lies on a picture after an operation.
#[derive(Default)]
struct OnTop {
    overlays: Vec<OverlayWish>,
    text: Option<TextWish>,
}

impl ImageOperation {
    /// The operation that a path names, and its name.
    pub fn at(name: &str) -> Option<(&'static str, Self)> {
        NAMES.iter().find(|(known, ..)| *known == name).map(|(name, _, operation)| (*name, *operation))
    }

    /// The operation that a pipeline names.
    pub fn in_pipeline(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, known, _)| *known == name).map(|(.., operation)| *operation)
    }

    /// Adds what it asks for. Where it `may_fail`, the picture stays as it is if that shows only later.
    ///
    /// # Errors
    /// Something is missing, or cannot be.
    pub fn add(
        self,
        options: &ImaginaryOptions,
        ground: &Ground<'_>,
        may_fail: bool,
        rounds: &mut Rounds,
    ) -> Result<(), String> {
        self.check(options)?;
        // All else that is said does not count.
        if self == Self::AutoRotate {
            rounds.turn_upright();
            return Ok(());
        }
        let kind = OutputKind::named(&options.kind);
        if let OutputKind::Unwritable(name) = kind {
            return Err(format!("VIPS cannot save to \"{name}\""));
        }
        let edits = self.edits(options, kind, ground)?;
        rounds.add(edits, may_fail, options.keeps_rotation);
        rounds.write(kind, options);
        Ok(())
    }

    /// Tells what is missing.
    fn check(self, options: &ImaginaryOptions) -> Result<(), String> {
        let ImaginaryOptions { width, height, area_width, area_height, .. } = *options;
        let (has_none, lacks_one) = (width == 0 && height == 0, width == 0 || height == 0);
        let (lacks_areas, lacks_area) = (area_width == 0 && area_height == 0, area_width == 0 || area_height == 0);
        let has_corner = options.top > 0 || options.left > 0;
        let lacks_sigma = options.sigma == 0.0 && options.smallest_amplitude == 0.0;
        let missing = match self {
            Self::Resize | Self::Crop | Self::SmartCrop if has_none => "param: height or width",
            Self::Thumbnail if has_none => "params: width or height",
            Self::Fit | Self::Enlarge if lacks_one => "params: height, width",
            Self::Extract if lacks_area => "params: areawidth or areaheight",
            Self::Zoom if options.factor == 0 => "param: factor",
            Self::Zoom if has_corner && lacks_areas => "params: areawidth, areaheight",
            Self::Rotate if options.rotate == 0 => "param: rotate",
            Self::Convert if options.kind.is_empty() => "param: type",
            Self::Convert if OutputKind::named(&options.kind) == OutputKind::Unknown => {
                return Err(format!("Invalid image type: {}", parsing::shortened(&options.kind)));
            }
            Self::Watermark if options.text.is_empty() => "param: text",
            Self::WatermarkImage if options.image.is_empty() => "param: image",
            Self::Blur if lacks_sigma => "param: sigma or minampl",
            _ => return Ok(()),
        };
        Err(format!("Missing required {missing}"))
    }

    fn edits(self, options: &ImaginaryOptions, kind: OutputKind, ground: &Ground<'_>) -> Result<Vec<Edit>, String> {
        let flags = self.flags(options);
        let zoom = (self == Self::Zoom).then_some(options.factor);
        let bounds = geometry::bounds(options, flags, zoom)?;
        let OnTop { overlays, text } = self.laid(options, ground)?;
        let turn = self.turn(options);
        let is_laid = !overlays.is_empty() || text.is_some();
        let edit = Edit {
            bounds,
            cutout: self.cutout(options),
            effects: Effects {
                grayscale: options.is_gray && !is_laid,
                blur: blur(options.sigma),
                ..Effects::default()
            },
            overlays,
            text,
            background: background(options, kind),
            ..Edit::default()
        };
        // What lies on the picture becomes gray as well.
        let gray = Effects { grayscale: options.is_gray && is_laid, ..Effects::default() };
        let gray = Edit { effects: gray, ..Edit::default() };
        // Shares are of the picture as it is once it is turned.
        let edits = if geometry::has_shares(&edit.bounds) {
            vec![Edit { turn, ..Edit::default() }, edit, gray]
        } else {
            vec![Edit { turn, ..edit }, gray]
        };
        Ok(edits)
    }

    fn flags(self, options: &ImaginaryOptions) -> GeometryFlags {
        let crops = match self {
            Self::Crop | Self::SmartCrop => true,
            Self::Resize => options.is_uncropped == Some(false),
            Self::Enlarge => options.is_uncropped != Some(true),
            _ => false,
        };
        GeometryFlags {
            crops,
            embeds: matches!(self, Self::Resize | Self::Fit) || (options.is_embedded && self != Self::Extract),
            enlarges: self == Self::Enlarge,
            fits: self == Self::Fit,
            gravity: if self == Self::SmartCrop { Gravity::Smart } else { options.gravity },
        }
    }

    fn turn(self, options: &ImaginaryOptions) -> TurnWish {
        let degrees = options.rotate.clamp(0, i64::from(Angle::MAX_DEGREES));
        let right = (degrees - degrees % 90).min(270);
        TurnWish {
            angle: Angle::parse(&right.to_string()).unwrap_or_default(),
            // The words are the other way round than those of others, and that is how they are used.
            is_flopped: options.is_flipped || self == Self::Flip,
            is_flipped: options.is_flopped || self == Self::Flop,
        }
    }

    /// The part of the scaled picture that stays.
    fn cutout(self, options: &ImaginaryOptions) -> Option<Cutout> {
        let pixels = |number: i64| u32::try_from(number.max(0)).unwrap_or(u32::MAX);
        let side = |number: i64| Some(pixels(number)).filter(|side| *side > 0);
        let is_asked = match self {
            Self::Extract => true,
            Self::Zoom => options.top > 0 || options.left > 0,
            _ => false,
        };
        is_asked.then(|| Cutout {
            left: pixels(options.left),
            top: pixels(options.top),
            width: side(options.area_width),
            height: side(options.area_height),
        })
    }

    fn laid(self, options: &ImaginaryOptions, ground: &Ground<'_>) -> Result<OnTop, String> {
        Ok(match self {
            Self::Watermark => OnTop { text: Some(watermark::text(options)?), ..OnTop::default() },
            Self::WatermarkImage => OnTop { overlays: vec![watermark::image(options, ground)?], ..OnTop::default() },
            _ => OnTop::default(),
        })
    }
}

/// What shows where the picture is transparent: black counts as nothing, but shows in a JPEG where nothing is asked for.
fn background(options: &ImaginaryOptions, kind: OutputKind) -> Option<Paint> {
    let asked = options.background.filter(|colour| *colour != [0; 3]);
    let [red, green, blue] = asked.or_else(|| kind.is_opaque().then_some([0; 3]))?;
    Some(Paint([red, green, blue, u8::MAX]))
}

fn blur(sigma: f64) -> Option<Sigma> {
    Sigma::parse(&sigma.min(f64::from(Sigma::MAX)).to_string())
}
