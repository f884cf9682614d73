//! `BucketUrl`: where objects are, as a URL. It must not know how a store is asked.

use std::fmt;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use url::Url;

/// A bucket, or a folder, and the prefix of all names in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketUrl {
    pub(super) scheme: BucketScheme,
    /// Of S3 or Google Cloud Storage, or a container of Azure; empty for a folder.
    pub(super) bucket: String,
    /// Without slashes at its ends; may be empty.
    path: String,
}

/// Whose store it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BucketScheme {
    S3,
    Google,
    Azure,
    File,
}

impl BucketScheme {
    const NAMES: [(&str, Self); 4] =
        [("s3", Self::S3), ("gs", Self::Google), ("az", Self::Azure), ("file", Self::File)];
}

impl BucketUrl {
    /// What is expected of a text, to follow that word.
    pub const EXPECTED: &str =
        "s3://bucket/prefix, gs://bucket/prefix, az://container/prefix or file:///folder, without credentials";

    /// Reads a URL that has a bucket, or an absolute path for a folder, and nothing that could be a secret.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let (_, scheme) = BucketScheme::NAMES.into_iter().find(|(name, _)| *name == url.scheme())?;
        let is_plain = url.username().is_empty()
            && url.password().is_none()
            && url.port().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        let path = percent_decode_str(url.path()).decode_utf8().ok()?;
        let path = path.trim_matches('/').to_owned();
        let is_path = path.is_empty() || path.split('/').all(|part| !matches!(part, "" | "." | ".."));
        let bucket = url.host_str().unwrap_or_default().to_owned();
        let is_whole = match scheme {
            BucketScheme::File => bucket.is_empty() && !path.is_empty(),
            _ => !bucket.is_empty(),
        };
        let is_sound = is_plain && is_path && is_whole && !path.contains(char::is_control);
        is_sound.then_some(Self { scheme, bucket, path })
    }

    /// The folder, where it is one.
    pub fn folder(&self) -> Option<PathBuf> {
        (self.scheme == BucketScheme::File).then(|| PathBuf::from(format!("/{}", self.path)))
    }

    /// Where it begins: the path of a folder, or what all names in a bucket begin with, without a slash at its end.
    pub fn location(&self) -> String {
        self.folder().map_or_else(|| self.path.clone(), |folder| folder.display().to_string())
    }

    /// The names below another one that this is for: empty for all of them; `None` where it is not below it.
    pub fn within(&self, other: &Self) -> Option<&str> {
        let is_same_store = (self.scheme, &self.bucket) == (other.scheme, &other.bucket);
        let rest = self.path.strip_prefix(&other.path).filter(|_| is_same_store)?;
        if other.path.is_empty() || rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
    }

    /// What all names begin with: empty, or with a slash at its end.
    pub(super) fn prefix(&self) -> String {
        if self.scheme == BucketScheme::File || self.path.is_empty() {
            String::new()
        } else {
            format!("{}/", self.path)
        }
    }
}

impl fmt::Display for BucketUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = BucketScheme::NAMES.into_iter().find(|(_, scheme)| *scheme == self.scheme);
        let name = known.map_or("", |(name, _)| name);
        write!(formatter, "{name}://{}/{}", self.bucket, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_bucket_and_a_prefix() {
        let parsed = |text| BucketUrl::parse(text).map(|url| (url.scheme, url.bucket.clone(), url.prefix()));
        let expected = |scheme, prefix: &str| Some((scheme, "my-bucket".to_owned(), prefix.to_owned()));
        assert_eq!(parsed("s3://my-bucket"), expected(BucketScheme::S3, ""));
        assert_eq!(parsed("s3://my-bucket/"), expected(BucketScheme::S3, ""));
        assert_eq!(parsed("gs://my-bucket/a/b/"), expected(BucketScheme::Google, "a/b/"));
        assert_eq!(parsed("az://my-bucket/a%20b%25"), expected(BucketScheme::Azure, "a b%/"));
        assert_eq!(BucketUrl::parse("s3://b/a%20b").unwrap().to_string(), "s3://b/a b");
    }

    #[test]
    fn one_is_within_another_by_whole_components() {
        let within = |inner, outer| {
            let [inner, outer] = [inner, outer].map(|text| BucketUrl::parse(text).unwrap());
            inner.within(&outer).map(str::to_owned)
        };
        assert_eq!(within("s3://b/a", "s3://b/a/"), Some(String::new()));
        assert_eq!(within("s3://b/a/x/y", "s3://b/a"), Some("x/y".to_owned()));
        assert_eq!(within("s3://b/a", "s3://b"), Some("a".to_owned()));
        assert_eq!(within("file:///a/x", "file:///a"), Some("x".to_owned()));
        for (inner, outer) in
            [("s3://b/ab", "s3://b/a"), ("s3://b", "s3://b/a"), ("gs://b/a", "s3://b"), ("s3://c/a", "s3://b")]
        {
            assert_eq!(within(inner, outer), None, "{inner}");
        }
    }

    #[test]
    fn a_folder_is_an_absolute_path() {
        let folder = |text| BucketUrl::parse(text).and_then(|url| url.folder());
        assert_eq!(folder("file:///srv/a%20b/"), Some("/srv/a b".into()));
        assert_eq!(folder("file:///"), None);
        assert_eq!(folder("s3://b/c"), None);
        assert_eq!(BucketUrl::parse("file://host/srv"), None);
    }

    #[test]
    fn what_names_no_bucket_or_could_be_a_secret_is_refused() {
        for text in [
            "",
            "bucket",
            "/srv",
            "s3://",
            "s3:///prefix",
            "ftp://bucket/x",
            "https://bucket.s3.amazonaws.com/x",
            "s3://key:secret@bucket/x",
            "s3://key@bucket",
            "s3://bucket:80/x",
            "s3://bucket/x?token=1",
            "s3://bucket/x#y",
            "s3://bucket/a//b",
            "s3://bucket/a/%2e%2e/b%00",
        ] {
            assert_eq!(BucketUrl::parse(text), None, "{text}");
        }
    }
}
