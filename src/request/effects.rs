//! `Effects`: what is done to pixels, whatever the size of the picture.

use std::fmt;
use std::num::NonZeroU32;

use super::step::{Blur, Gray, Opacity, Pixelate, Sharpen, Tone};
use super::{Course, OutputPolicy, RecipeError, Sharpness, Sigma, SizedBlur, Tones};

/// What is done to pixels. A field at its default was not asked for. The order of work is that of the fields.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Effects {
    /// Gray in place of colours.
    pub grayscale: bool,
    /// A Gaussian.
    pub blur: Option<Sigma>,
    /// One that follows from the picture, where no other is asked for.
    pub sized_blur: Option<SizedBlur>,
    /// Light and colours.
    pub tones: Tones,
    /// Finer detail.
    pub sharpen: Option<Sharpness>,
    /// Squares of one colour: the length of their sides, in pixels.
    pub pixelate: Option<NonZeroU32>,
    /// Squares are no larger than the picture is long, and what they lack at its right and at its bottom is what a mirror there
    /// shows.
    pub mirrors_squares: bool,
    /// How much is left of the picture, in percent; `None` for all of it.
    pub opacity_percent: Option<u8>,
}

/// The text is in the keys of what is left open. What came after others had keys is in it only where it is asked for.
impl fmt::Debug for Effects {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without `..`: an effect that is not in the text does not compile.
        let Self { grayscale, blur, sized_blur, tones, sharpen, pixelate, mirrors_squares, opacity_percent } = self;
        let mut text = formatter.debug_struct("Effects");
        text.field("grayscale", grayscale).field("blur", blur).field("tones", tones).field("sharpen", sharpen);
        text.field("pixelate", pixelate).field("opacity_percent", opacity_percent);
        if let Some(blur) = sized_blur {
            text.field("sized_blur", blur);
        }
        if *mirrors_squares {
            text.field("mirrors_squares", mirrors_squares);
        }
        text.finish()
    }
}

impl Effects {
    /// Where nothing is said of sharpness, the picture may be sharpened a little.
    pub(super) fn decide(&self, course: &mut Course, sharpens: bool, policy: &OutputPolicy) -> Result<(), RecipeError> {
        // Without `..`: a wish that is not decided does not compile.
        let Self { grayscale, blur, sized_blur, tones, sharpen, pixelate, mirrors_squares, opacity_percent } = self;
        let blur = blur.or_else(|| sized_blur.and_then(|blur| blur.sigma(course.shape.dimensions)));
        if *grayscale {
            course.take(Gray.into(), policy)?;
        }
        if let Some(sigma) = blur {
            course.take(Blur { sigma }.into(), policy)?;
        }
        let tones = if *grayscale { tones.of_gray() } else { *tones };
        if !tones.is_empty() {
            course.take(Tone { tones }.into(), policy)?;
        }
        let usual = (sharpens && blur.is_none() && pixelate.is_none()).then_some(Sharpness::REDUCED);
        if let Some(sharpness) = sharpen.or(usual) {
            course.take(Sharpen { sharpness }.into(), policy)?;
        }
        if let Some(side) = *pixelate {
            course.take(Pixelate { side, is_mirrored: *mirrors_squares }.into(), policy)?;
        }
        if let Some(percent) = *opacity_percent {
            course.take(Opacity { percent }.into(), policy)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::recipe::tests::policy;
    use crate::request::{Alteration, Dimensions, Hue, Shape, Step};

    fn decided(effects: &Effects) -> Vec<Step> {
        let mut course = Course::to_decide(vec![], Shape::of_pixels(Dimensions::new(40, 30)));
        effects.decide(&mut course, false, &policy()).unwrap();
        course.steps
    }

    #[test]
    fn gray_has_no_saturation_and_no_hue() {
        let gray = Effects { grayscale: true, ..Effects::default() };
        let tones =
            Tones { saturation: Alteration::parse("50").unwrap(), hue: Hue::parse("90").unwrap(), ..Tones::default() };
        assert_eq!(decided(&Effects { tones, ..gray.clone() }), decided(&gray));
        let tones = Tones { contrast: Alteration::parse("50").unwrap(), ..tones };
        let contrast = Tones { contrast: tones.contrast, ..Tones::default() };
        assert_eq!(decided(&Effects { tones, ..gray }), [Gray.into(), Tone { tones: contrast }.into()]);
    }
}
