//! `Medium`: what an answer is. An image, or a text that is made of pixels.

use std::fmt;

use crate::Format;

/// The longest edge of the pictures that hashes are made of, which depend on it: as many pixels as a ThumbHash can have.
const HASHED_EDGE: u32 = 100;
/// The same of what is to have a few hundred bytes.
const TINY_EDGE: u32 = 32;

/// What an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Medium {
    /// An image of this format.
    Image(Format),
    /// A BlurHash (<https://github.com/woltapp/blurhash>): some 30 letters that stand for a blurred picture.
    BlurHash,
    /// A ThumbHash (<https://evanw.github.io/thumbhash/>): the same with transparency, and the shape.
    ThumbHash,
    /// A data URI of at most 400 bytes: the picture, very small.
    Lqip,
    /// What is known of the original and of its colours, as JSON.
    Info,
}

/// What is told of a medium that is no image.
struct TextRow {
    medium: Medium,
    name: &'static str,
    mime: &'static str,
    extension: &'static str,
    /// Transparency is kept until it is written.
    has_alpha: bool,
    longest_edge: u32,
}

const PLAIN: &str = "text/plain; charset=utf-8";

#[rustfmt::skip]
const TEXTS: [TextRow; 4] = [
    TextRow { medium: Medium::BlurHash, name: "blurhash", mime: PLAIN, extension: "txt", has_alpha: false, longest_edge: HASHED_EDGE },
    TextRow { medium: Medium::ThumbHash, name: "thumbhash", mime: PLAIN, extension: "txt", has_alpha: true, longest_edge: HASHED_EDGE },
    TextRow { medium: Medium::Lqip, name: "lqip", mime: PLAIN, extension: "txt", has_alpha: true, longest_edge: TINY_EDGE },
    TextRow { medium: Medium::Info, name: "json", mime: "application/json", extension: "json", has_alpha: true, longest_edge: HASHED_EDGE },
];

/// A medium that a rendition can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OutputFormat(Medium);

impl Medium {
    /// Every medium: images in the order of their names, then texts.
    pub fn all() -> impl Iterator<Item = Self> {
        Format::all().map(Self::Image).chain(Self::texts())
    }

    /// The media that are no images.
    pub(crate) fn texts() -> impl Iterator<Item = Self> {
        TEXTS.iter().map(|row| row.medium)
    }

    fn text(self) -> Option<&'static TextRow> {
        TEXTS.iter().find(|row| row.medium == self)
    }

    /// The name in URLs, keys, metrics and texts.
    pub fn name(self) -> &'static str {
        self.names().first().copied().unwrap_or_default()
    }

    /// The media type.
    pub fn mime(self) -> &'static str {
        self.format().map(Format::mime).or(self.text().map(|row| row.mime)).unwrap_or_default()
    }

    /// The customary ending of file names, without the dot.
    pub fn extension(self) -> &'static str {
        self.format().map(Format::extension).or(self.text().map(|row| row.extension)).unwrap_or_default()
    }

    /// The format, where it is an image.
    pub fn format(self) -> Option<Format> {
        match self {
            Self::Image(format) => Some(format),
            Self::BlurHash | Self::ThumbHash | Self::Lqip | Self::Info => None,
        }
    }

    /// Tells whether transparency is kept.
    pub fn has_alpha(self) -> bool {
        self.format().map_or_else(|| self.text().is_some_and(|row| row.has_alpha), Format::has_alpha)
    }

    /// Tells whether what it says depends on what transparency is blended with.
    pub fn needs_background(self) -> bool {
        !self.has_alpha() || self == Self::Info
    }

    /// Tells whether an animation can be written.
    pub fn can_animate(self) -> bool {
        self.format().is_some_and(Format::can_animate)
    }

    /// The longest edge in pixels of the pictures that it is made of, where more would only cost time.
    pub fn longest_edge(self) -> Option<u32> {
        self.text().map(|row| row.longest_edge)
    }

    /// All names that it has in URLs and settings; the first is [`Medium::name`].
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::Image(format) => format.names(),
            _ => self.text().map(|row| std::slice::from_ref(&row.name)).unwrap_or_default(),
        }
    }
}

impl From<Format> for Medium {
    fn from(format: Format) -> Self {
        Self::Image(format)
    }
}

