//! Our own signatures of URLs: who may have what made, and until when (docs/signing.md).
//!
//! What is signed is what a URL means, not how it is written: a proxy may encode it anew, or put its parameters in another
//! order, and it stays good.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{percent_decode, percent_encode};
use subtle::ConstantTimeEq as _;

use super::SigningKey;
use super::escaping::RESERVED;
use crate::request::ImagePath;

/// The parameter that holds the signature.
const SIGNATURE: &[u8] = b"sig";
/// The parameter that says until when a URL is good, in seconds since 1970.
const EXPIRY: &[u8] = b"exp";

/// What must be signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SigningMode {
    /// Nothing: `sig` and `exp` are unknown words.
    #[default]
    Off,
    /// URLs with parameters that we read.
    Renditions,
    /// Every URL.
    All,
}

/// The keys by which URLs are signed: the first signs, all verify. They are never shown.
#[derive(Clone, Default)]
pub struct SigningKeys {
    names: Vec<String>,
    keys: Arc<[SigningKey]>,
}

/// Which URLs must be signed, and by which keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UrlSigning {
    /// What must be.
    pub mode: SigningMode,
    /// By these.
    pub keys: SigningKeys,
    /// What is cut off the front of paths before they are signed.
    pub strip_prefix: Option<ImagePath>,
}

/// Why a URL is not good. Clients are not told which of these it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a URL with a signature that is good and has not expired")]
pub enum SignatureFault {
    /// There is no signature.
    Missing,
    /// It is another one, or there are several, or the expiry is none.
    Wrong,
    /// It was good.
    Expired,
}

impl SigningMode {
    const NAMES: [(&str, Self); 3] = [("off", Self::Off), ("renditions", Self::Renditions), ("all", Self::All)];

    /// Parses a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, mode)| *mode)
    }

    /// All names that [`Self::named`] accepts.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().map(|(name, _)| *name)
    }
}

impl SigningKeys {
    /// Parses `name:secret,name:secret`; names and secrets are not empty, and no name stands twice. The first colon ends the
    /// name.
    pub fn parse(text: &str) -> Option<Self> {
        let mut names: Vec<String> = Vec::new();
        let mut keys = Vec::new();
        for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let (name, secret) = item.split_once(':')?;
            if name.is_empty() || secret.is_empty() || names.iter().any(|known| known == name) {
                return None;
            }
            names.push(name.to_owned());
            keys.push(SigningKey::sha256(secret.as_bytes()));
        }
        Some(Self { names, keys: keys.into() })
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

impl PartialEq for SigningKeys {
    /// By what they sign, for the keys themselves cannot be compared.
    fn eq(&self, other: &Self) -> bool {
        let signed = |keys: &Self| keys.keys.iter().map(|key| key.sign(b"")).collect::<Vec<_>>();
        self.names == other.names && signed(self) == signed(other)
    }
}

impl Eq for SigningKeys {}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(&self.names).finish()
    }
}

impl UrlSigning {
    /// Tells until when a URL is good, where it says so. `is_read` tells of the name of a parameter whether it counts.
    ///
    /// # Errors
    /// It must be signed, and is not as it must be, or no longer good at this time.
    pub fn check(
        &self,
        path: &str,
        query: Option<&str>,
        is_read: impl Fn(&str) -> bool,
        now: SystemTime,
    ) -> Result<Option<SystemTime>, SignatureFault> {
        let pairs = match self.mode {
            SigningMode::Off => return Ok(None),
            _ => pairs(query),
        };
        let is_read = |(name, _): &Pair| is_read(&String::from_utf8_lossy(name));
        if self.mode == SigningMode::Renditions && !pairs.iter().any(is_read) {
            return Ok(None);
        }
        let mut signatures = pairs.iter().filter(|(name, _)| name == SIGNATURE).map(|(_, value)| value);
        let shown = signatures.next().ok_or(SignatureFault::Missing)?;
        if signatures.next().is_some() {
            return Err(SignatureFault::Wrong);
        }
        let text = self.text(path, &pairs);
        let is_of = |key: &SigningKey| bool::from(spelt(key, &text).as_bytes().ct_eq(shown));
        // All keys are tried, so that the time does not tell which one it is.
        if self.keys.keys.iter().filter(|key| is_of(key)).count() == 0 {
            return Err(SignatureFault::Wrong);
        }
        let good_until = expiry(&pairs)?;
        if good_until.is_some_and(|good_until| good_until <= now) {
            return Err(SignatureFault::Expired);
        }
        Ok(good_until)
    }

    /// The signature of a path and a query by the first key: 43 letters. `None` where there is no key.
    pub fn signature(&self, path: &str, query: Option<&str>) -> Option<String> {
        let text = self.text(path, &pairs(query));
        self.keys.keys.first().map(|key| spelt(key, &text))
    }

