//! From the bytes of a strip or a tile to those of its rows, each padded to whole bytes.

use std::io::Read;

use flate2::read::ZlibDecoder;
use weezl::BitOrder;
use weezl::decode::Decoder;

use super::page::{JPEG, OLD_JPEG, Page};
use super::shape::Shape;
use super::{fax, malformed, runs, unsupported};
use crate::CodecError;

const WEBP: u16 = 50_001;
const ZSTD: u16 = 50_000;
/// The largest window of Zstandard, as a power of two: all levels but the "ultra" ones.
const ZSTD_WINDOW: u32 = 23;

/// How the pixels of a page are compressed, as far as it matters to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Bytes become bytes.
    Bytes,
    /// Streams of a picture format, which give 8 bits a sample.
    Jpeg,
    WebP,
}

pub fn family(compression: u16) -> Family {
    match compression {
        OLD_JPEG | JPEG => Family::Jpeg,
        WEBP => Family::WebP,
        _ => Family::Bytes,
    }
}

/// Bytes that decompression holds beside its input and output.
pub fn working_bytes(compression: u16) -> u64 {
    match compression {
        ZSTD => 2 << ZSTD_WINDOW,
        _ => 256 * 1024,
    }
}

/// Decompresses `shape.bytes`, or as many as there are.
///
/// # Errors
/// [`CodecError::Malformed`] for data that is broken, [`CodecError::Unsupported`] for a compression that we
/// do not know.
pub fn unpacked(page: &Page, data: &[u8], shape: Shape) -> Result<Vec<u8>, CodecError> {
    let reversed: Vec<u8>;
    let data = if page.is_bit_reversed {
        reversed = data.iter().map(|byte| byte.reverse_bits()).collect();
        &reversed
    } else {
        data
    };
    Ok(match page.compression {
        1 => data.get(..shape.bytes.min(data.len())).unwrap_or_default().to_vec(),
        2..=4 | 32_771 => return fax::unpacked(page, data, shape),
        5 => lzw(data, shape.bytes),
        8 | 32_946 => read(ZlibDecoder::new(data), shape.bytes),
        32_766 => runs::next(data, shape),
        32_773 => runs::pack_bits(data, shape.bytes),
        32_809 => runs::thunder_scan(data, shape),
        ZSTD => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(data).map_err(malformed)?;
            decoder.window_log_max(ZSTD_WINDOW).map_err(malformed)?;
            read(decoder, shape.bytes)
        }
        other => return Err(unsupported(format!("compression {}", name(other)))),
    })
}

fn name(code: u16) -> String {
    let name = match code {
        32_908 | 32_909 => "PixarLog",
        33_003 | 33_005 | 34_712 => "JPEG 2000",
        34_661 | 9 | 10 => "JBIG",
        34_887 => "LERC",
        34_892 => "lossy DNG",
        34_925 => "LZMA",
        50_002 | 52_546 => "JPEG XL",
        other => return other.to_string(),
    };
    format!("{code} ({name})")
}

/// What a stream gives until its end, its first error or the length that is wanted.
fn read(stream: impl Read, bytes: usize) -> Vec<u8> {
    let mut all = Vec::new();
    // What was read before an error counts: whether that is enough, is looked at by the caller.
    let _ = stream.take(bytes as u64).read_to_end(&mut all);
    all
}

fn lzw(data: &[u8], bytes: usize) -> Vec<u8> {
    // Before the standard was settled, codes began in the low bits, and grew a code later.
    let is_old = matches!(data, [0, second, ..] if second & 1 == 1);
    let mut decoder =
        if is_old { Decoder::new(BitOrder::Lsb, 8) } else { Decoder::with_tiff_size_switch(BitOrder::Msb, 8) };
    let mut all = vec![0; bytes];
    let (mut rest, mut filled) = (data, 0);
    while let Some(room) = all.get_mut(filled..).filter(|room| !room.is_empty()) {
        let step = decoder.decode_bytes(rest, room);
        filled += step.consumed_out;
        rest = rest.get(step.consumed_in..).unwrap_or_default();
        let is_stuck = step.consumed_in == 0 && step.consumed_out == 0;
        if is_stuck || !matches!(step.status, Ok(weezl::LzwStatus::Ok)) {
            break;
        }
    }
    all.truncate(filled);
    all
}
