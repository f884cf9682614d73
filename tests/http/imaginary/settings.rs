//! Settings as imaginary has them: keys, signatures, limits, headers, and what becomes of each flag.

use std::process::Output;

use super::{denial, drawn, serve, shape, variables};
use crate::server::Place;

const SIGNED: &str = "-enable-url-signature -url-signature-key 00112233445566778899aabbccddeeff";

#[test]
fn a_key_is_shown_in_a_header_or_in_the_query() {
    let server = serve("-key s3cret -http-cache-ttl 60");
    let denied = (401, "Invalid or missing API key".to_owned());
    for target in
        ["/resize?width=9&file=city.jpg", "/resize?width=9&file=city.jpg&key=s3cre", "/health", "/", "/nothing"]
    {
        assert_eq!(denial(&server.get(target)), denied, "{target}");
    }
    assert_eq!(denial(&server.get_with("/health?key=s3cret", &[("API-Key", "other")])), denied);
    for (target, headers) in [
        ("/resize?width=9&file=city.jpg&key=s3cret", &[][..]),
        ("/resize?width=9&file=city.jpg", &[("API-Key", "s3cret")]),
        ("/health", &[("api-key", "s3cret")]),
    ] {
        assert_eq!(server.get_with(target, headers).status, 200, "{target}");
    }
    // No cache may give to all what one may see.
    let answer = server.get("/resize?width=9&file=city.jpg");
    assert_eq!(answer.header("vary").as_deref(), Some("API-Key"));
    assert!(answer.header("cache-control").unwrap().contains("max-age=60"));
    assert_eq!(server.get("/resize?width=9&file=city.jpg&key=s3cret").header("vary"), None);
    assert!(server.stop().iter().all(|line| !line.contains("s3cret")));
}

#[test]
fn signed_urls_are_answered_and_no_others() {
    let server = serve(SIGNED);
    for target in [
        "/resize?file=city.jpg&width=123&sign=242kN4CHt4DWraQu203Aek4HtG55jGvsodxv5oE9LrM",
        "/resize?width=123&sign=242kN4CHt4DWraQu203Aek4HtG55jGvsodxv5oE9LrM&file=city.jpg",
        "/crop?height=50&file=tower.jpg&gravity=north&width=60&sign=ZK_TdOFvLr1pL1IbC0lqfVYSI5GC9_M8_Dz-wVCB1gg",
        "/watermark?text=caf%C3%A9+%2B+cr%C3%A8me&file=city.jpg&sign=FgoMefemTcyf2mreosCWXs2vZD_VkAGF77zlG0dIzGk",
        "/info?file=logo.png&sign=cZiJliNx9hOSeYAvZOrKS9z1NNFHSxNToZ8kuSFzLP8",
        "/",
        "/health",
        "/form",
    ] {
        assert_eq!(server.get(target).status, 200, "{target}");
    }
    for (target, status, message) in [
        (
            "/resize?file=city.jpg&width=124&sign=242kN4CHt4DWraQu203Aek4HtG55jGvsodxv5oE9LrM",
            403,
            "URL signature mismatch",
        ),
        (
            "/fit?file=city.jpg&width=123&sign=242kN4CHt4DWraQu203Aek4HtG55jGvsodxv5oE9LrM",
            403,
            "URL signature mismatch",
        ),
        ("/resize?file=city.jpg&width=123", 403, "URL signature mismatch"),
        ("/resize?file=city.jpg&width=123&sign=24=", 400, "Invalid URL signature"),
        ("/crop", 403, "URL signature mismatch"),
    ] {
        assert_eq!(denial(&server.get(target)), (status, message.to_owned()), "{target}");
    }
    assert_eq!(server.ask("POST", "/flip", &[("Content-Length", "0")]).status, 403);
}

#[test]
fn more_requests_than_allowed_are_told_to_wait() {
    let server = serve("-concurrency 1 -burst 1");
    let answers: Vec<_> = (0..4).map(|_| server.get("/fit?width=9&height=9&file=odd.png")).collect();
    let first = answers.first().unwrap();
    assert_eq!((first.status, first.header("x-ratelimit-limit").as_deref()), (200, Some("2")));
    let over = answers.iter().find(|answer| answer.status == 429).unwrap();
    assert_eq!((over.text().as_str(), over.content_type().as_str()), ("limit exceeded\n", "text/plain; charset=utf-8"));
    assert_eq!(over.header("x-ratelimit-remaining").as_deref(), Some("0"));
    assert_eq!(over.header("retry-after").as_deref(), Some("1"));
    assert!(over.header("x-ratelimit-reset").is_some());
    assert_eq!(server.ask("POST", "/fit?width=9&height=9", &[("Content-Length", "0")]).status, 400, "counted apart");
}

