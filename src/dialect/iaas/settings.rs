//! `IaasSettings`: what the configuration of iaas says, a file in JSON; and what becomes of each of its settings.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value};

use super::SizeLimits;
use crate::dialect::{Fate, Inherited, InheritedStore, InheritedVariable, Legacy, LegacyError, SecretText};

/// What the dialect is set up with.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IaasSettings {
    /// How large pictures may be.
    pub limits: SizeLimits,
    /// Search engines may keep the pictures.
    pub allows_indexing: bool,
    /// How long a redirect to the store may be kept; `None` says nothing of it.
    pub redirect_lifetime: Option<Duration>,
    /// WebP stands in for JPEG and PNG where the URL allows it and the client shows it.
    pub allows_webp: bool,
    /// WebP stands in for them wherever the client shows it.
    pub switches_to_webp: bool,
    /// Whoever shows this has the picture made anew.
    pub freshness: Option<SecretText>,
    /// Whoever shows this may have tokens for uploads; `None` lets everybody.
    pub password: Option<SecretText>,
    /// The most pixels of what is uploaded; 30 megapixels where nothing is said.
    pub max_input_pixels: Option<u64>,
    /// The most pixels of what is kept of it: its sides are no longer than those of a square with so many.
    pub max_kept_pixels: Option<u64>,
}

/// What is read so far.
#[derive(Default)]
struct ConfigRead {
    settings: IaasSettings,
    root: Option<PathBuf>,
    timeout: Option<Duration>,
    store: StoreRead,
}

/// The store of renditions, as far as it is named.
#[derive(Default)]
struct StoreRead {
    bucket: Option<String>,
    cache_host: Option<String>,
    bucket_url: Option<String>,
    credentials: Vec<InheritedVariable>,
    region: Vec<InheritedVariable>,
}

/// One setting: its name, and what it does.
struct ConfigKey {
    name: &'static str,
    read: fn(&mut ConfigRead, &Value) -> Result<Fate, &'static str>,
}

const NO_DATABASE: Fate =
    Fate::NotApplying { because: "no database is needed: what was made is found by a name that follows from it" };
const OWN_METRICS: Fate =
    Fate::NotApplying { because: "metrics are read at /metrics, by Prometheus or what reads its format" };
const STORE: Fate = Fate::Replaced { by: "renditions are kept in that bucket, and clients are sent there" };
const PUBLIC: Fate = Fate::Replaced {
    by: "clients are sent there for what is stored; the bucket has to let everybody read, for objects are written without an ACL",
};

#[rustfmt::skip]
const KEYS: [ConfigKey; 24] = [
    ConfigKey { name: "aws.access_key", read: |read, value| variable(&mut read.store.credentials, "aws.access_key", "AWS_ACCESS_KEY_ID", value) },
    ConfigKey { name: "aws.secret_key", read: |read, value| variable(&mut read.store.credentials, "aws.secret_key", "AWS_SECRET_ACCESS_KEY", value) },
    ConfigKey { name: "aws.region", read: |read, value| variable(&mut read.store.region, "aws.region", "AWS_REGION", value) },
    ConfigKey { name: "aws.bucket", read: |read, value| { read.store.bucket = text(value)?; Ok(STORE) } },
    ConfigKey { name: "aws.cache_host", read: |read, value| { read.store.cache_host = text(value)?; Ok(PUBLIC) } },
    ConfigKey { name: "aws.bucket_url", read: |read, value| { read.store.bucket_url = text(value)?; Ok(PUBLIC) } },
    ConfigKey { name: "originals_dir", read: |read, value| { read.root = text(value)?.map(PathBuf::from); Ok(Fate::Honoured) } },
    ConfigKey { name: "listen_address", read: |_, value| text(value).map(|_| Fate::NotApplying {
        because: "iaas does not read it either; where to listen is a setting of this program, and iaas has port 1337",
    }) },
    ConfigKey { name: "allow_indexing", read: |read, value| { read.settings.allows_indexing = switch(value)?; Ok(Fate::Honoured) } },
    ConfigKey { name: "constraints.max_width", read: |read, value| { read.settings.limits.max_width = side(value)?; Ok(Fate::Honoured) } },
    ConfigKey { name: "constraints.max_height", read: |read, value| { read.settings.limits.max_height = side(value)?; Ok(Fate::Honoured) } },
    ConfigKey { name: "constraints.max_input", read: |read, value| { read.settings.max_input_pixels = Some(megapixels(value)?); Ok(Fate::Honoured) } },
    ConfigKey { name: "constraints.max_on_disk", read: |read, value| { read.settings.max_kept_pixels = Some(megapixels(value)?); Ok(Fate::Honoured) } },
    ConfigKey { name: "redirect_cache_timeout", read: |read, value| {
        read.settings.redirect_lifetime = Some(whole(value)?).filter(|seconds| *seconds > 0).map(Duration::from_secs);
        Ok(Fate::Honoured)
    } },
    ConfigKey { name: "timeout.conversion", read: |read, value| {
        read.timeout = Some(whole(value)?).filter(|milliseconds| *milliseconds > 0).map(Duration::from_millis);
        Ok(match read.timeout {
            Some(_) => Fate::Replaced { by: "it is how long an answer may take until its first byte" },
            None => Fate::NotApplying { because: "no answer may take for ever" },
        })
    } },
    ConfigKey { name: "webp.allow_opt_in", read: |read, value| { read.settings.allows_webp = switch(value)?; Ok(Fate::Honoured) } },
    ConfigKey { name: "webp.allow_dynamic_switch", read: |read, value| { read.settings.switches_to_webp = switch(value)?; Ok(Fate::Honoured) } },
    ConfigKey { name: "secret", read: |read, value| { read.settings.password = secret(value)?; Ok(Fate::Honoured) } },
    ConfigKey { name: "freshness", read: |read, value| { read.settings.freshness = secret(value)?; Ok(Fate::Honoured) } },
    ConfigKey { name: "redis.url", read: |_, value| text(value).map(|_| NO_DATABASE) },
    ConfigKey { name: "metrics.influx.dsn", read: |_, value| text(value).map(|_| OWN_METRICS) },
    ConfigKey { name: "metrics.console", read: |_, _| Ok(OWN_METRICS) },
    ConfigKey { name: "postgresql.", read: |_, _| Ok(NO_DATABASE) },
    ConfigKey { name: "log.", read: |_, _| Ok(Fate::NotApplying { because: "RUST_LOG says which lines are written" }) },
];

