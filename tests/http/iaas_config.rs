//! The configuration of iaas, as it is; and the store of renditions that it names.

use std::fs;

use crate::pictures::plain;
use crate::server::{Place, Server};
use crate::upstream::{Reply, Upstream};

const MOUNTED: (&str, &str) = ("IMAGE_PROXY_DIALECTS", "iaas=/");
const CONFIG: &str = "IMAGE_PROXY_IAAS_CONFIG";

fn written(place: &Place, json: &str) -> String {
    let path = place.outside().join("config.json");
    fs::write(&path, json).unwrap();
    path.to_str().unwrap().to_owned()
}

/// What the check of the settings says, and how it ends.
fn checked(place: &Place, variables: &[(&str, &str)]) -> (String, Option<i32>) {
    let output = place.command(variables).env_remove("IMAGE_PROXY_ROOT_PATH").arg("--check-config").output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(!said.contains("hidden"), "{said}");
    (said, output.status.code())
}

fn puts(server: &Server) -> f64 {
    let labels = ["store=\"results\"", "operation=\"put\"", "outcome=\"ok\""];
    server.metric("image_proxy_store_requests_total", &labels)
}

#[test]
fn each_setting_is_told_what_became_of_it_and_no_secret_is() {
    let place = Place::new();
    let root = place.root();
    let config = written(
        &place,
        &format!(
            r#"{{"originals_dir": "{}", "secret": "hidden", "freshness": "hidden", "timeout": {{"conversion": 1500}},
            "postgresql": {{"user": "me", "password": "hidden"}}, "redis": {{"url": "redis://:hidden@cache"}},
            "constraints": {{"max_width": 300, "max_height": 200}}, "listen_address": "127.0.0.1", "surprise": 1}}"#,
            root.display()
        ),
    );
    let (said, code) = checked(&place, &[MOUNTED, (CONFIG, &config)]);
    assert_eq!(code, Some(0), "{said}");
    for line in [
        format!("IMAGE_PROXY_ROOT_PATH={}", root.display()),
        "IMAGE_PROXY_TIMEOUT=1.5s".to_owned(),
        format!("{CONFIG}: originals_dir is honoured"),
        format!("{CONFIG}: constraints.max_width is honoured"),
        format!("{CONFIG}: secret is honoured"),
        format!("{CONFIG}: surprise is unknown"),
    ] {
        assert!(said.lines().any(|known| known == line), "{line}: {said}");
    }
    for start in
        ["postgresql.password does not apply: ", "redis.url does not apply: ", "listen_address does not apply: "]
    {
        assert!(said.contains(&format!("{CONFIG}: {start}")), "{start}: {said}");
    }
    let (said, _) = checked(&place, &[MOUNTED, (CONFIG, &config), ("IMAGE_PROXY_TIMEOUT", "9s")]);
    assert!(said.contains("timeout.conversion does not apply: IMAGE_PROXY_TIMEOUT is set"), "{said}");
    let (said, _) = checked(&place, &[(CONFIG, &config)]);
    assert!(said.contains("IMAGE_PROXY_IAAS_CONFIG has no effect"), "{said}");
}

