use codec::{CodecSettings, Codecs};

use super::*;
use crate::dialect::Native;
use crate::request::{
    Condition, Decoding, Dimensions, Facts, Format, FormatWish, Orientation, OutputPolicy, Recipe, Wish,
};

/// The headers of a request that has none.
fn none() -> HeaderMap {
    HeaderMap::new()
}

fn read_by(dialect: &dyn Dialect, url: &str) -> Result<Asked, DialectError> {
    let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
    dialect.read(Wording { method: &Method::GET, path, query, headers: &none() }).asked
}

fn configured(text: &str) -> Picfit {
    Picfit::new(PicfitSettings::parse(text, &[]).unwrap().settings)
}

fn request_in(dialect: &Picfit, url: &str) -> ImageRequest {
    match read_by(dialect, url) {
        Ok(Asked::Image(request)) => request,
        other => panic!("{url}: {other:?}"),
    }
}

fn request(url: &str) -> ImageRequest {
    request_in(&configured("{}"), url)
}

/// The status and the text of a refusal.
fn refusal(dialect: &Picfit, url: &str) -> (u16, String) {
    match read_by(dialect, url) {
        Err(DialectError::Refused(worded)) => (worded.status.as_u16(), worded.body),
        Err(error) => (if error.kind() == DenialKind::NotFound { 404 } else { 400 }, error.to_string()),
        other => panic!("{url}: {other:?}"),
    }
}

#[test]
fn both_forms_are_one_request() {
    let query = request("/display?path=a/city.jpg&op=thumbnail&w=64&h=32");
    assert_eq!(request("/display/thumbnail/64x32/a/city.jpg"), query);
    assert_eq!(request("/display/?h=32&op=thumbnail&path=/a//city.jpg&w=64"), query);
    assert_eq!(query.original.to_string(), "/a/city.jpg");
}

#[test]
fn what_is_wrong_is_told_in_the_words_of_the_other_system() {
    let plain = configured("{}");
    for (url, expected) in [
        ("/display", (400, "Request should contains parameters or query string")),
        ("/display?op=resize&w=10", (400, "Request should contains parameters or query string")),
        ("/display?path=&op=resize", (400, "Request should contains parameters or query string")),
        ("/display?path=a.jpg", (400, "`op` parameter or query string cannot be empty")),
        ("/display?path=a.jpg&op=", (400, "`op` parameter or query string cannot be empty")),
        ("/display?path=a.jpg&op=noop&op=w:3", (400, "`op` parameter or query string cannot be empty")),
        ("/display?path=a.jpg&op=sharpen", (400, "Invalid method sharpen or invalid parameters")),
        ("/display?path=a.jpg&op=op:rotate", (400, "Invalid method op:rotate or invalid parameters")),
        ("/display?path=a.jpg&op=noop&op=op:x+w:3", (400, "Invalid method op:x w:3 or invalid parameters")),
        ("/display?path=a.jpg&op=noop&fmt=tiff", (400, "Unknown format tiff")),
        ("/display?path=a.jpg&op=resize&w=ten", (400, "w: expected a whole number from 0 to 65535, got \"ten\"")),
        ("/display?path=a.jpg&op=resize&h=-1", (400, "h: expected a whole number from 0 to 65535, got \"-1\"")),
        ("/display?path=a.jpg&op=rotate&deg=30", (400, "deg: expected 90, 180 or 270, got \"30\"")),
        ("/display?path=a.jpg&op=flip", (400, "pos: expected h or v, got \"\"")),
        ("/display?path=a.jpg&op=resize&q=200", (400, "q: expected a whole number from 0 to 100, got \"200\"")),
        ("/display?path=a.jpg&op=resize&upscale=yes", (400, "upscale: expected 1, true, 0 or false, got \"yes\"")),
        ("/display?path=a.jpg&op=effect", (400, "filter: expected blur, got \"\"")),
        ("/display?path=..%2Fa.jpg&op=noop", (400, "path: expected no '..' component")),
        ("/display/resize/1x1/a/../../b.jpg", (400, "path: expected no '..' component")),
        ("/display?path=.env&op=noop", (404, "no such image")),
        ("/display/resize/10x10/a%20b.jpg", (404, "no such image")),
        ("/displays?path=a.jpg&op=noop", (404, "no such image")),
        ("/display/resize/10/a.jpg", (404, "no such image")),
        ("/upload", (404, "no such image")),
        ("/", (404, "no such image")),
    ] {
        assert_eq!(refusal(&plain, url), (expected.0, expected.1.to_owned()), "{url}");
    }
    let many = format!("/display?path=a.jpg{}", "&op=noop".repeat(21));
    assert_eq!(refusal(&plain, &many).1, "op: expected at most 20 operations, got \"21\"");
}

