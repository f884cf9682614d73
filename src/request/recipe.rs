//! `Recipe`: everything about a rendition decided before work begins, and the key that follows from it.

use std::fmt::Write as _;

use super::{Background, Dimensions, Facts, Format, ImagePath, OutputFormat, Quality, Reuse, Stamp, Transform};

/// Room for all of a key but its path, so that it need not grow while it is written.
const KEY_BYTES: usize = 120;

/// How pixels are weighed when a picture is made smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResizeAlgorithm {
    /// Lanczos with three lobes: the sharpest.
    Lanczos3,
    /// Cubic convolution (Catmull-Rom, a = -0.5).
    Bicubic,
    /// A Gaussian, soft and free of ringing.
    Gaussian,
    /// The mean of the covered pixels: the cheapest.
    Thumbnail,
}

/// What the operator decided for all requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputPolicy {
    /// The formats that renditions may have; never empty. The first stands in where none is asked for and the
    /// original's own is not among them.
    pub allowed_formats: Vec<OutputFormat>,
    pub resize_algorithm: ResizeAlgorithm,
    /// The longest side of a rendition, in pixels.
    pub max_side: u32,
    /// What shows through where a format cannot be transparent.
    pub background: Background,
    pub animation: AnimationPolicy,
    /// Renditions keep the profile of colours that are not sRGB.
    pub keeps_profiles: bool,
    /// Renditions keep copyright and artist.
    pub keeps_notices: bool,
}

/// Which animations stay animated; of all others the first frame is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnimationPolicy {
    pub is_kept: bool,
    pub max_frames: u32,
    /// The number of frames times the pixels of the original.
    pub max_pixels: u64,
}

impl Default for AnimationPolicy {
    fn default() -> Self {
        Self { is_kept: true, max_frames: 1000, max_pixels: 50_000_000 }
    }
}

impl AnimationPolicy {
    /// No animation stays animated.
    pub const STILL: Self = Self { is_kept: false, max_frames: 0, max_pixels: 0 };

    fn keeps(self, facts: &Facts) -> bool {
        let is_animated = facts.frames > 1 && facts.format.can_animate();
        is_animated && self.is_kept && facts.frames <= self.max_frames && facts.animated_pixels() <= self.max_pixels
    }
}

/// A rendition, fully decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recipe {
    pub format: OutputFormat,
    /// `None` where the rendition keeps the dimensions of the original.
    pub resize: Option<Resize>,
    pub grayscale: bool,
    /// What transparency is blended with; `None` where the format keeps it.
    pub background: Option<Background>,
    /// All frames of the original, rather than the first.
    pub is_animated: bool,
    /// The finest quality that the original is worth, where it is lossy and the rendition is, too.
    pub max_quality: Option<Quality>,
    pub reuse: Reuse,
}

/// The dimensions of a smaller rendition, as displayed, and how to reach them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resize {
    pub dimensions: Dimensions,
    pub algorithm: ResizeAlgorithm,
}

/// Why no recipe answers a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecipeError {
    #[error("format: expected one of {}, got {asked}", names(allowed))]
    FormatNotAllowed { asked: OutputFormat, allowed: Vec<OutputFormat> },
    #[error("size: expected one that gives a rendition of at most {limit} pixels a side, got {dimensions}")]
    TooLarge { limit: u32, dimensions: Dimensions },
}

fn names(formats: &[OutputFormat]) -> String {
    formats.iter().map(|output| output.format().name()).collect::<Vec<_>>().join(", ")
}

impl ResizeAlgorithm {
    const NAMES: [(&str, Self); 5] = [
        // Lanczos after scaled decoding costs 1 to 5 ms whatever the target (docs/formats.md), so there is nothing
        // for a cheaper filter to win.
        ("auto", Self::Lanczos3),
        ("lanczos3", Self::Lanczos3),
        ("bicubic", Self::Bicubic),
        ("gaussian", Self::Gaussian),
        ("thumbnail", Self::Thumbnail),
    ];

    /// Parses a name, in any letter case; `auto` is decided here.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, algorithm)| *algorithm)
    }

    /// All names that [`Self::named`] accepts.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().map(|(name, _)| *name)
    }
}

