//! Pictures that are fetched from where a request says.

use super::{denial, drawn, escaped, shape, variables};
use crate::pictures::{decoded, original};
use crate::server::Server;
use crate::upstream::{Reply, Upstream};

/// A server of pictures, and the dialect in front of it.
fn serve(more: &str) -> (Upstream, Server) {
    let upstream = Upstream::start(|asked| match asked.target.as_str() {
        "/cat.png" | "/pub/cat.png" | "/public/cat.png" => Reply::image(&original("cat.png"), &[]),
        "/broken" => Reply::status("500 Internal Server Error"),
        "/denied" => Reply::status("403 Forbidden"),
        "/words" => Reply::image(b"some words and no picture", &[]),
        _ => Reply::status("404 Not Found"),
    });
    let arguments = format!("-enable-url-source -allowed-origins {} {more}", upstream.base());
    let set = [variables(&arguments).as_slice(), &[("IMAGE_PROXY_REMOTE_ALLOW_PRIVATE", "true")]].concat();
    let server = drawn::gallery().serve(&set);
    (upstream, server)
}

fn url(upstream: &Upstream, path: &str) -> String {
    escaped(&format!("{}{path}", upstream.base().trim_end_matches('/')))
}

#[test]
fn a_picture_is_fetched_from_where_the_request_says() {
    let (upstream, server) = serve("-authorization 'Basic s3cret'");
    let answer = server.get(&format!("/resize?width=45&url={}", url(&upstream, "/cat.png")));
    assert_eq!(shape(&answer), ("image/png".to_owned(), (45, 30)));
    let told = server.get(&format!("/info?url={}", url(&upstream, "/cat.png")));
    assert!(told.text().contains("\"width\":90"), "{}", told.text());
    let asked = upstream.asked();
    assert!(asked.iter().all(|asked| asked.header("authorization") == Some("Basic s3cret")));
}

#[test]
fn what_the_other_server_says_is_told() {
    let (upstream, server) = serve("");
    let fetched = |path: &str| denial(&server.get(&format!("/resize?width=45&url={}", url(&upstream, path))));
    for (path, status) in [("/nothing", 404), ("/broken", 500), ("/denied", 403)] {
        let shown = format!("{}{path}", upstream.base().trim_end_matches('/'));
        let message = format!("error fetching remote http image: (status={status}) (url={shown})");
        assert_eq!(fetched(path), (status, message), "{path}");
    }
    assert_eq!(fetched("/words"), (406, "Unsupported media type".to_owned()));
}

#[test]
fn what_is_to_lie_over_a_picture_and_is_not_to_be_had_is_told_by_its_own_url() {
    let (upstream, server) = serve("");
    let picture = url(&upstream, "/cat.png");
    for path in ["/nothing", "/broken", "/words"] {
        let overlay = format!("{}{path}", upstream.base().trim_end_matches('/'));
        let told = |target: &str| denial(&server.get(&format!("{target}&url={picture}")));
        let message = format!("Error while processing the image: Unable to retrieve watermark image. {overlay}");
        assert_eq!(told(&format!("/watermarkimage?image={}", escaped(&overlay))), (400, message), "{path}");
        let step = format!(r#"[{{"operation":"watermarkImage","params":{{"image":"{overlay}"}}}}]"#);
        let message = "Error while processing the image: Unable to retrieve watermark image.".to_owned();
        assert_eq!(told(&format!("/pipeline?operations={}", escaped(&step))), (400, message), "{path}");
    }
    let missing = format!("/watermarkimage?image={picture}&url={}", url(&upstream, "/nothing"));
    let (status, message) = denial(&server.get(&missing));
    assert_eq!((status, message.contains("(status=404)")), (404, true), "{message}");
}

#[test]
fn what_is_not_listed_or_no_url_is_fetched_from_nowhere() {
    let (upstream, server) = serve("");
    let before = upstream.asked().len();
    for (url, message) in [
        ("http://elsewhere.example/a/x.png", "not allowed remote URL origin: elsewhere.example/a/x.png"),
        ("foo", "error fetching remote http image: Get \"foo\": unsupported protocol scheme \"\""),
        (
            "ftp://a.example/x",
            "error fetching remote http image: Get \"ftp://a.example/x\": unsupported protocol scheme \"ftp\"",
        ),
    ] {
        let answer = server.get(&format!("/resize?width=45&url={}", escaped(url)));
        assert_eq!(denial(&answer), (400, message.to_owned()), "{url}");
    }
    assert_eq!(upstream.asked().len(), before);
}

#[test]
fn a_server_that_cannot_be_reached_is_told_as_imaginary_tells_it() {
    let (upstream, server) = serve("");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let list = format!("-enable-url-source -allowed-origins {},{free}", upstream.base());
    let set = [variables(&list).as_slice(), &[("IMAGE_PROXY_REMOTE_ALLOW_PRIVATE", "true")]].concat();
    let other = drawn::gallery().serve(&set);
    let (status, message) = denial(&other.get(&format!("/flip?url={}", escaped(&format!("http://{free}/x.png")))));
    assert_eq!((status, message.starts_with("error fetching remote http image: Get ")), (400, true), "{message}");
    // What the list admits and the guard does not is fetched from nowhere.
    let guarded = drawn::gallery().serve(&variables(&list));
    let target = format!("/flip?url={}", url(&upstream, "/cat.png"));
    assert_eq!(denial(&guarded.get(&target)).0, 400);
    assert_eq!(server.get(&target).status, 200);
}

#[test]
fn another_picture_lies_on_the_first_in_its_own_size() {
    let (upstream, server) = serve("");
    let plain = decoded(&server.get("/convert?type=png&file=city.jpg").body);
    let image = url(&upstream, "/cat.png");
    let marked = |more: &str| {
        let answer = server.get(&format!("/watermarkimage?left=30&top=40&type=png&image={image}{more}&file=city.jpg"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        decoded(&answer.body)
    };
    let cat = decoded(&original("cat.png"));
    let solid = marked("");
    for (x, y) in [(0, 0), (45, 30), (89, 59)] {
        assert_eq!(solid.get_pixel(30 + x, 40 + y), cat.get_pixel(x, y), "{x},{y}");
    }
    for (x, y) in [(29, 40), (30, 39), (120, 50), (60, 100)] {
        assert_eq!(solid.get_pixel(x, y), plain.get_pixel(x, y), "{x},{y}");
    }
    let half = marked("&opacity=0.5");
    let [red, ..] = half.get_pixel(75, 70).0;
    let (under, over) = (plain.get_pixel(75, 70).0[0], cat.get_pixel(45, 30).0[0]);
    assert!(red.abs_diff(under.midpoint(over)) <= 2, "{under} {over} {red}");
    let operations = format!(
        r#"[{{"operation":"watermarkImage","ignore_failure":true,"params":{{"image":"{}nothing"}}}},
            {{"operation":"crop","params":{{"width":50}}}}]"#,
        upstream.base()
    );
    let answer = server.get(&format!("/pipeline?operations={}&file=city.jpg", escaped(&operations)));
    assert_eq!(shape(&answer).1, (50, 427), "what is not there may fail");
    let missing = url(&upstream, "/nothing");
    let (status, message) = denial(&server.get(&format!("/watermarkimage?image={missing}&file=city.jpg")));
    assert_eq!((status, message.contains("Unable to retrieve watermark image. http://")), (400, true), "{message}");
}
