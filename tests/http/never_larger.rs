//! A rendition is never more than its original was: neither in bytes, where it shows the same, nor in quality.

use image::ImageFormat;

use crate::pictures::{decoded, original, written};
use crate::server::{Place, Server};

fn stages(server: &Server, target: &str) -> (Vec<u8>, String) {
    let answer = server.get(target);
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    let stages = answer.header("server-timing").unwrap();
    (answer.body, stages)
}

/// The cat in gray, packed as well as can be.
fn gray_cat() -> Vec<u8> {
    let place = Place::with(&[("a.png", original("cat.png"))]);
    place.serve(&[("IMAGE_PROXY_PNG_COMPRESSION_LEVEL", "9")]).get("/a.png?bw=1").body
}

#[test]
fn a_rendition_that_shows_the_same_in_more_bytes_is_the_original() {
    let gray = gray_cat();
    let server = Place::with(&[("gray.png", &gray)]).serve(&[("IMAGE_PROXY_PNG_COMPRESSION_LEVEL", "0")]);
    let (first, made) = stages(&server, "/gray.png?bw=1");
    assert!(first == gray && made.contains("encode"), "{made}");
    // Nobody has to find out again.
    let (second, kept) = stages(&server, "/gray.png?bw=1");
    assert!(second == gray && !kept.contains("decode") && !kept.contains("encode"), "{kept}");
    let head = server.ask("HEAD", "/gray.png?bw=1", &[]);
    assert_eq!(head.header("content-length"), Some(gray.len().to_string()));
}

#[test]
fn the_verdict_is_cached_as_a_rendition_is() {
    let variables = [("IMAGE_PROXY_PNG_COMPRESSION_LEVEL", "0"), ("IMAGE_PROXY_ENABLE_CACHE", "true")];
    let gray = gray_cat();
    let server = Place::with(&[("gray.png", &gray)]).serve(&variables);
    for expected in ["MISS", "HIT"] {
        let answer = server.get("/gray.png?bw=1");
        assert!(answer.body == gray);
        assert_eq!(answer.cache_status().as_deref(), Some(expected));
    }
}

#[test]
fn a_rendition_that_shows_something_else_is_made_whatever_it_takes() {
    let server = Place::with(&[("a.png", original("cat.png"))]).serve(&[("IMAGE_PROXY_PNG_COMPRESSION_LEVEL", "0")]);
    for target in ["/a.png?bw=1", "/a.png?size=89"] {
        let (rendition, _) = stages(&server, target);
        assert!(rendition != original("cat.png"), "{target}");
    }
}

#[test]
fn a_lossy_original_is_not_coded_finer_than_it_is() {
    let place = Place::with(&[("a.png", original("cat.png"))]);
    let coarse = place.serve(&[("IMAGE_PROXY_JPEG_QUALITY", "20"), ("IMAGE_PROXY_WEBP_QUALITY", "20")]);
    let server = place.serve(&[]);
    for format in ["jpeg", "webp"] {
        place.put(&format!("coarse.{format}"), coarse.get(&format!("/a.png?format={format}")).body);
        let pixels = decoded(&server.get(&format!("/coarse.{format}?format=png")).body);
        place.put(&format!("{format}.png"), written(&pixels, ImageFormat::Png));
        for output in ["avif", "jpeg", "webp"] {
            // The same pixels, once known to be coarse and once not.
            let bytes = |name: &str| server.get(&format!("/{name}?size=80&format={output}")).body.len();
            let (capped, free) = (bytes(&format!("coarse.{format}")), bytes(&format!("{format}.png")));
            assert!(capped * 4 < free * 3, "{format} to {output}: {capped} of {free} bytes");
        }
    }
}