impl Recipe {
    /// Decides what answers `transform` for an original with these facts; `None` means the original's own bytes,
    /// because nothing that was asked changes it, and it is already what a rendition would be.
    ///
    /// # Errors
    /// The format asked for is not among the allowed ones, or the rendition would be too large.
    pub fn new(transform: &Transform, facts: &Facts, policy: &OutputPolicy) -> Result<Option<Self>, RecipeError> {
        let Transform { size, format, resize_algorithm, grayscale } = *transform;
        let allowed = &policy.allowed_formats;
        if let Some(asked) = format.filter(|asked| !allowed.contains(asked)) {
            return Err(RecipeError::FormatNotAllowed { asked, allowed: allowed.clone() });
        }
        let displayed = facts.displayed();
        let is_drawn = facts.format.is_vector();
        let fit = if is_drawn { Dimensions::scaled_to } else { Dimensions::fit_within };
        let dimensions = size.map_or(displayed, |size| fit(displayed, size.pixels()));
        let resize = (dimensions != displayed)
            .then(|| Resize { dimensions, algorithm: resize_algorithm.unwrap_or(policy.resize_algorithm) });
        let is_converted = format.is_some_and(|asked| asked.format() != facts.format);
        // A drawing of just the size asked for is still asked for as pixels.
        let is_rasterised = is_drawn && size.is_some();
        let is_same_shape = !is_converted && !is_rasterised && resize.is_none();
        let own = OutputFormat::same_as(facts.format);
        let reuse = Reuse::of(facts, policy);
        // A format that is not written cannot be made anew.
        if is_same_shape && !grayscale && (own.is_none() || reuse == Reuse::Whole) {
            return Ok(None);
        }
        let is_kept = policy.animation.keeps(facts);
        let format = format.unwrap_or_else(|| Self::unasked_format(facts.format, is_kept, allowed));
        let reuse = if is_same_shape && own == Some(format) { reuse.after(grayscale) } else { Reuse::Nothing };
        if reuse == Reuse::CodedPixels {
            return Ok(Some(Self {
                format,
                resize,
                grayscale,
                background: None,
                is_animated: false,
                max_quality: None,
                reuse,
            }));
        }
        if dimensions.longest_edge() > policy.max_side {
            return Err(RecipeError::TooLarge { limit: policy.max_side, dimensions });
        }
        let background = (!format.format().has_alpha()).then_some(policy.background);
        let quality = facts.condition.quality.filter(|_| format != OutputFormat::LOSSLESS);
        let max_quality =
            quality.map(|quality| quality.after_reduction(displayed.longest_edge(), dimensions.longest_edge()));
        let is_animated = is_kept && format.format().can_animate();
        Ok(Some(Self { format, resize, grayscale, background, is_animated, max_quality, reuse }))
    }

    fn unasked_format(original: Format, is_animated: bool, allowed: &[OutputFormat]) -> OutputFormat {
        // A still GIF would lose colours for nothing.
        let own = OutputFormat::same_as(original).filter(|_| is_animated || original != Format::Gif);
        let own = own.unwrap_or(OutputFormat::LOSSLESS);
        if allowed.contains(&own) { own } else { allowed.first().copied().unwrap_or(own) }
    }

