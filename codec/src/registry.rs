//! `Codecs`: all codecs of this build, with their settings.

use std::sync::Arc;

use twox_hash::XxHash3_64;

use crate::blurhash::BlurHash;
use crate::info::Info;
use crate::lqip::Lqip;
use crate::raster::Raster;
use crate::shown::{self, ShownFrames};
use crate::thumbhash::ThumbHash;
use crate::{
    Animator, BrokenOriginals, Codec, CodecError, Codings, ColourRule, DecodeOptions, Details, Encoder, Facts, Fonts,
    Format, Frames, InputFormats, Keeping, Limits, Medium, Notice, OutputFormat, Picture, avif, bmp, dds, exr, gif,
    ico, jpeg, jxl, png, svg, tiff, webp,
};

/// The settings of every encoder, and the limits of every decoder.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CodecSettings {
    /// The formats that are decoded.
    pub inputs: InputFormats,
    /// What an original may ask for.
    pub limits: Limits,
    /// What becomes of colours that are not sRGB.
    pub colour_rule: ColourRule,
    /// What becomes of originals that are damaged or cut short.
    pub broken_originals: BrokenOriginals,
    /// How AVIF is written.
    pub avif: avif::Settings,
    /// How JPEG is written.
    pub jpeg: jpeg::Settings,
    /// How PNG is written.
    pub png: png::Settings,
    /// What text is set in.
    pub fonts: Fonts,
    /// How WebP is written.
    pub webp: webp::Settings,
}

/// All codecs of this build.
#[derive(Clone)]
pub struct Codecs {
    all: Arc<[Box<dyn Codec>]>,
    inputs: InputFormats,
    limits: Limits,
    fonts: Fonts,
    colour_rule: ColourRule,
    broken_originals: BrokenOriginals,
    settings_digest: u64,
}

impl Codecs {
    /// One codec for each format that is read or written.
    pub fn new(settings: &CodecSettings) -> Self {
        let CodecSettings { limits, colour_rule, broken_originals, .. } = *settings;
        let mut all: Vec<Box<dyn Codec>> = vec![
            Box::new(avif::Avif::new(settings.avif, limits).with_colour_rule(colour_rule)),
            Box::new(bmp::Bmp::new(limits)),
            Box::new(dds::Dds::new(limits)),
            Box::new(exr::Exr::new(limits)),
            Box::new(gif::Gif::new(limits)),
            #[cfg(feature = "heic")]
            Box::new(crate::heic::Heic::new(limits).with_colour_rule(colour_rule)),
            Box::new(ico::Ico::new(limits)),
            Box::new(jpeg::Jpeg::new(settings.jpeg, limits)),
            Box::new(jxl::Jxl::new(limits)),
            Box::new(png::Png::new(settings.png, limits).with_colour_rule(colour_rule)),
            Box::new(svg::Svg::new(&settings.fonts, limits)),
            Box::new(tiff::Tiff::new(limits).with_colour_rule(colour_rule)),
            Box::new(webp::WebP::new(settings.webp, limits)),
        ];
        all.extend(Raster::FORMATS.map(|format| Box::new(Raster::new(format, limits)) as Box<dyn Codec>));
        let offered = all.iter().filter(|codec| codec.format().is_offered());
        let texts = Medium::texts().filter_map(text_encoder).map(Encoder::version);
        let encoders: String = offered.filter_map(|codec| Some(codec.encoder()?.version())).chain(texts).collect();
        let (inputs, fonts) = (settings.inputs.clone(), settings.fonts.clone());
        let settings = format!("colours={colour_rule:?} v1;{encoders}drawings v3;text v1;fonts {:x}", fonts.digest());
        let settings_digest = XxHash3_64::oneshot(settings.as_bytes());
        Self { all: all.into(), inputs, limits, fonts, colour_rule, broken_originals, settings_digest }
    }

    /// What an original may ask for.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What text is set in.
    pub fn fonts(&self) -> &Fonts {
        &self.fonts
    }

    /// What becomes of colours that are not sRGB.
    pub fn colour_rule(&self) -> ColourRule {
        self.colour_rule
    }

    /// Tells whether broken originals are decoded a second time, and all of them then.
    pub fn shows_broken(&self) -> bool {
        self.broken_originals == BrokenOriginals::Show
    }

    /// What is kept of the metadata of an original.
    pub fn notice(&self, format: Format, original: &[u8], keeping: Keeping) -> Notice {
        let codec = self.codec(format).ok().filter(|_| keeping != Keeping::Nothing);
        codec.map(|codec| Notice::kept(&codec.blocks(original), keeping)).unwrap_or_default()
    }

    /// The codec that reads `format`.
    ///
    /// # Errors
    /// [`CodecError::Unsupported`] for a format that we recognise but do not decode, or are told not to.
    pub fn decoder(&self, format: Format) -> Result<&dyn Codec, CodecError> {
        let codec = self.codec(format)?;
        let reason = "decoding this format is switched off here; it is only served untouched";
        if self.inputs.contains(format) { Ok(codec) } else { Err(CodecError::unsupported(format, reason)) }
    }

