//! `Look`: the colours that a picture is made of, as far as that can be said in a few of them.

use crate::Picture;

/// The most colours that are told.
const MOST: usize = 6;
/// Colours are counted by so many upper bits of each channel.
const BITS: u32 = 4;
/// How often colours are gathered around those that stand for them.
const ROUNDS: usize = 6;
/// Colours that are nearer to one another are one: about two steps of counting in each channel.
const SAME: u64 = 9 * 30 * 30;
/// What covers less of the picture is no colour of it: one in so many.
const LEAST_SHARE: u64 = 200;

/// The colours of a picture, weighted by how much of them is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The mean of the numbers; black where nothing is seen.
    pub average: Rgb,
    /// Up to six colours, each with others like it, the one that covers most first. Never empty.
    pub palette: Vec<Rgb>,
}

/// Red, green and blue of sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rgb(pub [u8; 3]);

/// Pixels that are alike.
#[derive(Debug, Clone, Copy, Default)]
struct Heap {
    /// In 255ths of a pixel.
    weight: u64,
    /// Of the numbers, times the weight.
    sums: [u64; 3],
}

impl Look {
    /// That of a picture in sRGB.
    pub fn of(picture: &Picture) -> Self {
        let heaps = counted(picture);
        let all = heaps.iter().fold(Heap::default(), |sum, heap| sum.with(heap));
        Self { average: all.mean(), palette: palette(&heaps, all.weight) }
    }

    /// The colour that covers most.
    pub fn dominant(&self) -> Rgb {
        self.palette.first().copied().unwrap_or(self.average)
    }
}

impl Rgb {
    /// As pages write it: `#rrggbb`.
    pub fn hex(self) -> String {
        let Self([red, green, blue]) = self;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    /// A distance that grows about as differences are seen.
    fn distance(self, other: Self) -> u64 {
        let [red, green, blue] = [0, 1, 2].map(|channel: usize| {
            let levels = |Self(colour): Self| colour.get(channel).copied().unwrap_or_default();
            u64::from(levels(self).abs_diff(levels(other))).pow(2)
        });
        red * 2 + green * 4 + blue * 3
    }

    fn nearest(self, colours: &[Self]) -> usize {
        let distances = colours.iter().map(|colour| self.distance(*colour)).enumerate();
        distances.min_by_key(|(_, distance)| *distance).map_or(0, |(index, _)| index)
    }
}

impl Heap {
    fn with(self, other: &Self) -> Self {
        let [a, b, c] = self.sums;
        let [d, e, f] = other.sums;
        Self { weight: self.weight + other.weight, sums: [a + d, b + e, c + f] }
    }

