//! A file system without room, or that cannot be written, costs speed and never an answer; and it is told of once.

use std::fs::{self, File};

use crate::gallery::{Gallery, MIB, assert_held, assert_told, blocks};
use crate::small_disk::SmallDisk;

#[test]
fn a_disk_smaller_than_the_size_is_told_of_and_not_filled() {
    let Some(disk) = SmallDisk::mount("size=10m") else { return };
    let gallery = Gallery::new();
    let server = gallery.serve("64MiB", &[disk.setting()]);
    let line = server.log_line("the disk cache was to take 64.0 MiB");
    assert!(line.contains("room for 10.0 MiB only"), "{line}");
    assert_eq!([gallery.hits(&server), gallery.hits(&server)], [0, gallery.len()]);
    assert_held(disk.path(), 8 * MIB);
    assert!(server.metric("image_proxy_cache_disk_bytes", &[]) >= 7.0 * MIB as f64);
    assert_told(&server.stop(), 1);
    // What is held counts as room: the next start takes no other share.
    let server = gallery.serve("64MiB", &[disk.setting()]);
    assert_eq!(gallery.hits(&server), gallery.len());
    assert_told(&server.stop(), 1);
}

#[test]
fn a_full_disk_at_the_start_is_told_of_and_done_without() {
    let Some(disk) = SmallDisk::mount("size=4m") else { return };
    disk.fill();
    let gallery = Gallery::new();
    let server = gallery.serve("8MiB", &[disk.setting()]);
    server.log_line("no disk cache, memory alone");
    gallery.hits(&server);
    assert_eq!(server.metric("image_proxy_cache_disk_up", &[]), 0.0);
    let log = server.stop();
    assert!(log.iter().any(|line| line.contains("the disk cache was to take 8.0 MiB")), "{log:#?}");
    assert_told(&log, 2);
}

#[test]
fn a_disk_that_others_fill_later_takes_nothing_from_the_cache() {
    let Some(disk) = SmallDisk::mount("size=16m") else { return };
    let gallery = Gallery::new();
    for expected in [0, gallery.len()] {
        let server = gallery.serve("8MiB", &[disk.setting()]);
        disk.fill();
        assert_eq!([gallery.hits(&server), gallery.hits(&server)], [expected, gallery.len()]);
        assert_eq!(server.metric("image_proxy_cache_disk_up", &[]), 1.0);
        assert_told(&server.stop(), 0);
    }
}

#[test]
fn a_disk_that_takes_nothing_more_is_told_of_once() {
    let Some(disk) = SmallDisk::mount("size=16m") else { return };
    let gallery = Gallery::new();
    let server = gallery.serve("8MiB", &[disk.setting()]);
    gallery.hits(&server);
    // Somebody empties the files and takes the room that they had.
    for block in blocks(disk.path()) {
        File::options().write(true).open(block).unwrap().set_len(0).unwrap();
    }
    disk.fill();
    server.wait_until("the loss is noticed", |server| {
        gallery.hits(server);
        server.metric("image_proxy_cache_disk_up", &[]) == 0.0
    });
    gallery.hits(&server);
    server.log_line("the disk cache takes no more renditions");
    let log = server.stop();
    // That what was there cannot be read may be noticed before.
    let others = log.iter().filter(|line| line.contains("cannot be read")).count();
    assert!(others <= 1, "{log:#?}");
    assert_told(&log, 1 + others);
    fs::remove_file(disk.path().join("ballast")).unwrap();
    let server = gallery.serve("8MiB", &[disk.setting()]);
    gallery.hits(&server);
    assert_eq!(gallery.hits(&server), gallery.len());
    assert_told(&server.stop(), 0);
}

#[test]
fn a_folder_that_may_only_be_read_is_told_of_and_done_without() {
    let Some(disk) = SmallDisk::mount("ro,size=16m") else { return };
    let gallery = Gallery::new();
    let server = gallery.serve("8MiB", &[disk.setting()]);
    let line = server.log_line("no disk cache, memory alone");
    assert!(line.contains("Read-only file system"), "{line}");
    gallery.hits(&server);
    assert_told(&server.stop(), 1);
}

#[test]
fn a_file_system_that_cannot_set_room_aside_is_used_all_the_same() {
    let Some(disk) = SmallDisk::of_type("ramfs", "mode=755") else { return };
    let gallery = Gallery::new();
    for expected in [0, gallery.len()] {
        let server = gallery.serve("8MiB", &[disk.setting()]);
        assert_eq!([gallery.hits(&server), gallery.hits(&server)], [expected, gallery.len()]);
        assert_eq!(server.metric("image_proxy_cache_disk_up", &[]), 1.0);
        assert_told(&server.stop(), 0);
    }
}
