//! The pixels of a bitmap: rows, runs, and the mask of an icon.

use super::header::{Bitmap, Masks};
use super::malformed;
use crate::broken::missing_pixels;
use crate::{BrokenOriginals, CodecError};

/// Pixels in rows from the top left, RGB or RGBA. Where `broken` says so, rows may be missing, but not all.
///
/// # Errors
/// [`CodecError::Malformed`] where rows are missing.
pub fn of_rows(bitmap: &Bitmap, data: &[u8], broken: BrokenOriginals) -> Result<Vec<u8>, CodecError> {
    let (width, height) = (bitmap.dimensions.width as usize, bitmap.dimensions.height as usize);
    let row_bytes = usize::try_from(bitmap.row_bytes()).map_err(malformed)?;
    // The padding of the last row may be left out.
    let used_bytes = (width * usize::from(bitmap.bits)).div_ceil(8);
    let channels = if bitmap.has_alpha() { 4 } else { 3 };
    let mut pixels = vec![0; width * height * channels];
    let fields = Fields::of(bitmap.masks);
    for (index, row) in pixels.chunks_exact_mut(width * channels).enumerate() {
        let index = if bitmap.is_top_down { index } else { height - 1 - index };
        let stored = data.get(index * row_bytes..).and_then(|rest| rest.get(..used_bytes));
        let Some(stored) = stored else {
            if broken == BrokenOriginals::Refuse || data.len() < used_bytes {
                return Err(malformed("the data ends early"));
            }
            row.copy_from_slice(&missing_pixels(row.len(), bitmap.has_alpha().then_some(channels)));
            continue;
        };
        let places = row.chunks_exact_mut(channels).enumerate();
        match bitmap.bits {
            16 => places.zip(stored.as_chunks().0).for_each(|((_, place), bytes)| {
                fields.put(u16::from_le_bytes(*bytes).into(), place);
            }),
            32 => places.zip(stored.as_chunks().0).for_each(|((_, place), bytes)| {
                fields.put(u32::from_le_bytes(*bytes), place);
            }),
            24 => places.zip(stored.as_chunks().0).for_each(|((_, place), [blue, green, red])| {
                place.copy_from_slice(&[*red, *green, *blue]);
            }),
            bits => places.for_each(|(x, place)| {
                let byte = stored.get(x * usize::from(bits) / 8).copied().unwrap_or_default();
                let shift = 8 - usize::from(bits) - x * usize::from(bits) % 8;
                let colour = usize::from(byte >> shift) & ((1 << bits) - 1);
                place.copy_from_slice(&bitmap.palette.get(colour).copied().unwrap_or_default());
            }),
        }
    }
    Ok(pixels)
}

/// Where the bits of each channel begin, and how many they are.
pub struct Fields([(u32, u32); 4]);

impl Fields {
    pub fn of(masks: Masks) -> Self {
        Self(masks.map(|mask| (mask.trailing_zeros().min(31), mask.count_ones())))
    }

    /// Puts the levels of a pixel into their places, as many as there are.
    pub fn put(&self, pixel: u32, place: &mut [u8]) {
        for ((shift, bits), level) in self.0.iter().zip(place) {
            let most = (1u64 << bits) - 1;
            let value = u64::from(pixel >> shift) & most;
            *level = if *bits == 0 { 0 } else { ((value * 255 + most / 2) / most) as u8 };
        }
    }
}

/// Pixels of runs, RGB. What no run covers has the first colour, and where the data ends early, so has the rest.
pub fn of_runs(bitmap: &Bitmap, data: &[u8]) -> Vec<u8> {
    let (width, height) = (bitmap.dimensions.width as usize, bitmap.dimensions.height as usize);
    let first = bitmap.palette.first().copied().unwrap_or_default();
    let pixels = first.iter().copied().cycle().take(width * height * 3).collect();
    let mut runs = Runs { bitmap, data, pixels, x: 0, y: 0 };
    while runs.step().is_some() {}
    runs.pixels
}

