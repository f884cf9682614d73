//! The texts of picfit, and what it says of itself.

use std::time::{Duration, SystemTime};

use http::StatusCode;
use serde_json::json;

use crate::dialect::{DialectError, StoredResult, Worded};
use crate::request::{Denial, RemoteError};

/// Its JSON says so.
const JSON: &str = "application/json; charset=utf-8";
/// How much of a client's own text is repeated to it, in characters.
const MAX_ECHO: usize = 64;
const SECONDS_OF_DAY: u64 = 86_400;

fn refused(status: StatusCode, text: impl Into<String>) -> DialectError {
    Worded::text(status, text).into()
}

/// What a client wrote, in part and without control characters.
fn echo(text: &str) -> String {
    text.chars().take(MAX_ECHO).map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

pub(super) fn no_picture() -> DialectError {
    refused(StatusCode::BAD_REQUEST, "Request should contains parameters or query string")
}

pub(super) fn no_operation() -> DialectError {
    refused(StatusCode::BAD_REQUEST, "`op` parameter or query string cannot be empty")
}

pub(super) fn unknown_operation(text: &str) -> DialectError {
    refused(StatusCode::BAD_REQUEST, format!("Invalid method {} or invalid parameters", echo(text)))
}

pub(super) fn unknown_format(text: &str) -> DialectError {
    refused(StatusCode::BAD_REQUEST, format!("Unknown format {}", echo(text)))
}

pub(super) fn unknown_type(media_type: &str) -> DialectError {
    refused(StatusCode::BAD_REQUEST, format!("Mimetype {media_type} is not supported"))
}

pub(super) fn wrong_url(text: &str) -> DialectError {
    refused(StatusCode::BAD_REQUEST, format!("URL {} is not valid", echo(text)))
}

/// A picture is at a URL that is not fetched from.
pub(super) fn not_fetched(error: &RemoteError, has_no_origins: bool) -> DialectError {
    match error {
        RemoteError::NotAllowed { .. } if has_no_origins => {
            refused(StatusCode::FORBIDDEN, "url: pictures are fetched from nowhere here")
        }
        RemoteError::NotAllowed { .. } => refused(StatusCode::FORBIDDEN, error.to_string()),
        error => refused(StatusCode::BAD_REQUEST, error.to_string()),
    }
}

/// The media type that the ending of a name stands for, as Go knows them without the system's own list; empty where it
/// knows none.
pub(super) fn media_type(extension: &str) -> &'static str {
    match extension {
        "avif" => "image/avif",
        "css" => "text/css; charset=utf-8",
        "htm" | "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "pdf" => "application/pdf",
        "svg" => "image/svg+xml",
        "tif" | "tiff" => "image/tiff",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "xml" => "text/xml; charset=utf-8",
        _ => "",
    }
}

pub(super) fn wrong_signature() -> DialectError {
    refused(StatusCode::UNAUTHORIZED, "Invalid signature")
}

pub(super) fn size_not_allowed() -> DialectError {
    refused(StatusCode::FORBIDDEN, "Requested size not allowed")
}

/// The original is larger than the configuration allows.
pub(super) fn too_large(denial: &Denial) -> Worded {
    Worded::text(StatusCode::BAD_REQUEST, denial.message.clone())
}

/// There is no store of renditions.
pub(super) fn nothing_is_stored() -> Worded {
    let what = "renditions are not stored: there is no storage.dst, and no store that servers share";
    Worded::text(StatusCode::FORBIDDEN, what)
}

/// There is one, and clients do not get at it.
fn nobody_is_led() -> Worded {
    let what = "nobody gets at stored renditions: the storage has no base_url, and no public URL";
    Worded::text(StatusCode::FORBIDDEN, what)
}

/// Where a rendition is: the client goes there.
pub(super) fn redirect(stored: &StoredResult<'_>) -> Worded {
    match stored.url {
        Some(url) => Worded::redirect(StatusCode::MOVED_PERMANENTLY, url.as_str()),
        None => nobody_is_led(),
    }
}

