//! The frame header and the scan headers (ITU-T T.81, B.2.2 and B.2.3), as far as thumbnails are made of them.

use super::Refusal;

/// Colour components of a frame that we decode: 1 or 3.
const MAX_COMPONENTS: usize = 3;

/// Blocks of an MCU (ITU-T T.81, B.2.3).
const MAX_MCU_BLOCKS: u32 = 10;

const BAD_FRAME: Refusal = Refusal::Malformed("a broken frame header");
const BAD_SCAN: Refusal = Refusal::Malformed("a broken scan header");

/// Size, coding and components of the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub width: u32,
    pub height: u32,
    pub is_progressive: bool,
    /// 1 or 3.
    pub components: Vec<Component>,
}

/// One colour component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Component {
    pub id: u8,
    /// Horizontal sampling factor, 1 to 4.
    pub horizontal: u32,
    /// Vertical sampling factor, 1 to 4.
    pub vertical: u32,
    /// Index of the quantization table, 0 to 3.
    pub quantization: u8,
}

impl Frame {
    /// Reads the payload of the marker `code`, 0xc0 to 0xcf.
    ///
    /// # Errors
    /// [`Refusal::Unsupported`] for all but 8 bits a sample, Huffman codes, and 1 or 3 components.
    pub fn read(code: u8, payload: &[u8]) -> Result<Self, Refusal> {
        if !matches!(code, 0xc0..=0xc2) {
            return Err(Refusal::Unsupported("neither sequential nor progressive Huffman coding"));
        }
        let Some((&[precision, height_high, height_low, width_high, width_low, count], rest)) =
            payload.split_first_chunk()
        else {
            return Err(BAD_FRAME);
        };
        let width = u16::from_be_bytes([width_high, width_low]).into();
        let height = u16::from_be_bytes([height_high, height_low]).into();
        if precision != 8 || !matches!(count, 1 | 3) || height == 0 {
            return Err(Refusal::Unsupported("another precision or number of components, or a height that follows"));
        }
        let (triples, rest) = rest.as_chunks();
        let mut components: Vec<_> = triples.iter().map(Component::read).collect::<Option<_>>().ok_or(BAD_FRAME)?;
        if width == 0 || components.len() != usize::from(count) || !rest.is_empty() {
            return Err(BAD_FRAME);
        }
        if let [only] = &mut components[..] {
            // A single component is never interleaved, so its sampling factors mean nothing (A.2.2).
            (only.horizontal, only.vertical) = (1, 1);
        }
        let is_ambiguous = |index: usize, component: &Component| {
            components.iter().skip(index + 1).any(|other| other.id == component.id)
        };
        if components.iter().enumerate().any(|(index, component)| is_ambiguous(index, component)) {
            return Err(BAD_FRAME);
        }
        Ok(Self { width, height, is_progressive: code == 0xc2, components })
    }

    /// The largest horizontal and the largest vertical sampling factor.
    pub fn largest_factors(&self) -> (u32, u32) {
        let largest = |factor: fn(&Component) -> u32| self.components.iter().map(factor).max().unwrap_or(1);
        (largest(|component| component.horizontal), largest(|component| component.vertical))
    }

    /// How many MCUs of an interleaved scan stand beside and below each other (ITU-T T.81, A.2.3 and A.2.4).
    pub fn mcus(&self) -> (u32, u32) {
        let (horizontal, vertical) = self.largest_factors();
        (self.width.div_ceil(8 * horizontal), self.height.div_ceil(8 * vertical))
    }

    /// How many blocks of a component stand beside and below each other in a scan of its own (A.2.2).
    pub fn blocks(&self, component: &Component) -> (u32, u32) {
        let (horizontal, vertical) = self.largest_factors();
        let blocks = |side: u32, factor: u32, largest: u32| (side * factor).div_ceil(largest).div_ceil(8);
        (blocks(self.width, component.horizontal, horizontal), blocks(self.height, component.vertical, vertical))
    }
}

impl Component {
    fn read(&[id, factors, quantization]: &[u8; 3]) -> Option<Self> {
        let (horizontal, vertical) = (u32::from(factors >> 4), u32::from(factors & 15));
        let is_valid = (1..=4).contains(&horizontal) && (1..=4).contains(&vertical) && quantization < 4;
        is_valid.then_some(Self { id, horizontal, vertical, quantization })
    }
}

/// What a scan holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    pub parts: Vec<ScanPart>,
    /// The first and the last coefficient, in zigzag order.
    pub band: (u8, u8),
    /// What is left out of each coefficient, in bits: before this scan, or 0 in a first one, and with it.
    pub approximation: (u8, u8),
}

/// A component in a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanPart {
    /// Index in [`Frame::components`].
    pub component: usize,
    /// Index of the Huffman table for DC coefficients, 0 to 3.
    pub dc_table: u8,
    /// Index of the Huffman table for AC coefficients, 0 to 3.
    pub ac_table: u8,
}

impl Scan {
    /// Reads the payload of the marker SOS.
    pub fn read(payload: &[u8], frame: &Frame) -> Result<Self, Refusal> {
        let (count, rest) = payload.split_first().ok_or(BAD_SCAN)?;
        let (pairs, rest) = rest.split_at_checked(usize::from(*count) * 2).ok_or(BAD_SCAN)?;
        let &[first, last, approximation] = <&[u8; 3]>::try_from(rest).map_err(|_| BAD_SCAN)?;
        let mut parts: Vec<ScanPart> = Vec::with_capacity(MAX_COMPONENTS);
        for &[id, tables] in pairs.as_chunks().0 {
            let component = frame.components.iter().position(|component| component.id == id).ok_or(BAD_SCAN)?;
            let (dc_table, ac_table) = (tables >> 4, tables & 15);
            // Components come in the order of the frame (B.2.3), so none comes twice.
            let is_in_order = parts.last().is_none_or(|part| part.component < component);
            if !is_in_order || dc_table > 3 || ac_table > 3 {
                return Err(BAD_SCAN);
            }
            parts.push(ScanPart { component, dc_table, ac_table });
        }
        let scan = Self { parts, band: (first, last), approximation: (approximation >> 4, approximation & 15) };
        if scan.is_valid(frame) { Ok(scan) } else { Err(BAD_SCAN) }
    }

    /// How many blocks of a component an MCU has beside and below each other (ITU-T T.81, A.2.2 and A.2.3).
    pub fn mcu_blocks(&self, component: &Component) -> (u32, u32) {
        if self.parts.len() == 1 { (1, 1) } else { (component.horizontal, component.vertical) }
    }

    /// Whether the parameters are among those of table B.3 and the sections G.1.1.1.1 and G.1.1.1.2.
    fn is_valid(&self, frame: &Frame) -> bool {
        let components = self.parts.iter().filter_map(|part| frame.components.get(part.component));
        let blocks: u32 = components.map(|component| component.horizontal * component.vertical).sum();
        let is_mcu_valid = self.parts.len() == 1 || (self.parts.len() > 1 && blocks <= MAX_MCU_BLOCKS);
        let (first, last) = self.band;
        let (before, after) = self.approximation;
        let is_coding_valid = if frame.is_progressive {
            let is_band_valid =
                if first == 0 { last == 0 } else { first <= last && last < 64 && self.parts.len() == 1 };
            is_band_valid && after <= 13 && (before == 0 || before == after + 1)
        } else {
            (first, last) == (0, 63) && (before, after) == (0, 0)
        };
        is_mcu_valid && is_coding_valid
    }
}
