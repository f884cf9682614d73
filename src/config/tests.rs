use std::time::Duration;

use super::*;
use crate::request::{Accepted, AnimationPolicy, Background, Codings, ImagePath, OutputFormat, ResizeAlgorithm};
use crate::telemetry::LogFormat;

fn parsed(variables: &[(&str, &str)]) -> Result<Loaded, Refusal> {
    Config::parse(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

fn problems(variables: &[(&str, &str)]) -> Vec<String> {
    parsed(variables).unwrap_err().problems.iter().map(ToString::to_string).collect()
}

#[test]
fn nothing_set_gives_the_defaults_of_the_table() {
    let Loaded { config, effective, warnings, .. } = parsed(&[]).unwrap();
    assert_eq!(config.bind_address, "0.0.0.0:8000".parse().unwrap());
    assert_eq!(config.root_path, Path::new("/app/data"));
    assert_eq!(config.strip_path, None);
    assert_eq!(config.fallback_image_url, None);
    assert_eq!(config.fallback_image_max_size, 5 << 20);
    assert_eq!(config.fallback_image_ttl, Duration::from_secs(300));
    assert_eq!(config.codec_settings(), CodecSettings::default());
    let codings = Codings::default();
    assert_eq!(config.output_policy(codings.clone()), OutputPolicy::new(codings));
    assert!(!config.enable_cache && !config.enable_disk_cache);
    assert_eq!(config.cache_control_header.unwrap(), "public, max-age=31536000, no-transform");
    assert_eq!(config.cache_status_header.unwrap(), "x-image-proxy-cache");
    assert_eq!(config.user_agent, concat!("image-proxy/", env!("CARGO_PKG_VERSION")));
    assert!((1..=1024).contains(&config.workers));
    assert_eq!(config.log_format, LogFormat::Text);
    assert_eq!(warnings, []);
    for ((name, text), setting) in effective.iter().zip(settings()) {
        assert_eq!(*name, setting.name);
        // An empty default is what the machine has.
        assert!(text == setting.default || setting.default.is_empty(), "{name}={text}");
    }
    assert_eq!(effective.len(), settings().len());
}

#[test]
fn all_problems_are_told_at_once() {
    let variables = [
        ("IMAGE_PROXY_JPEG_QUALITY", "high"),
        ("IMAGE_PROXY_WEBP_EFFORT", "7"),
        ("IMAGE_PROXY_BIND_ADDRESS", "localhost"),
        ("IMAGE_PROXY_ALLOWED_OUTPUT_FORMATS", "qoi"),
        ("IMAGE_PROXY_JPG_QUALITY", "75"),
        ("RUST_LOG", "image_proxy=loud"),
    ];
    let refusal = parsed(&variables).unwrap_err();
    let expected = "\
IMAGE_PROXY_BIND_ADDRESS: expected an IP address and a port, such as 0.0.0.0:8000 or [::]:8000, got \"localhost\"
IMAGE_PROXY_ALLOWED_OUTPUT_FORMATS: expected all, or names out of avif, bmp, gif, ico, jpeg, jpg, png, tiff, webp, separated by commas, got \"qoi\"
IMAGE_PROXY_JPEG_QUALITY: expected a whole number from 1 to 100, got \"high\"
IMAGE_PROXY_WEBP_EFFORT: expected a whole number from 0 to 6, got \"7\"
RUST_LOG: expected a level (error, warn, info, debug, trace, off) or directives such as warn,image_proxy=debug, got \"image_proxy=loud\"
warning: unknown variable IMAGE_PROXY_JPG_QUALITY, did you mean IMAGE_PROXY_JPEG_QUALITY?";
    assert_eq!(refusal.to_string(), expected);
}

#[test]
fn white_space_around_a_value_means_nothing() {
    let config = parsed(&[("IMAGE_PROXY_JPEG_QUALITY", " 80\n")]).unwrap().config;
    assert_eq!(config.jpeg_quality, 80);
}

#[test]
fn an_empty_value_is_the_default_or_none() {
    let empty = |name| parsed(&[(name, "  ")]).unwrap().config;
    let defaults = parsed(&[]).unwrap().config;
    for name in ["IMAGE_PROXY_JPEG_QUALITY", "IMAGE_PROXY_STRIP_PATH", "IMAGE_PROXY_FALLBACK_IMAGE_URL", "RUST_LOG"] {
        assert_eq!(empty(name), defaults, "{name}");
    }
    assert_eq!(empty("IMAGE_PROXY_CACHE_CONTROL_HEADER").cache_control_header, None);
    assert_eq!(empty("IMAGE_PROXY_CACHE_STATUS_HEADER").cache_status_header, None);
}

#[test]
fn a_real_variable_wins_over_the_file() {
    let real = [("IMAGE_PROXY_JPEG_QUALITY", "80"), ("IMAGE_PROXY_CACHE_CONTROL_HEADER", "")];
    let real = real.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let text = "IMAGE_PROXY_JPEG_QUALITY=30\nIMAGE_PROXY_WEBP_QUALITY=40\nIMAGE_PROXY_CACHE_CONTROL_HEADER=no-store\n";
    let (file, problems) = environment::text_variables(text);
    assert!(problems.is_empty());
    let config = Config::parse(real.into_iter().chain(file)).unwrap().config;
    assert_eq!((config.jpeg_quality, config.webp_quality), (80, 40));
    assert_eq!(config.cache_control_header, None);
}

#[test]
fn a_wrong_line_in_the_file_stands_among_the_other_problems() {
    let (file, problems) = environment::text_variables("IMAGE_PROXY_JPEG_QUALITY=0\nbroken\n");
    let refusal = Config::parse_after(problems, file).unwrap_err().to_string();
    let expected = ".env: expected a line NAME=value, got \"broken\"\n\
                    IMAGE_PROXY_JPEG_QUALITY: expected a whole number from 1 to 100, got \"0\"";
    assert_eq!(refusal, expected);
}

#[test]
fn names_must_match_to_the_letter() {
    let loaded = parsed(&[("IMAGE_PROXY_jpeg_quality", "1"), ("IMAGE_PROXY_JPEG_QUALITY", "2")]).unwrap();
    assert_eq!(loaded.config.jpeg_quality, 2);
    assert_eq!(loaded.warnings.len(), 1);
    let loaded = parsed(&[("IMAGE_PROXY_RUST_LOG", "image_proxy=loud")]).unwrap();
    assert_eq!(loaded.config, parsed(&[]).unwrap().config);
}

#[test]
fn values_are_of_the_types_that_the_rooms_take() {
    let config = parsed(&[
        ("IMAGE_PROXY_STRIP_PATH", "/static/images/"),
        ("IMAGE_PROXY_CACHE_MEMORY_SIZE", "1.5GiB"),
        ("IMAGE_PROXY_ALLOWED_OUTPUT_FORMATS", "webp,jpg,jpeg"),
        ("IMAGE_PROXY_RESIZE_ALGORITHM", "Thumbnail"),
        ("IMAGE_PROXY_SHARPEN", "auto"),
        ("IMAGE_PROXY_WEBP_LOSSLESS", "yes"),
        ("IMAGE_PROXY_SHUTDOWN_TIMEOUT", "500ms"),
        ("IMAGE_PROXY_LOG_FORMAT", "json"),
    ])
    .unwrap()
    .config;
    assert_eq!(config.strip_path, ImagePath::from_decoded("static/images").ok());
    assert_eq!(config.cache_memory_size, 1_610_612_736);
    let formats: Vec<_> = ["webp", "jpeg"].iter().filter_map(|name| OutputFormat::named(name)).collect();
    let codings = Codings::default();
    let policy = OutputPolicy {
        codings: codings.clone(),
        allowed_formats: formats,
        preferred_formats: Accepted::NEGOTIABLE.into_iter().filter_map(OutputFormat::same_as).collect(),
        resize_algorithm: ResizeAlgorithm::Thumbnail,
        sharpens_reduced: true,
        max_side: 16_384,
        background: Background::WHITE,
        animation: AnimationPolicy::default(),
        keeps_profiles: false,
        keeps_notices: false,
        families: [Fonts::OWN_FAMILY.to_owned()].into(),
        watermark: None,
        sizes: None,
    };
    assert_eq!(config.output_policy(codings), policy);
    assert!(config.codec_settings().webp.lossless);
    assert_eq!(config.shutdown_timeout, Duration::from_millis(500));
    assert_eq!(config.log_format, LogFormat::Json);
}

#[test]
fn a_secret_in_a_refused_url_is_not_printed() {
    let problems = problems(&[("IMAGE_PROXY_FALLBACK_IMAGE_URL", "https://me:secret@images.example/?key=secret")]);
    assert_eq!(problems.len(), 1);
    assert!(problems.iter().all(|problem| !problem.contains("secret")), "{problems:?}");
}

#[test]
fn a_token_is_printed_neither_where_it_is_refused_nor_where_it_is_in_effect() {
    let expected = "IMAGE_PROXY_ADMIN_TOKEN: expected at least 16 letters, digits and signs of ASCII, without spaces, \
                    or empty for none, got \"…\"";
    assert_eq!(problems(&[("IMAGE_PROXY_ADMIN_TOKEN", "fifteen-letters")]), [expected]);
    let loaded = parsed(&[("IMAGE_PROXY_ADMIN_TOKEN", "sixteen-letters!")]).unwrap();
    assert!(loaded.config.admin_token.is_some());
    assert!(loaded.to_string().contains("IMAGE_PROXY_ADMIN_TOKEN=…\n"));
    assert!(!format!("{loaded} {loaded:?}").contains("sixteen-letters"));
}

#[test]
fn of_a_webhook_the_host_alone_is_printed() {
    let secret = "http://me:secret@hooks.example/secret?token=secret";
    let loaded = parsed(&[("IMAGE_PROXY_CHANGE_WEBHOOK", secret), ("IMAGE_PROXY_WATCH", "true")]).unwrap();
    assert!(loaded.to_string().contains("IMAGE_PROXY_CHANGE_WEBHOOK=http://hooks.example/…\n"));
    assert!(!format!("{loaded} {loaded:?}").contains("secret"));
    let expected = "IMAGE_PROXY_CHANGE_WEBHOOK: expected an http or https URL, or empty for none, got \"…\"";
    assert_eq!(problems(&[("IMAGE_PROXY_CHANGE_WEBHOOK", "me:secret@hooks.example")]), [expected]);
}

#[test]
fn settings_that_contradict_each_other_are_warned_of() {
    let warnings = |variables: &[_]| -> Vec<String> {
        parsed(variables).unwrap().warnings.iter().map(ToString::to_string).collect()
    };
    let expected = "IMAGE_PROXY_CACHE_MAX_ITEM_SIZE has no effect: it is above IMAGE_PROXY_CACHE_MEMORY_SIZE, 1000";
    assert_eq!(warnings(&[("IMAGE_PROXY_ENABLE_CACHE", "1"), ("IMAGE_PROXY_CACHE_MEMORY_SIZE", "1KB")]), [expected]);
    let expected = "IMAGE_PROXY_CHANGE_WEBHOOK has no effect: IMAGE_PROXY_WATCH is false";
    assert_eq!(warnings(&[("IMAGE_PROXY_CHANGE_WEBHOOK", "http://hooks.example/")]), [expected]);
}

#[test]
fn a_server_on_all_addresses_is_reached_over_loopback() {
    let local = |address| parsed(&[("IMAGE_PROXY_BIND_ADDRESS", address)]).unwrap().config.local_address().to_string();
    assert_eq!(local("0.0.0.0:8000"), "127.0.0.1:8000");
    assert_eq!(local("[::]:8000"), "[::1]:8000");
    assert_eq!(local("192.0.2.1:80"), "192.0.2.1:80");
}
