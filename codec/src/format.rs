//! `Format`: the image formats we know, one table row each.

use std::io::{Read as _, SeekFrom};
use std::{fmt, io};

use crate::Header;
use crate::anymap::Anymap;
use crate::markup::{Beginning, beginning};

/// An image format that can be told by its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// AV1 still pictures and sequences in the container of MPEG.
    Avif,
    /// Bitmaps of Windows and OS/2.
    Bmp,
    /// Textures of DirectDraw.
    Dds,
    /// OpenEXR.
    Exr,
    /// farbfeld, of suckless.org.
    Farbfeld,
    /// GIF, still or animated.
    Gif,
    /// Light of any amount, as Radiance has it.
    Hdr,
    /// HEVC pictures in the container of MPEG.
    Heic,
    /// Icons and cursors of Windows.
    Ico,
    /// JPEG.
    Jpeg,
    /// JPEG 2000.
    Jpeg2000,
    /// JPEG XL.
    Jxl,
    /// PNG, still or animated.
    Png,
    /// The netpbm family: PBM, PGM, PPM and PAM.
    Pnm,
    /// Documents of Photoshop.
    Psd,
    /// QOI, the Quite OK Image format.
    Qoi,
    /// Drawings in SVG.
    Svg,
    /// Truevision TGA, of the version that says so at its end.
    Tga,
    /// TIFF and BigTIFF.
    Tiff,
    /// WebP, still or animated.
    WebP,
}

/// Whether it can be written, and who hears of that.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writing {
    Never,
    /// For whoever names it in the words of another system. Our own do not offer it: no page has a use for it.
    Named,
    Offered,
}

struct Row {
    format: Format,
    /// The names accepted in a URL; the first is the one we use ourselves, in keys, labels and texts.
    names: &'static [&'static str],
    mime: &'static str,
    writing: Writing,
    has_alpha: bool,
    /// Can hold several frames, and is read and written so by us.
    can_animate: bool,
    /// Has no pixels of its own: it is drawn at any size.
    is_vector: bool,
    /// Recognises the first bytes of a file, at most [`Format::SNIFF_BYTES`], or [`Format::MARKUP_BYTES`] of markup.
    recognise: fn(&[u8]) -> bool,
}

