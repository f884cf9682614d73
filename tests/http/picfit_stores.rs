//! The dialect of picfit: where renditions are stored that clients are led to, and what its configuration says of that.

use std::fs;
use std::path::Path;

use image::ImageFormat;
use serde_json::Value;

use crate::client::Answer;
use crate::pictures::{decoded, original, quarters, written};
use crate::server::{Place, Server};

const MOUNTED: (&str, &str) = ("IMAGE_PROXY_DIALECTS", "picfit=/img");
const TOKEN: (&str, &str) = ("IMAGE_PROXY_ADMIN_TOKEN", "sixteen-letters!");
const SHOWN: (&str, &str) = ("Authorization", "Bearer sixteen-letters!");
const CONFIGURED: (&str, &str) = ("IMAGE_PROXY_PICFIT_CONFIG", "config.json");
/// Of `{"h":"100","op":"resize","path":"a.png","w":"100"}`, as `md5sum` has it.
const KEY: &str = "a2a72f45fb13d7fd7db4fc64b7a1a8ed";

fn place() -> Place {
    Place::with(&[("a.png", original("cat.png")), ("b.png", original("cat.png"))])
}

fn told(answer: &Answer) -> Value {
    assert_eq!((answer.status, answer.content_type().as_str()), (200, "application/json; charset=utf-8"));
    serde_json::from_slice(&answer.body).unwrap()
}

/// A server with a store of renditions that clients get at.
fn storing(place: &Place, variables: &[(&str, &str)]) -> Server {
    let url = format!("file://{}", place.outside().join("made").display());
    let store = [
        MOUNTED,
        TOKEN,
        ("IMAGE_PROXY_RESULTS_URL", url.as_str()),
        ("IMAGE_PROXY_RESULTS_PUBLIC_URL", "https://img.example.com/made"),
    ];
    place.serve(&[&store, variables].concat())
}

fn configured(place: &Place, json: &str) -> Server {
    fs::write(place.work().join("config.json"), json).unwrap();
    place.serve(&[MOUNTED, TOKEN, CONFIGURED])
}

fn check(place: &Place, json: &str, variables: &[(&str, &str)]) -> (Option<i32>, String) {
    fs::write(place.work().join("config.json"), json).unwrap();
    checked(place, &[&[MOUNTED, CONFIGURED], variables].concat())
}

/// The status of a check of settings, and all that it says.
fn checked(place: &Place, variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let output = place.command(variables).arg("--check-config").output().unwrap();
    (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

#[test]
fn a_client_is_led_to_a_rendition_once_it_is_stored() {
    let place = place();
    let (server, made) = (storing(&place, &[]), place.outside().join("made"));
    let led = server.get("/img/redirect/resize/100x100/a.png");
    let location = format!("https://img.example.com/made/{KEY}.png");
    assert_eq!((led.status, led.header("location"), led.body.len()), (301, Some(location.clone()), 0));
    let stored = made.join(format!("{KEY}.png"));
    assert_eq!(decoded(&fs::read(&stored).unwrap()).dimensions(), (100, 100));
    assert_eq!(fs::read(&stored).unwrap(), server.get("/img/display/resize/100x100/a.png").body);
    let body = told(&server.get("/img/get?path=a.png&op=resize&w=100&h=100"));
    let expected = serde_json::json!({
        "filename": format!("{KEY}.png"),
        "path": stored,
        "url": location,
        "key": KEY,
    });
    assert_eq!(body, expected);
    // What is to go out as it is, is stored as it is.
    let noop = told(&server.get("/img/get?path=a.png&op=noop"));
    let plain = made.join(noop["filename"].as_str().unwrap());
    assert_eq!(fs::read(plain).unwrap(), original("cat.png"));
    for target in ["/img/get/resize/10x10/c.png", "/img/redirect?path=c.png&op=noop"] {
        assert_eq!(server.get(target).status, 404, "{target}");
    }
}

#[test]
fn what_is_stored_is_of_the_present_version_and_goes_with_a_purge() {
    let place = place();
    let (server, made) = (storing(&place, &[]), place.outside().join("made"));
    let stored = made.join(format!("{KEY}.png"));
    let target = "/img/get/resize/100x100/a.png";
    told(&server.get(target));
    let first = fs::read(&stored).unwrap();
    // Known to be there, it is not stored again; another server looks.
    let puts = |server: &Server| server.metric("image_proxy_store_requests_total", &["results", "operation=\"put\""]);
    let before = puts(&server);
    told(&server.get(target));
    assert_eq!(puts(&server), before);
    let other = storing(&place, &[]);
    told(&other.get(target));
    assert_eq!(puts(&other), 0.0);
    place.put("a.png", written(&quarters(64, 48, [[9, 99, 199, 255]; 4]), ImageFormat::Png));
    server.wait_until("the new version is stored", |server| {
        told(&server.get(target));
        fs::read(&stored).unwrap() != first
    });
    told(&server.get("/img/get/resize/100x100/b.png"));
    assert_eq!(server.ask("DELETE", "/_/cache/a.png", &[SHOWN]).status, 204);
    server.wait_until("what was stored of it is deleted", |_| !stored.exists());
    let left =
        |made: &Path| fs::read_dir(made).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_file()).count();
    assert!(left(&made) > 0, "what is of others stays");
    told(&server.get(target));
    assert!(stored.exists());
}

#[test]
fn without_a_store_that_clients_get_at_it_is_said_what_to_set() {
    let place = place();
    let plain = place.serve(&[MOUNTED]);
    for target in ["/img/redirect/resize/100x100/a.png", "/img/get?path=a.png&op=noop"] {
        let refused = plain.get(target);
        assert_eq!(refused.status, 403, "{target}");
        assert!(refused.text().contains("renditions are not stored"), "{}", refused.text());
    }
    let hidden = storing(&place, &[("IMAGE_PROXY_RESULTS_PUBLIC_URL", "")]);
    let refused = hidden.get("/img/redirect/resize/100x100/a.png");
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("nobody gets at stored renditions"), "{}", refused.text());
    assert_eq!(told(&hidden.get("/img/get/resize/100x100/a.png"))["url"], "");
    let blocked = place.outside().join("made");
    fs::remove_dir_all(&blocked).unwrap();
    fs::write(&blocked, "no folder").unwrap();
    let broken = storing(&place, &[]);
    assert_eq!(broken.get("/img/get/resize/90x90/a.png").status, 502);
    assert_eq!(broken.get("/img/display/resize/90x90/a.png").status, 200);
}

