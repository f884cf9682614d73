use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use mixtrics::registry::noop::NoopMetricsRegistry;
use tokio::sync::Semaphore;

use super::*;
use crate::request::{EntityTag, Format};
use crate::workers::WorkError;

const MIB: usize = 1024 * 1024;

fn rendition(text: &str) -> Rendition {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    Rendition { medium: Format::WebP.into(), bytes, quality: None, is_incomplete: false }
}

/// Where servers share what has this key.
fn name(key: &str) -> ResultName {
    ResultName::new(CacheTag::of_everything(), &EntityTag::of(key), Format::WebP.into())
}

async fn open(memory: Option<usize>, disk: Option<&std::path::Path>) -> ResultCache {
    let settings = CacheSettings {
        memory: memory.map(|max_item_bytes| MemorySettings { max_bytes: MIB, max_item_bytes }),
        disk: disk.map(|path| DiskSettings { path: path.to_owned(), max_bytes: 16 * MIB }),
    };
    ResultCache::open(&settings, || Box::new(NoopMetricsRegistry)).await
}

async fn get(cache: &ResultCache, key: &str, text: &str) -> Kept {
    let made = rendition(text);
    cache.get_or_make(key.into(), name(key), async move { Ok((made, StageTimes::default())) }).await.unwrap()
}

#[tokio::test]
async fn a_rendition_is_made_once_and_then_kept() {
    let cache = open(Some(MIB), None).await;
    assert_eq!(get(&cache, "a", "first").await.provenance, Provenance::Made);
    let again = get(&cache, "a", "second").await;
    assert_eq!((again.provenance, again.rendition), (Provenance::Kept, rendition("first")));
    assert_eq!(get(&cache, "b", "other").await.rendition, rendition("other"));
}

#[tokio::test]
async fn without_a_cache_everything_is_made() {
    let cache = open(None, None).await;
    for _ in 0..2 {
        assert_eq!(get(&cache, "a", "made").await.provenance, Provenance::Made);
    }
}

#[tokio::test]
async fn a_large_rendition_is_kept_on_disk_but_not_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let cache = open(Some(4), Some(folder.path())).await;
    get(&cache, "large", "more than four bytes").await;
    get(&cache, "small", "tiny").await;
    assert_eq!(cache.usage().memory_entries, 1);
    cache.close(Duration::from_secs(10)).await;
    drop(cache);
    let reopened = open(Some(4), Some(folder.path())).await;
    let kept = get(&reopened, "large", "made again").await;
    assert_eq!((kept.provenance, kept.rendition), (Provenance::Kept, rendition("more than four bytes")));
    reopened.close(Duration::from_secs(10)).await;
}

#[tokio::test]
async fn a_folder_that_is_held_or_no_folder_leaves_memory_alone() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(Some(MIB), Some(folder.path())).await;
    let second = open(Some(MIB), Some(folder.path())).await;
    get(&second, "a", "kept in memory").await;
    assert_eq!(get(&second, "a", "never made").await.provenance, Provenance::Kept);
    let file = folder.path().join("a file");
    std::fs::write(&file, "").unwrap();
    let third = open(Some(MIB), Some(&file)).await;
    assert_eq!(get(&third, "a", "made").await.provenance, Provenance::Made);
    first.close(Duration::from_secs(10)).await;
}

/// Starts twenty requests for one key whose making waits for the gate.
fn crowd(
    cache: &Arc<ResultCache>,
    gate: &Arc<Semaphore>,
    makings: &Arc<AtomicUsize>,
) -> Vec<tokio::task::JoinHandle<Result<Kept, RenderError>>> {
    let request = || {
        let (cache, gate, makings) = (Arc::clone(cache), Arc::clone(gate), Arc::clone(makings));
        tokio::spawn(async move {
            let make = async move {
                makings.fetch_add(1, Ordering::SeqCst);
                let _permit = gate.acquire().await;
                Ok((rendition("made"), StageTimes::default()))
            };
            cache.get_or_make("key".into(), name("key"), make).await
        })
    };
    std::iter::repeat_with(request).take(20).collect()
}

async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn twenty_equal_requests_are_one_making_even_if_the_first_leaves() {
    let cache = Arc::new(open(None, None).await);
    let (gate, makings) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut requests = crowd(&cache, &gate, &makings);
    settle().await;
    requests.remove(0).abort();
    settle().await;
    gate.add_permits(1);
    for request in requests {
        let answer = request.await.unwrap().unwrap();
        assert_eq!((answer.provenance, answer.rendition), (Provenance::Shared, rendition("made")));
    }
    assert_eq!(makings.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn when_all_leave_the_making_is_dropped() {
    struct Dropped(Arc<Mutex<bool>>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            *self.0.lock().unwrap() = true;
        }
    }
    let cache = Arc::new(open(None, None).await);
    let is_dropped = Arc::new(Mutex::new(false));
    let guard = Dropped(Arc::clone(&is_dropped));
    let request = tokio::spawn({
        let cache = Arc::clone(&cache);
        async move {
            let make = async move {
                let _guard = guard;
                std::future::pending().await
            };
            cache.get_or_make("key".into(), name("key"), make).await
        }
    });
    settle().await;
    request.abort();
    assert!(request.await.is_err());
    assert!(*is_dropped.lock().unwrap());
    assert_eq!(get(&cache, "key", "made anew").await.provenance, Provenance::Made);
}

#[tokio::test]
async fn an_error_is_shared_and_not_remembered() {
    let cache = open(Some(MIB), None).await;
    let failing = || cache.get_or_make("key".into(), name("key"), async { Err(WorkError::Panicked.into()) });
    let (first, second) = tokio::join!(failing(), failing());
    assert!(matches!(first, Err(RenderError::Work(WorkError::Panicked))));
    assert!(matches!(second, Err(RenderError::Work(WorkError::Panicked))));
    assert_eq!(get(&cache, "key", "made").await.provenance, Provenance::Made);
}
