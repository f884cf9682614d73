//! What must never be printed, as settings. It must not know which variables there are.

use super::kind::Kind;
use crate::http::AdminToken;

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
