//! What changes originals: an upload, and a deletion. Each is off unless the configuration says otherwise, and the operator
//! names where originals may be written.

use http::{Method, StatusCode};
use serde_json::json;

use super::parameters;
use super::settings::PicfitSource;
use super::{PicfitSettings, asked};
use crate::dialect::{Asked, CommandError, Desk, DialectError, Enclosed, ExpectedBody, Worded, Wording};
use crate::request::{DenialKind, ImagePath, Wish};

/// All that is answered where originals may be changed.
pub(super) const METHODS: [Method; 4] = [Method::GET, Method::HEAD, Method::POST, Method::DELETE];
/// The field of a form that holds a picture.
const FIELD: &str = "data";
/// What is put behind a question to have a picture written over another of its name.
const FORCE: &str = "force";

/// A change of originals that is asked for.
enum Change {
    /// A picture is to be kept.
    Upload,
    /// An original is to go, and all that was made of it.
    Original(ImagePath),
    /// What was made of it is to go.
    Renditions(ImagePath),
}

/// Tells whether anything can be changed.
pub(super) fn are_enabled(settings: &PicfitSettings) -> bool {
    settings.enable_upload || settings.enable_delete
}

/// What a request asks to be changed; `None` where it asks for a picture.
pub(super) fn heard(settings: &PicfitSettings, wording: Wording<'_>) -> Option<Result<Asked, DialectError>> {
    change(settings, wording).map(|change| change.map(|_| Asked::Command))
}

fn change(settings: &PicfitSettings, wording: Wording<'_>) -> Option<Result<Change, DialectError>> {
    let not_allowed = || Worded::text(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed").into();
    match *wording.method {
        Method::POST if settings.enable_upload && wording.path.trim_end_matches('/') == "/upload" => {
            Some(Ok(Change::Upload))
        }
        Method::DELETE if settings.enable_delete => Some(deleted(wording)),
        Method::POST | Method::DELETE => Some(Err(not_allowed())),
        _ => None,
    }
}

/// What a deletion is of: a rendition is called as it is asked for.
fn deleted(wording: Wording<'_>) -> Result<Change, DialectError> {
    if let Ok((_, parameters)) = asked(wording)
        && let Some(path) = parameters.get("path").filter(|path| !path.is_empty())
        && !parameters.operations().is_empty()
    {
        return Ok(Change::Renditions(ImagePath::from_decoded(path)?));
    }
    if parameters::Method::of(wording.path).is_some() {
        return Err(DialectError::NotServed);
    }
    Ok(Change::Original(ImagePath::from_url_path(wording.path)?))
}

/// Does it.
pub(super) async fn run(
    settings: &PicfitSettings,
    max_bytes: u64,
    wording: Wording<'_>,
    desk: &dyn Desk,
) -> Result<Worded, CommandError> {
    let change = change(settings, wording).unwrap_or(Err(DialectError::NotServed))?;
    let allowed = &settings.allowed_ip_addresses;
    let client = desk.peer().map(|address| address.to_canonical().to_string());
    let is_allowed = allowed.is_empty() || client.is_some_and(|client| allowed.contains(&client));
    if !is_allowed {
        return Err(refused(StatusCode::UNAUTHORIZED, "Endpoint restricted"));
    }
    match change {
        Change::Upload => upload(&settings.source, max_bytes, wording, desk).await,
        Change::Original(path) => {
            desk.delete(path).await?;
            Ok(Worded::text(StatusCode::OK, "Ok"))
        }
        Change::Renditions(path) => {
            desk.forget(path).await?;
            Ok(Worded::text(StatusCode::OK, "Ok"))
        }
    }
}

async fn upload(
    source: &PicfitSource,
    max_bytes: u64,
    wording: Wording<'_>,
    desk: &dyn Desk,
) -> Result<Worded, CommandError> {
    let expected = ExpectedBody { field: FIELD, takes_raw: false, max_bytes };
    let Enclosed { bytes, file_name } = desk.read(expected).await.map_err(no_picture)?;
    let named = file_name.as_deref().unwrap_or_default();
    let path = ImagePath::from_decoded(named).map_err(DialectError::from)?;
    // An image by its bytes, or nothing.
    desk.facts(bytes.clone()).await.map_err(no_picture)?;
    let picture = desk.make(bytes, Wish::default()).await.map_err(no_picture)?;
    let query = wording.query.unwrap_or_default();
    let replaces =
        url::form_urlencoded::parse(query.as_bytes()).any(|(name, value)| name == FORCE && !value.is_empty());
    desk.deposit(path.clone(), picture, replaces).await?;
    let name = path.as_str();
    let file = name.rsplit('/').next().unwrap_or_default();
    let [path, url] = source.told(name);
    Ok(Worded::json(StatusCode::OK, &json!({ "filename": file, "path": path, "url": url })))
}

fn no_picture(error: CommandError) -> CommandError {
    match &error {
        CommandError::Denied(denial)
            if matches!(
                denial.kind,
                DenialKind::EmptyOriginal | DenialKind::NotAnImage | DenialKind::Unprocessable
            ) =>
        {
            refused(StatusCode::BAD_REQUEST, &denial.message)
        }
        _ => error,
    }
}

fn refused(status: StatusCode, text: &str) -> CommandError {
    CommandError::Dialect(Worded::text(status, text).into())
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn told(settings: &PicfitSettings, method: &Method, path: &str) -> Option<Result<String, u16>> {
        let headers = HeaderMap::new();
        let found = change(settings, Wording { method, path, query: None, headers: &headers })?;
        Some(match found {
            Ok(Change::Upload) => Ok("upload".to_owned()),
            Ok(Change::Original(path)) => Ok(format!("original {path}")),
            Ok(Change::Renditions(path)) => Ok(format!("renditions {path}")),
            Err(DialectError::Refused(worded)) => Err(worded.status.as_u16()),
            Err(_) => Err(0),
        })
    }

    #[test]
    fn a_change_is_heard_only_where_it_is_switched_on() {
        let off = PicfitSettings::default();
        let on = PicfitSettings { enable_upload: true, enable_delete: true, ..PicfitSettings::default() };
        for (method, path, expected) in [
            (Method::POST, "/upload", Ok("upload")),
            (Method::POST, "/display/resize/1x1/a.png", Err(405)),
            (Method::DELETE, "/deep/a.png", Ok("original deep/a.png")),
            (Method::DELETE, "/display/resize/10x10/deep/a.png", Ok("renditions deep/a.png")),
            (Method::DELETE, "/display", Err(0)),
            (Method::DELETE, "/../a.png", Err(0)),
        ] {
            assert_eq!(told(&on, &method, path), Some(expected.map(str::to_owned)), "{method} {path}");
            assert_eq!(told(&off, &method, path), Some(Err(405)), "{method} {path}");
        }
        assert_eq!(told(&on, &Method::GET, "/upload"), None);
        assert!(are_enabled(&on) && !are_enabled(&off));
    }
}
