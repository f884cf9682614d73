//! What URLs may ask for, as settings. It must not know what they are used for.

use std::path::Path;

use super::Config;
use super::kind::Kind;
use super::legacy::text_of;
use super::problem::{Problem, Warning};
use crate::dialect::{AllowedParameters, PresetError, Presets, SigningMode, UrlRules, UrlSigning};
use crate::rates::Rate;
use crate::request::{AllowedSizes, UnlistedSizes};

/// How many renditions a client may have made.
pub(super) struct ClientRate;

impl Kind for ClientRate {
    type Value = Rate;

    fn expected(&self) -> String {
        format!("a whole number from 1 to {} for each second, minute or hour, such as 10/s, 100/m or 1000/h", Rate::MAX)
    }

    fn parse(&self, text: &str) -> Option<Rate> {
        Rate::parse(text)
    }
}

/// Names of parameters of URLs.
pub(super) struct ParameterNames;

impl Kind for ParameterNames {
    type Value = AllowedParameters;

    fn expected(&self) -> String {
        "names of parameters, separated by commas".to_owned()
    }

    fn parse(&self, text: &str) -> Option<AllowedParameters> {
        AllowedParameters::parse(text).ok()
    }

    fn missed(&self, text: &str) -> String {
        AllowedParameters::parse(text).err().unwrap_or_else(|| self.expected())
    }
}

/// Queries under names; `@FILE` has one a line.
pub(super) struct PresetList;

impl PresetList {
    fn read(text: &str) -> Result<Presets, String> {
        match text.strip_prefix('@') {
            Some(path) => {
                let text =
                    text_of(Path::new(path.trim())).map_err(|error| format!("a file that can be read: {error}"))?;
                Presets::parse_lines(&text)
            }
            None => Presets::parse(text),
        }
        .map_err(|error: PresetError| error.to_string())
    }
}

impl Kind for PresetList {
    type Value = Presets;

    fn expected(&self) -> String {
        "a list such as thumb=w=200&h=200;hero=w=800, or @ and the path of a file with one a line, or empty for none"
            .to_owned()
    }

    fn parse(&self, text: &str) -> Option<Presets> {
        Self::read(text).ok()
    }

    fn missed(&self, text: &str) -> String {
        Self::read(text).err().unwrap_or_else(|| self.expected())
    }

    fn takes_empty(&self) -> bool {
        true
    }
}

impl Config {
    /// How URLs are signed.
    pub fn url_signing(&self) -> UrlSigning {
        UrlSigning { mode: self.signing, keys: self.signing_keys.clone(), strip_prefix: self.strip_path.clone() }
    }

    /// What URLs may ask for.
    pub fn url_rules(&self) -> UrlRules {
        UrlRules {
            presets: self.presets.clone(),
            is_presets_only: self.presets_only,
            allowed: self.allowed_parameters.clone(),
        }
    }

    /// The lengths that edges may have.
    pub(super) fn sizes(&self) -> Option<AllowedSizes> {
        AllowedSizes::new(self.allowed_sizes.clone(), self.allowed_sizes_mode)
    }

    /// What is missing for what is asked of URLs.
    pub(super) fn unprotected(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.signing != SigningMode::Off && self.signing_keys.is_empty() {
            problems.push(Problem::NoSigningKey);
        }
        if self.presets_only && self.presets.is_empty() {
            problems.push(Problem::NoPreset);
        }
        problems
    }

    /// What does nothing as the rest is.
    pub(super) fn needless_protection(&self) -> Vec<Warning> {
        let has_no_sizes = self.allowed_sizes.is_empty() && self.allowed_sizes_mode != UnlistedSizes::default();
        let has_no_rate = self.client_rate.is_none() && self.trusted_proxy_header.is_some();
        let needless = [
            (has_no_sizes, "IMAGE_PROXY_ALLOWED_SIZES_MODE", "IMAGE_PROXY_ALLOWED_SIZES lists none"),
            (has_no_rate, "IMAGE_PROXY_TRUSTED_PROXY_HEADER", "IMAGE_PROXY_CLIENT_RATE is not set"),
        ];
        let needless = needless.into_iter().filter(|(is_needless, ..)| *is_needless);
        needless.map(|(_, name, because)| Warning::NoEffect { name, because: because.to_owned() }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_may_stand_in_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "# ours\nthumb=w=200\n").unwrap();
        let at = format!("@{}", file.path().display());
        assert_eq!(PresetList.parse(&at), Presets::parse("thumb=w=200").ok());
        std::fs::write(file.path(), "thumb=w=wide\n").unwrap();
        assert!(PresetList.missed(&at).contains("thumb: w: expected pixels"), "{}", PresetList.missed(&at));
        assert!(PresetList.missed("@/no/such/file").contains("/no/such/file"));
    }
}
