//! JPEG, read and written by libjpeg-turbo as mozjpeg-sys carries it; headers, and what is made smaller, are read by safe
//! code of our own.

mod compress;
mod decompress;
mod error;
mod header;
mod metadata;
pub(crate) mod part;
mod profile;
mod quantisation;
#[cfg(test)]
mod samples;
mod scale;
pub mod thumbnail;
mod window;

use std::io::Cursor;

use decompress::Order;
use scale::{Excess, Scale};
use thumbnail::{Refusal, Thumbnail};

use super::colour::{Channels, ColourSpace};
use super::notice::{Blocks, Notice};
use super::{
    BrokenOriginals, Choices, Codec, CodecError, Coding, DecodeOptions, Detail, Details, Encoder, Excerpt, Header,
    Limits, NamedColours, Picture, PixelLayout, limits,
};
use crate::{Colours, Condition, Dimensions, Facts, Format, Quality, SampleFacts};

/// What an operator can choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// libjpeg's quality, 1 to 100: a number gives about the SSIMULACRA2 that it gives with libjpeg's own tables.
    pub quality: u8,
}

impl Default for Settings {
    /// Quality 75, as libjpeg's own.
    fn default() -> Self {
        Self { quality: 75 }
    }
}

/// Reads baseline, progressive and arithmetic-coded files of 8 bits a sample, and writes baseline 4:2:0 unless a coding says
/// otherwise.
///
/// With a target, decoding runs at a half, a quarter or an eighth of the size, whichever is large enough for a good
/// resize, in a decoder of our own; what that does not read (arithmetic coding, four inks) or finds broken goes to libjpeg.
/// [`Picture::extent`] then tells how much of the last row and column is the original. CMYK becomes sRGB by the profile of
/// the file, and where there is none, by multiplication.
#[derive(Debug, Clone, Copy)]
pub struct Jpeg {
    settings: Settings,
    limits: Limits,
}

impl Jpeg {
    /// A codec whose encoder has these settings.
    pub fn new(settings: Settings, limits: Limits) -> Self {
        Self { settings, limits }
    }
}

impl Jpeg {
    /// For our own decoder and for libjpeg.
    fn scales(stored: Dimensions, target: Option<Dimensions>) -> [Scale; 2] {
        [Excess::OWN, Excess::LIBJPEG].map(|excess| Scale::for_target(stored, target, excess))
    }

    /// Decodes at a reduced size with our own decoder; `None` where libjpeg is to have a look.
    fn thumbnail(
        original: &[u8],
        stored: Dimensions,
        scale: Scale,
        excerpt: Option<Excerpt>,
        max_scans: u32,
        is_abandoned: &dyn Fn() -> bool,
    ) -> Option<Result<Picture, CodecError>> {
        if scale == Scale::Full {
            return None;
        }
        let place = excerpt.map(|excerpt| excerpt.divided(scale.denominator()));
        let part = place.map(|place| (place.left..place.right(), place.top..place.bottom()));
        let Thumbnail { width, height, channels, pixels } =
            match thumbnail::decode_part(original, scale.denominator(), part, max_scans, is_abandoned) {
                Ok(small) => small,
                Err(Refusal::Abandoned) => return Some(Err(CodecError::Abandoned)),
                Err(Refusal::TooManyScans) => return Some(Err(limits::too_many_scans(max_scans))),
                Err(_) => return None,
            };
        // The two readers of headers must agree.
        let expected = place.map_or_else(|| scale.applied_to(stored), |place| place.dimensions);
        let dimensions = Some(Dimensions::new(width, height)).filter(|got| *got == expected)?;
        let layout = if channels == 1 { PixelLayout::Gray } else { PixelLayout::Rgb };
        let picture = Picture::new(dimensions, layout, pixels)?.reduced_from(stored, scale.denominator());
        Some(Ok(match place {
            Some(place) => picture.placed_at(place.left, place.top),
            None => picture,
        }))
    }
}

impl Jpeg {
    /// How the numbers stand for colours; a profile in several pieces is too long to be that of sRGB.
    fn colours(header: &mut dyn Header, preamble: &header::Preamble) -> Colours {
        let channels = match preamble.frame.components {
            1 => Channels::Gray,
            3 => Channels::Rgb,
            _ => return Colours::Foreign,
        };
        match preamble.profile {
            None => Colours::Srgb,
            Some(piece) if !piece.is_whole => Colours::Profiled,
            Some(piece) => ColourSpace::told_by(header, piece.start, piece.bytes.into(), channels),
        }
    }
}

