//! What is kept on disk outlives the program, and whatever happens to it costs speed, never an answer.

use std::fs;
use std::path::{Path, PathBuf};

use crate::pictures::original;
use crate::server::{Place, Server};

const ON_DISK: [(&str, &str); 3] = [
    ("IMAGE_PROXY_ENABLE_CACHE", "true"),
    ("IMAGE_PROXY_ENABLE_DISK_CACHE", "true"),
    ("IMAGE_PROXY_CACHE_DISK_SIZE", "64MiB"),
];
const TARGETS: [&str; 3] = ["/a.png?size=50", "/a.png?size=60&format=webp", "/a.png?size=70&format=jpeg"];

fn place() -> Place {
    Place::with(&[("a.png", original("cat.png"))])
}

/// The statuses and bodies of all targets.
fn ask(server: &Server) -> Vec<(String, Vec<u8>)> {
    let answers = TARGETS.map(|target| server.get(target));
    answers
        .into_iter()
        .map(|answer| {
            assert_eq!(answer.status, 200, "{}", answer.text());
            (answer.cache_status().unwrap(), answer.body)
        })
        .collect()
}

fn with_status(status: &str, answers: &[(String, Vec<u8>)]) -> Vec<(String, Vec<u8>)> {
    answers.iter().map(|(_, body)| (status.to_owned(), body.clone())).collect()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

fn files_contain(folder: &Path, body: &[u8]) -> bool {
    // Enough of a rendition to be its own: somewhere in the middle, past any common head.
    let part = &body[body.len() / 2..body.len() / 2 + 64];
    files_below(folder).iter().any(|path| {
        let bytes = fs::read(path).unwrap();
        bytes.windows(part.len()).any(|window| window == part)
    })
}

#[test]
fn entries_survive_a_restart() {
    let place = place();
    let server = place.serve(&ON_DISK);
    let first = ask(&server);
    assert!(first.iter().all(|(status, _)| status == "MISS"));
    server.stop();
    let server = place.serve(&ON_DISK);
    assert_eq!(ask(&server), with_status("HIT", &first));
    server.stop();
}

#[test]
fn entries_survive_a_kill() {
    let place = place();
    let mut server = place.serve(&ON_DISK);
    let first = ask(&server);
    // The disk is written behind the answer's back: wait until the bytes are there.
    server.wait_until("entries on disk", |_| first.iter().all(|(_, body)| files_contain(&place.cache(), body)));
    server.signal("KILL");
    server.ended();
    assert_eq!(ask(&place.serve(&ON_DISK)), with_status("HIT", &first));
}

#[test]
fn an_item_too_large_for_memory_is_kept_on_disk() {
    let place = place();
    let variables = [&ON_DISK[..], &[("IMAGE_PROXY_CACHE_MAX_ITEM_SIZE", "100")]].concat();
    let server = place.serve(&variables);
    let first = ask(&server);
    server.wait_until("entries on disk", |_| first.iter().all(|(_, body)| files_contain(&place.cache(), body)));
    assert_eq!(ask(&server), with_status("HIT", &first));
    assert_eq!(server.metric("image_proxy_cache_memory_entries", &[]), 0.0);
}

#[test]
fn the_disk_works_without_the_memory() {
    let place = place();
    let server = place.serve(&ON_DISK[1..]);
    let first = ask(&server);
    server.wait_until("entries on disk", |_| first.iter().all(|(_, body)| files_contain(&place.cache(), body)));
    assert_eq!(ask(&server), with_status("HIT", &first));
    server.stop();
    assert_eq!(ask(&place.serve(&ON_DISK[1..])), with_status("HIT", &first));
}

#[test]
fn a_changed_file_or_setting_is_a_new_entry_after_a_restart_too() {
    let place = place();
    let server = place.serve(&ON_DISK);
    ask(&server);
    server.stop();
    let with_quality = [&ON_DISK[..], &[("IMAGE_PROXY_JPEG_QUALITY", "40")]].concat();
    let server = place.serve(&with_quality);
    assert_eq!(server.get(TARGETS[2]).cache_status().as_deref(), Some("MISS"));
    server.stop();
    place.put("a.png", original("interlaced.png"));
    let server = place.serve(&ON_DISK);
    assert!(ask(&server).iter().all(|(status, _)| status == "MISS"));
}

#[test]
fn a_folder_that_another_process_holds_is_told_and_done_without() {
    let place = place();
    let first = place.serve(&ON_DISK);
    let second = place.serve(&ON_DISK);
    let line = second.log_line("another process holds this folder");
    assert!(line.contains("ERROR") && line.contains(place.cache().to_str().unwrap()), "{line}");
    let made = ask(&first);
    assert_eq!(ask(&second), made);
    // Memory works in both.
    assert_eq!(ask(&second), with_status("HIT", &made));
    second.stop();
    assert_eq!(ask(&first), with_status("HIT", &made));
    first.stop();
    // What the first one wrote was not touched by the second.
    let third = place.serve(&ON_DISK);
    assert_eq!(ask(&third), with_status("HIT", &made));
    assert!(!third.log().iter().any(|line| line.contains("another process")));
}

#[test]
fn a_corrupt_cache_costs_speed_and_never_an_answer() {
    type Damage = fn(&Path, Vec<u8>);
    let damages: [(&str, Damage); 5] = [
        ("emptied", |path, _| fs::write(path, b"").unwrap()),
        ("cut in half", |path, bytes| fs::write(path, &bytes[..bytes.len() / 2]).unwrap()),
        ("zeroed", |path, bytes| fs::write(path, vec![0; bytes.len()]).unwrap()),
        ("all ones", |path, bytes| fs::write(path, vec![255; bytes.len()]).unwrap()),
        ("one bit in a hundred turned", |path, mut bytes| {
            bytes.iter_mut().step_by(13).for_each(|byte| *byte ^= 4);
            fs::write(path, bytes).unwrap();
        }),
    ];
    for (what, damage) in damages {
        let place = place();
        let server = place.serve(&ON_DISK);
        let first = ask(&server);
        server.stop();
        for path in files_below(&place.cache()) {
            let bytes = fs::read(&path).unwrap();
            damage(&path, bytes);
        }
        let server = place.serve(&ON_DISK);
        let after: Vec<_> = ask(&server).into_iter().map(|(_, body)| body).collect();
        assert!(after.iter().eq(first.iter().map(|(_, body)| body)), "{what}");
        assert_eq!(ask(&server), with_status("HIT", &first), "{what}");
        assert_eq!(server.get("/health").status, 200, "{what}");
        server.stop();
    }
}

#[test]
fn a_cache_that_vanishes_while_it_is_used_costs_speed_and_never_an_answer() {
    let place = place();
    let variables = [&ON_DISK[..], &[("IMAGE_PROXY_CACHE_MAX_ITEM_SIZE", "100")]].concat();
    let server = place.serve(&variables);
    let first = ask(&server);
    for path in files_below(&place.cache()) {
        fs::File::options().write(true).open(path).unwrap().set_len(0).unwrap();
    }
    for _ in 0..3 {
        let bodies: Vec<_> = ask(&server).into_iter().map(|(_, body)| body).collect();
        assert!(bodies.iter().eq(first.iter().map(|(_, body)| body)));
    }
    server.stop();
}

#[test]
fn a_folder_that_cannot_be_written_is_told_and_done_without() {
    let place = place();
    let file = place.work().join("file");
    fs::write(&file, b"in the way").unwrap();
    for path in [file.to_str().unwrap(), file.join("below").to_str().unwrap(), "/proc/image-proxy-cache"] {
        let server = place.serve(&[&ON_DISK[..], &[("IMAGE_PROXY_CACHE_DISK_PATH", path)]].concat());
        let line = server.log_line("no disk cache, memory alone");
        assert!(line.contains("ERROR") && line.contains(path), "{line}");
        let first = ask(&server);
        assert_eq!(ask(&server), with_status("HIT", &first), "{path}");
        server.stop();
    }
}

#[test]
fn a_full_disk_cache_makes_room() {
    let place = place();
    let variables =
        [&ON_DISK[..], &[("IMAGE_PROXY_CACHE_DISK_SIZE", "1MiB"), ("IMAGE_PROXY_CACHE_MAX_ITEM_SIZE", "100")]].concat();
    let server = place.serve(&variables);
    for size in 10..90 {
        for algorithm in ["lanczos3", "bicubic", "gaussian"] {
            assert_eq!(server.get(&format!("/a.png?size={size}&resize_algorithm={algorithm}")).status, 200);
        }
    }
    let used: u64 = files_below(&place.cache()).iter().map(|path| fs::metadata(path).unwrap().len()).sum();
    assert!(used <= 2 << 20, "{used}");
    server.stop();
}
