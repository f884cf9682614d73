//! `AdminToken`: who may purge. It is never printed.

use std::fmt;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use subtle::ConstantTimeEq;

use super::Failure;

/// The text that a client shows to be let do what only the operator may.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminToken(Box<[u8]>);

impl AdminToken {
    /// In characters; what is shorter can be guessed.
    pub const MIN_LENGTH: usize = 16;

    /// `None` where it is too short, or could not stand in a header: it is made of visible ASCII.
    pub fn new(text: &str) -> Option<Self> {
        let is_sound = text.len() >= Self::MIN_LENGTH && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_sound.then(|| Self(text.as_bytes().into()))
    }

    /// Looks at the one `Authorization: Bearer` of a request (RFC 6750, section 2.1).
    ///
    /// # Errors
    /// There is none, or another one than this.
    pub(super) fn check(&self, headers: &HeaderMap) -> Result<(), Failure> {
        let mut shown = headers.get_all(AUTHORIZATION).into_iter();
        let (Some(first), None) = (shown.next(), shown.next()) else { return Err(Failure::NoToken) };
        let shown = bearer(first).ok_or(Failure::NoToken)?;
        // In the same time wherever they differ, so that nobody finds it letter by letter.
        if bool::from(shown.ct_eq(&self.0)) { Ok(()) } else { Err(Failure::WrongToken) }
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AdminToken(…)")
    }
}

fn bearer(value: &HeaderValue) -> Option<&[u8]> {
    let (scheme, rest) = value.as_bytes().split_at_checked("Bearer".len())?;
    let token = rest.trim_ascii();
    let is_bearer = scheme.eq_ignore_ascii_case(b"Bearer") && rest.starts_with(b" ") && !token.is_empty();
    is_bearer.then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "sixteen-letters!";

    fn outcome(lines: &[&'static [u8]]) -> Option<u16> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(line).unwrap());
        }
        AdminToken::new(TOKEN).unwrap().check(&headers).err().map(|failure| failure.status().as_u16())
    }

    #[test]
    fn only_the_token_itself_is_let_in() {
        for right in [&b"Bearer sixteen-letters!"[..], b"bearer sixteen-letters!", b"BEARER   sixteen-letters!"] {
            assert_eq!(outcome(&[right]), None);
        }
        for wrong in [
            &b"Bearer sixteen-letters"[..],
            b"Bearer sixteen-letters!!",
            b"Bearer Sixteen-letters!",
            b"Bearer x",
            b"Bearer sixteen letters!",
            b"Bearer \xff",
        ] {
            assert_eq!(outcome(&[wrong]), Some(403), "{wrong:?}");
        }
    }

    #[test]
    fn what_shows_no_token_is_asked_for_one() {
        let right = &b"Bearer sixteen-letters!"[..];
        for none in [
            &b""[..],
            b"Bearer",
            b"Bearer ",
            b"sixteen-letters!",
            b"Basic c2l4dGVlbi1sZXR0ZXJzIQ==",
            b"Bearersixteen-letters!",
            b"\xff\xfe",
        ] {
            assert_eq!(outcome(&[none]), Some(401), "{none:?}");
        }
        for lines in [&[][..], &[right, right]] {
            assert_eq!(outcome(lines), Some(401), "{lines:?}");
        }
    }

    #[test]
    fn a_token_is_long_enough_and_can_be_sent() {
        for text in ["", "fifteen-letters", "sixteen letters!", "sixteen-letters\n", "sechzehn-zeichen-ü"] {
            assert_eq!(AdminToken::new(text), None, "{text}");
        }
        assert_eq!(format!("{:?}", AdminToken::new(TOKEN)), "Some(AdminToken(…))");
    }
}
