//! The bits of a scan: byte stuffing is removed a piece ahead of the reader, who then takes 64 bits at a time.

use memchr::memchr;

use super::Refusal;

/// The most bytes that one MCU takes: 10 blocks of 64 coefficients, each a code and a value of 16 bits at most.
const MCU_BYTES: usize = 10 * 64 * 4;

/// How much is freed of stuffing at a time: it stays in the first-level cache until it is read. A power of two.
const PIECE_BYTES: usize = 16 * 1024;

/// A piece, and room to read eight bytes from everywhere in it.
type Piece = [u8; PIECE_BYTES + 8];

/// The entropy-coded segments of one scan (ITU-T T.81, B.1.1.5).
pub struct EntropyCoded<'a> {
    input: &'a [u8],
    /// Of the first byte of the input that is not yet in `clear`.
    next: usize,
    /// Data without stuffing.
    clear: Box<Piece>,
    /// How much of `clear` is data.
    data_bytes: usize,
    /// Whether a marker, or the end of the input, follows `clear`.
    is_segment_whole: bool,
    place: Place,
}

/// Where the reader is.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    /// Of the first byte that is not, or only in part, in `buffer`.
    position: usize,
    /// The next bits, from the most significant down.
    buffer: u64,
    /// How many bits of `buffer` count, at most 63.
    count: u32,
}

impl<'a> EntropyCoded<'a> {
    /// Starts behind a scan header: `next` is the index of its first byte of data.
    pub fn new(input: &'a [u8], next: usize) -> Self {
        Self { input, next, clear: Box::new([0; _]), data_bytes: 0, is_segment_whole: false, place: Place::default() }
    }

    /// A reader at the next MCU, all of which it can read.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] where more bits were read than there are.
    #[inline]
    pub fn bits(&mut self) -> Result<Bits<'_>, Refusal> {
        if self.place.position + MCU_BYTES > self.data_bytes {
            self.replenish()?;
        }
        Ok(Bits { bytes: &self.clear, place: self.place })
    }

    /// Goes on where a reader stopped.
    #[inline]
    pub fn go_on_from(&mut self, stop: Stop) {
        self.place = stop.0;
    }

    /// Expects restart marker `number`, 0 to 7, and nothing but padding before it.
    pub fn restart(&mut self, number: u8) -> Result<(), Refusal> {
        self.replenish()?;
        let is_read = self.is_segment_whole && self.data_bytes * 8 - self.used_bits() < 8;
        let marker = self.input.get(self.next..).and_then(|rest| rest.first_chunk());
        if !is_read || marker != Some(&[0xff, 0xd0 | number]) {
            return Err(Refusal::Malformed("a restart marker is missing"));
        }
        self.next += 2;
        (self.data_bytes, self.is_segment_whole, self.place) = (0, false, Place::default());
        self.replenish()
    }

    /// Checks that no more bits were read than there are, and tells an index from where on the next marker is found.
    pub fn end(&mut self) -> Result<usize, Refusal> {
        self.replenish()?;
        Ok(self.next)
    }

    fn used_bits(&self) -> usize {
        (self.place.position * 8).saturating_sub(self.place.count as usize)
    }

    #[cold]
    fn replenish(&mut self) -> Result<(), Refusal> {
        if self.used_bits() > self.data_bytes * 8 {
            return Err(Refusal::Malformed("a scan ends early"));
        }
        if self.is_segment_whole {
            return Ok(());
        }
        // The last bytes before `position` may still be in the buffer; `used_bits` counts on them.
        let done = self.place.position.saturating_sub(8).min(self.data_bytes);
        self.clear.copy_within(done..self.data_bytes, 0);
        self.data_bytes -= done;
        self.place.position -= done;
        while self.data_bytes < PIECE_BYTES && !self.is_segment_whole {
            self.append();
        }
        Ok(())
    }

    /// Appends what stands before the next byte 0xff, and that byte where it is data.
    fn append(&mut self) {
        let rest = self.input.get(self.next..).unwrap_or_default();
        let window = rest.get(..PIECE_BYTES - self.data_bytes).unwrap_or(rest);
        let plain = memchr(0xff, window).unwrap_or(window.len());
        let (length, skipped) = match rest.get(plain + 1) {
            Some(0) if plain < window.len() => (plain + 1, 1),
            // Any number of fill bytes may precede a marker (B.1.1.2).
            Some(0xff) if plain < window.len() => (plain, 1),
            _ => {
                self.is_segment_whole = plain < window.len() || window.len() == rest.len();
                (plain, 0)
            }
        };
        let end = self.data_bytes + length;
        if let (Some(places), Some(data)) = (self.clear.get_mut(self.data_bytes..end), rest.get(..length)) {
            places.copy_from_slice(data);
        }
        self.data_bytes = end;
        self.next += length + skipped;
    }
}