#[test]
fn a_url_names_a_picture_of_a_known_type_at_an_origin_that_is_listed() {
    let origins = RemoteOrigins::parse("https://a.example/img/").unwrap();
    let listed = configured("{}").fetching_from(origins.clone());
    let request = request_in(&listed, "/display?url=https%3A%2F%2Fa.example%2Fimg%2Fb.webp&op=resize&w=10&path=c.jpg");
    assert_eq!(request.original.to_string(), "https://a.example/img/b.webp");
    assert_eq!(request.wish.output.format.and_then(named), Some(OutputFormat::WEBP));
    for (url, expected) in [
        ("https://a.example/img/b", (400, "Mimetype  is not supported")),
        ("https://a.example/img/b.svg", (400, "Mimetype image/svg+xml is not supported")),
        ("b.jpg", (400, "URL b.jpg is not valid")),
        ("ftp://a.example/img/b.jpg", (400, "url: expected http or https, got ftp")),
        (
            "https://b.example/img/b.jpg",
            (403, "url: expected one that the server may fetch from, got one at b.example"),
        ),
    ] {
        let expected = (expected.0, expected.1.to_owned());
        assert_eq!(refusal(&listed, &format!("/display?url={url}&op=noop")), expected, "{url}");
    }
    let sniffing = configured(r#"{"options": {"mimetype_detector": "sniff"}}"#).fetching_from(origins);
    request_in(&sniffing, "/display?url=https://a.example/img/b&op=noop");
    let (status, text) = refusal(&configured("{}"), "/display?url=https://a.example/img/b.jpg&op=noop");
    assert!(status == 403 && text.contains("fetched from nowhere"), "{text}");
}

#[test]
fn only_what_is_signed_is_answered_where_there_is_a_key() {
    let signed = configured(r#"{"secret_key": "abcdef"}"#);
    let path = "/display/3439c73717c344d5727698519b7ecf513aad810a/thumbnail/30x40/tower.jpg";
    assert_eq!(request_in(&signed, path).original.to_string(), "/tower.jpg");
    request_in(&signed, "/display?op=resize&path=city.jpg&w=88&sig=f2c60bf21b257e41b600099543c6fee79539d3fd");
    let rounds = "op=op:resize+w:50+h:20&op=op:rotate+deg:90&path=city.jpg";
    request_in(&signed, &format!("/display?{rounds}&sig=70e4914712a6a1382ab0c7be5745351a1ba46da3"));
    for url in [
        "/display?op=resize&path=city.jpg&w=88",
        "/display?op=resize&path=city.jpg&w=89&sig=f2c60bf21b257e41b600099543c6fee79539d3fd",
        "/display?op=resize&path=city.jpg&w=88&force=1&sig=f2c60bf21b257e41b600099543c6fee79539d3fd",
        "/display?op=resize&path=city.jpg&w=88&sig=F2C60BF21B257E41B600099543C6FEE79539D3FD",
        "/display?op=resize&path=city.jpg&w=88&sig=f2c",
        "/display?path=city.jpg&sig=x",
    ] {
        assert_eq!(refusal(&signed, url), (401, "Invalid signature".to_owned()), "{url}");
    }
}

#[test]
fn only_sizes_that_are_allowed_are_made() {
    let sizes = configured(r#"{"options": {"allowed_sizes": [{"width": 100, "height": 50}, {"width": 80}]}}"#);
    for url in [
        "/display?path=a.jpg&op=resize&w=100&h=50",
        "/display/thumbnail/80x/a.jpg",
        "/display/resize/80x0/a.jpg?op=op:rotate+deg:90",
    ] {
        request_in(&sizes, url);
    }
    for url in [
        "/display?path=a.jpg&op=resize&w=50&h=100",
        "/display/resize/x50/a.jpg",
        "/display?path=a.jpg&op=noop",
        "/display?path=a.jpg&op=resize&w=100&h=50&op=op:resize+w:9000",
    ] {
        assert_eq!(refusal(&sizes, url), (403, "Requested size not allowed".to_owned()), "{url}");
    }
}

#[test]
fn the_format_is_that_of_the_name_unless_another_is_asked_for() {
    let of = |dialect: &Picfit, url: &str| request_in(dialect, url).wish.output.format.and_then(named);
    let plain = configured("{}");
    for (name, expected) in [
        ("a.jpg", OutputFormat::JPEG),
        ("a.JPEG", OutputFormat::JPEG),
        ("a.webp", OutputFormat::WEBP),
        ("a.gif", OutputFormat::GIF),
        ("a.bmp", OutputFormat::BMP),
        ("a.tiff", OutputFormat::PNG),
        ("a", OutputFormat::PNG),
    ] {
        assert_eq!(of(&plain, &format!("/display/resize/10x/{name}")), Some(expected), "{name}");
        assert_eq!(of(&plain, &format!("/display/resize/10x/{name}?fmt=jpg")), Some(OutputFormat::JPEG), "{name}");
    }
    let forced = configured(r#"{"engine": {"format": "webp"}}"#);
    assert_eq!(of(&forced, "/display/resize/10x/a.jpg"), Some(OutputFormat::WEBP));
    assert_eq!(of(&forced, "/display/noop/x/a.jpg"), Some(OutputFormat::WEBP));
}

fn named(format: FormatWish) -> Option<OutputFormat> {
    if let FormatWish::Named(output) = format { Some(output) } else { None }
}

#[test]
fn what_is_stored_goes_out_as_it_is_where_nothing_is_to_be_done() {
    for url in ["/display?path=a.png&op=noop", "/display?path=a.png&op=noop&op=op:noop+q:3&q=7&fmt=png&w=3"] {
        assert!(request(url).wish.is_empty(), "{url}");
    }
    assert!(!request("/display?path=a.png&op=noop&fmt=jpg").wish.is_empty());
    assert!(!request("/display?path=a.png&op=resize").wish.is_empty());
}

#[test]
fn the_quality_is_that_of_the_last_operation_that_does_anything() {
    let of = |dialect: &Picfit, url: &str| match request_in(dialect, url).wish.output.coding.quality {
        Some(QualityWish::Number(quality)) => quality.number(),
        other => panic!("{url}: {other:?}"),
    };
    let plain = configured("{}");
    assert_eq!(of(&plain, "/display/resize/10x/a.jpg"), 95);
    assert_eq!(of(&plain, "/display/resize/10x/a.jpg?q=0"), 1);
    assert_eq!(of(&plain, "/display?path=a.jpg&op=op:resize+q:12&op=op:rotate+q:34&op=noop&q=56"), 34);
    assert_eq!(of(&configured(r#"{"engine": {"quality": 70}}"#), "/display/resize/10x/a.jpg"), 70);
}

/// What is decided for an original, in the words of this dialect and in our own.
#[test]
fn what_means_the_same_in_our_own_words_is_the_same_recipe() {
    let policy = OutputPolicy::new(Codecs::new(&CodecSettings::default()).codings());
    let facts = Facts {
        format: Format::Jpeg,
        stored: Dimensions::new(640, 427),
        orientation: Orientation::Upright,
        frames: 1,
        decoding: Decoding { pixel_bytes: 3, working_bytes: 0, is_by_parts: true },
        condition: Condition::CLEAN,
        drawing: None,
    };
    let recipe = |wish: &Wish| Recipe::new(wish, &facts, &[], &policy).unwrap().unwrap();
    for (url, own) in [
        ("/display?path=a.jpg&op=resize&w=200", "/a.jpg?w=200&q=95"),
        ("/display/resize/200x100/a.jpg", "/a.jpg?w=200&h=100&fit=fill&q=95"),
        ("/display/thumbnail/80x40/a.jpg?fmt=webp&q=30", "/a.jpg?w=80&h=40&fit=cover&format=webp&q=30"),
        ("/display?path=a.jpg&op=rotate", "/a.jpg?rotate=270&q=95"),
        ("/display?path=a.jpg&op=flip&pos=v", "/a.jpg?flip=v&q=95"),
        ("/display?path=a.jpg&op=flip&pos=h", "/a.jpg?flip=h&q=95"),
    ] {
        let Ok(Asked::Image(native)) = read_by(&Native::default(), own) else { panic!("{own}") };
        assert_eq!(recipe(&request(url).wish), recipe(&native.wish), "{url}");
    }
}

#[test]
fn a_redirect_stores_under_the_key() {
    let key = "f16eb1f27519b81085a138e6051e83d9";
    let url = "?op=resize&path=photo.jpg&w=150&h=150";
    let name = |name: &str| Delivery::Point(StoredName::new(name));
    for method in ["redirect", "get"] {
        assert_eq!(request(&format!("/{method}{url}")).delivery, name(key));
    }
    assert_eq!(request(&format!("/display{url}")).delivery, Delivery::Send);
    let sharded = configured(r#"{"shard": {"width": 1, "depth": 2}}"#);
    assert_eq!(request_in(&sharded, &format!("/get{url}")).delivery, name("f/1/6eb1f27519b81085a138e6051e83d9"));
}

#[test]
fn it_says_that_it_is_well() {
    let Ok(Asked::Said(worded)) = read_by(&configured("{}"), "/healthcheck") else { panic!() };
    let body: serde_json::Value = serde_json::from_str(&worded.body).unwrap();
    assert_eq!((worded.content_type, &body["status"]), ("application/json; charset=utf-8", &"Ok".into()));
    assert_eq!(body.as_object().unwrap().len(), 9);
}
