//! CONFIG: all settings, one line a variable, read once from the environment into types that cannot be wrong.
//! This room alone reads the environment; it must not know what the settings are used for.

mod choices;
mod environment;
mod fields;
mod imaginary;
mod imgproxy;
mod inputs;
mod kind;
mod legacy;
mod log;
mod machine;
mod manual;
mod mountings;
mod origins;
mod picfit;
mod problem;
mod protection;
mod quantity;
mod remote;
mod secrets;
mod settings;
mod stores;
mod table;
mod watermark;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

pub use environment::arguments;
pub use legacy::LegacySettings;
pub use log::LogFilter;
pub use manual::{env_template, environment_manual, markdown_table, version};
pub use problem::{Problem, Refusal, Warning};
pub use settings::{Config, settings};
pub use table::Setting;

use crate::bucket::CloudVariables;
use crate::dialect::DialectName;
use crate::request::{AnimationPolicy, Codings, OutputPolicy, OverlayWish};
use crate::source::SourceName;
use crate::workers::WorkLimits;
use codec::{CodecSettings, ColourRule, Fonts, Limits, avif, jpeg, png, webp};
use environment::Variables;
use imaginary::Surroundings;
use table::{PREFIX, SettingsReading};

/// Exit status for wrong settings (`EX_CONFIG` of sysexits.h).
pub const EXIT_CONFIG: u8 = 78;

const BIND_ADDRESS: &str = "IMAGE_PROXY_BIND_ADDRESS";
const ROOT_PATH: &str = "IMAGE_PROXY_ROOT_PATH";
const ROOT_URL: &str = "IMAGE_PROXY_ROOT_URL";
const FALLBACK_URL: &str = "IMAGE_PROXY_FALLBACK_IMAGE_URL";
const SOURCES: &str = "IMAGE_PROXY_SOURCES";

/// Settings that are right, and what there is to say about them.
#[derive(Debug)]
pub struct Loaded {
    /// All settings.
    pub config: Config,
    /// Each variable's name and the text in effect, in the order of the table and free of secrets.
    pub effective: Vec<(String, String)>,
    /// What does not keep the server from starting.
    pub warnings: Vec<Warning>,
    /// The variables of clouds, for stores.
    pub cloud: CloudVariables,
    /// What old configurations came to.
    pub legacy: LegacySettings,
}

impl fmt::Display for Loaded {
    /// The verdict and the settings in effect, a line each; warnings last.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "configuration is valid")?;
        for (name, text) in &self.effective {
            writeln!(formatter, "{name}={text}")?;
        }
        for name in self.cloud.names().iter().filter(|_| self.config.has_store()) {
            writeln!(formatter, "{name}=…")?;
        }
        write!(formatter, "{}", self.legacy)?;
        self.warnings.iter().try_for_each(|warning| writeln!(formatter, "warning: {warning}"))
    }
}

impl Config {
    /// Reads the process environment, and a file `.env` in the working directory for what that does not set.
    ///
    /// # Errors
    /// All problems at once; exit with [`EXIT_CONFIG`].
    pub fn load() -> Result<Loaded, Refusal> {
        let (real, mut problems) = environment::process_variables();
        let (file, file_problems) = environment::file_variables(Path::new(".env"));
        problems.extend(file_problems);
        Self::parse_after(problems, real.into_iter().chain(file))
    }

    /// Reads names and values; the first of a name counts. Names without our prefix, save for `RUST_LOG`, are ignored.
    ///
    /// # Errors
    /// All problems at once.
    pub fn parse(variables: impl IntoIterator<Item = (String, String)>) -> Result<Loaded, Refusal> {
        Self::parse_after(Vec::new(), variables)
    }

