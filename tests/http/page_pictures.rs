//! `?picture`: the element of a page, whose every URL keeps what the element says of it.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::client::Answer;
use crate::pictures::{decoded, photo};
use crate::references::chromium;
use crate::server::{Place, Server, shipped};

const JSON: (&str, &str) = ("Accept", "application/json");
pub const DANDELION: &str = "/nature/dandelion.jpg";

/// A picture as an element offers it: its media type, and each file with its width.
#[derive(Debug, PartialEq)]
struct Offer {
    mime: String,
    files: Vec<(String, u32)>,
}

pub fn serve(more: &[(&str, &str)]) -> Server {
    let root = shipped();
    let settings = [
        ("IMAGE_PROXY_ENABLE_CACHE", "true"),
        ("IMAGE_PROXY_ROOT_PATH", root.to_str().unwrap()),
        // Far above what any file takes, even on a machine that does much else.
        ("IMAGE_PROXY_TIMEOUT", "10m"),
    ];
    Place::new().serve(&[&settings[..], more].concat())
}

pub fn told(server: &Server, target: &str) -> Value {
    let answer = server.get_with(target, &[JSON]);
    assert_eq!((answer.status, answer.content_type().as_str()), (200, "application/json"), "{}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

/// The sources, and the fallback last.
fn offers(told: &Value) -> Vec<Offer> {
    let all = told["sources"].as_array().unwrap().iter().chain([&told["img"]]);
    all.map(|offer| Offer {
        mime: offer["type"].as_str().unwrap().to_owned(),
        files: offer["srcset"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| (file["url"].as_str().unwrap().to_owned(), file["width"].as_u64().unwrap() as u32))
            .collect(),
    })
    .collect()
}

pub fn mimes(told: &Value) -> Vec<String> {
    offers(told).into_iter().map(|offer| offer.mime).collect()
}

pub fn widths(told: &Value) -> Vec<u32> {
    offers(told).last().unwrap().files.iter().map(|(_, width)| *width).collect()
}

/// The value of an attribute of the first element of a kind, as a browser reads it.
fn attribute(html: &str, element: &str, name: &str) -> Option<String> {
    let (_, rest) = html.split_once(&format!("<{element} "))?;
    let (inside, _) = rest.split_once('>').unwrap();
    let (_, value) = format!(" {inside}").split_once(&format!(" {name}=\"")).map(|(_, rest)| ((), rest.to_owned()))?;
    let (value, _) = value.split_once('"').unwrap();
    let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    Some(plain.iter().fold(value.to_owned(), |text, (entity, symbol)| text.replace(entity, symbol)))
}

fn html(server: &Server, target: &str) -> String {
    let answer = server.get(target);
    assert_eq!((answer.status, answer.content_type().as_str()), (200, "text/html; charset=utf-8"), "{}", answer.text());
    answer.text()
}

/// Asks for every file, and holds it to what was said of it.
pub fn assert_kept(server: &Server, told: &Value) -> Vec<Vec<Answer>> {
    let offers = offers(told);
    let all = offers.iter().map(|offer| {
        let answers = offer.files.iter().map(|(url, width)| {
            let answer = server.get(url);
            assert_eq!((answer.status, answer.content_type()), (200, offer.mime.clone()), "{url}: {}", answer.text());
            assert_eq!(decoded(&answer.body).width(), *width, "{url}");
            assert_eq!(answer.header("cache-control").as_deref(), Some("public, max-age=31536000, immutable"), "{url}");
            assert_eq!(answer.header("vary"), None, "{url}");
            answer
        });
        answers.collect()
    });
    all.collect()
}

#[test]
fn every_file_is_what_the_element_says_of_it() {
    let server = serve(&[]);
    for (path, expected) in [
        ("/people/astronaut.jpg", &["image/avif", "image/webp", "image/jpeg"][..]),
        ("/animals/cat.webp", &["image/webp"]),
        ("/science/retina.tiff", &["image/avif", "image/webp", "image/jpeg"]),
    ] {
        let told = told(&server, &format!("{path}?picture"));
        assert_eq!(mimes(&told), expected, "{path}");
        let info: Value = serde_json::from_slice(&server.get(&format!("{path}?info")).body).unwrap();
        for name in ["width", "height", "version"] {
            assert_eq!(told[name], info[name], "{path}");
        }
        assert_eq!((told["alt"].as_str(), told["sizes"].as_str()), (Some(""), Some("100vw")));
        assert_eq!(widths(&told).last().map(|width| u64::from(*width)), info["width"].as_u64(), "{path}");
        for answers in assert_kept(&server, &told) {
            for pair in answers.windows(2) {
                let [narrow, wide] = pair else { unreachable!("two") };
                // The widest may be the original itself, which is as small as it is.
                let saves = narrow.body.len() * 3 <= wide.body.len() * 2;
                assert!(saves || narrow.body.len() < 2500, "{path}: {} of {}", narrow.body.len(), wide.body.len());
            }
        }
    }
}

#[test]
fn the_element_says_the_same_as_its_json() {
    let server = serve(&[]);
    let target = "/people/astronaut.jpg?picture&widths=300,100,200,100&sizes=(min-width:%20600px)%2050vw,%20100vw&alt=An%20%22astronaut%22%20%3C%26%3E&lqip=1";
    let (html, told) = (html(&server, target), told(&server, target));
    assert!(html.starts_with("<picture>\n<source ") && html.trim_end().ends_with("</picture>"), "{html}");
    assert_eq!(html.matches("<source ").count(), 2);
    let srcset =
        |offer: &Offer| offer.files.iter().map(|(url, width)| format!("{url} {width}w")).collect::<Vec<_>>().join(", ");
    let offers = offers(&told);
    assert_eq!(attribute(&html, "source", "srcset"), Some(srcset(&offers[0])));
    assert_eq!(attribute(&html, "source", "type").as_deref(), Some("image/avif"));
    let img = |name: &str| attribute(&html, "img", name);
    assert_eq!(img("srcset"), Some(srcset(&offers[2])));
    assert_eq!(img("src").as_deref(), told["img"]["src"].as_str());
    assert_eq!(img("alt").as_deref(), Some("An \"astronaut\" <&>"));
    assert_eq!(img("sizes").as_deref(), Some("(min-width: 600px) 50vw, 100vw"));
    assert_eq!((img("loading").as_deref(), img("decoding").as_deref()), (Some("lazy"), Some("async")));
    for name in ["width", "height"] {
        assert_eq!(img(name), Some(told[name].to_string()));
    }
    assert_eq!(widths(&told), [100, 200, 300]);
    let uri = told["lqip"].as_str().unwrap();
    assert_eq!(uri, server.get("/people/astronaut.jpg?format=lqip").text());
    assert_eq!(img("style"), Some(format!("background:url({uri}) center/cover no-repeat")));
    assert!(self::html(&server, "/people/astronaut.jpg?picture").find("style=").is_none());
}

#[test]
fn no_text_of_a_request_leaves_its_attribute() {
    let place = Place::new();
    place.put("a \"b\"<c>&'d,.jpg", photo("people/astronaut.jpg"));
    let server = place.serve(&[]);
    let path = "/a%20%22b%22%3Cc%3E%26'd,.jpg";
    let nasty = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    let answer = server.get(&format!("{path}?picture&alt={nasty}&sizes={nasty}&text={nasty}&widths=50,90"));
    assert!(answer.header("content-security-policy").unwrap().contains("default-src 'none'"));
    let html = answer.text();
    assert!(!html.contains("<script") && html.matches('<').count() == html.matches('>').count(), "{html}");
    assert_eq!(html.matches('<').count(), 5, "{html}");
    let told = told(&server, &format!("{path}?picture&text={nasty}&widths=50,90"));
    assert_kept(&server, &told);
    let srcset = attribute(&html, "img", "srcset").unwrap();
    assert_eq!(srcset.split(", ").count(), 2, "{srcset}");
    // A path that looks like a host leads to no other.
    assert!(attribute(&self::html(&server, &format!("/{path}?picture")), "img", "src").unwrap().starts_with("/a%20"));
}

#[test]
fn what_else_is_asked_is_asked_of_every_file() {
    let server = serve(&[]);
    let told = |query: &str| told(&server, &format!("{DANDELION}?picture&widths=60,120&{query}"));
    for (query, dimensions, expected) in [
        ("ar=1:1&bw=1", (3024, 3024), vec![60, 120]),
        ("w=100&h=50&fit=cover", (100, 50), vec![60, 100]),
        ("fit=100,100", (100, 75), vec![60, 100]),
        ("resize=200,100", (200, 100), vec![60, 120]),
        ("w=100&dpr=2", (200, 150), vec![60, 120]),
        ("rect=0,0,90,300", (90, 300), vec![60, 90]),
        ("size=80&rotate=90", (60, 80), vec![60]),
        ("h=60&q=30", (80, 60), vec![60, 80]),
        ("pad=10", (4052, 3044), vec![80, 140]),
    ] {
        let told = told(query);
        assert_eq!((&told["width"], &told["height"]), (&dimensions.0.into(), &dimensions.1.into()), "{query}");
        assert_eq!(widths(&told), expected, "{query}");
        for answers in assert_kept(&server, &told) {
            let shape = f64::from(dimensions.1) / f64::from(dimensions.0);
            for answer in answers.iter().filter(|_| query != "pad=10") {
                let picture = decoded(&answer.body);
                let expected = f64::from(picture.width()) * shape;
                assert!((f64::from(picture.height()) - expected).abs() <= 1.0, "{query}: {:?}", picture.dimensions());
            }
        }
    }
    let trimmed = told("trim=200");
    assert_eq!((trimmed["width"].is_null(), widths(&trimmed)), (true, vec![60, 120]));
}

#[test]
fn a_format_narrows_the_choice_and_so_does_the_operator() {
    let server = serve(&[]);
    let of = |server: &Server, query: &str| mimes(&told(server, &format!("{DANDELION}?picture&{query}")));
    for (query, expected) in [
        ("format=webp", &["image/webp", "image/jpeg"][..]),
        ("format=avif&auto=format", &["image/avif", "image/jpeg"]),
        ("format=png", &["image/png"]),
        ("format=origin", &["image/jpeg"]),
        ("auto=webp", &["image/webp", "image/jpeg"]),
        ("format=auto", &["image/avif", "image/webp", "image/jpeg"]),
    ] {
        assert_eq!(of(&server, query), expected, "{query}");
    }
    let moving = told(&server, "/animals/cat-zoom.gif?picture&widths=40");
    assert_eq!(mimes(&moving), ["image/webp", "image/gif"], "what moves is offered in nothing that does not");
    let drawing = told(&server, "/icons/monkey.svg?picture&widths=40,4000");
    assert_eq!(widths(&drawing), [40, 4000], "a drawing is drawn at any width");
    for (query, status) in [("format=blurhash", 400), ("info", 400), ("w=big", 400), ("wm=missing.png", 404)] {
        assert_eq!(server.get(&format!("{DANDELION}?picture&{query}")).status, status, "{query}");
    }
    for wrong in ["widths=", "widths=0", "widths=a", "picture=2", "lqip=x"] {
        assert_eq!(server.get(&format!("{DANDELION}?picture&{wrong}")).status, 400, "{wrong}");
    }
    let allowed = serve(&[("IMAGE_PROXY_ALLOWED_OUTPUT_FORMATS", "jpeg,webp")]);
    assert_eq!(of(&allowed, ""), ["image/webp", "image/jpeg"]);
    assert_eq!(allowed.get(&format!("{DANDELION}?picture&format=avif")).status, 415);
    let preferred = serve(&[("IMAGE_PROXY_PREFERRED_FORMATS", "webp")]);
    assert_eq!(of(&preferred, ""), ["image/webp", "image/jpeg"]);
}

#[test]
fn it_is_tagged_and_kept_briefly_in_either_form() {
    let server = serve(&[]);
    let target = format!("{DANDELION}?picture&lqip");
    let (page, json) = (server.get(&target), server.get_with(&target, &[JSON]));
    for (answer, more) in [(&page, ("Accept", "text/html")), (&json, JSON)] {
        assert_eq!(answer.header("vary").as_deref(), Some("accept"));
        assert_eq!(answer.header("cache-control").as_deref(), Some("public, max-age=60, no-transform"));
        let tag = answer.header("etag").unwrap();
        let known = server.get_with(&target, &[more, ("If-None-Match", &tag)]);
        assert_eq!((known.status, known.body.len(), known.header("etag")), (304, 0, Some(tag)));
        assert_eq!(known.header("cache-control").as_deref(), Some("public, max-age=60, no-transform"));
        let head = server.ask("HEAD", &target, &[more]);
        assert_eq!((head.status, head.header("content-length")), (200, answer.header("content-length")));
    }
    assert_ne!(page.header("etag"), json.header("etag"));
    assert_eq!(server.get("/missing.jpg?picture").status, 404);
    let place = Place::with(&[("a.jpg", photo("nature/dandelion.jpg"))]);
    let server = place.serve(&[]);
    let before = server.get("/a.jpg?picture").header("etag");
    place.put("a.jpg", photo("people/astronaut.jpg"));
    assert_ne!(server.get("/a.jpg?picture").header("etag"), before);
}

#[test]
fn where_urls_are_signed_so_are_those_of_the_element() {
    let keys = ("IMAGE_PROXY_SIGNING_KEYS", "docs:a secret of docs");
    let place = Place::new();
    let sign = |target: &str| {
        let output = place.command(&[keys]).args(["sign", target]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    for mode in ["renditions", "all"] {
        let server = serve(&[("IMAGE_PROXY_SIGNING", mode), keys]);
        assert_eq!(server.get(&format!("{DANDELION}?picture")).status, 403);
        let told = told(&server, &sign(&format!("{DANDELION}?picture&widths=60,120&bw=1")));
        assert!(offers(&told).iter().flat_map(|offer| &offer.files).all(|(url, _)| url.contains("&sig=")), "{told}");
        assert_kept(&server, &told);
        let forged = offers(&told)[0].files[0].0.replace("w=60", "w=61");
        assert_eq!(server.get(&forged).status, 403);
        // A page that is good for a while gives no URLs that are good for ever.
        let until = "exp=99999999999";
        let told = self::told(&server, &sign(&format!("{DANDELION}?picture&widths=60&{until}")));
        assert!(offers(&told).iter().flat_map(|offer| &offer.files).all(|(url, _)| url.contains(until)), "{told}");
    }
}

#[test]
fn its_urls_are_those_that_clients_have() {
    let server = serve(&[("IMAGE_PROXY_DIALECTS", "native=/img"), ("IMAGE_PROXY_STRIP_PATH", "static/pictures")]);
    let told = told(&server, "/img/static//pictures/./nature/dandelion.jpg?picture&widths=60");
    let url = &offers(&told)[0].files[0].0;
    assert!(url.starts_with("/img/static/pictures/nature/dandelion.jpg?w=60&format=avif"), "{url}");
    assert_kept(&server, &told);
}

/// What Chromium takes of widths in CSS pixels of the page and a ratio (`SelectionLogic` in Blink's `html_srcset_parser.cc`).
fn chosen(widths: &[u32], shown: u32, ratio: u32) -> u32 {
    let density = |width: u32| f64::from(width) / f64::from(shown);
    for pair in widths.windows(2) {
        let [narrow, wide] = [density(pair[0]), density(pair[1])];
        let ratio = f64::from(ratio);
        if wide < ratio {
            continue;
        }
        let takes_wide = (ratio <= 1.0 && ratio > narrow) || ratio >= (narrow * wide).sqrt();
        return if takes_wide { pair[1] } else { pair[0] };
    }
    *widths.last().unwrap()
}

/// What a page writes of itself; `None` where there is no Chromium. It may be asked for what it has before a frame has said
/// anything, and is then asked once more.
fn line_shown(page: &Path, ratio: u32) -> Option<String> {
    for _ in 0..50 {
        let dom = chromium(page, ratio)?;
        if let Some(rest) = dom.split("<pre>").nth(1) {
            return Some(rest.split("</pre>").next().unwrap().replace("&amp;", "&"));
        }
    }
    panic!("the page {} writes nothing", page.display());
}

#[test]
fn chromium_takes_the_file_that_suits_the_screen() {
    let server = serve(&[]);
    let target = format!("{DANDELION}?picture&w=1000&lqip=1&alt=Dandelions");
    let (element, told) = (html(&server, &target), told(&server, &target));
    // A page counts as loaded before what is lazy is.
    let element = element.replace(" loading=\"lazy\"", "");
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    // The picture is chosen once its frame has a width; asking for it has the page around it laid out.
    let inner = format!(
        "<!doctype html><base href='http://{}/'><style>body{{margin:0}}img{{width:100%;height:auto}}</style><body>\
         <template>{element}</template><script>const show = () => {{ const shown = innerWidth;\
         if (!shown) return setTimeout(show);\
         document.body.append(document.querySelector('template').content);\
         const img = document.querySelector('img');\
         img.onload = () => parent.postMessage([shown, img.currentSrc, img.naturalWidth], '*'); }}; show();</script>",
        server.address()
    );
    let inner = inner.replace('&', "&amp;").replace('"', "&quot;");
    let offers = offers(&told);
    let widths: Vec<_> = offers[0].files.iter().map(|(_, width)| *width).collect();
    // The browser does not wait long, and here they are made slowly.
    offers[0].files.iter().for_each(|(url, _)| assert_eq!(server.get(url).status, 200, "{url}"));
    let mut taken = Vec::new();
    // Each in a browser that knows nothing: it takes a larger file that it has already.
    for (viewport, ratio) in [150, 320, 480].into_iter().flat_map(|viewport| [(viewport, 1), (viewport, 2)]) {
        let outer = format!(
            "<!doctype html><body><script>onmessage = ({{ data }}) => {{ const line = document.createElement('pre');\
             line.textContent = JSON.stringify(data); document.body.append(line); }};</script>\n\
             <iframe srcdoc=\"{inner}\" style='border:0;width:{viewport}px;height:400px'></iframe>\n"
        );
        fs::write(&page, outer).unwrap();
        let Some(line) = line_shown(&page, ratio) else { return };
        let (shown, url, _): (u32, String, u32) = serde_json::from_str(&line).unwrap();
        let expected = chosen(&widths, viewport, ratio);
        let (path, _) = offers[0].files.iter().find(|(_, width)| *width == expected).unwrap();
        assert_eq!((shown, url), (viewport, format!("http://{}{path}", server.address())), "{viewport} at {ratio}");
        taken.push(expected);
    }
    taken.sort_unstable();
    taken.dedup();
    assert!(taken.len() >= 4, "several are taken: {taken:?}");
}
