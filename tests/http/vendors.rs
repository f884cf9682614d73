//! URLs that front-end libraries make for vendors and frameworks get the picture that they are meant for.

use crate::negotiation::BOTH;
use crate::pictures::{decoded, media_type};
use crate::server::{Place, Server, shipped};

fn server(dialects: &str, variables: &[(&str, &str)]) -> Server {
    let root = shipped();
    let usual = [
        ("IMAGE_PROXY_ROOT_PATH", root.to_str().unwrap()),
        ("IMAGE_PROXY_DIALECTS", dialects),
        ("IMAGE_PROXY_OWN_HOSTS", "example.com"),
    ];
    Place::new().serve(&[&usual, variables].concat())
}

const ALL: &str = "next,vercel,amplify,netlify,astro,weserv,cloudflare,ipx,imagekit,imageengine,storyblok,\
                   cloudinary=/demo/image/upload";

#[test]
fn pictures_have_the_dimensions_and_the_format_that_are_asked_for() {
    let server = server(ALL, &[]);
    for (target, accept, (width, height), formats) in [
        ("/_next/image?url=%2Fanimals%2Fcat.webp&w=256&q=75", BOTH, (256, 170), "avif webp"),
        ("/_vercel/image?url=https%3A%2F%2Fexample.com%2Fanimals%2Fcat.webp&w=256&q=75", "*/*", (256, 170), "webp"),
        ("/_amplify/image?url=%2Fspace%2Frocket.png&w=320&q=75", "*/*", (320, 214), "png"),
        (
            "/.netlify/images?url=/animals/cat.webp&w=200&h=200&fit=cover&position=right&fm=jpg",
            BOTH,
            (200, 200),
            "jpeg",
        ),
        ("/_image?href=%2Fspace%2Frocket.png&w=300&h=200&f=webp&fit=cover", "*/*", (300, 200), "webp"),
        ("/?url=example.com/animals/cat.webp&w=200&h=200&fit=contain&output=png", "*/*", (200, 200), "png"),
        ("/?url=example.com/animals/cat.webp&w=900", "*/*", (900, 599), "webp"),
        ("/cdn-cgi/image/width=200,height=200,fit=cover,gravity=0x0.5/space/rocket.png", "*/*", (200, 200), "png"),
        ("/cdn-cgi/image/w=300,f=auto/https://example.com/space/rocket.png", "image/webp", (300, 200), "webp"),
        ("/_ipx/w_200&f_webp/space/rocket.png", "*/*", (200, 133), "webp"),
        ("/_ipx/w_200,f_webp/space/rocket.png", "*/*", (200, 133), "webp"),
        ("/_ipx/s_200x200/space/rocket.png", "*/*", (200, 200), "png"),
        ("/demo/image/upload/f_auto,q_auto,w_300,h_200,c_lfill/v1/space/rocket", "image/webp", (300, 200), "webp"),
        ("/demo/image/upload/c_crop,w_300,h_200/a_90/space/rocket.webp", "*/*", (200, 300), "webp"),
        ("/tr:w-300,h-300/space/rocket.png", "*/*", (300, 300), "png"),
        ("/space/rocket.png?tr=w-300,h-300,c-at_max:rt-90", "*/*", (200, 300), "png"),
        ("/space/rocket.png?imgeng=/w_300/h_300/m_cropbox/f_jpg", "*/*", (300, 300), "jpeg"),
        ("/space/rocket.png/m/300x0/filters:format(jpeg)", "*/*", (300, 200), "jpeg"),
        ("/space/rocket.png/m/", "image/webp", (640, 427), "webp"),
        ("/space/rocket.png?w=300", "*/*", (300, 200), "png"),
        ("/space/rocket.png?width=300&height=300&aspect_ratio=300:300", "*/*", (300, 300), "png"),
        ("/space/rocket.png?w=300&h=200&aspect_ratio=1:1", "*/*", (300, 200), "png"),
        ("/_image?href=%2Fspace%2Frocket.png&w=900", "*/*", (900, 600), "png"),
        ("/?url=example.com/missing.png&default=example.com/space/rocket.png&w=320&we", "*/*", (320, 214), "png"),
        ("/cdn-cgi/image/width=100%2Cheight=100,fit=cover/space/rocket.png", "*/*", (100, 100), "png"),
        ("/cdn-cgi/image/trim=20;30;20;0/space/rocket.png", "*/*", (610, 387), "png"),
        ("/cdn-cgi/image/trim.left=40/space/rocket.png", "*/*", (600, 427), "png"),
        ("/_ipx/s_900x300,fit_contain/space/rocket.png", "*/*", (640, 213), "png"),
        ("/_ipx/s_900x900,fit_inside/space/rocket.png", "*/*", (427, 285), "png"),
        ("/_ipx/s_900x300,fit_contain,enlarge/space/rocket.png", "*/*", (900, 300), "png"),
        ("/demo/image/upload/l_a/c_scale,w_5/fl_layer_apply/w_320/v1/space/rocket", "*/*", (320, 214), "png"),
        ("/tr:w-900,h-900,cm-pad_extract/space/rocket.png", "*/*", (900, 900), "png"),
        ("/tr:w-300,l-image,i-a.png,w-5,l-end/space/rocket.png", "*/*", (300, 200), "png"),
        ("/demo/image/upload/c_crop,w_0.5,h_0.5/space/rocket.png", "*/*", (320, 214), "png"),
        ("/demo/image/upload/c_pad,b_blurred,w_300,h_300/space/rocket.png", "*/*", (300, 300), "png"),
        ("/tr:w-300,h-300,cm-pad_resize,bg-blurred_25/space/rocket.png", "*/*", (300, 300), "png"),
        ("/space/rocket.png?imgeng=/w_auto_300", "*/*", (300, 200), "png"),
        ("/?url=example.com/space/rocket.png&w=300&mask=circle&mtrim", "*/*", (200, 200), "png"),
        ("/?url=example.com/space/rocket.png&w=300&mask=star&mtrim&mbg=red", "*/*", (210, 200), "png"),
        ("/space/rocket.png?crop=1:1,offset-x10&width=200", "*/*", (200, 200), "png"),
        ("/space/rocket.png?crop=0.5,50p,x10p,offset-y0,safe", "*/*", (320, 214), "png"),
    ] {
        let answer = server.get_with(target, &[("Accept", accept)]);
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        let format = media_type(&answer.body);
        assert!(formats.split(' ').any(|known| format == format!("image/{known}")), "{target}: {format}");
        if format != "image/avif" {
            assert_eq!(decoded(&answer.body).dimensions(), (width, height), "{target}");
        }
    }
}

