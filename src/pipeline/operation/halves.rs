//! Pictures of half the sides and of twice the sides, for what has no fine detail.

/// A number of a channel, of 8 or of 16 bits.
pub(super) trait Sample: Copy + Default {
    /// What sixty-four of them fit into.
    type Wide: Copy + Default;

    /// One, three, three and one of four rows: eight samples.
    fn down(rows: [Self; 4]) -> Self::Wide;
    /// The mean of as much of four columns, each of eight samples.
    fn across(columns: [Self::Wide; 4]) -> Self;
    /// Three of the nearer row and one of the farther: four samples.
    fn between(nearer: Self, farther: Self) -> Self::Wide;
    /// The mean of as much of two columns, each of four samples.
    fn mean(nearer: Self::Wide, farther: Self::Wide) -> Self;
}

macro_rules! samples {
    ($($Sample:ty: $Wide:ty),+) => {$(
        impl Sample for $Sample {
            type Wide = $Wide;

            fn down(rows: [Self; 4]) -> $Wide {
                let [first, second, third, fourth] = rows.map(<$Wide>::from);
                first + fourth + 3 * (second + third)
            }

            fn across([first, second, third, fourth]: [$Wide; 4]) -> Self {
                ((first + fourth + 3 * (second + third) + 32) >> 6) as Self
            }

            fn between(nearer: Self, farther: Self) -> $Wide {
                3 * <$Wide>::from(nearer) + <$Wide>::from(farther)
            }

            fn mean(nearer: $Wide, farther: $Wide) -> Self {
                ((3 * nearer + farther + 8) >> 4) as Self
            }
        }
    )+};
}

samples!(u8: u16, u16: u32);

/// Pixels in rows from the top left.
pub(super) struct Samples<S, const CHANNELS: usize> {
    pub samples: Vec<[S; CHANNELS]>,
    pub width: usize,
    pub height: usize,
}

/// What a picture is enlarged by before it is halved: its outermost pixels go on. Even, as is what comes of the sides.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    /// At the left, and at the top.
    pub before: usize,
    pub width: usize,
    pub height: usize,
}

/// The variance of one, three, three and one of four pixels, in pixels squared. Where an edge lies between them is not
/// seen, while with the mean of two it would be as much as half a pixel squared.
const HALVING: f64 = 0.75;
/// The variance of growing to twice the size in a straight line: each of two pixels is a quarter of the way from one of
/// the small ones to the next, which is 1/4 * 3/4 of theirs squared, the same for both.
const DOUBLING: f64 = 0.75;

/// The deviation that is left to blur by in pixels of half the size, where halving and doubling blur already: variances add
/// up.
pub(super) fn sigma_left(sigma: f64) -> f64 {
    (sigma * sigma - HALVING - DOUBLING).max(0.0).sqrt() / 2.0
}

/// The picture in its frame, with half the sides.
pub(super) fn halved<S: Sample, const CHANNELS: usize>(
    pixels: &[[S; CHANNELS]],
    (width, height): (usize, usize),
    frame: Frame,
) -> Samples<S, CHANNELS> {
    let mut small = Samples { samples: Vec::new(), width: frame.width / 2, height: frame.height / 2 };
    small.samples.reserve_exact(small.width * small.height);
    // Of each column of four, and one more at both ends.
    let mut columns = vec![[S::Wide::default(); CHANNELS]; frame.width + 2];
    // Of every pixel, though only every other one is of use: so much at a time is done faster than half of it one by one.
    let mut means = vec![[S::default(); CHANNELS]; frame.width];
    let (first, end) = (frame.before + 1, frame.before + 1 + width);
    for y in 0..small.height {
        let rows = [0, 1, 2, 3].map(|offset| {
            let at = (2 * y + offset).saturating_sub(frame.before + 1).min(height.saturating_sub(1)) * width;
            pixels.get(at..at + width).unwrap_or_default().as_flattened()
        });
        let [above, upper, lower, below] = rows;
        let sums = columns.as_flattened_mut().iter_mut().skip(first * CHANNELS);
        for ((((sum, above), upper), lower), below) in sums.zip(above).zip(upper).zip(lower).zip(below) {
            *sum = S::down([*above, *upper, *lower, *below]);
        }
        for at in 0..first {
            columns.copy_within(first..=first, at);
        }
        for at in end..columns.len() {
            columns.copy_within(end - 1..end, at);
        }
        let [first, second, third, fourth] =
            [0, 1, 2, 3].map(|offset| columns.get(offset..).unwrap_or_default().as_flattened());
        let sums = first.iter().zip(second).zip(third).zip(fourth);
        for (mean, (((first, second), third), fourth)) in means.as_flattened_mut().iter_mut().zip(sums) {
            *mean = S::across([*first, *second, *third, *fourth]);
        }
        small.samples.extend(means.as_chunks::<2>().0.iter().map(|[mean, _]| *mean));
    }
    small
}

