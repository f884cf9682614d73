use std::sync::Arc;

use http::HeaderValue;

use super::*;
use crate::dialect::SecretText;
use crate::request::{
    Angle, Bounds, Cutout, Delivery, Edit, Fit, FormatWish, Gravity, Length, OutputFormat, Paint, QualityWish,
    Surround, TurnWish,
};

fn dialect() -> Imaginary {
    Imaginary::new(ImaginarySettings::default(), 1 << 20)
}

fn heard(dialect: &Imaginary, method: &Method, url: &str) -> Result<Asked, String> {
    let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
    let headers = HeaderMap::from_iter([(http::header::ACCEPT, HeaderValue::from_static("image/webp"))]);
    dialect.read(Wording { method, path, query, headers: &headers }).asked.map_err(|error| error.to_string())
}

fn request(url: &str) -> ImageRequest {
    match heard(&dialect(), &Method::GET, url).unwrap() {
        Asked::Image(request) => request,
        asked => panic!("{asked:?}"),
    }
}

fn wish(operation: &str) -> Wish {
    let request = request(&format!("/{operation}&file=a.jpg"));
    assert_eq!(
        (request.original, request.delivery),
        (ImagePath::from_decoded("a.jpg").unwrap().into(), Delivery::Send)
    );
    Arc::unwrap_or_clone(request.wish)
}

fn edits(operation: &str) -> Vec<Edit> {
    wish(operation).edits().to_vec()
}

fn pixels(side: u32) -> Option<Length> {
    Some(Length::Pixels(side))
}

#[test]
fn sides_mean_what_the_operation_makes_of_them() {
    let (width, height) = (pixels(30), pixels(20));
    let plain = Bounds { width, height, ..Bounds::default() };
    let cover = Bounds { fit: Fit::Cover, may_enlarge: true, keeps_smaller: true, ..plain };
    let stretch = Bounds { fit: Fit::Stretch, may_enlarge: true, ..plain };
    let pad = Bounds { fit: Fit::Pad, keeps_smaller: true, surround: Some(Surround::Edge), ..plain };
    let one = Bounds { height: None, ..plain };
    let cut = Bounds { height: Some(Length::WHOLE), fit: Fit::Cover, ..plain };
    for (operation, bounds) in [
        ("resize?width=30&height=20", pad),
        ("resize?width=30&height=20&nocrop=true", pad),
        ("resize?width=30&height=20&nocrop=false", cover),
        ("resize?width=30&height=20&force=true", stretch),
        ("resize?width=30&height=20&gravity=smart", plain),
        ("resize?width=30", one),
        ("resize?width=30&force=1", Bounds { may_enlarge: true, ..one }),
        ("resize?width=30&nocrop=false", cut),
        ("resize?width=30&aspectratio=3:2", pad),
        ("fit?width=30&height=20", plain),
        ("fit?width=30&height=20&nocrop=false", plain),
        ("enlarge?width=30&height=20", Bounds { keeps_smaller: false, ..cover }),
        ("enlarge?width=30&height=20&nocrop=true", Bounds { may_enlarge: true, ..plain }),
        ("crop?width=30&height=20", cover),
        ("crop?width=30", cut),
        ("crop?width=30&force=true", Bounds { fit: Fit::Stretch, may_enlarge: true, ..cut }),
        ("smartcrop?width=30&height=20", Bounds { gravity: Gravity::Smart, ..cover }),
        ("thumbnail?width=30&height=20", stretch),
        ("thumbnail?width=30", Bounds { may_enlarge: true, ..one }),
        ("flip?width=30&height=20&flip=false", stretch),
    ] {
        assert_eq!(edits(operation).iter().map(|edit| edit.bounds).next_back(), Some(bounds), "{operation}");
    }
    let turned = edits("thumbnail?width=30&height=20&rotate=100");
    assert_eq!(turned.first().map(|edit| (edit.bounds, edit.turn.angle)), Some((plain, Angle::parse("90").unwrap())));
}

#[test]
fn parts_are_cut_out_of_the_scaled_picture() {
    let cutout = |operation: &str| edits(operation).last().and_then(|edit| edit.cutout);
    let whole = Cutout { left: 6, top: 5, width: Some(30), height: Some(20) };
    assert_eq!(cutout("extract?top=5&left=6&areawidth=30&areaheight=20"), Some(whole));
    assert_eq!(cutout("zoom?factor=1&top=5&left=6&areawidth=30"), Some(Cutout { height: None, ..whole }));
    assert_eq!(cutout("zoom?factor=1&areawidth=30"), None);
    let [zoom] = edits("zoom?factor=1").try_into().unwrap();
    assert_eq!((zoom.bounds.width, zoom.bounds.height), (Some(Length::times(2)), Some(Length::times(2))));
    let [turn, zoom] = edits("zoom?factor=1&rotate=90").try_into().unwrap();
    assert!(turn.turn != TurnWish::default() && turn.bounds == Bounds::default() && zoom.turn == TurnWish::default());
}

