use http::Method;

use super::*;
use crate::request::step::TrimRule;
use crate::request::{
    Along, Alteration, Anchor, Angle, Bounds, BoxRule, Condition, Decoding, Delivery, Dimensions, Edit, Fit, Format,
    Gravity, Length, Lift, Orientation, OutputFormat, Paint, Quality, QualityWish, Rounding, Surround, Tones, TrimWish,
    TurnWish, Wash,
};

fn thumbor() -> Thumbor {
    let settings = ThumborSettings { respects_orientation: true, ..ThumborSettings::default() };
    Thumbor::new(&settings, Arc::default())
}

fn asked(thumbor: &Thumbor, path: &str) -> Result<Asked, String> {
    let headers = HeaderMap::new();
    let wording = Wording { method: &Method::GET, path, query: None, headers: &headers };
    thumbor.read(wording).asked.map_err(|error| error.to_string())
}

fn request(path: &str) -> ImageRequest {
    match asked(&thumbor(), &format!("/unsafe/{path}")).unwrap() {
        Asked::Image(request) => request,
        asked => panic!("{asked:?}"),
    }
}

fn edits(path: &str) -> Vec<Edit> {
    request(&format!("{path}/a.jpg")).wish.edits().to_vec()
}

fn pixels(side: u32) -> Option<Length> {
    Some(Length::Pixels(side))
}

#[test]
fn sides_mean_what_the_words_before_them_say() {
    let plain = Bounds { width: pixels(30), height: pixels(20), ..Bounds::default() };
    let cover = Bounds { fit: Fit::Cover, may_enlarge: true, ..plain };
    let alone = Bounds { may_enlarge: true, rounding: Rounding::HalfToEven, ..plain };
    let red = Some(Surround::Paint(Paint([255, 0, 0, 255])));
    let blurred = deviation::of_ground().map(Surround::Blurred);
    for (path, bounds) in [
        ("30x20", cover),
        ("30x", Bounds { height: None, ..alone }),
        ("0x20", Bounds { width: None, ..alone }),
        ("origx20", Bounds { width: Some(Length::WHOLE), ..cover }),
        ("30x20/smart", Bounds { gravity: Gravity::Smart, ..cover }),
        ("fit-in/30x20", plain),
        ("fit-in/30x20/filters:upscale()", Bounds { may_enlarge: true, ..plain }),
        ("fit-in/30x20/filters:fill(red)", Bounds { fit: Fit::Pad, surround: red, ..plain }),
        ("fit-in/30x20/filters:fill(auto)", Bounds { fit: Fit::Pad, surround: Some(Surround::Mean), ..plain }),
        ("fit-in/30x20/filters:fill(blur)", Bounds { fit: Fit::Pad, surround: blurred, ..plain }),
        ("fit-in/30x0", Bounds { height: None, box_rule: BoxRule::Closed, ..plain }),
        ("fit-in/30x20/filters:fill(red):grayscale()", Bounds::default()),
        ("full-fit-in/30x20", Bounds { fit: Fit::Outside, may_enlarge: true, ..plain }),
        ("adaptive-fit-in/30x20", Bounds { is_adaptive: true, ..plain }),
        ("stretch/30x20", Bounds { fit: Fit::Stretch, ..cover }),
        ("30x20/filters:stretch()", Bounds { fit: Fit::Stretch, ..cover }),
        ("30x20/filters:no_upscale()", Bounds { may_enlarge: false, keeps_smaller: true, ..cover }),
        ("30x20/filters:focal(10x20:30x60)", Bounds { focal: Some((20, 40)), ..cover }),
        ("30x20/filters:focal(0.25,0.5)", Bounds { gravity: Gravity::point(0.25, 0.5).unwrap(), ..cover }),
    ] {
        assert_eq!(edits(path).last().map(|edit| edit.bounds), Some(bounds), "{path}");
    }
}

