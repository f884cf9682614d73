//! The variables of imgproxy, and what becomes of each here.

use crate::dialect::go;

/// What becomes of a variable.
#[derive(Clone, Copy)]
pub(super) enum Use {
    /// The dialect reads it.
    Own,
    /// A variable of the house, or of a cloud, does it; where it needs to be written in another way, so.
    House(&'static str, fn(&str) -> HouseValue),
    /// It does nothing, for this reason.
    Idle(&'static str),
}

/// A value as the house writes it, nothing where the house does that anyway or has no word for it, or what was expected.
pub(super) type HouseValue = Result<Option<String>, &'static str>;

/// What all variables of imgproxy begin with.
pub(super) const PREFIX: &str = "IMGPROXY_";

const ONE_FORMAT: &str = "JPEG XL is not written";
const PAID: &str = "it is of the paid edition";
const TELEMETRY: &str = "what happens is told by logs, metrics and traces of the house";
const CODERS: &str = "how files are written is up to the encoders of the house and its own variables";
const NO_HEADERS: &str = "headers are not handed on between clients and the servers of originals";
const RUNTIME: &str = "it is about the memory or the processes of another program";
const SAFE: &str = "it would take a protection away";
const NO_SWIFT: &str = "there is no OpenStack Swift";

fn same(text: &str) -> HouseValue {
    Ok(Some(text.to_owned()))
}

fn seconds(text: &str) -> HouseValue {
    let number: f64 = text.parse().map_err(|_| "a number of seconds")?;
    Ok((number > 0.0).then(|| format!("{text}s")))
}

/// An address without a host is at all of them.
fn address(text: &str) -> HouseValue {
    let (host, port) = text.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).ok_or("host:port")?;
    let host = match host {
        "" => "0.0.0.0",
        "localhost" => "127.0.0.1",
        host => host,
    };
    Ok(Some(format!("{host}:{port}")))
}

fn flag(text: &str) -> Result<bool, &'static str> {
    go::boolean(text).ok_or("true or false")
}

/// What allows addresses here allows all that are not public.
fn allowance(text: &str) -> HouseValue {
    flag(text).map(|is_on| is_on.then(|| "true".to_owned()))
}

fn profiles(text: &str) -> HouseValue {
    flag(text).map(|is_on| Some(if is_on { "srgb" } else { "preserve" }.to_owned()))
}

fn log_format(text: &str) -> HouseValue {
    Ok(Some(if matches!(text, "json" | "gcp") { "json" } else { "text" }.to_owned()))
}

/// Above zero; imgproxy has zero for no limit.
fn count(text: &str) -> HouseValue {
    let number: u64 = text.parse().map_err(|_| "a whole number from 0 on")?;
    Ok((number > 0).then(|| text.to_owned()))
}