#[rustfmt::skip]
const TABLE: [Row; 20] = [
    Row { format: Format::Avif, names: &["avif"], mime: "image/avif", writing: Writing::Offered, has_alpha: true, can_animate: false, is_vector: false, recognise: |b| is_avif(b) },
    Row { format: Format::Bmp, names: &["bmp"], mime: "image/bmp", writing: Writing::Named, has_alpha: true, can_animate: false, is_vector: false, recognise: is_bmp },
    Row { format: Format::Dds, names: &["dds"], mime: "image/vnd-ms.dds", writing: Writing::Never, has_alpha: true, can_animate: false, is_vector: false, recognise: |b| b.starts_with(b"DDS \x7c\0\0\0") },
    Row { format: Format::Exr, names: &["exr"], mime: "image/x-exr", writing: Writing::Never, has_alpha: true, can_animate: false, is_vector: false, recognise: |b| b.starts_with(b"\x76\x2f\x31\x01") },
    Row { format: Format::Farbfeld, names: &["farbfeld", "ff"], mime: "image/x-farbfeld", writing: Writing::Never, has_alpha: true, can_animate: false, is_vector: false, recognise: |b| b.starts_with(b"farbfeld") },
    Row { format: Format::Gif, names: &["gif"], mime: "image/gif", writing: Writing::Offered, has_alpha: true, can_animate: true, is_vector: false, recognise: |b| b.starts_with(b"GIF87a") || b.starts_with(b"GIF89a") },
    Row { format: Format::Hdr, names: &["hdr"], mime: "image/vnd.radiance", writing: Writing::Never, has_alpha: false, can_animate: false, is_vector: false, recognise: |b| b.starts_with(b"#?RADIANCE\n") || b.starts_with(b"#?RGBE\n") },
    Row { format: Format::Heic, names: &["heic"], mime: "image/heic", writing: Writing::Never, has_alpha: true, can_animate: false, is_vector: false, recognise: is_heic },
    Row { format: Format::Ico, names: &["ico"], mime: "image/x-icon", writing: Writing::Named, has_alpha: true, can_animate: false, is_vector: false, recognise: is_ico },
    Row { format: Format::Jpeg, names: &["jpeg", "jpg"], mime: "image/jpeg", writing: Writing::Offered, has_alpha: false, can_animate: false, is_vector: false, recognise: |b| b.starts_with(b"\xff\xd8\xff") },
    Row { format: Format::Jpeg2000, names: &["jp2"], mime: "image/jp2", writing: Writing::Never, has_alpha: true, can_animate: false, is_vector: false, recognise: |b| b.starts_with(b"\0\0\0\x0cjP  \r\n\x87\n") || b.starts_with(b"\xff\x4f\xff\x51") },
    Row { format: Format::Jxl, names: &["jxl"], mime: "image/jxl", writing: Writing::Never, has_alpha: true, can_animate: false, is_vector: false, recognise: |b| b.starts_with(b"\xff\x0a") || b.starts_with(b"\0\0\0\x0cJXL \r\n\x87\n") },
    Row { format: Format::Png, names: &["png"], mime: "image/png", writing: Writing::Offered, has_alpha: true, can_animate: true, is_vector: false, recognise: |b| b.starts_with(b"\x89PNG\r\n\x1a\n") },
    Row { format: Format::Pnm, names: &["pnm", "pbm", "pgm", "ppm", "pam"], mime: "image/x-portable-anymap", writing: Writing::Never, has_alpha: true, can_animate: false, is_vector: false, recognise: |b| Anymap::read(b).is_some() },
    Row { format: Format::Psd, names: &["psd"], mime: "image/vnd.adobe.photoshop", writing: Writing::Never, has_alpha: true, can_animate: false, is_vector: false, recognise: |b| b.starts_with(b"8BPS\0") },
    Row { format: Format::Qoi, names: &["qoi"], mime: "image/qoi", writing: Writing::Never, has_alpha: true, can_animate: false, is_vector: false, recognise: |b| b.starts_with(b"qoif") },
    Row { format: Format::Svg, names: &["svg"], mime: "image/svg+xml", writing: Writing::Never, has_alpha: true, can_animate: false, is_vector: true, recognise: Format::is_drawing },
    Row { format: Format::Tga, names: &["tga"], mime: "image/x-tga", writing: Writing::Never, has_alpha: true, can_animate: false, is_vector: false, recognise: is_tga },
    Row { format: Format::Tiff, names: &["tiff"], mime: "image/tiff", writing: Writing::Named, has_alpha: true, can_animate: false, is_vector: false, recognise: |b| [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|magic| b.starts_with(*magic)) },
    Row { format: Format::WebP, names: &["webp"], mime: "image/webp", writing: Writing::Offered, has_alpha: true, can_animate: true, is_vector: false, recognise: |b| b.starts_with(b"RIFF") && b.get(8..12) == Some(b"WEBP") },
];

impl Format {
    /// How many of a file's first bytes [`Format::sniff`] looks at, unless [`Format::asks_for_more`].
    pub const SNIFF_BYTES: usize = 4096;
    /// How many of them it looks at where they are markup: a licence may stand before a drawing.
    pub const MARKUP_BYTES: usize = 64 << 10;

