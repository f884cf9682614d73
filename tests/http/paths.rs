//! Nothing outside the root is ever read, and nothing that is no file ever blocks.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FileType, Mode, makedev, mkfifoat, mknodat};

use crate::client::Pending;
use crate::pictures::plain;
use crate::server::{Place, Server};

const INSIDE: [u8; 3] = [0, 200, 0];
const SECRET: [u8; 3] = [200, 0, 0];

/// A root with a picture in it and one beside it.
fn place() -> Place {
    let place = Place::with(&[("a.png", plain(INSIDE)), ("folder/b.png", plain(INSIDE))]);
    fs::write(place.outside().join("secret.png"), plain(SECRET)).unwrap();
    place
}

fn is_served(server: &Server, target: &str) -> bool {
    let [untouched, resized] = ["", "?size=8"].map(|query| server.get(&format!("{target}{query}")));
    assert!(untouched.body != plain(SECRET), "{target}");
    assert_eq!(untouched.status, resized.status, "{target}");
    assert!(matches!(untouched.status, 200 | 400 | 404), "{target}: {}", untouched.status);
    untouched.status == 200
}

#[test]
fn no_spelling_of_a_path_leaves_the_root() {
    let place = place();
    let server = place.serve(&[]);
    let absolute = place.outside().join("secret.png").to_str().unwrap().to_owned();
    for target in [
        "/../outside/secret.png",
        "/folder/../../outside/secret.png",
        "/a.png/../../outside/secret.png",
        "/%2e%2e/outside/secret.png",
        "/%2E%2E%2Foutside%2Fsecret.png",
        "/..%2foutside/secret.png",
        "/.%2e/outside/secret.png",
        "/%252e%252e/outside/secret.png",
        "/..\\outside\\secret.png",
        "/..%5coutside%5csecret.png",
        "/%2e%2e%5coutside%5csecret.png",
        "/....//outside/secret.png",
        "/..;/outside/secret.png",
        "/%c0%ae%c0%ae/outside/secret.png",
        "/%uff0e%uff0e/outside/secret.png",
        "/..%00/outside/secret.png",
        "/a.png%00/../../outside/secret.png",
        &absolute,
        &format!("/{absolute}"),
        &absolute.replace('/', "%2f"),
        &format!("/file://{absolute}"),
        &format!("http://example.org/../outside/{}", "secret.png"),
        &format!("/{}{absolute}", "../".repeat(30)),
    ] {
        let answer = server.get(target);
        assert!(matches!(answer.status, 400 | 404), "{target}: {}", answer.status);
        assert!(!is_served(&server, target), "{target}");
    }
}

#[test]
fn what_is_wrong_with_a_path_is_told() {
    let place = place();
    let server = place.serve(&[]);
    for (target, expected) in [
        ("/folder/../a.png", "path: expected no '..' component\n"),
        ("/folder%5Cb.png", "path: expected no backslash\n"),
        ("/a.png%00", "path: expected no NUL\n"),
        ("/100%.png", "path: expected two hexadecimal digits after every %\n"),
        ("/%ff.png", "path: expected percent-encoded UTF-8, got bytes that are not\n"),
    ] {
        let answer = server.get(target);
        assert_eq!((answer.status, answer.text().as_str()), (400, expected), "{target}");
    }
    let long = format!("/{}.png", "a".repeat(5000));
    let answer = server.get(&long);
    assert_eq!((answer.status, answer.text().as_str()), (400, "path: expected at most 4095 bytes, got 5005\n"));
    assert_eq!(server.get(&format!("/{}.png", "a".repeat(300))).status, 404);
}

#[test]
fn a_path_is_decoded_exactly_once() {
    let place = Place::with(&[("a%20b.png", plain(INSIDE)), ("ü ?#&+.png", plain(INSIDE))]);
    let server = place.serve(&[]);
    assert!(is_served(&server, "/a%2520b.png"));
    assert!(!is_served(&server, "/a%20b.png"));
    assert!(is_served(&server, "/%C3%BC%20%3f%23&+.png"));
    assert!(!is_served(&server, "/%c3%bc%20%3f%23&%20.png"));
}

#[test]
fn slashes_that_mean_nothing_are_forgiven() {
    let place = place();
    let server = place.serve(&[]);
    for target in ["//a.png", "/folder//b.png", "/./folder/./b.png", "/folder%2Fb.png", "/%2fa.png"] {
        assert!(is_served(&server, target), "{target}");
    }
}

#[test]
fn a_link_that_leaves_the_root_is_not_followed() {
    let place = place();
    let (root, outside) = (place.root(), place.outside());
    symlink("../outside/secret.png", root.join("relative.png")).unwrap();
    symlink(outside.join("secret.png"), root.join("absolute.png")).unwrap();
    symlink("../outside", root.join("relative")).unwrap();
    symlink(&outside, root.join("absolute")).unwrap();
    symlink("../relative.png", root.join("folder/chain.png")).unwrap();
    symlink("loop.png", root.join("loop.png")).unwrap();
    symlink("nowhere.png", root.join("dangling.png")).unwrap();
    symlink("/dev/zero", root.join("device.png")).unwrap();
    symlink("/proc/self/root", root.join("everything")).unwrap();
    // It comes back, but it was outside on the way.
    symlink("../root/a.png", root.join("detour.png")).unwrap();
    let server = place.serve(&[]);
    for target in [
        "/relative.png",
        "/absolute.png",
        "/relative/secret.png",
        "/absolute/secret.png",
        "/folder/chain.png",
        "/loop.png",
        "/dangling.png",
        "/device.png",
        &format!("/everything{}", outside.join("secret.png").display()),
    ] {
        assert!(!is_served(&server, target), "{target}");
        assert_eq!(server.get(target).text(), "no such image\n", "{target}");
    }
    // Either answer keeps the promise; what matters is that nothing breaks.
    is_served(&server, "/detour.png");
}

