//! The command line and the environment of imaginary, where its dialect is put somewhere.

use std::fs::File;
use std::io::{self, Read as _};
use std::net::SocketAddr;
use std::path::Path;

use super::kind::Kind;
use super::{Config, LegacySettings, Problem};
use crate::dialect::{DialectName, ImaginaryEnvironment, ImaginarySettings, SecretText, imaginary_settings};

/// The variable with the flags.
const VARIABLE: &str = "IMAGE_PROXY_IMAGINARY_ARGS";

/// Flags of imaginary, as on a command line.
pub(super) struct ImaginaryFlags;

/// What else counts where the dialect is put somewhere.
pub(super) struct Surroundings {
    /// imaginary's own variable for its port.
    pub port: Option<String>,
    /// imaginary's own variable for its key.
    pub signature_key: Option<String>,
    /// A folder or a bucket of originals is set.
    pub has_files: bool,
    /// The address to listen at is set.
    pub has_address: bool,
}

impl Kind for ImaginaryFlags {
    type Value = Option<SecretText>;

    fn expected(&self) -> String {
        "flags such as -enable-url-source -key secret, or empty for none".to_owned()
    }

    fn parse(&self, text: &str) -> Option<Self::Value> {
        Some((!text.is_empty()).then(|| SecretText::new(text)))
    }

    fn takes_empty(&self) -> bool {
        true
    }

    fn shown(&self, text: &str) -> String {
        if text.is_empty() { String::new() } else { "…".to_owned() }
    }
}

impl Surroundings {
    /// Takes what concerns imaginary out of all variables.
    pub fn among(variables: &[(String, String)]) -> Self {
        let find = |name: &str| variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        Self { port: find("PORT"), signature_key: find("URL_SIGNATURE_KEY"), has_files: false, has_address: false }
    }

    /// Reads the flags, where the dialect is put somewhere, and puts what concerns all into the settings. Gives the address to
    /// listen at, where it is theirs.
    pub fn read(
        &self,
        config: &mut Config,
        legacy: &mut LegacySettings,
        problems: &mut Vec<Problem>,
    ) -> Option<SocketAddr> {
        if !config.dialects.iter().any(|(name, _)| *name == DialectName::Imaginary) {
            return None;
        }
        let flags = config.imaginary_args.as_ref();
        let environment = ImaginaryEnvironment {
            port: self.port.as_deref(),
            signature_key: self.signature_key.as_deref(),
            origins: config.remote_origins.clone(),
            // Without a command line nothing says that there are no files.
            has_files: self.has_files || flags.is_none(),
            read,
        };
        let read = imaginary_settings(flags.map_or("", SecretText::text), &environment);
        let settings = legacy.take(VARIABLE, read, problems)?;
        let settings = match flags {
            Some(_) => settings,
            None => ImaginarySettings { port: settings.port, ..ImaginarySettings::fetching(environment.origins) },
        };
        let (address, port) = (settings.address, settings.port);
        legacy.imaginary = settings;
        if self.has_address || (address.is_none() && port.is_none()) {
            return None;
        }
        let usual = config.bind_address;
        config.bind_address = SocketAddr::new(address.unwrap_or(usual.ip()), port.unwrap_or(usual.port()));
        Some(config.bind_address)
    }
}

/// A whole file, unless it is longer than that.
pub(super) fn read(path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_bytes {
        return Err(io::Error::other(format!("expected at most {max_bytes} bytes")));
    }
    Ok(bytes)
}