/// Where a rendition is: the client is told.
pub(super) fn told(stored: &StoredResult<'_>, location: &str, key: &str) -> Worded {
    let filename = stored.name.rsplit('/').next().unwrap_or_default();
    let path = if location.is_empty() { stored.name.to_owned() } else { format!("{location}/{}", stored.name) };
    let url = stored.url.map(url::Url::as_str).unwrap_or_default();
    let body = json!({ "filename": filename, "path": path, "url": url, "key": key });
    Worded { content_type: JSON, ..Worded::json(StatusCode::OK, &body) }
}

/// That it is well.
pub(super) fn health(started: SystemTime) -> Worded {
    let body = json!({
        "started_at": timestamp(started),
        "uptime": spelt(started.elapsed().unwrap_or_default()),
        "status": "Ok",
        "version": env!("CARGO_PKG_VERSION"),
        "revision": "",
        "build_time": "",
        "compiler": "rustc",
        "latest_commit_message": "",
        "ip_address": "",
    });
    Worded { content_type: JSON, ..Worded::json(StatusCode::OK, &body) }
}

/// A point in time as Go prints it.
fn timestamp(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let (days, seconds) = (since.as_secs() / SECONDS_OF_DAY, since.as_secs() % SECONDS_OF_DAY);
    let (year, month, day) = date(days);
    let (hour, minute, second, nanos) = (seconds / 3600, seconds / 60 % 60, seconds % 60, since.subsec_nanos());
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{nanos:09} +0000 UTC")
}

/// Year, month and day of a number of days since 1970 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

/// A length of time as Go prints it.
fn spelt(time: Duration) -> String {
    let (whole, nanos) = (time.as_secs(), time.subsec_nanos());
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    let fraction = format!("{nanos:09}");
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    match (hours, minutes) {
        (0, 0) => format!("{seconds}{point}{fraction}s"),
        (0, _) => format!("{minutes}m{seconds}{point}{fraction}s"),
        _ => format!("{hours}h{minutes}m{seconds}{point}{fraction}s"),
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    #[test]
    fn times_are_printed_as_go_prints_them() {
        let at = |seconds, nanos| timestamp(SystemTime::UNIX_EPOCH + Duration::new(seconds, nanos));
        assert_eq!(at(0, 0), "1970-01-01 00:00:00.000000000 +0000 UTC");
        assert_eq!(at(951_827_696, 5), "2000-02-29 12:34:56.000000005 +0000 UTC");
        assert_eq!(at(1_767_225_599, 0), "2025-12-31 23:59:59.000000000 +0000 UTC");
        for (time, expected) in [
            (Duration::ZERO, "0s"),
            (Duration::from_millis(1500), "1.5s"),
            (Duration::from_secs(60), "1m0s"),
            (Duration::from_millis(7_325_250), "2h2m5.25s"),
        ] {
            assert_eq!(spelt(time), expected);
        }
    }

    #[test]
    fn a_rendition_is_told_as_in_the_other_system() {
        let url = Url::parse("http://img.example.com/f/1/6e.png").unwrap();
        let stored = StoredResult { name: "f/1/6e.png", url: Some(&url), max_age: Duration::ZERO };
        let body = told(&stored, "/srv/img", "f16e").body;
        let expected = r#"{"filename":"6e.png","key":"f16e","path":"/srv/img/f/1/6e.png","url":"http://img.example.com/f/1/6e.png"}"#;
        assert_eq!(body, expected);
        assert_eq!(redirect(&stored).headers[http::header::LOCATION], "http://img.example.com/f/1/6e.png");
        assert_eq!(redirect(&StoredResult { url: None, ..stored }).status, StatusCode::FORBIDDEN);
    }

    #[test]
    fn a_client_gets_little_of_its_own_text_back() {
        let text = unknown_operation(&format!("a\n{}", "b".repeat(1000))).to_string();
        assert_eq!(text, format!("Invalid method a {} or invalid parameters", "b".repeat(62)));
    }
}
