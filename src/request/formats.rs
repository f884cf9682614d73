//! `Formats`: a set of formats of originals; and `FormatList`: a format that follows from lists.

use super::{Accepted, Dimensions, Facts, Format, OutputFormat, OutputPolicy};

/// A set of formats.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Formats(u32);

/// A format that follows from lists and from what a picture needs, by rules that look at no pixel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FormatList {
    /// Formats that are taken before all others, where they hold the picture.
    pub shown: Accepted,
    /// What is asked for; `None` leaves it to the others.
    pub named: Option<OutputFormat>,
    /// What an original keeps its own format from; else the first of them that holds the picture, else the first.
    pub usual: [Option<OutputFormat>; Self::USUAL],
    /// Something is added around the picture.
    pub is_extended: bool,
    /// A colour is put behind the picture.
    pub is_opaque: bool,
}

impl Formats {
    /// The same with one more.
    #[must_use]
    pub fn with(self, format: Format) -> Self {
        Self(self.0 | Self::bit(format))
    }

    /// Tells whether one is in it.
    pub fn has(self, format: Format) -> bool {
        self.0 & Self::bit(format) != 0
    }

    /// Tells whether nothing is in it.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    fn bit(format: Format) -> u32 {
        1 << format as u32
    }
}

impl FormatList {
    /// How many formats a list has at most.
    pub const USUAL: usize = 8;

    /// The shortest side of an AVIF, in pixels. Smaller ones are shown by few.
    const LEAST_AVIF: u32 = 16;

    /// Tells whether a format is one that animations are kept in.
    pub fn moves(output: OutputFormat) -> bool {
        matches!(output, OutputFormat::GIF | OutputFormat::WEBP)
    }

    /// The format of a rendition of an original with these facts, and of these dimensions; of one that is too small for
    /// AVIF, another.
    pub(super) fn chosen(self, facts: &Facts, dimensions: Dimensions, policy: &OutputPolicy) -> OutputFormat {
        let is_small = dimensions.width.min(dimensions.height) < Self::LEAST_AVIF;
        let output = self.listed(facts, policy);
        match output.format() {
            Some(Format::Avif) if is_small && self.may_be_clear(facts) => OutputFormat::PNG,
            Some(Format::Avif) if is_small => OutputFormat::JPEG,
            _ => output,
        }
    }

    fn may_be_clear(self, facts: &Facts) -> bool {
        !self.is_opaque && (self.is_extended || facts.may_be_transparent())
    }

    fn listed(self, facts: &Facts, policy: &OutputPolicy) -> OutputFormat {
        let is_moving = policy.animation.keeps(facts);
        let moves = |output: OutputFormat| !is_moving || Self::moves(output);
        let shown = Accepted::NEGOTIABLE.into_iter().filter_map(OutputFormat::same_as);
        let mut shown = shown.filter(|output| self.shown.has(*output) && policy.allows(*output));
        if let Some(output) = shown.find(|output| moves(*output)).or(self.named) {
            return output;
        }
        let usual = || self.usual.into_iter().flatten();
        if let Some(own) = usual().find(|output| output.format() == Some(facts.format)) {
            return own;
        }
        let may_be_clear = self.may_be_clear(facts);
        let holds = |output: &OutputFormat| moves(*output) && (!may_be_clear || output.medium().has_alpha());
        usual().find(holds).or_else(|| usual().next()).unwrap_or(OutputFormat::LOSSLESS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::recipe::tests::{PHOTO, policy};

    #[test]
    fn a_set_has_what_was_put_in() {
        let set = Formats::default().with(Format::Svg).with(Format::WebP).with(Format::WebP);
        assert!(Formats::default().is_empty() && !set.is_empty());
        assert_eq!([Format::Svg, Format::WebP, Format::Avif].map(|format| set.has(format)), [true, true, false]);
        assert!(Format::all().count() <= u32::BITS as usize);
    }

    #[test]
    fn a_picture_keeps_its_format_or_gets_the_first_that_holds_it() {
        let mut usual = [None; FormatList::USUAL];
        usual[..3].copy_from_slice(&[OutputFormat::JPEG, OutputFormat::PNG, OutputFormat::GIF].map(Some));
        let list = FormatList { usual, ..FormatList::default() };
        let of = |list: FormatList, format, frames| {
            list.chosen(&codec::Facts { format, frames, ..PHOTO }, PHOTO.stored, &policy()).format().unwrap()
        };
        for (format, expected) in [
            (Format::Jpeg, Format::Jpeg),
            (Format::Png, Format::Png),
            (Format::Gif, Format::Gif),
            (Format::WebP, Format::Jpeg),
            (Format::Bmp, Format::Jpeg),
        ] {
            assert_eq!(of(list, format, 1), expected, "{format}");
        }
        assert_eq!(of(list, Format::WebP, 5), Format::Gif, "it moves");
        assert_eq!(of(FormatList { is_extended: true, ..list }, Format::WebP, 1), Format::Png);
        assert_eq!(of(FormatList { is_extended: true, is_opaque: true, ..list }, Format::WebP, 1), Format::Jpeg);
        assert_eq!(of(FormatList { named: Some(OutputFormat::GIF), ..list }, Format::WebP, 1), Format::Gif);
    }

    #[test]
    fn what_is_shown_comes_first_where_it_holds_the_picture() {
        let list = FormatList { shown: Accepted::all(), named: Some(OutputFormat::PNG), ..FormatList::default() };
        let of = |frames| {
            list.chosen(&codec::Facts { format: Format::Gif, frames, ..PHOTO }, PHOTO.stored, &policy()).format()
        };
        assert_eq!([of(1), of(5)], [Some(Format::Avif), Some(Format::WebP)]);
    }

    #[test]
    fn what_is_too_small_for_avif_is_something_else() {
        let avif = OutputFormat::written_as("avif").unwrap();
        let list = FormatList { named: Some(avif), ..FormatList::default() };
        let of = |list: FormatList, width, height| list.chosen(&PHOTO, Dimensions::new(width, height), &policy());
        assert_eq!(of(list, 16, 16), avif);
        assert_eq!([of(list, 15, 90), of(list, 90, 15)], [OutputFormat::JPEG; 2]);
        assert_eq!(of(FormatList { is_extended: true, ..list }, 15, 90), OutputFormat::PNG);
    }
}