    /// A query without any signature, and with that of the first key. `None` where there is no key.
    pub fn signed(&self, path: &str, query: Option<&str>) -> Option<String> {
        let signature = self.signature(path, query)?;
        let is_signature = |piece: &&str| pair(piece).0 == SIGNATURE;
        let pieces = query.unwrap_or_default().split('&').filter(|piece| !piece.is_empty());
        let mut query: Vec<&str> = pieces.filter(|piece| !is_signature(piece)).collect();
        let last = format!("sig={signature}");
        query.push(&last);
        Some(query.join("&"))
    }

    /// What is signed.
    fn text(&self, path: &str, pairs: &[Pair]) -> Vec<u8> {
        let decoded: Vec<u8> = percent_decode(path.as_bytes()).collect();
        let mut components: Vec<&[u8]> =
            decoded.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".").collect();
        if let Some(prefix) = &self.strip_prefix {
            let prefix: Vec<_> = prefix.components().map(str::as_bytes).collect();
            if components.len() > prefix.len() && components.starts_with(&prefix) {
                components.drain(..prefix.len());
            }
        }
        let mut text = Vec::with_capacity(path.len() * 2);
        for component in &components {
            text.push(b'/');
            encode(component, &mut text);
        }
        if components.is_empty() {
            text.push(b'/');
        }
        let mut encoded: Vec<(Vec<u8>, &[u8])> = pairs
            .iter()
            .filter(|(name, _)| name != SIGNATURE)
            .map(|(name, value)| {
                let mut encoded = Vec::with_capacity(name.len());
                encode(name, &mut encoded);
                (encoded, value.as_slice())
            })
            .collect();
        // Stable: equal names stay in their order.
        encoded.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (index, (name, value)) in encoded.iter().enumerate() {
            text.push(if index == 0 { b'?' } else { b'&' });
            text.extend_from_slice(name);
            text.push(b'=');
            encode(value, &mut text);
        }
        text
    }
}

/// The name and the value of a parameter, decoded.
type Pair = (Vec<u8>, Vec<u8>);

fn pairs(query: Option<&str>) -> Vec<Pair> {
    query.unwrap_or_default().split('&').filter(|piece| !piece.is_empty()).map(pair).collect()
}

fn pair(piece: &str) -> Pair {
    let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
    let decoded = |text: &str| percent_decode(text.replace('+', " ").as_bytes()).collect();
    (decoded(name), decoded(value))
}

fn encode(bytes: &[u8], text: &mut Vec<u8>) {
    percent_encode(bytes, RESERVED).for_each(|part| text.extend_from_slice(part.as_bytes()));
}

fn spelt(key: &SigningKey, text: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(key.sign(text))
}

