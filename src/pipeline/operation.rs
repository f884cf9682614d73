//! `Operation`: one step of a rendition. Decided elsewhere; done here, or in a file of its own where it grows.

use bytes::Bytes;

use super::{RenderError, WorkError, orient, resize};
use crate::report::Stage;
use crate::request::{Background, Dimensions, Format, Orientation, OutputFormat, Quality, ResizeAlgorithm};
use codec::{CodecError, Codecs, ColourRule, Inheritance, Notice, Picture, PixelLayout};

/// One step from an original's bytes to a rendition's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Bytes to pixels, perhaps at a reduced size that is not below `target`.
    Decode { format: Format, expected: Dimensions, target: Option<Dimensions> },
    /// Bytes to pixels, one whole frame after another.
    DecodeFrames { format: Format, expected: Dimensions },
    /// To exactly these dimensions, as stored.
    Resize { dimensions: Dimensions, algorithm: ResizeAlgorithm },
    /// To sRGB, unless the rule is to preserve colours, and this output can.
    Colour(OutputFormat),
    /// To luma (ITU-R BT.601), keeping alpha.
    Grayscale,
    /// Turns the stored rows and columns upright.
    Orient(Orientation),
    /// Blends transparency with a colour.
    Flatten(Background),
    /// Pixels to bytes, no finer than this.
    Encode { output: OutputFormat, max_quality: Option<Quality> },
    /// Frames to bytes, no finer than this.
    EncodeFrames { output: OutputFormat, max_quality: Option<Quality> },
    /// Bytes to bytes of the same format and pixels, without metadata.
    Strip(OutputFormat),
}

/// What travels from step to step.
pub(super) enum State {
    Original(Bytes),
    Picture(Picture),
    Encoded(Bytes),
}

impl Operation {
    /// The stage that the operation's time counts towards.
    pub(super) fn stage(self) -> Stage {
        match self {
            Self::Decode { .. } | Self::DecodeFrames { .. } => Stage::Decode,
            Self::Resize { .. } => Stage::Resize,
            Self::Colour(_) => Stage::Colour,
            Self::Grayscale => Stage::Grayscale,
            Self::Orient(_) => Stage::Orient,
            Self::Flatten(_) => Stage::Flatten,
            Self::Encode { .. } | Self::EncodeFrames { .. } => Stage::Encode,
            Self::Strip(_) => Stage::Strip,
        }
    }

    /// Tells whether it gives the same whatever the rendition will be written as.
    pub(super) fn is_common(self, colour_rule: ColourRule) -> bool {
        match self {
            Self::Decode { .. } | Self::Resize { .. } | Self::Grayscale | Self::Orient(_) => true,
            Self::Colour(_) => colour_rule == ColourRule::Srgb,
            // Frames come one at a time.
            Self::DecodeFrames { .. } | Self::EncodeFrames { .. } => false,
            Self::Flatten(_) | Self::Encode { .. } | Self::Strip(_) => false,
        }
    }

    pub(super) fn apply(
        self,
        state: State,
        codecs: &Codecs,
        notice: &Notice,
        is_abandoned: &dyn Fn() -> bool,
        threads: impl FnOnce() -> usize,
    ) -> Result<State, RenderError> {
        Ok(match (self, state) {
            (Self::Decode { format, expected, target }, State::Original(bytes)) => {
                let decoded = codecs.decoder(format)?.decode_unless(&bytes, target, is_abandoned);
                let picture = match decoded {
                    Err(CodecError::Abandoned) => return Err(WorkError::Abandoned.into()),
                    decoded => decoded?,
                };
                State::Picture(checked(picture, format, expected, target)?)
            }
            (Self::Resize { dimensions, algorithm }, State::Picture(picture)) => {
                let is_converted_first =
                    codecs.colour_rule() == ColourRule::Srgb && !picture.colours().resizes_like_srgb();
                let picture = if is_converted_first { picture.into_srgb() } else { picture };
                State::Picture(resize::resize(picture, dimensions, algorithm)?)
            }
            (Self::Colour(output), State::Picture(picture)) => {
                let is_kept = codecs.colour_rule() == ColourRule::Preserve
                    && picture.colours().icc(picture.layout()).is_some()
                    && codecs.encoder(output)?.carries_profile(picture.layout());
                State::Picture(if is_kept { picture } else { picture.into_srgb() })
            }
            (Self::Grayscale, State::Picture(picture)) => State::Picture(grayscale(picture)),
            (Self::Orient(orientation), State::Picture(picture)) => {
                State::Picture(orient::orient(picture, orientation))
            }
            (Self::Flatten(background), State::Picture(picture)) => State::Picture(flatten(picture, background)),
            (Self::Encode { output, max_quality }, State::Picture(picture)) => {
                let inheritance = Inheritance { max_quality, notice: notice.clone() };
                let picture = picture.without_idle_alpha().without_hidden_colours();
                State::Encoded(codecs.encoder(output)?.encode_inheriting(&picture, &inheritance, threads())?.into())
            }
            (Self::Strip(output), State::Original(bytes)) => {
                State::Encoded(codecs.encoder(output)?.strip(&bytes, notice)?.into())
            }
            (operation, _) => return Err(out_of_order(operation)),
        })
    }
}

impl State {
    pub(super) fn picture(self) -> Result<Picture, RenderError> {
        match self {
            Self::Picture(picture) => Ok(picture),
            Self::Original(_) | Self::Encoded(_) => {
                Err(RenderError::Operation { operation: "encode", reason: "the plan has no picture".into() })
            }
        }
    }

