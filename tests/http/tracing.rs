//! What an answer tells about how it was made, and the id by which it is found again in the log.

use crate::pictures::plain;
use crate::server::{Place, Server};

fn serve(variables: &[(&str, &str)]) -> Server {
    Place::with(&[("a.png", plain([1, 2, 3]))]).serve(variables)
}

fn stages(server: &Server, target: &str) -> Vec<String> {
    let timing = server.get(target).header("server-timing").unwrap_or_default();
    let metrics = timing.split(", ").filter(|metric| !metric.is_empty());
    metrics
        .map(|metric| {
            let (name, duration) = metric.split_once(";dur=").unwrap();
            assert!(duration.parse::<f64>().unwrap() >= 0.0, "{metric}");
            name.to_owned()
        })
        .collect()
}

#[test]
fn a_rendition_tells_how_long_each_stage_took() {
    let server = serve(&[("IMAGE_PROXY_ENABLE_CACHE", "true")]);
    let made = ["cache_lookup", "queue_wait", "read", "decode", "resize", "colour", "encode"];
    assert_eq!(stages(&server, "/a.png?size=10"), made);
    assert_eq!(stages(&server, "/a.png?size=10"), ["cache_lookup"]);
    assert!(stages(&server, "/a.png").is_empty());
}

#[test]
fn the_times_can_be_kept_to_ourselves() {
    let server = serve(&[("IMAGE_PROXY_SERVER_TIMING", "false")]);
    assert!(stages(&server, "/a.png?size=10").is_empty());
}

#[test]
fn the_id_of_a_request_is_in_the_answer_and_in_the_log() {
    let server = serve(&[("RUST_LOG", "info,image_proxy=debug")]);
    let given = server.get_with("/a.png", &[("X-Request-Id", "from-the-proxy-7")]);
    assert_eq!(given.header("x-request-id").as_deref(), Some("from-the-proxy-7"));
    let made = server.get_with("/missing.png", &[("X-Request-Id", "not \"sane\"")]).header("x-request-id").unwrap();
    assert_eq!(made.len(), 16, "{made}");
    for id in ["from-the-proxy-7", &made] {
        assert!(server.log_line(id).contains("request"), "{id}");
    }
}
