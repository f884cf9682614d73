//! Settings: all that is wrong is told at once, and what is right takes effect.

use std::fs;
use std::net::TcpListener;
use std::process::{Output, Stdio};

use crate::pictures::{decoded, original, photo};
use crate::server::Place;

/// What is said to the settings of the first test, in the order of the table.
const REFUSAL: &str = "\
IMAGE_PROXY_BIND_ADDRESS: expected an IP address and a port, such as 0.0.0.0:8000 or [::]:8000, got \"localhost\"
IMAGE_PROXY_FALLBACK_IMAGE_URL: expected an http or https URL without credentials, query or fragment, or empty for \
none, got \"ftp://example.org/\"
IMAGE_PROXY_AVIF_SPEED: expected a whole number from 1 to 10, got \"0\"
IMAGE_PROXY_JPEG_QUALITY: expected a whole number from 1 to 100, got \"high\"
IMAGE_PROXY_WEBP_EFFORT: expected a whole number from 0 to 6, got \"7\"
IMAGE_PROXY_PNG_COMPRESSION_LEVEL: expected a whole number from 0 to 9, got \"-1\"
IMAGE_PROXY_ENABLE_CACHE: expected true or false, got \"maybe\"
IMAGE_PROXY_CACHE_MEMORY_SIZE: expected a size from 1B to 1TB, in bytes or such as 100MB (10^6) or 1.5GiB (2^30), \
got \"lots\"
IMAGE_PROXY_LOG_FORMAT: expected one of text, json, got \"xml\"
warning: unknown variable IMAGE_PROXY_JPG_QUALITY, did you mean IMAGE_PROXY_JPEG_QUALITY?
";

fn run(place: &Place, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    place.command(variables).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn all_problems_are_told_at_once_and_the_program_does_not_start() {
    let variables = [
        ("IMAGE_PROXY_BIND_ADDRESS", "localhost"),
        ("IMAGE_PROXY_AVIF_SPEED", "0"),
        ("IMAGE_PROXY_JPEG_QUALITY", "high"),
        ("IMAGE_PROXY_WEBP_EFFORT", "7"),
        ("IMAGE_PROXY_PNG_COMPRESSION_LEVEL", "-1"),
        ("IMAGE_PROXY_ENABLE_CACHE", "maybe"),
        ("IMAGE_PROXY_CACHE_MEMORY_SIZE", "lots"),
        ("IMAGE_PROXY_FALLBACK_IMAGE_URL", "ftp://example.org/"),
        ("IMAGE_PROXY_LOG_FORMAT", "xml"),
        ("IMAGE_PROXY_JPG_QUALITY", "75"),
    ];
    for arguments in [&[][..], &["--check-config"], &["--health"]] {
        let output = run(&Place::new(), &variables, arguments);
        assert_eq!(output.status.code(), Some(78), "{arguments:?}");
        assert_eq!(text(&output.stderr), REFUSAL, "{arguments:?}");
    }
}

#[test]
fn an_unknown_variable_is_told_with_the_nearest_right_one_and_stops_nothing() {
    let server = Place::new().serve(&[("IMAGE_PROXY_JPG_QUALITY", "75")]);
    let line = server.log_line("unknown variable IMAGE_PROXY_JPG_QUALITY, did you mean IMAGE_PROXY_JPEG_QUALITY?");
    assert!(line.contains("WARN"), "{line}");
    assert_eq!(server.get("/health").status, 200);
}

#[test]
fn a_file_in_the_working_directory_is_read_and_the_environment_wins() {
    let place = Place::with(&[("a.png", original("cat.png"))]);
    let dot_env = "# settings\n\
        IMAGE_PROXY_CACHE_CONTROL_HEADER=\"max-age=1, private\"\n\
        IMAGE_PROXY_CACHE_STATUS_HEADER=X-From-File\n";
    fs::write(place.work().join(".env"), dot_env).unwrap();
    let server = place.serve(&[("IMAGE_PROXY_CACHE_STATUS_HEADER", "X-From-Environment")]);
    let answer = server.get("/a.png?size=10");
    assert_eq!(answer.header("cache-control").as_deref(), Some("max-age=1, private"));
    assert_eq!(answer.header("x-from-environment").as_deref(), Some("MISS"));
    assert_eq!(answer.header("x-from-file"), None);
    fs::write(place.work().join(".env"), "IMAGE_PROXY_JPEG_QUALITY=high\nnonsense\n").unwrap();
    let output = run(&place, &[], &[]);
    assert_eq!(output.status.code(), Some(78));
    let said = text(&output.stderr);
    assert!(said.contains(".env: expected a line NAME=value, got \"nonsense\""), "{said}");
    assert!(said.contains("IMAGE_PROXY_JPEG_QUALITY: expected"), "{said}");
}

#[test]
fn the_manual_the_version_and_the_settings_in_effect_are_printed() {
    let place = Place::new();
    for name in ["--version", "-V"] {
        let output = run(&place, &[], &[name]);
        let expected = concat!("image-proxy ", env!("CARGO_PKG_VERSION"));
        assert_eq!((output.status.code(), text(&output.stdout).trim_end()), (Some(0), expected));
        assert!(output.stdout.ends_with(b"\n"), "a line ends with a line feed");
    }
    for name in ["--help", "-h"] {
        let output = run(&place, &[], &[name]);
        let said = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0));
        for expected in ["--check-config", "IMAGE_PROXY_ROOT_PATH", "IMAGE_PROXY_WEBP_LOSSLESS", "RUST_LOG", ".env"] {
            assert!(said.contains(expected), "{expected} in\n{said}");
        }
    }
    let output = run(
        &place,
        &[("IMAGE_PROXY_CACHE_MEMORY_SIZE", "100MB"), ("IMAGE_PROXY_JPEG_QUALITY", "61")],
        &["--check-config"],
    );
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    for expected in ["IMAGE_PROXY_CACHE_MEMORY_SIZE=100MB", "IMAGE_PROXY_JPEG_QUALITY=61", "IMAGE_PROXY_AVIF_SPEED=6"] {
        assert!(said.contains(expected), "{expected} in\n{said}");
    }
}

