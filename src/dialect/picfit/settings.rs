//! What a configuration of picfit says, and what becomes of each of its settings.

use serde_json::Value;
use url::Url;

use super::document::{Document, Row, ValueKind, number};
use super::storage;
use crate::bucket::BucketUrl;
use crate::dialect::{Fate, Inherited, Legacy, LegacyError, SigningKey};
use crate::request::{Dimensions, OutputFormat, Quality};

/// What picfit is told of requests.
#[derive(Debug, Clone)]
pub struct PicfitSettings {
    /// What requests are signed with; without it they need not be.
    pub signing_key: Option<SigningKey>,
    /// The sizes that may be asked for, in pixels: width and height, 0 where it follows from the other. Empty allows all.
    pub allowed_sizes: Vec<(u32, u32)>,
    /// The quality where a request says none.
    pub quality: Quality,
    /// The format where a request says none; `None` is that of the original's name.
    pub format: Option<OutputFormat>,
    /// The format where the original's name says none either.
    pub default_format: OutputFormat,
    /// How stored renditions are called.
    pub shard: Shard,
    /// Width and height in pixels: an original that is beyond both is refused.
    pub max_image_dimensions: Option<Dimensions>,
    /// A date of the client is enough where it may have the rendition.
    pub knows_keys: bool,
    /// The name of a URL has to say which format is there.
    pub trusts_names: bool,
    /// Whether originals may be stored.
    pub enable_upload: bool,
    /// Whether originals may be deleted.
    pub enable_delete: bool,
    /// Whether what was made of an original goes with it.
    pub enable_cascade_delete: bool,
    /// From which addresses originals may be stored and deleted; empty is from all.
    pub allowed_ip_addresses: Vec<String>,
    /// Where renditions are stored for clients to get.
    pub points: Option<PicfitPoints>,
    /// Where clients are told that uploads are.
    pub source: PicfitSource,
}

/// Where originals are, in the words of the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PicfitSource {
    /// The folder, or what all names in a bucket begin with; empty for all of it.
    pub location: String,
    /// What names are appended to for clients to get them; empty where they do not.
    pub base_url: String,
}

/// A store whose root is where clients are led, apart from the store that servers share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PicfitPoints {
    /// The store.
    pub url: BucketUrl,
    /// What the names of renditions are appended to; without it no client is led there.
    pub public_url: Option<Url>,
}

/// How the folders are made in which stored renditions lie: of letters of their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Letters of each folder.
    pub width: u32,
    /// Folders within each other.
    pub depth: u32,
    /// The letters of the folders are not in the name of the file.
    pub rest_only: bool,
}

/// Letters of a key, and with that all that folders can be made of.
const KEY_LETTERS: u32 = 32;

/// For what says how renditions are kept in mind.
const INDEX: Fate = Fate::Replaced { by: "the renditions' own index takes the place of a key/value store" };
const METRICS: Fate = Fate::Replaced { by: "/metrics, /health and /ready are always there" };
const WORKERS: Fate = Fate::NotApplying { because: "IMAGE_PROXY_WORKERS and IMAGE_PROXY_QUEUE_LENGTH bound the work" };
const BACKENDS: Fate = Fate::NotApplying { because: "there is one engine, and engine.quality counts" };
const CHANGES: Fate =
    Fate::Replaced { by: "within the place that is named for writing originals; without one nothing is written" };
const READ_ALONE: Fate = Fate::NotApplying { because: "pages may only read: IMAGE_PROXY_CORS_ORIGINS says which" };

const fn row(name: &'static str, kind: ValueKind, fate: Fate) -> Row {
    Row { name, kind, fate }
}

const fn by(by: &'static str) -> Fate {
    Fate::Replaced { by }
}

const fn none(because: &'static str) -> Fate {
    Fate::NotApplying { because }
}

