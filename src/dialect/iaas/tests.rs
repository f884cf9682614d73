use http::HeaderName;

use super::*;
use crate::dialect::SecretText;
use crate::request::{Gravity, Reference};

fn iaas() -> Iaas {
    let freshness = Some(SecretText::new("new"));
    Iaas::new(IaasSettings { allows_webp: true, freshness, ..IaasSettings::default() }, "/")
}

fn heard(dialect: &Iaas, url: &str, headers: &[(HeaderName, &'static str)]) -> Heard {
    let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
    let headers = headers.iter().cloned().map(|(name, value)| (name, HeaderValue::from_static(value)));
    let headers = headers.collect::<HeaderMap>();
    dialect.read(Wording { method: &Method::GET, path, query, headers: &headers })
}

fn request(url: &str) -> ImageRequest {
    match heard(&iaas(), url, &[]).asked.unwrap() {
        Asked::Image(request) => request,
        asked => panic!("{url}: {asked:?}"),
    }
}

fn edit(url: &str) -> Edit {
    let request = request(url);
    let [edit] = request.wish.edits() else { panic!("{url}: {request:?}") };
    edit.clone()
}

#[test]
fn a_size_is_a_box_in_which_a_picture_may_grow() {
    for (url, width, height, fit) in [
        ("/abc_10_20.jpg", 10, 20, Fit::Contain),
        ("/abc_10_20_2x.jpg?fit=crop", 20, 40, Fit::Cover),
        ("/abc_33_33_1.1x.jpg?fit=canvas", 36, 36, Fit::Pad),
        ("/abc_10.5_0.2.jpg?fit=cover", 11, 1, Fit::Outside),
    ] {
        let Bounds { width: across, height: down, fit: found, may_enlarge, gravity, .. } = edit(url).bounds;
        assert_eq!((across, down), (Some(Length::Pixels(width)), Some(Length::Pixels(height))), "{url}");
        assert_eq!((found, may_enlarge, gravity), (fit, true, Gravity::Halves), "{url}");
    }
    assert_eq!(edit("/abc_10_20.png").background, None);
    assert_eq!(edit("/abc_10_20.png?fit=canvas").background, Some(Background::WHITE.into()));
    assert_eq!(edit("/abc_10_20.png?blur=true").effects.blur, Sigma::parse("7"));
}

#[test]
fn the_ending_says_the_format_and_the_first_frame_is_enough() {
    for (url, format, quality, is_progressive) in [
        ("/abc_10_20.jfif", OutputFormat::JPEG, None, true),
        ("/abc_10_20.tiff?quality=40", OutputFormat::JPEG, Some(40), true),
        ("/abc_10_20.webp?quality=40", OutputFormat::WEBP, Some(40), false),
        ("/abc_10_20.png?quality=40", OutputFormat::LOSSLESS, None, false),
        ("/abc_10_20.jpg?quality=-1", OutputFormat::JPEG, None, true),
    ] {
        let output = request(url).wish.output.clone();
        let quality = quality.map_or(QualityWish::Own, |quality| QualityWish::Number(Quality::new(quality)));
        let coding = CodingWish { quality: Some(quality), is_progressive, ..CodingWish::default() };
        assert_eq!(
            output,
            OutputWish { format: Some(format.into()), coding, is_still: true, ..OutputWish::default() },
            "{url}"
        );
    }
}

#[test]
fn webp_stands_in_where_url_and_client_allow_it_and_then_the_answer_varies() {
    const ACCEPT: HeaderName = http::header::ACCEPT;
    let shows = [(ACCEPT, "image/avif, image/webp;q=0.8")];
    let made = |dialect: &Iaas, url: &str, headers: &[(HeaderName, &'static str)]| {
        let Heard { asked, varies_on, .. } = heard(dialect, url, headers);
        let Asked::Image(request) = asked.unwrap() else { panic!("{url}") };
        (request.wish.output.format == Some(OutputFormat::WEBP.into()), varies_on.has(Hint::Accept))
    };
    let opting_in = iaas();
    assert_eq!(made(&opting_in, "/abc_1_1.jpg?allow_webp=true", &shows), (true, true));
    assert_eq!(made(&opting_in, "/abc_1_1.jpg?allow_webp=true", &[]), (false, true));
    assert_eq!(made(&opting_in, "/abc_1_1.jpg?allow_webp=true", &[(ACCEPT, "image/webp;q=0")]), (false, true));
    assert_eq!(made(&opting_in, "/abc_1_1.jpg", &shows), (false, false));
    assert_eq!(made(&opting_in, "/abc_1_1.webp?allow_webp=true", &shows), (true, false));
    assert_eq!(made(&opting_in, "/abc_1_1.gif?allow_webp=true", &shows), (false, false));
    assert_eq!(made(&opting_in, "/abc.jpg?allow_webp=true", &shows), (false, false), "an original stays what it is");
    let switching = Iaas::new(IaasSettings { switches_to_webp: true, ..IaasSettings::default() }, "");
    assert_eq!(made(&switching, "/abc_1_1.png", &shows), (true, true));
    let neither = Iaas::default();
    assert_eq!(made(&neither, "/abc_1_1.png?allow_webp=true", &shows), (false, false));
}

#[test]
fn an_original_goes_out_as_it_is_where_its_ending_says_so() {
    let request = request("/city.jpeg");
    assert_eq!((request.delivery.clone(), request.wish.edits()), (Delivery::Kept(Format::Jpeg), &[][..]));
    assert_eq!(request.wish.output.format, Some(OutputFormat::JPEG.into()));
    let names: Vec<_> = request.names().take(4).map(ToString::to_string).collect();
    assert_eq!(names, ["/city", "/city.jpeg", "/city.jpg", "/city.png"]);
    for (url, delivery) in [
        ("/spin.gif", Delivery::Kept(Format::Gif)),
        ("/spin.txt", Delivery::Kept(Format::Jpeg)),
        ("/city.png?quality=50", Delivery::Kept(Format::Png)),
        ("/city.jpg?quality=50", Delivery::Tell),
        ("/city.png?blur=true", Delivery::Tell),
        ("/city_2001_10.jpg", Delivery::Tell),
        ("/city_0_10.jpg", Delivery::Tell),
        ("/city_2000_10.jpg", Delivery::Send),
        ("/city_10_10.jpg?proxy=true", Delivery::Here),
    ] {
        assert_eq!(super::tests::request(url).delivery, delivery, "{url}");
    }
}

#[test]
fn whoever_shows_the_token_has_the_picture_made_anew_and_whoever_asks_for_a_head_stays_here() {
    const TOKEN: HeaderName = HeaderName::from_static("freshness-token");
    let delivery = |dialect: &Iaas, shown| match heard(dialect, "/city_10_10.jpg", &[(TOKEN, shown)]) {
        Heard { asked: Ok(Asked::Image(request)), varies_on, .. } => (request.delivery, varies_on.has(Hint::Freshness)),
        heard => panic!("{heard:?}"),
    };
    assert_eq!(delivery(&iaas(), "new"), (Delivery::Fresh, true));
    assert_eq!(delivery(&iaas(), "old"), (Delivery::Send, true));
    assert_eq!(delivery(&Iaas::default(), ""), (Delivery::Send, false));
    let headers = HeaderMap::new();
    let wording = Wording { method: &Method::HEAD, path: "/city_10_10.jpg", query: None, headers: &headers };
    let Ok(Asked::Image(request)) = iaas().read(wording).asked else { panic!() };
    assert_eq!(request.delivery, Delivery::Here);
}

#[test]
fn an_id_is_a_file_of_that_name() {
    let request = request("/under_score_10_10.webp");
    assert_eq!(request.original, Reference::from(crate::request::ImagePath::from_decoded("under_score").unwrap()));
    assert_eq!(request.alternatives[0].to_string(), "/under_score.webp");
}

#[test]
fn what_is_asked_of_the_server_is_answered_at_once() {
    let said = |dialect: &Iaas, path: &str| match heard(dialect, path, &[]).asked.unwrap() {
        Asked::Said(worded) => (worded.status.as_u16(), worded.body),
        asked => panic!("{asked:?}"),
    };
    let open = Iaas::new(IaasSettings { allows_indexing: true, ..IaasSettings::default() }, "");
    assert_eq!(said(&open, "/_health"), (200, "OK".to_owned()));
    assert_eq!(said(&open, "/robots.txt").1, "User-Agent: *\nAllow: /\n");
    assert_eq!(said(&iaas(), "/robots.txt").1, "User-agent: *\nDisallow: /\n");
    assert_eq!(heard(&iaas(), "/favicon.ico", &[]).asked, Err(DialectError::NotServed));
}

#[test]
fn what_is_out_of_bounds_leads_to_the_nearest_that_is_not() {
    let told = |dialect: &Iaas, url: &str, facts: &Facts| {
        let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
        let headers = HeaderMap::new();
        let worded = dialect.tell(facts, Wording { method: &Method::GET, path, query, headers: &headers }).unwrap();
        assert_eq!(worded.status, StatusCode::SEE_OTHER);
        assert!(worded.headers["x-redirect-info"].to_str().unwrap().starts_with("The requested image size falls"));
        worded.headers["location"].to_str().unwrap().to_owned()
    };
    let below = Iaas::new(IaasSettings::default(), "/pictures/");
    for (url, expected) in [
        ("/city_2500_100.jpg", "/city_2000_100.jpg?fit=clip&blur=false&quality=-1"),
        ("/city_100_2500.JPEG?fit=crop&quality=30", "/city_80_2000.jpeg?fit=crop&blur=false&quality=30"),
        ("/city_5000_5000.png?fit=canvas&quality=30", "/city_2000_2000.png?fit=canvas&blur=false&quality=-1"),
        ("/city_x_y.tiff", "/city_640_427.jpg?fit=clip&blur=false&quality=-1"),
        ("/ci%20ty_0_100.webp?fit=cover", "/ci%20ty_640_427.webp?fit=cover&blur=false&quality=-1"),
        ("/city.jpg?blur=true", "/city_640_427.jpg?fit=clip&blur=true&quality=-1"),
        ("/city_9_3000_2x.jpg?proxy=true", "/city_18_2000.jpg?fit=clip&blur=false&quality=-1&proxy=true"),
    ] {
        let facts = facts(640, 427);
        assert_eq!(told(&iaas(), url, &facts), expected);
        assert_eq!(told(&below, url, &facts), format!("/pictures{expected}"));
    }
}

fn facts(width: u32, height: u32) -> Facts {
    Facts {
        format: Format::Jpeg,
        stored: crate::request::Dimensions::new(width, height),
        orientation: crate::request::Orientation::Upright,
        frames: 1,
        decoding: crate::request::Decoding::default(),
        condition: crate::request::Condition::default(),
        drawing: None,
    }
}

#[test]
fn only_what_the_house_says_of_every_picture_gives_way_to_ten_years() {
    let usual = HeaderValue::from_static("public, max-age=60");
    let dialect = iaas().in_place_of(Some(usual.clone()));
    let dressed = |status, outcome, cache_control: &HeaderValue| {
        let mut headers = HeaderMap::from_iter([(CACHE_CONTROL, cache_control.clone())]);
        let (none, report) = (HeaderMap::new(), Report { outcome, ..Report::default() });
        let wording = Wording { method: &Method::GET, path: "/a_1_1.jpg", query: None, headers: &none };
        dialect.dress(wording, status, &report, &mut headers);
        assert_eq!(headers["access-control-allow-origin"], "*");
        headers.contains_key("expires") && headers[CACHE_CONTROL] == "public"
    };
    assert!(dressed(StatusCode::OK, Outcome::Hit, &usual));
    assert!(dressed(StatusCode::NOT_MODIFIED, Outcome::Spared, &usual));
    assert!(!dressed(StatusCode::OK, Outcome::Rendered, &HeaderValue::from_static("no-store")));
    assert!(!dressed(StatusCode::OK, Outcome::Said, &usual));
    assert!(!dressed(StatusCode::NOT_FOUND, Outcome::NotFound, &usual));
}