#[test]
fn a_broken_configuration_keeps_the_server_from_starting() {
    let place = Place::new();
    let missing = place.outside().join("missing.json");
    for (config, expected) in [
        (missing.to_str().unwrap().to_owned(), "cannot be read"),
        (written(&place, "{\"secret\": \"hidden\""), "expected a JSON object"),
    ] {
        let (said, code) = checked(&place, &[MOUNTED, (CONFIG, &config)]);
        assert!(code == Some(78) && said.contains(CONFIG) && said.contains(expected), "{said}");
    }
    for (json, expected) in [
        (r#"{"constraints": {"max_width": "hidden"}}"#, "constraints.max_width: expected a whole number of pixels"),
        (r#"{"aws": {"bucket": "a b"}}"#, "aws.: expected the name of a bucket"),
        (r#"{"aws": {"bucket": "a", "cache_host": "//hidden"}}"#, "aws.: expected an http or https URL"),
    ] {
        let config = written(&place, json);
        let (said, code) = checked(&place, &[MOUNTED, (CONFIG, &config)]);
        assert!(code == Some(78) && said.contains(expected), "{json}: {said}");
    }
    let config = written(&place, r#"{"originals_dir": "/elsewhere"}"#);
    let other = place.command(&[MOUNTED, (CONFIG, &config)]).arg("--check-config").output().unwrap();
    let said = String::from_utf8(other.stderr).unwrap();
    assert!(other.status.code() == Some(78) && said.contains("they must agree"), "{said}");
}

#[test]
fn its_limits_and_its_folder_of_originals_count() {
    let place = Place::with(&[("a", plain([9, 40, 90]))]);
    let json = format!(
        r#"{{"originals_dir": "{}", "constraints": {{"max_width": 40, "max_height": 30}}, "allow_indexing": true}}"#,
        place.root().display()
    );
    let config = written(&place, &json);
    let server = place.serve(&[MOUNTED, (CONFIG, &config)]);
    assert_eq!(server.get("/a_40_30.png").status, 200);
    let location = server.get("/a_41_10.png").header("location");
    assert_eq!(location.as_deref(), Some("/a_40_10.png?fit=clip&blur=false&quality=-1"));
    let location = server.get("/a_x_y.png").header("location");
    assert_eq!(location.as_deref(), Some("/a_40_30.png?fit=clip&blur=false&quality=-1"));
    assert_eq!(server.get("/robots.txt").text(), "User-Agent: *\nAllow: /\n");
}

#[test]
fn clients_are_sent_to_what_is_stored_unless_they_ask_for_it_here() {
    let place = Place::with(&[("a", plain([9, 40, 90]))]);
    let config = written(&place, r#"{"redirect_cache_timeout": 604800, "freshness": "new"}"#);
    let url = format!("file://{}", place.outside().join("results").display());
    let server = place.serve(&[
        MOUNTED,
        (CONFIG, &config),
        ("IMAGE_PROXY_RESULTS_URL", &url),
        ("IMAGE_PROXY_RESULTS_REDIRECT", "true"),
        ("IMAGE_PROXY_RESULTS_PUBLIC_URL", "https://pictures.example/made"),
    ]);
    let target = "/a_20_20.png";
    assert_eq!(server.get(target).status, 200);
    server.wait_until("it is stored", |server| puts(server) == 1.0);
    let led = server.get(target);
    assert_eq!(led.status, 303);
    assert!(led.header("location").unwrap().starts_with("https://pictures.example/made/"));
    assert_eq!(led.header("cache-control").as_deref(), Some("max-age=604800"));
    assert_eq!((led.header("x-redirect-info"), led.header("expires")), (None, None));
    assert_eq!(led.header("vary").as_deref(), Some("freshness-token"));
    let fresh = server.get_with(target, &[("Freshness-Token", "new")]);
    assert_eq!((fresh.status, fresh.cache_status().as_deref()), (200, Some("MISS")));
    assert_eq!(server.get_with(target, &[("Freshness-Token", "old")]).status, 303);
    for answer in [server.get("/a_20_20.png?proxy=true"), server.ask("HEAD", target, &[]), server.get("/a.png")] {
        assert_eq!((answer.status, answer.content_type().as_str()), (200, "image/png"));
    }
    assert_eq!(server.get("/a.webp").status, 200);
    server.wait_until("it is stored too", |server| puts(server) == 2.0);
    assert_eq!(server.get("/a.webp").status, 200, "an original is not sent elsewhere");
    assert_eq!(puts(&server), 2.0, "what is made anew is not stored");
}

#[test]
fn the_bucket_of_the_configuration_is_the_store_of_renditions() {
    let empty = Upstream::start(|_| Reply::status("404 Not Found"));
    let headers = [("ETag", "\"one\""), ("Last-Modified", "Mon, 30 Nov 2026 09:00:00 GMT")];
    let full = Upstream::start(move |_| Reply::with("200 OK", &headers, b""));
    let place = Place::with(&[("a", plain([9, 40, 90]))]);
    let aws = r#"{"access_key": "key-of-the-file", "secret_key": "hidden", "region": "eu-west-1", "bucket": "made",
        "cache_host": "https://pictures.example/made"}"#;
    let config = written(&place, &format!("{{\"aws\": {aws}}}"));
    let endpoint = ("AWS_ENDPOINT_URL", empty.base());
    let server = place.serve(&[MOUNTED, (CONFIG, &config), endpoint]);
    assert_eq!(server.get("/a_20_20.png").status, 200);
    let put = || empty.asked().into_iter().find(|asked| asked.header("content-type") == Some("image/png"));
    server.wait_until("it is put there", |_| put().is_some());
    let put = put().unwrap();
    assert!(put.target.starts_with("/made/") && put.target.ends_with(".png"), "{put:?}");
    assert!(put.header("authorization").unwrap().contains("key-of-the-file/"), "{put:?}");

    let server = place.serve(&[MOUNTED, (CONFIG, &config), ("AWS_ENDPOINT_URL", full.base())]);
    let led = server.get("/a_20_20.png");
    let location = led.header("location").unwrap();
    assert!(led.status == 303 && location.starts_with("https://pictures.example/made/"), "{location}");
    assert_eq!(led.header("cache-control"), None, "nothing is said of how long it may be kept");

    let own = [("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "y")];
    let (said, _) = checked(&place, &[MOUNTED, (CONFIG, &config), endpoint, own[0], own[1]]);
    for line in [
        "IMAGE_PROXY_RESULTS_URL=s3://made/",
        "IMAGE_PROXY_RESULTS_REDIRECT=true",
        "aws.secret_key does not apply: the AWS_* variables",
        "aws.region is honoured",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    let other = ("IMAGE_PROXY_RESULTS_URL", "file:///tmp/none");
    let (said, _) = checked(&place, &[MOUNTED, (CONFIG, &config), other]);
    assert!(said.contains("aws.bucket does not apply: IMAGE_PROXY_RESULTS_URL is set"), "{said}");
}