#[test]
fn what_is_mirrored_keeps_the_side_that_was_asked_for() {
    let [edit] = edits("-30x20/left/top").try_into().unwrap();
    assert_eq!(edit.turn, TurnWish { is_flopped: true, ..TurnWish::default() });
    let right = Anchor { horizontal: Along::End, vertical: Along::Begin };
    assert_eq!(edit.bounds.gravity, Gravity::Anchor(right));
    let [mirrored] = edits("-0x-0").try_into().unwrap();
    assert_eq!(mirrored.turn, TurnWish { is_flopped: true, is_flipped: true, ..TurnWish::default() });
    let [cut, mirrored] = edits("-30x20/filters:focal(1x1:3x3)").try_into().unwrap();
    assert!(cut.bounds.focal.is_some() && mirrored.turn.is_flopped);
}

#[test]
fn rounds_are_in_the_order_of_thumbor() {
    let rounds = edits("trim:bottom-right:5/1x2:31x42/30x20/2x3/filters:rotate(90):grayscale():proportion(0.5)");
    let [trim, size, padding, turn, gray, reduced] = rounds.try_into().unwrap();
    let part = Some([1, 2, 31, 42]);
    let rule = TrimRule { is_by_distance: true, is_by_end: true, part, ..TrimRule::default() };
    assert_eq!(trim.trim, Some(TrimWish { rule, ..TrimWish::of(5, None) }));
    let [crop, _] = edits("1x2:31x42/30x20").try_into().unwrap();
    assert_eq!(crop.rect.map(|rect| rect.to_string()), Some("1,2,30,40".to_owned()));
    assert!(crop.is_optional);
    let [shorn, part] = edits("trim/0.5x0:1x0.5").try_into().unwrap();
    assert!(shorn.trim.is_some_and(|trim| trim.rule.part.is_none()) && part.portion.is_some());
    assert!(size.bounds.is_asked() && padding.padding.left == 2 && padding.padding.bottom == 3);
    assert_eq!(turn.turn.angle, Angle::parse("270").unwrap());
    assert!(gray.effects.grayscale && reduced.bounds.rounding == Rounding::Down);
    let portion = edits("0.25x0:0.75x1.0").first().and_then(|edit| edit.portion).unwrap();
    assert_eq!((portion.left, portion.width), (Length::parse("25p"), Length::parse("50p").unwrap()));
    assert!(edits("30x2:1x42").is_empty());
}

#[test]
fn a_canvas_is_put_behind_what_filters_made_before_it() {
    let [size, gray, canvas] = edits("fit-in/30x20/filters:grayscale():fill(red)").try_into().unwrap();
    assert!(size.bounds.fit == Fit::Contain && gray.effects.grayscale);
    let red = Some(Surround::Paint(Paint([255, 0, 0, 255])));
    assert_eq!((canvas.bounds.fit, canvas.bounds.surround), (Fit::Pad, red));
    assert_eq!(edits("fit-in/30x20/filters:upscale():fill(red)").len(), 1);
    assert_eq!(edits("30x20/filters:grayscale():fill(red)").len(), 2);
    // A side that is not said is that of the picture.
    let [size, canvas] = edits("fit-in/30x/filters:fill(red)").try_into().unwrap();
    assert_eq!((size.bounds.fit, canvas.bounds.fit), (Fit::Contain, Fit::Pad));
    assert_eq!((canvas.bounds.width, canvas.bounds.height), (pixels(30), Some(Length::WHOLE)));
    assert_eq!(edits("fit-in/filters:fill(red)").len(), 0);
    assert_eq!(edits("full-fit-in/30x20/filters:grayscale():fill(red)").len(), 2);
}

#[test]
fn filters_say_how_it_is_written() {
    let output = |path: &str| request(&format!("{path}/a.png")).wish.output.clone();
    let quality = |number| Some(QualityWish::Number(Quality::new(number)));
    assert_eq!((output("3x3").format, output("3x3").coding.quality), (Some(FormatWish::Same), quality(80)));
    assert!(output("3x3").coding.is_progressive);
    assert_eq!(output("filters:quality(40)").coding.quality, quality(40));
    assert_eq!(output("filters:format(webp)").format, Some(FormatWish::Named(OutputFormat::WEBP)));
    assert_eq!(output("filters:max_bytes(4000)").coding.max_bytes.map(|most| most.bytes()), Some(4000));
    assert_eq!(output("filters:max_frames(3)").max_frames.map(|most| most.get()), Some(3));
    assert!(output("filters:page(1)").is_still && !output("filters:page(2)").is_still);
    let is_lossless = |filters: &str| output(&format!("filters:{filters}")).coding.is_lossless;
    assert!(
        is_lossless("lossless():format(webp)") && !is_lossless("lossless():format(jpeg)") && !is_lossless("lossless()")
    );
    for path in ["a.png", "filters:format(magic)/a.png", "filters:strip_exif()/a.png", "0x0/a.png"] {
        assert!(request(path).wish.edits().is_empty(), "{path}");
        assert_eq!(request(path).wish.output.format, Some(FormatWish::Same), "{path}");
    }
}

