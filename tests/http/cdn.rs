//! The configurations in docs/cdn, in the real servers where they are installed: however browsers spell `Accept`, a cache
//! has three entries, and forgets by tag what it is told to.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::client::{Answer, Pending};
use crate::foreign::Foreign;
use crate::pictures::plain;
use crate::server::{Place, Server, shipped};

/// What browsers send for `<img>`, and what they get of a photograph.
const BROWSERS: [(&str, &str, &str); 6] = [
    ("Chrome, Edge, Opera", "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", "image/avif"),
    ("Firefox since 128", "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5", "image/avif"),
    (
        "Safari since 17",
        "image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
        "image/avif",
    ),
    ("Firefox 92 to 127", "image/avif,image/webp,*/*", "image/avif"),
    ("Safari 14 and 15", "image/webp,image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5", "image/webp"),
    ("Safari before 14", "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5", "image/jpeg"),
];
/// A server of others, and where its configuration is.
struct Front {
    server: Foreign,
    _folder: TempDir,
}

impl Front {
    /// Starts a program with the text of its configuration; `None` where it is not installed.
    fn start(name: &str, configuration: impl Fn(&Path, SocketAddr) -> String, arguments: &[&str]) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("configuration");
        // In order, for it ends others.
        let server = Foreign::start(name, "TERM", |address| {
            fs::write(&path, configuration(folder.path(), address)).unwrap();
            let fill = |argument: &&str| {
                let argument = argument.replace("FOLDER", folder.path().to_str().unwrap());
                argument.replace("FILE", path.to_str().unwrap()).replace("ADDRESS", &address.to_string())
            };
            let mut command = Command::new(name);
            // Debian has them where only root looks.
            let search = format!("{}:/usr/sbin:/usr/local/sbin", std::env::var("PATH").unwrap_or_default());
            command.args(arguments.iter().map(fill)).env("PATH", search);
            command
        })?;
        Some(Self { server, _folder: folder })
    }
}

fn origin() -> Server {
    Place::new().serve(&[("IMAGE_PROXY_ROOT_PATH", shipped().to_str().unwrap())])
}

fn snippet(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cdn").join(name)).unwrap()
}

/// The text with every one of its parts exchanged; each must be there.
fn exchanged(text: String, parts: &[(&str, String)]) -> String {
    parts.iter().fold(text, |text, (old, new)| {
        assert!(text.contains(old), "{old}");
        text.replace(old, new)
    })
}

/// Asks through the server in front, twice for each browser. The origin keeps nothing, so that it renders whatever comes to it.
fn assert_three_entries(origin: &Server, front: &Front) {
    let ask = |accept: &str, name: &str| {
        let headers = [("Accept", accept), ("Cookie", "a=b"), ("User-Agent", name), ("Sec-CH-DPR", "1")];
        Pending::send(front.server.address, "GET", "/nature/dandelion.jpg?size=90&auto=format", &headers).answer()
    };
    for (name, accept, expected) in BROWSERS.iter().chain(&BROWSERS) {
        let answer = ask(accept, name);
        assert_eq!((answer.status, answer.content_type().as_str()), (200, *expected), "{name}: {}", answer.text());
        assert!(answer.header("vary").unwrap_or_default().contains("accept"), "{name}");
    }
    for accept in ["image/avif;q=0, image/webp", "image/avif;q=0.0,*/*", "IMAGE/WEBP;q=0.5", "text/html", ""] {
        assert_eq!(ask(accept, "another").status, 200, "{accept}");
    }
    let rendered = origin.metric("image_proxy_http_requests_total", &["outcome=\"rendered\""]);
    assert_eq!(rendered, 3.0, "three entries, whoever asks");
}

