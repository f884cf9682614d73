//! Reads the variables of imgproxy.

use std::fmt::Display;
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use http::{HeaderName, HeaderValue};

use super::super::escaping::{base64, unhexed};
use super::super::{Fate, Inherited, Legacy, LegacyError, SecretText, go, path_prefix};
use super::arguments;
use super::fallback::Fallback;
use super::paid::palette_size;
use super::pattern::Pattern;
use super::presets::OptionPresets;
use super::settings::ImgproxySettings;
use super::signing::{Signatures, WHOLE};
use super::source::{Sources, origins_of};
use super::variables::{PREFIX, Use, known};
use crate::request::{Accepted, Exact, Format, GivenPicture, OutputFormat, Reference};

/// The longest picture that is read at the start, in bytes.
const MAX_PICTURE_BYTES: u64 = 16 << 20;
/// The longest file with presets, in bytes.
const MAX_PRESETS_BYTES: u64 = 1 << 20;

/// What variables are read from.
#[derive(Clone, Copy)]
pub struct ImgproxyEnvironment<'a> {
    /// Names and values, the first of a name counts.
    pub variables: &'a [(String, String)],
    /// Reads a whole file of at most so many bytes.
    pub read: fn(&Path, u64) -> io::Result<Vec<u8>>,
}

/// Reads the variables that begin with `IMGPROXY_`.
///
/// # Errors
/// The first that has a value that it cannot have.
pub fn imgproxy_settings(environment: ImgproxyEnvironment<'_>) -> Result<Legacy<ImgproxySettings>, LegacyError> {
    let settings = environment.settings()?;
    let root = environment.text("LOCAL_FILESYSTEM_ROOT").map(PathBuf::from);
    let mut legacy = Legacy { settings, root, ..Legacy::default() };
    for (name, value) in environment.named() {
        let full = [PREFIX, name].concat();
        let fate = match known(name) {
            Some(Use::Own) => Fate::Honoured,
            Some(Use::House(by, write)) => {
                let is_set = environment.variables.iter().any(|(known, _)| known == by);
                let written = write(value).map_err(|expected| ImgproxyEnvironment::wrong(name, expected))?;
                match written.filter(|_| !is_set) {
                    Some(written) => {
                        legacy.claims.push((by, written));
                        Fate::Replaced { by }
                    }
                    None if is_set => Fate::NotApplying { because: "the variable of the house for it is set" },
                    None => {
                        Fate::NotApplying { because: "what it says is what the house does anyway, or has no word for" }
                    }
                }
            }
            Some(Use::Idle(because)) => Fate::NotApplying { because },
            None => Fate::Unknown,
        };
        legacy.inherited.push(Inherited::new(full, fate));
    }
    Ok(legacy)
}