#[test]
fn filters_change_pixels() {
    let effects = |filter: &str| edits(&format!("filters:{filter}")).pop().map(|edit| edit.effects);
    for (filter, radius, sigma) in [("blur(4,2)", 4.0, 2.0), ("blur(4)", 4.0, 0.0)] {
        assert_eq!(effects(filter).unwrap().blur, deviation::deviation(radius, sigma), "{filter}");
    }
    for gray in ["saturation(0.0)", "saturation(0)", "saturation(-100)"] {
        assert!(effects(gray).unwrap().grayscale, "{gray}");
    }
    let percent = |text| Tones { saturation: Alteration::parse(text).unwrap(), ..Tones::default() };
    for (filter, change) in [("saturation(2)", "100"), ("saturation(1.5)", "50"), ("saturation(30)", "30")] {
        assert_eq!(effects(filter).unwrap().tones, percent(change), "{filter}");
    }
    let wash = Wash::towards([255, 0, 0], [40, 80, 20]);
    assert_eq!(effects("colorize(40,80,20,ff0000)").unwrap().tones, Tones { wash, ..Tones::default() });
    assert_eq!(effects("brightness(20)"), effects("brightness( 20 )"));
    let lift = |filter: &str| effects(filter).map(|effects| effects.tones.lift);
    assert_eq!(lift("brightness(40)"), Some(Lift::of_percent([40; 3])));
    assert_eq!(lift("rgb(20,-20,400)"), Some(Lift::of_percent([20, -20, 100])));
    assert_eq!(edits("filters:contrast(40)").len(), 2);
    assert!(effects("pixelate()").unwrap().pixelate.is_some_and(|side| side.get() == 10));
    assert_eq!(edits("filters:label(a,1,2)").iter().filter(|edit| edit.text.is_some()).count(), 1);
    assert!(effects("sharpen(2,1.0,true)").unwrap().sharpen.is_some());
    let [corner] = edits("filters:round_corner(20,255,0,0)").try_into().unwrap();
    assert!(corner.radius.is_some() && corner.around == Some(Paint([255, 0, 0, 255])));
    let [clear] = edits("filters:round_corner(20|30,255,0,0,true)").try_into().unwrap();
    assert!(clear.radius.is_some() && clear.around.is_none());
    let [overlaid] = edits("filters:watermark(logo.png,10,20,40)").try_into().unwrap();
    assert_eq!(overlaid.overlays.len(), 1);
    for filter in [
        "noise(3)",
        "colorize(1,2,3)",
        "colorize(1,2,x,red)",
        "saturation(1)",
        "proportion(1.5)",
        "proportion(0)",
        "blur(x)",
        "rotate(45)",
        "rgb(1,2)",
        "contrast(0)",
        "brightness(0)",
        "label(a,x,0)",
        "round_corner(x)",
        "crop(1,2)",
        "fill(nonsense)",
    ] {
        assert_eq!(edits(&format!("filters:{filter}")), [], "{filter}");
    }
}

