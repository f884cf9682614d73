//! Decides the steps: a pure function from facts and recipe to a list of operations.

use super::Operation;
use crate::request::{Facts, Recipe, Reuse};

/// The operations that make `recipe` out of an original with these facts, in order.
///
/// Colours are converted when the picture is small. It is turned upright last, when it is small; so decoding and resizing work in stored coordinates.
pub fn plan(facts: &Facts, recipe: &Recipe) -> Vec<Operation> {
    let Recipe { format, resize, grayscale, background, is_animated, max_quality, reuse } = *recipe;
    if reuse == Reuse::CodedPixels {
        return vec![Operation::Strip(format)];
    }
    let target = resize.map(|resize| facts.orientation.applied_to(resize.dimensions));
    let is_drawn = facts.format.is_vector();
    let expected = target.filter(|_| is_drawn).unwrap_or(facts.stored);
    let decode = if is_animated {
        Operation::DecodeFrames { format: facts.format, expected }
    } else {
        Operation::Decode { format: facts.format, expected, target }
    };
    let mut operations = vec![decode];
    if is_drawn {
        // At the dimensions that are wanted.
    } else if let (Some(resize), Some(target)) = (resize, target) {
        operations.push(Operation::Resize { dimensions: target, algorithm: resize.algorithm });
    }
    operations.push(Operation::Colour(format));
    if grayscale {
        operations.push(Operation::Grayscale);
    }
    if facts.orientation != Default::default() {
        operations.push(Operation::Orient(facts.orientation));
    }
    if let Some(background) = background {
        operations.push(Operation::Flatten(background));
    }
    operations.push(if is_animated {
        Operation::EncodeFrames { output: format, max_quality }
    } else {
        Operation::Encode { output: format, max_quality }
    });
    operations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Background, Dimensions, Format, Orientation, OutputFormat, Quality, Resize, ResizeAlgorithm};

    #[test]
    fn a_rotated_photo_is_resized_as_stored_and_turned_last() {
        let stored = Dimensions::new(4000, 3000);
        let facts = Facts {
            format: Format::Jpeg,
            stored,
            orientation: Orientation::Rotated90,
            frames: 1,
            decoding: <_>::default(),
            condition: <_>::default(),
        };
        let resize = Resize { dimensions: Dimensions::new(300, 400), algorithm: ResizeAlgorithm::Lanczos3 };
        let format = OutputFormat::named("jpeg").unwrap();
        let (target, background) = (Dimensions::new(400, 300), Background::WHITE);
        let (max_quality, reuse) = (Some(Quality::new(60)), Reuse::Nothing);
        let (resize, blended) = (Some(resize), Some(background));
        let recipe =
            Recipe { format, resize, grayscale: true, background: blended, is_animated: false, max_quality, reuse };
        assert_eq!(
            plan(&facts, &recipe),
            [
                Operation::Decode { format: Format::Jpeg, expected: stored, target: Some(target) },
                Operation::Resize { dimensions: target, algorithm: ResizeAlgorithm::Lanczos3 },
                Operation::Colour(format),
                Operation::Grayscale,
                Operation::Orient(Orientation::Rotated90),
                Operation::Flatten(background),
                Operation::Encode { output: format, max_quality },
            ]
        );
    }

    #[test]
    fn a_conversion_is_decoded_and_encoded_and_nothing_else() {
        let stored = Dimensions::new(10, 10);
        let facts = Facts {
            format: Format::Png,
            stored,
            orientation: Orientation::Upright,
            frames: 1,
            decoding: <_>::default(),
            condition: <_>::default(),
        };
        let format = OutputFormat::named("webp").unwrap();
        let (max_quality, reuse) = (None, Reuse::Whole);
        let recipe =
            Recipe { format, resize: None, grayscale: false, background: None, is_animated: false, max_quality, reuse };
        assert_eq!(
            plan(&facts, &recipe),
            [
                Operation::Decode { format: Format::Png, expected: stored, target: None },
                Operation::Colour(format),
                Operation::Encode { output: format, max_quality }
            ]
        );
        let stripped = Recipe { reuse: Reuse::CodedPixels, ..recipe };
        assert_eq!(plan(&facts, &stripped), [Operation::Strip(format)]);
    }

    #[test]
    fn an_animation_takes_the_same_steps_between_its_decoder_and_its_encoder() {
        let stored = Dimensions::new(10, 10);
        let facts = Facts {
            format: Format::Gif,
            stored,
            orientation: Orientation::Upright,
            frames: 2,
            decoding: <_>::default(),
            condition: <_>::default(),
        };
        let format = OutputFormat::named("webp").unwrap();
        let dimensions = Dimensions::new(5, 5);
        let resize = Some(Resize { dimensions, algorithm: ResizeAlgorithm::Lanczos3 });
        let (max_quality, reuse) = (Some(Quality::new(50)), Reuse::Nothing);
        let recipe =
            Recipe { format, resize, grayscale: true, background: None, is_animated: true, max_quality, reuse };
        assert_eq!(
            plan(&facts, &recipe),
            [
                Operation::DecodeFrames { format: Format::Gif, expected: stored },
                Operation::Resize { dimensions, algorithm: ResizeAlgorithm::Lanczos3 },
                Operation::Colour(format),
                Operation::Grayscale,
                Operation::EncodeFrames { output: format, max_quality }
            ]
        );
    }
}
