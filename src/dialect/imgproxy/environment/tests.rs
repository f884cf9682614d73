use super::*;

fn read(variables: &[(&str, &str)]) -> Result<Legacy<ImgproxySettings>, LegacyError> {
    let variables: Vec<_> = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let read = |path: &Path, _| match path.to_str() {
        Some("presets") => Ok(b"# ours\nsmall=w:1\n\nlarge=w:2/h:3\n".to_vec()),
        Some("picture") => Ok(b"picture".to_vec()),
        _ => Err(io::ErrorKind::NotFound.into()),
    };
    imgproxy_settings(ImgproxyEnvironment { variables: &variables, read })
}

#[test]
fn what_is_not_set_is_as_it_is_there() {
    let Legacy { settings, inherited, claims, .. } =
        read(&[("PATH", "/bin"), ("IMGPROXY_TTL", " "), ("IMGPROXY_SECRET", "")]).unwrap();
    assert_eq!((settings.max_age, settings.quality), (31_536_000, 80));
    assert!(
        inherited.is_empty() && claims.is_empty() && !settings.signatures.are_needed() && settings.bearer.is_none()
    );
}

#[test]
fn every_variable_has_a_fate_and_none_shows_its_value() {
    let Legacy { claims, inherited, root, .. } = read(&[
        ("IMGPROXY_KEY", "aa,bb"),
        ("IMGPROXY_SALT", "cc,dd"),
        ("IMGPROXY_BIND", ":8081"),
        ("IMGPROXY_TIMEOUT", "7"),
        ("IMAGE_PROXY_TIMEOUT", "9s"),
        ("IMGPROXY_LOCAL_FILESYSTEM_ROOT", "/pictures"),
        ("IMGPROXY_SENTRY_DSN", "secret"),
        ("IMGPROXY_AUTO_JXL", "1"),
        ("IMGPROXY_TYPO", "1"),
    ])
    .unwrap();
    assert_eq!(claims, [("IMAGE_PROXY_BIND_ADDRESS", "0.0.0.0:8081".to_owned())]);
    assert_eq!(root, Some("/pictures".into()));
    let told: Vec<_> = inherited.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "IMGPROXY_KEY is honoured",
            "IMGPROXY_SALT is honoured",
            "IMGPROXY_BIND is honoured: IMAGE_PROXY_BIND_ADDRESS",
            "IMGPROXY_TIMEOUT does not apply: the variable of the house for it is set",
            "IMGPROXY_LOCAL_FILESYSTEM_ROOT is honoured",
            "IMGPROXY_SENTRY_DSN does not apply: what happens is told by logs, metrics and traces of the house",
            "IMGPROXY_AUTO_JXL does not apply: JPEG XL is not written",
            "IMGPROXY_TYPO is unknown",
        ]
    );
}

#[test]
fn what_cannot_be_read_is_told_without_its_value() {
    for (name, value, expected) in [
        ("KEY", "xyz!", "hexadecimal digits, two for a byte"),
        ("KEY", "abc", "hexadecimal digits, two for a byte"),
        ("KEY", "aa", "as many salts as keys, 1"),
        ("SIGNATURE_SIZE", "33", "a number from 1 to 32"),
        ("ONLY_PRESETS", "yes", "true or false"),
        ("QUALITY", "0", "a number from 1 to 100"),
        ("MAX_SRC_RESOLUTION", "0", "a number of megapixels above 0"),
        ("PREFERRED_FORMATS", "svg", "a format that is written, such as jpeg,png,gif"),
        ("BIND", "8080", "host:port"),
        ("TIMEOUT", "soon", "a number of seconds"),
        ("WORKERS", "many", "a whole number from 0 on"),
        ("KEEP_COPYRIGHT", "yes", "true or false"),
        ("FORMAT_QUALITY", "jpeg:70", "a list such as jpeg=70,webp=60"),
        ("PREFERRED_FORMATS", "jpeg,bogus", "a list of formats such as jpeg,png,gif"),
        ("URL_REPLACEMENTS", "a", "a list such as mine://=s3://bucket/;*.a.example=b.example"),
        ("PRESETS", "a", "name=option:argument/option:argument, got \"a\""),
        ("FALLBACK_IMAGE_DATA", "!", "a picture in Base64"),
        ("FALLBACK_IMAGE_PATH", "missing", ""),
        ("WATERMARK_URL", "ftp://a.example/b", ""),
    ] {
        let LegacyError(what) = read(&[(&format!("IMGPROXY_{name}"), value)]).unwrap_err();
        assert!(what.contains(expected) && what.starts_with("IMGPROXY_"), "{name}: {what}");
    }
}

#[test]
fn headers_are_parted_as_the_operator_or_imgproxy_parts_them() {
    let of = |variables: &[(&str, &str)]| read(variables).unwrap().settings.headers;
    let named =
        |name: &'static str, value: &'static str| (HeaderName::from_static(name), HeaderValue::from_static(value));
    let both = [named("x-one", "1"), named("x-two", "a=b;c")];
    assert_eq!(of(&[("IMGPROXY_CUSTOM_RESPONSE_HEADERS", r"X-One=1\;X-Two=a=b;c")]), both);
    let own = [("IMGPROXY_CUSTOM_RESPONSE_HEADERS", "X-One=1|X-Two=a=b;c"), ("IMGPROXY_CUSTOM_HEADERS_SEPARATOR", "|")];
    assert_eq!(of(&own), both);
}

#[test]
fn lists_and_pictures_are_read() {
    let settings = read(&[
        ("IMGPROXY_PRESETS", "default=q:50,tiny=w:9"),
        ("IMGPROXY_PRESETS_PATH", "presets"),
        ("IMGPROXY_FORMAT_QUALITY", "jpeg=70,avif=30"),
        ("IMGPROXY_ENABLE_WEBP_DETECTION", "true"),
        ("IMGPROXY_ENFORCE_AVIF", "1"),
        ("IMGPROXY_PREFERRED_FORMATS", "webp,jxl,png"),
        ("IMGPROXY_WATERMARK_PATH", "picture"),
        ("IMGPROXY_FALLBACK_IMAGE_PATH", "picture"),
        ("IMGPROXY_CUSTOM_RESPONSE_HEADERS", "X-One=1;X-Two=a=b"),
        ("IMGPROXY_PATH_PREFIX", "pictures/"),
        ("IMGPROXY_ALLOWED_SOURCES", "local://,https://*.a.example/,http://b"),
    ])
    .unwrap()
    .settings;
    assert!(["default", "tiny", "small", "large"].iter().all(|name| settings.presets.named(name).is_some()));
    assert_eq!(settings.format_quality, super::super::options::FormatQuality { jpeg: 70, webp: 79, avif: 30 });
    assert_eq!(settings.shown, Accepted::all());
    assert_eq!(settings.enforced, Accepted::default().with(Format::Avif));
    assert_eq!(settings.preferred, [OutputFormat::WEBP, OutputFormat::PNG]);
    assert!(settings.mark.is_some() && settings.fallback.is_some());
    assert_eq!((settings.headers.len(), settings.path_prefix.as_str()), (2, "/pictures"));
    let admits = |url: &str| settings.origins().admit(url).is_ok();
    assert!(admits("https://c.a.example/d") && !admits("https://c.example/d"));
    assert!(admits("http://b.example:8080/d"), "the name of the server is open");
}