#[test]
fn a_picture_may_go_out_as_it_is_under_a_name_and_until_some_time() {
    let raw = request("30x20/filters:raw():grayscale()/a.jpg");
    assert_eq!(raw, ImageRequest::new(raw.original.clone(), Wish::default()));
    let saving = request("30x20/filters:attachment(my%20file.jpg)/a.jpg").saving;
    assert_eq!((saving.stem.as_deref(), saving.is_attachment), (Some("my file"), true));
    let heard = |path: &str| {
        let headers = HeaderMap::new();
        thumbor().read(Wording { method: &Method::GET, path, query: None, headers: &headers })
    };
    let until = SystemTime::UNIX_EPOCH + Duration::from_secs(32_503_680_000);
    for path in ["/unsafe/filters:expire(32503680000000)/a.jpg", "/unsafe/meta/filters:expire(32503680000000)/a.jpg"] {
        let heard = heard(path);
        assert_eq!((heard.permit, heard.asked.is_ok()), (Ok(Some(until)), true), "{path}");
    }
    assert_eq!(heard("/unsafe/filters:expire(soon)/a.jpg").permit, Ok(None));
    assert!(heard("/unsafe/filters:expire(1000)/a.jpg").asked.unwrap_err().to_string().contains("expired"));
}

#[test]
fn what_is_passed_over_is_told_once_and_no_more_than_so_often() {
    let thumbor = thumbor();
    for number in 0..200 {
        let _ = asked(&thumbor, &format!("/unsafe/filters:unknown{number}(1):noise(2)/a.jpg"));
    }
    assert_eq!(thumbor.told.lock().unwrap().len(), MAX_TOLD);
}

#[test]
fn urls_are_signed_where_there_is_a_key() {
    let with = |key: Option<&str>, allows_unsafe| {
        let key = key.map(crate::dialect::SecretText::new);
        Thumbor::new(&ThumborSettings { key, allows_unsafe, respects_orientation: true }, Arc::default())
    };
    let signed = "/v8t5GAHLIdkuXUkNjnpXEkWQuZ0=/64x48/city.jpg";
    let (unsigned, wrong) = ("/unsafe/64x48/city.jpg", "/wrong/64x48/city.jpg");
    let keyed = with(Some("open sesame"), None);
    assert!(keyed.is_protected() && asked(&keyed, signed).is_ok());
    assert!(asked(&keyed, unsigned).is_err() && asked(&keyed, wrong).is_err());
    let lenient = with(Some("open sesame"), Some(true));
    assert!(asked(&lenient, signed).is_ok() && asked(&lenient, unsigned).is_ok() && asked(&lenient, wrong).is_err());
    let open = with(None, None);
    assert!(!open.is_protected() && asked(&open, unsigned).is_ok() && asked(&open, signed).is_err());
    assert!(asked(&with(None, Some(false)), unsigned).is_err());
}

/// What is known of a photo, as it is stored.
fn photo(width: u32, height: u32, orientation: Orientation) -> Facts {
    Facts {
        format: Format::Jpeg,
        orientation,
        stored: Dimensions::new(width, height),
        frames: 1,
        decoding: Decoding { pixel_bytes: 3, working_bytes: 0, is_by_parts: false },
        condition: Condition::CLEAN,
        drawing: None,
    }
}

#[test]
fn it_tells_what_it_would_do() {
    assert_eq!(request("meta/30x20/a.jpg").delivery, Delivery::Tell);
    let facts = photo(400, 600, Orientation::Rotated90);
    let target = |path: &str| {
        let (headers, path) = (HeaderMap::new(), format!("/unsafe/meta/{path}/a.jpg"));
        let wording = Wording { method: &Method::GET, path: &path, query: None, headers: &headers };
        let told: serde_json::Value = serde_json::from_str(&thumbor().tell(&facts, wording).unwrap().body).unwrap();
        assert_eq!(told["thumbor"]["source"]["width"], 600, "{path}");
        assert!(told["thumbor"]["focal_points"].is_array(), "{path}");
        let side = |name: &str| told["thumbor"]["target"][name].as_u64().unwrap();
        let kinds = told["thumbor"]["operations"].as_array().unwrap();
        let kinds: Vec<_> = kinds.iter().map(|kind| kind["type"].as_str().unwrap().to_owned()).collect();
        ((side("width"), side("height")), kinds.join(" "))
    };
    for (path, dimensions, operations) in [
        ("300x300", (300, 300), "crop resize"),
        ("300x200", (300, 200), "resize"),
        ("300x", (300, 200), "resize"),
        ("fit-in/300x300", (300, 200), "resize"),
        ("fit-in/900x900", (600, 400), ""),
        ("fit-in/900x900/filters:upscale()", (900, 600), ""),
        ("fit-in/90x90/filters:fill(red)", (90, 60), "resize"),
        ("fit-in/900x900/filters:fill(red)", (900, 900), ""),
        ("origx90", (600, 90), "crop"),
        ("600x400", (600, 400), ""),
        ("100x100/filters:focal(0x0:50x50)", (100, 100), "crop resize"),
        ("full-fit-in/300x300", (450, 300), "resize"),
        ("adaptive-fit-in/100x300", (150, 100), "resize"),
        ("-20x-20", (20, 20), "crop resize flip_horizontally flip_vertically"),
        ("10x20:110x220", (100, 200), "crop"),
        ("900x900/filters:no_upscale()", (600, 400), ""),
    ] {
        assert_eq!(target(path), (dimensions, operations.to_owned()), "{path}");
    }
}

