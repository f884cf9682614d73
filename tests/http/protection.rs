//! What URLs may ask for: allowed sizes, allowed parameters and presets, whatever dialect they are in.

use image_proxy::dialect::parameters;

use crate::pictures::{BLUE, GREEN, RED, WHITE, decoded, jpeg, quarters};
use crate::server::{Place, Server};

/// 1200 by 900.
const PHOTO: &str = "/photo.jpg";
const SIZES: (&str, &str) = ("IMAGE_PROXY_ALLOWED_SIZES", "400,200,800");
const REFUSING: (&str, &str) = ("IMAGE_PROXY_ALLOWED_SIZES_MODE", "refuse");
const PRESETS: (&str, &str) = ("IMAGE_PROXY_PRESETS", "thumb=w=150&h=150&fit=cover;gray=bw=1&size=300");
const PRESETS_ALONE: (&str, &str) = ("IMAGE_PROXY_PRESETS_ONLY", "true");
const IMAGINARY: (&str, &str) = ("IMAGE_PROXY_DIALECTS", "imaginary=/im");
/// What parameters may be that ask for nothing.
const HARMLESS: [&str; 3] = ["v", "sig", "exp"];

fn place() -> Place {
    Place::with(&[(&PHOTO[1..], jpeg(&quarters(1200, 900, [RED, GREEN, BLUE, WHITE])))])
}

fn serve(settings: &[(&str, &str)]) -> Server {
    place().serve(settings)
}

fn dimensions(server: &Server, target: &str) -> (u32, u32) {
    dimensions_with(server, target, &[])
}

fn dimensions_with(server: &Server, target: &str, headers: &[(&str, &str)]) -> (u32, u32) {
    let answer = server.get_with(target, headers);
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    decoded(&answer.body).dimensions()
}