impl Codec for Jpeg {
    fn format(&self) -> Format {
        Format::Jpeg
    }

    fn probe(&self, header: &mut dyn Header) -> Result<Facts, CodecError> {
        let preamble = header::read(header, &self.limits)?;
        let (stored, orientation) = (preamble.frame.dimensions, preamble.orientation.unwrap_or_default());
        let condition = Condition {
            colours: Self::colours(header, &preamble),
            metadata: preamble.metadata,
            quality: preamble.quantisation.as_ref().map(quantisation::quality),
            is_progressive: preamble.frame.is_progressive,
            states_orientation: preamble.orientation.is_some(),
            chroma: preamble.frame.chroma,
            samples: SampleFacts { has_profile: preamble.profile.is_some(), ..SampleFacts::default() },
            ..Condition::default()
        };
        Ok(Facts {
            format: Format::Jpeg,
            stored,
            orientation,
            frames: 1,
            decoding: preamble.decoding(),
            condition,
            drawing: None,
        })
    }

    fn decode_as(&self, original: &[u8], options: &DecodeOptions<'_>) -> Result<Picture, CodecError> {
        let DecodeOptions { target, excerpt, broken, is_abandoned } = *options;
        let preamble = header::read(&mut Cursor::new(original), &self.limits)?;
        let dimensions = self.limits.admit(Format::Jpeg, preamble.frame.dimensions)?;
        let max_scans = self.limits.max_scans_of(dimensions);
        let excerpt =
            excerpt.map(|excerpt| excerpt.within(dimensions)).filter(|excerpt| excerpt.dimensions.pixels() > 0);
        let [own, scale] = Self::scales(excerpt.map_or(dimensions, |excerpt| excerpt.dimensions), target);
        // What is missing of a broken one is judged by all of it.
        let excerpt = excerpt.filter(|_| broken == BrokenOriginals::Refuse);
        let order = Order { original, preamble: &preamble, scale, excerpt, max_scans, broken, is_abandoned };
        let decoded = match broken {
            BrokenOriginals::Refuse => Self::thumbnail(original, dimensions, own, excerpt, max_scans, is_abandoned),
            BrokenOriginals::Show => None,
        };
        let decoded = decoded.unwrap_or_else(|| decompress::decompress(&order));
        Ok(profile::coloured(decoded?, original))
    }

    fn decoded(&self, stored: Dimensions, target: Option<Dimensions>) -> Dimensions {
        let [own, libjpeg] = Self::scales(stored, target);
        own.max(libjpeg).applied_to(stored)
    }

    fn decoded_excerpt(&self, excerpt: Excerpt, target: Option<Dimensions>) -> Dimensions {
        let [own, libjpeg] = Self::scales(excerpt.dimensions, target);
        excerpt.divided(own.max(libjpeg).denominator()).dimensions
    }

    fn detail(&self, stored: Dimensions, target: Option<Dimensions>) -> Detail {
        let [own, _] = Self::scales(stored, target);
        Detail::Divided(own.denominator())
    }

    fn blocks<'a>(&self, original: &'a [u8]) -> Blocks<'a> {
        metadata::blocks(original)
    }

    fn details(&self, original: &[u8], facts: &Facts) -> Details {
        let colours = match facts.decoding.pixel_bytes {
            1 => NamedColours::Gray,
            3 => ColourSpace::named_by(profile::read(original).as_deref()),
            _ => NamedColours::Cmyk,
        };
        Details { colours, ..Details::of(facts) }
    }

    fn encoder(&self) -> Option<&dyn Encoder> {
        Some(self)
    }
}

impl Encoder for Jpeg {
    fn coding(&self) -> Coding {
        Coding::new(Some(Quality::new(self.settings.quality)), 0)
    }

    fn choices(&self) -> Choices {
        const SEARCHING: u8 = compress::SEARCHING;
        Choices {
            can_lose: true,
            can_keep_all: false,
            can_be_progressive: true,
            can_have_palette: false,
            quarters_chroma_below: Some(u8::MAX),
            efforts: [0, 0, 0, 0, 0, 0, 0, SEARCHING, SEARCHING, SEARCHING, SEARCHING],
        }
    }