#[rustfmt::skip]
const ROWS: [Row; 38] = [
    row("port", ValueKind::Number, by("IMAGE_PROXY_BIND_ADDRESS, unless that is set")),
    row("debug", ValueKind::Switch, none("RUST_LOG says what is logged")),
    row("logger", ValueKind::Any, none("RUST_LOG says what is logged")),
    row("sentry", ValueKind::Any, none("errors are in the log and in /metrics")),
    row("secret_key", ValueKind::Text, Fate::Honoured),
    row("allowed_origins", ValueKind::List, by("IMAGE_PROXY_CORS_ORIGINS, unless that is set")),
    row("allowed_methods", ValueKind::List, READ_ALONE),
    row("allowed_headers", ValueKind::List, READ_ALONE),
    row("kvstore", ValueKind::Any, INDEX),
    row("shard.width", ValueKind::Number, Fate::Honoured),
    row("shard.depth", ValueKind::Number, Fate::Honoured),
    row("shard.restonly", ValueKind::Switch, Fate::Honoured),
    row("engine.quality", ValueKind::Number, Fate::Honoured),
    row("engine.format", ValueKind::Text, Fate::Honoured),
    row("engine.default_format", ValueKind::Text, Fate::Honoured),
    row("engine.backends", ValueKind::Any, BACKENDS),
    row("engine.jpeg_quality", ValueKind::Number, BACKENDS),
    row("engine.webp_quality", ValueKind::Number, BACKENDS),
    row("engine.png_compression", ValueKind::Number, none("IMAGE_PROXY_PNG_COMPRESSION_LEVEL says it")),
    row("engine.max_buffer_size", ValueKind::Any, none("IMAGE_PROXY_MEMORY_BUDGET bounds all work")),
    row("engine.image_buffer_size", ValueKind::Any, none("IMAGE_PROXY_MEMORY_BUDGET bounds all work")),
    row("options.enable_upload", ValueKind::Switch, CHANGES),
    row("options.enable_delete", ValueKind::Switch, CHANGES),
    row("options.enable_cascade_delete", ValueKind::Switch, CHANGES),
    row("options.allowed_ip_addresses", ValueKind::List, CHANGES),
    row("options.enable_stats", ValueKind::Switch, METRICS),
    row("options.enable_health", ValueKind::Switch, METRICS),
    row("options.enable_prometheus", ValueKind::Switch, METRICS),
    row("options.enable_pprof", ValueKind::Switch, none("there is no profiler of Go here")),
    row("options.allowed_sizes", ValueKind::List, Fate::Honoured),
    row("options.default_user_agent", ValueKind::Text, by("IMAGE_PROXY_USER_AGENT, unless that is set")),
    row("options.mimetype_detector", ValueKind::Text, Fate::Honoured),
    row("options.free_memory_interval", ValueKind::Any, none("memory is freed at once")),
    row("options.transform_timeout", ValueKind::Any, none("IMAGE_PROXY_TIMEOUT bounds an answer")),
    row("options.max_processor_concurrent", ValueKind::Any, WORKERS),
    row("options.max_processor_concurrent_operations", ValueKind::Any, WORKERS),
    row("options.max_image_dimensions.width", ValueKind::Number, Fate::Honoured),
    row("options.max_image_dimensions.height", ValueKind::Number, Fate::Honoured),
];

impl Default for PicfitSettings {
    fn default() -> Self {
        Self {
            signing_key: None,
            allowed_sizes: Vec::new(),
            quality: Quality::new(95),
            format: None,
            default_format: OutputFormat::PNG,
            shard: Shard { width: 0, depth: 0, rest_only: true },
            max_image_dimensions: None,
            knows_keys: false,
            trusts_names: true,
            enable_upload: false,
            enable_delete: false,
            enable_cascade_delete: false,
            allowed_ip_addresses: Vec::new(),
            points: None,
            source: PicfitSource::default(),
        }
    }
}

impl PicfitSettings {
    /// Reads a configuration of picfit: a file in JSON, and variables, each of which goes before a setting of the file.
    ///
    /// # Errors
    /// It is no JSON, or a setting is not what it has to be. No value is told.
    pub fn parse(text: &str, variables: &[(&str, &str)]) -> Result<Legacy<Self>, LegacyError> {
        let rows: Vec<Row> = ROWS.into_iter().chain(storage::rows()).collect();
        let mut document = Document::parse(text)?;
        let mut inherited = document.inherited(&rows)?;
        let overlaid = document.overlay(variables, &rows)?;
        inherited.retain(|setting| !overlaid.iter().any(|(name, _)| name.as_ref() == Some(&setting.name)));
        inherited.extend(overlaid.into_iter().map(|(_, variable)| variable));
        let mut claims = Vec::new();
        if let Some(port) = document.number("port", 1..=65_535)? {
            claims.push(("IMAGE_PROXY_BIND_ADDRESS", format!("0.0.0.0:{port}")));
        }
        if let Some(agent) = document.text("options.default_user_agent") {
            claims.push(("IMAGE_PROXY_USER_AGENT", agent.to_owned()));
        }
        claims.extend(origins(&document, &mut inherited)?.map(|origins| ("IMAGE_PROXY_CORS_ORIGINS", origins)));
        let storage = storage::read(&document)?;
        claims.extend(storage.claims);
        let settings = Self { points: storage.points, source: storage.source, ..Self::of(&document)? };
        Ok(Legacy { settings, root: storage.root, claims, inherited, ..Legacy::default() })
    }

    fn of(document: &Document) -> Result<Self, LegacyError> {
        let usual = Self::default();
        let switch = |name| document.switch(name).unwrap_or_default();
        let side = |name| document.number(name, 1..=u32::MAX);
        let limit = (side("options.max_image_dimensions.width")?, side("options.max_image_dimensions.height")?);
        let quality = document.number("engine.quality", 0..=100)?.filter(|quality| *quality > 0);
        Ok(Self {
            signing_key: document.text("secret_key").map(|key| SigningKey::sha1(key.as_bytes())),
            allowed_sizes: allowed_sizes(document)?,
            quality: quality.map_or(usual.quality, |quality| Quality::new(quality as u8)),
            format: format(document, "engine.format")?,
            default_format: format(document, "engine.default_format")?.unwrap_or(usual.default_format),
            shard: shard(document, usual.shard)?,
            max_image_dimensions: limit.0.zip(limit.1).map(|(width, height)| Dimensions::new(width, height)),
            knows_keys: document.text("kvstore.type").is_some_and(|kind| kind != "dummy"),
            trusts_names: detects_by_name(document)?,
            enable_upload: switch("options.enable_upload"),
            enable_delete: switch("options.enable_delete"),
            enable_cascade_delete: switch("options.enable_cascade_delete"),
            allowed_ip_addresses: document.texts("options.allowed_ip_addresses")?,
            points: None,
            source: PicfitSource::default(),
        })
    }
}

