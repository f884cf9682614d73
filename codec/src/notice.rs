//! `Notice`: whose a picture is, as its metadata says.

use std::borrow::Cow;

pub use super::blocks::Blocks;
use super::blocks::records;
use super::carried::Carried;
use super::exif;

/// The longest text that is taken over, in bytes.
const MAX_TEXT_BYTES: usize = 1000;
/// More people than any picture was made by.
const MAX_ARTISTS: usize = 16;
const IPTC_ARTIST: [u8; 2] = [2, 80];
const IPTC_COPYRIGHT: [u8; 2] = [2, 116];

/// Copyright and artist: plain text of at most 1000 bytes each, without control characters, never empty; and all else that an
/// original says, where that is to be kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notice {
    artist: Option<String>,
    copyright: Option<String>,
    carried: Carried,
}

/// What of an original's metadata a rendition keeps: the least first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Keeping {
    /// Nothing.
    #[default]
    Nothing,
    /// Whose the picture is.
    Notice,
    /// EXIF, XMP and IPTC, as far as the format can carry them, but for thumbnails and the orientation: where the picture was taken as
    /// well.
    All,
}

impl Notice {
    /// Reads both from EXIF, what is not there from XMP, and what is not there either from IPTC.
    pub fn read(blocks: &Blocks<'_>) -> Self {
        let Blocks { exif, file, xmp, iptc } = blocks;
        let from_exif = |tag| cleaned(exif::value(exif.as_deref().or(file.as_deref())?, tag)?);
        let from_xmp = |name| from_xmp(xmp.as_deref()?, name);
        let from_iptc = |dataset| from_iptc(records(iptc.as_deref()?), dataset);
        Self {
            artist: from_exif(exif::ARTIST).or_else(|| from_xmp("dc:creator")).or_else(|| from_iptc(IPTC_ARTIST)),
            copyright: from_exif(exif::COPYRIGHT)
                .or_else(|| from_xmp("dc:rights"))
                .or_else(|| from_iptc(IPTC_COPYRIGHT)),
            carried: Carried::default(),
        }
    }

    /// Reads what is kept. What is left out of all of it is told like a notice.
    pub fn kept(blocks: &Blocks<'_>, keeping: Keeping) -> Self {
        match keeping {
            Keeping::Nothing => Self::default(),
            Keeping::Notice => Self::read(blocks),
            Keeping::All => Self { carried: Carried::of(blocks), ..Self::read(blocks) },
        }
    }

    /// Tells whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Who made it.
    pub(crate) fn artist(&self) -> Option<&str> {
        self.artist.as_deref()
    }

    /// Whose it is.
    pub(crate) fn copyright(&self) -> Option<&str> {
        self.copyright.as_deref()
    }

    /// A packet of XMP.
    pub(crate) fn xmp(&self) -> Option<&[u8]> {
        self.carried.xmp.as_deref()
    }

    /// Records of IPTC.
    pub(crate) fn iptc(&self) -> Option<&[u8]> {
        self.carried.iptc.as_deref()
    }

    /// An EXIF block that says what is to be kept and no more, without a prefix; `None` where there is nothing to say.
    pub fn exif(&self) -> Option<Vec<u8>> {
        let Self { artist, copyright, carried } = self;
        if carried.exif.is_some() {
            return carried.exif.clone();
        }
        let has_text = artist.is_some() || copyright.is_some();
        has_text.then(|| exif::block(artist.as_deref(), copyright.as_deref()))
    }
}

/// Text as strangers wrote it, made fit to be written: what is no UTF-8 is taken for Latin-1, parts that a zero
/// divides (EXIF: photographer and editor) are joined, and it is cut to length.
fn cleaned(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.get(..MAX_TEXT_BYTES * 4).unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        // A character that was cut in two.
        Err(error) if error.error_len().is_none() => String::from_utf8_lossy(bytes.get(..error.valid_up_to())?),
        Err(_) => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
    };
    joined(text.split('\0').map(str::to_owned))
}

fn joined(parts: impl Iterator<Item = String>) -> Option<String> {
    let words = |part: String| {
        part.split(|c: char| c.is_control() || c == ' ')
            .filter(|word| !word.is_empty())
            .fold(String::new(), |text, word| if text.is_empty() { word.to_owned() } else { text + " " + word })
    };
    let parts: Vec<String> = parts.map(words).filter(|part| !part.is_empty()).take(MAX_ARTISTS).collect();
    let mut text = parts.join("; ");
    text.truncate(text.floor_char_boundary(MAX_TEXT_BYTES));
    (!text.is_empty()).then_some(text)
}

/// The texts of a property of XMP (ISO 16684-1, section 7): items of a list, or else its own text. Written by programs,
/// it is looked at without a parser; entities are not looked up but for the five of XML, and numbers.
fn from_xmp(packet: &[u8], name: &str) -> Option<String> {
    let packet = std::str::from_utf8(packet).ok()?;
    let element = packet.split_once(&format!("<{name}"))?.1.split_once(&format!("</{name}>"))?.0;
    let (attributes, content) = element.split_once('>')?;
    if !attributes.is_empty() && !attributes.starts_with(char::is_whitespace) {
        return None;
    }
    let items = content.split("<rdf:li").skip(1).filter_map(|item| item.split_once('>')?.1.split_once("</rdf:li>"));
    let items: Vec<&str> = items.map(|(text, _)| text).take(MAX_ARTISTS).collect();
    // Of a text in several languages, the first is that for all others.
    let texts = match items.as_slice() {
        [] if content.contains('<') => return None,
        [] => vec![content],
        [first, ..] if content.contains("<rdf:Alt") => vec![*first],
        items => items.to_vec(),
    };
    joined(texts.into_iter().map(unescaped))
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len().min(MAX_TEXT_BYTES * 4));
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let entity = after.split_once(';').and_then(|(name, rest)| Some((character(name)?, rest)));
        let (character, tail) = entity.unwrap_or(('&', after));
        plain.push(character);
        rest = tail;
    }
    plain + rest
}

