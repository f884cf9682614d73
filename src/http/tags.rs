//! `TagHeaders`: by which names caches in front know what an answer was made of, so that they can forget it in one call.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::request::{CacheTag, Reference};

/// The most tags of one answer, which is three kilobytes: a path may have a thousand folders, and what is in front a limit.
const MAX_TAGS: usize = 100;

/// The names of the headers that carry tags; none is sent that has no name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagHeaders {
    /// With commas between the tags, as Cloudflare and others read them.
    pub cache_tag: Option<HeaderName>,
    /// With spaces, as Fastly and Varnish do.
    pub surrogate_key: Option<HeaderName>,
}

impl TagHeaders {
    /// Names all originals that an answer was made of, and their folders.
    pub(super) fn mark<'a>(&self, headers: &mut HeaderMap, originals: impl Iterator<Item = &'a Reference> + Clone) {
        if self.cache_tag.is_some() || self.surrogate_key.is_some() {
            self.name(headers, tags_of(originals));
        }
    }

    /// Names these, the first ones where they are too many.
    pub(super) fn name(&self, headers: &mut HeaderMap, tags: impl IntoIterator<Item = CacheTag>) {
        let tags: Vec<_> = tags.into_iter().take(MAX_TAGS).map(|tag| tag.to_string()).collect();
        for (name, separator) in [(&self.cache_tag, ","), (&self.surrogate_key, " ")] {
            if let Some(name) = name
                && let Ok(value) = HeaderValue::try_from(tags.join(separator))
            {
                headers.insert(name, value);
            }
        }
    }
}

/// Each once: the originals themselves, then their folders, the outermost first.
fn tags_of<'a>(originals: impl Iterator<Item = &'a Reference> + Clone) -> Vec<CacheTag> {
    let own = originals.clone().flat_map(|original| CacheTag::all_of(original).take(1));
    let folders = originals.flat_map(|original| CacheTag::all_of(original).skip(1));
    let mut tags = Vec::new();
    for tag in own.chain(folders) {
        if tags.len() < MAX_TAGS && !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::ImagePath;

    fn reference(path: &str) -> Reference {
        ImagePath::from_decoded(path).unwrap().into()
    }

    #[test]
    fn each_original_and_each_folder_is_named_once() {
        let [picture, mark] = ["a/b/c.jpg", "a/logo.png"].map(reference);
        let tags = tags_of([&picture, &mark].into_iter());
        let of = |reference: &Reference| CacheTag::all_of(reference).collect::<Vec<_>>();
        let [picture, mark] = [of(&picture), of(&mark)];
        assert_eq!(tags, [&[picture[0], mark[0]][..], &picture[1..]].concat());
        assert_eq!(tags_of([&Reference::Body].into_iter()), []);
    }

    #[test]
    fn no_path_makes_a_header_too_long() {
        let [deep, mark] = ["a/".repeat(1000) + "b.jpg", "logo.png".to_owned()].map(|path| reference(&path));
        let headers = TagHeaders { cache_tag: Some(HeaderName::from_static("cache-tag")), surrogate_key: None };
        let mut sent = HeaderMap::new();
        headers.mark(&mut sent, [&deep, &mark].into_iter());
        let value = sent["cache-tag"].to_str().unwrap();
        assert_eq!((value.split(',').count(), value.len()), (MAX_TAGS, MAX_TAGS * 33 - 1));
        assert!(value.split(',').any(|tag| CacheTag::all_of(&mark).any(|own| own.to_string() == tag)));
        assert_eq!(sent.len(), 1);
    }

    #[test]
    fn without_names_nothing_is_said() {
        let mut sent = HeaderMap::new();
        TagHeaders::default().mark(&mut sent, [&reference("a.jpg")].into_iter());
        assert!(sent.is_empty());
    }
}