/// What is in the frame, of so many pixels, with twice the sides.
pub(super) fn doubled<S: Sample, const CHANNELS: usize>(
    small: &Samples<S, CHANNELS>,
    (width, height): (usize, usize),
    frame: Frame,
) -> Vec<[S; CHANNELS]> {
    let mut pixels = vec![[S::default(); CHANNELS]; width * height];
    let mut stretch = Stretch::new(small, width, frame.before / 2);
    let mut rows = pixels.chunks_mut(width * 2);
    // The wide rows above, here and below.
    let mut wide = [0, 1, 2].map(|_| vec![[S::Wide::default(); CHANNELS]; width]);
    let [above, here, _] = &mut wide;
    stretch.row((frame.before / 2).saturating_sub(1), above);
    stretch.row(frame.before / 2, here);
    for y in frame.before / 2.. {
        let Some(pair) = rows.next() else { break };
        let [above, here, below] = &mut wide;
        stretch.row((y + 1).min(small.height - 1), below);
        for (row, farther) in pair.chunks_exact_mut(width).zip([above, below]) {
            let sums = here.as_flattened().iter().zip(farther.as_flattened());
            let means = row.as_flattened_mut().iter_mut().zip(sums);
            means.for_each(|(mean, (nearer, farther))| *mean = S::mean(*nearer, *farther));
        }
        wide.rotate_left(1);
    }
    pixels
}

/// Makes rows of twice the width.
struct Stretch<'a, S: Sample, const CHANNELS: usize> {
    small: &'a Samples<S, CHANNELS>,
    /// Pixels of the small picture before the first one that is of interest.
    before: usize,
    /// A row with one pixel more at both ends.
    ended: Vec<[S; CHANNELS]>,
    evens: Vec<[S::Wide; CHANNELS]>,
    odds: Vec<[S::Wide; CHANNELS]>,
}

impl<'a, S: Sample, const CHANNELS: usize> Stretch<'a, S, CHANNELS> {
    fn new(small: &'a Samples<S, CHANNELS>, width: usize, before: usize) -> Self {
        let halves = || vec![[S::Wide::default(); CHANNELS]; width.div_ceil(2)];
        let ended = vec![[S::default(); CHANNELS]; small.width + 2];
        Self { small, before, ended, evens: halves(), odds: halves() }
    }

    fn row(&mut self, y: usize, wide: &mut [[S::Wide; CHANNELS]]) {
        let Self { small, before, ended, evens, odds } = self;
        let row = small.samples.get(y * small.width..(y + 1) * small.width).unwrap_or_default();
        ended.iter_mut().skip(1).zip(row).for_each(|(pixel, source)| *pixel = *source);
        ended.copy_within(1..2, 0);
        ended.copy_within(small.width..=small.width, small.width + 1);
        let [left, middle, right] =
            [0, 1, 2].map(|offset| ended.get(*before + offset..).unwrap_or_default().as_flattened());
        for (target, farther) in [(&mut *evens, left), (&mut *odds, right)] {
            let sums = target.as_flattened_mut().iter_mut().zip(middle).zip(farther);
            sums.for_each(|((target, nearer), farther)| *target = S::between(*nearer, *farther));
        }
        let (pairs, last) = wide.as_chunks_mut::<2>();
        pairs.iter_mut().zip(evens.iter().zip(&*odds)).for_each(|(pair, (even, odd))| *pair = [*even, *odd]);
        last.iter_mut().zip(evens.last()).for_each(|(pixel, even)| *pixel = *even);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_is_halved_and_doubled_to_itself_but_for_its_ends() {
        for (width, before, framed) in [(16, 0, 16), (16, 4, 24), (17, 2, 22)] {
            let ramp: Vec<[u16; 1]> = (0..6 * width).map(|at| [1000 + 100 * (at % width) as u16]).collect();
            let frame = Frame { before, width: framed, height: 6 + 2 * before };
            let small = halved(&ramp, (width, 6), frame);
            assert_eq!((small.width, small.samples.len()), (framed / 2, framed / 2 * (3 + before)));
            assert_eq!(small.samples[before / 2 + 1..before / 2 + 3], [[1250], [1450]]);
            let again = doubled(&small, (width, 6), frame);
            assert_eq!(again[width + 3..2 * width - 4], ramp[width + 3..2 * width - 4]);
        }
    }

    #[test]
    fn one_colour_stays_itself() {
        for (width, height) in [(1, 1), (2, 1), (1, 3), (7, 4)] {
            let flat = vec![[255_u8, 7, 128]; width * height];
            let frame = Frame { before: 4, width: 16, height: 16 };
            let small = halved(&flat, (width, height), frame);
            assert!(small.samples.iter().all(|pixel| *pixel == [255, 7, 128]));
            assert_eq!(doubled(&small, (width, height), frame), flat, "{width}x{height}");
        }
    }
}