struct Runs<'a> {
    bitmap: &'a Bitmap,
    data: &'a [u8],
    pixels: Vec<u8>,
    x: usize,
    /// From the first row that is stored.
    y: usize,
}

impl Runs<'_> {
    fn take<const BYTES: usize>(&mut self) -> Option<[u8; BYTES]> {
        let (bytes, rest) = self.data.split_first_chunk()?;
        self.data = rest;
        Some(*bytes)
    }

    /// One run, or one order. `None` at the end.
    fn step(&mut self) -> Option<()> {
        let [count, code] = self.take()?;
        match (count, code) {
            (0, 0) => (self.x, self.y) = (0, self.y + 1),
            (0, 1) => return None,
            (0, 2) => {
                let [right, down] = self.take()?;
                (self.x, self.y) = (self.x + usize::from(right), self.y + usize::from(down));
            }
            (0, literals) => self.literals(literals.into())?,
            (count, code) if self.bitmap.bits == 24 => {
                let [green, red] = self.take()?;
                (0..count).for_each(|_| self.put([red, green, code]));
            }
            (count, code) => (0..usize::from(count)).for_each(|index| self.put_index(code, index)),
        }
        (self.y < self.bitmap.dimensions.height as usize).then_some(())
    }

    /// Pixels as they are, padded to words of two bytes.
    fn literals(&mut self, count: usize) -> Option<()> {
        let bytes = (count * usize::from(self.bitmap.bits)).div_ceil(8);
        let whole = self.data;
        let literals = whole.get(..bytes).unwrap_or(whole);
        if self.bitmap.bits == 24 {
            literals.as_chunks().0.iter().for_each(|[blue, green, red]| self.put([*red, *green, *blue]));
        } else {
            for index in 0..count {
                let place = if self.bitmap.bits == 4 { index / 2 } else { index };
                self.put_index(*literals.get(place)?, index);
            }
        }
        self.data = whole.get(bytes.next_multiple_of(2)..)?;
        Some(())
    }

    /// Of two pixels in a byte, the first is in the high half.
    fn put_index(&mut self, byte: u8, index: usize) {
        let colour = match (self.bitmap.bits, index % 2) {
            (4, 0) => byte >> 4,
            (4, _) => byte & 0xf,
            _ => byte,
        };
        let colour = self.bitmap.palette.get(usize::from(colour)).copied().unwrap_or_default();
        self.put(colour);
    }

    fn put(&mut self, colour: [u8; 3]) {
        let (width, height) = (self.bitmap.dimensions.width as usize, self.bitmap.dimensions.height as usize);
        if self.x < width && self.y < height {
            let row = if self.bitmap.is_top_down { self.y } else { height - 1 - self.y };
            let start = (row * width + self.x) * 3;
            if let Some(place) = self.pixels.get_mut(start..start + 3) {
                place.copy_from_slice(&colour);
            }
        }
        self.x += 1;
    }
}

/// Puts the mask of an icon behind its pixels: a bit says that nothing is there. Without a mask, all is.
pub fn masked(bitmap: &Bitmap, pixels: &[u8], mask: &[u8]) -> Vec<u8> {
    let (width, height) = (bitmap.dimensions.width as usize, bitmap.dimensions.height as usize);
    let row_bytes = width.div_ceil(32) * 4;
    let (colours, _) = pixels.as_chunks::<3>();
    let alpha = |index: usize| {
        let (x, y) = (index % width, index / width);
        let row = if bitmap.is_top_down { y } else { height - 1 - y };
        let byte = mask.get(row * row_bytes + x / 8).copied().unwrap_or_default();
        if byte >> (7 - x % 8) & 1 == 1 { 0 } else { u8::MAX }
    };
    let rgba = |(index, [red, green, blue]): (usize, &[u8; 3])| [*red, *green, *blue, alpha(index)];
    colours.iter().enumerate().flat_map(rgba).collect()
}
