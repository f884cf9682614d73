//! An original that is replaced, touched or removed is another one at the very next request, and never half of each.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};
use std::{iter, thread};

use crate::client::Pending;
use crate::pictures::{decoded, plain, written};
use crate::server::Place;
use image::{ImageFormat, Rgba, RgbaImage};

/// Longer than the buffers of a connection hold.
const LONG_BYTES: usize = 30_000_000;

/// A file that begins as a PNG and goes on with one byte.
fn long(filling: u8) -> Vec<u8> {
    let mut bytes = plain([1, 2, 3]);
    bytes.resize(LONG_BYTES, filling);
    bytes
}

#[test]
fn the_next_request_sees_a_file_written_over_and_a_file_put_in_place() {
    let place = Place::new();
    let server = place.serve(&[("IMAGE_PROXY_ENABLE_CACHE", "true")]);
    let pictures = [[200, 0, 0], [0, 200, 0]].map(|[red, green, blue]| {
        // Of equal length, so that only the time tells them apart.
        written(&RgbaImage::from_pixel(60, 40, Rgba([red, green, blue, 255])), ImageFormat::Bmp)
    });
    for turn in 0..40 {
        let index = turn % 2;
        if turn % 4 < 2 {
            place.put("a.bmp", &pictures[index]);
        } else {
            let beside = place.put("new.bmp", &pictures[index]);
            fs::rename(beside, place.root().join("a.bmp")).unwrap();
        }
        assert!(server.get("/a.bmp").body == pictures[index], "turn {turn}");
        let rendition = decoded(&server.get("/a.bmp?size=6").body);
        let expected = [[200, 0, 0, 255], [0, 200, 0, 255]][index];
        assert_eq!(rendition.get_pixel(2, 2).0, expected, "turn {turn}");
    }
    fs::remove_file(place.root().join("a.bmp")).unwrap();
    assert_eq!(server.get("/a.bmp").status, 404);
    assert_eq!(server.get("/a.bmp?size=6").status, 404);
}

#[test]
fn a_touched_file_has_another_tag_and_v_means_nothing() {
    let place = Place::with(&[("a.png", plain([9, 9, 9]))]);
    let server = place.serve(&[]);
    let tags = |target: &str| server.get(target).header("etag").unwrap();
    let (file, rendition) = (tags("/a.png"), tags("/a.png?size=1"));
    assert_eq!((tags("/a.png?v=1"), tags("/a.png?size=1&v=2")), (file.clone(), rendition.clone()));
    let later = SystemTime::now() - Duration::from_secs(60);
    File::options().write(true).open(place.root().join("a.png")).unwrap().set_modified(later).unwrap();
    assert_ne!(tags("/a.png"), file);
    assert_ne!(tags("/a.png?size=1"), rendition);
}

/// As tools do that change a file and keep its time.
#[test]
fn a_file_written_in_place_that_keeps_its_length_and_time_is_another_version() {
    let pictures = [[200, 0, 0, 255], [0, 200, 0, 255]]
        .map(|colour| written(&RgbaImage::from_pixel(60, 40, Rgba(colour)), ImageFormat::Bmp));
    let place = Place::with(&[("a.bmp", &pictures[0])]);
    place.age();
    let server = place.serve(&[("IMAGE_PROXY_ENABLE_CACHE", "true")]);
    let path = place.root().join("a.bmp");
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    let seen = || {
        let (file, rendition) = (server.get("/a.bmp"), server.get("/a.bmp?size=6"));
        let colour = decoded(&rendition.body).get_pixel(2, 2).0;
        (colour, file.header("etag").unwrap(), rendition.header("etag").unwrap(), file.body)
    };
    let before = seen();
    assert!(before.3 == pictures[0]);
    let mut file = File::options().write(true).open(&path).unwrap();
    file.write_all(&pictures[1]).unwrap();
    file.set_modified(modified).unwrap();
    let after = seen();
    assert!(after.3 == pictures[1]);
    assert_eq!((before.0, after.0), ([200, 0, 0, 255], [0, 200, 0, 255]));
    assert!(before.1 != after.1 && before.2 != after.2);
}

/// What a backup with hard links, `chmod` and `chown` do, as far as a file tells of it.
#[test]
fn a_file_given_another_name_or_mode_is_another_version_once() {
    let place = Place::with(&[("a.png", plain([1, 2, 3]))]);
    place.age();
    let server = place.serve(&[("IMAGE_PROXY_ENABLE_CACHE", "true")]);
    let path = place.root().join("a.png");
    let twice = || [0; 2].map(|_| server.get("/a.png?size=10").cache_status().unwrap());
    assert_eq!(twice(), ["MISS", "HIT"]);
    let link = || fs::hard_link(&path, place.outside().join("backup.png")).unwrap();
    let remove_link = || fs::remove_file(place.outside().join("backup.png")).unwrap();
    let change_mode = || fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    for (what, change) in [("link", &link as &dyn Fn()), ("remove a link", &remove_link), ("chmod", &change_mode)] {
        change();
        assert_eq!(twice(), ["MISS", "HIT"], "{what}");
    }
}

