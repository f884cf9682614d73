//! The walk over a scan, MCU by MCU, with its restart markers (ITU-T T.81, E.2.3 to E.2.5).

use super::Refusal;
use super::bits::{Bits, EntropyCoded};
use super::frame::{Frame, Scan};

/// What a scan is walked for.
pub trait Visitor {
    /// Decodes the MCU in this column and row of its scan.
    fn mcu(&mut self, bits: &mut Bits, column: u32, row: u32) -> Result<(), Refusal>;

    /// Forgets what predicts the next MCU.
    fn restart(&mut self);

    /// How many MCUs from the next one on have no bits of their own and need no visit.
    fn idle(&self) -> u32 {
        0
    }

    /// Passes over so many idle MCUs.
    fn skip(&mut self, _count: u32) {}

    /// All of this row is decoded.
    fn end_row(&mut self, _row: u32) {}
}

/// How many MCUs of a scan stand beside and below each other: of a single component, an MCU is one block.
pub fn mcus(frame: &Frame, scan: &Scan) -> (u32, u32) {
    match &scan.parts[..] {
        [only] => frame.components.get(only.component).map_or((0, 0), |component| frame.blocks(component)),
        _ => frame.mcus(),
    }
}

/// Visits all MCUs. Asks `is_abandoned` once a row.
pub fn walk(
    coded: &mut EntropyCoded,
    (columns, rows): (u32, u32),
    restart_interval: u32,
    is_abandoned: &dyn Fn() -> bool,
    visitor: &mut impl Visitor,
) -> Result<(), Refusal> {
    let interval = if restart_interval == 0 { u32::MAX } else { restart_interval };
    let (mut left, mut restarts) = (interval, 0u8);
    for row in 0..rows {
        if is_abandoned() {
            return Err(Refusal::Abandoned);
        }
        let mut column = 0;
        while column < columns {
            if left == 0 {
                coded.restart(restarts & 7)?;
                visitor.restart();
                (left, restarts) = (interval, restarts.wrapping_add(1));
            }
            let idle = visitor.idle().min(columns - column).min(left);
            if idle > 0 {
                visitor.skip(idle);
                (column, left) = (column + idle, left - idle);
                continue;
            }
            let mut bits = coded.bits()?;
            visitor.mcu(&mut bits, column, row)?;
            let stop = bits.stop();
            coded.go_on_from(stop);
            (column, left) = (column + 1, left - 1);
        }
        visitor.end_row(row);
    }
    Ok(())
}
