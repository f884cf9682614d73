use super::client::Client;
use super::*;
use crate::request::{Accepted, Anchor, Angle, Background, Exact, Format, Gravity, Padding, Placement};

/// The options and the original of a path behind a signature.
fn parsed(settings: ImgproxySettings, path: &str) -> Result<(ProcessingOptions, String), DialectError> {
    let dialect = Imgproxy::new(settings);
    let PathParts { rest, .. } = PathParts::of(path).unwrap();
    dialect.read_path(&rest).map(|(rounds, url)| (rounds.last, url))
}

fn usual(path: &str) -> (ProcessingOptions, String) {
    parsed(ImgproxySettings::default(), &format!("/_/{path}")).unwrap()
}

fn configured(variables: &[(&str, &str)]) -> ImgproxySettings {
    let variables = variables.iter().map(|(name, value)| (format!("IMGPROXY_{name}"), (*value).to_owned()));
    let variables: Vec<_> = variables.collect();
    let environment = ImgproxyEnvironment { variables: &variables, read: |_, _| Ok(Vec::new()) };
    imgproxy_settings(environment).unwrap().settings
}

fn exact(number: f64) -> Exact {
    Exact::new(number).unwrap()
}

fn place(name: &str, across: f64, down: f64) -> Placement {
    let gravity = arguments::anchor(name).map_or(Gravity::Smart, Gravity::Anchor);
    Placement { gravity, across: exact(across), down: exact(down) }
}

#[test]
fn paths_are_read_as_imgproxy_reads_them() {
    let (options, url) = usual("rs:fill:11:22:1/plain/https://example.com/a.png@webp");
    let composition = &options.composition;
    assert_eq!((options.width, composition.height, composition.may_enlarge), (Some(11), 22, true));
    assert_eq!((composition.fitting, options.format), (crate::request::Fitting::Fill, Some(Format::WebP)));
    assert_eq!(url, "https://example.com/a.png");
    for (path, format, url) in [
        ("aHR0cHM6Ly9leGFtcGxlLmNvbS9iLnBuZz92PTM.jpg", Some(Format::Jpeg), "https://example.com/b.png?v=3"),
        ("w:7/czM6Ly/9idWNrZXQva2V5", None, "s3://bucket/key"),
        (
            "w:7/plain/https%3A%2F%2Fexample.com%2Fc%20d.png%3Fx%3D1@png",
            Some(Format::Png),
            "https://example.com/c d.png?x=1",
        ),
        ("w%3A7/plain/https:/example.com/e.png", None, "https://example.com/e.png"),
        ("w:7/plain/local:/e.png", None, "local:///e.png"),
    ] {
        let (options, read) = usual(path);
        assert_eq!((options.format, read.as_str()), (format, url), "{path}");
        assert!(options.width == Some(7) || path.starts_with("aHR"), "{path}");
    }
}

#[test]
fn what_a_later_option_does_not_say_stays() {
    for (path, extension, placement) in [
        ("ex:1:so:4:5/ex:1", Some(place("so", 4.0, 5.0)), place("ce", 0.0, 0.0)),
        ("ex:1:so:4:5/ex:0/g:no:1:2/g:we", None, place("we", 1.0, 2.0)),
        ("ex:1:so:4:5/ex:0/rs:fit:1:1:0:t/g:no:1:2/g:we:3", Some(place("so", 4.0, 5.0)), place("we", 3.0, 2.0)),
        ("ex:0:so/ex:1/g:no:1:2/g:sm", Some(place("so", 0.0, 0.0)), Placement::at(Gravity::Smart)),
    ] {
        let (options, _) = usual(&format!("{path}/plain/local:///e.png"));
        assert_eq!(options.composition.extension, extension, "{path}");
        assert_eq!(options.composition.placement, placement, "{path}");
    }
    let (options, _) = usual("c:10:20:no:1:2/c:30:::/plain/local:///e.png");
    assert_eq!(options.composition.part, (exact(30.0), exact(20.0)));
    assert_eq!(options.composition.part_placement, Some(place("no", 1.0, 2.0)));
}

