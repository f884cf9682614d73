//! The fallback is no way into a network: a name leads to public addresses, unless the operator says otherwise.

use std::net::TcpListener;

use crate::pictures::plain;
use crate::server::{Place, Server};
use crate::upstream::{Reply, Upstream};

const URL: &str = "IMAGE_PROXY_FALLBACK_IMAGE_URL";
const ALLOW: &str = "IMAGE_PROXY_FALLBACK_ALLOW_PRIVATE";

fn serve(url: &str, variables: &[(&str, &str)]) -> Server {
    Place::new().serve(&[variables, &[(URL, url)]].concat())
}

#[test]
fn a_base_that_names_a_private_host_itself_is_meant() {
    let upstream = Upstream::of(plain([1, 2, 3]));
    let port = upstream.address().port();
    for host in ["127.0.0.1", "localhost", "LocalHost", "2130706433"] {
        let server = serve(&format!("http://{host}:{port}"), &[]);
        assert_eq!(server.get("/a.png").status, 200, "{host}");
        assert!(!server.log().iter().any(|line| line.contains(ALLOW)), "{host}");
    }
}

/// The name of this machine, as any other name that leads to an address of its own network.
#[test]
fn a_name_that_leads_to_a_private_address_is_refused_unless_that_is_allowed() {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned();
    let listener = TcpListener::bind((name.as_str(), 0));
    let is_private = |listener: &TcpListener| match listener.local_addr().unwrap().ip() {
        std::net::IpAddr::V4(address) => address.is_loopback() || address.is_private(),
        std::net::IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    };
    let Some(listener) = listener.ok().filter(is_private) else {
        eprintln!("skipped: {name:?} leads to no private address here");
        return;
    };
    let upstream = Upstream::start_on(listener, |_| Reply::image(&plain([1, 2, 3]), &[]));
    let url = format!("http://{name}:{}", upstream.address().port());
    let server = serve(&url, &[]);
    // At the start, before anybody asks.
    let warning = server.log_line("set IMAGE_PROXY_FALLBACK_ALLOW_PRIVATE=true if that is meant");
    assert!(warning.contains(URL) && warning.contains(&upstream.address().ip().to_string()), "{warning}");
    for target in ["/a.png", "/a.png?size=10"] {
        let answer = server.get(target);
        assert_eq!((answer.status, answer.text()), (502, "upstream could not be reached\n".to_owned()), "{target}");
    }
    let line = server.log_line("upstream could not be reached");
    assert!(line.contains(&name) && line.contains(ALLOW), "{line}");
    assert_eq!(upstream.targets(), [""; 0]);
    let server = serve(&url, &[(ALLOW, "true")]);
    assert_eq!(server.get("/a.png").status, 200);
}

#[test]
fn no_redirect_leads_to_another_host() {
    let other = Upstream::of(plain([1, 2, 3]));
    let port = other.address().port();
    let hosts = [
        format!("127.0.0.1:{port}"),
        format!("localhost:{port}"),
        format!("[::1]:{port}"),
        format!("[::ffff:127.0.0.1]:{port}"),
        format!("[64:ff9b::7f00:1]:{port}"),
        format!("2130706433:{port}"),
        format!("0.0.0.0:{port}"),
        format!("me:secret@127.0.0.1:{port}"),
        "169.254.169.254".to_owned(),
        "metadata.google.internal".to_owned(),
        "10.0.0.1".to_owned(),
    ];
    let locations: Vec<_> = hosts.iter().map(|host| format!("http://{host}/latest/?key=secret")).collect();
    let count = locations.len();
    let upstream = Upstream::start(move |asked| {
        let number: usize = asked.target.trim_start_matches('/').parse().unwrap();
        Reply::redirect(&locations[number])
    });
    let own_port = upstream.address().port();
    for (host, allow) in [("127.0.0.1", "false"), ("localhost", "false"), ("localhost", "true")] {
        let server = serve(&format!("http://{host}:{own_port}"), &[(ALLOW, allow)]);
        for number in 0..count {
            let answer = server.get(&format!("/{number}"));
            assert_eq!((answer.status, answer.text()), (502, "upstream answered with status 302\n".to_owned()));
        }
        assert_eq!(other.targets(), [""; 0], "{host} {allow}");
        // The operator is told where it leads, and nobody what is secret in it.
        assert!(server.log_line("/9").contains("http://metadata.google.internal"), "{:#?}", server.log());
        assert!(!server.log().iter().any(|line| line.contains("secret")));
    }
}

#[test]
fn a_redirect_is_no_way_around_the_scheme() {
    let port = Upstream::of(plain([1, 2, 3])).address().port();
    for location in [format!("https://localhost:{port}/"), "file:///etc/passwd".to_owned(), "gopher://x/".to_owned()] {
        let sent = location.clone();
        let upstream = Upstream::start(move |_| Reply::redirect(&sent));
        assert_eq!(serve(&upstream.url(""), &[]).get("/a.png").status, 502, "{location}");
    }
}
