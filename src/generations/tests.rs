use std::fs;

use super::*;
use crate::request::ImagePath;

fn reference(path: &str) -> Reference {
    ImagePath::from_decoded(path).unwrap().into()
}

fn tag(path: &str) -> CacheTag {
    CacheTag::of(&ImagePath::from_decoded(path).unwrap())
}

/// That of the folder which an original is in.
fn folder(path: &str) -> CacheTag {
    CacheTag::folders(&ImagePath::from_decoded(path).unwrap()).last().unwrap()
}

async fn purged(tags: &[CacheTag]) -> Arc<Generations> {
    let generations = Arc::new(Generations::default());
    for tag in tags {
        generations.purge(vec![*tag]).await.unwrap();
    }
    generations
}

#[tokio::test]
async fn an_original_is_purged_by_itself_and_with_each_of_its_folders() {
    let all = ["a/b/c.jpg", "a/b/d.jpg", "a/e.jpg", "f.jpg", "a"];
    for (purge, expected) in [
        (tag("a/b/c.jpg"), &all[..1]),
        (folder("a/b/c.jpg"), &all[..2]),
        (folder("a/e.jpg"), &all[..3]),
        (CacheTag::of_everything(), &all[..]),
        (tag("a"), &all[4..]),
        (tag("a/b"), &[]),
    ] {
        let generations = purged(&[purge]).await;
        let is_purged = |path: &&str| generations.of(&reference(path)) > Generation::NONE;
        assert_eq!(all.iter().copied().filter(is_purged).collect::<Vec<_>>(), expected);
        assert_eq!(generations.of(&Reference::Body), Generation::NONE);
    }
}

#[tokio::test]
async fn every_purge_is_newer_than_all_before_it() {
    let generations = Arc::new(Generations::default());
    let mut last = Generation::NONE;
    for purge in [folder("a/b.jpg"), tag("a/b.jpg"), CacheTag::of_everything(), tag("a/b.jpg"), folder("a/b.jpg")] {
        generations.purge(vec![purge]).await.unwrap();
        let generation = generations.of(&reference("a/b.jpg"));
        assert!(generation > last);
        last = generation;
    }
}

#[tokio::test]
async fn a_fleet_comes_to_the_same_in_whatever_order_it_hears_of_purges() {
    let one = purged(&[tag("a.jpg"), CacheTag::of_everything(), tag("b.jpg")]).await;
    let other = purged(&[tag("c.jpg"), folder("d/e.jpg"), tag("a.jpg")]).await;
    let (first, second) = (one.document(), other.document());
    assert!(one.merge(&second).unwrap() && other.merge(&first).unwrap());
    assert_eq!(one.document(), other.document());
    assert!(!one.merge(&second).unwrap() && !one.merge(&first).unwrap());
    for path in ["a.jpg", "b.jpg", "c.jpg", "d/e.jpg", "f.jpg"] {
        assert_eq!(one.of(&reference(path)), other.of(&reference(path)));
        assert!(one.of(&reference(path)) > Generation::NONE);
    }
}

#[tokio::test]
async fn too_many_purges_are_one_of_everything_and_take_nothing_back() {
    let tags: Vec<_> = (0..MAX_PURGES).map(|number| tag(&number.to_string())).collect();
    let generations = Arc::new(Generations::default());
    generations.purge(tags).await.unwrap();
    let before = generations.of(&reference("7"));
    assert_eq!(generations.of(&reference("a.jpg")), Generation::NONE);
    generations.purge(vec![tag("a.jpg")]).await.unwrap();
    assert_eq!(generations.snapshot().by_tag.len(), 1);
    assert!(generations.of(&reference("7")) > before);
    assert_eq!(generations.of(&reference("7")), generations.of(&reference("never purged")));
}

#[tokio::test]
async fn what_is_written_down_is_read_again() {
    let place = tempfile::tempdir().unwrap();
    let generations = Generations::open(Some(place.path()), None).await;
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
    for path in ["a.jpg", "b.jpg"] {
        generations.purge(vec![tag(path)]).await.unwrap();
    }
    let again = Generations::open(Some(place.path()), None).await;
    assert_eq!(again.document(), generations.document());
    assert!(again.of(&reference("b.jpg")) > again.of(&reference("a.jpg")));
    let names = fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.collect::<Vec<_>>(), ["image-proxy.generations"]);
}

#[tokio::test]
async fn what_cannot_be_read_may_have_been_any_purge() {
    for spoilt in
        ["", "image-proxy generations 1 1\n", "image-proxy generations 1 1\n00 5\n", "image-proxy generations 2 0\n"]
    {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("image-proxy.generations"), spoilt).unwrap();
        let generations = Generations::open(Some(place.path()), None).await;
        let generation = generations.of(&reference("a.jpg"));
        assert!(generation > Generation::NONE, "{spoilt}");
        // And is whole from now on.
        let again = Generations::open(Some(place.path()), None).await;
        assert_eq!(again.of(&reference("a.jpg")), generation, "{spoilt}");
    }
}

#[tokio::test]
async fn what_cannot_be_written_down_is_told_and_counts_all_the_same() {
    let place = tempfile::tempdir().unwrap();
    let generations = Generations::open(Some(&place.path().join("gone")), None).await;
    assert!(generations.purge(vec![tag("a.jpg")]).await.is_err());
    assert!(generations.of(&reference("a.jpg")) > Generation::NONE);
    fs::create_dir(place.path().join("gone")).unwrap();
    generations.keep().await.unwrap();
    let again = Generations::open(Some(&place.path().join("gone")), None).await;
    assert_eq!(again.document(), generations.document());
}

#[test]
fn a_document_is_taken_whole_or_not_at_all() {
    let generations = Generations::default();
    let line = format!("{} 5\n", tag("a.jpg"));
    let document = |count: &str, lines: &str| format!("{TITLE}{count}\n{lines}");
    let twice = document("1", &line.repeat(2));
    let unfinished = document("1", line.trim_end());
    let late = document("1", &line.replace(" 5", " 99999999999999999999"));
    for (wrong, line) in
        [(twice, 3), (unfinished, 1), (late, 2), (document("50001", &line), 1), (document("2", &line), 2)]
    {
        assert_eq!(generations.merge(&wrong), Err(DocumentError { line }), "{wrong}");
    }
    assert_eq!(generations.of(&reference("a.jpg")), Generation::NONE);
    assert_eq!(generations.merge(&document("1", &line)), Ok(true));
}