/// All that have a name of their own.
#[rustfmt::skip]
const TABLE: &[(&str, Use)] = &[
    ("KEY", Use::Own), ("SALT", Use::Own), ("SIGNATURE_SIZE", Use::Own), ("TRUSTED_SIGNATURES", Use::Own),
    ("SECRET", Use::Own), ("ALLOW_ORIGIN", Use::Own), ("ALLOWED_SOURCES", Use::Own), ("BASE_URL", Use::Own),
    ("URL_REPLACEMENTS", Use::Own), ("BASE64_URL_INCLUDES_FILENAME", Use::Own), ("ARGUMENTS_SEPARATOR", Use::Own),
    ("ALLOWED_PROCESSING_OPTIONS", Use::Own), ("ALLOW_SECURITY_OPTIONS", Use::Own), ("PRESETS", Use::Own),
    ("PRESETS_SEPARATOR", Use::Own), ("PRESETS_PATH", Use::Own), ("ONLY_PRESETS", Use::Own), ("PATH_PREFIX", Use::Own),
    ("HEALTH_CHECK_PATH", Use::Own), ("HEALTH_CHECK_MESSAGE", Use::Own), ("TTL", Use::Own),
    ("QUALITY", Use::Own), ("FORMAT_QUALITY", Use::Own),
    ("MAX_SRC_RESOLUTION", Use::Own), ("MAX_SRC_FILE_SIZE", Use::Own), ("MAX_ANIMATION_FRAMES", Use::Own),
    ("MAX_RESULT_DIMENSION", Use::Own), ("AUTO_WEBP", Use::Own), ("AUTO_AVIF", Use::Own), ("ENFORCE_WEBP", Use::Own),
    ("ENFORCE_AVIF", Use::Own), ("ENABLE_WEBP_DETECTION", Use::Own), ("ENABLE_AVIF_DETECTION", Use::Own),
    ("PREFERRED_FORMATS", Use::Own), ("SKIP_PROCESSING_FORMATS", Use::Own), ("ALWAYS_RASTERIZE_SVG", Use::Own), ("SANITIZE_SVG", Use::Own),
    ("AUTO_ROTATE", Use::Own), ("RETURN_ATTACHMENT", Use::Own), ("JPEG_PROGRESSIVE", Use::Own),
    ("STRIP_METADATA", Use::Own), ("KEEP_COPYRIGHT", Use::Own), ("PNG_QUANTIZE", Use::Own), ("PNG_QUANTIZATION_COLORS", Use::Own),
    ("ENABLE_CLIENT_HINTS", Use::Own), ("SET_CANONICAL_HEADER", Use::Own), ("USE_LAST_MODIFIED", Use::Own),
    ("USE_ETAG", Use::Own), ("ENABLE_DEBUG_HEADERS", Use::Own), ("SERVER_NAME", Use::Own), ("CUSTOM_RESPONSE_HEADERS", Use::Own),
    ("CUSTOM_HEADERS_SEPARATOR", Use::Own), ("LOCAL_FILESYSTEM_ROOT", Use::Own), ("WATERMARK_OPACITY", Use::Own),
    ("WATERMARK_PATH", Use::Own), ("WATERMARK_URL", Use::Own), ("WATERMARK_DATA", Use::Own), ("FALLBACK_IMAGE_DATA", Use::Own),
    ("FALLBACK_IMAGE_PATH", Use::Own), ("FALLBACK_IMAGE_HTTP_CODE", Use::Own), ("FALLBACK_IMAGE_TTL", Use::Own),
    ("BIND", Use::House("IMAGE_PROXY_BIND_ADDRESS", address)),
    ("TIMEOUT", Use::House("IMAGE_PROXY_TIMEOUT", seconds)),
    ("READ_TIMEOUT", Use::House("IMAGE_PROXY_HEADER_TIMEOUT", seconds)),
    ("READ_REQUEST_TIMEOUT", Use::House("IMAGE_PROXY_HEADER_TIMEOUT", seconds)),
    ("WRITE_TIMEOUT", Use::House("IMAGE_PROXY_WRITE_TIMEOUT", seconds)),
    ("WRITE_RESPONSE_TIMEOUT", Use::House("IMAGE_PROXY_WRITE_TIMEOUT", seconds)),
    ("KEEP_ALIVE_TIMEOUT", Use::House("IMAGE_PROXY_IDLE_TIMEOUT", seconds)),
    ("GRACEFUL_STOP_TIMEOUT", Use::House("IMAGE_PROXY_SHUTDOWN_TIMEOUT", seconds)),
    ("GRACEFUL_TIMEOUT", Use::House("IMAGE_PROXY_SHUTDOWN_TIMEOUT", seconds)),
    ("DOWNLOAD_TIMEOUT", Use::House("IMAGE_PROXY_REMOTE_TIMEOUT", seconds)),
    ("WORKERS", Use::House("IMAGE_PROXY_WORKERS", count)),
    ("CONCURRENCY", Use::House("IMAGE_PROXY_WORKERS", count)),
    ("REQUESTS_QUEUE_SIZE", Use::House("IMAGE_PROXY_QUEUE_LENGTH", count)),
    ("MAX_CLIENTS", Use::House("IMAGE_PROXY_MAX_CONNECTIONS", count)),
    ("USER_AGENT", Use::House("IMAGE_PROXY_USER_AGENT", same)),
    ("ALLOW_LOOPBACK_SOURCE_ADDRESSES", Use::House("IMAGE_PROXY_REMOTE_ALLOW_PRIVATE", allowance)),
    ("ALLOW_LINK_LOCAL_SOURCE_ADDRESSES", Use::House("IMAGE_PROXY_REMOTE_ALLOW_PRIVATE", allowance)),
    ("ALLOW_PRIVATE_SOURCE_ADDRESSES", Use::House("IMAGE_PROXY_REMOTE_ALLOW_PRIVATE", allowance)),
    ("STRIP_COLOR_PROFILE", Use::House("IMAGE_PROXY_COLOR", profiles)),
    ("AVIF_SPEED", Use::House("IMAGE_PROXY_AVIF_SPEED", count)),
    ("WEBP_EFFORT", Use::House("IMAGE_PROXY_WEBP_EFFORT", same)),
    ("LOG_FORMAT", Use::House("IMAGE_PROXY_LOG_FORMAT", log_format)),
    ("LOG_LEVEL", Use::House("RUST_LOG", same)),
    ("PROMETHEUS_BIND", Use::House("IMAGE_PROXY_ADMIN_ADDRESS", address)),
    ("S3_REGION", Use::House("AWS_REGION", same)),
    ("S3_ENDPOINT", Use::House("AWS_ENDPOINT_URL", same)),
    ("ABS_NAME", Use::House("AZURE_STORAGE_ACCOUNT_NAME", same)),
    ("ABS_KEY", Use::House("AZURE_STORAGE_ACCOUNT_KEY", same)),
    ("ABS_ENDPOINT", Use::House("AZURE_STORAGE_ENDPOINT", same)),
    ("GCS_KEY", Use::House("GOOGLE_SERVICE_ACCOUNT_KEY", same)),
    ("USE_S3", Use::Idle("IMAGE_PROXY_ROOT_URL names the bucket, and opens it")),
    ("USE_GCS", Use::Idle("IMAGE_PROXY_ROOT_URL names the bucket, and opens it")),
    ("USE_ABS", Use::Idle("IMAGE_PROXY_ROOT_URL names the container, and opens it")),
    ("NETWORK", Use::Idle("only TCP is listened at")),
    ("FALLBACK_IMAGE_URL", Use::Idle("the picture must be there at the start: IMGPROXY_FALLBACK_IMAGE_PATH")),
    ("MAX_ANIMATION_FRAME_RESOLUTION", Use::Idle("the limit on pixels of an original counts for each frame")),
    ("MAX_REDIRECTS", Use::Idle("the number of redirects is bound by the house")),
    ("MAX_SVG_CHECK_BYTES", Use::Idle("formats are told by a bound number of bytes")),
    ("PNG_UNLIMITED", Use::Idle(SAFE)), ("SVG_UNLIMITED", Use::Idle(SAFE)),
    ("IGNORE_SSL_VERIFICATION", Use::Idle(SAFE)),
    ("AUTO_JXL", Use::Idle(ONE_FORMAT)), ("ENFORCE_JXL", Use::Idle(ONE_FORMAT)), ("JXL_EFFORT", Use::Idle(ONE_FORMAT)),
    ("PNG_INTERLACED", Use::Idle(CODERS)), ("WEBP_PRESET", Use::Idle(CODERS)), ("AVIF_SUBSAMPLE", Use::Idle(CODERS)),
    ("DISABLE_SHRINK_ON_LOAD", Use::Idle(CODERS)), ("USE_LINEAR_COLORSPACE", Use::Idle(CODERS)),
    ("PRESERVE_HDR", Use::Idle("pictures have eight bits a channel")),
    ("ENFORCE_THUMBNAIL", Use::Idle("pictures are made of the whole original")),
    ("STRIP_METADATA_DPI", Use::Idle(PAID)),
    ("COLOR_PROFILES_DIR", Use::Idle("profiles are built in")),
    ("CACHE_CONTROL_PASSTHROUGH", Use::Idle(NO_HEADERS)), ("COOKIE_PASSTHROUGH", Use::Idle(NO_HEADERS)),
    ("COOKIE_BASE_URL", Use::Idle(NO_HEADERS)), ("COOKIE_PASSTHROUGH_ALL", Use::Idle(NO_HEADERS)),
    ("CUSTOM_REQUEST_HEADERS", Use::Idle(NO_HEADERS)), ("REQUEST_HEADERS_PASSTHROUGH", Use::Idle(NO_HEADERS)),
    ("RESPONSE_HEADERS_PASSTHROUGH", Use::Idle(NO_HEADERS)),
    ("ETAG_BUSTER", Use::Idle("tags follow from what is sent")),
    ("LAST_MODIFIED_BUSTER", Use::Idle("tags follow from what is sent")),
    ("DEVELOPMENT_ERRORS_MODE", Use::Idle(SAFE)),
    ("REPORT_DOWNLOADING_ERRORS", Use::Idle(TELEMETRY)), ("REPORT_IO_ERRORS", Use::Idle(TELEMETRY)),
    ("PROMETHEUS_NAMESPACE", Use::Idle(TELEMETRY)),
    ("SO_REUSEPORT", Use::Idle(RUNTIME)), ("FREE_MEMORY_INTERVAL", Use::Idle(RUNTIME)),
    ("DOWNLOAD_BUFFER_SIZE", Use::Idle(RUNTIME)), ("BUFFER_POOL_CALIBRATION_THRESHOLD", Use::Idle(RUNTIME)),
    ("MALLOC", Use::Idle(RUNTIME)), ("CLIENT_KEEP_ALIVE_TIMEOUT", Use::Idle(RUNTIME)),
    ("USE_SWIFT", Use::Idle(NO_SWIFT)),
    ("SOURCE_URL_ENCRYPTION_KEY", Use::Idle(PAID)), ("ALLOWED_INFO_OPTIONS", Use::Idle(PAID)),
    ("ENABLE_VIDEO_THUMBNAILS", Use::Idle(PAID)), ("PDF_NO_BACKGROUND", Use::Idle(PAID)),
    ("WATERMARKS_CACHE_SIZE", Use::Idle(PAID)), ("WATERMARK_PREPROCESS_URL", Use::Idle(PAID)),
    ("FALLBACK_IMAGES_CACHE_SIZE", Use::Idle(PAID)), ("FALLBACK_IMAGE_PREPROCESS_URL", Use::Idle(PAID)),
    ("SVG_FIX_UNSUPPORTED", Use::Idle("drawings are drawn by the house")),
    ("SOURCE_URL_QUERY_SEPARATOR", Use::Idle("stores have no other versions of a picture here")),
];

