//! The flags of imaginary: what each of them sets, and what becomes of it.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use http::{HeaderValue, StatusCode};

use super::super::{Fate, Inherited, Legacy, LegacyError, SecretText, path_prefix};
use super::command_line::{self, GivenFlag};
use super::placeholder;
use super::settings::ImaginarySettings;
use crate::request::{Format, RemoteOrigins};

/// What imaginary reads of its environment, and what is known here.
pub struct ImaginaryEnvironment<'a> {
    /// The variable `PORT`.
    pub port: Option<&'a str>,
    /// The variable `URL_SIGNATURE_KEY`.
    pub signature_key: Option<&'a str>,
    /// Where the operator lets originals be fetched from, by whichever dialect.
    pub origins: RemoteOrigins,
    /// A folder or a bucket with originals is set up.
    pub has_files: bool,
    /// Reads a file, but no more than so many bytes.
    pub read: fn(&Path, u64) -> io::Result<Vec<u8>>,
}

/// What flags come to.
#[derive(Default)]
struct FlagValues {
    settings: ImaginarySettings,
    mount: Option<PathBuf>,
    placeholder: Option<PathBuf>,
    uses_placeholder: bool,
    is_signed: bool,
    allowed: RemoteOrigins,
    per_second: u32,
    burst: u32,
}

/// What a flag takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// Nothing, or `=true` or `=false`.
    Switch,
    Value,
}