#[test]
fn around_a_picture_is_what_the_vendor_puts_there() {
    let server = server(ALL, &[]);
    let corner = |target: &str| decoded(&server.get(target).body).get_pixel(0, 0).0;
    for (target, colour) in [
        ("/cdn-cgi/image/width=300,height=300,fit=pad/space/rocket.png", [255, 255, 255, 255]),
        ("/_ipx/s_300x300,fit_contain/space/rocket.png", [0, 0, 0, 255]),
        ("/_ipx/w_300,extend_9_9_9_9/space/rocket.png", [0, 0, 0, 255]),
        ("/_ipx/w_60,rotate_45,b_ff0000/space/rocket.png", [255, 0, 0, 255]),
        ("/_ipx/w_60,rotate_45,b_ff0000/icons/camera.png", [255, 0, 0, 255]),
        ("/_ipx/w_60,rotate_45/icons/camera.png", [0, 0, 0, 255]),
        ("/_image?href=%2Fspace%2Frocket.png&w=300&h=300&fit=contain", [0, 0, 0, 255]),
        ("/demo/image/upload/c_pad,w_300,h_300/space/rocket.png", [0, 0, 0, 0]),
    ] {
        assert_eq!(corner(target), colour, "{target}");
    }
    let [red, green, blue, alpha] = corner("/demo/image/upload/c_pad,b_blurred,w_300,h_300/space/rocket.png");
    assert!(alpha == 255 && red < green && green < blue && blue > 40, "the sky: {red} {green} {blue}");
}

#[test]
fn nothing_comes_from_elsewhere_unless_the_operator_lets_it() {
    let server = server(ALL, &[]);
    for target in [
        "/_next/image?url=https%3A%2F%2Fother.example%2Fa.png&w=256&q=75",
        "/_image?href=https%3A%2F%2Fother.example%2Fa.png&w=256",
        "/?url=other.example/a.png&w=200",
        "/cdn-cgi/image/w=300/https://other.example/a.png",
        "/_ipx/w_300/https://other.example/a.png",
        "/_ipx/w_300/../../etc/passwd",
    ] {
        assert_eq!(server.get(target).status, 400, "{target}");
    }
    for target in ["/_next/image?url=%2Fmissing.png&w=256&q=75", "/_ipx/w_300/missing.png", "/tr:w-2/missing.png"] {
        assert_eq!(server.get(target).status, 404, "{target}");
    }
}

#[test]
fn what_next_may_be_asked_for_is_the_operators() {
    let variables = [("IMAGE_PROXY_NEXT_WIDTHS", "64, 256"), ("IMAGE_PROXY_NEXT_QUALITIES", "75")];
    let server = server("next", &variables);
    let url = |rest: &str| format!("/_next/image?url=%2Fspace%2Frocket.png&{rest}");
    assert_eq!(server.get(&url("w=256&q=75")).status, 200);
    for (rest, text) in [
        ("w=255&q=75", "\"w\" parameter (width) of 255 is not allowed"),
        ("w=256&q=74", "\"q\" parameter (quality) of 74 is not allowed"),
        ("w=256", "\"q\" parameter (quality) is required"),
    ] {
        let answer = server.get(&url(rest));
        assert_eq!((answer.status, answer.text().as_str()), (400, text), "{rest}");
    }
}

#[test]
fn an_accent_holds_for_the_house_or_for_one_prefix() {
    let dimensions = |server: &Server, target: &str| {
        let answer = server.get(target);
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        decoded(&answer.body).dimensions()
    };
    let one = server("native(imgix)=/img,native(shopify)=/shop", &[]);
    assert_eq!(dimensions(&one, "/img/animals/cat.webp?w=900&h=900&fit=crop"), (900, 900));
    assert_eq!(dimensions(&one, "/animals/cat.webp?w=900&h=900&fit=crop"), (300, 300));
    assert_eq!(dimensions(&one, "/shop/animals/cat.webp?width=200&height=200"), (200, 200));
    let photon = server("", &[("IMAGE_PROXY_ACCENT", "photon")]);
    assert_eq!(dimensions(&photon, "/space/rocket.png?crop=0,0,50,50"), (320, 214));
    assert_eq!(dimensions(&photon, "/space/rocket.png?w=300&h=300&crop=1"), (300, 300));
    assert_eq!(dimensions(&photon, "/space/rocket.png?w=320&crop=0,0,50,50"), (160, 107));
}