/// Those that begin alike.
const GROUPS: &[(&str, &str)] = &[
    ("DATADOG_", TELEMETRY),
    ("NEW_RELIC_", TELEMETRY),
    ("OPEN_TELEMETRY_", TELEMETRY),
    ("CLOUD_WATCH_", TELEMETRY),
    ("BUGSNAG_", TELEMETRY),
    ("HONEYBADGER_", TELEMETRY),
    ("SENTRY_", TELEMETRY),
    ("AIRBRAKE_", TELEMETRY),
    ("SYSLOG_", TELEMETRY),
    ("SWIFT_", NO_SWIFT),
    ("S3_", "credentials are those of the AWS_* variables"),
    ("GCS_", "credentials are those of the GOOGLE_* variables"),
    ("ABS_", "credentials are those of the AZURE_* variables"),
    ("ENV_", "variables are read from the environment, and from a file .env"),
    ("JPEG_", CODERS),
    ("PNG_", CODERS),
    ("GIF_", CODERS),
    ("WEBP_", CODERS),
    ("AVIF_", CODERS),
    ("JXL_", ONE_FORMAT),
    ("VIPS_", RUNTIME),
    ("CACHE_", "renditions are kept as the house has it: IMAGE_PROXY_CACHE_* and IMAGE_PROXY_RESULT_*"),
    ("INFO_", PAID),
    ("UNSHARP", "what is reduced is sharpened as the house has it, or as a URL asks"),
    ("OBJECT_DETECTION_", PAID),
    ("AUTOQUALITY_", "a quality that is sought is asked for by URL"),
    ("CLASSIFICATION_", PAID),
    ("VIDEO_", PAID),
    ("BEST_FORMAT_", PAID),
    ("SMART_CROP_", PAID),
];

