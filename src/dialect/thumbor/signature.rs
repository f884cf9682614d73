//! How a path begins: with a signature of all that follows, or with a word that it has none.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

use crate::dialect::SigningKey;

/// A path, parted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SignedPath<'a> {
    pub is_unsafe: bool,
    /// As sent.
    pub signature: Option<&'a str>,
    /// All behind it and its slash, as sent.
    pub rest: &'a str,
}

/// A key, for each digest that URLs may be signed with.
#[derive(Debug)]
pub(super) struct SignatureKeys([SigningKey; 3]);

/// The shortest signature that is taken, in letters: 96 bits, as in RFC 2404.
const MIN_LETTERS: usize = 16;

impl<'a> SignedPath<'a> {
    pub fn of(path: &'a str) -> Self {
        let bare = path.trim_start_matches('/');
        match bare.split_once('/') {
            Some(("unsafe", rest)) => Self { is_unsafe: true, signature: None, rest },
            Some((word, rest)) => Self { is_unsafe: false, signature: Some(word), rest },
            None => Self { is_unsafe: false, signature: None, rest: bare },
        }
    }
}

impl SignatureKeys {
    /// A key for HMAC-SHA1 of thumbor, and for HMAC-SHA256 and HMAC-SHA512, which imagor has as well.
    pub fn new(key: &[u8]) -> Self {
        Self([SigningKey::sha1(key), SigningKey::sha256(key), SigningKey::sha512(key)])
    }

    /// Tells whether a signature is that of a message: all of it, with padding or without, or no less than its first 16 letters.
    pub fn verify(&self, message: &str, signature: &str) -> bool {
        let shown = signature.trim_end_matches('=').replace("%3D", "").replace("%3d", "");
        if shown.len() < MIN_LETTERS {
            return false;
        }
        let matches = |key: &SigningKey| {
            let whole = URL_SAFE_NO_PAD.encode(key.sign(message.as_bytes()));
            whole.as_bytes().get(..shown.len()).is_some_and(|begin| bool::from(begin.ct_eq(shown.as_bytes())))
        };
        self.0.iter().any(matches)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_of_client_libraries_are_right() {
        let keys = SignatureKeys::new(b"open sesame");
        for (message, signature) in [
            ("64x48/city.jpg", "v8t5GAHLIdkuXUkNjnpXEkWQuZ0="),
            ("64x48/smart/tower.jpg", "5GggxulN5qxxWEjSn4EmTqnK76A="),
            ("fit-in/64x64/city.jpg", "gK2O6AIJJcVDKbQ5aaZTTRrl7j8="),
            ("64x0/filters:format(png):rotate(180)/city.jpg", "XvNjoK0KxMkz9sH9UmxHqcZajSQ="),
            ("1x2:101x52/city.jpg", "1YYtEMNSppWJvSnyGNPX6TObxVk="),
        ] {
            assert!(keys.verify(message, signature), "{message}");
            assert!(keys.verify(message, signature.trim_end_matches('=')), "{message}");
            assert!(!keys.verify("65x48/city.jpg", signature), "{message}");
        }
        // The examples of imagor's README: SHA1, and SHA256 cut to 40 letters.
        let keys = SignatureKeys::new(b"mysecret");
        let message = "500x500/top/raw.githubusercontent.com/cshum/imagor/master/testdata/gopher.png";
        assert!(keys.verify(message, "cST4Ko5_FqwT3BDn-Wf4gO3RFSk="));
        assert!(keys.verify(message, "IGEn3TxngivD0jy4uuiZim2bdUCvhcnVi1Nm0xGy"));
        assert!(!keys.verify(message, "IGEn3TxngivD0jy4uuiZim2bdUCvhcnVi1Nm0xGz"));
        assert!(!keys.verify(message, "IGEn3TxngivD0jy") && !keys.verify(message, ""));
    }

    #[test]
    fn a_path_begins_with_a_signature_or_says_that_it_has_none() {
        let of = |path| SignedPath::of(path);
        assert_eq!(of("/unsafe/1x1/a.jpg"), SignedPath { is_unsafe: true, signature: None, rest: "1x1/a.jpg" });
        assert_eq!(of("/abc=/1x1/a.jpg"), SignedPath { is_unsafe: false, signature: Some("abc="), rest: "1x1/a.jpg" });
        assert_eq!(of("/a.jpg").signature, None);
    }
}
