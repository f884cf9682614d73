//! From inks to light.

use super::inks_to_srgb;

/// Turns CMYK (255 is the most ink, unless `is_inverted`) into RGB in place: by the colour profile, else as what is left
/// of white light after each ink.
pub fn flatten_inks(pixels: &mut Vec<u8>, is_inverted: bool, profile: Option<&[u8]>) {
    if is_inverted {
        pixels.iter_mut().for_each(|ink| *ink = !*ink);
    }
    if profile.is_some_and(|profile| inks_to_srgb(profile, pixels)) {
        return;
    }
    for index in 0..pixels.len() / 4 {
        let Some(&[cyan, magenta, yellow, black]) = pixels.get(index * 4..).and_then(<[u8]>::first_chunk) else {
            break;
        };
        let light = |ink: u8| ((u32::from(!ink) * u32::from(!black) + 127) / 255) as u8;
        let colour = [light(cyan), light(magenta), light(yellow)];
        if let Some(place) = pixels.get_mut(index * 3..index * 3 + 3) {
            place.copy_from_slice(&colour);
        }
    }
    pixels.truncate(pixels.len() / 4 * 3);
}