fn expiry(pairs: &[Pair]) -> Result<Option<SystemTime>, SignatureFault> {
    let mut expiries = pairs.iter().filter(|(name, _)| name == EXPIRY).map(|(_, value)| value);
    let Some(first) = expiries.next() else { return Ok(None) };
    let text = std::str::from_utf8(first).ok().filter(|text| text.bytes().all(|digit| digit.is_ascii_digit()));
    let seconds = text.and_then(|text| text.parse().ok()).filter(|_| expiries.next().is_none());
    let until = seconds.and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
    until.map(Some).ok_or(SignatureFault::Wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signing(mode: SigningMode) -> UrlSigning {
        let keys = SigningKeys::parse("new:secret,old:other secret").unwrap();
        UrlSigning { mode, keys, strip_prefix: Some(ImagePath::from_decoded("static/img").unwrap()) }
    }

    fn text(path: &str, query: &str) -> String {
        String::from_utf8(signing(SigningMode::All).text(path, &pairs(Some(query)))).unwrap()
    }

    fn check(mode: SigningMode, path: &str, query: &str) -> Result<Option<u64>, SignatureFault> {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
        let good = signing(mode).check(path, Some(query), |name| matches!(name, "w" | "format"), now)?;
        Ok(good.map(|until| until.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()))
    }

    #[test]
    fn what_means_the_same_is_the_same_text() {
        for (path, query, expected) in [
            ("/a.jpg", "", "/a.jpg"),
            ("//a//./b.jpg", "", "/a/b.jpg"),
            ("/a%2Fb.jpg", "", "/a/b.jpg"),
            ("/a b+c%2b%C3%BC~.jpg", "", "/a%20b%2Bc%2B%C3%BC~.jpg"),
            ("/static/img/a.jpg", "", "/a.jpg"),
            ("/static/img", "", "/static/img"),
            ("/static/images/a.jpg", "", "/static/images/a.jpg"),
            ("/100%.jpg", "x=%zz", "/100%25.jpg?x=%25zz"),
            ("/a", "w=4&h=3&&sig=x", "/a?h=3&w=4"),
            ("/a", "b=2&a&b=1&B=+%2B", "/a?B=%20%2B&a=&b=2&b=1"),
            ("/a", "t=%ff&s=a;b", "/a?s=a%3Bb&t=%FF"),
            ("/", "", "/"),
        ] {
            assert_eq!(text(path, query), expected, "{path}?{query}");
        }
    }

    #[test]
    fn any_key_verifies_and_only_the_exact_signature() {
        let all = signing(SigningMode::All);
        let signature = all.signature("/a.jpg", Some("w=4")).unwrap();
        assert_eq!(signature.len(), 43);
        assert_eq!(check(SigningMode::All, "/a.jpg", &format!("sig={signature}&w=4")), Ok(None));
        assert_eq!(check(SigningMode::All, "/static/img//a.jpg", &format!("%77=%34&sig={signature}")), Ok(None));
        let old = UrlSigning { keys: SigningKeys::parse("old:other secret").unwrap(), ..all.clone() };
        let by_old = old.signature("/a.jpg", Some("w=4")).unwrap();
        assert_eq!(check(SigningMode::All, "/a.jpg", &format!("w=4&sig={by_old}")), Ok(None));
        for wrong in [
            "w=4&sig=".to_owned(),
            format!("w=4&sig={signature}="),
            format!("w=4&sig={}", signature.to_ascii_lowercase()),
            format!("w=5&sig={signature}"),
            format!("w=4&x=&sig={signature}"),
            format!("w=4&sig={signature}&sig={signature}"),
            format!("w=4&Sig={signature}&sig="),
        ] {
            assert_eq!(check(SigningMode::All, "/a.jpg", &wrong), Err(SignatureFault::Wrong), "{wrong}");
        }
        assert_eq!(check(SigningMode::All, "/b.jpg", &format!("w=4&sig={signature}")), Err(SignatureFault::Wrong));
        assert_eq!(check(SigningMode::All, "/a.jpg", "w=4"), Err(SignatureFault::Missing));
    }

    #[test]
    fn where_renditions_alone_are_signed_only_what_is_read_counts() {
        for query in ["", "v=1&utm_source=x", "sig=nonsense", "exp=never"] {
            assert_eq!(check(SigningMode::Renditions, "/a.jpg", query), Ok(None), "{query}");
            assert_eq!(check(SigningMode::Off, "/a.jpg", query), Ok(None), "{query}");
        }
        assert_eq!(check(SigningMode::Renditions, "/a.jpg", "format=webp"), Err(SignatureFault::Missing));
        assert_eq!(check(SigningMode::Off, "/a.jpg", "format=webp&sig=x"), Ok(None));
    }

    #[test]
    fn an_expiry_is_signed_and_kept() {
        let signed = |query: &str| signing(SigningMode::All).signed("/a.jpg", Some(query)).unwrap();
        assert_eq!(check(SigningMode::All, "/a.jpg", &signed("exp=1001")), Ok(Some(1001)));
        assert_eq!(check(SigningMode::All, "/a.jpg", &signed("exp=1000")), Err(SignatureFault::Expired));
        for malformed in ["exp=", "exp=+5", "exp=1e9", "exp=2000&exp=3000", "exp=99999999999999999999999"] {
            assert_eq!(
                check(SigningMode::All, "/a.jpg", &signed(malformed)),
                Err(SignatureFault::Wrong),
                "{malformed}"
            );
        }
        let later = signed("exp=1000").replace("exp=1000", "exp=2000");
        assert_eq!(check(SigningMode::All, "/a.jpg", &later), Err(SignatureFault::Wrong));
    }

    #[test]
    fn an_old_signature_is_replaced() {
        let signed = signing(SigningMode::Off).signed("/a.jpg", Some("w=4&sig=old&h=2")).unwrap();
        assert!(signed.starts_with("w=4&h=2&sig=") && !signed.contains("old"), "{signed}");
        assert_eq!(check(SigningMode::All, "/a.jpg", &signed), Ok(None));
        assert_eq!(UrlSigning::default().signed("/a.jpg", None), None);
    }

    #[test]
    fn keys_have_names_and_secrets_and_are_not_shown() {
        for wrong in ["secret", ":secret", "name:", "a:x,a:y"] {
            assert!(SigningKeys::parse(wrong).is_none(), "{wrong}");
        }
        let keys = SigningKeys::parse("a:x:y, b:z").unwrap();
        assert_eq!(format!("{keys:?}"), "[\"a\", \"b\"]");
        assert_ne!(keys, SigningKeys::parse("a:x, b:z").unwrap());
        assert!(SigningKeys::parse("").unwrap().is_empty());
    }
}