/// A flag: its name, what it takes, what becomes of it, and how it is put in.
type FlagRow = (&'static str, Takes, Fate, fn(&mut FlagValues, &str) -> Result<(), String>);

const NOT_THERE: Fate = Fate::NotApplying { because: "imaginary takes no notice of it either" };

#[rustfmt::skip]
const ROWS: [FlagRow; 32] = [
    ("a", Takes::Value, Fate::Replaced { by: "it is where to listen, where no bind address is set" }, |values, text| address(text).map(|address| values.settings.address = address)),
    ("p", Takes::Value, Fate::Replaced { by: "it is where to listen, where no bind address is set" }, |values, text| number(text, 1, 65_535).map(|port| values.settings.port = Some(port))),
    ("path-prefix", Takes::Value, Fate::Honoured, |values, text| { values.settings.path_prefix = path_prefix(text); Ok(()) }),
    ("cors", Takes::Switch, Fate::Honoured, |values, text| switch(text).map(|is_so| values.settings.has_cors = is_so)),
    ("gzip", Takes::Switch, NOT_THERE, |_, text| switch(text).map(drop)),
    ("disable-endpoints", Takes::Value, Fate::Honoured, |values, text| { values.settings.disabled = list(text); Ok(()) }),
    ("key", Takes::Value, Fate::Honoured, |values, text| { values.settings.key = secret(text); Ok(()) }),
    ("mount", Takes::Value, Fate::Replaced { by: "it is the folder of originals" }, |values, text| folder(text).map(|folder| values.mount = folder)),
    ("http-cache-ttl", Takes::Value, Fate::Honoured, |values, text| seconds(text).map(|seconds| values.settings.cache_seconds = seconds)),
    ("http-read-timeout", Takes::Value, Fate::NotApplying { because: "there are limits of our own on the time for a head and for a body" }, |_, text| number::<u32>(text, 0, u32::MAX).map(drop)),
    ("http-write-timeout", Takes::Value, Fate::NotApplying { because: "there are limits of our own on the time for an answer" }, |_, text| number::<u32>(text, 0, u32::MAX).map(drop)),
    ("enable-url-source", Takes::Switch, Fate::Honoured, |values, text| switch(text).map(|is_so| values.settings.reads_urls = is_so)),
    ("allowed-origins", Takes::Value, Fate::Honoured, |values, text| origins(text).map(|origins| values.allowed = origins)),
    ("max-allowed-size", Takes::Value, Fate::Honoured, |values, text| number(text, 0, u64::MAX).map(|bytes| values.settings.max_bytes = Some(bytes).filter(|bytes| *bytes > 0))),
    ("max-allowed-resolution", Takes::Value, Fate::Honoured, |values, text| pixels(text).map(|pixels| values.settings.max_pixels = pixels)),
    ("enable-auth-forwarding", Takes::Switch, Fate::NotApplying { because: "what one client may see is kept for all; a constant -authorization is sent" }, |_, text| switch(text).map(drop)),
    ("authorization", Takes::Value, Fate::Honoured, |values, text| header(text).map(|value| values.settings.authorization = value)),
    ("forward-headers", Takes::Value, Fate::NotApplying { because: "what one client may see is kept for all" }, |_, _| Ok(())),
    ("source-response-headers", Takes::Value, Fate::NotApplying { because: "answers have headers of their own, whatever the source says" }, |_, _| Ok(())),
    ("enable-placeholder", Takes::Switch, Fate::Honoured, |values, text| switch(text).map(|is_so| values.uses_placeholder = is_so)),
    ("placeholder", Takes::Value, Fate::Honoured, |values, text| { values.placeholder = Some(PathBuf::from(text)).filter(|_| !text.is_empty()); Ok(()) }),
    ("placeholder-status", Takes::Value, Fate::Honoured, |values, text| status(text).map(|status| values.settings.placeholder_status = status)),
    ("enable-url-signature", Takes::Switch, Fate::Honoured, |values, text| switch(text).map(|is_so| values.is_signed = is_so)),
    ("url-signature-key", Takes::Value, Fate::Honoured, |values, text| { values.settings.signature_key = secret(text); Ok(()) }),
    ("concurrency", Takes::Value, Fate::Honoured, |values, text| number(text, 0, u32::MAX).map(|number| values.per_second = number)),
    ("burst", Takes::Value, Fate::Honoured, |values, text| number(text, 0, u32::MAX).map(|number| values.burst = number)),
    ("mrelease", Takes::Value, Fate::NotApplying { because: "memory is given back by itself" }, |_, text| number::<u32>(text, 0, u32::MAX).map(drop)),
    ("cpus", Takes::Value, Fate::NotApplying { because: "the number of threads is a setting of our own" }, |_, text| number::<u32>(text, 0, u32::MAX).map(drop)),
    ("certfile", Takes::Value, Fate::Unknown, |_, _| Err(TLS.to_owned())),
    ("keyfile", Takes::Value, Fate::Unknown, |_, _| Err(TLS.to_owned())),
    ("log-level", Takes::Value, Fate::NotApplying { because: "what is logged is a setting of our own" }, |_, _| Ok(())),
    ("return-size", Takes::Switch, Fate::Honoured, |values, text| switch(text).map(|is_so| values.settings.returns_size = is_so)),
];

const TLS: &str = "TLS is not spoken here: expected none, and a proxy in front that has the certificate";
/// What ends imaginary at once.
const ENDING: [&str; 4] = ["h", "help", "v", "version"];
/// The shortest key for signatures, in characters.
const MIN_SIGNATURE_KEY: usize = 32;
/// The largest placeholder, in bytes.
const MAX_PLACEHOLDER: u64 = 16 << 20;
/// The longest time that answers may be kept, in seconds.
const MAX_CACHE_SECONDS: u32 = 31_556_926;

/// Reads flags as they are given to imaginary.
///
/// # Errors
/// All that is wrong with them. No value is repeated that may be a secret.
pub fn imaginary_settings(
    arguments: &str,
    environment: &ImaginaryEnvironment<'_>,
) -> Result<Legacy<ImaginarySettings>, LegacyError> {
    let is_switch = |name: &str| match ENDING.contains(&name) {
        true => Some(true),
        false => row(name).map(|(_, takes, ..)| *takes == Takes::Switch),
    };
    let given = command_line::words(arguments).and_then(|words| command_line::flags(words, is_switch));
    let given = given.map_err(LegacyError)?;
    let mut values = FlagValues { burst: 100, ..FlagValues::default() };
    let (mut inherited, mut wrong) = (Vec::new(), Vec::new());
    for GivenFlag { name, value } in given {
        let Some((name, _, fate, put)) = row(&name) else {
            wrong.push(format!("-{name}: expected flags of a server that runs"));
            continue;
        };
        if let Err(why) = put(&mut values, value.as_deref().unwrap_or("true")) {
            wrong.push(format!("-{name}: {why}"));
        }
        let fate = match *name {
            "enable-url-source" if values.settings.reads_urls => Fate::Honoured,
            _ => fate.clone(),
        };
        inherited.push(Inherited::new(format!("-{name}"), fate));
    }
    inherited.extend(values.take(environment, &mut wrong));
    if values.settings.origins.is_empty() && values.settings.reads_urls {
        let because = "nothing is fetched without a list of where from: name it with -allowed-origins";
        let flags = inherited.iter_mut().filter(|inherited| inherited.name == "-enable-url-source");
        flags.for_each(|inherited| inherited.fate = Fate::NotApplying { because });
    }
    match wrong.as_slice() {
        [] => Ok(Legacy { settings: values.settings, root: values.mount, inherited, ..Legacy::default() }),
        wrong => Err(LegacyError(wrong.join("; "))),
    }
}

fn row(name: &str) -> Option<&'static FlagRow> {
    ROWS.iter().find(|(known, ..)| *known == name)
}

