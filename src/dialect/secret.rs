//! `SecretText`: a text that is never shown.

use std::fmt;

use subtle::ConstantTimeEq;

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    /// Keeps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for whoever does not show it.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Tells, in a time that does not depend on where they differ, whether this is it.
    pub fn is(&self, shown: impl AsRef<[u8]>) -> bool {
        self.0.as_bytes().ct_eq(shown.as_ref()).into()
    }

    /// The same as [`SecretText::text`].
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("…")
    }
}