impl OutputFormat {
    /// What a rendition is made in when none is asked for and the original's own format cannot be written:
    /// PNG keeps every pixel and its alpha, and every client reads it.
    pub const LOSSLESS: Self = Self::PNG;
    /// A picture without transparency that every client reads.
    pub const JPEG: Self = Self(Medium::Image(Format::Jpeg));
    /// Smaller than either, for most clients.
    pub const WEBP: Self = Self(Medium::Image(Format::WebP));
    /// Every pixel and its alpha.
    pub const PNG: Self = Self(Medium::Image(Format::Png));
    /// At most 256 colours.
    pub const GIF: Self = Self(Medium::Image(Format::Gif));
    /// For what is printed. Not offered in our own words.
    pub const TIFF: Self = Self(Medium::Image(Format::Tiff));
    /// For programs of old. Not offered in our own words.
    pub const BMP: Self = Self(Medium::Image(Format::Bmp));
    /// Some 30 letters.
    pub const BLURHASH: Self = Self(Medium::BlurHash);
    /// A data URI.
    pub const LQIP: Self = Self(Medium::Lqip);
    /// What is known of the original.
    pub const INFO: Self = Self(Medium::Info);

    /// All media that a rendition can have.
    pub fn all() -> impl Iterator<Item = Self> {
        Medium::all().filter(|medium| medium.format().is_none_or(Format::is_output)).map(Self)
    }

    /// All formats that a rendition can have, where it is an image.
    pub fn images() -> impl Iterator<Item = Self> {
        Self::all().filter(|output| output.0.format().is_some())
    }

    /// The media that our own words offer: all but formats that are written for whoever names them in other words.
    pub fn offered() -> impl Iterator<Item = Self> {
        Self::all().filter(|output| output.is_offered())
    }

    /// All names that [`Self::named`] accepts.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::offered().flat_map(|output| output.0.names().iter().copied())
    }

    /// Parses the name of one that our own words offer, in any letter case.
    pub fn named(name: &str) -> Option<Self> {
        Self::written_as(name).filter(|output| output.is_offered())
    }

    /// Parses the name of anything that can be written, in any letter case.
    pub fn written_as(name: &str) -> Option<Self> {
        Self::all().find(|output| output.0.names().iter().any(|known| known.eq_ignore_ascii_case(name)))
    }

    /// The output of the same format as `original`, where our own words offer it.
    pub fn same_as(original: Format) -> Option<Self> {
        original.is_offered().then_some(Self(Medium::Image(original)))
    }

    /// Tells whether our own words offer it.
    pub fn is_offered(self) -> bool {
        self.0.format().is_none_or(Format::is_offered)
    }

    /// What it is.
    pub fn medium(self) -> Medium {
        self.0
    }

    /// The format, where it is an image.
    pub fn format(self) -> Option<Format> {
        self.0.format()
    }
}

impl fmt::Display for Medium {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl fmt::Display for OutputFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_letter_case() {
        assert_eq!(OutputFormat::named("JPG"), OutputFormat::named("jpeg"));
        assert_eq!(OutputFormat::named("WebP").and_then(OutputFormat::format), Some(Format::WebP));
        assert_eq!(OutputFormat::named("BlurHash").map(OutputFormat::medium), Some(Medium::BlurHash));
        let names = ["avif", "gif", "jpeg", "jpg", "png", "webp", "blurhash", "thumbhash", "lqip", "json"];
        assert_eq!(OutputFormat::names().collect::<Vec<_>>(), names);
        assert!(OutputFormat::images().all(|output| output.format().is_some()));
    }

    #[test]
    fn what_is_written_and_not_offered_has_to_be_named() {
        for (name, output) in [("BMP", OutputFormat::BMP), ("tiff", OutputFormat::TIFF)] {
            assert_eq!((OutputFormat::named(name), OutputFormat::written_as(name)), (None, Some(output)));
            assert_eq!(output.format().and_then(OutputFormat::same_as), None);
            assert!(OutputFormat::images().any(|known| known == output) && !output.is_offered());
        }
        assert_eq!(OutputFormat::written_as("gif"), OutputFormat::named("gif"));
        assert_eq!(OutputFormat::named("ico"), None);
        assert_eq!(OutputFormat::written_as("ico").and_then(OutputFormat::format), Some(Format::Ico));
        assert_eq!((OutputFormat::named("qoi"), OutputFormat::written_as("qoi")), (None, None));
        assert_eq!(OutputFormat::same_as(Format::Gif), Some(OutputFormat::GIF));
    }

    #[test]
    fn no_two_media_have_a_name_in_common() {
        let mut names: Vec<_> = Medium::all().flat_map(Medium::names).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
