//! What imgproxy's dialect is set up with. A field at its default is as where imgproxy is told nothing.

use http::{HeaderName, HeaderValue};

use super::super::SecretText;
use super::fallback::Fallback;
use super::options::{FormatQuality, Grammar, ProcessingOptions};
use super::presets::OptionPresets;
use super::signing::Signatures;
use super::source::Sources;
use crate::request::{Accepted, Exact, OutputFormat, Reference, RemoteOrigins};

/// What imgproxy's dialect is set up with.
#[derive(Debug, Clone)]
pub struct ImgproxySettings {
    /// What URLs are signed with.
    pub(super) signatures: Signatures,
    /// What clients show that they may ask at all.
    pub(super) bearer: Option<SecretText>,
    /// What originals may be.
    pub sources: Sources,
    /// ProcessingOptions under names.
    pub(super) presets: OptionPresets,
    /// No others are taken.
    pub(super) takes_presets_only: bool,
    /// The names of options that are taken; none for all.
    pub(super) allowed_options: Vec<String>,
    /// Limits of the operator's may be lifted by URL.
    pub(super) allows_security: bool,
    /// What stands between arguments.
    pub(super) separator: String,
    /// What all URLs have before their signatures.
    pub(super) path_prefix: String,
    /// Where the server tells that it is well, beside the usual place.
    pub(super) health_path: String,
    /// What is told there.
    pub(super) health_message: String,
    /// How long pictures may be kept, in seconds.
    pub(super) max_age: u64,
    /// The sites whose scripts may look at pictures.
    pub(super) allow_origin: Option<HeaderValue>,
    /// What the options of every URL begin with.
    pub(super) options: ProcessingOptions,
    /// How finely pictures are written where neither the URL nor the format says so.
    pub(super) quality: u8,
    /// The same for formats.
    pub(super) format_quality: FormatQuality,
    /// What clients get that show it, where no format is named.
    pub(super) shown: Accepted,
    /// What clients get that show it, whatever format is named.
    pub(super) enforced: Accepted,
    /// What originals keep their own format from.
    pub(super) preferred: Vec<OutputFormat>,
    /// What could run is taken out of drawings.
    pub(super) cleans: bool,
    /// Drawings become pixels.
    pub(super) draws: bool,
    /// JPEGs are written coarsely first.
    pub(super) is_progressive: bool,
    /// What clients say of their screens counts.
    pub(super) takes_hints: bool,
    /// Answers tell where their original is.
    pub(super) tells_canonical: bool,
    /// Answers tell when their original was changed.
    pub(super) tells_dates: bool,
    /// Answers have tags.
    pub(super) tells_tags: bool,
    /// Answers tell how large the original and the picture are.
    pub(super) tells_sizes: bool,
    /// What the server calls itself.
    pub(super) server: HeaderValue,
    /// What all answers say.
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    /// What stands in for an error.
    pub(super) fallback: Option<Fallback>,
    /// What is laid over pictures where that is asked for.
    pub(super) mark: Option<Reference>,
    /// The server that it is on.
    pub(super) mark_origins: RemoteOrigins,
    /// How opaque it is at most.
    pub(super) mark_opacity: Exact,
}

impl ImgproxySettings {
    /// How long pictures may be kept where nothing is said: a year, in seconds.
    pub(super) const MAX_AGE: u64 = 31_536_000;
    /// How finely pictures are written.
    pub(super) const QUALITY: u8 = 80;
    /// How finely some formats are.
    pub(super) const FORMAT_QUALITY: FormatQuality = FormatQuality { jpeg: 0, webp: 79, avif: 63 };

    /// What options are read by, at a time in seconds since 1970.
    pub(super) fn grammar(&self, now: i64) -> Grammar<'_> {
        let Self { presets, separator, allows_security, .. } = self;
        Grammar { presets, separator, allows_security: *allows_security, now }
    }

    /// The servers that pictures may be fetched from because these settings say so.
    pub fn origins(&self) -> RemoteOrigins {
        self.sources.origins.clone().with(self.mark_origins.clone())
    }
}

impl Default for ImgproxySettings {
    fn default() -> Self {
        Self {
            signatures: Signatures::default(),
            bearer: None,
            sources: Sources::default(),
            presets: OptionPresets::default(),
            takes_presets_only: false,
            allowed_options: Vec::new(),
            allows_security: false,
            separator: ":".to_owned(),
            path_prefix: String::new(),
            health_path: String::new(),
            health_message: "imgproxy is running".to_owned(),
            max_age: Self::MAX_AGE,
            allow_origin: None,
            options: ProcessingOptions::default(),
            quality: Self::QUALITY,
            format_quality: Self::FORMAT_QUALITY,
            shown: Accepted::default(),
            enforced: Accepted::default(),
            preferred: vec![OutputFormat::JPEG, OutputFormat::PNG, OutputFormat::GIF],
            cleans: true,
            draws: false,
            is_progressive: false,
            takes_hints: false,
            tells_canonical: false,
            tells_dates: true,
            tells_tags: true,
            tells_sizes: false,
            server: HeaderValue::from_static("imgproxy"),
            headers: Vec::new(),
            fallback: None,
            mark: None,
            mark_origins: RemoteOrigins::default(),
            mark_opacity: Exact::ONE,
        }
    }
}