#[test]
fn settings_are_checked_with_warnings_and_the_manual_needs_none_of_them() {
    let place = Place::new();
    let output = run(&place, &[("IMAGE_PROXY_WORKER", "2")], &["--check-config"]);
    let said = [output.stdout, output.stderr].concat();
    assert_eq!(output.status.code(), Some(0));
    assert!(
        text(&said).contains("unknown variable IMAGE_PROXY_WORKER, did you mean IMAGE_PROXY_WORKERS?"),
        "{}",
        text(&said)
    );
    let output = run(&place, &[("IMAGE_PROXY_WORKERS", "many")], &["--version"]);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_reader_that_has_seen_enough_causes_no_panic() {
    for argument in ["--help", "--check-config", "--env-template", "--markdown-table"] {
        let place = Place::new();
        let mut process =
            place.command(&[]).arg(argument).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(process.stdout.take());
        let output = process.wait_with_output().unwrap();
        assert!(!text(&output.stderr).contains("panicked"), "{argument}: {}", text(&output.stderr));
    }
}

#[test]
fn an_unknown_argument_is_refused() {
    for arguments in [&["--helth"][..], &["serve"], &["--version", "--help"]] {
        let output = run(&Place::new(), &[], arguments);
        assert_eq!(output.status.code(), Some(64), "{arguments:?}");
        assert!(text(&output.stderr).contains("Usage: image-proxy"), "{arguments:?}: {}", text(&output.stderr));
    }
}

#[test]
fn an_address_in_use_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let output = run(&Place::new(), &[("IMAGE_PROXY_BIND_ADDRESS", &address)], &[]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains(&format!("IMAGE_PROXY_BIND_ADDRESS: cannot listen on {address}")), "{said}");
}

#[test]
fn a_running_server_is_found_healthy() {
    let place = Place::new();
    let server = place.serve(&[]);
    let address = server.address().to_string();
    assert_eq!(run(&place, &[("IMAGE_PROXY_BIND_ADDRESS", &address)], &["--health"]).status.code(), Some(0));
    server.stop();
    assert_eq!(run(&place, &[("IMAGE_PROXY_BIND_ADDRESS", &address)], &["--health"]).status.code(), Some(1));
}

#[test]
fn only_the_formats_that_are_allowed_are_made() {
    let place = Place::with(&[("a.png", original("cat.png")), ("a.gif", photo("animals/cat-zoom.gif"))]);
    let server = place.serve(&[("IMAGE_PROXY_ALLOWED_OUTPUT_FORMATS", "webp, JPG")]);
    for format in ["png", "avif"] {
        let answer = server.get(&format!("/a.png?size=10&format={format}"));
        let expected = format!("format: expected one of webp, jpeg, got {format}\n");
        assert_eq!((answer.status, answer.text()), (415, expected));
    }
    assert_eq!(server.get("/a.png?size=10&format=jpeg").content_type(), "image/jpeg");
    // The first stands in where the original's own is not among them.
    assert_eq!(server.get("/a.png?size=10").content_type(), "image/webp");
    assert_eq!(server.get("/a.gif?size=10").content_type(), "image/webp");
    // The file itself is no rendition.
    assert_eq!(server.get("/a.png").content_type(), "image/png");
}

#[test]
fn quality_and_effort_change_the_bytes() {
    let place = Place::with(&[("a.webp", photo("animals/cat.webp"))]);
    let length = |variables: &[(&str, &str)], format: &str| {
        let answer = place.serve(variables).get(&format!("/a.webp?size=200&format={format}"));
        assert_eq!(answer.status, 200, "{variables:?}: {}", answer.text());
        answer.body.len()
    };
    for (format, name, low, high) in [
        ("avif", "IMAGE_PROXY_AVIF_QUALITY", "30", "95"),
        ("jpeg", "IMAGE_PROXY_JPEG_QUALITY", "30", "95"),
        ("webp", "IMAGE_PROXY_WEBP_QUALITY", "30", "95"),
        ("png", "IMAGE_PROXY_PNG_COMPRESSION_LEVEL", "9", "0"),
    ] {
        let [small, large] = [low, high].map(|value| length(&[(name, value)], format));
        assert!(small < large, "{name}: {small} {large}");
        assert!(small < length(&[], format), "{name}");
    }
}

#[test]
fn webp_can_be_without_loss() {
    let server = Place::with(&[("a.png", original("cat.png"))]).serve(&[("IMAGE_PROXY_WEBP_LOSSLESS", "true")]);
    let [webp, png] =
        ["webp", "png"].map(|format| decoded(&server.get(&format!("/a.png?size=40&format={format}")).body));
    assert!(webp == png);
}

#[test]
fn an_algorithm_stands_in_where_none_is_asked_for() {
    let place = Place::with(&[("a.png", original("cat.png"))]);
    let by_setting = place.serve(&[("IMAGE_PROXY_RESIZE_ALGORITHM", "gaussian")]).get("/a.png?size=20").body;
    let by_request = place.serve(&[]).get("/a.png?size=20&resize_algorithm=gaussian").body;
    assert!(by_setting == by_request);
}
