//! The marker segments between the scans: tables, and what they say when a scan begins (ITU-T T.81, annex B).

use memchr::memchr_iter;

use super::Refusal;
use super::frame::{Frame, Scan};
use super::huffman::Codes;

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const DQT: u8 = 0xdb;
const DHT: u8 = 0xc4;
const DNL: u8 = 0xdc;
const DRI: u8 = 0xdd;
const DAC: u8 = 0xcc;
const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const APP14: u8 = 0xee;
const APP15: u8 = 0xef;
const COM: u8 = 0xfe;

const ENDS_EARLY: Refusal = Refusal::Malformed("data ends early");
const BAD_TABLE: Refusal = Refusal::Malformed("a broken table");

/// Divisors of the coefficients, in zigzag order.
pub type Quantization = [u16; 64];

/// Reads marker after marker, and keeps the tables that hold at each scan.
pub struct Markers<'a> {
    input: &'a [u8],
    next: usize,
    pub frame: Option<Frame>,
    pub quantizations: [Option<Quantization>; 4],
    pub dc_codes: [Option<Codes>; 4],
    pub ac_codes: [Option<Codes>; 4],
    /// In MCUs; 0 for none.
    pub restart_interval: u32,
    has_jfif: bool,
    /// What the Adobe marker says of the colours.
    adobe_transform: Option<u8>,
}

impl<'a> Markers<'a> {
    /// Expects the marker that every file starts with.
    pub fn new(input: &'a [u8]) -> Result<Self, Refusal> {
        if !input.starts_with(&[0xff, SOI]) {
            return Err(Refusal::Malformed("no start of image"));
        }
        let none = [const { None }; 4];
        Ok(Self {
            input,
            next: 2,
            frame: None,
            quantizations: [None; 4],
            dc_codes: none.clone(),
            ac_codes: none,
            restart_interval: 0,
            has_jfif: false,
            adobe_transform: None,
        })
    }

    /// Reads up to and with the next scan header; `None` at the end of the image.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] where the file ends before either.
    pub fn next_scan(&mut self) -> Result<Option<Scan>, Refusal> {
        loop {
            let code = self.marker()?;
            if code == EOI {
                return Ok(None);
            }
            let payload = self.payload()?;
            match code {
                SOS => {
                    let frame = self.frame.as_ref().ok_or(Refusal::Malformed("a scan before the frame header"))?;
                    return Scan::read(payload, frame).map(Some);
                }
                DQT => self.define_quantizations(payload)?,
                DHT => self.define_codes(payload)?,
                DRI => self.restart_interval = u16::from_be_bytes(payload.try_into().map_err(|_| BAD_TABLE)?).into(),
                DNL => return Err(Refusal::Unsupported("a height that follows the pixels")),
                APP0 => self.has_jfif |= payload.starts_with(b"JFIF\0") && payload.len() >= 14,
                APP14 if payload.starts_with(b"Adobe") => self.adobe_transform = payload.get(11).copied(),
                0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                    if self.frame.replace(Frame::read(code, payload)?).is_some() {
                        return Err(Refusal::Malformed("a second frame header"));
                    }
                }
                DAC | APP1..=APP15 | COM => {}
                _ => return Err(Refusal::Malformed("an unknown marker")),
            }
        }
    }

    /// Where the data of the scan begins whose header was read last.
    pub fn scan_start(&self) -> (&'a [u8], usize) {
        (self.input, self.next)
    }

    /// Goes on with the first marker at or after `index`, behind the data of a scan. Costs a search for bytes 0xff.
    pub fn skip_data_from(&mut self, index: usize) -> Result<(), Refusal> {
        let rest = self.input.get(index..).unwrap_or_default();
        let is_marker = |at: &usize| !matches!(rest.get(at + 1), None | Some(0 | 0xd0..=0xd7 | 0xff));
        let marker = memchr_iter(0xff, rest).find(is_marker).ok_or(ENDS_EARLY)?;
        self.next = index + marker;
        Ok(())
    }

    /// Whether three components are red, green and blue: the rules of libjpeg (`default_decompress_parms`).
    pub fn is_rgb(&self) -> bool {
        let ids = self.frame.as_ref().map(|frame| frame.components.iter().map(|component| component.id));
        match (self.has_jfif, self.adobe_transform) {
            (true, _) => false,
            (false, Some(transform)) => transform == 0,
            (false, None) => ids.is_some_and(|ids| ids.eq(*b"RGB")),
        }
    }

    fn marker(&mut self) -> Result<u8, Refusal> {
        let rest = self.input.get(self.next..).unwrap_or_default();
        let fill = rest.iter().take_while(|byte| **byte == 0xff).count();
        let code = *rest.get(fill).ok_or(ENDS_EARLY)?;
        if fill == 0 || code < 0xc0 || matches!(code, 0xd0..=0xd8) {
            return Err(Refusal::Malformed("no marker where one must be"));
        }
        self.next += fill + 1;
        Ok(code)
    }

    fn payload(&mut self) -> Result<&'a [u8], Refusal> {
        let rest = self.input.get(self.next..).unwrap_or_default();
        let length = usize::from(u16::from_be_bytes(*rest.first_chunk().ok_or(ENDS_EARLY)?));
        self.next += length;
        if length < 2 {
            return Err(Refusal::Malformed("a segment of less than two bytes"));
        }
        rest.get(2..length).ok_or(ENDS_EARLY)
    }

    /// DQT: any number of tables of 8 or 16 bits (ITU-T T.81, B.2.4.1).
    fn define_quantizations(&mut self, mut rest: &[u8]) -> Result<(), Refusal> {
        while let Some((head, tail)) = rest.split_first() {
            let table: Quantization;
            if head >> 4 == 0 {
                let (values, next) = tail.split_first_chunk::<64>().ok_or(BAD_TABLE)?;
                (table, rest) = (values.map(u16::from), next);
            } else {
                let (values, next) = tail.split_first_chunk::<128>().ok_or(BAD_TABLE)?;
                let mut pairs = values.as_chunks().0.iter();
                table = std::array::from_fn(|_| pairs.next().map_or(0, |pair| u16::from_be_bytes(*pair)));
                rest = next;
            }
            if head >> 4 > 1 || table.contains(&0) {
                return Err(BAD_TABLE);
            }
            *self.quantizations.get_mut(usize::from(head & 15)).ok_or(BAD_TABLE)? = Some(table);
        }
        Ok(())
    }

    /// DHT: any number of tables (ITU-T T.81, B.2.4.2).
    fn define_codes(&mut self, mut rest: &[u8]) -> Result<(), Refusal> {
        while let Some((head, tail)) = rest.split_first() {
            let (counts, tail) = tail.split_first_chunk::<16>().ok_or(BAD_TABLE)?;
            let count = counts.iter().map(|count| usize::from(*count)).sum();
            let (symbols, tail) = tail.split_at_checked(count).ok_or(BAD_TABLE)?;
            let tables = match head >> 4 {
                0 => &mut self.dc_codes,
                1 => &mut self.ac_codes,
                _ => return Err(BAD_TABLE),
            };
            let place = tables.get_mut(usize::from(head & 15)).ok_or(BAD_TABLE)?;
            *place = Some(Codes::new(*counts, symbols).ok_or(BAD_TABLE)?);
            rest = tail;
        }
        Ok(())
    }
}
