use http::{HeaderMap, HeaderName, Method};
use proptest::prelude::*;

use super::*;
use crate::dialect::DialectError;
use crate::request::{
    Accepted, Bounds, Fit, Format, FormatWish, Length, Margin, Otherwise, OutputFormat, OverlayWish, Paint, Position,
    Sigma, Size, Surround, TrimWish, Wish,
};

fn hear(native: &Native, path_and_query: &str, headers: &[(&'static str, &str)]) -> Heard {
    let (path, query) = match path_and_query.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path_and_query, None),
    };
    let pair = |(name, value): &(&'static str, &str)| (HeaderName::from_static(name), value.parse().unwrap());
    let headers: HeaderMap = headers.iter().map(pair).collect();
    native.read(Wording { method: &Method::GET, path, query, headers: &headers })
}

fn ask(path_and_query: &str, hint: Option<&str>) -> Result<ImageRequest, DialectError> {
    let headers: Vec<_> = hint.map(|hint| ("sec-ch-dpr", hint)).into_iter().collect();
    match hear(&Native::default(), path_and_query, &headers).asked? {
        Asked::Image(request) => Ok(request),
        asked => panic!("{asked:?} in the native dialect"),
    }
}

fn wish(query: &str) -> Wish {
    Arc::unwrap_or_clone(ask(&format!("/a.jpg?{query}"), None).unwrap().wish)
}

#[test]
fn different_spellings_mean_the_same() {
    let expected = wish("size=400&format=webp");
    for query in [
        "format=WEBP&size=400",
        "size=200&dpr=2&format=webp",
        "size=0400&format=webp&v=3",
        "size=big&size=400&format=webp",
        "SIZE=%34%30%30&Format=WebP",
    ] {
        assert_eq!(wish(query), expected, "{query}");
    }
    for (query, same) in [
        ("w=9&h=9&fit=cover&gravity=left", "w=9&h=9&fit=cover&position=center+left"),
        ("w=9&h=9&fit=cover&gravity=north", "w=9&h=9&crop=top,center"),
        ("w=9&bw=1", "w=9&grayscale=True"),
        ("w=9&bw=1", "w=9&filt=Greyscale"),
        ("w=9&enlarge=1", "w=9&enlarge=TRUE"),
        ("flop=1", "flop=0&flip=h"),
        ("flip=v", "flip=hv&flop=0"),
        ("flip=both", "flop=1&flip=v"),
        ("flip=lrud", "flip=both"),
        ("w=9&h=9&fit=crop-top-left", "w=9&h=9&fit=cover&gravity=northwest"),
        ("w=9&h=9&fit=Crop-25-75", "w=9&h=9&fit=cover&gravity=0.25x0.75"),
        ("filt=sepia", "sepia=100"),
        ("trim&trim_color=ff0000", "trim&trim_color=Red"),
        ("trim=auto", "trim"),
        ("trim&trim_color=ff0000", "trim=&trim_color=255,0,0"),
    ] {
        assert_eq!(wish(query), wish(same), "{same}");
    }
}

#[test]
fn of_several_ways_to_say_which_part_the_last_counts() {
    for (query, same) in [
        ("fp-x=0.2&fp-y=0.3&gravity=left", "gravity=left"),
        ("gravity=left&fp-x=0.2", "gravity=0.2x0.5"),
        ("fp-x=0.2&crop=focalpoint", "gravity=0.2x0.5"),
        ("fpx=0.2&crop=top&fpy=0.3", "gravity=0.5x0.3"),
    ] {
        let wish = |query: &str| wish(&format!("w=9&h=9&fit=cover&{query}"));
        assert_eq!(wish(query), wish(same), "{query}");
    }
    let region = "crop=region&crop_left=1&crop_top=2&crop_width=30&crop_height=40";
    for last in ["rect=5,6,7,8", "crop=5px,6px,7px,8px", "crop=7,8,x5,y6"] {
        let last_of_two =
            if last.starts_with("rect") { format!("{region}&{last}") } else { format!("rect=1,2,3,4&{last}") };
        assert_eq!(wish(&last_of_two), wish("rect=5,6,7,8"), "{last}");
        assert_eq!(wish(&format!("{last}&{region}")), wish("rect=1,2,30,40"), "{last}");
    }
}

#[test]
fn a_part_begins_where_each_of_its_edges_is_said_to() {
    for (query, same) in [
        ("crop=30,40,y6,x5", "rect=5,6,30,40"),
        ("crop=30,40,x5,y6,safe", "rect=5,6,30,40"),
        ("crop=30,40,offset-x50,offset-y0", "crop=30,40&gravity=top"),
        ("crop=30,40,offset-y100", "crop=30,40&gravity=bottom"),
        ("crop=30,40,x0", "crop=30,40&gravity=left"),
        ("crop=0.5,40p,safe", "crop=50p,0.4"),
        ("w=20&crop=16:9,offset-x0", "w=20&ar=16:9&gravity=left"),
        ("w=20&crop=1:1,smart", "w=20&ar=1:1&gravity=smart"),
        ("w=20&h=20&crop=1:1,offset-y0", "w=20&h=20&fit=cover&gravity=top"),
    ] {
        assert_eq!(wish(query), wish(same), "{query}");
    }
    assert_ne!(wish("crop=30,40,offset-x10"), wish("crop=30,40,offset-x20"));
    for query in [
        "crop=30,40,x5,offset-x5",
        "crop=1:1,offset-x101",
        "crop=1:1,offset-x",
        "crop=30,40,x-1",
        "lb=3,4,no",
        "w=9&h=9&fit=crop-25-175",
    ] {
        assert!(ask(&format!("/a.jpg?{query}"), None).is_err(), "{query}");
    }
    let [edit] = &wish("w=9&h=9&fit=fill-max").edits().to_vec()[..] else { panic!("one round") };
    assert_eq!((edit.bounds.fit, edit.bounds.may_enlarge), (Fit::Pad, true));
    let [edit] = &wish("lb=20,10,09c").edits().to_vec()[..] else { panic!("one round") };
    assert_eq!(edit.bounds.surround, Some(Surround::Paint(Paint([0, 153, 204, 255]))));
    assert_eq!(edit.background, None);
}

#[test]
fn what_changes_nothing_asks_for_nothing() {
    for query in [
        "",
        "v=3&utm_source=x",
        "dpr=2",
        "resize_algorithm=lanczos3",
        "bw=0",
        "blur=0",
        "wm=a.png&wm_opacity=0",
        "wm_size=3",
    ] {
        assert!(wish(query).is_empty(), "{query}");
    }
    assert!(ask("/a.jpg", Some("2")).unwrap().wish.is_empty());
}

#[test]
fn the_query_beats_the_hint_and_a_bad_hint_is_ignored() {
    let size = |query: &str, hint| ask(&format!("/a.jpg?{query}"), Some(hint)).unwrap().wish.edits()[0].bounds.size;
    assert_eq!(size("size=200", "2.0"), wish("size=400").edits()[0].bounds.size);
    assert_eq!(size("size=200&dpr=1", "2.0"), wish("size=200").edits()[0].bounds.size);
    for hint in ["abc", "0.5", "11", "NaN", ""] {
        assert_eq!(size("size=200", hint), wish("size=200").edits()[0].bounds.size, "{hint}");
    }
}

#[test]
fn errors_say_what_was_expected_and_what_came() {
    let error = |query: &str| ask(&format!("/a.jpg?{query}"), None).unwrap_err().to_string();
    assert_eq!(error("size=big"), "size: expected a whole number from 1 to 16384, got \"big\"");
    assert_eq!(error("dpr=11"), "dpr: expected a number from 1.0 to 10.0, got \"11\"");
    let words = "avif, gif, jpeg, jpg, png, webp, blurhash, thumbhash, lqip, json, auto, origin";
    assert_eq!(error("format=bmp"), format!("format: expected one of {words}, got \"bmp\""));
    assert_eq!(error("bw=yes"), "bw: expected one of 0, 1, true, false, got \"yes\"");
    assert_eq!(
        error("resize_algorithm=magic"),
        "resize_algorithm: expected one of auto, lanczos3, bicubic, gaussian, thumbnail, got \"magic\""
    );
    assert!(error(&format!("size={}", "9".repeat(5000))).len() < 200);
    assert!(error("fit=covr").ends_with("got \"covr\"; did you mean cover?"));
    assert!(error("fit=facearea").ends_with("got \"facearea\""));
    assert!(error("gravity=tpo").ends_with("got \"tpo\"; did you mean top?"));
    assert!(error("position=atention").ends_with("; did you mean attention?"));
    assert!(error("wm_pos=southeat").ends_with("; did you mean southeast?"));
}

#[test]
fn the_answer_varies_on_the_hint_only_where_it_is_read() {
    let varies = |query| hear(&Native::default(), &format!("/a.jpg?{query}"), &[]).varies_on == Hints::USUAL;
    assert!(varies("size=200"));
    assert!(!varies("size=200&dpr=2"));
    assert!(!varies("format=webp"));
    assert!(!varies(""));
}

/// What is asked of the format by a client that shows these.
fn format(native: &Native, query: &str, accept: &str) -> Option<FormatWish> {
    match hear(native, &format!("/a.jpg?{query}"), &[("accept", accept)]).asked.unwrap() {
        Asked::Image(request) => request.wish.output.format,
        asked => panic!("{asked:?} in the native dialect"),
    }
}

fn set(names: &[Format]) -> Accepted {
    names.iter().copied().fold(Accepted::default(), Accepted::with)
}

#[test]
fn every_spelling_of_a_format_is_understood() {
    let native = Native::default();
    for (query, name) in [
        ("fm=pjpg", "jpeg"),
        ("output=BJPG", "jpeg"),
        ("fmt=png8", "png"),
        ("force_format=png32", "png"),
        ("format=avif&fm=webpll", "webp"),
    ] {
        let named = OutputFormat::named(name).map(FormatWish::Named);
        assert_eq!(format(&native, query, "image/avif"), named, "{query}");
    }
    assert_eq!(format(&native, "fm=original&size=9", ""), Some(FormatWish::Own));
    assert_eq!(wish("fm=webpll"), wish("format=webp&lossless=1"));
    assert_eq!(wish("fm=webpll&output=webp"), wish("format=webp"));
    for query in ["fm=origin", "output=Original", "fm=webp&format=origin"] {
        assert!(wish(query).is_empty(), "{query}: where nothing else is asked, the file itself is the answer");
    }
}

#[test]
fn a_negotiated_format_is_among_those_that_are_shown_and_meant() {
    let (native, both, webp) = (Native::default(), set(&[Format::Avif, Format::WebP]), set(&[Format::WebP]));
    let best = |accepted, otherwise| Some(FormatWish::Best { accepted, otherwise });
    let jpeg = Otherwise::Named(OutputFormat::JPEG);
    for (query, expected) in [
        ("format=auto", best(both, Otherwise::Plain)),
        ("fm=Optimal", best(both, Otherwise::Plain)),
        ("auto=format", best(both, Otherwise::Plain)),
        ("auto=TRUE", best(both, Otherwise::Plain)),
        ("auto=compress,%20format,redeye", best(both, Otherwise::Plain)),
        ("auto=webp", best(webp, Otherwise::Plain)),
        ("auto=webp,format,avif", best(both, Otherwise::Plain)),
        ("auto=format,webp", best(webp, Otherwise::Plain)),
        ("format=auto&auto=webp", best(webp, Otherwise::Plain)),
        ("auto=compress,webp&format=jpeg", best(webp, jpeg)),
        ("fm=origin&auto=format", best(both, Otherwise::Own)),
        ("format=jpeg&auto=compress", Some(FormatWish::Named(OutputFormat::JPEG))),
        ("format=blurhash&auto=format", OutputFormat::named("blurhash").map(FormatWish::Named)),
        ("auto=", None),
        ("auto=enhance,whatever", None),
    ] {
        assert_eq!(format(&native, query, "image/webp,image/avif"), expected, "{query}");
    }
    assert_eq!(format(&native, "auto=format", "image/*"), best(Accepted::default(), Otherwise::Plain));
    assert_eq!(format(&native, "auto=avif", "image/webp"), best(Accepted::default(), Otherwise::Plain));
}

#[test]
fn where_the_operator_prefers_formats_every_url_that_names_none_negotiates() {
    let (native, webp) = (Native::default().preferring(true), set(&[Format::WebP]));
    for query in ["", "v=3", "size=9", "auto=compress"] {
        assert_eq!(format(&native, query, "image/webp"), Some(FormatWish::Preferred(webp)), "{query}");
        assert_eq!(format(&Native::default(), query, "image/webp"), None, "{query}");
    }
    assert_eq!(format(&native, "format=origin", "image/webp"), None);
    assert_eq!(format(&native, "format=jpeg", "image/webp"), Some(FormatWish::Named(OutputFormat::JPEG)));
}

#[test]
fn the_answer_varies_on_accept_where_the_format_is_negotiated() {
    let varies = |native: &Native, query: &str| {
        let Heard { varies_on, .. } = hear(native, &format!("/a.jpg?{query}"), &[]);
        varies_on.iter().map(|hint| hint.header().to_string()).collect::<Vec<_>>().join(" ")
    };
    let (native, preferring) = (Native::default(), Native::default().preferring(true));
    for (query, plainly, preferred) in [
        ("", "", "accept"),
        ("format=jpeg", "", ""),
        ("format=origin", "", ""),
        ("format=big", "", ""),
        ("format=auto", "accept", "accept"),
        ("format=auto&size=9", "accept sec-ch-dpr", "accept sec-ch-dpr"),
        ("size=9&auto=true&dpr=2", "accept", "accept"),
        ("size=big&format=auto&dpr=2", "accept", "accept"),
        ("format=blurhash&auto=format", "", ""),
        ("auto=compress&size=9", "sec-ch-dpr", "accept sec-ch-dpr"),
    ] {
        assert_eq!((&*varies(&native, query), &*varies(&preferring, query)), (plainly, preferred), "{query}");
    }
    let all = native.with_hints([Hint::PixelRatio, Hint::Width, Hint::SaveData].into_iter().collect());
    // What need not be signed is one rendition for all.
    let signing = UrlSigning { mode: SigningMode::Renditions, ..UrlSigning::default() };
    let signed = all.clone().preferring(true).signed(signing.into());
    let of_screen = "accept sec-ch-dpr sec-ch-width save-data";
    for (query, expected) in [("", "accept"), ("v=3&x=1", "accept"), ("bw=1", of_screen)] {
        assert_eq!(varies(&signed, query), expected, "{query}");
    }
    for (query, expected) in [
        ("", ""),
        ("size=9", "sec-ch-dpr save-data"),
        ("size=9&dpr=2", "save-data"),
        ("format=auto", "accept sec-ch-dpr sec-ch-width save-data"),
        ("format=auto&dpr=2", "accept save-data"),
        ("format=auto&size=9", "accept sec-ch-dpr save-data"),
        ("format=jpeg", ""),
    ] {
        assert_eq!(varies(&all, query), expected, "{query}");
    }
}

/// The width or the longest edge.
fn edges(bounds: &Bounds) -> Option<u32> {
    match bounds.width {
        Some(Length::Pixels(pixels)) => Some(pixels),
        _ => bounds.size.map(Size::pixels),
    }
}

#[test]
fn hints_stand_in_for_what_the_query_does_not_say() {
    let eager = Native::default().with_hints([Hint::PixelRatio, Hint::Width, Hint::SaveData].into_iter().collect());
    let size = |native: &Native, query: &str, headers: &[(&'static str, &str)]| match hear(
        native,
        &format!("/a.jpg?{query}"),
        headers,
    )
    .asked
    .unwrap()
    {
        Asked::Image(request) => request.wish.edits().first().and_then(|edit| edges(&edit.bounds)),
        asked => panic!("{asked:?} in the native dialect"),
    };
    let (ratio, width, saves) = (("sec-ch-dpr", "3"), ("sec-ch-width", "900"), ("save-data", "on"));
    for (query, headers, expected) in [
        ("size=100", &[ratio, width][..], Some(300)),
        ("size=100", &[ratio, saves], Some(100)),
        ("size=100&dpr=2", &[ratio], Some(200)),
        ("size=100&dpr=2", &[ratio, saves], Some(100)),
        ("size=100&dpr=2", &[("save-data", "On;x")], Some(100)),
        ("size=100&dpr=2", &[("save-data", "off")], Some(200)),
        ("w=100", &[ratio], Some(300)),
        ("w=100&format=auto", &[ratio, width, saves], Some(100)),
        ("format=auto", &[width], Some(900)),
        ("format=auto", &[width, ratio], Some(900)),
        ("format=auto", &[width, ratio, saves], Some(300)),
        ("format=auto", &[width, saves], Some(900)),
        ("format=auto&dpr=2", &[width], None),
        ("format=auto", &[("sec-ch-width", "wide")], None),
        ("format=jpeg", &[width], None),
        ("", &[width, ratio, saves], None),
    ] {
        assert_eq!(size(&eager, query, headers), expected, "{query} {headers:?}");
    }
    for query in ["size=100&dpr=2", "format=auto&size=200"] {
        assert_eq!(size(&Native::default(), query, &[width, saves]), Some(200), "only what is named is read: {query}");
    }
    assert_eq!(size(&Native::default().with_hints(Hints::default()), "size=100", &[ratio]), Some(100));
}

proptest! {
    #[test]
    fn no_query_panics(query in "\\PC{0,80}") {
        let _ = ask(&format!("/a.jpg?{query}"), Some("2"));
    }
}

#[test]
fn a_watermark_is_an_image_of_ours_and_margins_are_in_device_pixels() {
    let overlay = |query: &str| wish(query).edits()[0].overlays[0].clone();
    let logo = OverlayWish::of(ImagePath::from_decoded("a/logo.png").unwrap().into());
    assert_eq!(overlay("wm=/a/logo.png"), logo);
    let placed = OverlayWish { position: Position::parse("top left").unwrap(), margin: Margin::Pixels(20), ..logo };
    assert_eq!(overlay("wm=a/logo.png&wm_pos=top+left&wm_margin=10&dpr=2"), placed);
    assert!(ask("/a.jpg?wm=../secret.png", None).is_err());
}

#[test]
fn a_trim_may_go_without_a_number() {
    let trim = |query: &str| wish(query).edits()[0].trim;
    assert_eq!(trim("trim"), Some(TrimWish::of(10, None)));
    assert_eq!(trim("trim="), trim("trim=10"));
    let white = trim("trim=0&trim_color=white").unwrap();
    assert_eq!((white.tolerance, white.colour.unwrap().0), (0, [255; 3]));
    assert!(ask("/a.jpg?trim=256", None).is_err());
}

#[test]
fn a_blur_is_a_standard_deviation() {
    let blur = |query: &str| wish(query).edits()[0].effects.blur;
    assert_eq!(blur("blur=2.5"), Sigma::parse("2.5"));
    for text in ["-1", "0.2", "1001", "NaN", "", "x"] {
        assert!(ask(&format!("/a.jpg?blur={text}"), None).is_err(), "{text}");
    }
}

#[test]
fn no_parameter_has_two_rows_and_every_name_is_lower_case() {
    let mut names: Vec<_> = parameters().flat_map(|parameter| parameter.names).collect();
    assert!(names.iter().all(|name| !name.chars().any(|letter| letter.is_ascii_uppercase())));
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
