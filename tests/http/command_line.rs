//! What is made of files by the command line is what a server makes of them, byte for byte.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use image::ImageFormat;
use serde_json::{Value, json};

use crate::pictures::{quarters, written};
use crate::server::{Place, shipped};

/// All that says the most of a picture, and settings that change its bytes.
const SETTINGS: [(&str, &str); 4] = [
    ("IMAGE_PROXY_PRESETS", "thumb=w=40&format=webp&q=51"),
    ("IMAGE_PROXY_JPEG_QUALITY", "61"),
    ("IMAGE_PROXY_ACCENT", "imgix"),
    ("IMAGE_PROXY_EXPLAIN", "true"),
];

fn png(width: u32, height: u32) -> Vec<u8> {
    let colours = [[200, 9, 9, 255], [9, 200, 9, 255], [9, 9, 200, 128], [90, 90, 9, 255]];
    written(&quarters(width, height, colours), ImageFormat::Png)
}

fn photo() -> Vec<u8> {
    fs::read(shipped().join("people/astronaut.jpg")).unwrap()
}

fn run(command: &mut Command, arguments: &[&str], input: &[u8]) -> Output {
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    // Whoever does not read it closes its end.
    let _ = process.stdin.take().unwrap().write_all(input);
    process.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

#[test]
fn bytes_are_those_of_the_server_wherever_the_file_is() {
    let place = Place::with(&[("a b/photo.jpg", photo()), ("logo.png", png(40, 40))]);
    let elsewhere = place.outside().join("photo.jpg");
    fs::write(&elsewhere, photo()).unwrap();
    let server = place.serve(&SETTINGS);
    for query in [
        "",
        "w=120",
        "w=120&format=webp",
        "format=avif&h=60",
        "preset=thumb",
        "fit=fill&w=90&h=30&format=png",
        "w=100&wm=logo.png&format=png",
        "format=auto&w=50",
        "format=blurhash",
    ] {
        let expected = server.get(&format!("/a%20b/photo.jpg?{query}"));
        assert_eq!(expected.status, 200, "{query}");
        let inside = place.root().join("a b/photo.jpg");
        for file in [inside.to_str().unwrap(), elsewhere.to_str().unwrap(), "-", "/dev/stdin"] {
            let output = run(&mut place.command(&SETTINGS), &["render", file, query], &photo());
            assert_eq!((text(&output.stderr), output.status.code()), ("", Some(0)), "{file} {query}");
            assert!(output.stdout == expected.body, "{file} {query}: other bytes");
        }
    }
}

#[test]
fn nothing_need_be_signed_and_the_rules_hold() {
    let place = Place::with(&[("a.png", png(40, 40))]);
    let settings = [
        ("IMAGE_PROXY_SIGNING", "all"),
        ("IMAGE_PROXY_SIGNING_KEYS", "a:0123456789abcdef0123456789abcdef"),
        ("IMAGE_PROXY_ALLOWED_PARAMETERS", "w"),
        ("IMAGE_PROXY_ALLOWED_SIZES", "10,20"),
        ("IMAGE_PROXY_STRIP_PATH", "root"),
    ];
    let file = place.root().join("a.png");
    let file = file.to_str().unwrap();
    let output = run(&mut place.command(&settings), &["render", file, "?w=11"], b"");
    assert_eq!(image::load_from_memory(&output.stdout).unwrap().width(), 20);
    let output = run(&mut place.command(&settings), &["render", file, "h=11"], b"");
    assert_eq!(text(&output.stderr), "h: it is not to be asked for here, and these are: w\n");
    assert_eq!(output.status.code(), Some(64));
    for arguments in [&["info", file][..], &["explain", file, "w=3"]] {
        let output = run(&mut place.command(&settings), arguments, b"");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    }
}

#[test]
fn what_is_told_is_what_the_server_tells() {
    let place = Place::with(&[("x/photo.jpg", photo())]);
    let server = place.serve(&SETTINGS);
    let file = place.root().join("x/photo.jpg");
    let file = file.to_str().unwrap();
    let told = |arguments: &[&str]| -> Value {
        let output = run(&mut place.command(&SETTINGS), arguments, &photo());
        assert_eq!((text(&output.stderr), output.status.code()), ("", Some(0)));
        assert_eq!(text(&output.stdout).lines().count(), 1);
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let server_tells = |target: &str| -> Value { serde_json::from_str(&server.get(target).text()).unwrap() };
    assert_eq!(told(&["info", file]), server_tells("/x/photo.jpg?info"));
    for query in ["", "w=9999&wdith=3&q=100", "preset=thumb&bg=#fff"] {
        let expected = server_tells(&format!("/x/photo.jpg?{}&explain", query.replace('#', "%23")));
        assert_eq!(told(&["explain", file, query, "--json"]), expected, "{query}");
    }
    let Value::Object(mut streamed) = told(&["info", "-"]) else { panic!("an object") };
    let Value::Object(mut expected) = server_tells("/x/photo.jpg?info") else { panic!("an object") };
    // A version is that of a name too.
    assert!(streamed.remove("version").is_some() && expected.remove("version").is_some());
    assert_eq!(streamed, expected);
}

#[test]
fn a_folder_keeps_its_folders_and_goes_on_after_a_failure() {
    let place = Place::new();
    let originals = place.outside().join("in");
    for (name, bytes) in [
        ("a.png", png(30, 20)),
        ("a.gif", written(&quarters(8, 8, [[9, 9, 9, 255]; 4]), ImageFormat::Gif)),
        ("b/c/photo.JPEG", photo()),
        ("b/broken.jpg", b"no picture".to_vec()),
        ("b/nameless", png(9, 9)),
        ("notes.txt", b"no picture, and not called one".to_vec()),
        (".hidden/a.png", png(9, 9)),
    ] {
        let file = originals.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }
    symlink("../a.png", originals.join("b/link.png")).unwrap();
    let out = originals.join("out");
    for _ in 0..2 {
        // What was made is no original of the second time.
        let arguments =
            ["render", originals.to_str().unwrap(), "w=8&format=png", "-o", out.to_str().unwrap(), "--json"];
        let output = run(&mut place.command(&[]), &arguments, b"");
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        let broken = originals.join("b/broken.jpg");
        let failure = "expected an image, got a file that is none by its bytes";
        let expected =
            format!("{}: {failure}\n5 rendered, 1 failed, 1 passed over that are no pictures\n", broken.display());
        assert_eq!(text(&output.stderr), expected);
        let lines: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let told: Vec<_> = lines.iter().map(|line| (&line["status"], line["output"].as_str())).collect();
        let (rendered, failed) = (json!("rendered"), json!("failed"));
        let file = |name: &str| out.join(name).to_str().unwrap().to_owned();
        let files = ["a.gif.png", "a.png", "b/link.png", "b/nameless.png", "b/c/photo.png"].map(file);
        let [first, second, link, nameless, photo] = files.each_ref().map(|file| (&rendered, Some(file.as_str())));
        assert_eq!(told, [first, second, (&failed, None), link, nameless, photo]);
        for file in &files {
            assert_eq!(
                image::ImageReader::open(file).unwrap().with_guessed_format().unwrap().into_dimensions().unwrap().0,
                8
            );
        }
    }
}

#[test]
fn no_original_and_nothing_that_was_made_is_written_over_by_chance() {
    let place = Place::new();
    let folder = place.outside();
    for name in ["x/a.png", "y/a.png"] {
        fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
        fs::write(folder.join(name), png(30, 20)).unwrap();
    }
    let mut command = place.command(&[]);
    let output = run(command.current_dir(&folder), &["render", "x/a.png", "y/a.png", "w=8", "-o", "out"], b"");
    let said = "y/a.png: out/a.png is what was made of x/a.png already\n1 rendered, 1 failed\n";
    assert_eq!((text(&output.stderr), output.status.code()), (said, Some(1)));
    let mut command = place.command(&[]);
    let output = run(command.current_dir(&folder), &["render", "x/a.png", "w=8", "-o", "x"], b"");
    assert_eq!(text(&output.stderr), "x/a.png: x/a.png is an original itself, and is not written over\n");
    assert!(fs::read(folder.join("x/a.png")).unwrap() == png(30, 20));
    // Who names the file means it.
    let mut command = place.command(&[]);
    let output = run(command.current_dir(&folder), &["render", "x/a.png", "w=8", "-o", "x/a.png"], b"");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(image::open(folder.join("x/a.png")).unwrap().width(), 8);
    let left: Vec<_> = fs::read_dir(folder.join("x")).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing is left aside");
}

#[test]
fn a_file_is_what_it_is_called_where_the_query_says_nothing() {
    let place = Place::with(&[("photo.jpg", photo())]);
    let server = place.serve(&[]);
    let file = place.root().join("photo.jpg");
    let file = file.to_str().unwrap();
    let work = place.work();
    for (query, out, target) in [
        ("w=40", "a.webp", "/photo.jpg?w=40&format=webp"),
        ("w=40&format=png", "b.png", "/photo.jpg?w=40&format=png"),
        ("w=40", "c.jpeg", "/photo.jpg?w=40"),
        ("w=40", "folder/", "/photo.jpg?w=40"),
        ("", "d.png", "/photo.jpg?format=png"),
    ] {
        let output = run(&mut place.command(&[]), &["render", file, query, "-o", out], b"");
        assert_eq!((text(&output.stderr), text(&output.stdout), output.status.code()), ("", "", Some(0)), "{out}");
        let written = if out == "folder/" { work.join("folder/photo.jpg") } else { work.join(out) };
        assert!(fs::read(written).unwrap() == server.get(target).body, "{out}");
    }
    // A pipe is read once.
    let output = run(&mut place.command(&[]), &["render", "/dev/stdin", "w=40", "-o", "g.webp"], &photo());
    assert_eq!((text(&output.stderr), output.status.code()), ("", Some(0)));
    assert!(fs::read(work.join("g.webp")).unwrap() == server.get("/photo.jpg?w=40&format=webp").body);
    let output = run(&mut place.command(&[]), &["render", file, "w=40&format=png", "-o", "e.webp"], b"");
    assert_eq!(text(&output.stderr), "e.webp: what is in it is png, and it is called webp\n");
    let output = run(&mut place.command(&[]), &["render", file, "w=40", "-o", "f.tiff"], b"");
    assert_eq!(output.status.code(), Some(64));
    assert!(
        text(&output.stderr).starts_with("f.tiff asks for format=tiff: format: expected "),
        "{}",
        text(&output.stderr)
    );
    assert!(!Path::new("f.tiff").exists());
}

#[test]
fn what_a_client_takes_can_be_said() {
    let place = Place::with(&[("photo.jpg", photo())]);
    let server = place.serve(&[]);
    let file = place.root().join("photo.jpg");
    let file = file.to_str().unwrap();
    for accept in ["image/avif,*/*", "image/webp", "text/html"] {
        let query = "format=auto&w=40";
        let expected = server.get_with(&format!("/photo.jpg?{query}"), &[("Accept", accept)]).body;
        let output = run(&mut place.command(&[]), &["render", file, query, "--accept", accept], b"");
        assert!(output.stdout == expected, "{accept}");
        let advice = |query: &str| {
            let output = run(&mut place.command(&[]), &["explain", file, query, "--accept", accept], b"");
            let told: Value = serde_json::from_slice(&output.stdout).unwrap();
            told["advice"].as_array().unwrap().len()
        };
        assert_eq!(
            (advice("format=auto"), advice("format=gif")),
            (usize::from(accept == "text/html"), usize::from(!accept.contains("*/*")))
        );
    }
}

#[test]
fn words_mean_what_they_mean_where_a_url_begins_with_the_path() {
    let place = Place::with(&[("photo.jpg", photo())]);
    let settings = [("IMAGE_PROXY_DIALECTS", "native(sharp)=/")];
    let server = place.serve(&settings);
    let file = place.root().join("photo.jpg");
    let query = "width=40&height=90&format=png";
    let expected = server.get(&format!("/photo.jpg?{query}")).body;
    let output = run(&mut place.command(&settings), &["render", file.to_str().unwrap(), query], b"");
    assert!(output.stdout == expected);
    let plain = run(&mut place.command(&[]), &["render", file.to_str().unwrap(), query], b"");
    assert!(plain.stdout != expected);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let place = Place::with(&[("photo.jpg", photo())]);
    let mut command = place.command(&[]);
    let file = place.root().join("photo.jpg");
    command.arg("render").arg(file).arg("").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    drop(process.stdout.take());
    let output = process.wait_with_output().unwrap();
    assert_eq!((text(&output.stderr), output.status.code()), ("", Some(0)));
}

#[test]
fn what_cannot_be_written_is_told() {
    let place = Place::with(&[("a.png", png(9, 9))]);
    let file = place.root().join("a.png");
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    for arguments in
        [&["info", file.to_str().unwrap()][..], &["completions", "bash"], &["sign", "/a.png"], &["openapi"]]
    {
        let mut command = place.command(&[("IMAGE_PROXY_SIGNING_KEYS", "a:b")]);
        let output = command.args(arguments).stdin(Stdio::null()).stdout(full()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(text(&output.stderr).starts_with("cannot write to the standard output: "), "{}", text(&output.stderr));
    }
}

#[test]
fn wrong_usage_has_its_status_and_failures_have_theirs() {
    let place = Place::with(&[("a.png", png(9, 9))]);
    let root = place.root();
    let (root, file) = (root.to_str().unwrap(), root.join("a.png"));
    let file = file.to_str().unwrap();
    for (arguments, status, said) in [
        (&["render", file, "w=big"][..], 64, "w: expected "),
        (&["render", root, "w=4"], 64, "several pictures: expected a folder for them, by -o\n"),
        (&["render", root, "w=4", "-o", file], 64, "several pictures: expected a folder, got the file "),
        (&["render", file, "-", "w=4", "-o", "x"], 64, "-: expected the standard input alone"),
        (&["render", file, "w=4", "--json"], 64, "--json: expected a file for the picture"),
        (&["render", "none.png", "w=4"], 1, "none.png: cannot read it: No such file"),
        (&["render", "-", "w=4"], 1, "-: expected an image, got "),
        (&["info", "none.png"], 1, "cannot read none.png: No such file"),
        (&["info", "-"], 1, "-: expected an image, got "),
        (&["info", root], 1, &format!("cannot read {root}: is a directory")),
        (&["explain", file, "w=big"], 64, "w: expected "),
        (&["render", file], 64, "error: "),
        (&["nonsense"], 64, "error: "),
        (&["man", "nonsense"], 64, "man: expected a command"),
        (&["sign", ""], 64, "error: "),
        (&["warm", "none"], 78, "IMAGE_PROXY_ENABLE_DISK_CACHE: expected true"),
        (&["warm", "none", "--server", "http://127.0.0.1:1"], 1, "cannot read none: No such file"),
    ] {
        let output = run(&mut place.command(&[]), arguments, b"");
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", text(&output.stderr));
        assert!(text(&output.stderr).starts_with(said), "{arguments:?}: {}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
    }
}

#[test]
fn the_manual_and_the_completions_are_printed() {
    let place = Place::new();
    for (arguments, part) in [
        (&["man"][..], ".SH ENVIRONMENT"),
        (&["man", "render"], "image\\-proxy\\-render"),
        (&["completions", "bash"], "complete -F"),
        (&["completions", "fish"], "complete -c image-proxy"),
        (&["render", "--help"], "--out <OUT>"),
        (&["help", "render"], "--out <OUT>"),
        (&["--help"], "  warm "),
    ] {
        let output = run(&mut place.command(&[]), arguments, b"");
        assert_eq!((text(&output.stderr), output.status.code()), ("", Some(0)));
        assert!(text(&output.stdout).contains(part), "{arguments:?}: {}", text(&output.stdout));
    }
}