    /// All formats, in the order of their names.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.format)
    }

    /// How many of a file's last bytes tell a format that does not begin with a mark: [`Format::sniff_ends`].
    pub const END_BYTES: usize = TGA_END.len();

    /// Tells the format by a file's first bytes, or `None` where they are no image that we know. What is told by its end
    /// is known where these are all bytes.
    pub fn sniff(first_bytes: &[u8]) -> Option<Self> {
        let within = |limit: usize| first_bytes.get(..limit).unwrap_or(first_bytes);
        let recognised = TABLE.iter().find(|row| (row.recognise)(within(Self::SNIFF_BYTES)));
        let is_late = || Self::asks_for_more(first_bytes) && Self::is_drawing(within(Self::MARKUP_BYTES));
        let by_end = || is_tga(first_bytes).then_some(Self::Tga);
        recognised.map(|row| row.format).or_else(|| is_late().then_some(Self::Svg)).or_else(by_end)
    }

    /// As [`Format::sniff`], for a file whose first bytes are not all, and whose last [`Format::END_BYTES`] are these.
    pub fn sniff_ends(first_bytes: &[u8], last_bytes: &[u8]) -> Option<Self> {
        let is_tga = || is_tga_start(first_bytes) && last_bytes.ends_with(TGA_END);
        Self::sniff(first_bytes).or_else(|| is_tga().then_some(Self::Tga))
    }

    /// Tells the format of a file, and leaves it at its beginning. No more of it is read than tells.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(header: &mut dyn Header) -> io::Result<Option<Self>> {
        let mut first = Vec::with_capacity(Self::SNIFF_BYTES);
        header.take(Self::SNIFF_BYTES as u64).read_to_end(&mut first)?;
        if Self::asks_for_more(&first) {
            let more = Self::MARKUP_BYTES - Self::SNIFF_BYTES;
            header.take(more as u64).read_to_end(&mut first)?;
        }
        let mut format = Self::sniff(&first);
        if format.is_none() {
            let length = header.seek(SeekFrom::End(0))?;
            let mut last = Vec::with_capacity(Self::END_BYTES);
            header.seek(SeekFrom::Start(length.saturating_sub(Self::END_BYTES as u64)))?;
            header.read_to_end(&mut last)?;
            format = Self::sniff_ends(&first, &last);
        }
        header.rewind()?;
        Ok(format)
    }

    /// Tells whether [`Format::SNIFF_BYTES`] of a file are too few to know: they are markup that has not come to its
    /// first element. Then [`Format::MARKUP_BYTES`] are enough.
    pub fn asks_for_more(first_bytes: &[u8]) -> bool {
        let window = first_bytes.get(..Self::SNIFF_BYTES);
        window.is_some_and(|window| beginning(window) == Beginning::Markup)
    }

    fn is_drawing(window: &[u8]) -> bool {
        beginning(window) == Beginning::Drawing
    }

    /// Parses a name, in any letter case.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|format| format.names().iter().any(|known| known.eq_ignore_ascii_case(name)))
    }

    /// The name in URLs, metrics and texts.
    pub fn name(self) -> &'static str {
        self.row().names.first().copied().unwrap_or_default()
    }

    /// The customary ending of file names, without the dot.
    pub fn extension(self) -> &'static str {
        let names = self.row().names;
        names.iter().copied().min_by_key(|name| name.len()).unwrap_or_default()
    }

    /// All names that are accepted in a URL; the first is [`Format::name`].
    pub(crate) fn names(self) -> &'static [&'static str] {
        self.row().names
    }

    /// Tells whether it can be written.
    pub(crate) fn is_output(self) -> bool {
        self.row().writing != Writing::Never
    }

    /// Tells whether it can be written, and our own words offer it.
    pub(crate) fn is_offered(self) -> bool {
        self.row().writing == Writing::Offered
    }

    /// The media type (IANA, or the customary one where none is registered).
    pub fn mime(self) -> &'static str {
        self.row().mime
    }

    /// Tells whether the format can carry transparency.
    pub fn has_alpha(self) -> bool {
        self.row().has_alpha
    }

    /// Tells whether an animation can be read from the format and written to it.
    pub fn can_animate(self) -> bool {
        self.row().can_animate
    }

    /// Tells whether the format has no pixels of its own, and is drawn at any size.
    pub fn is_vector(self) -> bool {
        self.row().is_vector
    }

    #[expect(clippy::indexing_slicing, reason = "tested: a row for each variant, in the order of the variants")]
    fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The brands of an ISO base media file (ISO/IEC 14496-12, section 4.3): the major one, then the compatible ones.
