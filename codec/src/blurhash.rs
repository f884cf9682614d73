//! BlurHash: a picture as some 30 letters, for what is shown until it has come.

use crate::{CodecError, Coding, Dimensions, Encoder, Medium, Notice, Picture, PixelLayout};

/// The longest edge of the pictures that a hash is made of. The hash depends on it, and its four by three waves are
/// all there in 64 pixels.
pub(crate) const LONGEST_EDGE: u32 = 64;
/// Waves from left to right, and from top to bottom.
const COMPONENTS: (u32, u32) = (4, 3);

/// Writes BlurHash.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BlurHash;

impl Encoder for BlurHash {
    fn coding(&self) -> Coding {
        Coding { quality: None, effort: 0 }
    }

    fn encode_as(&self, picture: &Picture, _: &Coding, _: &Notice, _threads: usize) -> Result<Vec<u8>, CodecError> {
        let Dimensions { width, height } = picture.dimensions();
        let channels = picture.layout().channels();
        let opaque = |pixel: &[u8]| match *pixel {
            [gray] => [gray, gray, gray, u8::MAX],
            [red, green, blue, ..] => [red, green, blue, u8::MAX],
            _ => [0; 4],
        };
        let pixels: Vec<u8> = picture.pixels().chunks_exact(channels).flat_map(opaque).collect();
        let hash = blurhash::encode(COMPONENTS.0, COMPONENTS.1, width, height, &pixels);
        hash.map(String::into_bytes).map_err(|error| CodecError::encode(Medium::BlurHash, error))
    }

    fn carries_notice(&self) -> bool {
        false
    }

    /// No original is a hash.
    fn strip(&self, _original: &[u8], _notice: &Notice) -> Result<Vec<u8>, CodecError> {
        Err(CodecError::encode(Medium::BlurHash, "there is no metadata to take out"))
    }

    fn working_bytes(&self, dimensions: Dimensions, _layout: PixelLayout, _coding: &Coding) -> u64 {
        // The pixels with four channels, and the letters.
        dimensions.pixels() * 4 + 1024
    }

    fn version(&self) -> String {
        "blurhash v1;".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(layout: PixelLayout, pixel: impl Fn(u32, u32) -> Vec<u8>) -> String {
        let pixels = (0..24).flat_map(|y| (0..32).flat_map(|x| pixel(x, y)).collect::<Vec<_>>()).collect();
        let picture = Picture::new(Dimensions::new(32, 24), layout, pixels).unwrap();
        String::from_utf8(BlurHash.encode(&picture).unwrap()).unwrap()
    }

    #[test]
    fn a_hash_is_that_of_the_reference_implementation() {
        // By the npm package blurhash 2.0.5: encode(pixels, 32, 24, 4, 3).
        let slope = hash(PixelLayout::Rgb, |x, y| vec![x as u8 * 8, y as u8 * 10, 128]);
        assert_eq!(slope, "LDH27k3B|cO?z4NKo1aOhCfjfQfj");
        let flat = hash(PixelLayout::Gray, |_, _| vec![128]);
        assert_eq!(flat, "L2Eyb[_3fQ_3~qoffQoffQfQfQfQ");
    }

    #[test]
    fn gray_and_colours_have_the_same_hash() {
        let gray = hash(PixelLayout::Gray, |x, _| vec![x as u8 * 8]);
        assert_eq!(hash(PixelLayout::Rgb, |x, _| vec![x as u8 * 8; 3]), gray);
        assert_eq!(hash(PixelLayout::Rgba, |x, _| [vec![x as u8 * 8; 3], vec![7]].concat()), gray);
    }
}
