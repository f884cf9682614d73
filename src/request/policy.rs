//! `OutputPolicy`: what the operator decided for all requests.

use std::sync::Arc;

use codec::{Codings, Fonts};

use super::{Accepted, AllowedSizes, AnimationPolicy, Background, OutputFormat, OverlayWish, ResizeAlgorithm};

/// What the operator decided for all requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputPolicy {
    /// The formats that renditions may have where they are images; never empty. The first stands in where none is asked
    /// for and the original's own is not among them.
    pub allowed_formats: Vec<OutputFormat>,
    /// The formats that are negotiated, the best first.
    pub preferred_formats: Vec<OutputFormat>,
    /// How each format is written where nothing else is asked for.
    pub codings: Codings,
    /// How pixels are weighed where a request does not say.
    pub resize_algorithm: ResizeAlgorithm,
    /// What becomes much smaller is sharpened a little, where a request says nothing of sharpness.
    pub sharpens_reduced: bool,
    /// The longest side of a rendition, in pixels.
    pub max_side: u32,
    /// What shows through where a format cannot be transparent.
    pub background: Background,
    /// Which animations stay animated.
    pub animation: AnimationPolicy,
    /// Renditions keep the profile of colours that are not sRGB.
    pub keeps_profiles: bool,
    /// Renditions keep copyright and artist.
    pub keeps_notices: bool,
    /// The families of fonts that text may be set in.
    pub families: Arc<[String]>,
    /// What lies over all renditions; no request takes it off ([`Wish::marked`](super::Wish::marked)).
    pub watermark: Option<OverlayWish>,
    /// The lengths that edges may have that are asked for; `None` for any.
    pub sizes: Option<AllowedSizes>,
}

impl OutputPolicy {
    /// The longest side of a rendition where the operator says nothing, in pixels.
    pub const MAX_SIDE: u32 = 16_384;

    /// What holds where the operator says nothing but how formats are written.
    pub fn new(codings: Codings) -> Self {
        Self {
            allowed_formats: OutputFormat::images().collect(),
            preferred_formats: Accepted::NEGOTIABLE.into_iter().filter_map(OutputFormat::same_as).collect(),
            codings,
            resize_algorithm: ResizeAlgorithm::Lanczos3,
            sharpens_reduced: false,
            max_side: Self::MAX_SIDE,
            background: Background::WHITE,
            animation: AnimationPolicy::default(),
            keeps_profiles: false,
            keeps_notices: false,
            families: [Fonts::OWN_FAMILY.to_owned()].into(),
            watermark: None,
            sizes: None,
        }
    }

    /// Tells whether renditions may have this format. What is no image is nobody's choice but the client's.
    pub fn allows(&self, output: OutputFormat) -> bool {
        output.format().is_none() || self.allowed_formats.contains(&output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::recipe::tests::{PHOTO, policy};
    use crate::request::{Format, FormatWish, OutputWish, Recipe, RecipeError, Wish};

    #[test]
    fn what_is_not_offered_is_made_for_who_names_it_unless_the_operator_lists_other_formats() {
        let named = |output, policy: &OutputPolicy| {
            let wish = OutputWish { format: Some(FormatWish::Named(output)), ..OutputWish::default() };
            Recipe::new(&Wish::new(wish), &PHOTO, &[], policy).map(|recipe| recipe.unwrap().output.format)
        };
        let listed = |formats: &[OutputFormat]| OutputPolicy { allowed_formats: formats.to_vec(), ..policy() };
        for output in [OutputFormat::BMP, OutputFormat::TIFF] {
            assert_eq!(named(output, &policy()), Ok(output));
            assert_eq!(named(output, &listed(&[OutputFormat::PNG, output])), Ok(output));
            let refused = named(output, &listed(&[OutputFormat::PNG]));
            let allowed = vec![OutputFormat::PNG];
            assert_eq!(refused, Err(RecipeError::FormatNotAllowed { asked: output, allowed }));
        }
    }

    #[test]
    fn an_original_of_a_format_that_is_not_offered_is_made_as_ever() {
        for format in [Format::Bmp, Format::Tiff] {
            let facts = codec::Facts { format, ..PHOTO };
            let recipe = Recipe::new(&crate::request::recipe::tests::sized("40"), &facts, &[], &policy());
            assert_eq!(recipe.unwrap().unwrap().output.format, OutputFormat::PNG, "{format}");
            assert_eq!(Recipe::new(&Wish::default(), &facts, &[], &policy()), Ok(None), "{format}");
        }
    }
}
