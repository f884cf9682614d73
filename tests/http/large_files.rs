//! Files that are too large for one write: sent whole, in parts, and never as a mix of two versions.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;

use crate::pictures::photo;
use crate::server::{Place, Server};

/// More than the kernel takes in for a client that does not read: 4 MB here and 6 MB there by default.
const LENGTH: usize = 32_000_000;

/// Bytes that say that they are a JPEG, and differ from place to place.
fn varied(length: usize) -> Vec<u8> {
    let bytes = (0..length).map(|place| (place / 7) as u8).collect();
    as_jpeg(bytes)
}

/// The largest file, filled with one byte.
fn large(filling: u8) -> Vec<u8> {
    as_jpeg(vec![filling; LENGTH])
}

fn as_jpeg(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes[..4].copy_from_slice(&[0xff, 0xd8, 0xff, 0xe0]);
    bytes
}

fn place(bytes: Vec<u8>) -> (Place, PathBuf) {
    let place = Place::with(&[("large.jpg", bytes)]);
    let path = place.root().join("large.jpg");
    (place, path)
}

/// A client that has asked for the file and read the first bytes of the answer.
fn begin(server: &Server) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(b"GET /large.jpg HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    stream.read_exact(&mut [0; 1000]).unwrap();
    stream
}

/// All that follows; a connection may end as it likes.
fn rest(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    bytes
}

#[test]
fn every_length_is_sent_whole_and_in_parts_again_and_again() {
    for length in [1000, 32 * 1024, 32 * 1024 + 1, 36 * 1024, 36 * 1024 + 1, 131_073, 1_048_577, 3_000_000] {
        let (place, _) = place(varied(length));
        let server = place.serve(&[]);
        let expected = varied(length);
        // From the second on, the file is still open.
        for _ in 0..3 {
            assert!(server.get("/large.jpg").body == expected, "{length}");
            for (first, last) in [(0, 0), (1, length - 1), (length / 2, length - 2), (length - 1, length - 1)] {
                let answer = server.get_with("/large.jpg", &[("Range", &format!("bytes={first}-{last}"))]);
                assert_eq!(answer.status, 206);
                assert!(answer.body == expected[first..=last], "{first}-{last} of {length}");
            }
        }
    }
}

#[test]
fn several_answers_follow_each_other_on_one_connection() {
    let (place, _) = place(varied(300_000));
    let server = place.serve(&[]);
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let request = "GET /large.jpg HTTP/1.1\r\nHost: localhost\r\n";
    stream.write_all(format!("{request}\r\n{request}\r\n{request}Connection: close\r\n\r\n").as_bytes()).unwrap();
    let (answers, expected) = (rest(stream), varied(300_000));
    let found = answers.windows(expected.len()).filter(|window| **window == expected).count();
    assert_eq!(found, 3);
}

#[test]
fn a_file_that_is_cut_short_while_it_is_sent_costs_one_answer() {
    let (place, path) = place(large(0));
    place.put("other.jpg", photo("summer trip/café.jpg"));
    let server = place.serve(&[]);
    for asked_before in [0, 6] {
        for _ in 0..asked_before {
            assert_eq!(server.get("/large.jpg").body.len(), LENGTH);
        }
        let answer = begin(&server);
        File::options().write(true).open(&path).unwrap().set_len(5000).unwrap();
        let rest = rest(answer);
        assert!(rest.len() < LENGTH - 1000 || large(0).ends_with(&rest));
        fs::write(&path, large(0)).unwrap();
    }
    assert_eq!(server.get("/other.jpg").status, 200);
    assert!(server.get("/large.jpg").body == large(0));
}

#[test]
fn a_file_that_is_written_anew_while_it_is_sent_is_never_mixed() {
    let (place, path) = place(large(0));
    let server = place.serve(&[]);
    for seed in [1, 2] {
        // A crowd may get it another way.
        for _ in 0..6 {
            assert_eq!(server.get("/large.jpg").body.len(), LENGTH);
        }
        let answer = begin(&server);
        fs::write(&path, large(seed)).unwrap();
        let rest = rest(answer);
        let is_old = large(seed - 1).ends_with(&rest);
        assert!(is_old || rest.len() < LENGTH - 1000, "{} bytes follow", rest.len());
        assert!(server.get("/large.jpg").body == large(seed));
    }
}

#[test]
fn a_file_that_is_replaced_or_deleted_while_it_is_sent_is_sent_to_its_end() {
    let (place, path) = place(large(0));
    let server = place.serve(&[]);
    let answer = begin(&server);
    place.put("new.jpg", large(1));
    fs::rename(place.root().join("new.jpg"), &path).unwrap();
    assert!(large(0).ends_with(&rest(answer)));
    let answer = begin(&server);
    fs::remove_file(&path).unwrap();
    assert!(large(1).ends_with(&rest(answer)));
    assert_eq!(server.get("/large.jpg").status, 404);
}

#[test]
fn a_link_that_is_turned_outside_is_followed_no_longer_although_its_file_is_open() {
    let place = Place::with(&[("inside.jpg", as_jpeg(vec![0; 1000]))]);
    let outside = place.outside().join("outside.jpg");
    fs::write(&outside, as_jpeg(vec![1; 1000])).unwrap();
    let link = place.root().join("link.jpg");
    std::os::unix::fs::symlink("inside.jpg", &link).unwrap();
    let server = place.serve(&[]);
    assert!(server.get("/link.jpg").body == as_jpeg(vec![0; 1000]));
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(&outside, &link).unwrap();
    assert_eq!(server.get("/link.jpg").status, 404);
}