impl<'a> ImgproxyEnvironment<'a> {
    /// All that are not empty, the first of each name, without what all begin with.
    fn named(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let all = self.variables.iter().filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?, value.trim())));
        let is_first = move |name: &str| self.text(name);
        all.filter(move |(name, value)| !value.is_empty() && is_first(name) == Some(value))
    }

    fn text(self, name: &str) -> Option<&'a str> {
        let mut all = self.variables.iter();
        let found = all.find(|(known, _)| known.strip_prefix(PREFIX) == Some(name));
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    fn wrong(name: &str, expected: impl Display) -> LegacyError {
        LegacyError(format!("{PREFIX}{name}: expected {expected}"))
    }

    /// Reads one, where it is set.
    fn parsed<T>(
        self,
        name: &str,
        expected: impl Display,
        parse: impl FnOnce(&'a str) -> Option<T>,
    ) -> Result<Option<T>, LegacyError> {
        self.text(name).map(|text| parse(text).ok_or_else(|| Self::wrong(name, expected))).transpose()
    }

    fn switch(self, name: &str) -> Result<Option<bool>, LegacyError> {
        self.parsed(name, "true or false", go::boolean)
    }

    fn is_on(self, name: &str) -> Result<bool, LegacyError> {
        Ok(self.switch(name)?.unwrap_or_default())
    }

    fn number<T: FromStr + PartialOrd + Display>(
        self,
        name: &str,
        range: RangeInclusive<T>,
    ) -> Result<Option<T>, LegacyError> {
        let expected = format!("a number from {} to {}", range.start(), range.end());
        self.parsed(name, expected, |text| text.parse().ok().filter(|number| range.contains(number)))
    }

    fn list(self, name: &str) -> impl Iterator<Item = &'a str> {
        let all = self.text(name).into_iter().flat_map(|text| text.split(','));
        all.map(str::trim).filter(|item| !item.is_empty())
    }

    fn formats(self, name: &str) -> Result<Vec<Format>, LegacyError> {
        let read = |name: &str| arguments::format(name).map_err(|_| ());
        let all: Result<_, ()> = self.list(name).map(read).collect();
        all.map_err(|()| Self::wrong(name, "a list of formats such as jpeg,png,gif"))
    }

    fn settings(self) -> Result<ImgproxySettings, LegacyError> {
        let usual = ImgproxySettings::default();
        let mut settings = ImgproxySettings {
            signatures: self.signatures()?,
            bearer: self.text("SECRET").map(SecretText::new),
            sources: self.sources()?,
            takes_presets_only: self.is_on("ONLY_PRESETS")?,
            allowed_options: self.list("ALLOWED_PROCESSING_OPTIONS").map(str::to_owned).collect(),
            allows_security: self.is_on("ALLOW_SECURITY_OPTIONS")?,
            separator: self.text("ARGUMENTS_SEPARATOR").map_or(usual.separator, str::to_owned),
            path_prefix: self.path("PATH_PREFIX"),
            health_path: self.path("HEALTH_CHECK_PATH"),
            health_message: self.text("HEALTH_CHECK_MESSAGE").map_or(usual.health_message, str::to_owned),
            max_age: self.number("TTL", 0..=u64::from(u32::MAX))?.unwrap_or(usual.max_age),
            allow_origin: self.parsed("ALLOW_ORIGIN", "an origin", |text| HeaderValue::from_str(text).ok())?,
            server: self
                .parsed("SERVER_NAME", "a name", |text| HeaderValue::from_str(text).ok())?
                .unwrap_or(usual.server),
            headers: self.headers()?,
            takes_hints: self.is_on("ENABLE_CLIENT_HINTS")?,
            tells_canonical: self.is_on("SET_CANONICAL_HEADER")?,
            tells_dates: self.switch("USE_LAST_MODIFIED")?.unwrap_or(true),
            tells_tags: self.switch("USE_ETAG")?.unwrap_or(true),
            tells_sizes: self.is_on("ENABLE_DEBUG_HEADERS")?,
            fallback: self.fallback()?,
            ..usual
        };
        self.read_pictures(&mut settings)?;
        self.read_watermark(&mut settings)?;
        settings.presets = self.presets(&settings.separator)?;
        settings.presets.check(&settings.grammar(0)).map_err(wrong_preset)?;
        Ok(settings)
    }

    /// What pictures become.
    fn read_pictures(self, settings: &mut ImgproxySettings) -> Result<(), LegacyError> {
        let options = &mut settings.options;
        let above_nothing = |text: &str| text.parse().ok().filter(|pixels: &f64| *pixels > 0.0);
        let megapixels = self.parsed("MAX_SRC_RESOLUTION", "a number of megapixels above 0", above_nothing)?;
        options.max_pixels = megapixels.map_or(options.max_pixels, |pixels| (pixels * 1e6) as u64);
        options.max_original_bytes = self.number("MAX_SRC_FILE_SIZE", 0..=u64::MAX)?.unwrap_or_default();
        options.max_frames = self.number("MAX_ANIMATION_FRAMES", 1..=u32::MAX)?.unwrap_or(options.max_frames);
        let side = self.number("MAX_RESULT_DIMENSION", 0..=u32::MAX)?.unwrap_or_default();
        options.composition.max_side = std::num::NonZeroU32::new(side);
        options.is_auto_rotated = self.switch("AUTO_ROTATE")?.unwrap_or(true);
        options.is_attachment = self.is_on("RETURN_ATTACHMENT")?;
        for format in self.formats("SKIP_PROCESSING_FORMATS")? {
            options.skipped = options.skipped.with(format);
        }
        settings.quality = self.number("QUALITY", 1..=100)?.unwrap_or(settings.quality);
        for item in self.list("FORMAT_QUALITY") {
            let read = item.split_once('=').and_then(|(format, quality)| {
                Some((arguments::format(format).ok()?, arguments::within(quality, 1, 100).ok()?))
            });
            let (format, quality) =
                read.ok_or_else(|| Self::wrong("FORMAT_QUALITY", "a list such as jpeg=70,webp=60"))?;
            settings.format_quality.set(format, quality);
        }
        settings.is_progressive = self.is_on("JPEG_PROGRESSIVE")?;
        let metadata = &mut settings.options.metadata;
        metadata.is_stripped = self.switch("STRIP_METADATA")?.unwrap_or(metadata.is_stripped);
        metadata.keeps_copyright = self.switch("KEEP_COPYRIGHT")?.unwrap_or(metadata.keeps_copyright);
        let png = &mut settings.options.extras.png;
        png.is_quantized = self.is_on("PNG_QUANTIZE")?;
        let colours =
            self.parsed("PNG_QUANTIZATION_COLORS", "a number from 2 to 256", |text| palette_size(text).ok())?;
        png.colours = colours.unwrap_or(png.colours);
        settings.cleans = self.switch("SANITIZE_SVG")?.unwrap_or(true);
        settings.draws = self.is_on("ALWAYS_RASTERIZE_SVG")?;
        // An icon is for who names it: few pictures are as small.
        let own = |format: Format| OutputFormat::written_as(format.name()).filter(|_| format != Format::Ico);
        let preferred: Vec<_> = self.formats("PREFERRED_FORMATS")?.into_iter().filter_map(own).collect();
        if !preferred.is_empty() {
            settings.preferred = preferred;
        } else if self.text("PREFERRED_FORMATS").is_some() {
            return Err(Self::wrong("PREFERRED_FORMATS", "a format that is written, such as jpeg,png,gif"));
        }
        for (format, automatic, old, enforced) in [
            (Format::WebP, "AUTO_WEBP", "ENABLE_WEBP_DETECTION", "ENFORCE_WEBP"),
            (Format::Avif, "AUTO_AVIF", "ENABLE_AVIF_DETECTION", "ENFORCE_AVIF"),
        ] {
            let is_enforced = self.is_on(enforced)?;
            let with = |set: Accepted, is_in: bool| if is_in { set.with(format) } else { set };
            settings.enforced = with(settings.enforced, is_enforced);
            settings.shown = with(settings.shown, is_enforced || self.is_on(automatic)? || self.is_on(old)?);
        }
        Ok(())
    }

    fn signatures(self) -> Result<Signatures, LegacyError> {
        let read = |name: &str| {
            let all: Option<Vec<_>> =
                self.text(name).into_iter().flat_map(|text| text.split(',')).map(|key| unhexed(key.trim())).collect();
            all.ok_or_else(|| Self::wrong(name, "hexadecimal digits, two for a byte"))
        };
        let (keys, salts) = (read("KEY")?, read("SALT")?);
        if keys.len() != salts.len() {
            return Err(Self::wrong("SALT", format_args!("as many salts as keys, {}", keys.len())));
        }
        let size = self.number("SIGNATURE_SIZE", 1..=WHOLE)?.unwrap_or(WHOLE);
        let trusted = self.list("TRUSTED_SIGNATURES").map(SecretText::new).collect();
        Ok(Signatures::new(keys.into_iter().zip(salts), size, trusted))
    }

    fn sources(self) -> Result<Sources, LegacyError> {
        let patterns: Vec<_> = self.list("ALLOWED_SOURCES").collect();
        let expected = "a list such as mine://=s3://bucket/;*.a.example=b.example";
        let replacements = self.parsed("URL_REPLACEMENTS", expected, |text| {
            let items = text.split(';').map(str::trim).filter(|item| !item.is_empty());
            let pairs = items.map(|item| item.split_once('=').map(|(from, to)| (Pattern::parse(from), to.to_owned())));
            pairs.collect::<Option<Vec<_>>>()
        })?;
        Ok(Sources {
            base: self.text("BASE_URL").unwrap_or_default().to_owned(),
            replacements: replacements.unwrap_or_default(),
            are_named: self.is_on("BASE64_URL_INCLUDES_FILENAME")?,
            origins: origins_of(&patterns),
            allowed: (!patterns.is_empty()).then(|| patterns.iter().map(|text| Pattern::parse(text)).collect()),
            store: None,
        })
    }

    fn presets(self, arguments_separator: &str) -> Result<OptionPresets, LegacyError> {
        let separator = self.text("PRESETS_SEPARATOR").unwrap_or(",");
        let file = match self.text("PRESETS_PATH") {
            Some(path) => {
                let bytes = self.file("PRESETS_PATH", path, MAX_PRESETS_BYTES)?;
                String::from_utf8(bytes).map_err(|_| Self::wrong("PRESETS_PATH", "a file of text"))?
            }
            None => String::new(),
        };
        let own = self.text("PRESETS").into_iter().flat_map(|text| text.split(separator));
        OptionPresets::read(own.chain(file.lines()), arguments_separator).map_err(wrong_preset)
    }

    fn headers(self) -> Result<Vec<(HeaderName, HeaderValue)>, LegacyError> {
        let usual = self.text("CUSTOM_RESPONSE_HEADERS").filter(|text| text.contains(r"\;")).map_or(";", |_| r"\;");
        let separator = self.text("CUSTOM_HEADERS_SEPARATOR").unwrap_or(usual);
        let expected = "a list such as X-One=1;X-Two=2";
        let headers = self.parsed("CUSTOM_RESPONSE_HEADERS", expected, |text| {
            let items = text.split(separator).map(str::trim).filter(|item| !item.is_empty());
            let pair = |item: &str| {
                let (name, value) = item.split_once('=')?;
                Some((HeaderName::try_from(name.trim()).ok()?, HeaderValue::try_from(value.trim()).ok()?))
            };
            items.map(pair).collect::<Option<Vec<_>>>()
        })?;
        Ok(headers.unwrap_or_default())
    }

    /// What stands in for an error.
    fn fallback(self) -> Result<Option<Fallback>, LegacyError> {
        let encoded = self.parsed("FALLBACK_IMAGE_DATA", "a picture in Base64", decoded)?;
        let original = match (encoded, self.text("FALLBACK_IMAGE_PATH")) {
            (Some(bytes), _) => bytes,
            (None, Some(path)) => self.file("FALLBACK_IMAGE_PATH", path, MAX_PICTURE_BYTES)?,
            (None, None) => return Ok(None),
        };
        let status = self.number("FALLBACK_IMAGE_HTTP_CODE", 0..=599_u16)?.unwrap_or(200);
        let max_age = self.number("FALLBACK_IMAGE_TTL", 0..=u64::from(u32::MAX))?.filter(|seconds| *seconds > 0);
        let fallback = Fallback::new(original.into(), status, max_age);
        fallback.map(Some).ok_or_else(|| Self::wrong("FALLBACK_IMAGE_HTTP_CODE", "0, or a status from 100 to 599"))
    }

    fn read_watermark(self, settings: &mut ImgproxySettings) -> Result<(), LegacyError> {
        let read =
            |text: &str| text.parse().ok().and_then(Exact::new).filter(|share| (0.0..=1.0).contains(&share.get()));
        settings.mark_opacity = self.parsed("WATERMARK_OPACITY", "a number from 0 to 1", read)?.unwrap_or(Exact::ONE);
        let given = |bytes: Vec<u8>| Reference::Given(GivenPicture::new(bytes.into()));
        settings.mark = match (self.text("WATERMARK_DATA"), self.text("WATERMARK_PATH"), self.text("WATERMARK_URL")) {
            (Some(_), ..) => self.parsed("WATERMARK_DATA", "a picture in Base64", decoded)?.map(given),
            (None, Some(path), _) => Some(given(self.file("WATERMARK_PATH", path, MAX_PICTURE_BYTES)?)),
            (None, None, Some(url)) => {
                settings.mark_origins = origins_of(&[url]);
                let admitted = settings.mark_origins.admit(url).map(Reference::from);
                Some(admitted.map_err(|error| Self::wrong("WATERMARK_URL", error))?)
            }
            (None, None, None) => None,
        };
        Ok(())
    }

    /// A path as it stands before others: with a slash before it and none behind.
    fn path(self, name: &str) -> String {
        path_prefix(self.text(name).unwrap_or_default())
    }

    fn file(self, name: &str, path: &str, max_bytes: u64) -> Result<Vec<u8>, LegacyError> {
        (self.read)(Path::new(path), max_bytes)
            .map_err(|error| LegacyError(format!("{PREFIX}{name}: cannot be read: {error}")))
    }
}

fn wrong_preset(what: String) -> LegacyError {
    LegacyError(format!("{PREFIX}PRESETS: {what}"))
}

/// What the usual Base64 stands for, with or without padding.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    base64(&text).filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests;
