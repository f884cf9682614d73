//! JPEG at an eighth, a quarter or half of its size, decoded by safe code of our own: of the entropy-coded data, only
//! what the smaller picture shows is kept, and the rest is passed over several symbols at a time.
//!
//! Must not know libjpeg: whoever calls this goes to libjpeg with what is refused here, for the pixels or the verdict.

#![forbid(unsafe_code)]

mod bits;
mod colour;
mod frame;
mod huffman;
mod inverse_dct;
mod markers;
mod output;
mod planes;
mod progressive;
mod refinement;
mod sequential;
mod walk;

use std::ops::Range;

use bits::EntropyCoded;
use frame::{Frame, Scan};
use huffman::{Alphabet, Codes, Table};
use markers::Markers;
use output::Output;
use planes::Plane;
use progressive::{AcScan, Coefficients, DcPart, DcScan, Need};
use refinement::{Band, HistoryScan};
use sequential::{Part, Sequential};
use walk::{Visitor, mcus, walk};

/// A scan can cost a pass over all blocks, however few bytes it has; usual encoders write 1 to 14 of them. Those that are
/// not needed cost a search for the next marker, and do not count.
const MAX_DECODED_SCANS: u32 = 40;

/// Why there are no pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing is wrong with the file, but this decoder does not read its like.
    Unsupported(&'static str),
    /// The file is broken, or so unusual that libjpeg had better look at it.
    Malformed(&'static str),
    /// There are more scans than the caller allows.
    TooManyScans,
    /// Nobody waits for the pixels any more.
    Abandoned,
}

/// A picture at a reduced size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// In pixels: of the original, divided and rounded up.
    pub width: u32,
    /// In pixels, like the width.
    pub height: u32,
    /// 1 for gray, 3 for RGB.
    pub channels: usize,
    /// `width * height * channels` bytes, in rows from the top left, without padding.
    pub pixels: Vec<u8>,
}

/// Decodes `original` with both sides divided by `divisor`, 2, 4 or 8, and rounded up.
///
/// Reads sequential and progressive files of 8 bits a sample in gray, YCbCr or RGB, of at most `max_scans` scans. Asks
/// `is_abandoned` once for every row of MCUs.
///
/// # Errors
/// [`Refusal`]: every file that is broken in a part that is needed, and every one of another kind.
pub fn decode(
    original: &[u8],
    divisor: u32,
    max_scans: u32,
    is_abandoned: &dyn Fn() -> bool,
) -> Result<Thumbnail, Refusal> {
    decode_part(original, divisor, None, max_scans, is_abandoned)
}

/// Decodes as [`decode`] these columns and rows of the smaller picture, or all of it: they have the same pixels in both.
/// What follows the last row is not looked at where that is possible, and may be broken.
///
/// # Errors
/// As [`decode`]; also for a part that does not lie within the picture.
pub fn decode_part(
    original: &[u8],
    divisor: u32,
    part: Option<(Range<u32>, Range<u32>)>,
    max_scans: u32,
    is_abandoned: &dyn Fn() -> bool,
) -> Result<Thumbnail, Refusal> {
    if !matches!(divisor, 2 | 4 | 8) {
        return Err(Refusal::Unsupported("another divisor than 2, 4 and 8"));
    }
    let mut markers = Markers::new(original)?;
    let scan = markers.next_scan()?.ok_or(Refusal::Malformed("no scan"))?;
    let frame = markers.frame.clone().ok_or(Refusal::Malformed("no frame header"))?;
    let planes = frame.components.iter().map(|component| Plane::new(&frame, component, divisor)).collect();
    let whole = (frame.width.div_ceil(divisor), frame.height.div_ceil(divisor));
    let (columns, rows) = part.unwrap_or((0..whole.0, 0..whole.1));
    if columns.is_empty() || rows.is_empty() || columns.end > whole.0 || rows.end > whole.1 {
        return Err(Refusal::Unsupported("a part that is not within the picture"));
    }
    let (width, height) = (columns.end - columns.start, rows.end - rows.start);
    let channels = frame.components.len();
    // Colours change evenly between blocks, so those below the last row are needed too.
    let (_, vertical) = frame.largest_factors();
    let mcu_rows = (rows.end.div_ceil(8 / divisor * vertical) + 1).min(frame.mcus().1);
    let output = Output::new(whole.0, (columns, rows), channels, markers.is_rgb());
    let mut decoder = Decoder { markers, planes, output, mcu_rows, max_scans, is_abandoned };
    if frame.is_progressive {
        decoder.progressive(&frame, scan)?;
    } else {
        decoder.sequential(&frame, scan)?;
    }
    let pixels = decoder.output.pixels;
    if pixels.len() != width as usize * height as usize * channels {
        return Err(Refusal::Malformed("rows are missing"));
    }
    Ok(Thumbnail { width, height, channels, pixels })
}