fn brands(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_file_type_box = bytes.get(4..8) == Some(b"ftyp");
    let length = bytes.first_chunk().map_or(0, |length| u32::from_be_bytes(*length) as usize);
    let payload = if is_file_type_box { bytes.get(8..length.min(bytes.len())) } else { None };
    payload.unwrap_or_default().chunks_exact(4).enumerate().filter(|(index, _)| *index != 1).map(|(_, brand)| brand)
}

fn is_avif(bytes: &[u8]) -> bool {
    brands(bytes).any(|brand| brand == b"avif" || brand == b"avis")
}

fn is_heic(bytes: &[u8]) -> bool {
    const BRANDS: [&[u8]; 8] = [b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"];
    !is_avif(bytes) && brands(bytes).any(|brand| BRANDS.contains(&brand))
}

/// What the second version of the format ends with.
const TGA_END: &[u8] = b"TRUEVISION-XFILE.\0";

fn is_tga(bytes: &[u8]) -> bool {
    is_tga_start(bytes) && bytes.ends_with(TGA_END)
}

/// Whether there is a palette, and how the pixels are stored.
fn is_tga_start(bytes: &[u8]) -> bool {
    matches!(bytes, [_, 0 | 1, 1..=3 | 9..=11, ..])
}

fn is_bmp(bytes: &[u8]) -> bool {
    const HEADER_SIZES: [u32; 8] = [12, 16, 40, 52, 56, 64, 108, 124];
    let header_size = bytes.get(14..18).and_then(|size| size.try_into().ok()).map(u32::from_le_bytes);
    bytes.starts_with(b"BM") && header_size.is_some_and(|size| HEADER_SIZES.contains(&size))
}

/// An icon or a cursor with at least one picture. The reserved byte of the first entry should be zero; .NET leaves 255
/// there, others what they like. Then the rest of the entry must be plausible, and what it leads to where that is seen.
fn is_ico(bytes: &[u8]) -> bool {
    const DEPTHS: [u16; 7] = [0, 1, 4, 8, 16, 24, 32];
    let is_icon = bytes.starts_with(b"\0\0\x01\0");
    let Some([low, high]) = bytes.get(4..6).filter(|_| is_icon || bytes.starts_with(b"\0\0\x02\0")) else {
        return false;
    };
    let count = u32::from(u16::from_le_bytes([*low, *high]));
    let Some(entry) = bytes.get(6..22).and_then(<[u8]>::first_chunk::<16>) else {
        return count > 0 && bytes.get(9) == Some(&0);
    };
    let [_, _, _, reserved, a, b, c, d, e, f, g, h, i, j, k, l] = *entry;
    let (planes, depth) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
    let (length, offset) = (u32::from_le_bytes([e, f, g, h]), u32::from_le_bytes([i, j, k, l]));
    // In a cursor, the hot spot stands for planes and depth.
    let is_plausible =
        (!is_icon || (planes <= 1 && DEPTHS.contains(&depth))) && length >= 40 && offset >= 6 + count * 16;
    let payload = usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..)?.first_chunk::<4>());
    let is_picture = payload.is_none_or(|start| start == b"\x89PNG" || *start == 40u32.to_le_bytes());
    count > 0 && (reserved == 0 || (is_plausible && is_picture))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_one_row_for_each_format_in_order() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.format as usize, index, "{}", row.names[0]);
        }
    }

    #[test]
    fn an_icon_is_told_by_its_first_entry_whatever_its_reserved_byte_is() {
        let file = |kind: u8, reserved: u8, fields: [u8; 4], length: u8, offset: u8, start: &[u8]| {
            let entry = [&[16, 16, 0, reserved][..], &fields, &[length, 0, 0, 0, offset, 0, 0, 0]].concat();
            [&[0, 0, kind, 0, 1, 0], entry.as_slice(), start].concat()
        };
        let bitmap = [40, 0, 0, 0].as_slice();
        let icon = Some(Format::Ico);
        for (file, expected) in [
            (file(1, 255, [1, 0, 32, 0], 99, 22, bitmap), icon),
            (file(1, 255, [0, 0, 0, 0], 99, 22, b"\x89PNG\r\n"), icon),
            (file(2, 7, [3, 0, 9, 0], 99, 22, bitmap), icon),
            (file(1, 255, [1, 0, 32, 0], 99, 200, bitmap), icon),
            (file(1, 0, [9, 9, 9, 9], 1, 1, b"else"), icon),
            (file(1, 255, [2, 0, 32, 0], 99, 22, bitmap), None),
            (file(1, 255, [1, 0, 31, 0], 99, 22, bitmap), None),
            (file(1, 255, [1, 0, 32, 0], 39, 22, bitmap), None),
            (file(1, 255, [1, 0, 32, 0], 99, 21, bitmap), None),
            (file(1, 255, [1, 0, 32, 0], 99, 22, b"else"), None),
            (file(3, 0, [1, 0, 32, 0], 99, 22, bitmap), None),
        ] {
            assert_eq!(Format::sniff(&file), expected, "{}", file.escape_ascii());
        }
        assert_eq!(Format::sniff(b"\0\0\x01\0\x01\0\x10\x10\0\xff"), None);
    }

    #[test]
    fn formats_are_told_by_their_bytes() {
        let cases: [(&[u8], Option<Format>); 19] = [
            (b"\xff\xd8\xff\xe0", Some(Format::Jpeg)),
            (b"GIF89a....", Some(Format::Gif)),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Some(Format::WebP)),
            (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", Some(Format::Avif)),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", Some(Format::Heic)),
            (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- c --><svg xmlns=''>", Some(Format::Svg)),
            (b"<!DOCTYPE svg [<!ENTITY a 'b'>]>\n<svg:svg>", Some(Format::Svg)),
            (b"<!DOCTYPE svg [<!ENTITY a ']>'><!-- ' ]> -->] >\n<svg>", Some(Format::Svg)),
            (b"<?xml version='1.0' encoding='windows-1252'?><!-- \xe9 --><svg>", Some(Format::Svg)),
            (b"\xff\xfe<\0s\0v\0g\0>\0", Some(Format::Svg)),
            (b"\0<\0s\0v\0g\0>", Some(Format::Svg)),
            (b"<svgz>", None),
            (b"<!DOCTYPE html><html><svg></svg></html>", None),
            (b"BM is how this text begins", None),
            (b"BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\0", Some(Format::Bmp)),
            (b"\0\0\x01\0\x01\0\x10\x10\0\0", Some(Format::Ico)),
            (b"plain text", None),
            (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", None),
            (b"", None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(Format::sniff(bytes), expected, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn a_drawing_may_come_late_and_nothing_else_is_read_further() {
        let after = |bytes: usize, end: &str| format!("<?xml version='1.0'?><!--{}-->{end}", "x".repeat(bytes));
        let sniff = |text: &str| (Format::sniff(text.as_bytes()), Format::asks_for_more(text.as_bytes()));
        assert_eq!(sniff(&after(100, "<svg>")), (Some(Format::Svg), false));
        // The first element at the very edge.
        for bytes in Format::SNIFF_BYTES - 50..Format::SNIFF_BYTES + 10 {
            assert_eq!(sniff(&after(bytes, "<svg>")).0, Some(Format::Svg), "{bytes}");
        }
        assert_eq!(sniff(&after(20_000, "<svg>")), (Some(Format::Svg), true));
        assert_eq!(sniff(&after(20_000, "<html>")), (None, true));
        assert_eq!(sniff(&after(Format::MARKUP_BYTES, "<svg>")), (None, true));
        assert_eq!(sniff(&format!("<html>{}", after(20_000, "<svg>"))), (None, false));
        assert_eq!(sniff(&" <".repeat(10_000)), (None, false));
    }
}
