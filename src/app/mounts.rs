//! Puts the dialects that the settings name under their prefixes.

use std::sync::Arc;

use http::HeaderValue;

use super::{StartError, stores};
use crate::bucket::BucketUrl;
use crate::config::{self, Config, Loaded};
use crate::dialect::{
    Accent, Dialect, DialectName, EndpointRules, GuardedDialect, Iaas, Imaginary, Imgproxy, Native, Picfit, Places,
    SigningMode, Thumbor, ThumborSettings, TokenBook, Upload, UrlRules, UrlSigning, VendorDialect,
};
use crate::http::{Mounts, Playground};
use crate::request::Background;

/// The native one with the accent of the house.
const NATIVE: DialectName = DialectName::Native(None);

/// The dialects under their prefixes. The native one has all that is left, unless another has all of that, or it is put
/// elsewhere without an accent of its own.
///
/// # Errors
/// All URLs must be signed, or name presets, and a dialect has none of the keys that it could ask for; or the store that
/// tokens are shared in cannot be opened.
pub(super) fn mounts(loaded: &Loaded) -> Result<Mounts, StartError> {
    mounted(loaded, &UrlLimits::of(&loaded.config))
}

/// The same for who holds the machine: no URL must be signed.
pub(super) fn unsigned_mounts(loaded: &Loaded) -> Result<Mounts, StartError> {
    mounted(loaded, &UrlLimits { signing: Arc::default(), ..UrlLimits::of(&loaded.config) })
}

/// The native dialect as it reads the words of who holds the machine: none must be signed, and the path is that of the original.
/// Its accent is that of where a URL begins with the path, or else of the house.
pub(super) fn unsigned_native(config: &Config) -> Native {
    let native = native(config).stripping(None).ruled(Arc::new(config.url_rules()));
    let at_root = config.dialects.iter().find_map(|(name, prefix)| match name {
        DialectName::Native(accent) if prefix == "/" => *accent,
        _ => None,
    });
    speaking(native, at_root.or(config.accent))
}

fn speaking(native: Native, accent: Option<Accent>) -> Native {
    match accent {
        Some(accent) => native.speaking(accent),
        None => native,
    }
}

fn mounted(loaded: &Loaded, limits: &UrlLimits) -> Result<Mounts, StartError> {
    let config = &loaded.config;
    let mut mounts = Mounts::default();
    // Under one prefix, those come first that leave the rest to others.
    let (sharing, others): (Vec<_>, Vec<_>) =
        config.dialects.iter().partition(|(name, _)| matches!(name, DialectName::Vendor(_)));
    for (name, prefix) in sharing.into_iter().chain(others) {
        let dialect = dialect(*name, prefix, loaded, limits)?;
        let is_native = matches!(name, DialectName::Native(_));
        let dialect = if is_native { dialect } else { limits.hold(dialect, prefix)? };
        mounts = mounts.with(prefix, dialect);
    }
    if native_prefix(config).is_some() || is_root_taken(config) {
        return Ok(mounts);
    }
    Ok(mounts.with("/", dialect(NATIVE, "/", loaded, limits)?))
}

/// Where the native dialect with the accent of the house is put, where that is said.
fn native_prefix(config: &Config) -> Option<&str> {
    config.dialects.iter().find(|(name, _)| *name == NATIVE).map(|(_, prefix)| prefix.as_str())
}

/// Tells whether a dialect has all of the address; vendors leave to others what is not theirs.
fn is_root_taken(config: &Config) -> bool {
    config.dialects.iter().any(|(name, prefix)| prefix == "/" && !matches!(name, DialectName::Vendor(_)))
}

/// The page to try parameters, on pictures of the native dialect, where it is wanted.
pub(super) fn playground(config: &Config) -> Option<Playground> {
    let native = native_prefix(config);
    let has_root = !is_root_taken(config) || native == Some("/");
    config.playground.then(|| Playground::new(native.unwrap_or("/"), has_root, Arc::new(config.url_signing())))
}

/// Tells whether the dialects of these settings can be put side by side.
///
/// # Errors
/// As starting would fail.
pub fn check_mounts(loaded: &Loaded) -> Result<(), StartError> {
    mounts(loaded).map(drop)
}

fn dialect(
    name: DialectName,
    prefix: &str,
    loaded: &Loaded,
    limits: &UrlLimits,
) -> Result<Box<dyn Dialect>, StartError> {
    let Loaded { config, legacy, .. } = loaded;
    Ok(match name {
        DialectName::Native(accent) => {
            let native =
                native(config).signed(Arc::clone(&limits.signing)).ruled(Arc::clone(&limits.rules)).under(prefix);
            Box::new(speaking(native, accent.or(config.accent)))
        }
        DialectName::Picfit => Box::new(picfit(loaded)),
        DialectName::Upload => Box::new(Upload::new(config.max_upload_size)),
        DialectName::Imaginary => Box::new(Imaginary::new(legacy.imaginary.clone(), config.max_upload_size)),
        DialectName::Iaas => Box::new(iaas(loaded, prefix)?),
        DialectName::Thumbor => Box::new(thumbor(config)),
        DialectName::Vendor(vendor) => {
            Box::new(VendorDialect::new(vendor, prefix, places(config)).ruled(rules(config)))
        }
        DialectName::Imgproxy => Box::new(imgproxy(loaded)),
    })
}