struct Decoder<'a> {
    markers: Markers<'a>,
    planes: Vec<Plane>,
    output: Output,
    /// Rows of MCUs that the wanted rows need.
    mcu_rows: u32,
    max_scans: u32,
    is_abandoned: &'a dyn Fn() -> bool,
}

impl Decoder<'_> {
    fn sequential(&mut self, frame: &Frame, first: Scan) -> Result<(), Refusal> {
        let is_one_scan = first.parts.len() == frame.components.len();
        // Then every row goes out as soon as it is there.
        let is_streamed = is_one_scan && self.planes.iter().all(Plane::is_direct);
        let rows = match (is_streamed, is_one_scan) {
            (true, _) => 1,
            (false, true) => self.mcu_rows,
            (false, false) => frame.mcus().1,
        };
        for (plane, component) in self.planes.iter_mut().zip(&frame.components) {
            plane.set_block_rows(rows * component.vertical);
        }
        let mut missing: Vec<usize> = (0..frame.components.len()).collect();
        let mut next = Some(first);
        while let Some(scan) = next {
            if !scan.parts.iter().all(|part| missing.contains(&part.component)) {
                return Err(Refusal::Malformed("a component that comes twice"));
            }
            missing.retain(|component| scan.parts.iter().all(|part| part.component != *component));
            let end = self.sequential_scan(frame, &scan, is_one_scan, is_streamed)?;
            if is_one_scan {
                break;
            }
            self.markers.skip_data_from(end)?;
            next = self.markers.next_scan()?;
        }
        if !missing.is_empty() {
            return Err(Refusal::Malformed("a component is missing"));
        }
        if !is_streamed {
            self.append_planes();
        }
        Ok(())
    }

    fn sequential_scan(
        &mut self,
        frame: &Frame,
        scan: &Scan,
        is_one_scan: bool,
        is_streamed: bool,
    ) -> Result<usize, Refusal> {
        let markers = &self.markers;
        let mut parts = Vec::with_capacity(scan.parts.len());
        for (index, plane) in self.planes.iter_mut().enumerate() {
            let Some(part) = scan.parts.iter().find(|part| part.component == index) else { continue };
            let component = frame.components.get(index).ok_or(UNDEFINED)?;
            let dc = table(&markers.dc_codes, part.dc_table, Alphabet::Dc)?;
            let ac = table(&markers.ac_codes, part.ac_table, Alphabet::SequentialAc)?;
            let quantization = *defined(&markers.quantizations, component.quantization)?;
            parts.push(Part::new(plane, scan.mcu_blocks(component), dc, ac, quantization));
        }
        let (input, start) = markers.scan_start();
        let mut coded = EntropyCoded::new(input, start);
        let output = is_streamed.then_some(&mut self.output);
        let mut sequential = Sequential { parts, output };
        let (columns, all_rows) = mcus(frame, scan);
        let rows = if is_one_scan { self.mcu_rows.min(all_rows) } else { all_rows };
        walk(&mut coded, (columns, rows), markers.restart_interval, self.is_abandoned, &mut sequential)?;
        // Where the scan was not read to its end, there is none to look for.
        if rows < all_rows { Ok(start) } else { coded.end() }
    }

    fn progressive(&mut self, frame: &Frame, first: Scan) -> Result<(), Refusal> {
        let components = frame.components.iter().zip(&self.planes);
        let mut all: Vec<_> = components.map(|(component, plane)| Coefficients::new(frame, component, plane)).collect();
        let mut next = Some(first);
        let (mut seen, mut decoded) = (0, 0);
        while let Some(scan) = next {
            seen += 1;
            if seen > self.max_scans {
                return Err(Refusal::TooManyScans);
            }
            let (_, start) = self.markers.scan_start();
            let end = self.progressive_scan(frame, &scan, &mut all)?;
            decoded += u32::from(end.is_some());
            if decoded > MAX_DECODED_SCANS {
                return Err(Refusal::Malformed("more scans than anyone writes"));
            }
            let end = end.unwrap_or(start);
            self.markers.skip_data_from(end)?;
            next = self.markers.next_scan()?;
        }
        if !all.iter().all(Coefficients::has_dc) {
            return Err(Refusal::Malformed("a component is missing"));
        }
        self.append_coefficients(frame, &all);
        Ok(())
    }

    /// Decodes a scan if it is needed, and then tells where it ends.
    fn progressive_scan(&self, frame: &Frame, scan: &Scan, all: &mut [Coefficients]) -> Result<Option<usize>, Refusal> {
        let markers = &self.markers;
        for part in &scan.parts {
            let (Some(coefficients), Some(component)) =
                (all.get_mut(part.component), frame.components.get(part.component))
            else {
                return Err(UNDEFINED);
            };
            if coefficients.quantization.is_none() {
                coefficients.quantization = Some(*defined(&markers.quantizations, component.quantization)?);
            }
        }
        if scan.band.0 == 0 {
            return self.dc_scan(frame, scan, all).map(Some);
        }
        let [part] = &scan.parts[..] else { return Err(UNDEFINED) };
        let coefficients = all.get_mut(part.component).ok_or(UNDEFINED)?;
        let need = coefficients.need(scan)?;
        if need == Need::None {
            return Ok(None);
        }
        let table = table(&markers.ac_codes, part.ac_table, Alphabet::ProgressiveAc)?;
        let ((first, last), shift) = (scan.band, scan.approximation.1.into());
        if need == Need::First {
            let band = (first.into(), u32::from(last) + 1);
            let scan_visitor = AcScan { coefficients, table, band, shift, ended: 0 };
            return self.walk(frame, scan, scan_visitor).map(Some);
        }
        let is_refinement = need == Need::Refinement;
        let band = Band { first, last, shift };
        self.walk(frame, scan, HistoryScan { coefficients, table, band, is_refinement, ended: 0 }).map(Some)
    }

    fn dc_scan(&self, frame: &Frame, scan: &Scan, all: &mut [Coefficients]) -> Result<usize, Refusal> {
        let mut parts = Vec::with_capacity(scan.parts.len());
        for (index, coefficients) in all.iter_mut().enumerate() {
            let Some(part) = scan.parts.iter().find(|part| part.component == index) else { continue };
            let component = frame.components.get(index).ok_or(UNDEFINED)?;
            let is_first = coefficients.need(scan)? == Need::First;
            let codes = &self.markers.dc_codes;
            let table = if is_first { Some(table(codes, part.dc_table, Alphabet::Dc)?) } else { None };
            parts.push(DcPart { coefficients, blocks: scan.mcu_blocks(component), table, prediction: 0 });
        }
        self.walk(frame, scan, DcScan { parts, shift: scan.approximation.1.into() })
    }

    /// Walks the scan whose header was read last, and tells where it ends.
    fn walk(&self, frame: &Frame, scan: &Scan, mut visitor: impl Visitor) -> Result<usize, Refusal> {
        let (input, start) = self.markers.scan_start();
        let mut coded = EntropyCoded::new(input, start);
        let interval = self.markers.restart_interval;
        walk(&mut coded, mcus(frame, scan), interval, self.is_abandoned, &mut visitor)?;
        coded.end()
    }

    fn append_coefficients(&mut self, frame: &Frame, all: &[Coefficients]) {
        let mcu_rows = self.mcu_rows;
        let is_streamed = self.planes.iter().all(Plane::is_direct);
        let band = if is_streamed { 1 } else { mcu_rows };
        for (plane, component) in self.planes.iter_mut().zip(&frame.components) {
            plane.set_block_rows(band * component.vertical);
        }
        for mcu_row in 0..mcu_rows {
            for ((plane, component), coefficients) in self.planes.iter_mut().zip(&frame.components).zip(all) {
                for row in 0..component.vertical {
                    let target = if is_streamed { row } else { mcu_row * component.vertical + row };
                    coefficients.reconstruct(mcu_row * component.vertical + row, plane, target);
                }
            }
            if is_streamed {
                self.append_planes();
            }
        }
        if !is_streamed {
            self.append_planes();
        }
    }

    fn append_planes(&mut self) {
        match &self.planes[..] {
            [first, second, third] if self.planes.iter().all(Plane::is_direct) => {
                self.output.append([first, second, third]);
            }
            [only] => self.output.append([only]),
            planes => self.output.append_enlarged(&planes.iter().collect::<Vec<_>>()),
        }
    }
}

const UNDEFINED: Refusal = Refusal::Malformed("a table that was not defined");

fn defined<T>(tables: &[Option<T>; 4], index: u8) -> Result<&T, Refusal> {
    tables.get(usize::from(index)).and_then(Option::as_ref).ok_or(UNDEFINED)
}

fn table(codes: &[Option<Codes>; 4], index: u8, alphabet: Alphabet) -> Result<Table, Refusal> {
    defined(codes, index).and_then(|codes| Table::new(codes, alphabet))
}
