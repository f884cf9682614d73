//! YCbCr to RGB (Rec. ITU-R BT.601 in full range, as JFIF 1.02 has it), exactly as libjpeg rounds it.

/// How many pixels are converted together.
const GROUP: usize = 16;

/// Fractions of the factors 1.402, -0.344136, -0.714136 and 1.772 of the standard, with 16 bits behind the point: the
/// nearest whole numbers 1, 0, -1 and 2 are added apart, so that each product is one of 16 bits by 16.
const RED_FROM_CR: i16 = 26_345;
const GREEN_FROM_CB: i16 = -22_554;
const GREEN_FROM_CR: i16 = 18_734;
const BLUE_FROM_CB: i16 = -14_942;

/// Appends as many pixels as all three rows have.
pub fn append_rgb(pixels: &mut Vec<u8>, luma: &[u8], cb: &[u8], cr: &[u8]) {
    let start = pixels.len();
    pixels.resize(start + luma.len().min(cb.len()).min(cr.len()) * 3, 0);
    let (groups, rest) = pixels.get_mut(start..).unwrap_or_default().as_chunks_mut::<{ GROUP * 3 }>();
    let (lumas, last_luma) = luma.as_chunks::<GROUP>();
    let ((cbs, last_cb), (crs, last_cr)) = (cb.as_chunks::<GROUP>(), cr.as_chunks::<GROUP>());
    for (((group, luma), cb), cr) in groups.iter_mut().zip(lumas).zip(cbs).zip(crs) {
        *group = packed(&rgb(luma, cb, cr));
    }
    let group = packed(&rgb(&padded(last_luma), &padded(last_cb), &padded(last_cr)));
    rest.iter_mut().zip(group).for_each(|(place, byte)| *place = byte);
}

fn padded(samples: &[u8]) -> [u8; GROUP] {
    let mut group = [0; GROUP];
    group.iter_mut().zip(samples).for_each(|(place, sample)| *place = *sample);
    group
}

/// Pixels with red in the lowest byte and nothing in the highest.
#[inline(always)]
fn rgb(luma: &[u8; GROUP], cb: &[u8; GROUP], cr: &[u8; GROUP]) -> [u32; GROUP] {
    let mut pixels = [0; GROUP];
    for (((place, luma), cb), cr) in pixels.iter_mut().zip(luma).zip(cb).zip(cr) {
        let (luma, cb, cr) = (i16::from(*luma), i16::from(*cb) - 128, i16::from(*cr) - 128);
        // Twice the product, rounded down, plus one, halved: that is the product rounded to the nearest.
        let rounded = |sample: i16, factor: i16| (((i32::from(sample * 2) * i32::from(factor)) >> 16) as i16 + 1) >> 1;
        let product = |sample: i16, factor: i16| i32::from(sample) * i32::from(factor);
        let sum = product(cb, GREEN_FROM_CB) + product(cr, GREEN_FROM_CR) + (1 << 15);
        let red = luma + cr + rounded(cr, RED_FROM_CR);
        let green = luma - cr + (sum >> 16) as i16;
        let blue = luma + 2 * cb + rounded(cb, BLUE_FROM_CB);
        let clamped = |channel: i16| channel.clamp(0, 255) as u32;
        *place = clamped(red) | clamped(green) << 8 | clamped(blue) << 16;
    }
    pixels
}

/// The same pixels in three bytes each.
#[inline(always)]
fn packed(pixels: &[u32; GROUP]) -> [u8; GROUP * 3] {
    let mut bytes = [0; GROUP * 3];
    for (place, four) in bytes.as_chunks_mut::<12>().0.iter_mut().zip(pixels.as_chunks::<4>().0) {
        let [first, second, third, fourth] = four.map(u64::from);
        let low = first | second << 24 | third << 48;
        let high = (third >> 16 | fourth << 8) as u32;
        place[..8].copy_from_slice(&low.to_le_bytes());
        place[8..].copy_from_slice(&high.to_le_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_is_converted_as_the_standard_says() {
        for cb in 0..=255u8 {
            for cr in 0..=255u8 {
                let luma: Vec<u8> = (0..=255).step_by(5).collect();
                let mut pixels = Vec::new();
                append_rgb(&mut pixels, &luma, &vec![cb; luma.len()], &vec![cr; luma.len()]);
                for (pixel, luma) in pixels.chunks_exact(3).zip(luma) {
                    let (y, b, r) = (f64::from(luma), f64::from(cb) - 128.0, f64::from(cr) - 128.0);
                    let exact = [y + 1.402 * r, y - 0.344136 * b - 0.714136 * r, y + 1.772 * b];
                    for (channel, exact) in pixel.iter().zip(exact) {
                        assert!((f64::from(*channel) - exact.clamp(0.0, 255.0)).abs() < 0.502, "{luma} {cb} {cr}");
                    }
                }
            }
        }
    }
}
