//! Signatures of URLs: keyed digests (HMAC, RFC 2104), compared in constant time. What is signed is each dialect's own.

use std::fmt;

use ring::hmac;
use subtle::ConstantTimeEq as _;

/// A key, and the algorithm that it is for. It is never shown.
#[derive(Clone)]
pub struct SigningKey(hmac::Key);

impl SigningKey {
    /// A key for HMAC-SHA256.
    pub fn sha256(key: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// A key for HMAC-SHA1, for URLs that were signed so before.
    pub fn sha1(key: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key))
    }

    /// A key for HMAC-SHA512.
    pub fn sha512(key: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA512, key))
    }

    /// The signature of a message: 32 bytes, or 20 with SHA1, or 64 with SHA512.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        hmac::sign(&self.0, message).as_ref().to_vec()
    }

    /// Tells, in a time that does not depend on where they differ, whether the signature is that of the message.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        hmac::verify(&self.0, message, signature).is_ok()
    }
}

/// A key for HMAC-SHA256 whose messages all begin with the same bytes. It is never shown.
#[derive(Clone)]
pub(super) struct SaltedKey(hmac::Context);

impl SaltedKey {
    pub(super) fn sha256(key: &[u8], salt: &[u8]) -> Self {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
        context.update(salt);
        Self(context)
    }

    /// Tells, in a time that does not depend on where they differ, whether the signature is the beginning, of so many bytes,
    /// of that of what follows the salt.
    pub(super) fn verifies(&self, parts: &[&[u8]], signature: &[u8], size: usize) -> bool {
        let mut context = self.0.clone();
        parts.iter().for_each(|part| context.update(part));
        let whole = context.sign();
        let beginning = whole.as_ref().get(..size).unwrap_or(whole.as_ref());
        signature.ct_eq(beginning).into()
    }
}

impl fmt::Debug for SaltedKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SaltedKey")
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 2202, test case 2, and RFC 4231, test case 2.
    #[test]
    fn signatures_are_those_of_the_standards() {
        let (key, message) = (b"Jefe", b"what do ya want for nothing?");
        let hex = |bytes: Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(hex(SigningKey::sha1(key).sign(message)), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hex(SigningKey::sha256(key).sign(message)), expected);
    }

    #[test]
    fn only_the_whole_signature_verifies() {
        let key = SigningKey::sha256(b"key");
        let signature = key.sign(b"message");
        assert!(key.verifies(b"message", &signature));
        assert!(!key.verifies(b"Message", &signature));
        assert!(!key.verifies(b"message", &signature[..31]));
        assert!(!key.verifies(b"message", b""));
        assert_eq!(format!("{key:?}"), "SigningKey");
    }
}
