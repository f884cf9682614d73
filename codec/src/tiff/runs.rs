//! The simplest compressions: PackBits, and those of the NeXT and of ThunderScan, which nobody writes any more.

use super::shape::Shape;

/// Runs and literal bytes (TIFF 6.0, section 9).
pub fn pack_bits(mut data: &[u8], bytes: usize) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some((head, rest)) = data.split_first().filter(|_| all.len() < bytes) {
        data = rest;
        match head.cast_signed() {
            literal @ 0.. => {
                let count = (literal.unsigned_abs() as usize + 1).min(data.len());
                let (literals, rest) = data.split_at(count);
                all.extend_from_slice(literals);
                data = rest;
            }
            -128 => {}
            run => {
                let Some((byte, rest)) = data.split_first() else { break };
                all.resize(all.len() + usize::from(run.unsigned_abs()) + 1, *byte);
                data = rest;
            }
        }
    }
    all.truncate(bytes);
    all
}

/// Rows of 2 bits a pixel: whole, in part, or as runs on white.
pub fn next(mut data: &[u8], shape: Shape) -> Vec<u8> {
    let mut all = Vec::new();
    for _ in 0..shape.rows {
        let mut row = vec![0xff; shape.row_bytes];
        let Some((head, rest)) = data.split_first() else { break };
        data = rest;
        let placed = match head {
            0 => Some((0, shape.row_bytes)),
            0x40 => {
                let Some((head, rest)) = data.split_first_chunk::<4>() else { break };
                data = rest;
                let [a, b, c, d] = *head;
                Some((usize::from(u16::from_be_bytes([a, b])), usize::from(u16::from_be_bytes([c, d]))))
            }
            _ => None,
        };
        if let Some((start, count)) = placed {
            let (Some(place), Some(bytes)) = (row.get_mut(start..start + count), data.get(..count)) else { break };
            place.copy_from_slice(bytes);
            data = data.get(count..).unwrap_or_default();
        } else {
            let (mut pixel, mut head) = (0, *head);
            loop {
                for _ in 0..head & 0x3f {
                    set_pixel(&mut row, pixel, 2, head >> 6);
                    pixel += 1;
                }
                let Some((following, rest)) = data.split_first().filter(|_| pixel < shape.width as usize) else {
                    break;
                };
                (head, data) = (*following, rest);
            }
        }
        all.extend(row);
    }
    all
}

/// Rows of 4 bits a pixel, as differences and runs; a row may not end within a byte of them.
pub fn thunder_scan(mut data: &[u8], shape: Shape) -> Vec<u8> {
    const TWO_BITS: [i8; 4] = [0, 1, 0, -1];
    const THREE_BITS: [i8; 8] = [0, 1, 2, 3, 0, -3, -2, -1];
    let mut all = Vec::new();
    for _ in 0..shape.rows {
        let mut row = vec![0; shape.row_bytes];
        let (mut pixel, mut last) = (0, 0u8);
        let mut put = |level: u8, pixel: &mut usize| {
            set_pixel(&mut row, *pixel, 4, level & 0xf);
            *pixel += 1;
        };
        while let Some((byte, rest)) = data.split_first().filter(|_| pixel < shape.width as usize) {
            data = rest;
            let payload = byte & 0x3f;
            match byte >> 6 {
                0 => (0..payload).for_each(|_| put(last, &mut pixel)),
                1 => {
                    for code in [4, 2, 0].map(|shift| payload >> shift & 3).into_iter().filter(|code| *code != 2) {
                        last = last.wrapping_add_signed(TWO_BITS.get(usize::from(code)).copied().unwrap_or_default());
                        put(last, &mut pixel);
                    }
                }
                2 => {
                    for code in [3, 0].map(|shift| payload >> shift & 7).into_iter().filter(|code| *code != 4) {
                        last = last.wrapping_add_signed(THREE_BITS.get(usize::from(code)).copied().unwrap_or_default());
                        put(last, &mut pixel);
                    }
                }
                _ => {
                    last = payload;
                    put(last, &mut pixel);
                }
            }
        }
        all.extend(row);
    }
    all
}

/// Sets a pixel of some bits in a row, the first one highest; past the row's end nothing.
fn set_pixel(row: &mut [u8], pixel: usize, bits: usize, level: u8) {
    let shift = 8 - bits - pixel * bits % 8;
    if let Some(byte) = row.get_mut(pixel * bits / 8) {
        *byte = *byte & !(((1 << bits) - 1) << shift) | level << shift;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_literals_are_read_as_the_standard_has_them() {
        let data = [0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0x80, 0xfd, 0xaa];
        assert_eq!(pack_bits(&data, 10), [0xaa, 0xaa, 0xaa, 0x80, 0, 0x2a, 0xaa, 0xaa, 0xaa, 0xaa]);
        assert_eq!(pack_bits(&data, 2), [0xaa, 0xaa]);
        assert_eq!(pack_bits(&[5, 1], 9), [1]);
    }

    #[test]
    fn differences_of_thunder_scan_add_up() {
        let shape = Shape { width: 6, rows: 1, row_bytes: 3, bytes: 3 };
        // 9 as it is, one more and one less, three times the same, and one that is 3 less.
        let data = [0xc9, 0b0101_1110, 0x02, 0b1010_1100];
        assert_eq!(thunder_scan(&data, shape), [0x9a, 0x99, 0x96]);
    }

    #[test]
    fn whole_rows_and_runs_of_the_next_are_read() {
        let shape = Shape { width: 8, rows: 2, row_bytes: 2, bytes: 4 };
        let data = [0x00, 0x1b, 0xe4, 0x03, 0x45];
        assert_eq!(next(&data, shape), [0x1b, 0xe4, 0x01, 0x55]);
    }
}