impl IaasSettings {
    /// Reads the configuration.
    ///
    /// # Errors
    /// It is no JSON object, or a setting has a value that it cannot have. Values are never told: they may be secrets.
    pub fn read(json: &str) -> Result<Legacy<Self>, LegacyError> {
        let object = serde_json::from_str::<Map<String, Value>>(json).map_err(|error| {
            LegacyError(format!(
                "expected a JSON object, got what is none at line {}, column {}",
                error.line(),
                error.column()
            ))
        })?;
        let mut read = ConfigRead::default();
        let mut inherited = Vec::new();
        for (name, value) in leaves("", &object) {
            let fate = match KEYS.iter().find(|key| key.name == name || key.is_group_of(&name)) {
                Some(key) => (key.read)(&mut read, value)
                    .map_err(|expected| LegacyError(format!("{name}: expected {expected}, got {}", kind(value))))?,
                None => Fate::Unknown,
            };
            inherited.push(Inherited::new(name, fate));
        }
        let ConfigRead { settings, root, timeout, store } = read;
        Ok(Legacy { settings, root, timeout, store: store.named(), claims: Vec::new(), inherited })
    }
}

impl ConfigKey {
    /// Tells whether it stands for all settings of a group, and this is one of them.
    fn is_group_of(&self, name: &str) -> bool {
        self.name.ends_with('.') && name.starts_with(self.name)
    }
}

impl StoreRead {
    fn named(self) -> Option<InheritedStore> {
        let Self { bucket, cache_host, bucket_url, credentials, region } = self;
        Some(InheritedStore {
            group: "aws.",
            url: format!("s3://{}", bucket?),
            public_url: cache_host.or(bucket_url),
            redirects: true,
            credentials,
            region,
        })
    }
}

/// The settings by their names with dots, in order.
fn leaves<'a>(group: &str, object: &'a Map<String, Value>) -> Vec<(String, &'a Value)> {
    let below = |(name, value): (&String, &'a Value)| {
        let name = format!("{group}{name}");
        match value {
            Value::Object(object) => leaves(&format!("{name}."), object),
            value => vec![(name, value)],
        }
    };
    object.iter().flat_map(below).collect()
}

fn variable(
    group: &mut Vec<InheritedVariable>,
    name: &str,
    variable: &'static str,
    value: &Value,
) -> Result<Fate, &'static str> {
    group.extend(text(value)?.map(|value| InheritedVariable { name: name.to_owned(), variable, value }));
    Ok(Fate::Replaced { by: "the bucket is opened with it" })
}

/// What a value is, without it.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Text that is not empty.
fn text(value: &Value) -> Result<Option<String>, &'static str> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        _ => Err("text"),
    }
}

fn secret(value: &Value) -> Result<Option<SecretText>, &'static str> {
    Ok(text(value)?.map(SecretText::new))
}

fn switch(value: &Value) -> Result<bool, &'static str> {
    value.as_bool().ok_or("true or false")
}

fn whole(value: &Value) -> Result<u64, &'static str> {
    value.as_u64().filter(|number| *number <= u64::from(u32::MAX)).ok_or("a whole number, 0 or more")
}

fn side(value: &Value) -> Result<u32, &'static str> {
    let pixels = value.as_u64().and_then(|pixels| u32::try_from(pixels).ok());
    pixels.filter(|pixels| *pixels > 0).ok_or("a whole number of pixels, 1 or more")
}

