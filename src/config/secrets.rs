//! What must never be printed, as settings. It must not know which variables there are.

use super::kind::{Kind, one_of};
use crate::dialect::{SecretText, SigningKeys, SigningMode};
use crate::http::AdminToken;
use crate::watch::HookUrl;

/// A text that lets in whoever shows it.
pub(super) struct Token;

impl Kind for Token {
    type Value = AdminToken;

    fn expected(&self) -> String {
        format!("at least {} letters, digits and signs of ASCII, without spaces", AdminToken::MIN_LENGTH)
    }

    fn parse(&self, text: &str) -> Option<AdminToken> {
        AdminToken::new(text)
    }

    fn shown(&self, _text: &str) -> String {
        "…".to_owned()
    }
}

/// A key of another system; any text.
pub(super) struct SecretKey;

impl Kind for SecretKey {
    type Value = SecretText;

    fn expected(&self) -> String {
        "a secret text".to_owned()
    }

    fn parse(&self, text: &str) -> Option<SecretText> {
        (!text.is_empty()).then(|| SecretText::new(text))
    }

    fn shown(&self, _text: &str) -> String {
        "…".to_owned()
    }
}

/// Names and secrets of keys that sign URLs; empty for none.
pub(super) struct KeyList;

impl Kind for KeyList {
    type Value = SigningKeys;

    fn expected(&self) -> String {
        "a list such as 2026:secret,2025:other, no name twice; the first signs, all verify".to_owned()
    }

    fn parse(&self, text: &str) -> Option<SigningKeys> {
        SigningKeys::parse(text)
    }

    fn takes_empty(&self) -> bool {
        true
    }

    fn shown(&self, text: &str) -> String {
        if text.is_empty() { String::new() } else { "…".to_owned() }
    }
}

/// Which URLs must be signed.
pub(super) struct Signing;

impl Kind for Signing {
    type Value = SigningMode;

    fn expected(&self) -> String {
        one_of(SigningMode::names())
    }

    fn parse(&self, text: &str) -> Option<SigningMode> {
        SigningMode::named(text)
    }
}

/// A URL of which all but the host may be a secret.
pub(super) struct SecretUrl;

impl Kind for SecretUrl {
    type Value = HookUrl;

    fn expected(&self) -> String {
        "an http or https URL".to_owned()
    }

    fn parse(&self, text: &str) -> Option<HookUrl> {
        HookUrl::parse(text)
    }

    fn shown(&self, text: &str) -> String {
        HookUrl::parse(text).map_or_else(|| "…".to_owned(), |url| url.to_string())
    }
}