#[test]
fn a_configuration_without_a_destination_stores_beside_the_originals_in_sharded_folders() {
    let place = place();
    let json = format!(
        r#"{{"kvstore": {{"prefix": "picfit:", "type": "redis", "redis": {{"host": "127.0.0.1", "password": "hidden"}}}},
            "storage": {{"src": {{"type": "fs", "location": "{}/", "base_url": "http://img.example.com"}}}},
            "shard": {{"width": 1, "depth": 2}}, "port": 3001}}"#,
        place.root().display()
    );
    let server = configured(&place, &json);
    let sharded = format!("a/2/{}.png", &KEY[2..]);
    let body = told(&server.get("/img/get/resize/100x100/a.png"));
    assert_eq!(body["url"], format!("http://img.example.com/{sharded}"));
    assert_eq!(body["path"], place.root().join(&sharded).display().to_string());
    let led = server.get("/img/redirect/resize/100x100/a.png");
    assert_eq!((led.status, led.header("location").as_deref()), (301, body["url"].as_str()));
    assert!(place.root().join(&sharded).is_file());
    // Not even a purge of everything reaches the originals.
    let folder = "0123456789abcdef0123456789abcdef";
    place.put(&format!("{folder}/{folder}.png"), original("cat.png"));
    assert_eq!(server.ask("DELETE", "/_/cache/", &[SHOWN]).status, 204);
    server.wait_until("what was stored is deleted", |_| !place.root().join(&sharded).exists());
    assert!(place.root().join(format!("{folder}/{folder}.png")).exists() && place.root().join("a.png").exists());
    assert!(server.stop().iter().all(|line| !line.contains("hidden")));
}

#[test]
fn the_folder_of_originals_is_that_of_the_configuration_and_both_agree() {
    let place = place();
    let json = |location: &Path| {
        let location = location.display();
        format!(r#"{{"storage": {{"src": {{"type": "fs", "location": "{location}"}}}}}}"#)
    };
    let other = place.outside().join("pictures");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("c.png"), original("cat.png")).unwrap();
    let server = {
        fs::write(place.work().join("config.json"), json(&other)).unwrap();
        let mut command = place.command(&[MOUNTED, CONFIGURED]);
        let checked = command.env_remove("IMAGE_PROXY_ROOT_PATH").arg("--check-config").output().unwrap();
        let text = String::from_utf8(checked.stdout).unwrap();
        assert!(checked.status.success(), "{text}");
        assert!(text.contains("IMAGE_PROXY_PICFIT_CONFIG: storage.src.location is honoured"), "{text}");
        place.serve(&[MOUNTED, CONFIGURED, ("IMAGE_PROXY_ROOT_PATH", other.to_str().unwrap())])
    };
    assert_eq!(server.get("/img/display/noop/x/c.png").status, 200);
    let (status, text) = check(&place, &json(&other), &[]);
    assert_eq!(status, Some(78));
    assert!(text.contains("they must agree"), "{text}");
}