fn megapixels(value: &Value) -> Result<u64, &'static str> {
    let number = value.as_f64().filter(|number| *number > 0.0 && *number <= 1e6);
    number.map(|number| (number * 1e6) as u64).ok_or("a number of megapixels above 0")
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{
        "aws": {"access_key": "123", "secret_key": "hidden", "region": "eu-west-1", "bucket": "made",
                "cache_host": "https://pictures.example/made"},
        "originals_dir": "/opt/images",
        "listen_address": "127.0.0.1",
        "postgresql": {"user": "me", "password": "hidden", "host": "db", "database": "images", "pool": 5},
        "allow_indexing": true,
        "constraints": {"max_width": 1000, "max_height": 800, "max_input": 30, "max_on_disk": 1.5},
        "log": {"debug": false, "info": true},
        "redirect_cache_timeout": 604800,
        "timeout": {"conversion": 5000},
        "webp": {"allow_dynamic_switch": false, "allow_opt_in": true},
        "redis": {"url": "redis://:hidden@cache"},
        "secret": "hidden",
        "freshness": "hidden",
        "metrics": {"influx": {"dsn": "http://me:hidden@influx"}, "console": true},
        "more": [1]
    }"#;

    #[test]
    fn each_setting_is_read_or_it_is_told_why_not() {
        let Legacy { settings, root, timeout, store, inherited, .. } = IaasSettings::read(WHOLE).unwrap();
        let hidden = || Some(SecretText::new("hidden"));
        let expected = IaasSettings {
            limits: SizeLimits { max_width: 1000, max_height: 800 },
            allows_indexing: true,
            redirect_lifetime: Some(Duration::from_secs(604_800)),
            allows_webp: true,
            switches_to_webp: false,
            freshness: hidden(),
            password: hidden(),
            max_input_pixels: Some(30_000_000),
            max_kept_pixels: Some(1_500_000),
        };
        assert_eq!(settings, expected);
        assert_eq!((root, timeout), (Some("/opt/images".into()), Some(Duration::from_secs(5))));
        let store = store.unwrap();
        assert_eq!((&*store.url, store.public_url.as_deref()), ("s3://made", Some("https://pictures.example/made")));
        let names = |group: &[InheritedVariable]| group.iter().map(|one| one.variable).collect::<Vec<_>>();
        assert_eq!(names(&store.credentials), ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]);
        assert_eq!(names(&store.region), ["AWS_REGION"]);
        assert_eq!(inherited.len(), 29);
        let told: Vec<_> = inherited.iter().map(ToString::to_string).collect();
        for expected in [
            "constraints.max_width is honoured",
            "postgresql.password does not apply: no database",
            "redis.url does not apply: no database",
            "metrics.influx.dsn does not apply: metrics are read",
            "log.debug does not apply: RUST_LOG",
            "more is unknown",
        ] {
            assert!(told.iter().any(|line| line.starts_with(expected)), "{expected}: {told:#?}");
        }
        let shown = format!("{told:?} {settings:?} {store:?}");
        assert!(!shown.contains("hidden") && !shown.contains("123"), "{shown}");
    }

    #[test]
    fn what_cannot_be_meant_is_told_by_its_name_and_without_its_value() {
        for (json, expected) in [
            ("", "expected a JSON object, got what is none at line 1, column 0"),
            ("[]", "expected a JSON object, got what is none at line 1, column 0"),
            (r#"{"secret": "hidden""#, "expected a JSON object, got what is none at line 1, column 19"),
            (r#"{"secret": 5}"#, "secret: expected text, got a number"),
            (
                r#"{"constraints": {"max_width": "hidden"}}"#,
                "constraints.max_width: expected a whole number of pixels, 1 or more, got text",
            ),
            (
                r#"{"constraints": {"max_height": 0}}"#,
                "constraints.max_height: expected a whole number of pixels, 1 or more, got a number",
            ),
            (r#"{"webp": {"allow_opt_in": "yes"}}"#, "webp.allow_opt_in: expected true or false, got text"),
            (
                r#"{"redirect_cache_timeout": -1}"#,
                "redirect_cache_timeout: expected a whole number, 0 or more, got a number",
            ),
            (r#"{"aws": {"bucket": ["hidden"]}}"#, "aws.bucket: expected text, got a list"),
            (
                r#"{"constraints": {"max_input": 0}}"#,
                "constraints.max_input: expected a number of megapixels above 0, got a number",
            ),
        ] {
            let told = IaasSettings::read(json).map(|legacy| legacy.inherited).unwrap_err().to_string();
            assert_eq!(told, expected);
        }
    }

    #[test]
    fn what_is_empty_says_nothing() {
        let json = r#"{"secret": "", "freshness": null, "redirect_cache_timeout": 0, "timeout": {"conversion": 0}, "aws": {}}"#;
        let Legacy { settings, timeout, store, .. } = IaasSettings::read(json).unwrap();
        assert_eq!((settings, timeout, store), (IaasSettings::default(), None, None));
        assert_eq!(IaasSettings::read("{}").unwrap().inherited, []);
    }
}