#[test]
fn formats_and_colours_are_those_that_are_asked_for() {
    let output = |operation: &str| wish(operation).output;
    assert_eq!(output("flip?").format, Some(FormatWish::Same));
    assert_eq!(output("flip?type=auto").format, Some(FormatWish::Named(OutputFormat::WEBP)));
    let quality = |operation: &str| match output(operation).coding.quality {
        Some(QualityWish::Number(quality)) => Some(quality.number()),
        _ => None,
    };
    assert_eq!(quality("convert?type=webp"), Some(75));
    assert_eq!(quality("convert?type=jpeg"), None);
    assert_eq!(quality("convert?type=png&quality=300"), Some(100));
    assert!(output("flip?interlace=t").coding.is_progressive);
    let background = |operation: &str| edits(operation).first().and_then(|edit| edit.background);
    assert_eq!(background("flip?background=1,2,3"), Some(Paint([1, 2, 3, 255])));
    assert_eq!(background("flip?background=0,0,0"), None);
    assert_eq!(background("convert?type=jpeg&background=0,0,0"), Some(Paint([0, 0, 0, 255])));
    let [laid, gray] = edits("watermark?text=a&colorspace=bw").try_into().unwrap();
    assert!(laid.text.is_some() && !laid.effects.grayscale && gray.effects.grayscale);
    assert!(wish("autorotate?width=30&type=png").edits().is_empty());
}

#[test]
fn what_is_wrong_is_told_once_the_picture_is_there() {
    for url in
        ["/resize?file=a.jpg", "/resize?width=x&file=a.jpg", "/convert?type=jpg&file=a.jpg", "/pipeline?file=a.jpg"]
    {
        let request = request(url);
        assert_eq!((request.delivery, request.limit.max_pixels), (Delivery::Tell, None), "{url}");
    }
    let request = request("/resize?width=9&file=a.jpg");
    assert_eq!((request.delivery, request.limit.max_pixels), (Delivery::Send, Some(18_000_000)));
}

#[test]
fn the_source_follows_from_method_and_query() {
    let body = heard(&dialect(), &Method::POST, "/resize?width=9&file=a.jpg").unwrap();
    let Asked::Enclosed { request, expected } = body else { panic!("{body:?}") };
    assert_eq!((request.original, expected.takes_raw, expected.max_bytes), (Reference::Body, true, 1 << 20));
    let told = |url: &str| heard(&dialect(), &Method::GET, url).unwrap_err();
    assert!(told("/resize?width=9").contains("due to missing or invalid params"));
    assert!(told("/resize?width=9&url=http://a.example/").contains("due to missing or invalid params"));
    for file in ["../a.jpg", ".hidden", "a%2f..%2f..%2fb", "a%5cb"] {
        assert!(told(&format!("/resize?width=9&file={file}")).contains("Invalid file path"), "{file}");
    }
    assert!(told("/resize?width=9&file=%25zz").contains("failed to unescape file param"));
}

/// Keys, URLs and signatures that imaginary takes.
#[test]
fn signatures_are_those_of_imaginary() {
    let key = Some(SecretText::new("00112233445566778899aabbccddeeff"));
    let dialect = Imaginary::new(ImaginarySettings { signature_key: key, ..ImaginarySettings::default() }, 1 << 20);
    for url in [
        "/resize?file=city.jpg&width=123&sign=242kN4CHt4DWraQu203Aek4HtG55jGvsodxv5oE9LrM",
        "/crop?height=50&file=tower.jpg&gravity=north&width=60&sign=ZK_TdOFvLr1pL1IbC0lqfVYSI5GC9_M8_Dz-wVCB1gg",
        "/watermark?text=caf%C3%A9+%2B+cr%C3%A8me&file=city.jpg&sign=FgoMefemTcyf2mreosCWXs2vZD_VkAGF77zlG0dIzGk",
        "/info?file=logo.png&sign=cZiJliNx9hOSeYAvZOrKS9z1NNFHSxNToZ8kuSFzLP8",
        "/convert?type=webp&file=odd.png&quality=70&sign=CG0SiimHQCAXRqBqBRbJqtI50GvUFBRYUuSYRktp6iU",
    ] {
        assert!(heard(&dialect, &Method::GET, url).is_ok(), "{url}");
        assert!(heard(&dialect, &Method::GET, &format!("{url}&more=1")).unwrap_err().contains("mismatch"), "{url}");
    }
    assert!(heard(&dialect, &Method::GET, "/").is_ok());
    assert!(
        heard(&dialect, &Method::GET, "/info?file=logo.png&sign=a=").unwrap_err().contains("Invalid URL signature")
    );
}

#[test]
fn a_picture_stands_in_for_errors_alone() {
    let settings = ImaginarySettings { placeholder: Some(placeholder::own()), ..ImaginarySettings::default() };
    let dialect = Imaginary::new(settings, 1 << 20);
    let headers = HeaderMap::new();
    let wording = |query| Wording { method: &Method::GET, path: "/crop", query: Some(query), headers: &headers };
    let stand_in = dialect.stand_in(&bad_request("why"), wording("width=30")).unwrap();
    assert_eq!(stand_in.status, StatusCode::BAD_REQUEST);
    assert_eq!(stand_in.headers["error"], r#"{"message":"why","status":400}"#);
    assert_eq!(stand_in.wish.output.format, Some(FormatWish::Named(OutputFormat::JPEG)));
    assert_eq!(stand_in.wish.edits()[0].bounds.height, Some(Length::WHOLE));
    assert_eq!(dialect.stand_in(&bad_request("why"), wording("width=x")), None);
    let text = Worded::text(StatusCode::TOO_MANY_REQUESTS, "limit exceeded\n");
    assert_eq!(dialect.stand_in(&text, wording("")), None);
    assert_eq!(super::tests::dialect().stand_in(&bad_request("why"), wording("")), None);
}