fn refused(settings: &[(&str, &str)]) -> String {
    let output = Place::new().command(settings).arg("--check-config").output().unwrap();
    assert_eq!(output.status.code(), Some(78), "{settings:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn an_edge_gets_the_next_larger_size_after_all_that_it_follows_from() {
    let server = serve(&[SIZES, ("IMAGE_PROXY_CLIENT_HINTS", "sec-ch-dpr,sec-ch-width")]);
    for (query, expected) in [
        ("w=150", (200, 150)),
        ("w=150&dpr=2", (400, 300)),
        ("w=150&zoom=2", (400, 300)),
        ("h=201", (533, 400)),
        ("size=16000", (800, 600)),
        ("w=25p", (400, 300)),
        ("w=0.1", (200, 150)),
        ("fit=150,390", (200, 150)),
        ("resize=150,390", (200, 400)),
        ("w=150&ar=2:1", (200, 200)),
        ("w=300&h=300&fit=cover&trim", (400, 400)),
    ] {
        assert_eq!(dimensions(&server, &format!("{PHOTO}?{query}")), expected, "{query}");
    }
    assert_eq!(dimensions_with(&server, &format!("{PHOTO}?w=150"), &[("sec-ch-dpr", "2")]), (400, 300));
    let one = server.get(&format!("{PHOTO}?w=201")).header("etag");
    assert_eq!(one, server.get(&format!("{PHOTO}?w=400")).header("etag"), "one rendition for both");
    assert_eq!(server.get(&format!("{PHOTO}?format=blurhash")).status, 200);
}

#[test]
fn another_size_is_refused_where_that_is_set() {
    let server = serve(&[SIZES, REFUSING]);
    for query in ["w=200", "w=100&dpr=2", "w=400&h=200", "size=800", "format=webp", "h=400&trim"] {
        assert_eq!(server.get(&format!("{PHOTO}?{query}")).status, 200, "{query}");
    }
    for query in ["w=201", "w=200&dpr=3", "w=400&h=201", "size=801", "w=400&ar=16:9", "w=50p", "h=401&trim", "zoom=0.9"]
    {
        let answer = server.get(&format!("{PHOTO}?{query}"));
        assert_eq!(answer.status, 403, "{query}");
        assert!(answer.text().contains("expected one of the sizes 200, 400, 800"), "{}", answer.text());
        assert_eq!(server.ask("HEAD", &format!("{PHOTO}?{query}"), &[]).status, 403, "{query}");
    }
}

#[test]
fn only_parameters_that_are_allowed_are_answered_by_all_their_names() {
    let server = serve(&[("IMAGE_PROXY_ALLOWED_PARAMETERS", "width,h"), PRESETS]);
    for query in ["w=40", "imwidth=40&height=40", "v=x&sig=y&exp=z", "utm_source=x", "preset=gray", "preset=gray&w=40"]
    {
        assert_eq!(server.get(&format!("{PHOTO}?{query}")).status, 200, "{query}");
    }
    for parameter in parameters() {
        let is_allowed = ["w", "h", "preset"].contains(&parameter.name()) || HARMLESS.contains(&parameter.name());
        for name in parameter.names.iter().filter(|_| !is_allowed) {
            let answer = server.get(&format!("{PHOTO}?w=40&{}=1", name.to_uppercase()));
            assert_eq!(answer.status, 403, "{name}");
            let expected = format!("{}: it is not to be asked for here, and these are: w, h\n", parameter.name());
            assert_eq!(answer.text(), expected);
        }
    }
}

#[test]
fn a_preset_stands_for_its_parameters_and_more_win_over_it() {
    let server = serve(&[PRESETS]);
    for (query, expected) in [
        ("preset=thumb", (150, 150)),
        ("preset=thumb&w=300", (300, 150)),
        ("h=100&preset=thumb", (150, 100)),
        ("preset=thumb&size=200", (200, 150)),
        ("preset=gray&w=100&h=100", (100, 75)),
        ("preset=thumb&dpr=2", (300, 300)),
        ("preset=gray&preset=thumb", (150, 150)),
    ] {
        assert_eq!(dimensions(&server, &format!("{PHOTO}?{query}")), expected, "{query}");
    }
    let etag = |query: &str| server.get(&format!("{PHOTO}?{query}")).header("etag");
    assert_eq!(etag("preset=thumb"), etag("w=150&h=150&fit=cover"));
    let unknown = server.get(&format!("{PHOTO}?preset=thum"));
    let expected = "preset: expected one of thumb, gray, got \"thum\"; did you mean thumb?\n";
    assert_eq!((unknown.status, unknown.text().as_str()), (400, expected));
}

#[test]
fn a_preset_may_have_other_sizes_and_parameters_than_urls() {
    let server = serve(&[SIZES, REFUSING, PRESETS, ("IMAGE_PROXY_ALLOWED_PARAMETERS", "w,h,dpr")]);
    for (query, expected) in
        [("preset=thumb", (150, 150)), ("preset=thumb&w=200", (200, 150)), ("preset=gray", (300, 225))]
    {
        assert_eq!(dimensions(&server, &format!("{PHOTO}?{query}")), expected, "{query}");
    }
    for query in ["preset=thumb&w=201", "preset=thumb&dpr=1.5", "preset=thumb&fit=pad", "w=150&h=150"] {
        assert_eq!(server.get(&format!("{PHOTO}?{query}")).status, 403, "{query}");
    }
    // What a client's screen asks for is no preset's.
    assert_eq!(server.get_with(&format!("{PHOTO}?preset=thumb"), &[("sec-ch-dpr", "1.5")]).status, 403);
}

#[test]
fn where_presets_alone_are_asked_for_no_parameter_does_anything_else() {
    let hinted = ("IMAGE_PROXY_CLIENT_HINTS", "sec-ch-dpr,sec-ch-width");
    let server = serve(&[PRESETS, PRESETS_ALONE, hinted, ("IMAGE_PROXY_EXPLAIN", "true")]);
    for query in ["explain", "explain=0", "preset=thumb&EXPLAIN=0", "explain=badly"] {
        assert_eq!(server.get(&format!("{PHOTO}?{query}")).status, 403, "{query}");
    }
    assert_eq!(dimensions(&server, &format!("{PHOTO}?preset=thumb&v=x&sig=y&exp=z&utm_source=x")), (150, 150));
    let hints = [("sec-ch-dpr", "2"), ("sec-ch-width", "77")];
    assert_eq!(dimensions_with(&server, &format!("{PHOTO}?preset=thumb"), &hints), (150, 150));
    assert_eq!(server.get(PHOTO).status, 200);
    for parameter in parameters().filter(|parameter| parameter.name() != "preset") {
        for name in parameter.names.iter().filter(|_| !HARMLESS.contains(&parameter.name())) {
            for value in ["", "=1", "=40", "=auto", "=0,0,9,9", "=white", "=webp"] {
                for query in [
                    format!("{name}{value}"),
                    format!("preset=thumb&{name}{value}"),
                    format!("%{:02x}{}{value}&preset=thumb", name.as_bytes()[0], &name[1..]),
                ] {
                    assert_eq!(server.get(&format!("{PHOTO}?{query}")).status, 403, "{query}");
                }
            }
        }
    }
}

#[test]
fn where_renditions_are_signed_no_parameter_does_anything_unsigned() {
    let server = serve(&[PRESETS, ("IMAGE_PROXY_SIGNING", "renditions"), ("IMAGE_PROXY_SIGNING_KEYS", "a:secret")]);
    for name in parameters().flat_map(|parameter| parameter.names).filter(|name| !HARMLESS.contains(name)) {
        for query in [format!("{name}=1"), format!("{}&sig=x", name.to_uppercase())] {
            assert_eq!(server.get(&format!("{PHOTO}?{query}")).status, 403, "{query}");
        }
    }
}

#[test]
fn what_holds_for_urls_holds_in_the_words_of_an_open_dialect_too() {
    let server = serve(&[IMAGINARY, SIZES, ("IMAGE_PROXY_ALLOWED_PARAMETERS", "w,h,fit,gravity")]);
    let file = &PHOTO[1..];
    assert_eq!(dimensions(&server, &format!("/im/resize?width=150&file={file}")), (200, 150));
    assert_eq!(dimensions(&server, &format!("/im/crop?width=150&height=390&file={file}")), (200, 400));
    for target in ["resize?width=200&type=webp", "resize?width=200&quality=40", "blur?sigma=4", "rotate?rotate=90"] {
        assert_eq!(server.get(&format!("/im/{target}&file={file}")).status, 403, "{target}");
    }
    let refusing = serve(&[IMAGINARY, SIZES, REFUSING]);
    assert_eq!(refusing.get(&format!("/im/resize?width=201&file={file}")).status, 403);
    let chain = r#"[{"operation":"resize","params":{"width":201},"ignore_failure":true}]"#;
    let chain: String = chain.bytes().map(|byte| format!("%{byte:02x}")).collect();
    assert_eq!(refusing.get(&format!("/im/pipeline?file={file}&operations={chain}")).status, 403);
}

#[test]
fn a_dialect_with_a_key_of_its_own_has_its_own_say() {
    let keyed = ("IMAGE_PROXY_IMAGINARY_ARGS", "-key secret");
    let server = serve(&[IMAGINARY, keyed, SIZES, PRESETS, PRESETS_ALONE, ("IMAGE_PROXY_ALLOWED_PARAMETERS", "w")]);
    let target = format!("/im/resize?width=150&type=webp&key=secret&file={}", &PHOTO[1..]);
    assert_eq!(dimensions(&server, &target).0, 150);
    assert_eq!(server.get(&format!("{PHOTO}?w=200")).status, 403);
}

#[test]
fn an_open_dialect_beside_presets_alone_is_refused_at_the_start() {
    for (dialects, name) in
        [("imaginary=/im", "imaginary"), ("upload=/up", "upload"), ("picfit=/p", "picfit"), ("iaas=/i", "iaas")]
    {
        let said = refused(&[("IMAGE_PROXY_DIALECTS", dialects), PRESETS, PRESETS_ALONE]);
        assert!(
            said.contains("IMAGE_PROXY_PRESETS_ONLY") && said.contains("IMAGE_PROXY_DIALECTS") && said.contains(name),
            "{said}"
        );
    }
}

#[test]
fn what_is_wrong_with_these_settings_is_said_at_the_start() {
    let presets = |text: &str| refused(&[("IMAGE_PROXY_PRESETS", text)]);
    for (said, expected) in [
        (refused(&[("IMAGE_PROXY_ALLOWED_SIZES", "400,big")]), "IMAGE_PROXY_ALLOWED_SIZES: expected whole numbers"),
        (refused(&[("IMAGE_PROXY_ALLOWED_SIZES_MODE", "drop")]), "one of snap, refuse"),
        (refused(&[("IMAGE_PROXY_ALLOWED_PARAMETERS", "w,heigth")]), "did you mean height?"),
        (refused(&[PRESETS_ALONE]), "IMAGE_PROXY_PRESETS=name=query"),
        (
            presets("thumb=w=wide"),
            "IMAGE_PROXY_PRESETS: expected a query that can be read as the preset thumb: w: expected",
        ),
        (presets("thumb=w=1;thumb=w=2"), "each preset once"),
        (presets("thumb=preset=b;b=w=2"), "a preset names no other"),
        (presets("@/no/such/file"), "a file that can be read"),
    ] {
        assert!(said.contains(expected), "{said}");
    }
    let output = Place::new().command(&[PRESETS, SIZES]).arg("--check-config").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("IMAGE_PROXY_PRESETS=thumb=w=150&h=150&fit=cover;gray=bw=1&size=300\n"), "{said}");
}

#[test]
fn presets_are_read_from_a_file() {
    let place = place();
    let file = place.outside().join("presets");
    std::fs::write(&file, "# ours\n\nthumb=w=150&h=150&fit=cover # small\n").unwrap();
    let at = format!("@{}", file.display());
    let server = place.serve(&[("IMAGE_PROXY_PRESETS", &at)]);
    assert_eq!(dimensions(&server, &format!("{PHOTO}?preset=thumb")), (150, 150));
}