/// A reader of bits. After [`Bits::refill`] at least 56 can be looked at and consumed; those behind the end are any.
#[derive(Clone, Copy)]
pub struct Bits<'a> {
    bytes: &'a Piece,
    place: Place,
}

/// Where a reader stopped.
pub struct Stop(Place);

impl Bits<'_> {
    #[inline(always)]
    pub fn refill(&mut self) {
        // The mask makes it plain to the compiler that this is inside the piece.
        let position = self.place.position & (PIECE_BYTES - 1);
        let chunk = self.bytes.get(position..).and_then(|rest| rest.first_chunk());
        let word = chunk.map_or(0, |chunk| u64::from_be_bytes(*chunk));
        self.place.buffer |= word >> self.place.count;
        self.place.position += ((63 - self.place.count) >> 3) as usize;
        self.place.count |= 56;
    }

    /// The next `COUNT` bits, 1 to 32.
    #[inline(always)]
    pub fn peek<const COUNT: u32>(&self) -> usize {
        (self.place.buffer >> (64 - COUNT)) as usize
    }

    #[inline(always)]
    pub fn consume(&mut self, count: u32) {
        self.place.buffer <<= count & 63;
        self.place.count -= count;
    }

    /// Consumes `count` bits, 0 to 16, as a number.
    #[inline(always)]
    pub fn take(&mut self, count: u32) -> u32 {
        let bits = (self.place.buffer >> 32) as u32;
        self.consume(count);
        ((u64::from(bits) << count) >> 32) as u32
    }

    /// The value of `size` bits, 0 to 16, that follows the next `skipped` bits: those whose first bit is 0 are negative
    /// (ITU-T T.81, F.2.2.1, EXTEND). Does without a branch, because that would often be mispredicted.
    #[inline(always)]
    pub fn value_behind(&self, skipped: u32, size: u32) -> i32 {
        let ahead = self.place.buffer << (skipped & 63);
        let bits = (ahead >> 1 >> ((63 - size) & 63)) as i32;
        let is_negative = !(ahead as i64 >> 63) as i32;
        bits + (is_negative & (1 - (1 << (size & 31))))
    }

    /// Consumes a value of `size` bits, 0 to 16.
    #[inline(always)]
    pub fn take_value(&mut self, size: u32) -> i32 {
        let value = self.value_behind(0, size);
        self.consume(size);
        value
    }

    #[inline(always)]
    pub fn stop(self) -> Stop {
        Stop(self.place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_bytes(input: &[u8], count: usize) -> Result<Vec<u8>, Refusal> {
        let mut coded = EntropyCoded::new(input, 0);
        let mut read = Vec::new();
        for _ in 0..count {
            let mut bits = coded.bits()?;
            bits.refill();
            read.push(bits.take(8) as u8);
            let stop = bits.stop();
            coded.go_on_from(stop);
        }
        coded.end().map(|_| read)
    }

    #[test]
    fn stuffing_is_removed_wherever_it_stands() {
        let plain: Vec<u8> = (0..100_000u32).map(|index| if index % 7 < 2 { 255 } else { index as u8 }).collect();
        let stuffed: Vec<u8> =
            plain.iter().flat_map(|&byte| [byte, 0].into_iter().take(1 + usize::from(byte == 255))).collect();
        assert_eq!(read_bytes(&stuffed, plain.len()), Ok(plain));
    }

    #[test]
    fn a_marker_ends_the_data_and_fill_bytes_belong_to_it() {
        assert_eq!(read_bytes(b"\x01\x02\xff\xff\xff\xd9", 2), Ok(vec![1, 2]));
        for input in [&b"\x01\x02\xff\xff\xff\xd9\x03"[..], b"\x01\x02\xff", b"\x01\x02", b""] {
            assert_eq!(read_bytes(input, 3), Err(Refusal::Malformed("a scan ends early")));
        }
    }

    #[test]
    fn values_have_the_sign_of_their_first_bit() {
        let value = |byte: u8, size| {
            let input = [0, byte];
            let mut coded = EntropyCoded::new(&input, 0);
            let mut bits = coded.bits()?;
            bits.refill();
            Ok::<_, Refusal>(bits.value_behind(8, size))
        };
        assert_eq!([0x7f, 0x80].map(|byte| value(byte, 1)), [Ok(-1), Ok(1)]);
        assert_eq!([0x1f, 0x60, 0x80, 0xe0].map(|byte| value(byte, 3)), [Ok(-7), Ok(-4), Ok(4), Ok(7)]);
        assert_eq!([0, 0xff].map(|byte| value(byte, 0)), [Ok(0), Ok(0)]);
    }
}