    /// Decodes an original as [`Codec::decode_as`], and of an excerpt no more than that, rounded outwards to whole pixels of
    /// a reduced size. Whatever `options` say of broken originals, what is set counts: what there is of a
    /// broken one, where that is to be shown; the picture then says so ([`Picture::is_incomplete`]).
    ///
    /// # Errors
    /// As [`Codecs::decoder`] and [`Codec::decode_as`].
    pub fn decode(&self, format: Format, original: &[u8], options: &DecodeOptions<'_>) -> Result<Picture, CodecError> {
        let codec = self.decoder(format)?;
        let options = DecodeOptions { broken: BrokenOriginals::Refuse, ..*options };
        let decoded = match codec.decode_as(original, &options) {
            Err(error @ CodecError::Malformed { .. }) if self.broken_originals == BrokenOriginals::Show => {
                let options = DecodeOptions { broken: BrokenOriginals::Show, ..options };
                shown::shown(error, codec.decode_as(original, &options))
            }
            decoded => decoded,
        }?;
        Ok(match options.excerpt {
            Some(excerpt) => decoded.showing(excerpt),
            None => decoded,
        })
    }

    /// Decodes what was written here a moment ago, whatever is set of originals.
    ///
    /// # Errors
    /// As [`Codec::decode`]; [`CodecError::Encode`] for what is no image.
    pub fn shown(&self, output: OutputFormat, file: &[u8]) -> Result<Picture, CodecError> {
        let Some(format) = output.format() else { return Err(CodecError::encode(output.medium(), "it is no image")) };
        self.codec(format)?.decode(file, None)
    }

    /// Reads the frames of an original as [`Codec::frames`]; where not even the first is whole and broken originals are to
    /// be shown, one frame of what there is.
    ///
    /// # Errors
    /// As [`Codecs::decoder`] and [`Codec::frames`].
    pub fn frames<'a>(&'a self, format: Format, original: &'a [u8]) -> Result<Box<dyn Frames + 'a>, CodecError> {
        let codec = self.decoder(format)?;
        let frames = codec.frames(original)?;
        Ok(match self.broken_originals {
            BrokenOriginals::Refuse => frames,
            BrokenOriginals::Show => Box::new(ShownFrames::new(codec, original, frames)),
        })
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &dyn Codec> {
        self.all.iter().map(Box::as_ref)
    }

    fn codec(&self, format: Format) -> Result<&dyn Codec, CodecError> {
        self.all().find(|codec| codec.format() == format).ok_or_else(|| CodecError::unsupported(format, unread(format)))
    }

    /// All formats that there is a decoder for, in the order of their names.
    pub fn inputs() -> impl Iterator<Item = Format> {
        let all = Self::new(&CodecSettings::default());
        Format::all().filter(move |format| all.codec(*format).is_ok())
    }

    /// Tells whether there is a decoder for a format in some builds alone.
    pub fn is_optional(format: Format) -> bool {
        format == Format::Heic
    }

    /// The encoder that writes `output`.
    ///
    /// # Errors
    /// [`CodecError::Unsupported`]; never for the formats of [`OutputFormat::all`], which is tested.
    pub fn encoder(&self, output: OutputFormat) -> Result<&dyn Encoder, CodecError> {
        match output.medium() {
            Medium::Image(format) => {
                let encoder = self.codec(format)?.encoder();
                encoder.ok_or_else(|| CodecError::unsupported(format, "no encoder"))
            }
            text => text_encoder(text).ok_or_else(|| CodecError::encode(text, "no encoder")),
        }
    }

    /// What an original says of itself that nothing is decided by, as [`Codec::details`].
    pub fn details(&self, original: &[u8], facts: &Facts) -> Details {
        self.codec(facts.format).map_or_else(|_| Details::of(facts), |codec| codec.details(original, facts))
    }

    /// What writes animations in `output`.
    ///
    /// # Errors
    /// [`CodecError::Encode`] where the format cannot animate.
    pub fn animator(&self, output: OutputFormat) -> Result<&dyn Animator, CodecError> {
        let animator = self.encoder(output)?.animator();
        animator.ok_or_else(|| CodecError::encode(output.medium(), "it cannot animate"))
    }

    /// How each output is written where nothing else is asked for, and what can be asked for.
    pub fn codings(&self) -> Codings {
        let coding = |output: OutputFormat| {
            let encoder = self.encoder(output).ok()?;
            Some((output, encoder.coding(), encoder.choices()))
        };
        Codings(OutputFormat::all().filter_map(coding).collect())
    }

    /// A digest (XXH3, 64 bits) of what changes the bytes of an output and is decided by no recipe: the versions of
    /// encoders, the rule for colours, and the fonts. Part of every key, so that a change of these is a new
    /// entry. It is the same for all outputs that are offered; each of the others has its own, whose changes are no concern
    /// of theirs.
    pub fn settings_digest(&self, output: OutputFormat) -> u64 {
        let encoder = self.encoder(output).ok().filter(|_| !output.is_offered());
        encoder.map_or(self.settings_digest, |encoder| {
            XxHash3_64::oneshot_with_seed(self.settings_digest, encoder.version().as_bytes())
        })
    }
}

/// Why there is no codec of a format.
fn unread(format: Format) -> &'static str {
    if Codecs::is_optional(format) {
        "this build does not decode it (one with the feature of that name does); it is only served untouched"
    } else {
        "this format is only served untouched"
    }
}

/// What writes a medium that is no image.
fn text_encoder(medium: Medium) -> Option<&'static dyn Encoder> {
    match medium {
        Medium::Image(_) => None,
        Medium::BlurHash => Some(&BlurHash),
        Medium::ThumbHash => Some(&ThumbHash),
        Medium::Lqip => Some(&Lqip),
        Medium::Info => Some(&Info),
    }
}