    fn mean(&self) -> Rgb {
        // A mean of bytes.
        Rgb(self.sums.map(|sum| (sum + self.weight / 2).checked_div(self.weight).unwrap_or_default() as u8))
    }
}

/// The pixels of a picture, those that are alike together.
fn counted(picture: &Picture) -> Vec<Heap> {
    let mut heaps = vec![Heap::default(); 1 << (3 * BITS)];
    for pixel in picture.pixels().chunks_exact(picture.layout().channels()) {
        let (colour, weight) = match *pixel {
            [gray] => ([gray; 3], 255),
            [red, green, blue] => ([red, green, blue], 255),
            [red, green, blue, alpha] => ([red, green, blue], u64::from(alpha)),
            _ => continue,
        };
        let place = colour.iter().fold(0, |place, level| place << BITS | usize::from(level >> (8 - BITS)));
        if let Some(heap) = heaps.get_mut(place) {
            *heap = heap.with(&Heap { weight, sums: colour.map(|level| u64::from(level) * weight) });
        }
    }
    heaps.retain(|heap| heap.weight > 0);
    heaps
}

/// Heaps are gathered around some that are large and far from each other. What is told of those around one is the mean of the
/// largest of them: a colour that is there, not one between two.
fn palette(heaps: &[Heap], weight: u64) -> Vec<Rgb> {
    let mut centres = seeds(heaps);
    for _ in 0..ROUNDS {
        let gathered = gathered(heaps, &centres);
        centres = gathered.iter().map(|(sum, _)| sum.mean()).collect();
        merge(&mut centres);
    }
    let mut told: Vec<_> = gathered(heaps, &centres);
    told.sort_by_key(|(sum, largest)| (std::cmp::Reverse(sum.weight), largest.mean()));
    let mut colours =
        told.iter().enumerate().filter(|(index, (sum, _))| *index == 0 || sum.weight >= weight / LEAST_SHARE);
    let colours: Vec<_> = colours.by_ref().map(|(_, (_, largest))| largest.mean()).collect();
    if colours.is_empty() { vec![Heap::default().mean()] } else { colours }
}

fn seeds(heaps: &[Heap]) -> Vec<Rgb> {
    let mut seeds: Vec<Rgb> = Vec::with_capacity(MOST);
    for _ in 0..MOST {
        let far = |heap: &Heap| {
            let distances = seeds.iter().map(|seed| heap.mean().distance(*seed));
            heap.weight * distances.min().unwrap_or(1)
        };
        let next = heaps.iter().max_by_key(|heap| (far(heap), std::cmp::Reverse(heap.mean())));
        match next.filter(|heap| far(heap) > 0) {
            Some(heap) => seeds.push(heap.mean()),
            None => break,
        }
    }
    seeds
}

/// What is nearest to each centre: all of it, and its largest heap. A centre that nothing is near to is left out.
fn gathered(heaps: &[Heap], centres: &[Rgb]) -> Vec<(Heap, Heap)> {
    let mut gathered = vec![(Heap::default(), Heap::default()); centres.len()];
    for heap in heaps {
        if let Some((sum, largest)) = gathered.get_mut(heap.mean().nearest(centres)) {
            *sum = sum.with(heap);
            if heap.weight > largest.weight {
                *largest = *heap;
            }
        }
    }
    gathered.retain(|(sum, _)| sum.weight > 0);
    gathered
}

/// Leaves out centres that are like one before them.
fn merge(centres: &mut Vec<Rgb>) {
    let mut kept: Vec<Rgb> = Vec::with_capacity(centres.len());
    for centre in centres.iter() {
        if kept.iter().all(|other| other.distance(*centre) >= SAME) {
            kept.push(*centre);
        }
    }
    *centres = kept;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dimensions, PixelLayout};

    fn look(layout: PixelLayout, pixels: Vec<u8>) -> Look {
        let width = (pixels.len() / layout.channels()) as u32;
        Look::of(&Picture::new(Dimensions::new(width, 1), layout, pixels).unwrap())
    }

    fn hex(look: &Look) -> Vec<String> {
        look.palette.iter().map(|colour| colour.hex()).collect()
    }

    #[test]
    fn flat_colours_are_told_as_they_are_the_largest_first() {
        let pixels = [[200, 30, 40].repeat(50), [10, 200, 90].repeat(30), [250, 250, 250].repeat(20)].concat();
        let look = look(PixelLayout::Rgb, pixels);
        assert_eq!(hex(&look), ["#c81e28", "#0ac85a", "#fafafa"]);
        assert_eq!((look.dominant().hex(), look.average.hex()), ("#c81e28".into(), "#997d61".into()));
    }

    #[test]
    fn what_is_not_seen_does_not_count() {
        let pixels = [[255, 0, 0, 0].repeat(90), [0, 0, 255, 255].repeat(10)].concat();
        let look = look(PixelLayout::Rgba, pixels);
        assert_eq!((hex(&look), look.average.hex()), (vec!["#0000ff".to_owned()], "#0000ff".to_owned()));
        let half = [[255, 0, 0, 51].repeat(10), [0, 0, 255, 204].repeat(10)].concat();
        assert_eq!(self::look(PixelLayout::Rgba, half).average.hex(), "#3300cc");
    }

    #[test]
    fn a_picture_of_nothing_is_black() {
        let look = look(PixelLayout::Rgba, vec![9, 9, 9, 0]);
        assert_eq!((hex(&look), look.average.hex()), (vec!["#000000".to_owned()], "#000000".to_owned()));
    }

    #[test]
    fn there_are_at_most_six_and_none_that_is_like_another() {
        let noise = (0_u32..9000).map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let palette = look(PixelLayout::Rgb, noise).palette;
        assert_eq!(palette.len(), MOST);
        let gray = look(PixelLayout::Gray, (100..110).collect());
        assert_eq!(gray.palette.len(), 1);
    }
}
