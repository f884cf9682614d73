//! Signatures: keys with their salts, of which any may have signed.

use super::super::SecretText;
use super::super::escaping::base64;
use super::super::signature::SaltedKey;

/// The length of a whole signature, in bytes.
pub(super) const WHOLE: usize = 32;

/// What URLs are signed with.
#[derive(Debug, Clone, Default)]
pub struct Signatures {
    keys: Vec<SaltedKey>,
    /// How many bytes of a signature count.
    size: usize,
    /// Those that are taken at their word.
    trusted: Vec<SecretText>,
}

impl Signatures {
    /// Keys and salts by pairs.
    pub(super) fn new(pairs: impl Iterator<Item = (Vec<u8>, Vec<u8>)>, size: usize, trusted: Vec<SecretText>) -> Self {
        Self { keys: pairs.map(|(key, salt)| SaltedKey::sha256(&key, &salt)).collect(), size, trusted }
    }

    /// Tells whether URLs must be signed.
    pub(super) fn are_needed(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Tells whether a signature is that of a path, whose first slash is not in it. Where none is needed, it is anything but
    /// an option.
    pub(super) fn admit(&self, signature: &str, rest: &str) -> bool {
        if !self.are_needed() {
            return !signature.contains(':');
        }
        if self.trusted.iter().any(|trusted| trusted.is(signature)) {
            return true;
        }
        let Some(signature) = base64(signature) else { return false };
        let parts = [b"/".as_slice(), rest.as_bytes()];
        self.keys.iter().any(|key| key.verifies(&parts, &signature, self.size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signatures(pairs: &[(&str, &str)], size: usize) -> Signatures {
        let pairs = pairs.iter().map(|(key, salt)| (key.as_bytes().to_vec(), salt.as_bytes().to_vec()));
        Signatures::new(pairs, size, vec![SecretText::new("truested")])
    }

    const FIRST: (&str, &str) = ("test-key", "test-salt");
    const SECOND: (&str, &str) = ("test-key2", "test-salt2");

    #[test]
    fn any_of_the_keys_may_have_signed() {
        let one = "oWaL7QoW5TsgbuiS9-5-DI8S3Ibbo1gdB2SteJh3a20";
        let other = "jYz1UZ7j1BCdSzH3pZhaYf0iuz0vusoOTdqJsUT6WXI";
        assert!(signatures(&[FIRST], WHOLE).admit(one, "asd"));
        assert!(!signatures(&[FIRST], WHOLE).admit(other, "asd"));
        let both = signatures(&[FIRST, SECOND], WHOLE);
        assert!(both.admit(one, "asd") && both.admit(other, "asd"));
        for wrong in ["dtLwhdnPPis", "oWaL7QoW5Ts", "", "=", &format!("{one}="), "truested "] {
            assert!(!both.admit(wrong, "asd"), "{wrong}");
        }
        assert!(!both.admit(one, "asdf"));
        assert!(both.admit("truested", "whatever"));
    }

    #[test]
    fn a_signature_may_be_cut() {
        let short = signatures(&[FIRST], 8);
        assert!(short.admit("oWaL7QoW5Ts", "asd"));
        assert!(!short.admit("oWaL7QoW5TsgbuiS9-5-DI8S3Ibbo1gdB2SteJh3a20", "asd"));
    }

    #[test]
    fn without_keys_anything_is_a_signature_but_an_option() {
        let none = Signatures::default();
        assert!(["_", "unsafe", "-", "=", "%20"].into_iter().all(|signature| none.admit(signature, "asd")));
        assert!(!none.admit("w:300", "asd"));
    }
}
