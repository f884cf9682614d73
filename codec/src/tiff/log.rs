//! SGI's logarithmic light: 16 bits of luminance, or 32 with chromaticity, in runs of each byte on its own.

use super::light;
use super::page::{Kind, Page, Photometric};
use super::samples::{Depth, Plane};
use super::unsupported;
use crate::CodecError;
use crate::Dimensions;
use crate::directory::ByteOrder;

const RUNS: u16 = 34_676;

/// One chunk, as many rows of it as there are: luminance as it is, colours as sRGB of 16 bits.
pub fn plane(page: &Page, data: &[u8], chunk: Dimensions) -> Result<Plane, CodecError> {
    if page.compression != RUNS {
        return Err(unsupported(format!("logarithmic light in compression {}", page.compression)));
    }
    let (width, rows) = (chunk.width as usize, chunk.height as usize);
    let is_gray = page.photometric == Photometric::LogL;
    let number_bytes = if is_gray { 2 } else { 4 };
    let mut rest = data;
    let (mut bytes, mut whole_rows) = (Vec::new(), 0);
    for _ in 0..rows {
        let Some(row) = row(&mut rest, width, number_bytes) else { break };
        whole_rows += 1;
        if is_gray {
            bytes.extend(row.chunks_exact(number_bytes).flatten());
            continue;
        }
        let (pixels, _) = row.as_chunks();
        for [high, low, u, v] in pixels {
            let luminance = light::of_log_luminance(u16::from_be_bytes([*high, *low]));
            let chromaticity = |level: u8| (f32::from(level) + 0.5) / 410.0;
            let colour = light::of_luminance(luminance, chromaticity(*u), chromaticity(*v));
            bytes.extend(colour.into_iter().flat_map(u16::to_be_bytes));
        }
    }
    let depth = Depth { bits: 16, kind: Kind::Unsigned, order: ByteOrder::Big, is_index: false };
    let samples = if is_gray { 1 } else { 3 };
    Ok(Plane { bytes, row_bytes: width * samples * 2, rows: whole_rows, depths: vec![depth; samples] })
}

/// All first bytes of a row's numbers, then all second ones.
fn row(data: &mut &[u8], width: usize, number_bytes: usize) -> Option<Vec<u8>> {
    let mut row = vec![0; width * number_bytes];
    for place in 0..number_bytes {
        let mut pixel = 0;
        while pixel < width {
            let (head, rest) = data.split_first()?;
            let count = if *head < 128 { usize::from(*head) } else { usize::from(*head) - 126 };
            let count = count.min(width - pixel);
            let bytes = rest.get(..if *head < 128 { count } else { 1 })?;
            for index in 0..count {
                if let (Some(number), Some(byte)) =
                    (row.get_mut((pixel + index) * number_bytes + place), bytes.get(index % bytes.len().max(1)))
                {
                    *number = *byte;
                }
            }
            pixel += count;
            *data = rest.get(bytes.len()..)?;
        }
    }
    Some(row)
}