#[test]
fn it_says_that_it_is_well_and_how_it_understands() {
    for path in ["/healthcheck", "/params/unsafe/3x3/a.jpg"] {
        assert!(matches!(asked(&thumbor(), path), Ok(Asked::Said(_))), "{path}");
    }
}

#[test]
fn it_tells_what_there_is_to_see_and_calls_back() {
    let seen = |path: &str| {
        let order = ThumborOrder::read(path);
        let cooking = Cooking::of(&order.filters, &Places::default());
        let facts = photo(600, 400, Orientation::Upright);
        let told = meta::told(&order, &cooking, &facts, facts.stored);
        let point = told["thumbor"]["focal_points"][0].clone();
        (point["x"].as_u64().unwrap(), point["y"].as_u64().unwrap(), point["origin"].as_str().unwrap().to_owned())
    };
    for (path, x, y, origin) in [
        ("30x20/a.jpg", 300, 200, "alignment"),
        ("30x20/right/top/a.jpg", 600, 0, "alignment"),
        ("10x20:110x220/30x20/a.jpg", 50, 100, "alignment"),
        ("30x20/filters:focal(10x20:30x40)/a.jpg", 20, 30, "Explicit"),
        ("10x10:100x100/30x20/filters:focal(20x20:30x40)/a.jpg", 15, 20, "Explicit"),
        ("50x50:100x100/30x20/filters:focal(20x20:30x40)/a.jpg", 25, 25, "alignment"),
    ] {
        assert_eq!(seen(path), (x, y, origin.to_owned()), "{path}");
    }
    let cut = |path: &str| {
        let order = ThumborOrder::read(path);
        let cooking = Cooking::of(&order.filters, &Places::default());
        let facts = photo(600, 400, Orientation::Upright);
        let told = meta::told(&order, &cooking, &facts, facts.stored);
        let operation = told["thumbor"]["operations"][0].clone();
        ["left", "top", "right", "bottom"].map(|side| operation[side].as_u64().unwrap())
    };
    assert_eq!(cut("100x100/a.jpg"), [100, 0, 500, 400]);
    // A half is rounded to the even number, as Python does it.
    assert_eq!(cut("103x70/a.jpg"), [6, 0, 595, 400]);
    assert_eq!(cut("103x70/right/a.jpg"), [11, 0, 600, 400]);
    assert_eq!(cut("100x100/filters:focal(0x0:50x50)/a.jpg"), [0, 0, 400, 400]);
    assert_eq!(cut("100x100/filters:focal(240x0:260x50)/a.jpg"), [50, 0, 450, 400]);
    assert_eq!(cut("100x100/filters:focal(0.9,0.5)/a.jpg"), [200, 0, 600, 400]);
    for (query, name) in [("a=1&callback=my.f", Some("my.f")), ("callback=alert(1)", None), ("callback=", None)] {
        assert_eq!(meta::callback(Some(query)).as_deref(), name, "{query}");
    }
    for path in ["/unsafe/", "/unsafe/30x20/", "/unsafe/30x20//"] {
        assert!(asked(&thumbor(), path).unwrap_err().contains("original image"), "{path}");
    }
}