    /// The key of the rendition: equal for requests that mean the same, new whenever the original, the recipe or
    /// the encoder settings (given as a digest) change. Readable, exact and free of collisions.
    pub fn key(&self, path: &ImagePath, stamp: &Stamp, settings_digest: u64) -> String {
        // Without `..`: a field that is not in the key does not compile.
        let Self { format, resize, grayscale, background, is_animated, max_quality, reuse } = self;
        let mut key = String::with_capacity(KEY_BYTES + path.as_str().len());
        // Writing to a String cannot fail.
        let _ = write!(key, "1 {settings_digest:016x} {stamp} {format}");
        if let Some(Resize { dimensions, algorithm }) = resize {
            let _ = write!(key, " {dimensions} {algorithm:?}");
        }
        if *grayscale {
            key.push_str(" gray");
        }
        if let Some(background) = background {
            let _ = write!(key, " on {background}");
        }
        if *is_animated {
            key.push_str(" animated");
        }
        if let Some(quality) = max_quality {
            let _ = write!(key, " at most {}", quality.number());
        }
        key.push_str(reuse.in_key());
        // No path begins with a slash, and no field above holds one: the path cannot be taken for a field.
        key.push_str(" /");
        key.push_str(path.as_str());
        key
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::request::{Condition, Decoding, Orientation, Size};

    pub const PHOTO: Facts = Facts {
        format: Format::Jpeg,
        stored: Dimensions::new(4000, 3000),
        orientation: Orientation::Upright,
        frames: 1,
        decoding: Decoding { pixel_bytes: 3, working_bytes: 0 },
        condition: Condition::CLEAN,
    };

    pub fn policy() -> OutputPolicy {
        OutputPolicy {
            allowed_formats: OutputFormat::all().collect(),
            resize_algorithm: ResizeAlgorithm::Lanczos3,
            max_side: 5000,
            background: Background::WHITE,
            animation: AnimationPolicy { is_kept: true, max_frames: 10, max_pixels: 120_000_000 },
            keeps_profiles: false,
            keeps_notices: false,
        }
    }

    pub fn sized(pixels: &str) -> Transform {
        Transform { size: Size::parse(pixels).ok(), ..Transform::default() }
    }

    pub fn recipe(transform: &Transform, facts: &Facts) -> Option<Recipe> {
        Recipe::new(transform, facts, &policy()).unwrap()
    }

    #[test]
    fn requests_that_mean_the_same_are_one_recipe() {
        let named = Transform { format: OutputFormat::named("jpg"), ..sized("400") };
        let spelt_out = Transform { resize_algorithm: ResizeAlgorithm::named("auto"), ..sized("0400") };
        assert_eq!(recipe(&sized("400"), &PHOTO), recipe(&named, &PHOTO));
        assert_eq!(recipe(&sized("400"), &PHOTO), recipe(&spelt_out, &PHOTO));
        let webp = Transform { format: OutputFormat::named("webp"), ..Transform::default() };
        let huge_webp = Transform { format: OutputFormat::named("webp"), ..sized("9000") };
        assert_eq!(recipe(&webp, &PHOTO), recipe(&huge_webp, &PHOTO));
    }

    #[test]
    fn a_request_that_changes_nothing_has_no_recipe() {
        let same = Transform { format: OutputFormat::named("jpeg"), ..sized("4000") };
        assert_eq!(recipe(&same, &PHOTO), None);
        assert_eq!(recipe(&sized("9000"), &PHOTO), None);
        let gray = Transform { grayscale: true, ..same };
        assert!(recipe(&gray, &PHOTO).is_some());
    }

    #[test]
    fn the_box_applies_to_the_picture_as_displayed() {
        let rotated = Facts { orientation: Orientation::Rotated90, ..PHOTO };
        let resize = recipe(&sized("400"), &rotated).unwrap().resize.unwrap();
        assert_eq!(resize.dimensions, Dimensions::new(300, 400));
    }

    #[test]
    fn an_original_that_cannot_be_written_becomes_png() {
        let gif = Facts { format: Format::Gif, ..PHOTO };
        assert_eq!(recipe(&sized("400"), &gif).unwrap().format, OutputFormat::LOSSLESS);
        assert_eq!(recipe(&sized("4000"), &gif), None);
    }

    #[test]
    fn an_animation_stays_one_within_the_limits_where_the_format_can_hold_it() {
        let made = |frames, format: Option<&str>| {
            let gif = Facts { format: Format::Gif, frames, ..PHOTO };
            let wish = Transform { format: format.and_then(OutputFormat::named), ..sized("400") };
            let recipe = recipe(&wish, &gif).unwrap();
            (recipe.format.format().name(), recipe.is_animated)
        };
        assert_eq!(made(10, None), ("gif", true));
        assert_eq!(made(11, None), ("png", false));
        assert_eq!(made(1, None), ("png", false));
        assert_eq!(["gif", "png", "webp"].map(|name| made(2, Some(name)).1), [true; 3]);
        assert_eq!(["avif", "jpeg"].map(|name| made(2, Some(name)).1), [false; 2]);
        assert_eq!(made(11, Some("webp")), ("webp", false));
        let large = Facts { format: Format::WebP, frames: 2, stored: Dimensions::new(8000, 7501), ..PHOTO };
        assert!(!recipe(&sized("400"), &large).unwrap().is_animated);
        let just_fits = Facts { stored: Dimensions::new(8000, 7500), ..large };
        assert!(recipe(&sized("400"), &just_fits).unwrap().is_animated);
        let off = OutputPolicy { animation: AnimationPolicy::STILL, ..policy() };
        assert!(!Recipe::new(&sized("400"), &just_fits, &off).unwrap().unwrap().is_animated);
    }

    #[test]
    fn only_allowed_formats_are_made() {
        let webp = OutputFormat::named("webp").unwrap();
        let policy = OutputPolicy { allowed_formats: vec![webp], ..policy() };
        let asked = OutputFormat::named("png").unwrap();
        let png = Transform { format: Some(asked), ..Transform::default() };
        let refused = RecipeError::FormatNotAllowed { asked, allowed: vec![webp] };
        assert_eq!(refused.to_string(), "format: expected one of webp, got png");
        assert_eq!(Recipe::new(&png, &PHOTO, &policy), Err(refused));
        assert_eq!(Recipe::new(&sized("400"), &PHOTO, &policy).unwrap().unwrap().format, webp);
    }

    #[test]
    fn the_background_is_decided_where_it_shows() {
        let policy = OutputPolicy { background: Background([0; 3]), ..policy() };
        let background = |format| {
            let wish = Transform { format: OutputFormat::named(format), ..sized("400") };
            Recipe::new(&wish, &PHOTO, &policy).unwrap().unwrap().background
        };
        assert_eq!(background("jpeg"), Some(Background([0; 3])));
        assert_eq!(["avif", "png", "webp"].map(background), [None; 3]);
    }

    #[test]
    fn a_rendition_has_a_longest_side() {
        let long = Facts { stored: Dimensions::new(5001, 10), ..PHOTO };
        let gray = Transform { grayscale: true, ..Transform::default() };
        let refused = Recipe::new(&gray, &long, &policy()).unwrap_err();
        let text = "size: expected one that gives a rendition of at most 5000 pixels a side, got 5001x10";
        assert_eq!(refused.to_string(), text);
        assert!(recipe(&Transform { grayscale: true, ..sized("5000") }, &long).is_some());
        assert_eq!(recipe(&Transform::default(), &long), None);
    }

    #[test]
    fn a_path_cannot_be_taken_for_a_wish() {
        let key = |path: &str, recipe: Recipe| {
            let stamp = Stamp::Response { digest: 1 };
            recipe.key(&ImagePath::from_decoded(path).unwrap(), &stamp, 7)
        };
        let plain = recipe(&sized("400"), &PHOTO).unwrap();
        assert_ne!(key("gray a.jpg", plain), key("a.jpg", Recipe { grayscale: true, ..plain }));
        assert_ne!(key("gray /a.jpg", plain), key("a.jpg", Recipe { grayscale: true, ..plain }));
    }

    #[test]
    fn everything_that_matters_is_in_the_key() {
        let path = ImagePath::from_decoded("a/b.jpg").unwrap();
        let stamp = Stamp::File { size: 1, modified_nanoseconds: 2, inode: 3 };
        let plain = recipe(&sized("400"), &PHOTO).unwrap();
        let base = plain.key(&path, &stamp, 7);
        let other_stamps = [(2, 2, 3), (1, 3, 3), (1, 2, 4)].map(|(size, modified_nanoseconds, inode)| {
            plain.key(&path, &Stamp::File { size, modified_nanoseconds, inode }, 7)
        });
        let gray = Recipe { grayscale: true, ..plain }.key(&path, &stamp, 7);
        let converted = Recipe { format: OutputFormat::LOSSLESS, ..plain }.key(&path, &stamp, 7);
        let unsized_ = Recipe { resize: None, ..plain }.key(&path, &stamp, 7);
        let on_black = Recipe { background: Background::parse("black"), ..plain }.key(&path, &stamp, 7);
        let animated = Recipe { is_animated: true, ..plain }.key(&path, &stamp, 7);
        let capped = Recipe { max_quality: Some(Quality::new(60)), ..plain }.key(&path, &stamp, 7);
        let mut keys =
            vec![base.clone(), gray, converted, unsized_, on_black, animated, capped, plain.key(&path, &stamp, 8)];
        keys.extend([Reuse::CodedPixels, Reuse::Whole].map(|reuse| Recipe { reuse, ..plain }.key(&path, &stamp, 7)));
        keys.extend(other_stamps);
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 13, "{keys:#?}");
        assert_eq!(base, plain.key(&path, &stamp, 7));
    }
}
