//! Kinds for stores: where one is, and in which order sources are asked. It must not know which variables there are.

use url::Url;

use super::kind::{Kind, one_of};
use crate::bucket::BucketUrl;
use crate::source::SourceName;

/// Where objects are; empty means nowhere.
pub(super) struct StoreUrl;

impl Kind for StoreUrl {
    type Value = Option<BucketUrl>;

    fn expected(&self) -> String {
        format!("{}, or empty for none", BucketUrl::EXPECTED)
    }

    fn parse(&self, text: &str) -> Option<Self::Value> {
        if text.is_empty() { Some(None) } else { BucketUrl::parse(text).map(Some) }
    }

    fn takes_empty(&self) -> bool {
        true
    }

    /// What is no such URL may hold anything.
    fn shown(&self, text: &str) -> String {
        if text.is_empty() || BucketUrl::parse(text).is_some() { text.to_owned() } else { "…".to_owned() }
    }
}

/// Where originals may be written: a folder, or a URL as for [`StoreUrl`]; empty means nowhere.
pub(super) struct WritablePlace;

impl Kind for WritablePlace {
    type Value = Option<BucketUrl>;

    fn expected(&self) -> String {
        format!("the absolute path of a folder, {}, or empty for none", BucketUrl::EXPECTED)
    }

    fn parse(&self, text: &str) -> Option<Self::Value> {
        match text {
            "" => Some(None),
            path if path.starts_with('/') => {
                let url = Url::from_file_path(path).ok()?;
                BucketUrl::parse(url.as_str()).map(Some)
            }
            text => BucketUrl::parse(text).map(Some),
        }
    }

    fn takes_empty(&self) -> bool {
        true
    }

    fn shown(&self, text: &str) -> String {
        if self.parse(text).is_some() { text.to_owned() } else { "…".to_owned() }
    }
}

/// Sources in order, each once; empty leaves it to us.
pub(super) struct SourceOrder;

impl Kind for SourceOrder {
    type Value = Vec<SourceName>;

    fn expected(&self) -> String {
        let names = one_of(SourceName::ALL.iter().map(|source| source.name()));
        format!("a list, each {names}, no one twice, or empty for those that are set up")
    }

    fn parse(&self, text: &str) -> Option<Self::Value> {
        let mut sources: Self::Value = Vec::new();
        for name in text.split(',').map(str::trim).filter(|_| !text.is_empty()) {
            let source = SourceName::ALL.iter().find(|source| source.name().eq_ignore_ascii_case(name))?;
            if sources.contains(source) {
                return None;
            }
            sources.push(*source);
        }
        Some(sources)
    }

    fn takes_empty(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_names_each_source_once() {
        use SourceName::{Bucket, Fallback, Folder};
        assert_eq!(SourceOrder.parse(""), Some(vec![]));
        assert_eq!(SourceOrder.parse("bucket, Folder,fallback"), Some(vec![Bucket, Folder, Fallback]));
        for text in ["bucket,bucket", "folder,,bucket", "s3", ","] {
            assert_eq!(SourceOrder.parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_url_of_a_store_is_not_shown() {
        assert_eq!(StoreUrl.shown("s3://bucket/a"), "s3://bucket/a");
        assert_eq!(StoreUrl.shown("s3://key:secret@bucket/a"), "…");
        assert_eq!(StoreUrl.shown("https://bucket/?secret"), "…");
    }
}
