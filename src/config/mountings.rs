//! `Mountings`: which dialects there are, and under which prefixes.

use super::kind::Kind;
use crate::dialect::{Accent, DialectName};

/// Dialects and their prefixes, as `upload=/upload,native=/raw`.
pub(super) struct Mountings;

/// What says which dialects there are.
const DIALECTS: &str = "IMAGE_PROXY_DIALECTS";

/// Tells whether variables put a dialect somewhere.
pub(super) fn has(variables: &[(String, String)], dialect: DialectName) -> bool {
    let mountings = variables.iter().find(|(name, _)| name == DIALECTS).and_then(|(_, text)| Mountings.parse(text));
    mountings.unwrap_or_default().iter().any(|(name, _)| *name == dialect)
}

impl Kind for Mountings {
    type Value = Vec<(DialectName, String)>;

    fn expected(&self) -> String {
        let names: Vec<_> = DialectName::names().collect();
        let accents: Vec<_> = Accent::names().collect();
        format!(
            "a list such as upload=/upload, of {}, no prefix twice; native may have an accent, as native(imgix)=/img: {}; those \
             of vendors may have no prefix, which is the vendor's then",
            names.join(" or "),
            accents.join(" or ")
        )
    }

    fn parse(&self, text: &str) -> Option<Self::Value> {
        let mut mountings: Self::Value = Vec::new();
        for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let (name, prefix) = item.split_once('=').map_or((item, None), |(name, prefix)| (name, Some(prefix)));
            let dialect = DialectName::named(name.trim())?;
            let prefix = normal(prefix.map(str::trim).or_else(|| dialect.usual_prefix())?)?;
            let is_shared = |other: DialectName| {
                prefix == "/" && [other, dialect].into_iter().any(|name| matches!(name, DialectName::Vendor(_)))
            };
            if mountings.iter().any(|(name, known)| *known == prefix && (*name == dialect || !is_shared(*name))) {
                return None;
            }
            mountings.push((dialect, prefix));
        }
        Some(mountings)
    }

    fn takes_empty(&self) -> bool {
        true
    }
}

/// With a slash before it and none behind.
fn normal(prefix: &str) -> Option<String> {
    let is_plain = |letter: char| letter.is_ascii_graphic() && !matches!(letter, '?' | '#' | '%' | '\\');
    let bare = prefix.strip_prefix('/')?.trim_end_matches('/');
    let is_path = bare.chars().all(is_plain) && !bare.split('/').any(|part| part == ".." || part == ".");
    is_path.then(|| format!("/{bare}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects_are_put_under_prefixes() {
        let parsed = |text| Mountings.parse(text);
        let (upload, native) = (DialectName::Upload, DialectName::Native(None));
        assert_eq!(parsed("upload=/upload"), Some(vec![(upload, "/upload".to_owned())]));
        let both = vec![(upload, "/".to_owned()), (native, "/raw/x".to_owned())];
        assert_eq!(parsed(" upload=/ , native = /raw/x/"), Some(both));
        assert_eq!(parsed(""), Some(vec![]));
        let imgix = DialectName::Native(Some(Accent::Imgix));
        assert_eq!(parsed("native(imgix)=/img"), Some(vec![(imgix, "/img".to_owned())]));
        assert!(parsed("weserv,imagekit=/,native=/").is_some() && parsed("weserv,weserv=/").is_none());
        let cloudflare = DialectName::named("cloudflare").unwrap();
        assert_eq!(parsed("cloudflare"), Some(vec![(cloudflare, "/cdn-cgi/image".to_owned())]));
        for text in ["upload", "upload=upload", "magic=/x", "upload=/a,native=/a/", "upload=/../x", "upload=/a b"] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}
