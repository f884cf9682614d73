use std::path::PathBuf;

use super::*;

fn legacy(text: &str) -> Legacy<PicfitSettings> {
    PicfitSettings::parse(text, &[]).unwrap()
}

fn claims(text: &str) -> Vec<(&'static str, String)> {
    legacy(text).claims
}

fn claim(variable: &'static str, value: &str) -> (&'static str, String) {
    (variable, value.to_owned())
}

#[test]
fn nothing_said_is_what_picfit_does() {
    let settings = legacy("{}").settings;
    assert_eq!(
        (settings.quality, settings.format, settings.default_format),
        (Quality::new(95), None, OutputFormat::PNG)
    );
    assert!(settings.signing_key.is_none() && settings.allowed_sizes.is_empty() && !settings.knows_keys);
    assert!(settings.trusts_names && !settings.enable_upload && !settings.enable_delete);
    assert_eq!((claims("{}"), legacy("{}").root), (vec![], None));
}

#[test]
fn what_is_said_of_requests_counts() {
    let text = r#"{
        "debug": true, "port": 3001, "secret_key": "hidden",
        "kvstore": {"type": "redis", "redis": {"host": "127.0.0.1", "password": "hidden"}},
        "shard": {"width": 1, "depth": 2, "restonly": false},
        "engine": {"quality": 70, "format": "png", "default_format": "jpg"},
        "options": {
            "enable_upload": true, "enable_delete": true, "enable_cascade_delete": true,
            "allowed_ip_addresses": ["127.0.0.1"], "mimetype_detector": "sniff",
            "allowed_sizes": [{"width": 1920, "height": 1080}, {"width": 480}],
            "max_image_dimensions": {"width": 5000, "height": 4000}
        }
    }"#;
    let Legacy { settings, claims, inherited, .. } = legacy(text);
    assert!(settings.signing_key.is_some() && settings.knows_keys && !settings.trusts_names);
    assert!(settings.enable_upload && settings.enable_delete && settings.enable_cascade_delete);
    assert_eq!(settings.shard, Shard { width: 1, depth: 2, rest_only: false });
    assert_eq!((settings.quality, settings.format), (Quality::new(70), Some(OutputFormat::PNG)));
    assert_eq!(settings.default_format, OutputFormat::JPEG);
    assert_eq!(settings.allowed_sizes, [(1920, 1080), (480, 0)]);
    assert_eq!(settings.max_image_dimensions, Some(Dimensions::new(5000, 4000)));
    assert_eq!(settings.allowed_ip_addresses, ["127.0.0.1"]);
    assert_eq!(claims, [claim("IMAGE_PROXY_BIND_ADDRESS", "0.0.0.0:3001")]);
    let told: Vec<_> = inherited.iter().map(ToString::to_string).collect();
    assert!(told.contains(&"secret_key is honoured".to_owned()));
    assert!(told.iter().any(|line| line.starts_with("kvstore.redis.password is honoured: the renditions' own index")));
    assert!(told.iter().all(|line| !line.contains("hidden")), "{told:?}");
}

#[test]
fn every_setting_has_one_fate() {
    let names: Vec<_> = ROWS.iter().map(|row| row.name).chain(storage::rows().map(|row| row.name)).collect();
    for (index, name) in names.iter().enumerate() {
        assert!(!names[..index].contains(name), "{name}");
        assert_eq!(*name, name.to_ascii_lowercase());
    }
}