    fn encode_as(
        &self,
        picture: &Picture,
        coding: &Coding,
        notice: &Notice,
        _threads: usize,
    ) -> Result<Vec<u8>, CodecError> {
        let dimensions = picture.dimensions();
        if dimensions.longest_edge() > header::MAX_SIDE {
            return Err(CodecError::TooLarge { format: Format::Jpeg, limit: header::MAX_SIDE, dimensions });
        }
        let file = compress::compress(picture, coding)?;
        Ok(metadata::with_notice(profile::with_profile(file, picture), notice))
    }

    fn strip(&self, original: &[u8], notice: &Notice) -> Result<Vec<u8>, CodecError> {
        let stripped = metadata::stripped(original);
        let stripped = stripped.ok_or_else(|| CodecError::malformed(Format::Jpeg, "the markers are not in order"))?;
        Ok(metadata::with_notice(stripped, notice))
    }

    fn carries_profile(&self, _layout: PixelLayout) -> bool {
        true
    }

    fn working_bytes(&self, dimensions: Dimensions, layout: PixelLayout, coding: &Coding) -> u64 {
        compress::working_bytes(dimensions, layout, coding)
    }

    fn version(&self) -> String {
        "jpeg v2;".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::samples::Sample;
    use super::*;
    use crate::Orientation;
    use crate::PixelLayout;

    fn jpeg(quality: u8) -> Jpeg {
        Jpeg::new(Settings { quality }, Limits::default())
    }

    #[test]
    fn the_orientation_is_told_and_not_applied() {
        let exif = b"\xff\xe1\0\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let plain = Sample::scene().encode();
        let turned = [&plain[..2], exif, &plain[2..]].concat();
        let facts = jpeg(75).probe(&mut Cursor::new(&turned)).unwrap();
        assert_eq!((facts.orientation, facts.stored), (Orientation::Rotated90, Dimensions::new(37, 21)));
        assert_eq!(jpeg(75).decode(&turned, None), jpeg(75).decode(&plain, None));
    }

    #[test]
    fn our_own_files_tell_the_quality_that_they_were_written_in() {
        let picture = jpeg(75).decode(&Sample::scene().encode(), None).unwrap();
        for quality in 5..=100 {
            let file = jpeg(quality).encode(&picture).unwrap();
            let told = jpeg(75).probe(&mut Cursor::new(file)).unwrap().condition.quality.unwrap().number();
            assert!(told.abs_diff(quality) <= 1, "{quality}: {told}");
            let capped = jpeg(100).coding().capped(Some(Quality::new(quality)));
            assert_eq!(jpeg(100).encode_as(&picture, &capped, &Notice::default(), 1), jpeg(quality).encode(&picture));
        }
    }

    #[test]
    fn a_reduced_picture_knows_the_size_it_stands_for() {
        let picture = jpeg(75).decode(&Sample::scene().encode(), Some(Dimensions::new(2, 1))).unwrap();
        assert_eq!(picture.dimensions(), Dimensions::new(5, 3));
        assert_eq!(picture.extent(), (4.625, 2.625));
    }

    #[test]
    fn garbage_after_the_start_of_image_is_malformed() {
        for garbage in [&b"\xff\xd8 and then text"[..], b"\xff\xd8\xff", b"\xff\xd8\xff\xd8", b"\xff\xd8\xff\xe0\0\0"] {
            let malformed = |error| matches!(error, CodecError::Malformed { format: Format::Jpeg, .. });
            assert!(jpeg(75).probe(&mut Cursor::new(garbage)).is_err_and(malformed));
            assert!(jpeg(75).decode(garbage, None).is_err_and(malformed));
        }
    }

    #[test]
    fn a_side_that_the_format_cannot_hold_is_refused() {
        for dimensions in [Dimensions::new(65_501, 1), Dimensions::new(1, 65_501)] {
            let picture = Picture::new(dimensions, PixelLayout::Gray, vec![0; 65_501]).unwrap();
            let expected = CodecError::TooLarge { format: Format::Jpeg, limit: 65_500, dimensions };
            assert_eq!(jpeg(75).encode(&picture), Err(expected));
        }
        let longest = Picture::new(Dimensions::new(65_500, 1), PixelLayout::Gray, vec![0; 65_500]).unwrap();
        assert!(jpeg(75).encode(&longest).is_ok());
    }

    #[test]
    fn a_quality_outside_its_range_means_the_nearest() {
        let picture = jpeg(75).decode(&Sample::scene().encode(), None).unwrap();
        assert_eq!(jpeg(255).encode(&picture), jpeg(100).encode(&picture));
        assert!(jpeg(0).encode(&picture).is_ok());
    }
}