/// What URLs of the native dialect must be like.
struct UrlLimits {
    signing: Arc<UrlSigning>,
    rules: Arc<UrlRules>,
    has_sizes: bool,
}

impl UrlLimits {
    fn of(config: &Config) -> Self {
        Self {
            signing: Arc::new(config.url_signing()),
            rules: Arc::new(config.url_rules()),
            has_sizes: !config.allowed_sizes.is_empty(),
        }
    }

    /// Another dialect, held to the same where it asks for no key: it would be a way around them. One that asks for a key has
    /// its own say.
    fn hold(&self, dialect: Box<dyn Dialect>, prefix: &str) -> Result<Box<dyn Dialect>, StartError> {
        let name = dialect.name();
        if dialect.is_protected() {
            // What holds for nobody costs nobody anything.
            return Ok(if self.has_sizes { Box::new(GuardedDialect::new(dialect).of_free_edges()) } else { dialect });
        }
        if self.rules.is_presets_only {
            return Err(StartError::OpenBesidePresets { dialect: name });
        }
        let guarded = match self.signing.mode {
            SigningMode::All => return Err(StartError::OpenDialect { dialect: name }),
            SigningMode::Off if self.rules.allowed.is_none() => return Ok(dialect),
            SigningMode::Renditions => GuardedDialect::new(dialect).signed(prefix, &self.signing),
            SigningMode::Off => GuardedDialect::new(dialect),
        };
        Ok(Box::new(match &self.rules.allowed {
            Some(allowed) => guarded.allowing(allowed.clone()),
            None => guarded,
        }))
    }
}

/// Where pictures are that URLs name.
fn places(config: &Config) -> Arc<Places> {
    let (own_hosts, origins) = (config.own_hosts.clone(), config.remote_origins.clone());
    Arc::new(Places::new(own_hosts, origins, config.strip_path.clone()))
}

fn thumbor(config: &Config) -> Thumbor {
    let settings = ThumborSettings {
        key: config.thumbor_key.clone(),
        allows_unsafe: config.thumbor_allow_unsafe,
        respects_orientation: config.thumbor_respect_orientation,
    };
    Thumbor::new(&settings, places(config)).in_place_of(usual_cache_control())
}

fn rules(config: &Config) -> EndpointRules {
    EndpointRules { widths: config.next_widths.clone(), qualities: config.next_qualities.clone() }
}

fn native(config: &Config) -> Native {
    let prefers = !config.preferred_formats.is_empty();
    let native = Native::new(config.strip_path.clone()).with_hints(config.client_hints).preferring(prefers);
    native.explaining(config.explain)
}

fn iaas(loaded: &Loaded, prefix: &str) -> Result<Iaas, StartError> {
    let Loaded { config, legacy, .. } = loaded;
    let iaas = Iaas::new(legacy.iaas.clone(), prefix)
        .in_place_of(config.cache_control_header.clone())
        .leaving_origins(config.cors_origins.is_some());
    if config.deposit_path.is_none() {
        return Ok(iaas);
    }
    let tokens = stores::tokens(loaded)?.map_or_else(TokenBook::in_memory, TokenBook::in_bucket);
    Ok(iaas.taking_uploads(tokens, config.max_upload_size))
}

fn imgproxy(loaded: &Loaded) -> Imgproxy {
    let (config, settings) = (&loaded.config, loaded.legacy.imgproxy.clone());
    let store = config.root_url.as_ref().map(ToString::to_string);
    let imgproxy = Imgproxy::new(settings).fetching_from(&config.remote_origins).storing_in(store.as_deref());
    if config.cache_control_header == usual_cache_control() { imgproxy } else { imgproxy.on_own_lifetimes() }
}

fn picfit(loaded: &Loaded) -> Picfit {
    let (config, settings) = (&loaded.config, loaded.legacy.picfit.clone());
    let points = settings.points.as_ref().map(|points| &points.url).filter(|_| config.results_url.is_some());
    let location = points.or(config.results_url.as_ref()).map(BucketUrl::location);
    let picfit = Picfit::new(settings).storing_at(location).in_place_of(usual_cache_control());
    let picfit = picfit.fetching_from(config.remote_origins.clone()).taking_uploads(config.max_upload_size);
    if config.background == Background::WHITE { picfit } else { picfit.on_own_background() }
}

/// The `Cache-Control` of images where the operator sets none.
fn usual_cache_control() -> Option<HeaderValue> {
    let rows = config::settings();
    let row = rows.iter().find(|row| row.name == "IMAGE_PROXY_CACHE_CONTROL_HEADER")?;
    HeaderValue::from_str(row.default).ok()
}
