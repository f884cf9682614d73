//! Errors: their status, their words, and pictures in their place.

use super::{bare, denial, escaped, serve};
use crate::pictures::decoded;

#[test]
fn what_is_wrong_with_a_request_is_told_in_the_words_of_imaginary() {
    let server = serve("");
    let processing = "Error while processing the image: ";
    let pipeline = |operations: &str| format!("/pipeline?operations={}&file=city.jpg", escaped(operations));
    let many = format!("[{}]", [r#"{"operation":"flip"}"#; 11].join(","));
    for (target, status, message) in [
        ("/resize?file=city.jpg", 400, format!("{processing}Missing required param: height or width")),
        ("/fit?height=200&file=tower.jpg", 400, format!("{processing}Missing required params: height, width")),
        ("/enlarge?height=200&file=tower.jpg", 400, format!("{processing}Missing required params: height, width")),
        ("/thumbnail?file=tower.jpg", 400, format!("{processing}Missing required params: width or height")),
        (
            "/extract?areawidth=111&file=city.jpg",
            400,
            format!("{processing}Missing required params: areawidth or areaheight"),
        ),
        ("/zoom?file=city.jpg", 400, format!("{processing}Missing required param: factor")),
        ("/rotate?file=city.jpg", 400, format!("{processing}Missing required param: rotate")),
        ("/convert?file=city.jpg", 400, format!("{processing}Missing required param: type")),
        ("/watermark?file=city.jpg", 400, format!("{processing}Missing required param: text")),
        ("/watermarkimage?file=city.jpg", 400, format!("{processing}Missing required param: image")),
        ("/blur?file=odd.png", 400, format!("{processing}Missing required param: sigma or minampl")),
        (
            "/watermarkimage?image=http://nowhere.example/x.png&file=city.jpg",
            400,
            format!("{processing}Unable to retrieve watermark image. http://nowhere.example/x.png"),
        ),
        ("/convert?type=jpg&file=city.jpg", 400, "Unsupported output image format".to_owned()),
        ("/convert?type=avif&file=city.jpg", 400, "Unsupported output image format".to_owned()),
        ("/convert?type=svg&file=city.jpg", 400, format!("{processing}VIPS cannot save to \"svg\"")),
        (
            "/resize?width=abc&file=city.jpg",
            400,
            "Error while processing parameters, error while processing parameter \"width\" with value \"abc\", error: \
             strconv.ParseFloat: parsing \"abc\": invalid syntax"
                .to_owned(),
        ),
        ("/info?width=abc&file=city.jpg", 400, denial(&server.get("/resize?width=abc&file=city.jpg")).1),
        ("/resize?width=80", 400, "Cannot process the image due to missing or invalid params".to_owned()),
        ("/resize?width=80&file=missing.png", 400, "Invalid file path".to_owned()),
        ("/info?file=missing.png", 400, "Invalid file path".to_owned()),
        ("/resize?width=80&file=..%2Fcity.jpg", 400, "Invalid file path".to_owned()),
        ("/resize?width=80&file=words.txt", 406, "Unsupported media type".to_owned()),
        ("/resize?width=80&file=empty.jpg", 400, "Empty or unreadable image".to_owned()),
        ("/nothing", 404, "Not found".to_owned()),
        (&pipeline(""), 400, format!("{processing}Missing or invalid pipeline operations JSON")),
        (&pipeline(&many), 400, format!("{processing}Maximum allowed pipeline operations exceeded")),
        (&pipeline(r#"[{"operation":"nope"}]"#), 400, format!("{processing}Unsupported operation name: nope")),
    ] {
        assert_eq!(denial(&server.get(target)), (status, message), "{target}");
    }
    for target in [
        pipeline(r#"[{"operation":"crop","ignore_failure":true,"params":{"width":"x"}}]"#),
        pipeline("[{"),
        "/extract?top=400&areawidth=30&areaheight=30&file=city.jpg".to_owned(),
        "/extract?width=150&areawidth=300&areaheight=9&file=city.jpg".to_owned(),
        "/zoom?factor=100000&file=city.jpg".to_owned(),
        "/enlarge?width=60000&height=60000&file=city.jpg".to_owned(),
    ] {
        let (status, message) = denial(&server.get(&target));
        assert_eq!((status, message.starts_with("Error while processing ")), (400, true), "{target}: {message}");
    }
}

#[test]
fn an_error_is_about_what_is_wrong_first() {
    let server = serve("");
    let processing = "Error while processing the image: ";
    let pipeline = |operations: &str| format!("/pipeline?operations={}&file=city.jpg", escaped(operations));
    for (target, status, message) in [
        ("/info?file=empty.jpg", 400, "Empty or unreadable image".to_owned()),
        ("/convert?file=empty.jpg", 400, "Empty or unreadable image".to_owned()),
        ("/watermarkimage?image=http://nowhere.example/x.png&file=missing.jpg", 400, "Invalid file path".to_owned()),
        (
            &pipeline(r#"[{"operation":"resize","params":{"width":"abc"}}]"#),
            400,
            format!(
                "{processing}error while processing parameter \"width\" with value \"abc\", error: \
                 strconv.ParseFloat: parsing \"abc\": invalid syntax"
            ),
        ),
    ] {
        assert_eq!(denial(&server.get(target)), (status, message), "{target}");
    }
}

#[test]
fn only_get_and_post_are_answered() {
    let server = serve("-http-cache-ttl 100");
    for method in ["PUT", "DELETE", "OPTIONS", "PATCH"] {
        let answer = server.ask(method, "/crop?width=9&file=city.jpg", &[]);
        let (status, message) = denial(&answer);
        assert_eq!((status, message.starts_with("HTTP method not allowed.")), (405, true), "{method}: {message}");
    }
    assert_eq!(server.ask("HEAD", "/crop?width=9&file=city.jpg", &[]).status, 405);
}

#[test]
fn a_signature_is_looked_for_before_the_method() {
    let server = serve("-enable-url-signature -url-signature-key 00112233445566778899aabbccddeeff");
    let signed = "/resize?file=city.jpg&width=123&sign=242kN4CHt4DWraQu203Aek4HtG55jGvsodxv5oE9LrM";
    for method in ["PUT", "DELETE", "PATCH"] {
        assert_eq!(server.ask(method, "/resize?file=city.jpg&width=123", &[]).status, 403, "{method}");
        let known = server.ask(method, signed, &[]);
        assert_eq!((known.status, known.header("allow").as_deref()), (405, Some("GET, POST")), "{method}");
        // What is no picture is not signed.
        assert_eq!(server.ask(method, "/health", &[]).status, 405, "{method}");
    }
    assert_eq!((server.ask("HEAD", signed, &[]).status, server.get(signed).status), (405, 200));
}

#[test]
fn a_picture_in_place_of_an_error_is_kept_as_long_as_the_error() {
    let server = serve("-enable-placeholder -http-cache-ttl 50");
    for target in ["/resize?width=20&file=missing.jpg", "/crop?width=20&file=words.txt"] {
        let kept = server.get(target).header("cache-control");
        assert_eq!(kept.as_deref(), Some("public, s-maxage=50, max-age=50, no-transform"), "{target}");
    }
}

#[test]
fn a_picture_of_too_many_pixels_is_none_to_work_on() {
    let server = serve("-max-allowed-resolution 0.2");
    let too_big = (422, "Image resolution is too big".to_owned());
    for target in ["/resize?width=9&file=city.jpg", "/info?file=city.jpg", "/resize?file=city.jpg"] {
        assert_eq!(denial(&server.get(target)), too_big, "{target}");
    }
    assert_eq!(denial(&server.get("/resize?width=x&file=city.jpg")).0, 400);
    assert_eq!(server.get("/resize?width=9&file=turned.jpg").status, 200);
}

#[test]
fn a_picture_stands_in_for_errors() {
    let server = serve("-enable-placeholder");
    for (target, status, kind, size) in [
        ("/resize?width=100&file=missing.jpg", 400, "image/jpeg", (100, 400)),
        ("/resize?file=missing.jpg", 400, "image/jpeg", (400, 400)),
        ("/info?width=300&height=20&type=png&file=missing.jpg", 400, "image/png", (300, 20)),
        ("/fit?width=60&file=city.jpg&type=webp", 400, "image/webp", (60, 400)),
        ("/crop?width=600&height=500&file=words.txt", 406, "image/jpeg", (600, 500)),
    ] {
        let answer = server.get(target);
        assert_eq!((answer.status, answer.content_type().as_str()), (status, kind), "{target}");
        assert_eq!(decoded(&answer.body).dimensions(), size, "{target}");
        let told: serde_json::Value = serde_json::from_str(&answer.header("error").unwrap()).unwrap();
        assert_eq!(told["status"], status, "{target}");
    }
    // What cannot be made is told in words, and so is what is nothing.
    assert_eq!(denial(&server.get("/nothing?width=300")), (404, "Not found".to_owned()));
    assert_eq!(denial(&server.get("/resize?width=abc&file=missing.jpg")).0, 400);
    assert_eq!(denial(&server.get("/resize?width=60000&file=missing.jpg")).0, 400);
}

#[test]
fn the_operators_own_picture_and_status_stand_in_for_errors() {
    let place = super::drawn::gallery();
    let path = place.root().join("odd.png");
    let arguments = format!("-placeholder {} -placeholder-status 200 -return-size", path.display());
    let server = place.serve(&super::variables(&arguments));
    let answer = server.get("/resize?width=50&file=missing.jpg");
    assert_eq!(super::shape(&answer), ("image/png".to_owned(), (50, 61)));
    assert_eq!(answer.header("error").as_deref(), Some(r#"{"message":"Invalid file path","status":400}"#));
}

#[test]
fn files_and_urls_are_asked_for_only_where_that_is_switched_on() {
    let place = super::drawn::gallery();
    let mut command =
        place.command(&[("IMAGE_PROXY_DIALECTS", "imaginary=/"), ("IMAGE_PROXY_IMAGINARY_ARGS", "-cors")]);
    command.env_remove("IMAGE_PROXY_ROOT_PATH");
    let server = place.serve_command(command);
    let (status, message) = denial(&server.get("/crop?width=9&file=city.jpg"));
    assert_eq!((status, message.starts_with("GET method not allowed.")), (405, true), "{message}");
    assert_eq!([server.get("/").status, server.get("/form").status, server.get("/health").status], [200; 3]);
    let server = bare("");
    assert_eq!(denial(&server.get("/crop?width=9&url=http://a.example/x.png")).0, 400);
}