#[test]
fn what_becomes_of_each_setting_is_told_and_no_secret() {
    let place = place();
    let json = r#"{"debug": true, "secret_key": "hidden-key", "kvstore": {"type": "redis"}, "sentry": {"dsn": "hidden-dsn"},
        "options": {"enable_pprof": true}, "colour": "red"}"#;
    let (status, text) = check(&place, json, &[]);
    assert_eq!(status, Some(0), "{text}");
    for line in [
        "IMAGE_PROXY_PICFIT_CONFIG: secret_key is honoured\n",
        "IMAGE_PROXY_PICFIT_CONFIG: kvstore.type is honoured: the renditions' own index takes the place of a key/value store\n",
        "IMAGE_PROXY_PICFIT_CONFIG: sentry.dsn does not apply: errors are in the log and in /metrics\n",
        "IMAGE_PROXY_PICFIT_CONFIG: debug does not apply: RUST_LOG says what is logged\n",
        "IMAGE_PROXY_PICFIT_CONFIG: colour is unknown\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
    assert!(!text.contains("hidden"), "{text}");
    for (json, expected) in [
        (
            r#"{"port": "x", "secret_key": "hidden"}"#,
            "IMAGE_PROXY_PICFIT_CONFIG: port: expected a whole number, got a text",
        ),
        ("{\"secret_key\": \"hidden\",", "IMAGE_PROXY_PICFIT_CONFIG: expected JSON, got something else in line 1"),
        (r#"{"storage": {"src": {"type": "s3"}}}"#, "storage.src.bucket_name: expected a text, got none"),
    ] {
        let (status, text) = check(&place, json, &[]);
        assert_eq!(status, Some(78), "{text}");
        assert!(text.contains(expected) && !text.contains("hidden"), "{text}");
    }
    let missing = place.command(&[MOUNTED, ("IMAGE_PROXY_PICFIT_CONFIG", "nowhere.json")]).output().unwrap();
    assert_eq!(missing.status.code(), Some(78));
}

#[test]
fn buckets_and_addresses_of_the_configuration_count_where_nothing_else_is_set() {
    let place = place();
    let json = r#"{"port": 3001, "options": {"default_user_agent": "picfit/1"}, "storage": {
        "src": {"type": "s3", "bucket_name": "originals", "location": "a/b", "region": "eu-west-1",
                "access_key_id": "hidden-id", "secret_access_key": "hidden-key"},
        "dst": {"type": "s3", "bucket_name": "made", "region": "eu-west-1", "base_url": "https://img.example.com"}}}"#;
    let (_, text) = check(&place, json, &[("AWS_ENDPOINT_URL", "http://127.0.0.1:1")]);
    for line in [
        "IMAGE_PROXY_ROOT_URL=s3://originals/a/b\n",
        "IMAGE_PROXY_RESULTS_URL=s3://made\n",
        "IMAGE_PROXY_RESULTS_PUBLIC_URL=https://img.example.com\n",
        "IMAGE_PROXY_USER_AGENT=picfit/1\n",
        "AWS_SECRET_ACCESS_KEY=…\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
    assert!(!text.contains("hidden") && !text.contains(":3001"), "{text}");
    let set = [("IMAGE_PROXY_RESULTS_URL", "s3://mine"), ("AWS_ENDPOINT_URL", "http://127.0.0.1:1")];
    let (_, text) = check(&place, json, &set);
    assert!(text.contains("IMAGE_PROXY_RESULTS_URL=s3://mine\n"), "{text}");
    assert!(!text.contains("img.example.com"), "{text}");
}

#[test]
fn variables_of_picfit_go_before_its_file_and_are_named() {
    let place = place();
    let written = place.work().join("config.json");
    fs::write(&written, r#"{"secret_key": "hidden", "engine": {"quality": 50}}"#).unwrap();
    let checked = |variables: &[(&str, &str)]| checked(&place, variables);
    let own = [
        MOUNTED,
        ("PICFIT_CONFIG_PATH", written.to_str().unwrap()),
        ("PICFIT_SECRET_KEY", "another-secret"),
        ("PICFIT_OPTIONS_ALLOWED_SIZES", r#"[{"width": 10, "height": 10}]"#),
        ("PICFIT_KVSTORE_TYPE", "cache"),
        ("PICFIT_NOTHING", "x"),
    ];
    let (status, told) = checked(&own);
    assert_eq!(status, Some(0), "{told}");
    for line in [
        "engine.quality is honoured",
        "PICFIT_SECRET_KEY is honoured",
        "PICFIT_OPTIONS_ALLOWED_SIZES is honoured",
        "PICFIT_KVSTORE_TYPE is honoured: the renditions' own index",
        "PICFIT_NOTHING is unknown",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    assert!(!told.contains("another-secret") && !told.contains("hidden"), "{told}");
    let wrong = checked(&[MOUNTED, ("PICFIT_PORT", "many")]);
    assert!(wrong.0 == Some(78) && wrong.1.contains("PICFIT_PORT: expected a whole number"), "{}", wrong.1);
    let elsewhere = checked(&[("PICFIT_PORT", "many"), ("PICFIT_CONFIG_PATH", "/nowhere")]);
    assert_eq!(elsewhere.0, Some(0), "they are another program's: {}", elsewhere.1);
    let server = place.serve(&[MOUNTED, ("PICFIT_OPTIONS_ALLOWED_SIZES", own[3].1)]);
    assert_eq!(server.get("/img/display/resize/10x10/a.png").status, 200);
    assert_eq!(server.get("/img/display/resize/11x10/a.png").status, 403);
}