#[test]
fn a_file_given_another_name_while_it_is_sent_is_sent_to_its_end() {
    let place = Place::with(&[("long.png", long(1))]);
    let server = place.serve(&[]);
    let pending = Pending::send(server.address(), "GET", "/long.png", &[]);
    server.wait_until("the answer to begin", |server| {
        server.metric("image_proxy_http_requests_total", &["outcome=\"untouched\""]) == 1.0
    });
    let path = place.root().join("long.png");
    fs::hard_link(&path, place.outside().join("backup.png")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    fs::rename(&path, place.root().join("other.png")).unwrap();
    assert!(pending.answer().body == long(1));
}

#[test]
fn what_is_wrong_with_a_file_that_was_just_written_is_not_kept() {
    let place = Place::with(&[("half.png", &plain([1, 2, 3])[..40])]);
    let server = place.serve(&[]);
    let lifetime = || {
        let answer = server.get("/half.png?size=1");
        assert_eq!(answer.status, 422);
        answer.header("cache-control")
    };
    assert_eq!(lifetime().as_deref(), Some("no-store"));
    place.age();
    assert_eq!(lifetime().as_deref(), Some("max-age=60"));
}

#[test]
fn a_file_written_over_while_it_is_sent_is_cut_off_and_never_mixed() {
    let place = Place::with(&[("long.png", long(1))]);
    let server = place.serve(&[]);
    let mut pending = Pending::send(server.address(), "GET", "/long.png", &[]);
    // The answer has begun, and cannot have ended: nobody reads it.
    server.wait_until("the answer to begin", |server| {
        server.metric("image_proxy_http_requests_total", &["outcome=\"untouched\""]) == 1.0
    });
    let mut file = File::options().write(true).open(place.root().join("long.png")).unwrap();
    file.seek(SeekFrom::Start(1000)).unwrap();
    file.write_all(&vec![2; LONG_BYTES - 1000]).unwrap();
    assert!(pending.read().is_err(), "the answer is not whole");
}

#[test]
fn a_file_put_in_place_while_the_old_one_is_sent_does_not_disturb_it() {
    let place = Place::with(&[("long.png", long(1))]);
    let server = place.serve(&[]);
    let pending = Pending::send(server.address(), "GET", "/long.png", &[]);
    server.wait_until("the answer to begin", |server| {
        server.metric("image_proxy_http_requests_total", &["outcome=\"untouched\""]) == 1.0
    });
    let beside = place.put("new.png", long(2));
    fs::rename(beside, place.root().join("long.png")).unwrap();
    assert!(pending.answer().body == long(1));
    assert!(server.get("/long.png").body == long(2));
}

#[test]
fn a_file_that_is_written_all_the_time_is_one_version_or_an_error_that_nobody_keeps() {
    let place = Place::new();
    let pictures = [[200, 0, 0, 255], [0, 200, 0, 255]]
        .map(|colour| written(&RgbaImage::from_pixel(300, 300, Rgba(colour)), ImageFormat::Bmp));
    let path = place.put("a.bmp", &pictures[0]);
    let server = place.serve(&[("IMAGE_PROXY_ENABLE_CACHE", "true")]);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        // Also where an assertion fails: the scope waits for the writer.
        let _end = End(&is_over);
        scope.spawn(|| {
            for picture in pictures.iter().cycle() {
                fs::write(&path, picture).unwrap();
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        for target in iter::repeat_n(["/a.bmp", "/a.bmp?size=30&format=png"], 30).flatten() {
            // Cut short where the file changes on its way, which nobody keeps either.
            let Ok(answer) = server.begin(target).read() else { continue };
            if answer.status == 200 && target == "/a.bmp" {
                // A writer that is interrupted leaves the beginning of a version, which is what the file then holds.
                assert!(pictures.iter().any(|picture| picture.starts_with(&answer.body)), "{target}: a mix");
            } else if answer.status == 200 {
                let shown = decoded(&answer.body);
                let first = shown.get_pixel(0, 0);
                assert!(shown.pixels().all(|pixel| pixel == first), "{target}: a mix");
            } else {
                assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"), "{target}: {}", answer.text());
            }
        }
    });
    let mut last = Vec::new();
    File::open(&path).unwrap().read_to_end(&mut last).unwrap();
    assert!(server.get("/a.bmp").body == last);
}

/// Sets a flag when it is dropped.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
