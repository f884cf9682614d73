//! A picture as a data URI (RFC 2397) that is short enough to stand in a page: what is shown until it has come, without a script.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::webp::{Settings, WebP};
use crate::{Choices, CodecError, Coding, Dimensions, Encoder, Limits, Medium, Notice, Picture, PixelLayout, Quality};

/// The longest URI, in bytes.
const MAX_BYTES: usize = 400;
const PREFIX: &str = "data:image/webp;base64,";
/// Tried one after the other.
const QUALITIES: [u8; 8] = [75, 60, 45, 30, 20, 10, 5, 1];
const EFFORT: u8 = 6;

/// Writes such URIs: WebP, which every browser shows that is kept up, as fine as fits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lqip;

impl Encoder for Lqip {
    fn coding(&self) -> Coding {
        Coding::default()
    }

    fn choices(&self) -> Choices {
        Choices::NONE
    }

    fn encode_as(&self, picture: &Picture, _: &Coding, _: &Notice, _threads: usize) -> Result<Vec<u8>, CodecError> {
        let webp = WebP::new(Settings::default(), Limits::default());
        let mut picture = picture.clone();
        loop {
            for quality in QUALITIES {
                let coding = Coding::new(Some(Quality::new(quality)), EFFORT);
                let file = webp.encode_as(&picture, &coding, &Notice::default(), 1)?;
                let uri = [PREFIX, &STANDARD.encode(file)].concat();
                if uri.len() <= MAX_BYTES {
                    return Ok(uri.into_bytes());
                }
            }
            picture = match halved(&picture) {
                Some(half) => half,
                None => return Err(CodecError::encode(Medium::Lqip, "one pixel is too long")),
            };
        }
    }

    fn carries_notice(&self) -> bool {
        false
    }

    /// No original is such a text.
    fn strip(&self, _original: &[u8], _notice: &Notice) -> Result<Vec<u8>, CodecError> {
        Err(CodecError::encode(Medium::Lqip, "there is no metadata to take out"))
    }

    fn working_bytes(&self, dimensions: Dimensions, layout: PixelLayout, coding: &Coding) -> u64 {
        let webp = WebP::new(Settings::default(), Limits::default());
        Encoder::working_bytes(&webp, dimensions, layout, coding) + dimensions.pixels() * 4
    }

    fn version(&self) -> String {
        "lqip v1;".to_owned()
    }
}

/// At half of both sides, rounded up: the mean of what is there of every two by two pixels, weighted by alpha. `None` for one
/// pixel.
fn halved(picture: &Picture) -> Option<Picture> {
    let Dimensions { width, height } = picture.dimensions();
    let half = Dimensions::new(width.div_ceil(2), height.div_ceil(2));
    if half == picture.dimensions() {
        return None;
    }
    let (layout, pixels) = (picture.layout(), picture.pixels());
    let channels = layout.channels();
    let pixel = |x: u32, y: u32| {
        let at = (y as usize * width as usize + x as usize) * channels;
        pixels.get(at..at + channels).filter(|_| x < width && y < height)
    };
    let mut means = Vec::with_capacity(half.pixels() as usize * channels);
    for (x, y) in (0..half.height).flat_map(|y| (0..half.width).map(move |x| (x * 2, y * 2))) {
        let four: Vec<&[u8]> =
            [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)].into_iter().filter_map(|(x, y)| pixel(x, y)).collect();
        let alpha = |pixel: &[u8]| pixel.get(3).map_or(u32::from(u8::MAX), |alpha| u32::from(*alpha));
        let weight: u32 = four.iter().map(|pixel| alpha(pixel)).sum();
        for channel in 0..channels {
            let level = |pixel: &&&[u8]| pixel.get(channel).map_or(0, |level| u32::from(*level));
            let count = four.len() as u32;
            let mean = if channel == 3 {
                (weight + count / 2).checked_div(count)
            } else {
                (four.iter().map(|pixel| level(&pixel) * alpha(pixel)).sum::<u32>() + weight / 2).checked_div(weight)
            };
            // A mean of bytes.
            means.push(mean.unwrap_or_default() as u8);
        }
    }
    Picture::new(half, layout, means)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Codec as _;

    fn noise(layout: PixelLayout, width: u32, height: u32) -> Picture {
        let bytes = (width * height) as usize * layout.channels();
        let pixels = (0..bytes as u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        Picture::new(Dimensions::new(width, height), layout, pixels).unwrap()
    }

    fn shown(picture: &Picture) -> Picture {
        let uri = String::from_utf8(Lqip.encode(picture).unwrap()).unwrap();
        assert!(uri.len() <= MAX_BYTES, "{}: {uri}", uri.len());
        let file = STANDARD.decode(uri.strip_prefix(PREFIX).unwrap()).unwrap();
        WebP::new(Settings::default(), Limits::default()).decode(&file, None).unwrap()
    }

    #[test]
    fn even_noise_is_short_enough() {
        for layout in [PixelLayout::Gray, PixelLayout::Rgb, PixelLayout::Rgba] {
            for (width, height) in [(32, 32), (32, 1), (1, 32), (1, 1)] {
                let shown = shown(&noise(layout, width, height));
                assert!(shown.dimensions().longest_edge() <= width.max(height), "{layout:?} {width}x{height}");
            }
        }
        assert_eq!(shown(&noise(PixelLayout::Rgb, 32, 24)).dimensions(), Dimensions::new(32, 24));
    }

    #[test]
    fn transparency_is_kept() {
        let pixels = (0..32 * 24).flat_map(|at| [200, 40, 40, if at % 32 < 16 { 0 } else { 255 }]).collect();
        let picture = Picture::new(Dimensions::new(32, 24), PixelLayout::Rgba, pixels).unwrap();
        let shown = shown(&picture);
        assert_eq!((shown.layout(), shown.pixels()[3]), (PixelLayout::Rgba, 0));
    }

    #[test]
    fn a_half_is_the_mean_of_what_is_seen() {
        let pixels = vec![255, 0, 0, 0, 0, 0, 200, 255, 9, 9, 9, 255];
        let picture = Picture::new(Dimensions::new(3, 1), PixelLayout::Rgba, pixels).unwrap();
        assert_eq!(halved(&picture).unwrap().into_pixels(), [0, 0, 200, 128, 9, 9, 9, 255]);
        assert_eq!(halved(&noise(PixelLayout::Gray, 1, 1)), None);
    }
}