    fn parse_after(
        mut problems: Vec<Problem>,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Loaded, Refusal> {
        let mut variables: Vec<_> = variables.into_iter().collect();
        let surroundings = Surroundings::among(&variables);
        let mut legacy = LegacySettings::default();
        legacy.claim_broken_originals(&variables);
        legacy.picfit = picfit::read(&variables, &mut legacy, &mut problems);
        legacy.imgproxy = imgproxy::read(&variables, &mut legacy, &mut problems);
        // The first of a name counts.
        variables.append(&mut legacy.claims);
        let mut cloud = CloudVariables::among(variables.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let (ours, mut warnings) = sorted_out(variables);
        let set = |(name, value): &(String, String)| (!value.trim().is_empty()).then(|| name.clone());
        let set: BTreeSet<_> = ours.iter().filter_map(set).collect();
        let (has_folder, has_address) = (set.contains(ROOT_PATH), set.contains(BIND_ADDRESS));
        let surroundings =
            Surroundings { has_files: has_folder || set.contains(ROOT_URL), has_address, ..surroundings };
        let mut reading = SettingsReading::default();
        let mut config = match envy::prefixed(PREFIX).from_iter(ours) {
            Ok(texts) => Self::read(texts, &mut reading),
            Err(source) => {
                problems.push(Problem::Environment { source });
                None
            }
        };
        problems.append(&mut reading.problems);
        if let Some(config) = &mut config {
            if let Some(address) = surroundings.read(config, &mut legacy, &mut problems) {
                reading.settle(BIND_ADDRESS, address.to_string());
            }
            problems.extend(legacy.read(config));
            problems.extend(legacy.settle(config, &set, &mut cloud));
        }
        problems.extend(config.as_mut().and_then(|config| legacy.settle_root(config, has_folder)));
        let has_folder = has_folder || legacy.has_folder();
        problems.extend(config.iter().flat_map(Config::unprotected));
        problems.extend(config.as_mut().and_then(|config| config.settle_sources(has_folder)));
        match config {
            Some(config) if problems.is_empty() => {
                warnings.extend(config.contradictions());
                let mut effective = reading.effective;
                legacy.tell_effective(&config, &mut effective);
                Ok(Loaded { config, effective, warnings, cloud, legacy })
            }
            _ => Err(Refusal { problems, warnings }),
        }
    }

    /// Tells whether the variables of clouds count.
    fn has_store(&self) -> bool {
        self.root_url.is_some() || self.results_url.is_some()
    }

    /// Fills in which sources are asked, and in which order. A folder is there unless a bucket stands in its place.
    fn settle_sources(&mut self, has_folder: bool) -> Option<Problem> {
        let has_bucket = self.root_url.is_some();
        let is_set_up = |source: &SourceName| match source {
            SourceName::Folder => has_folder || !has_bucket,
            SourceName::Bucket => has_bucket,
            SourceName::Fallback => self.fallback_image_url.is_some(),
        };
        if self.sources.is_empty() {
            self.sources = SourceName::ALL.into_iter().filter(is_set_up).collect();
            return None;
        }
        let missing = self.sources.iter().find(|source| !is_set_up(source))?;
        let needs = match missing {
            SourceName::Folder => ROOT_PATH,
            SourceName::Bucket => ROOT_URL,
            SourceName::Fallback => FALLBACK_URL,
        };
        Some(Problem::NotSetUp { name: SOURCES, source_name: missing.name(), needs })
    }

    /// The settings of every encoder.
    pub fn codec_settings(&self) -> CodecSettings {
        CodecSettings {
            inputs: self.input_formats.clone(),
            limits: self.limits(),
            colour_rule: self.color,
            broken_originals: self.broken_originals,
            avif: avif::Settings { quality: self.avif_quality, speed: self.avif_speed },
            jpeg: jpeg::Settings { quality: self.jpeg_quality },
            fonts: Fonts::default(),
            png: png::Settings { compression_level: self.png_compression_level },
            webp: webp::Settings { quality: self.webp_quality, effort: self.webp_effort, lossless: self.webp_lossless },
        }
    }

    /// What an original may ask of a decoder.
    fn limits(&self) -> Limits {
        Limits {
            max_bytes: self.max_source_size,
            max_pixels: self.max_source_pixels,
            max_side: self.max_source_side,
            max_metadata_bytes: self.max_source_metadata_size,
            max_chunks: self.max_source_chunks,
            max_scans: self.max_source_scans,
            max_frames: self.max_animation_frames,
        }
    }

    /// How much work there may be.
    pub fn work_limits(&self) -> WorkLimits {
        WorkLimits {
            threads: self.workers,
            memory_budget: self.memory_budget,
            queue_length: self.queue_length,
            queue_timeout: self.queue_timeout,
        }
    }

    /// What the operator decided for all requests. `codings` are those of the codecs that were made of [`Self::codec_settings`].
    pub fn output_policy(&self, codings: Codings) -> OutputPolicy {
        let usual = OutputPolicy::new(codings);
        let preferred = Some(&self.preferred_formats).filter(|formats| !formats.is_empty());
        OutputPolicy {
            allowed_formats: self.allowed_output_formats.clone(),
            preferred_formats: preferred.cloned().unwrap_or(usual.preferred_formats),
            codings: usual.codings,
            resize_algorithm: self.resize_algorithm,
            sharpens_reduced: self.sharpen,
            max_side: self.max_output_side,
            background: self.background,
            animation: AnimationPolicy {
                is_kept: self.animation,
                max_frames: self.max_animation_frames,
                max_pixels: self.max_animation_pixels,
            },
            keeps_profiles: self.color == ColourRule::Preserve,
            keeps_notices: self.keep_copyright,
            families: [Fonts::OWN_FAMILY.to_owned()].into(),
            sizes: self.sizes(),
            watermark: self
                .watermark
                .clone()
                .map(|overlay| OverlayWish { min_side: self.watermark_min_side, ..overlay }),
        }
    }

    /// Where this machine reaches a server with these settings: the loopback address if it listens on all.
    pub fn local_address(&self) -> SocketAddr {
        let ip = match self.bind_address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        SocketAddr::new(ip, self.bind_address.port())
    }

    /// Tells whether a dialect is put anywhere.
    fn mounts(&self, dialect: DialectName) -> bool {
        self.dialects.iter().any(|(name, _)| *name == dialect)
    }

    fn contradictions(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if self.enable_cache && self.cache_max_item_size > self.cache_memory_size {
            let because = format!("it is above IMAGE_PROXY_CACHE_MEMORY_SIZE, {}", self.cache_memory_size);
            warnings.push(Warning::NoEffect { name: "IMAGE_PROXY_CACHE_MAX_ITEM_SIZE", because });
        }
        if self.iaas_config.is_some() && !self.mounts(DialectName::Iaas) {
            let because = "IMAGE_PROXY_DIALECTS does not name iaas".to_owned();
            warnings.push(Warning::NoEffect { name: "IMAGE_PROXY_IAAS_CONFIG", because });
        }
        warnings.extend(self.needless_protection());
        if self.change_webhook.is_some() && !self.watch {
            let because = "IMAGE_PROXY_WATCH is false".to_owned();
            warnings.push(Warning::NoEffect { name: "IMAGE_PROXY_CHANGE_WEBHOOK", because });
        }
        warnings
    }
}

/// Our variables under names with the prefix, the first of each name, and warnings about those that only look like ours.
fn sorted_out(variables: impl IntoIterator<Item = (String, String)>) -> (Variables, Vec<Warning>) {
    let settings = settings();
    let mut ours = BTreeMap::new();
    let mut unknown = BTreeMap::new();
    for (name, value) in variables {
        if settings.iter().any(|setting| setting.name == name) {
            let prefixed = if name.starts_with(PREFIX) { name } else { format!("{PREFIX}{name}") };
            ours.entry(prefixed).or_insert(value);
        } else if let Some(warning) = environment::unknown_variable(&name, &value, &settings) {
            unknown.insert(name, warning);
        }
    }
    (ours.into_iter().collect(), unknown.into_values().collect())
}

#[cfg(test)]
mod tests;