#[test]
fn options_have_places_shares_and_colours() {
    let (options, _) = usual("ex:1:so:4:5/g:fp:0.1:0.9/plain/local:///e.png");
    assert_eq!(options.composition.extension, Some(place("so", 4.0, 5.0)));
    assert_eq!(options.composition.placement, Placement::at(Gravity::point(0.1, 0.9).unwrap()));
    let (options, _) = usual("c:0.5:40:nowe:1:2/pd:1:2:3/plain/local:///e.png");
    assert_eq!(options.composition.part, (exact(0.5), exact(40.0)));
    assert_eq!(options.composition.part_placement, Some(place("nowe", 1.0, 2.0)));
    assert_eq!(options.composition.padding, Padding { top: 1, right: 2, bottom: 3, left: 2 });
    let (options, _) = usual("bg:1:2:3/wm:0.4:re:5:6:0.7/plain/local:///e.png");
    assert_eq!(options.background, Some(Background([1, 2, 3])));
    let mark = options.watermark;
    assert_eq!((mark.opacity, mark.anchor, mark.across), (exact(0.4), None, exact(5.0)));
    assert_eq!((mark.down, mark.scale), (exact(6.0), exact(0.7)));
    let (options, _) = usual("t:5:ff0000:1:0/rot:-90/fl::1/plain/local:///e.png");
    assert_eq!((options.trim, options.trim_colour), (Some(exact(5.0)), Some(Background([255, 0, 0]))));
    assert_eq!((options.trims_evenly, options.rotation), ((true, false), Angle::parse("270").unwrap()));
    assert_eq!((options.is_flopped, options.is_flipped), (false, true));
    let (options, _) = usual("fq:jpeg:60:webp:40/q:0/fn:bXkgZmlsZQ:1/att:t/plain/local:///e.png");
    let quality = options.format_quality;
    assert_eq!((quality.jpeg, quality.webp, options.quality), (60, 40, 0));
    assert_eq!((options.filename.as_deref(), options.is_attachment), (Some("my file"), true));
}

#[test]
fn what_is_said_later_counts_and_what_is_empty_changes_nothing() {
    let (options, _) = usual("s:3/rt:force/w:9/plain/local:///e.png");
    assert_eq!((options.width, options.composition.fitting), (Some(9), crate::request::Fitting::Force));
    let (options, _) = usual("w:5/h:6/s::7/w:/rs:::8/dpr:/q:/plain/local:///e.png");
    assert_eq!((options.width, options.composition.height, options.ratio), (Some(5), 8, None));
    let (options, _) = usual("bg:fff/bg:/g:soea:5/g:ce/skp:png/skp:gif/plain/local:///e.png");
    assert_eq!((options.background, options.composition.placement), (None, place("ce", 5.0, 0.0)));
    assert!(options.skipped.has(Format::Png) && options.skipped.has(Format::Gif));
    assert_eq!(options.composition.placement.gravity, Gravity::Anchor(Anchor::MIDDLE));
    let (options, _) = usual("el:1/el:maybe/ar:0/plain/local:///e.png");
    assert!(!options.composition.may_enlarge && !options.is_auto_rotated);
}

#[test]
fn what_is_wrong_is_an_invalid_url() {
    for path in [
        "rs:fit:x",
        "rs:bogus",
        "w:-1",
        "w:1:2",
        "g:fp:0.2",
        "g:sm:1",
        "ex:1:sm",
        "rot:30",
        "bogus:1",
        "q:200",
        "q:-1",
        "exp:1",
        "pr:bogus",
        "dpr:0",
        "z:0",
        "pd:-1",
        "bg:fffff",
        "bg:1:2",
        "bg:256:0:0",
        "bl:-1",
        "wm:2",
        "wm:1:sm",
        "fq:jpeg",
        "fq:bogus:1",
        "f:bogus",
        "skp:bogus",
        "t:x",
        "t:1:zz",
        "c:-1",
        "gradient:1",
    ] {
        let path = format!("/_/{path}/plain/local:///e.png");
        assert_eq!(parsed(ImgproxySettings::default(), &path).err(), Some(words::invalid_url()), "{path}");
    }
    for path in ["/_/fill/300/200/no/0/plain/local:///e.png", "/_/w:1/plain/local:///e.png@bogus", "/_/w:1/"] {
        assert_eq!(parsed(ImgproxySettings::default(), path).err(), Some(words::invalid_url()), "{path}");
    }
    let lifted = parsed(ImgproxySettings::default(), "/_/msr:5/plain/local:///e.png");
    assert_eq!(lifted.err(), Some(words::Invalid::Security.into()));
}

#[test]
fn presets_are_applied_where_they_stand() {
    let presets = "default=q:30/w:7,small=rs:fit:64:64,wide=rs:fill:160:40/g:no,ring=pr:ring/w:8";
    let settings = configured(&[("PRESETS", presets)]);
    let read = |path: &str| parsed(settings.clone(), &format!("/_/{path}/plain/local:///e.png")).unwrap().0;
    assert_eq!((read("h:1").quality, read("h:1").width), (30, Some(7)));
    assert_eq!((read("w:9/pr:small").width, read("pr:small/w:9").width), (Some(64), Some(9)));
    let both = read("pr:small:wide");
    assert_eq!(
        (both.width, both.composition.height, both.composition.placement),
        (Some(160), 40, place("no", 0.0, 0.0))
    );
    assert_eq!(read("pr:ring").width, Some(8));
    let only = configured(&[("PRESETS", presets), ("ONLY_PRESETS", "1")]);
    let (options, url) = parsed(only.clone(), "/_/small:wide/plain/local:///e.png").unwrap();
    assert_eq!((options.width, url.as_str()), (Some(160), "local:///e.png"));
    assert!(parsed(only, "/_/w:9/plain/local:///e.png").is_err());
}

