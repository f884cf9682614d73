//! `/_/cache`: what is cached of an original, of a folder or under a tag is asked to be forgotten.

use std::sync::LazyLock;

use axum::body::Body;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use url::form_urlencoded;

use super::{Door, Failure};
use crate::dialect::{Asked, DialectError, Wording};
use crate::request::CacheTag;

/// Where the paths of pictures begin that are to be forgotten.
const ROUTE: &str = "/_/cache";
/// Stands for any picture in a folder.
const PLACEHOLDER: &str = "x";
/// The tags that one request may name.
const MAX_TAGS: usize = 1000;

/// The second one is that of caches in front.
static METHODS: LazyLock<[Method; 2]> =
    LazyLock::new(|| [Method::DELETE, Method::from_bytes(b"PURGE").unwrap_or(Method::DELETE)]);

/// Why it is not known what to forget.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PurgeError {
    /// Neither a path nor a tag is named.
    #[error(
        "expected a path behind {ROUTE}, such as {ROUTE}/a.jpg, {ROUTE}/folder/ or {ROUTE}/ for everything, or a tag in ?tag="
    )]
    Nothing,
    /// A tag is not as we send them.
    #[error(
        "tag: expected one to {MAX_TAGS} tags as they stand in answers, 32 hexadecimal digits each, separated by commas"
    )]
    Tag,
}

/// Tells whether a path is for us.
pub(super) fn is_at(path: &str) -> bool {
    path.strip_prefix(ROUTE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Forgets what is asked for, if the client may ask that.
///
/// # Errors
/// It may not, it is not understood, or it will not outlast the program.
pub(super) async fn answer(door: &Door, head: &Parts) -> Result<Response, Failure> {
    let token = door.settings.admin_token.as_ref().ok_or(Failure::NotMounted)?;
    if !METHODS.contains(&head.method) {
        return Err(Failure::MethodNotAllowed { methods: METHODS.as_slice() });
    }
    token.check(&head.headers)?;
    let tags = tags(door, head.uri.path(), head.uri.query())?;
    // Now it is gone here, whatever comes of writing that down.
    let kept = door.service.purge(tags.clone()).await;
    tracing::info!(path = head.uri.path(), tags = tags.len(), "purged");
    kept?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    // For whoever goes on and purges what is in front.
    door.settings.tags.name(response.headers_mut(), tags);
    Ok(response)
}

fn tags(door: &Door, path: &str, query: Option<&str>) -> Result<Vec<CacheTag>, Failure> {
    let path = path.strip_prefix(ROUTE).unwrap_or_default();
    let named: Vec<_> = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .filter_map(|(name, value)| (name == "tag").then_some(value))
        .collect();
    match path {
        // Whoever names tags does not mean everything.
        "" | "/" if !named.is_empty() => Ok(tags_in(named.iter().map(AsRef::as_ref))?),
        "" => Err(PurgeError::Nothing.into()),
        "/" => Ok(vec![CacheTag::of_everything()]),
        path => tags_of(door, path, query),
    }
}

fn tags_in<'a>(values: impl Iterator<Item = &'a str>) -> Result<Vec<CacheTag>, PurgeError> {
    let texts = values.flat_map(|value| value.split([',', ' '])).filter(|text| !text.is_empty());
    let tags: Vec<_> = texts.take(MAX_TAGS + 1).map(CacheTag::parse).collect::<Option<_>>().ok_or(PurgeError::Tag)?;
    if (1..=MAX_TAGS).contains(&tags.len()) { Ok(tags) } else { Err(PurgeError::Tag) }
}

/// The tags of all that a picture may be called, by the dialect that answers its path; that of a folder, where the path ends
/// with a slash.
fn tags_of(door: &Door, path: &str, query: Option<&str>) -> Result<Vec<CacheTag>, Failure> {
    let is_folder = path.ends_with('/')
        || path.get(path.len().saturating_sub(3)..).is_some_and(|end| end.eq_ignore_ascii_case("%2f"));
    // A folder is what is around its pictures: where prefixes are cut off, it is not called as it is asked for.
    let within = if is_folder { [path, PLACEHOLDER].concat() } else { path.to_owned() };
    let (mount, path) = door.mounts.find(&within, query).ok_or(Failure::NotMounted)?;
    let headers = HeaderMap::new();
    let heard = mount.dialect.read(Wording { method: &Method::GET, path, query, headers: &headers });
    match heard.asked? {
        Asked::Image(request) => {
            let tag = |name| {
                let mut tags = CacheTag::all_of(name);
                let own = tags.next();
                if is_folder { tags.last() } else { own }
            };
            let mut tags: Vec<_> = request.names().filter_map(tag).collect();
            tags.dedup();
            if tags.is_empty() { Err(DialectError::NotServed.into()) } else { Ok(tags) }
        }
        Asked::Enclosed { .. } | Asked::Command | Asked::Said(_) => Err(DialectError::NotServed.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_begins_with_the_whole_route_is_ours() {
        for path in ["/_/cache", "/_/cache/", "/_/cache/a/b.jpg", "/_/cache//"] {
            assert!(is_at(path), "{path}");
        }
        for path in ["/", "/_", "/_/", "/_/caches", "/_/cache.jpg", "/a/_/cache", "//_/cache"] {
            assert!(!is_at(path), "{path}");
        }
    }

    #[test]
    fn tags_are_listed_as_headers_have_them() {
        let [first, second] = [CacheTag::of_everything(), CacheTag::parse(&"0f".repeat(16)).unwrap()];
        let read = |values: &[String]| tags_in(values.iter().map(String::as_str));
        assert_eq!(read(&[first.to_string()]), Ok(vec![first]));
        for both in [
            vec![format!("{first},{second}")],
            vec![format!("{first} {second}")],
            vec![first.to_string(), format!(" {second},")],
        ] {
            assert_eq!(read(&both), Ok(vec![first, second]), "{both:?}");
        }
        for wrong in ["", ",", "a.jpg", &format!("{first};{second}"), &vec![first.to_string(); MAX_TAGS + 1].join(",")]
        {
            assert_eq!(read(&[wrong.to_owned()]), Err(PurgeError::Tag), "{wrong}");
        }
        assert_eq!(METHODS.iter().map(Method::as_str).collect::<Vec<_>>(), ["DELETE", "PURGE"]);
    }
}
