//! `Group`: colours that are to become one, and how the colours of a picture are told apart until there are a few of them.

#![expect(clippy::indexing_slicing, reason = "a channel is below the number of them")]

/// Pixels whose colours are much alike, counted and added up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell<const CHANNELS: usize> {
    pub pixels: u64,
    pub sums: [u64; CHANNELS],
}

/// Cells that are to become one colour.
pub(crate) struct Group<const CHANNELS: usize> {
    pub cells: Vec<Cell<CHANNELS>>,
    pub pixels: f64,
    /// By how much the worst channel spreads around its mean, over all pixels.
    pub spread: f64,
    channel: usize,
    mean: f64,
}

impl<const CHANNELS: usize> Cell<CHANNELS> {
    pub const EMPTY: Self = Self { pixels: 0, sums: [0; CHANNELS] };

    /// Counts one pixel more.
    pub fn count<T: Into<u64>>(&mut self, colour: [T; CHANNELS]) {
        self.pixels += 1;
        self.sums.iter_mut().zip(colour).for_each(|(sum, channel)| *sum += channel.into());
    }

    pub fn mean(&self, channel: usize) -> f64 {
        self.sums[channel] as f64 / self.pixels.max(1) as f64
    }
}

impl<const CHANNELS: usize> Group<CHANNELS> {
    pub fn new(cells: Vec<Cell<CHANNELS>>) -> Self {
        let pixels = cells.iter().map(|cell| cell.pixels).sum::<u64>().max(1) as f64;
        let spreads = std::array::from_fn::<_, CHANNELS, _>(|channel| {
            let mean = cells.iter().map(|cell| cell.sums[channel]).sum::<u64>() as f64 / pixels;
            let spread = cells.iter().map(|cell| (cell.mean(channel) - mean).powi(2) * cell.pixels as f64);
            (spread.sum::<f64>(), mean)
        });
        let worst = spreads.into_iter().enumerate().max_by(|(_, one), (_, other)| one.0.total_cmp(&other.0));
        let (channel, (spread, mean)) = worst.unwrap_or_default();
        Self { cells, pixels, spread, channel, mean }
    }

    /// All of its cells as one.
    pub fn whole(&self) -> Cell<CHANNELS> {
        let mut whole = Cell::EMPTY;
        for cell in &self.cells {
            whole.pixels += cell.pixels;
            whole.sums.iter_mut().zip(cell.sums).for_each(|(sum, own)| *sum += own);
        }
        whole
    }

    /// In two at the mean of the channel that spreads most.
    fn split(self) -> [Self; 2] {
        let Self { cells, channel, mean, .. } = self;
        let (low, high) = cells.into_iter().partition(|cell| cell.mean(channel) <= mean);
        [Self::new(low), Self::new(high)]
    }
}

/// Splits what spreads most, again and again, until there are as many groups as there may be, or none is worth it.
pub(crate) fn split<const CHANNELS: usize>(
    mut groups: Vec<Group<CHANNELS>>,
    most: usize,
    is_worth_it: impl Fn(&Group<CHANNELS>) -> bool,
) -> Vec<Group<CHANNELS>> {
    while groups.len() < most {
        let widest = groups.iter().enumerate().max_by(|(_, one), (_, other)| one.spread.total_cmp(&other.spread));
        match widest {
            Some((index, group)) if group.cells.len() > 1 && is_worth_it(group) => {
                let halves = groups.swap_remove(index).split();
                groups.extend(halves);
            }
            _ => break,
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(colour: [u8; 3], pixels: u64) -> Cell<3> {
        Cell { pixels, sums: colour.map(|channel| u64::from(channel) * pixels) }
    }

    #[test]
    fn what_is_far_apart_is_told_apart_first() {
        let cells = vec![cell([0, 0, 0], 9), cell([4, 0, 0], 9), cell([0, 200, 0], 1)];
        let groups = |most| {
            let groups = split(vec![Group::new(cells.clone())], most, |_| true);
            let mut means: Vec<_> = groups.iter().map(|group| [0, 1].map(|at| group.whole().mean(at))).collect();
            means.sort_by(|one, other| one.partial_cmp(other).unwrap());
            means
        };
        assert_eq!(groups(1), [[36.0 / 19.0, 200.0 / 19.0]]);
        assert_eq!(groups(2), [[0.0, 200.0], [2.0, 0.0]]);
        assert_eq!(groups(9), [[0.0, 0.0], [0.0, 200.0], [4.0, 0.0]]);
        assert_eq!(split(vec![Group::new(cells.clone())], 9, |_| false).len(), 1);
    }
}