#[test]
fn an_endpoint_that_is_switched_off_is_not_there() {
    let server = serve("-disable-endpoints form,Crop,health");
    let off = (501, "Not implemented endpoint".to_owned());
    for target in ["/form", "/crop?width=9&file=city.jpg", "/health"] {
        assert_eq!(denial(&server.get(target)), off, "{target}");
    }
    assert_eq!(server.get("/fit?width=9&height=9&file=city.jpg").status, 200);
}

#[test]
fn all_paths_are_below_the_prefix() {
    let server = serve("-path-prefix /api/v1");
    assert_eq!(server.get("/api/v1/fit?width=9&height=9&file=city.jpg").status, 200);
    let version = server.get("/api/v1");
    assert_eq!((version.status, version.content_type().as_str()), (200, "application/json"));
    for target in ["/api/v1/", "/fit?width=9&height=9&file=city.jpg", "/", "/api/v1/nothing"] {
        let answer = server.get(target);
        assert_eq!((answer.status, answer.text().as_str()), (404, "404 page not found\n"), "{target}");
    }
    // The path of the house is its own again.
    assert_eq!(server.get("/health").text(), "ok\n");
}

#[test]
fn answers_say_how_long_they_may_be_kept() {
    let target = "/fit?width=9&height=9&file=city.jpg";
    let silent = serve("");
    for target in [target, "/fit?file=city.jpg", "/", "/info?file=city.jpg"] {
        let answer = silent.get(target);
        assert_eq!((answer.header("cache-control"), answer.header("expires")), (None, None), "{target}");
    }
    let server = serve("-http-cache-ttl 86400");
    for target in [target, "/fit?file=city.jpg", "/info?file=city.jpg", "/nothing"] {
        let answer = server.get(target);
        let words = "public, s-maxage=86400, max-age=86400, no-transform";
        assert_eq!(answer.header("cache-control").as_deref(), Some(words), "{target}");
        assert!(answer.header("expires").unwrap().ends_with(" GMT"), "{target}");
    }
    for target in ["/", "/health", "/form"] {
        assert_eq!(server.get(target).header("cache-control"), None, "{target}");
    }
    let never = serve("-http-cache-ttl 0").get(target).header("cache-control");
    assert_eq!(never.as_deref(), Some("private, no-cache, no-store, must-revalidate"));
}

#[test]
fn answers_carry_the_headers_of_imaginary() {
    let server = serve("-cors -return-size");
    let answer = server.get("/resize?width=45&file=turned.jpg");
    let header = |name: &str| answer.header(name);
    assert_eq!([header("image-width").as_deref(), header("image-height").as_deref()], [Some("45"), Some("68")]);
    assert_eq!(
        [header("access-control-allow-origin").as_deref(), header("vary").as_deref()],
        [Some("*"), Some("Origin")]
    );
    assert!(header("server").unwrap().starts_with("imaginary "));
    assert_eq!(header("content-length").unwrap(), answer.body.len().to_string());
    let auto = server.get("/resize?width=45&type=auto&file=city.jpg");
    assert_eq!(auto.header("vary").as_deref(), Some("Accept"));
    for target in ["/info?file=city.jpg", "/", "/nothing", "/convert?file=city.jpg"] {
        assert_eq!(server.get(target).header("image-width"), None, "{target}");
    }
    let itself = server.get("/autorotate?file=city.jpg");
    assert_eq!(
        [itself.header("image-width").as_deref(), itself.header("image-height").as_deref()],
        [Some("640"), Some("427")]
    );
}

#[test]
fn what_imaginary_says_of_itself_is_there() {
    let server = serve("");
    let version: serde_json::Value = serde_json::from_slice(&server.get("/").body).unwrap();
    assert!(["imaginary", "bimg", "libvips"].iter().all(|name| version[name].is_string()), "{version}");
    let health: serde_json::Value = serde_json::from_slice(&server.get("/health").body).unwrap();
    for name in [
        "uptime",
        "allocatedMemory",
        "totalAllocatedMemory",
        "goroutines",
        "completedGCCycles",
        "cpus",
        "maxHeapUsage",
        "heapInUse",
        "objectsInUse",
        "OSMemoryObtained",
    ] {
        assert!(health[name].is_number(), "{name}: {health}");
    }
    let form = server.get("/form");
    assert_eq!((form.status, form.content_type().as_str()), (200, "text/html"));
    assert!(form.text().contains("action=\"resize?width=300&amp;height=200&amp;type=jpeg\""));
}