#[test]
fn a_link_that_stays_inside_is_followed() {
    let place = place();
    let root = place.root();
    symlink("folder/b.png", root.join("relative.png")).unwrap();
    symlink("../a.png", root.join("folder/up.png")).unwrap();
    symlink("folder", root.join("other-folder")).unwrap();
    symlink(root.join("a.png"), root.join("absolute.png")).unwrap();
    symlink("relative.png", root.join("chain.png")).unwrap();
    let server = place.serve(&[]);
    for target in ["/relative.png", "/folder/up.png", "/other-folder/b.png", "/absolute.png", "/chain.png"] {
        assert!(is_served(&server, target), "{target}");
        assert!(server.get(target).body == plain(INSIDE), "{target}");
    }
}

#[test]
fn a_root_that_is_a_link_works_and_may_be_swapped() {
    let place = place();
    let link = place.work().join("current");
    symlink(place.root(), &link).unwrap();
    let server = place.serve(&[("IMAGE_PROXY_ROOT_PATH", link.to_str().unwrap())]);
    assert!(server.get("/a.png").body == plain(INSIDE));
    let next = place.work().join("next");
    fs::create_dir(&next).unwrap();
    fs::write(next.join("a.png"), plain([1, 2, 3])).unwrap();
    symlink(&next, place.work().join("new")).unwrap();
    fs::rename(place.work().join("new"), &link).unwrap();
    assert!(server.get("/a.png").body == plain([1, 2, 3]));
}

#[test]
fn hidden_files_are_not_served() {
    let place =
        Place::with(&[(".hidden.png", plain(INSIDE)), (".git/a.png", plain(INSIDE)), ("a/.b/c.png", plain(INSIDE))]);
    let server = place.serve(&[]);
    for target in ["/.hidden.png", "/%2ehidden.png", "/.git/a.png", "/a/.b/c.png", "/a/%2Eb/c.png"] {
        let answer = server.get(target);
        assert_eq!((answer.status, answer.text().as_str()), (404, "no such image\n"), "{target}");
    }
}

#[test]
fn what_is_no_file_is_not_found_and_never_blocks() {
    let place = place();
    let root = place.root();
    mkfifoat(CWD, root.join("fifo.png"), Mode::RUSR | Mode::WUSR).unwrap();
    symlink("fifo.png", root.join("link-to-fifo.png")).unwrap();
    // Only the superuser may make a device; for others it is merely missing.
    let _ = mknodat(CWD, root.join("zero.png"), FileType::CharacterDevice, Mode::RUSR, makedev(1, 5));
    let _socket = UnixListener::bind(root.join("socket.png")).unwrap();
    let server = place.serve(&[]);
    for name in ["folder", "folder/", "fifo.png", "link-to-fifo.png", "socket.png", "zero.png", ""] {
        for target in [format!("/{name}"), format!("/{name}?size=10")] {
            let started = Instant::now();
            let answer = server.get(&target);
            assert_eq!((answer.status, answer.text().as_str()), (404, "no such image\n"), "{target}");
            assert!(started.elapsed() < Duration::from_secs(1), "{target}");
        }
    }
    // A file is no folder.
    assert_eq!(server.get("/a.png/b.png").status, 404);
}

#[test]
fn a_file_that_may_not_be_read_is_an_error_that_names_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let place = place();
    fs::set_permissions(place.root().join("a.png"), fs::Permissions::from_mode(0o000)).unwrap();
    // To the superuser no file is closed.
    if fs::File::open(place.root().join("a.png")).is_ok() {
        return;
    }
    let answer = place.serve(&[]).get("/a.png");
    assert!(matches!(answer.status, 404 | 500), "{}", answer.status);
    assert!(!answer.text().contains("a.png"));
}

#[test]
fn a_prefix_is_stripped_with_or_without_outer_slashes_in_the_setting() {
    let place = place();
    for setting in ["static/image/", "static/image", "/static/image", "/static/image/"] {
        let server = place.serve(&[("IMAGE_PROXY_STRIP_PATH", setting)]);
        for target in ["/static/image/a.png", "/static/image/folder/b.png", "//static//image//a.png", "/a.png"] {
            assert!(is_served(&server, target), "{setting}: {target}");
        }
        for target in ["/static/imagea.png", "/static/a.png", "/x/static/image/a.png", "/static/image"] {
            assert!(!is_served(&server, target), "{setting}: {target}");
        }
        for target in ["/static/image/../../outside/secret.png", "/static/image/.hidden.png"] {
            assert!(!is_served(&server, target), "{setting}: {target}");
        }
    }
}

#[test]
fn the_root_alone_does_not_make_a_path_leave_when_a_request_is_odd() {
    let place = place();
    let server = place.serve(&[]);
    for line in ["GET ../outside/secret.png HTTP/1.1", "GET * HTTP/1.1", "OPTIONS * HTTP/1.1", "GET a.png HTTP/1.1"] {
        let request = format!("{line}\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = Pending::send_bytes(server.address(), request.as_bytes(), true).answer();
        assert!(matches!(answer.status, 400 | 404 | 405), "{line}: {}", answer.status);
    }
}
