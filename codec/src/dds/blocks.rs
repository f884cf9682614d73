//! Blocks of four by four pixels (Microsoft, "Texture Block Compression in Direct3D 11").

use crate::PixelLayout;

/// What a block consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocks {
    /// Two colours, and what lies between them; or also nothing.
    Bc1,
    /// Alpha of four bits, and colours.
    Bc2,
    /// Alpha between two levels, and colours.
    Bc3,
    /// Gray between two levels.
    Bc4,
    /// Red and green, each between two levels; no blue.
    Bc5,
}

type Pixels = [[u8; 4]; 16];

impl Blocks {
    pub fn block_bytes(self) -> usize {
        match self {
            Self::Bc1 | Self::Bc4 => 8,
            Self::Bc2 | Self::Bc3 | Self::Bc5 => 16,
        }
    }

    pub fn layout(self) -> PixelLayout {
        match self {
            Self::Bc1 | Self::Bc2 | Self::Bc3 => PixelLayout::Rgba,
            Self::Bc4 => PixelLayout::Gray,
            Self::Bc5 => PixelLayout::Rgb,
        }
    }

    /// Fills up to four rows of a width with the pixels of blocks.
    pub fn paint(self, band: &[u8], width: usize, place: &mut [u8]) {
        let channels = self.layout().channels();
        for (index, block) in band.chunks_exact(self.block_bytes()).enumerate() {
            let pixels = self.pixels(block);
            for (row, pixels) in place.chunks_exact_mut(width * channels).zip(pixels.chunks_exact(4)) {
                let row = row.get_mut(index * 4 * channels..).unwrap_or_default();
                let places = row.chunks_exact_mut(channels).zip(pixels);
                places.for_each(|(place, pixel)| place.iter_mut().zip(pixel).for_each(|(to, from)| *to = *from));
            }
        }
    }

    fn pixels(self, block: &[u8]) -> Pixels {
        let (first, second) = block
            .split_first_chunk::<8>()
            .map_or(([0; 8], [0; 8]), |(first, rest)| (*first, rest.first_chunk().copied().unwrap_or_default()));
        match self {
            Self::Bc1 => colours(first, true),
            Self::Bc2 => {
                let alphas = u64::from_le_bytes(first);
                with(colours(second, false), 3, |index| ((alphas >> (index * 4)) as u8 & 0xf) * 17)
            }
            Self::Bc3 => {
                let alphas = levels(first);
                with(colours(second, false), 3, |index| alphas.get(index).copied().unwrap_or_default())
            }
            Self::Bc4 => {
                let grays = levels(first);
                with([[0; 4]; 16], 0, |index| grays.get(index).copied().unwrap_or_default())
            }
            Self::Bc5 => {
                let (reds, greens) = (levels(first), levels(second));
                let red = with([[0; 4]; 16], 0, |index| reds.get(index).copied().unwrap_or_default());
                with(red, 1, |index| greens.get(index).copied().unwrap_or_default())
            }
        }
    }
}

fn with(mut pixels: Pixels, channel: usize, level: impl Fn(usize) -> u8) -> Pixels {
    for (index, pixel) in pixels.iter_mut().enumerate() {
        if let Some(place) = pixel.get_mut(channel) {
            *place = level(index);
        }
    }
    pixels
}

/// Two colours of 16 bits, and for each pixel two bits that choose between them and two that lie between; where the first
/// is not the greater one, and `may_be_nothing`, the fourth is nothing.
fn colours(block: [u8; 8], may_be_nothing: bool) -> Pixels {
    let [a, b, c, d, choices @ ..] = block;
    let (first, second) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
    let (one, other) = (rgb(first), rgb(second));
    let between = |of_one: u16, of_other: u16, sum: u16| {
        let mixed = |index: usize| {
            let [one, other] = [one, other].map(|colour| u16::from(colour.get(index).copied().unwrap_or_default()));
            ((one * of_one + other * of_other + sum / 2) / sum) as u8
        };
        [mixed(0), mixed(1), mixed(2), u8::MAX]
    };
    let palette = if first > second || !may_be_nothing {
        [between(1, 0, 1), between(0, 1, 1), between(2, 1, 3), between(1, 2, 3)]
    } else {
        [between(1, 0, 1), between(0, 1, 1), between(1, 1, 2), [0; 4]]
    };
    let choices = u32::from_le_bytes(choices);
    std::array::from_fn(|index| palette.get((choices >> (index * 2)) as usize & 3).copied().unwrap_or_default())
}

/// Five, six and five bits.
fn rgb(colour: u16) -> [u8; 3] {
    let (red, green, blue) = ((colour >> 11) as u8, (colour >> 5) as u8 & 0x3f, colour as u8 & 0x1f);
    [red << 3 | red >> 2, green << 2 | green >> 4, blue << 3 | blue >> 2]
}

/// Two levels, and for each pixel three bits that choose between them and six that lie between, or four, nothing and all.
fn levels(block: [u8; 8]) -> [u8; 16] {
    let [first, second, ..] = block;
    let choices = u64::from_le_bytes(block) >> 16;
    let (one, other) = (u16::from(first), u16::from(second));
    let steps = if first > second { 7 } else { 5 };
    let level = |choice: u16| match choice {
        0 => first,
        1 => second,
        6 if steps == 5 => 0,
        7 if steps == 5 => u8::MAX,
        choice => ((one * (steps + 1 - choice) + other * (choice - 1) + steps / 2) / steps) as u8,
    };
    std::array::from_fn(|index| level((choices >> (index * 3)) as u16 & 7))
}
