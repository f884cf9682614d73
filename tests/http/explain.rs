//! `?explain` says why a picture would be what it would be, and makes nothing.

use serde_json::{Value, json};

use crate::pictures::{BLUE, GREEN, RED, WHITE, jpeg, quarters};
use crate::server::{Place, Server};

const EXPLAIN: (&str, &str) = ("IMAGE_PROXY_EXPLAIN", "true");
const CACHE: (&str, &str) = ("IMAGE_PROXY_ENABLE_CACHE", "true");

/// With a picture of 1200 by 900.
fn serve(settings: &[(&str, &str)]) -> Server {
    let place = Place::with(&[
        ("a.jpg", jpeg(&quarters(1200, 900, [RED, GREEN, BLUE, WHITE]))),
        ("broken.jpg", b"\xff\xd8\xff".to_vec()),
    ]);
    place.serve(settings)
}

fn explained(server: &Server, query: &str, headers: &[(&str, &str)]) -> Value {
    let answer = server.get_with(&format!("/a.jpg?{query}"), headers);
    assert_eq!(
        (answer.status, answer.content_type().as_str()),
        (200, "application/json"),
        "{query}: {}",
        answer.text()
    );
    assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
    let told: Value = serde_json::from_slice(&answer.body).unwrap();
    let mut keys: Vec<_> = told.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["advice", "cache", "decision", "ignored", "key", "steps", "times", "wishes"]);
    told
}

#[test]
fn a_rendition_is_explained_and_not_made() {
    let server = serve(&[EXPLAIN, CACHE]);
    let query = "width=300&h=300&fit=cover&blur=2&format=webp&explain";
    let told = explained(&server, query, &[]);
    assert_eq!(told["wishes"], json!({ "w": "300", "h": "300", "fit": "cover", "blur": "2", "format": "webp" }));
    let step = |name: &str, width: u32, height: u32| json!({ "name": name, "width": width, "height": height });
    assert_eq!(told["steps"], json!([step("resize", 400, 300), step("crop", 300, 300), step("blur", 300, 300)]));
    let decision = &told["decision"];
    assert_eq!([&decision["answer"], &decision["format"]], [&json!("rendition"), &json!("webp")]);
    assert_eq!([&decision["width"], &decision["height"], &decision["quality"]], [&json!(300), &json!(300), &json!(80)]);
    assert_eq!([&told["cache"], &told["times"]], [&json!("miss"), &Value::Null]);
    assert!(told["key"].as_str().is_some_and(|key| key.contains("resize 400x300")), "{told}");
    assert_eq!(explained(&server, query, &[])["cache"], "miss", "nothing was made");

    assert_eq!(
        server.get(&format!("/a.jpg?{}", query.replace("&explain", ""))).cache_status().as_deref(),
        Some("MISS")
    );
    let told = explained(&server, query, &[]);
    assert_eq!(told["cache"], "hit");
    for stage in ["decode", "resize", "blur", "encode"] {
        assert!(told["times"][stage].as_f64().is_some_and(|time| time > 0.0), "{stage}: {told}");
    }
}

#[test]
fn what_goes_out_as_it_is_is_explained_too() {
    let server = serve(&[EXPLAIN]);
    for query in ["explain", "explain=1&w=1200", "explain=true&utm=x"] {
        let told = explained(&server, query, &[]);
        assert_eq!(
            [&told["decision"]["answer"], &told["cache"], &told["key"]],
            [&json!("original"), &json!("untouched"), &Value::Null]
        );
        assert_eq!([&told["decision"]["width"], &told["steps"]], [&json!(1200), &json!([])], "{query}");
    }
}

#[test]
fn ignored_parameters_and_wishes_in_vain_are_told() {
    let server = serve(&[EXPLAIN]);
    let told = explained(&server, "wdith=4&w=4000&q=100&format=avif&explain", &[("accept", "image/png")]);
    assert_eq!(told["ignored"], json!([{ "name": "wdith", "did_you_mean": "width" }]));
    let advice: Vec<_> = told["advice"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    for (expected, text) in [
        ("q: 100 is more", advice[0]),
        ("w: 4000 is more", advice[1]),
        ("Accept", advice[2]),
        ("did you mean width?", advice[3]),
    ] {
        assert!(text.contains(expected), "{advice:?}");
    }
    assert_eq!(explained(&server, "w=400&format=avif&explain", &[("accept", "image/avif")])["advice"], json!([]));
}

#[test]
fn what_only_pixels_tell_is_said_at_most() {
    let server = serve(&[EXPLAIN]);
    let told = explained(&server, "trim&w=300&explain", &[]);
    assert_eq!([&told["decision"]["at_most"], &told["decision"]["width"]], [&json!(true), &json!(300)]);
    assert_eq!([&told["steps"][0]["name"], &told["steps"][1]["name"]], [&json!("trim"), &json!("resize")]);
}

#[test]
fn errors_are_those_of_the_picture() {
    let server = serve(&[EXPLAIN, ("IMAGE_PROXY_ALLOWED_SIZES", "400"), ("IMAGE_PROXY_ALLOWED_SIZES_MODE", "refuse")]);
    for (target, expected) in [
        ("/none.jpg?w=400", 404),
        ("/a.jpg?w=wide", 400),
        ("/a.jpg?w=401", 403),
        ("/broken.jpg?w=400", 422),
        ("/../a.jpg?w=400", 400),
    ] {
        assert_eq!(server.get(target).status, expected, "{target}");
        assert_eq!(server.get(&format!("{target}&explain")).status, expected, "{target}");
    }
    assert_eq!(server.get("/a.jpg?explain=perhaps").status, 400);
}

#[test]
fn it_is_an_unknown_word_where_it_is_off_and_one_that_is_read_where_it_is_on() {
    let off = serve(&[]);
    assert_eq!(off.get("/a.jpg?w=400&explain").content_type(), "image/jpeg");
    let signing = [("IMAGE_PROXY_SIGNING", "renditions"), ("IMAGE_PROXY_SIGNING_KEYS", "a:secret")];
    assert_eq!(serve(&signing).get("/a.jpg?explain").status, 200);
    assert_eq!(serve(&[&signing[..], &[EXPLAIN]].concat()).get("/a.jpg?Explain").status, 403);
    let alone = [EXPLAIN, ("IMAGE_PROXY_PRESETS", "a=w=400"), ("IMAGE_PROXY_PRESETS_ONLY", "true")];
    assert_eq!(serve(&alone).get("/a.jpg?preset=a&explain").status, 403);
    let listed = |list| serve(&[EXPLAIN, ("IMAGE_PROXY_ALLOWED_PARAMETERS", list)]).get("/a.jpg?w=400&explain").status;
    assert_eq!([listed("w"), listed("w,explain")], [403, 200]);
}