#[test]
fn what_is_wrong_is_told_with_what_was_expected() {
    for (text, expected) in [
        ("", "expected JSON, got something else in line 1, column 0"),
        (r#"{"port": 0}"#, "port: expected a whole number from 1 to 65535, got another number"),
        (r#"{"secret_key": ["hidden"]}"#, "secret_key: expected a text, got a list"),
        (
            r#"{"engine": {"format": "tiff"}}"#,
            r#"engine.format: expected one of jpg, jpeg, png, gif, bmp, webp, got "tiff""#,
        ),
        (
            r#"{"options": {"allowed_sizes": [10]}}"#,
            "options.allowed_sizes: expected objects with width and height, got something else",
        ),
        (r#"{"shard": {"width": 8, "depth": 4}}"#, "shard: expected width times depth below 32, got 8 and 4"),
        (
            r#"{"storage": {"src": {"type": "ftp"}}}"#,
            r#"storage.src.type: expected fs, s3, dos3 or gcs, or http+ and one of these, got "ftp""#,
        ),
        (r#"{"storage": {"src": {"type": "fs"}}}"#, "storage.src.location: expected a text, got none"),
        (r#"{"storage": {"src": {"type": "s3"}}}"#, "storage.src.bucket_name: expected a text, got none"),
    ] {
        assert_eq!(PicfitSettings::parse(text, &[]).unwrap_err().to_string(), expected, "{text}");
    }
}

#[test]
fn a_folder_of_originals_holds_renditions_where_no_other_is_named() {
    let text =
        r#"{"storage": {"src": {"type": "fs", "location": "/srv/my img/", "base_url": "http://img.example.com/"}}}"#;
    let Legacy { settings, root, claims, .. } = legacy(text);
    assert_eq!(root, Some(PathBuf::from("/srv/my img")));
    let shared = [
        claim("IMAGE_PROXY_RESULTS_URL", "file:///srv/my%20img/image-proxy-results"),
        claim("IMAGE_PROXY_RESULTS_PUBLIC_URL", "http://img.example.com/image-proxy-results"),
    ];
    assert_eq!(claims, shared);
    let points = PicfitPoints {
        url: BucketUrl::parse("file:///srv/my%20img").unwrap(),
        public_url: Url::parse("http://img.example.com").ok(),
    };
    assert_eq!(settings.points, Some(points));
}

#[test]
fn a_destination_of_its_own_is_the_store_that_servers_share() {
    let text = r#"{"storage": {
        "src": {"type": "fs", "location": "/srv/img"},
        "dst": {"type": "fs", "location": "/srv/made", "base_url": "http://img.example.com/made"}
    }}"#;
    assert_eq!(legacy(text).settings.points, None);
    let own = [
        claim("IMAGE_PROXY_RESULTS_URL", "file:///srv/made"),
        claim("IMAGE_PROXY_RESULTS_PUBLIC_URL", "http://img.example.com/made"),
    ];
    assert_eq!(claims(text), own);
    // A purge of everything must never reach originals.
    let around = text.replace("/srv/made", "/srv");
    assert_eq!(claims(&around)[0], claim("IMAGE_PROXY_RESULTS_URL", "file:///srv/image-proxy-results"));
}

#[test]
fn buckets_are_named_and_opened_by_the_usual_variables() {
    let text = r#"{"storage": {
        "src": {"type": "s3", "bucket_name": "b", "location": "/a/b/", "region": "eu-west-1", "acl": "private",
                "access_key_id": "key", "secret_access_key": "hidden", "endpoint": "http://127.0.0.1:9000"},
        "dst": {"type": "dos3", "bucket_name": "made", "region": "eu-west-1",
                "access_key_id": "key", "secret_access_key": "hidden", "endpoint": "http://127.0.0.1:9000"}
    }}"#;
    let expected = [
        claim("IMAGE_PROXY_ROOT_URL", "s3://b/a/b"),
        claim("IMAGE_PROXY_RESULTS_URL", "s3://made"),
        claim("AWS_ACCESS_KEY_ID", "key"),
        claim("AWS_SECRET_ACCESS_KEY", "hidden"),
        claim("AWS_REGION", "eu-west-1"),
        claim("AWS_ENDPOINT_URL", "http://127.0.0.1:9000"),
    ];
    assert_eq!(claims(text), expected);
    let other = text.replacen("hidden", "other", 1);
    let error = PicfitSettings::parse(&other, &[]).unwrap_err().to_string();
    assert!(error.contains("AWS_SECRET_ACCESS_KEY") && !error.contains("hidden"), "{error}");
}

#[test]
fn what_is_fetched_by_http_is_the_fallback() {
    let text = r#"{"storage": {
        "src": {"type": "http+fs", "base_url": "http://media.example.com", "location": "path"},
        "dst": {"type": "gcs", "bucket_name": "b", "secret_access_key": "/run/key.json"}
    }}"#;
    let expected = [
        claim("IMAGE_PROXY_FALLBACK_IMAGE_URL", "http://media.example.com"),
        claim("IMAGE_PROXY_RESULTS_URL", "gs://b"),
        claim("GOOGLE_APPLICATION_CREDENTIALS", "/run/key.json"),
    ];
    assert_eq!((claims(text), legacy(text).root), (expected.to_vec(), None));
}

#[test]
fn origins_count_where_they_are_named_one_by_one() {
    let of = |origins: &str, methods: &str| {
        let text = format!(r#"{{"allowed_origins": {origins} {methods}}}"#);
        let Legacy { claims, inherited, .. } = legacy(&text);
        let told = inherited.iter().find(|setting| setting.name == "allowed_origins").unwrap().to_string();
        (claims, told)
    };
    let methods = r#", "allowed_methods": ["GET"]"#;
    let (claims, told) = of(r#"["https://a.example", "http://b.example"]"#, methods);
    assert_eq!(claims, [claim("IMAGE_PROXY_CORS_ORIGINS", "https://a.example,http://b.example")]);
    assert!(told.contains("is honoured"), "{told}");
    assert_eq!(of(r#"["*"]"#, methods).0, [claim("IMAGE_PROXY_CORS_ORIGINS", "*")]);
    for (origins, methods) in [(r#"["*.ulule.com"]"#, methods), (r#"["*"]"#, "")] {
        let (claims, told) = of(origins, methods);
        assert!(claims.is_empty() && told.contains("does not apply"), "{told}");
    }
}

#[test]
fn renditions_lie_in_folders_of_their_first_letters() {
    let key = "06102586671300cd02ae90f1faa16897";
    let name = |width, depth, rest_only| Shard { width, depth, rest_only }.name(key);
    assert_eq!(name(0, 0, true), key);
    assert_eq!(name(1, 2, true), "0/6/102586671300cd02ae90f1faa16897");
    assert_eq!(name(1, 2, false), "0/6/06102586671300cd02ae90f1faa16897");
    assert_eq!(name(0, 3, true), key);
    assert_eq!(name(2, 0, true), key);
}
