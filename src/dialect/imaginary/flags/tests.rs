use super::*;

fn environment() -> ImaginaryEnvironment<'static> {
    ImaginaryEnvironment {
        port: None,
        signature_key: None,
        origins: RemoteOrigins::default(),
        has_files: false,
        read: |path, _| match path.to_str() {
            Some("/p.gif") => Ok(b"GIF89a".to_vec()),
            Some("/p.txt") => Ok(b"words".to_vec()),
            _ => Err(io::Error::other("not there")),
        },
    }
}

fn read(arguments: &str) -> Result<Legacy<ImaginarySettings>, String> {
    imaginary_settings(arguments, &environment()).map_err(|error| error.to_string())
}

fn settings(arguments: &str) -> ImaginarySettings {
    read(arguments).unwrap().settings
}

#[test]
fn no_flags_are_the_defaults_of_imaginary() {
    let Legacy { settings, root, inherited, .. } = read("").unwrap();
    assert_eq!((settings.max_pixels, settings.rate, settings.cache_seconds), (18_000_000, None, None));
    assert!(!settings.reads_files && !settings.reads_urls && settings.placeholder.is_none());
    assert_eq!((root, inherited.len()), (None, 0));
}

#[test]
fn flags_set_what_they_set_there() {
    let Legacy { settings, root, inherited, .. } = read(
        "-a 127.0.0.1 -p 9000 -path-prefix /api/v1/ -cors -disable-endpoints 'form, Health' -key k -mount /pictures \
         -http-cache-ttl 60 -max-allowed-size 5000 -max-allowed-resolution 2.5 -concurrency 7 -burst 9 -return-size \
         -placeholder /p.gif -placeholder-status 404 -enable-url-source -allowed-origins http://a.example/pub,*.b.example",
    )
    .unwrap();
    assert_eq!((settings.address, settings.port), (Some(Ipv4Addr::LOCALHOST.into()), Some(9000)));
    assert_eq!((settings.path_prefix.as_str(), settings.has_cors, settings.returns_size), ("/api/v1", true, true));
    assert_eq!(settings.disabled, ["form", "health"]);
    assert_eq!((settings.key, root), (Some(SecretText::new("k")), Some(PathBuf::from("/pictures"))));
    assert_eq!((settings.cache_seconds, settings.max_bytes, settings.max_pixels), (Some(60), Some(5000), 2_500_000));
    assert_eq!((settings.rate, settings.placeholder_status), (Some((7, 9)), Some(StatusCode::NOT_FOUND)));
    assert_eq!(settings.placeholder.as_deref(), Some(&b"GIF89a"[..]));
    assert!(settings.reads_files && settings.reads_urls);
    for (url, is_admitted) in [
        ("https://a.example/pub/x.png", true),
        ("http://a.example/public/x.png", false),
        ("https://c.b.example/x.png", true),
        ("https://b.example/x.png", true),
    ] {
        assert_eq!(settings.origins.admit(url).is_ok(), is_admitted, "{url}");
    }
    assert_eq!(inherited.len(), 17);
    assert!(inherited.iter().all(|inherited| !matches!(inherited.fate, Fate::NotApplying { .. } | Fate::Unknown)));
}

#[test]
fn each_flag_is_honoured_or_told_not_to_apply_and_why() {
    for (arguments, told) in [
        ("-gzip", "-gzip does not apply: imaginary takes no notice of it either"),
        ("-mrelease 30", "-mrelease does not apply: memory is given back by itself"),
        ("-cpus 4", "-cpus does not apply: the number of threads is a setting of our own"),
        (
            "-enable-url-source",
            "-enable-url-source does not apply: nothing is fetched without a list of where from: name it with \
             -allowed-origins",
        ),
        ("-enable-url-source -allowed-origins a.example", "-enable-url-source is honoured"),
        ("-enable-url-source=false", "-enable-url-source is honoured"),
        ("-p 80", "-p is honoured: it is where to listen, where no bind address is set"),
    ] {
        let inherited = read(arguments).unwrap().inherited;
        assert_eq!(inherited.first().map(ToString::to_string).as_deref(), Some(told), "{arguments}");
    }
}

#[test]
fn what_cannot_be_is_told_with_what_was_expected() {
    for (arguments, why) in [
        ("-p 0", "-p: expected a whole number from 1 to 65535, got \"0\""),
        ("-a nowhere", "-a: expected an IP address, got \"nowhere\""),
        ("-cors=maybe", "-cors: expected true or false, got \"maybe\""),
        ("-http-cache-ttl -2", "-http-cache-ttl: expected a whole number from 0 to 31556926, got \"-2\""),
        ("-placeholder-status 99", "-placeholder-status: expected a status of HTTP from 200 to 599, got \"99\""),
        ("-placeholder /p.txt", "-placeholder: expected an image"),
        ("-placeholder /q.png", "-placeholder: expected a file that can be read: not there"),
        (
            "-max-allowed-resolution big",
            "-max-allowed-resolution: expected a number of millions of pixels, got \"big\"",
        ),
        (
            "-keyfile k.pem",
            "-keyfile: TLS is not spoken here: expected none, and a proxy in front that has the certificate",
        ),
        ("-v", "-v: expected flags of a server that runs"),
        (
            "-burst x -cpus y",
            "-burst: expected a whole number from 0 to 4294967295, got \"x\"; -cpus: expected a whole \
                              number from 0 to 4294967295, got \"y\"",
        ),
    ] {
        assert_eq!(read(arguments).map(|_| ()), Err(why.to_owned()), "{arguments}");
    }
}

#[test]
fn the_environment_of_imaginary_counts_as_there() {
    let key = "00112233445566778899aabbccddeeff";
    let environment = ImaginaryEnvironment { port: Some("81"), signature_key: Some(key), ..environment() };
    let of = |arguments: &str| imaginary_settings(arguments, &environment).unwrap();
    let Legacy { settings, inherited, .. } = of("-p 80 -enable-url-signature -url-signature-key short");
    assert_eq!((settings.port, settings.signature_key), (Some(81), Some(SecretText::new(key))));
    let told: Vec<_> = inherited.iter().map(|inherited| inherited.name.as_str()).collect();
    assert_eq!(told, ["-p", "-enable-url-signature", "-url-signature-key", "PORT", "URL_SIGNATURE_KEY"]);
    assert_eq!(of("").settings.signature_key, None, "it is not switched on");
    let odd = ImaginaryEnvironment { port: Some("http"), ..environment };
    assert_eq!(imaginary_settings("-p 80", &odd).unwrap().settings.port, Some(80));
    assert!(read("-enable-url-signature").is_err());
    assert!(read("-enable-url-signature -url-signature-key 0123456789012345678901234567890").is_err());
}

#[test]
fn no_secret_is_shown() {
    let settings = settings("-key s3cret -authorization 'Basic s3cret' -url-signature-key s3cret");
    assert!(!format!("{settings:?}").contains("s3cret"), "{settings:?}");
    assert_eq!(settings.authorization.unwrap(), "Basic s3cret");
}