/// The format that a word of picfit means.
pub(super) fn format_named(name: &str) -> Option<OutputFormat> {
    match name {
        "jpg" | "jpeg" => Some(OutputFormat::JPEG),
        "png" => Some(OutputFormat::PNG),
        "gif" => Some(OutputFormat::GIF),
        "bmp" => Some(OutputFormat::BMP),
        "webp" => Some(OutputFormat::WEBP),
        _ => None,
    }
}

fn format(document: &Document, name: &str) -> Result<Option<OutputFormat>, LegacyError> {
    let Some(text) = document.text(name) else { return Ok(None) };
    let expected = || LegacyError(format!("{name}: expected one of jpg, jpeg, png, gif, bmp, webp, got {text:?}"));
    format_named(text).map(Some).ok_or_else(expected)
}

fn allowed_sizes(document: &Document) -> Result<Vec<(u32, u32)>, LegacyError> {
    let name = "options.allowed_sizes";
    let side = |value: Option<&Value>| value.map_or(Ok(0), |value| number(name, value, &(0..=u32::MAX)));
    let size = |value: &Value| match value.as_object() {
        Some(_) => Ok((side(value.get("width"))?, side(value.get("height"))?)),
        None => Err(LegacyError(format!("{name}: expected objects with width and height, got something else"))),
    };
    document.list(name).unwrap_or_default().iter().map(size).collect()
}

fn shard(document: &Document, usual: Shard) -> Result<Shard, LegacyError> {
    let side = |name, usual| Ok(document.number(name, 0..=KEY_LETTERS)?.unwrap_or(usual));
    let (width, depth) = (side("shard.width", usual.width)?, side("shard.depth", usual.depth)?);
    if width * depth >= KEY_LETTERS {
        return Err(LegacyError(format!(
            "shard: expected width times depth below {KEY_LETTERS}, got {width} and {depth}"
        )));
    }
    Ok(Shard { width, depth, rest_only: document.switch("shard.restonly").unwrap_or(usual.rest_only) })
}

fn detects_by_name(document: &Document) -> Result<bool, LegacyError> {
    let name = "options.mimetype_detector";
    match document.text(name).unwrap_or("extension") {
        "extension" => Ok(true),
        // What it is, is told by its bytes in any case.
        "fastimage" | "sniff" => Ok(false),
        other => Err(LegacyError(format!("{name}: expected extension, fastimage or sniff, got {other:?}"))),
    }
}

/// The origins whose pages may read images, where they are named one by one or all are.
fn origins(document: &Document, inherited: &mut [Inherited]) -> Result<Option<String>, LegacyError> {
    let origins = document.texts("allowed_origins")?;
    let has_methods = document.list("allowed_methods").is_some();
    if origins.is_empty() {
        return Ok(None);
    }
    let is_plain = |origin: &String| {
        (origin.starts_with("http://") || origin.starts_with("https://")) && !origin.contains(['*', ','])
    };
    if has_methods && (origins == ["*"] || origins.iter().all(is_plain)) {
        return Ok(Some(origins.join(",")));
    }
    let because = if has_methods {
        "it names no origins one by one: set IMAGE_PROXY_CORS_ORIGINS"
    } else {
        "picfit wants allowed_methods beside it, and does nothing either"
    };
    for setting in inherited.iter_mut().filter(|setting| setting.name == "allowed_origins") {
        setting.fate = Fate::NotApplying { because };
    }
    Ok(None)
}

impl PicfitSource {
    /// Where an original of this name is, and the URL at which clients get it; empty for none.
    pub(super) fn told(&self, name: &str) -> [String; 2] {
        let below = |base: &str| if base.is_empty() { String::new() } else { format!("{base}/{name}") };
        let path = if self.location.is_empty() { name.to_owned() } else { below(&self.location) };
        [path, below(&self.base_url)]
    }
}

impl Shard {
    /// The name under which a rendition with this key is stored, without an ending.
    pub(super) fn name(self, key: &str) -> String {
        let Self { width, depth, rest_only } = self;
        let mut rest = key;
        let mut name = String::with_capacity(key.len() * 2);
        for _ in 0..depth {
            let Some((folder, behind)) = rest.split_at_checked(width as usize).filter(|_| width > 0) else { break };
            name.push_str(folder);
            name.push('/');
            rest = behind;
        }
        name.push_str(if rest_only { rest } else { key });
        name
    }
}

#[cfg(test)]
mod tests;