    /// Tells whether an operation of a rendition that keeps format, dimensions and colours shows something else than
    /// before.
    pub(super) fn is_changed_by(&self, operation: Operation) -> bool {
        matches!((operation, self), (Operation::Grayscale, Self::Picture(picture)) if !picture.is_gray())
    }

    pub(super) fn encoded(self) -> Result<Bytes, RenderError> {
        match self {
            Self::Encoded(bytes) => Ok(bytes),
            Self::Original(_) | Self::Picture(_) => {
                Err(RenderError::Operation { operation: "finish", reason: "the plan has no encoding".into() })
            }
        }
    }
}

pub(super) fn out_of_order(operation: Operation) -> RenderError {
    RenderError::Operation { operation: operation.stage().name(), reason: "the plan is out of order".into() }
}

/// A decoder's picture must be what the header promised, or larger than the target where it was asked to scale.
fn checked(
    picture: Picture,
    format: Format,
    expected: Dimensions,
    target: Option<Dimensions>,
) -> Result<Picture, CodecError> {
    let got = picture.dimensions();
    let lowest = target.unwrap_or(expected);
    let is_between = |low: u32, value: u32, high: u32| low <= value && value <= high;
    let fits =
        is_between(lowest.width, got.width, expected.width) && is_between(lowest.height, got.height, expected.height);
    if fits {
        Ok(picture)
    } else {
        Err(CodecError::malformed(format, format!("header says {expected}, data says {got}")))
    }
}

fn luma(red: u8, green: u8, blue: u8) -> u8 {
    // BT.601 weights in 1/65536; they sum to 65536, so white stays white.
    ((u32::from(red) * 19_595 + u32::from(green) * 38_470 + u32::from(blue) * 7_471 + 32_768) >> 16) as u8
}

fn grayscale(picture: Picture) -> Picture {
    // The weights are those of sRGB, and a profile for colours does not fit gray.
    let picture = if picture.layout() == PixelLayout::Gray { picture } else { picture.into_srgb() };
    match picture.layout() {
        PixelLayout::Gray => picture,
        PixelLayout::Rgb => {
            picture.map_layout(PixelLayout::Gray, |[red, green, blue]: [u8; 3]| [luma(red, green, blue)])
        }
        PixelLayout::Rgba => picture.map_layout(PixelLayout::Rgba, |[red, green, blue, alpha]: [u8; 4]| {
            let gray = luma(red, green, blue);
            [gray, gray, gray, alpha]
        }),
    }
}

fn flatten(picture: Picture, background: Background) -> Picture {
    if !picture.layout().has_alpha() {
        return picture;
    }
    let [behind_red, behind_green, behind_blue] = background.0;
    // The background is a colour of sRGB.
    picture.into_srgb().map_layout(PixelLayout::Rgb, |[red, green, blue, alpha]: [u8; 4]| {
        let alpha = u32::from(alpha);
        let blend = |channel: u8, behind: u8| {
            let sum = u32::from(channel) * alpha + u32::from(behind) * (255 - alpha) + 127;
            (sum / 255) as u8
        };
        [blend(red, behind_red), blend(green, behind_green), blend(blue, behind_blue)]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(layout: PixelLayout, pixels: &[u8]) -> Picture {
        let width = (pixels.len() / layout.channels()) as u32;
        Picture::new(Dimensions::new(width, 1), layout, pixels.to_vec()).unwrap()
    }

    #[test]
    fn transparency_becomes_the_background() {
        let translucent = picture(PixelLayout::Rgba, &[10, 20, 30, 0, 10, 20, 30, 255, 0, 0, 0, 128]);
        let on_white = flatten(translucent.clone(), Background::WHITE);
        assert_eq!(on_white, picture(PixelLayout::Rgb, &[255, 255, 255, 10, 20, 30, 127, 127, 127]));
        let on_orange = flatten(translucent, Background([255, 128, 0]));
        assert_eq!(on_orange, picture(PixelLayout::Rgb, &[255, 128, 0, 10, 20, 30, 127, 64, 0]));
    }

    #[test]
    fn gray_keeps_black_white_and_alpha() {
        let gray = grayscale(picture(PixelLayout::Rgb, &[0, 0, 0, 255, 255, 255, 255, 0, 0]));
        assert_eq!(gray, picture(PixelLayout::Gray, &[0, 255, 76]));
        let with_alpha = grayscale(picture(PixelLayout::Rgba, &[0, 255, 0, 7]));
        assert_eq!(with_alpha, picture(PixelLayout::Rgba, &[150, 150, 150, 7]));
    }

    #[test]
    fn a_decoder_that_gives_less_than_the_target_is_not_believed() {
        let expected = Dimensions::new(8, 4);
        let target = Some(Dimensions::new(4, 2));
        let decoded = |width, height| {
            let pixels = vec![0; (width * height) as usize];
            Picture::new(Dimensions::new(width, height), PixelLayout::Gray, pixels).unwrap()
        };
        assert!(checked(decoded(4, 2), Format::Jpeg, expected, target).is_ok());
        assert!(checked(decoded(8, 4), Format::Jpeg, expected, None).is_ok());
        assert!(checked(decoded(2, 1), Format::Jpeg, expected, target).is_err());
        assert!(checked(decoded(4, 2), Format::Jpeg, expected, None).is_err());
        assert!(checked(decoded(9, 4), Format::Jpeg, expected, target).is_err());
    }
}
