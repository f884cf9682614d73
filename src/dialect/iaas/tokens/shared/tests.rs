use std::sync::Arc;

use futures_util::future::join_all;
use http::HeaderValue;

use super::*;
use crate::bucket::{BucketSettings, BucketUrl, CloudVariables, Observer, StoreName, StoreRequest, StoreTimeouts};

struct Unheard;

impl Observer for Unheard {
    fn observe(&self, _: &StoreRequest) {}
}

/// What one of several servers on one folder knows.
fn server(folder: &std::path::Path) -> SharedTokens {
    let second = Duration::from_secs(60);
    let settings = BucketSettings {
        name: StoreName::Results,
        timeouts: StoreTimeouts { connect: second, read: second, total: second },
        user_agent: HeaderValue::from_static("test"),
        observer: Arc::new(Unheard),
    };
    let url = BucketUrl::parse(&format!("file://{}", folder.display())).unwrap();
    SharedTokens::new(Bucket::open(&url, &CloudVariables::default(), settings).unwrap())
}

fn id(text: &str) -> ImagePath {
    ImagePath::from_decoded(text).unwrap()
}

#[tokio::test]
async fn a_token_that_one_server_gave_is_good_once_in_all() {
    let (folder, now) = (tempfile::tempdir().unwrap(), SystemTime::now());
    let [one, other] = [(); 2].map(|()| server(folder.path()));
    let token = one.give(&id("a"), now).await.unwrap();
    assert!(matches!(other.give(&id("a"), now).await, Err(TokenError::Requested)));
    assert_eq!(other.take(&token, &id("b"), now).await.unwrap(), None);
    assert_eq!(other.take("another", &id("a"), now).await.unwrap(), None);
    let name = id("a");
    let attempts = (0..100).flat_map(|_| [&one, &other]).map(|server| server.take(&token, &name, now));
    let taken: Vec<_> = join_all(attempts).await.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(taken, [1]);
    assert!(matches!(one.give(&id("a"), now).await, Err(TokenError::Requested)), "it was used, and is not free");
}

#[tokio::test]
async fn of_many_who_ask_for_one_id_one_has_a_token() {
    let (folder, now) = (tempfile::tempdir().unwrap(), SystemTime::now());
    let [one, other] = [(); 2].map(|()| server(folder.path()));
    for round in [now, now + LIFETIME, now + 2 * LIFETIME] {
        let name = id("a");
        let questions = (0..100).flat_map(|_| [&one, &other]).map(|server| server.give(&name, round));
        let given: Vec<_> = join_all(questions).await.into_iter().filter_map(Result::ok).collect();
        assert_eq!(given.len(), 1, "an id whose token has expired is free");
        let last = round + LIFETIME - Duration::from_secs(1);
        assert!(one.take(&given[0], &name, last + Duration::from_secs(2)).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_freed_id_has_another_token_and_the_first_is_good_no_more() {
    let (folder, now) = (tempfile::tempdir().unwrap(), SystemTime::now());
    let [one, other] = [(); 2].map(|()| server(folder.path()));
    let first = one.give(&id("a"), now).await.unwrap();
    let number = other.take(&first, &id("a"), now).await.unwrap().unwrap();
    other.free(&id("a"), number).await;
    assert_eq!(one.take(&first, &id("a"), now).await.unwrap(), None);
    let second = one.give(&id("a"), now).await.unwrap();
    assert_eq!(other.take(&first, &id("a"), now).await.unwrap(), None);
    assert_eq!(other.take(&second, &id("a"), now).await.unwrap(), Some(2));
    let names = one.bucket.list(&folder_of(&id("a")), 10).await.unwrap();
    assert_eq!(names.len(), 2, "what is over is thrown away: {names:?}");
}

#[tokio::test]
async fn no_object_holds_a_token_and_what_has_long_expired_goes() {
    let (folder, now) = (tempfile::tempdir().unwrap(), SystemTime::now());
    let tokens = server(folder.path());
    let token = tokens.give(&id("a"), now).await.unwrap();
    let names = tokens.bucket.list("tokens/", 10).await.unwrap();
    let (_, bytes) = tokens.bucket.read(&names[0], &GetQuery::default(), MAX_BYTES).await.unwrap();
    assert!(!String::from_utf8(bytes).unwrap().contains(&token));
    tokens.sweep(&folder_of(&id("a")), now + SWEEP_AGE / 2).await;
    assert_eq!(tokens.bucket.list("tokens/", 10).await.unwrap(), names, "not long enough");
    tokens.sweep(&folder_of(&id("a")), now + 2 * SWEEP_AGE).await;
    assert_eq!(tokens.bucket.list("tokens/", 10).await.unwrap(), Vec::<String>::new());
}