/// What becomes of a variable, by its name without what all begin with; `None` where there is none.
pub(super) fn known(name: &str) -> Option<Use> {
    let own = TABLE.iter().find(|(known, _)| *known == name).map(|(_, own)| *own);
    own.or_else(|| GROUPS.iter().find(|(begin, _)| name.starts_with(begin)).map(|(_, why)| Use::Idle(why)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_variable_is_there_twice() {
        let mut names: Vec<_> = TABLE.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn values_are_written_as_the_house_has_them() {
        let some = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!([address(":8080"), address("localhost:1")], [some("0.0.0.0:8080"), some("127.0.0.1:1")]);
        assert_eq!([seconds("10"), seconds("0"), seconds("x")], [some("10s"), Ok(None), Err("a number of seconds")]);
        assert_eq!([count("0"), count("7"), count("-1")], [Ok(None), some("7"), Err("a whole number from 0 on")]);
        assert_eq!([allowance("false"), allowance("1")], [Ok(None), some("true")]);
        for wrong in [address("8080"), address(":x"), address("/run/imgproxy.sock"), profiles("")] {
            assert!(wrong.is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn variables_that_begin_alike_have_one_fate_unless_they_have_their_own() {
        assert!(matches!(known("WEBP_EFFORT"), Some(Use::House("IMAGE_PROXY_WEBP_EFFORT", _))));
        for name in ["WEBP_COMPRESSION", "JPEG_QUANT_TABLE", "INFO_PRESETS", "UNSHARP_MASKING_MODE", "CACHE_USE"] {
            assert!(matches!(known(name), Some(Use::Idle(_))), "{name}");
        }
        assert!(known("TYPO").is_none());
    }
}