impl FlagValues {
    /// Takes what the environment says, and puts together what belongs together.
    fn take(&mut self, environment: &ImaginaryEnvironment<'_>, wrong: &mut Vec<String>) -> Vec<Inherited> {
        let ImaginaryEnvironment { port, signature_key, origins, has_files, read } = environment;
        let mut inherited = Vec::new();
        // imaginary takes what is no number for none.
        if let Some(port) = port.and_then(|text| text.parse::<u16>().ok()).filter(|port| *port > 0) {
            self.settings.port = Some(port);
            let by = "it is where to listen, where no bind address is set";
            inherited.push(Inherited::new("PORT", Fate::Replaced { by }));
        }
        if let Some(key) = signature_key.and_then(secret) {
            self.settings.signature_key = Some(key);
            inherited.push(Inherited::new("URL_SIGNATURE_KEY", Fate::Honoured));
        }
        match &self.settings.signature_key {
            _ if !self.is_signed => self.settings.signature_key = None,
            None => wrong.push("-enable-url-signature: expected a -url-signature-key as well".to_owned()),
            Some(key) if key.as_bytes().len() < MIN_SIGNATURE_KEY => {
                wrong.push(format!("-url-signature-key: expected at least {MIN_SIGNATURE_KEY} characters"));
            }
            Some(_) => {}
        }
        self.settings.origins = if self.allowed.is_empty() { origins.clone() } else { self.allowed.clone() };
        self.settings.reads_files = self.mount.is_some() || *has_files;
        self.settings.rate = (self.per_second > 0).then_some((self.per_second, self.burst));
        self.settings.placeholder = match &self.placeholder {
            Some(path) => match read(path, MAX_PLACEHOLDER) {
                Ok(bytes) if Format::sniff(&bytes).is_some() => Some(bytes.into()),
                Ok(_) => {
                    wrong.push("-placeholder: expected an image".to_owned());
                    None
                }
                Err(error) => {
                    wrong.push(format!("-placeholder: expected a file that can be read: {error}"));
                    None
                }
            },
            None => self.uses_placeholder.then(placeholder::own),
        };
        inherited
    }
}

/// Reads a switch as Go does.
fn switch(text: &str) -> Result<bool, String> {
    super::parsing::boolean(text).map_err(|_| format!("expected true or false, got {text:?}")).and_then(|is_so| {
        if text.is_empty() { Err("expected true or false, got nothing".to_owned()) } else { Ok(is_so) }
    })
}

fn number<T: TryFrom<u64> + std::fmt::Display + Into<u64> + Copy>(text: &str, least: T, most: T) -> Result<T, String> {
    let number = text.parse::<u64>().ok().filter(|number| (least.into()..=most.into()).contains(number));
    number
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| format!("expected a whole number from {least} to {most}, got {text:?}"))
}

/// -1 says nothing.
fn seconds(text: &str) -> Result<Option<u32>, String> {
    if text == "-1" { Ok(None) } else { number(text, 0, MAX_CACHE_SECONDS).map(Some) }
}

/// Millions of pixels, with decimals.
fn pixels(text: &str) -> Result<u64, String> {
    let millions = text.parse::<f64>().ok().filter(|millions| (0.0..=1e9).contains(millions));
    let pixels = millions.map(|millions| (millions * 1e6).floor() as u64);
    pixels.ok_or_else(|| format!("expected a number of millions of pixels, got {text:?}"))
}

fn status(text: &str) -> Result<Option<StatusCode>, String> {
    match text {
        "0" => Ok(None),
        _ => text
            .parse::<u16>()
            .ok()
            .filter(|status| (200..=599).contains(status))
            .and_then(|status| StatusCode::from_u16(status).ok())
            .map(Some)
            .ok_or_else(|| format!("expected a status of HTTP from 200 to 599, got {text:?}")),
    }
}

fn address(text: &str) -> Result<Option<IpAddr>, String> {
    match text {
        "" => Ok(None),
        "localhost" => Ok(Some(Ipv4Addr::LOCALHOST.into())),
        _ => text.parse().map(Some).map_err(|_| format!("expected an IP address, got {text:?}")),
    }
}

fn folder(text: &str) -> Result<Option<PathBuf>, String> {
    match text {
        "" => Ok(None),
        _ if Path::new(text) == Path::new("/") => Err("expected a folder that is not the root of all".to_owned()),
        _ => Ok(Some(PathBuf::from(text))),
    }
}

/// As imaginary has it: an origin is a host and a path, whatever its scheme.
fn origins(text: &str) -> Result<RemoteOrigins, String> {
    let without_schemes = text.split(',').map(|entry| {
        let entry = entry.trim();
        entry.strip_prefix("https://").or(entry.strip_prefix("http://")).unwrap_or(entry)
    });
    let list = without_schemes.collect::<Vec<_>>().join(",");
    RemoteOrigins::parse(&list)
        .ok_or_else(|| "expected a list such as https://img.example.com/public/,https://*.example.org".to_owned())
}

fn list(text: &str) -> Vec<String> {
    let names = text.split(',').map(|name| name.trim().to_ascii_lowercase());
    names.filter(|name| !name.is_empty()).collect()
}

fn secret(text: &str) -> Option<SecretText> {
    (!text.is_empty()).then(|| SecretText::new(text))
}

fn header(text: &str) -> Result<Option<HeaderValue>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let mut value = HeaderValue::from_str(text).map_err(|_| "expected the value of a header".to_owned())?;
    value.set_sensitive(true);
    Ok(Some(value))
}

#[cfg(test)]
mod tests;