#[test]
fn rounds_share_what_concerns_the_file() {
    let path = "/_/w:9/q:30/f:png/pd:5/-/h:7/fn:a/plain/local:///e.png";
    let dialect = Imgproxy::new(ImgproxySettings::default());
    let PathParts { rest, .. } = PathParts::of(path).unwrap();
    let (rounds, _) = dialect.read_path(&rest).unwrap();
    let last = &rounds.last;
    assert_eq!((last.width, last.composition.height, last.quality, last.format), (None, 7, 30, Some(Format::Png)));
    assert_eq!(last.composition.padding, Padding::default());
    let original = Reference::Body;
    let request = rounds.request(original, &Client::default(), &dialect.settings);
    assert_eq!((request.wish.edits().len(), request.saving.stem.as_deref()), (2, Some("a")));
    let many = format!("/_/{}plain/local:///e.png", "w:1/-/".repeat(16));
    assert!(parsed(ImgproxySettings::default(), &many).is_err());
}

#[test]
fn the_operator_allows_options_and_separates_arguments() {
    let settings = configured(&[("ALLOWED_PROCESSING_OPTIONS", "w,pr"), ("PRESETS", "a=h:5")]);
    let read = |path: &str| parsed(settings.clone(), &format!("/_/{path}/plain/local:///e.png"));
    assert!(read("w:5/pr:a").is_ok() && read("width:5").is_err() && read("h:5").is_err());
    let settings = configured(&[("ARGUMENTS_SEPARATOR", ",")]);
    let (options, _) = parsed(settings, "/_/rs,fill,5,6/plain/local:///e.png").unwrap();
    assert_eq!((options.width, options.composition.height), (Some(5), 6));
}

#[test]
fn signatures_of_client_libraries_are_good() {
    const KEY: &str = "943b421c9eb07c830af81030552c86009268de4e532ba2ee2eab8247c6da0881";
    const SALT: &str = "520f986b998545b4785e0defbc4f3c1203f22de2374a3d53cb7a7fe9fea309c5";
    let admits = |size: &str, path: &str| {
        let settings = configured(&[("KEY", KEY), ("SALT", SALT), ("SIGNATURE_SIZE", size)]);
        let PathParts { signature, rest } = PathParts::of(path).unwrap();
        settings.signatures.admit(signature, &rest)
    };
    for path in [
        "/TOVdl8xlQyHB4uuphv8xJJOoz5Dz1h83mzIEgnSbn1g/el:t/h:180/rt:fill/w:320/aHR0cHM6Ly9jZG4uZXhhbXBsZS5jb20vYS9jaXR5LmpwZw",
        "/N_c3ARMUsRuX7f7YkQE0lgAMz1QAnUEioCcRoEXjFNU/f:webp/rs:fit:64:64/plain/https://cdn.example.com/a/city.jpg",
        "/swYbrbFC30h_unkGPTrXm6hxC4ALZRxpUili6oqF5TU/w:90/plain/local:///tower.jpg",
        "/qd9yCPQnj42N0keUOyWAufU0dRuqZ5x7WQ1W8ko4rSw/q:35/s:64:48/bG9jYWw6Ly8vY2l0eS5qcGc",
        "/DtzCAxollR-0xxPakW79GUVwkcVXZ3nPawn_ErSVH2E/rs:fill:61:43:0/bG9jYWw6Ly8vY2l0eS5qcGc",
        "/AZUXQ1OBcw_l__2gZZiIcxQJsCb52OSTycopUSkS9SE/rot:270/f:png/bG9jYWw6Ly8vdG93ZXIuanBn",
    ] {
        assert!(admits("32", path), "{path}");
        assert!(!admits("32", &format!("{path}x")), "{path}");
    }
    assert!(admits("12", "/fg4z_f7J4iFio-o_/rot:180/plain/local:///tower.jpg"));
}

#[test]
fn clients_tell_what_they_show_and_how_large() {
    let settings = configured(&[("ENABLE_CLIENT_HINTS", "1"), ("AUTO_WEBP", "1")]);
    let dialect = Imgproxy::new(settings);
    let client = |pairs: &[(&'static str, &str)]| {
        let pairs = pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()));
        dialect.settings.client(&pairs.collect(), false)
    };
    assert_eq!(
        client(&[("dpr", "2"), ("width", "301")]),
        Client { ratio: Some(exact(2.0)), width: Some(151), ..Client::default() }
    );
    assert_eq!(client(&[("sec-ch-dpr", "3"), ("dpr", "2")]).ratio, Some(exact(3.0)));
    assert_eq!(client(&[("sec-ch-dpr", "9"), ("width", "-3")]), Client::default());
    assert_eq!(client(&[("accept", "text/html;q=0,image/webp;q=0")]).accepted, Accepted::default().with(Format::WebP));
}
