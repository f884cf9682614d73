//! The suite that every source passes: what a request may rely on, wherever its original comes from.

mod objects;
mod stock;

use std::iter;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::join_all;
use objects::BucketStock;
use stock::{FolderStock, RemoteStock, Stock, StoreStock};

use super::{Chunks, Material, Original, Portion, SourceError, UpstreamError};
use crate::bucket::BucketError;
use crate::request::{Format, Generation, ImagePath};

/// Runs each promise for each source.
macro_rules! promises {
    ($($promise:ident,)+) => {
        mod folder { $( #[tokio::test] async fn $promise() { super::$promise(&super::FolderStock::open().await).await } )+ }
        mod bucket { $( #[tokio::test] async fn $promise() { super::$promise(&super::BucketStock::open().await).await } )+ }
        mod store { $( #[tokio::test] async fn $promise() { super::$promise(&super::StoreStock::open().await).await } )+ }
        mod remote { $( #[tokio::test] async fn $promise() { super::$promise(&super::RemoteStock::open().await).await } )+ }
    };
}

promises! {
    what_is_there_is_found_with_its_bytes,
    a_stream_and_its_parts_are_the_material,
    what_is_not_there_is_not_found,
    a_folder_is_not_found,
    names_mean_what_they_say,
    the_same_version_has_the_same_stamp,
    what_is_replaced_has_another_stamp,
    what_is_replaced_after_it_was_found_is_never_taken_for_what_was_found,
    what_is_removed_after_it_was_found_is_whole_or_an_error,
    what_ends_early_is_an_error,
    what_is_no_image_is_an_error_unless_anything_will_do,
    a_crowd_gets_the_same,
    what_is_forgotten_or_purged_is_found_as_it_is_now,
}

/// A picture by its first bytes, longer than a chunk of a file, and another for each number.
fn picture(number: u8) -> Vec<u8> {
    let filling = iter::successors(Some(number), |last| Some(last.wrapping_mul(31).wrapping_add(7)));
    b"GIF89a".iter().copied().chain(filling).take(300_000).collect()
}

fn path(text: &str) -> ImagePath {
    ImagePath::from_decoded(text).unwrap()
}

async fn find(stock: &impl Stock, text: &str) -> Result<Original, SourceError> {
    stock.source().find(&stock.reference(&path(text)), Generation::NONE).await
}

/// An original that was read a moment ago, as most are that a request finds.
async fn find_again(stock: &impl Stock, text: &str) -> Original {
    streamed(find(stock, text).await.unwrap()).await.unwrap();
    find(stock, text).await.unwrap()
}

async fn all_of(chunks: Chunks) -> Result<Vec<u8>, SourceError> {
    let mut bytes = Vec::new();
    let mut stream = chunks.into_stream();
    while let Some(chunk) = stream.next().await {
        bytes.extend(chunk.map_err(|cause| SourceError::io("", cause))?);
    }
    Ok(bytes)
}

async fn streamed(original: Original) -> Result<Vec<u8>, SourceError> {
    let (_, untouched) = original.stream(Portion::Whole).await?;
    let length = untouched.length;
    let bytes = all_of(untouched.whole()).await?;
    assert_eq!(bytes.len() as u64, length);
    Ok(bytes)
}

async fn material(original: Original) -> Result<Vec<u8>, SourceError> {
    let material = original.material().await?;
    let length = material.length();
    let bytes = match material {
        Material::File(file) => file.read()?,
        Material::Memory(bytes) => Bytes::into(bytes),
    };
    assert_eq!(bytes.len() as u64, length);
    Ok(bytes)
}

/// What comes of an original either way.
async fn both(original: Original) -> [Result<Vec<u8>, SourceError>; 2] {
    [streamed(original.clone()).await, material(original).await]
}

async fn what_is_there_is_found_with_its_bytes(stock: &impl Stock) {
    stock.put("a.gif", &picture(1));
    assert!(stock.source().is_ready());
    for _ in 0..2 {
        for bytes in both(find(stock, "a.gif").await.unwrap()).await {
            assert!(bytes.unwrap() == picture(1));
        }
    }
}

async fn a_stream_and_its_parts_are_the_material(stock: &impl Stock) {
    stock.put("a.gif", &picture(1));
    let whole = picture(1);
    let (format, untouched) = find(stock, "a.gif").await.unwrap().stream(Portion::Whole).await.unwrap();
    assert_eq!((format, untouched.length), (Format::Gif, whole.len() as u64));
    for (start, end) in [(0, 1), (10, 200_000), (250_000, 300_000), (299_999, 300_000), (0, 300_000)] {
        let part = all_of(untouched.part(start..end)).await.unwrap();
        assert!(part == whole[start as usize..end as usize], "{start}..{end}");
    }
    let material = find(stock, "a.gif").await.unwrap().material().await.unwrap();
    assert!(all_of(material.stream().await.unwrap().whole()).await.unwrap() == whole);
}

async fn what_is_not_there_is_not_found(stock: &impl Stock) {
    assert!(matches!(find(stock, "a.gif").await, Err(SourceError::NotFound)));
    stock.put("a.gif", &picture(1));
    assert!(find(stock, "a.gif").await.is_ok());
    stock.remove("a.gif");
    assert!(matches!(find(stock, "a.gif").await, Err(SourceError::NotFound)));
    stock.put("a.gif", &picture(2));
    assert!(streamed(find(stock, "a.gif").await.unwrap()).await.unwrap() == picture(2));
}

async fn a_folder_is_not_found(stock: &impl Stock) {
    stock.put("a/b/c.gif", &picture(1));
    for name in ["a", "a/b", "a/b/c.gif/d.gif"] {
        assert!(matches!(find(stock, name).await, Err(SourceError::NotFound)), "{name}");
    }
    assert!(find(stock, "a/b/c.gif").await.is_ok());
}

async fn names_mean_what_they_say(stock: &impl Stock) {
    let names = [
        "a b.gif",
        "a+b.gif",
        "a%20b.gif",
        "a%2Bb.gif",
        "100%.gif",
        "ü/é.gif",
        "u\u{308}.gif",
        "a#b.gif",
        "a?b=c.gif",
        "a&b;c=d.gif",
        "a:b@c.gif",
        "'a\"b<c>.gif",
        "a[1]{2}|^`~.gif",
        "日本.gif",
        "a//b.gif",
        " a.gif",
        "a .gif",
        "without an ending",
    ];
    for (number, name) in (0..).zip(names) {
        stock.put(path(name).as_str(), &picture(number));
    }
    for (number, name) in (0..).zip(names) {
        let original = find(stock, name).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(streamed(original).await.unwrap() == picture(number), "{name}");
    }
}

async fn the_same_version_has_the_same_stamp(stock: &impl Stock) {
    stock.put("a.gif", &picture(1));
    let first = find_again(stock, "a.gif").await;
    let second = find_again(stock, "a.gif").await;
    assert_eq!((first.stamp, first.origin, first.modified), (second.stamp, second.origin, second.modified));
}

async fn what_is_replaced_has_another_stamp(stock: &impl Stock) {
    let mut stamps = Vec::new();
    for number in [1, 2, 1] {
        stock.put("a.gif", &picture(number));
        let original = find(stock, "a.gif").await.unwrap();
        stamps.push(original.stamp);
        for bytes in both(original).await {
            assert!(bytes.unwrap() == picture(number), "{number}");
        }
    }
    assert!(stamps[0] != stamps[1] && stamps[1] != stamps[2]);
}

async fn what_is_replaced_after_it_was_found_is_never_taken_for_what_was_found(stock: &impl Stock) {
    stock.put("a.gif", &picture(1));
    let found = find_again(stock, "a.gif").await;
    let stamp = found.stamp;
    stock.put("a.gif", &picture(2));
    for bytes in both(found).await {
        match bytes {
            Ok(bytes) => assert!(bytes == picture(1)),
            Err(SourceError::Changed) => {}
            Err(SourceError::Superseded { reference, by, .. }) => {
                assert_eq!(reference, stock.reference(&path("a.gif")));
                assert_ne!(by.stamp, stamp);
                assert!(streamed(*by).await.unwrap() == picture(2));
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    let now = find(stock, "a.gif").await.unwrap();
    assert_ne!(now.stamp, stamp);
    assert!(streamed(now).await.unwrap() == picture(2));
}

async fn what_is_removed_after_it_was_found_is_whole_or_an_error(stock: &impl Stock) {
    stock.put("a.gif", &picture(1));
    let found = find_again(stock, "a.gif").await;
    stock.remove("a.gif");
    for bytes in both(found).await {
        match bytes {
            Ok(bytes) => assert!(bytes == picture(1)),
            Err(error) => assert!(matches!(error, SourceError::NotFound), "{error:?}"),
        }
    }
}

async fn what_ends_early_is_an_error(stock: &impl Stock) {
    stock.put("a.gif", &picture(1));
    let found = find_again(stock, "a.gif").await;
    stock.cut("a.gif");
    for bytes in both(found).await {
        let error = bytes.map(|bytes| bytes.len()).unwrap_err();
        let is_told = match &error {
            // On its way already.
            SourceError::Io { cause, .. } => cause.get_ref().is_some_and(|cause| cause.is::<BucketError>()),
            SourceError::Bucket(error) => matches!(error, BucketError::Broken { .. }),
            SourceError::Upstream(error) | SourceError::Remote(error) => {
                matches!(error, UpstreamError::Unreachable { .. })
            }
            error => matches!(error, SourceError::Changed),
        };
        assert!(is_told, "{error:?}");
    }
}

async fn what_is_no_image_is_an_error_unless_anything_will_do(stock: &impl Stock) {
    for (name, bytes) in [("empty.gif", &b""[..]), ("text.gif", b"GIF is what I am called"), ("page.jpg", b"<html>")] {
        stock.put(name, bytes);
        let error = streamed(find(stock, name).await.unwrap()).await.unwrap_err();
        let is_told = match &error {
            SourceError::Upstream(error) | SourceError::Remote(error) => matches!(error, UpstreamError::NotAnImage),
            error => matches!(error, SourceError::NotAnImage),
        };
        assert!(is_told, "{name}: {error:?}");
        // Whoever wants it all the same gets it.
        let anything = find(stock, name).await.unwrap().stream_of_anything(Portion::Whole).await.unwrap();
        assert_eq!((anything.format, anything.length), (None, bytes.len() as u64), "{name}");
        assert!(all_of(anything.whole()).await.unwrap() == bytes, "{name}");
    }
}

async fn a_crowd_gets_the_same(stock: &impl Stock) {
    stock.put("a.gif", &picture(1));
    let one = || async {
        let original = find(stock, "a.gif").await.unwrap();
        (original.stamp, both(original).await.map(Result::unwrap))
    };
    let crowd = join_all(iter::repeat_with(one).take(20)).await;
    let stamp = find(stock, "a.gif").await.unwrap().stamp;
    for (other, bytes) in crowd {
        assert_eq!(other, stamp);
        assert!(bytes.iter().all(|bytes| *bytes == picture(1)));
    }
}

async fn what_is_forgotten_or_purged_is_found_as_it_is_now(stock: &impl Stock) {
    stock.put("a.gif", &picture(1));
    for number in 0..3 {
        let generation = Generation::new(number).unwrap();
        find_again(stock, "a.gif").await;
        stock.source().forget(Some(&path("a.gif")));
        assert!(streamed(find_again(stock, "a.gif").await).await.unwrap() == picture(1));
        stock.source().forget(None);
        let found = stock.source().find(&stock.reference(&path("a.gif")), generation).await.unwrap();
        assert!(streamed(found).await.unwrap() == picture(1));
    }
}
