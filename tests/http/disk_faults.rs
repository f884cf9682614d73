//! What happens to the folder of the disk cache costs speed, never an answer, and it never holds more than it may.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::gallery::{Gallery, MIB, assert_held, assert_told, block, blocks};
use crate::server::Server;

#[test]
fn the_disk_never_holds_more_than_its_size() {
    let gallery = Gallery::new();
    let server = gallery.serve("1MiB", &[]);
    let (folder, is_over) = (gallery.place.cache(), AtomicBool::new(false));
    thread::scope(|scope| {
        let watching = scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                assert_held(&folder, MIB);
                thread::yield_now();
            }
        });
        for _ in 0..3 {
            gallery.hits(&server);
        }
        is_over.store(true, Ordering::Relaxed);
        watching.join().unwrap();
    });
    assert!(server.metric("foyer_storage_disk_io_bytes_total", &["write"]) > 2.0 * MIB as f64);
    assert_told(&server.stop(), 0);
    assert_held(&folder, MIB);
}

#[test]
fn another_size_than_last_time_is_kept_to_from_the_start() {
    let gallery = Gallery::new();
    let folder = gallery.place.cache();
    for (size, bytes) in
        [("8MiB", 8 * MIB), ("3MiB", 3 * MIB), ("300KiB", 300 << 10), ("64MiB", 64 * MIB), ("1MiB", MIB)]
    {
        let server = gallery.serve(size, &[]);
        assert_held(&folder, bytes);
        gallery.hits(&server);
        assert!(bytes < 8 * MIB || gallery.hits(&server) > 0, "{size}");
        assert_held(&folder, bytes);
        assert_told(&server.stop(), 0);
    }
}

#[test]
fn a_size_too_small_for_a_cache_is_told_and_done_without() {
    let gallery = Gallery::new();
    let server = gallery.serve("1", &[]);
    let line = server.log_line("no disk cache, memory alone");
    assert!(line.contains("256 KiB"), "{line}");
    gallery.hits(&server);
    assert_told(&server.stop(), 1);
}

#[test]
fn a_kill_under_load_leaves_nothing_wrong_and_no_lock() {
    let gallery = Gallery::new();
    // Seven blocks, so that none has to make room: each start begins a new one.
    for answered in [3, 15, 30] {
        let mut server = gallery.serve("31MiB", &[]);
        let mut requests: Vec<_> = gallery.targets().map(|target| server.begin(target)).collect();
        let unanswered = requests.split_off(answered);
        requests.into_iter().for_each(|request| assert_eq!(request.answer().status, 200));
        // Each rendition is written in two parts, of which the second is its place in the index. A later round may find
        // everything there already.
        server.wait_until("something on disk", |server| {
            server.metric("foyer_storage_disk_io_total", &["write"]) >= 2.0
                || server.metric("image_proxy_cache_lookups_total", &["result=\"hit\""]) == gallery.len() as f64
        });
        server.signal("KILL");
        server.ended();
        drop(unanswered);
    }
    let server = gallery.serve("31MiB", &[]);
    assert!(gallery.hits(&server) > 0);
    assert_eq!(gallery.hits(&server), gallery.len());
    assert_told(&server.stop(), 0);
    assert_held(&gallery.place.cache(), 31 * MIB);
}

#[test]
fn a_folder_deleted_under_a_running_server_costs_nothing_and_comes_back_with_the_next() {
    let gallery = Gallery::new();
    let folder = gallery.place.cache();
    let server = gallery.serve("8MiB", &[]);
    gallery.hits(&server);
    fs::remove_dir_all(&folder).unwrap();
    for _ in 0..3 {
        gallery.hits(&server);
    }
    assert!(!folder.exists());
    assert_told(&server.stop(), 0);
    for expected in [0, gallery.len()] {
        let server = gallery.serve("8MiB", &[]);
        assert_eq!(gallery.hits(&server), expected);
        assert_told(&server.stop(), 0);
    }
}

/// Cuts the files of the cache and asks for everything, until the program has told that it could not read.
///
/// What is still to be written when the files are cut grows them again, with holes that can be read.
fn cut_until_told(gallery: &Gallery, server: &Server) {
    server.wait_until("a disk cache that cannot be read", |server| {
        for block in blocks(&gallery.place.cache()) {
            File::options().write(true).open(block).unwrap().set_len(0).unwrap();
        }
        gallery.hits(server);
        server.log().iter().any(|line| line.contains("the disk cache cannot be read"))
    });
}

#[test]
fn files_cut_under_a_running_server_are_told_of_once_and_filled_again() {
    let gallery = Gallery::new();
    let server = gallery.serve("8MiB", &[]);
    gallery.hits(&server);
    cut_until_told(&gallery, &server);
    assert_eq!(gallery.hits(&server), gallery.len());
    assert_told(&server.stop(), 1);
}