fn check(place: &Place, variables: &[(&str, &str)]) -> Output {
    place.command(variables).arg("--check-config").output().unwrap()
}

#[test]
fn what_became_of_each_flag_is_told_and_no_secret_is() {
    let place = drawn::gallery();
    let arguments = format!(
        "{SIGNED} -p 9000 -key='s3 cret' --cors -gzip=true -mount {} -mrelease 5 -enable-url-source",
        place.root().display()
    );
    let variables = [variables(&arguments).as_slice(), &[("PORT", "9001")]].concat();
    let output = check(&place, &variables);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    for line in [
        "-key is honoured\n",
        "-cors is honoured\n",
        "-gzip does not apply: imaginary takes no notice of it either\n",
        "-mount is honoured: it is the folder of originals\n",
        "-mrelease does not apply: ",
        "-enable-url-source does not apply: nothing is fetched without a list",
        "-url-signature-key is honoured\n",
        "PORT is honoured: it is where to listen, where no bind address is set\n",
    ] {
        assert!(told.contains(&format!("IMAGE_PROXY_IMAGINARY_ARGS: {line}")), "{line}\n{told}");
    }
    assert!(told.contains("IMAGE_PROXY_IMAGINARY_ARGS=…\n"), "{told}");
    assert!(!told.contains("s3 cret") && !told.contains("00112233"), "{told}");
}

#[test]
fn a_flag_that_cannot_be_is_refused_at_the_start() {
    let place = drawn::gallery();
    for (arguments, why) in [
        ("-colour red", "expected a flag of imaginary, got -colour"),
        ("-http-cache-ttl x", "-http-cache-ttl: expected a whole number from 0 to 31556926, got \"x\""),
        ("-certfile a.pem -keyfile b.pem", "a proxy in front"),
        ("-enable-url-signature -url-signature-key s3cret", "-url-signature-key: expected at least 32 characters"),
        ("-enable-url-signature", "expected a -url-signature-key as well"),
        ("-mount /", "expected a folder that is not the root of all"),
        ("-mount /elsewhere", "they must agree"),
        ("-placeholder /nowhere/at.all", "-placeholder: expected a file that can be read"),
        ("-key 's3cret", "expected a closing '"),
        ("s3cret", "expected flags alone"),
        ("-help", "-help: expected flags of a server that runs"),
        ("-cors=perhaps", "-cors: expected true or false"),
        ("-allowed-origins ftp://x", "-allowed-origins: expected a list"),
    ] {
        let output = check(&place, &variables(arguments));
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(78), "{arguments}: {told}");
        assert!(told.contains("IMAGE_PROXY_IMAGINARY_ARGS: ") && told.contains(why), "{arguments}: {told}");
        assert!(!told.contains("s3cret"), "{told}");
    }
}

#[test]
fn a_server_whose_health_wants_a_key_or_is_switched_off_is_well() {
    let place = drawn::gallery();
    for arguments in ["-key s3cret", "-disable-endpoints health", ""] {
        let server = place.serve(&variables(arguments));
        let address = server.address().to_string();
        let set = [variables(arguments).as_slice(), &[("IMAGE_PROXY_BIND_ADDRESS", address.as_str())]].concat();
        let output = place.command(&set).arg("--health").output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_folder_and_the_port_are_those_of_the_flags() {
    let place = drawn::gallery();
    let arguments = format!("-mount {} -a 127.0.0.1 -p 9", place.root().display());
    let mut command = place.command(&variables(&arguments));
    command.env_remove("IMAGE_PROXY_ROOT_PATH");
    let server = place.serve_command(command);
    assert_eq!(shape(&server.get("/flip?file=odd.png")).1, (97, 61));
    let mut command = place.command(&variables(&arguments));
    command.env_remove("IMAGE_PROXY_BIND_ADDRESS").arg("--check-config");
    let told = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(told.contains("IMAGE_PROXY_BIND_ADDRESS=127.0.0.1:9\n"), "{told}");
}