/// The VCL for an origin, and what is put behind it.
fn varnish(origin: &Server, behind: &str) -> Option<Front> {
    let address = origin.address();
    let configuration = |_: &Path, _| {
        let parts =
            [("\"image-proxy\"", format!("\"{}\"", address.ip())), ("\"8000\"", format!("\"{}\"", address.port()))];
        exchanged(snippet("varnish.vcl"), &parts) + behind
    };
    let arguments =
        ["-F", "-j", "none", "-n", "FOLDER/work", "-a", "ADDRESS", "-f", "FILE", "-s", "malloc,32m", "-T", "none"];
    Front::start("varnishd", configuration, &arguments)
}

#[test]
fn varnish_keeps_three_entries_for_six_browsers() {
    let origin = origin();
    if let Some(front) = varnish(&origin, "") {
        assert_three_entries(&origin, &front);
    }
}

/// Tells whether Debian's package with the module is there.
fn has_xkey() -> bool {
    let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    let has = folders.into_iter().any(|folder| folder.join("varnish/vmods/libvmod_xkey.so").exists());
    if !has {
        eprintln!("skipped: varnish-modules is not installed");
    }
    has
}

#[test]
fn varnish_forgets_by_tag_what_was_made_of_a_purged_picture() {
    const SHOWN: (&str, &str) = ("Authorization", "Bearer sixteen-letters!");
    let settings = [("IMAGE_PROXY_ADMIN_TOKEN", "sixteen-letters!"), ("IMAGE_PROXY_SURROGATE_KEY_HEADER", "xkey")];
    let place = Place::with(&[("a/b.png", plain([255; 3])), ("a/c.png", plain([0; 3])), ("logo.png", plain([9; 3]))]);
    let origin = place.serve(&settings);
    if !has_xkey() {
        return;
    }
    let Some(front) = varnish(&origin, &snippet("varnish-purge.vcl")) else { return };
    let ask = |target: &str| Pending::send(front.server.address, "GET", target, &[]).answer();
    // Varnish names the request that it answered, and behind it the one that it fetched where it had it already.
    let is_kept = |answer: &Answer| answer.header("x-varnish").is_some_and(|numbers| numbers.contains(' '));
    let targets = ["/a/b.png", "/a/b.png?size=9", "/a/c.png?size=9&wm=logo.png", "/a/c.png", "/logo.png?bw=1"];
    for (purged, expected) in [
        ("/a/b.png", &targets[..2]),
        ("/a/", &targets[..4]),
        ("/logo.png", &[targets[2], targets[4]]),
        ("/", &targets[..]),
        ("/a/d.png", &[]),
    ] {
        for target in targets.iter().chain(&targets) {
            let answer = ask(target);
            assert_eq!((answer.status, answer.header("xkey")), (200, None), "{target}: {}", answer.text());
        }
        assert!(targets.iter().all(|target| is_kept(&ask(target))));
        // One call here, one there.
        let tags = origin.ask("PURGE", &format!("/_/cache{purged}"), &[SHOWN]).header("xkey").unwrap();
        let answer = Pending::send(front.server.address, "PURGE", "/", &[("xkey", &tags)]).answer();
        assert_eq!(answer.status, 200, "{}", answer.text());
        let anew: Vec<_> = targets.into_iter().filter(|target| !is_kept(&ask(target))).collect();
        assert_eq!(anew, expected, "{purged}");
    }
}

#[test]
fn nginx_keeps_three_entries_for_six_browsers() {
    let origin = origin();
    let address = origin.address();
    let configuration = |folder: &Path, own: SocketAddr| {
        let folder = folder.display();
        let parts = [
            ("image-proxy:8000", address.to_string()),
            ("listen 80;", format!("listen {own};")),
            ("/var/cache/nginx/images", format!("{folder}/images")),
        ];
        let http = exchanged(snippet("nginx.conf"), &parts);
        let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let folders: String = kinds.map(|kind| format!("{kind}_temp_path {folder}/{kind};\n")).concat();
        format!(
            "daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{folders}{http}}}\n"
        )
    };
    if let Some(front) = Front::start("nginx", configuration, &["-p", "FOLDER", "-e", "stderr", "-c", "FILE"]) {
        assert_three_entries(&origin, &front);
    }
}