#[test]
fn the_library_speaks_of_its_disk_only_when_it_is_asked_to() {
    let gallery = Gallery::new();
    for (filter, is_asked) in [("debug", false), ("info,foyer_storage=warn", true)] {
        let server = gallery.serve("8MiB", &[("RUST_LOG", filter)]);
        gallery.hits(&server);
        cut_until_told(&gallery, &server);
        let log = server.stop();
        assert_eq!(log.iter().any(|line| line.contains("foyer_storage")), is_asked, "{log:#?}");
    }
}

/// Turns bits at places that differ with the seed, one in every `step` bytes or so.
fn turn_bits(path: &Path, step: u64, seed: u64) {
    let file = File::options().read(true).write(true).open(path).unwrap();
    let (mut place, mut state) = (0, seed);
    loop {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        place += 1 + (state >> 33) % (2 * step);
        let mut byte = [0];
        if file.read_at(&mut byte, place).unwrap() == 0 {
            return;
        }
        file.write_at(&[byte[0] ^ (1 << (state >> 61))], place).unwrap();
    }
}

#[test]
fn turned_bits_are_no_answers_after_a_restart_or_under_a_running_server() {
    // From a bit in every other entry to many in each.
    for (seed, step) in [(1, 100_000), (2, 10_000), (3, 500), (4, 50)] {
        let gallery = Gallery::new();
        let folder = gallery.place.cache();
        let server = gallery.serve("16MiB", &[]);
        gallery.hits(&server);
        assert_eq!(gallery.hits(&server), gallery.len());
        server.stop();
        blocks(&folder).iter().for_each(|path| turn_bits(path, step, seed));
        let server = gallery.serve("16MiB", &[]);
        assert!(gallery.hits(&server) < gallery.len(), "{step}");
        assert_eq!(gallery.hits(&server), gallery.len(), "{step}");
        blocks(&folder).iter().for_each(|path| turn_bits(path, step, seed));
        gallery.hits(&server);
        // A bit may make an entry unreadable, which is told of, as well as wrong.
        let warnings = server.stop().iter().filter(|line| line.contains(" WARN ")).count();
        assert!(warnings <= 1, "{step}: {warnings}");
    }
}

#[test]
fn files_of_others_are_left_alone_and_blocks_too_many_are_removed() {
    let gallery = Gallery::new();
    let folder = gallery.place.cache();
    let server = gallery.serve("8MiB", &[]);
    gallery.hits(&server);
    server.stop();
    let [backup, letters] =
        ["00000001.bak", "abcdefgh"].map(|end| folder.join(format!("foyer-storage-direct-fs-{end}")));
    let others = [folder.join("notes.txt"), backup, letters, folder.join("lost+found/file")];
    fs::create_dir(folder.join("lost+found")).unwrap();
    others.iter().for_each(|path| fs::write(path, "mine").unwrap());
    let surplus = [4, 99, 12_345_678].map(|number| block(&folder, number));
    surplus.iter().for_each(|path| fs::write(path, vec![7; 4 << 20]).unwrap());
    let server = gallery.serve("8MiB", &[]);
    assert_eq!(gallery.hits(&server), gallery.len());
    others.iter().for_each(|path| assert_eq!(fs::read(path).unwrap(), b"mine"));
    surplus.iter().for_each(|path| assert!(!path.exists()));
    assert_held(&folder, 8 * MIB);
    assert_told(&server.stop(), 0);
}

#[test]
fn what_is_in_the_way_of_a_file_is_told_done_without_and_left_alone() {
    let gallery = Gallery::new();
    let folder = gallery.place.cache();
    let (treasure, lock) = (gallery.place.outside().join("treasure"), folder.join("image-proxy.lock"));
    fs::write(&treasure, vec![7; 5 << 20]).unwrap();
    type Obstacle = fn(&Path, &Path);
    let obstacles: [Obstacle; 3] = [
        |path, _| fs::create_dir(path).unwrap(),
        |path, treasure| symlink(treasure, path).unwrap(),
        |path, _| assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
    ];
    for obstacle in obstacles {
        fs::create_dir_all(&folder).unwrap();
        obstacle(&block(&folder, 2), &treasure);
        let server = gallery.serve("8MiB", &[]);
        let line = server.log_line("no disk cache, memory alone");
        assert!(line.contains(block(&folder, 2).to_str().unwrap()), "{line}");
        gallery.hits(&server);
        assert_told(&server.stop(), 1);
        assert!(fs::symlink_metadata(block(&folder, 2)).is_ok());
        fs::remove_dir_all(&folder).unwrap();
    }
    assert!(fs::read(&treasure).unwrap().iter().all(|byte| *byte == 7));
    fs::create_dir_all(&lock).unwrap();
    let server = gallery.serve("8MiB", &[]);
    server.log_line("no disk cache, memory alone");
    gallery.hits(&server);
    assert_told(&server.stop(), 1);
}