fn character(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = entity.strip_prefix('#')?;
            let hexadecimal = number.strip_prefix(['x', 'X']).map(|digits| u32::from_str_radix(digits, 16));
            char::from_u32(hexadecimal.unwrap_or_else(|| number.parse()).ok()?)
        }
    }
}

/// All values of a dataset, joined (IIM 4.2, chapter 3).
fn from_iptc(mut records: &[u8], wanted: [u8; 2]) -> Option<String> {
    let mut texts = Vec::new();
    while let [0x1c, record, dataset, high, low, rest @ ..] = records {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let Some((value, next)) = rest.split_at_checked(length) else { break };
        if [*record, *dataset] == wanted {
            texts.extend(cleaned(value));
        }
        records = next;
    }
    joined(texts.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(artist: Option<&str>, copyright: Option<&str>) -> Notice {
        let carried = Carried::default();
        Notice { artist: artist.map(str::to_owned), copyright: copyright.map(str::to_owned), carried }
    }

    fn packet(content: &str) -> Blocks<'static> {
        let packet = format!("<x:xmpmeta><rdf:RDF><rdf:Description>{content}</rdf:Description></rdf:RDF></x:xmpmeta>");
        Blocks { xmp: Some(packet.into_bytes().into()), ..Blocks::default() }
    }

    fn dataset(number: u8, text: &[u8]) -> Vec<u8> {
        [&[0x1c, 2, number, 0, text.len() as u8], text].concat()
    }

    #[test]
    fn exif_counts_before_xmp_and_xmp_before_iptc() {
        let iptc = [dataset(80, b"iptc artist"), dataset(116, b"iptc copyright")].concat();
        let xmp = packet("<dc:creator><rdf:Seq><rdf:li>xmp artist</rdf:li></rdf:Seq></dc:creator>").xmp;
        let exif = exif::block(None, Some("exif copyright"));
        let mut blocks = Blocks { exif: Some(exif.into()), xmp, iptc: Some(iptc.into()), file: None };
        assert_eq!(Notice::read(&blocks), notice(Some("xmp artist"), Some("exif copyright")));
        blocks.xmp = None;
        assert_eq!(Notice::read(&blocks), notice(Some("iptc artist"), Some("exif copyright")));
        assert_eq!(Notice::read(&Blocks::default()).exif(), None);
    }

    #[test]
    fn texts_are_made_fit_to_be_written() {
        assert_eq!(cleaned("\u{7}Zoë\tOr\r\nso \0 \0".as_bytes()).as_deref(), Some("Zoë Or so"));
        assert_eq!(cleaned(b"photographer\0editor\0").as_deref(), Some("photographer; editor"));
        assert_eq!(cleaned(b"\xa9 Jos\xe9").as_deref(), Some("© José"));
        assert_eq!(cleaned(b" \0\n"), None);
        let long = cleaned("é".repeat(3000).as_bytes()).unwrap();
        assert_eq!(long, "é".repeat(500));
        let exif = notice(Some("A"), None).exif().unwrap();
        assert_eq!(Notice::read(&Blocks { exif: Some(exif.into()), ..Blocks::default() }), notice(Some("A"), None));
    }

    #[test]
    fn xmp_is_read_as_a_list_as_a_choice_and_as_text() {
        let rights = r#"<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">&#xa9; A &amp; B</rdf:li><rdf:li
            xml:lang="de">anders</rdf:li></rdf:Alt></dc:rights>"#;
        let creator = "<dc:creator><rdf:Seq><rdf:li>A</rdf:li><rdf:li>B</rdf:li></rdf:Seq></dc:creator>";
        let both = packet(&format!("{creator}{rights}"));
        assert_eq!(Notice::read(&both), notice(Some("A; B"), Some("© A & B")));
        assert_eq!(
            Notice::read(&packet("<dc:rights>&lt;me&gt; & &you;</dc:rights>")),
            notice(None, Some("<me> & &you;"))
        );
        for broken in
            ["<dc:rights>", "<dc:rightsOf>a</dc:rightsOf>", "<dc:rights/>", "<dc:rights><rdf:Alt/></dc:rights>"]
        {
            assert_eq!(Notice::read(&packet(broken)), Notice::default(), "{broken}");
        }
    }

    #[test]
    fn iptc_is_found_among_the_resources_of_photoshop() {
        let records = [dataset(5, b"title"), dataset(80, b"A"), dataset(80, b"B"), dataset(116, b"\xa9 C")].concat();
        let resource = |identifier: u16, content: &[u8]| {
            let padding = &[0][..content.len() % 2];
            [
                b"8BIM",
                &identifier.to_be_bytes()[..],
                b"\x03abc",
                &(content.len() as u32).to_be_bytes(),
                content,
                padding,
            ]
            .concat()
        };
        let whole = [b"Photoshop 3.0\0".to_vec(), resource(0x0425, b"odd"), resource(0x0404, &records)].concat();
        let read = |block: &[u8]| Notice::read(&Blocks { iptc: Some(block.to_vec().into()), ..Blocks::default() });
        assert_eq!(read(&whole), notice(Some("A; B"), Some("© C")));
        assert_eq!(read(&records), notice(Some("A; B"), Some("© C")));
        for length in 0..whole.len() {
            let _ = read(&whole[..length]);
        }
    }
}
