//! Uploads: a token for an id, and then a picture that shows it.

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{IaasSettings, TakenId, TokenBook, TokenError};
use crate::dialect::{CommandError, Desk, DialectError, Enclosed, ExpectedBody, Worded, Wording};
use crate::request::{
    Bounds, CodingWish, DenialKind, Dimensions, Edit, Facts, FormatWish, ImagePath, Orientation, OutputWish, Quality,
    QualityWish, Rect, Size, Wish,
};

/// The path at which tokens are asked for.
const TOKEN_PATH: &str = "/token";
/// The longest question for a token, in bytes.
const MAX_QUESTION_BYTES: u64 = 16 << 10;
/// The most pixels of what is uploaded, and of what is kept of it, where nothing else is said.
const MAX_PIXELS: u64 = 30_000_000;
/// How finely a picture is written that is kept, unless it came coarser.
const KEPT_QUALITY: u8 = 95;

/// Where pictures may be uploaded, and by whom.
#[derive(Debug)]
pub(super) struct Uploads {
    tokens: Arc<TokenBook>,
    /// The longest body.
    max_bytes: u64,
}

/// One attempt to upload. Unless it is settled, its id is free again.
struct Claim {
    tokens: Arc<TokenBook>,
    taken: Option<TakenId>,
}

/// How an attempt ended that kept nothing.
enum Failed {
    /// A token may be asked for again.
    Freed(CommandError),
    /// The token is used up.
    Spent(CommandError),
}

impl From<CommandError> for Failed {
    fn from(error: CommandError) -> Self {
        Self::Freed(error)
    }
}

impl Claim {
    async fn free(mut self) {
        if let Some(taken) = self.taken.take() {
            self.tokens.free(&taken).await;
        }
    }

    fn settle(mut self) {
        self.taken = None;
    }
}

impl Drop for Claim {
    /// The client has left.
    fn drop(&mut self) {
        if let Some(taken) = self.taken.take() {
            let tokens = Arc::clone(&self.tokens);
            tokio::spawn(async move { tokens.free(&taken).await });
        }
    }
}

impl Uploads {
    /// Takes bodies of at most so many bytes.
    pub fn new(tokens: TokenBook, max_bytes: u64) -> Self {
        Self { tokens: Arc::new(tokens), max_bytes }
    }

    /// Does what a `POST` asks for.
    pub async fn run(
        &self,
        settings: &IaasSettings,
        wording: Wording<'_>,
        desk: &dyn Desk,
    ) -> Result<Worded, CommandError> {
        if wording.path.trim_end_matches('/') == TOKEN_PATH {
            self.give_token(settings, desk).await
        } else {
            self.keep(settings, wording, desk).await
        }
    }

    async fn give_token(&self, settings: &IaasSettings, desk: &dyn Desk) -> Result<Worded, CommandError> {
        let expected = ExpectedBody { field: "id", takes_raw: true, max_bytes: MAX_QUESTION_BYTES };
        let question = match desk.read(expected).await {
            Ok(Enclosed { bytes, .. }) => serde_json::from_slice::<Value>(&bytes).unwrap_or_default(),
            Err(error) if denied(&error) == Some(DenialKind::EmptyOriginal) => Value::Null,
            Err(error) => return Err(error),
        };
        let shown = question.get("secret").and_then(Value::as_str).unwrap_or_default();
        if settings.password.as_ref().is_some_and(|secret| !secret.is(shown)) {
            let text = "A secret key is required for this server, and it was not supplied or incorrect";
            return Err(refused(StatusCode::UNAUTHORIZED, text));
        }
        let id = match question.get("id") {
            Some(Value::String(id)) => file_name(id),
            Some(Value::Number(id)) => file_name(&id.to_string()),
            _ => None,
        };
        let id = id.ok_or_else(|| refused(StatusCode::BAD_REQUEST, "id: expected the name of a file"))?;
        let token = self.tokens.give(&id).await.map_err(not_given)?;
        Ok(Worded::json(StatusCode::OK, &json!({ "token": token })))
    }

    async fn keep(
        &self,
        settings: &IaasSettings,
        wording: Wording<'_>,
        desk: &dyn Desk,
    ) -> Result<Worded, CommandError> {
        let taken = self.take(wording).await?;
        let id = taken.id.clone();
        let claim = Claim { tokens: Arc::clone(&self.tokens), taken: Some(taken) };
        match self.kept(settings, wording.query, id, desk).await {
            Ok(worded) => {
                claim.settle();
                Ok(worded)
            }
            Err(Failed::Spent(error)) => {
                claim.settle();
                Err(error)
            }
            Err(Failed::Freed(error)) => {
                claim.free().await;
                Err(error)
            }
        }
    }

    async fn kept(
        &self,
        settings: &IaasSettings,
        query: Option<&str>,
        id: ImagePath,
        desk: &dyn Desk,
    ) -> Result<Worded, Failed> {
        let expected = ExpectedBody { field: "image", takes_raw: false, max_bytes: self.max_bytes };
        let Enclosed { bytes, .. } = desk.read(expected).await.map_err(|error| match denied(&error) {
            Some(DenialKind::EmptyBody) => Failed::Spent(refused(StatusCode::BAD_REQUEST, "image: expected a file")),
            Some(DenialKind::EmptyOriginal) => too_large("the file is empty").into(),
            _ => error.into(),
        })?;
        let facts = desk.facts(bytes.clone()).await.map_err(no_picture)?;
        let max_pixels = settings.max_input_pixels.unwrap_or(MAX_PIXELS);
        if facts.stored.pixels() >= max_pixels {
            let text = format!("expected fewer than {max_pixels} pixels, got {}", facts.stored);
            return Err(too_large(&text).into());
        }
        let wish = wish(settings, query, &facts)?;
        let picture = desk.make(bytes, wish).await.map_err(no_picture)?;
        let Dimensions { width, height } = desk.facts(picture.bytes.clone()).await?.displayed();
        let name = id.to_string();
        desk.deposit(id, picture, false).await.map_err(|error| match denied(&error) {
            Some(DenialKind::Exists) => {
                Failed::Spent(refused(StatusCode::FORBIDDEN, &TokenError::Requested.to_string()))
            }
            _ => error.into(),
        })?;
        let told = json!({ "status": "OK", "id": name, "original_height": height, "original_width": width });
        Ok(Worded::json(StatusCode::OK, &told))
    }

    /// The id that the token is for: what stands in the path, with or without an ending.
    async fn take(&self, wording: Wording<'_>) -> Result<TakenId, CommandError> {
        let token = wording.headers.get("x-token").and_then(|token| token.to_str().ok()).unwrap_or_default();
        let path = ImagePath::from_url_path(wording.path).map_err(DialectError::from)?;
        let stem = path.as_str().rsplit_once('.').map_or("", |(stem, _)| stem);
        for id in [file_name(path.as_str()), file_name(stem)].into_iter().flatten() {
            if let Some(taken) = self.tokens.take(token, &id).await.map_err(not_given)? {
                return Ok(taken);
            }
        }
        Err(refused(StatusCode::FORBIDDEN, "X-Token: expected a token for this image"))
    }
}

fn not_given(error: TokenError) -> CommandError {
    let status = match error {
        TokenError::Requested => StatusCode::FORBIDDEN,
        TokenError::TooLong => StatusCode::BAD_REQUEST,
        TokenError::Full => StatusCode::SERVICE_UNAVAILABLE,
        TokenError::NoRandomness => StatusCode::INTERNAL_SERVER_ERROR,
        TokenError::Store(_) => {
            tracing::warn!("{error}");
            return refused(StatusCode::SERVICE_UNAVAILABLE, "tokens cannot be looked up, try again later");
        }
    };
    refused(status, &error.to_string())
}

/// What is kept of a picture: the part that was asked for, upright, and no larger than may be.
fn wish(settings: &IaasSettings, query: Option<&str>, facts: &Facts) -> Result<Wish, CommandError> {
    let shown = facts.displayed();
    let rect = match asked_part(query) {
        Some([x, y, width, height]) if width > 0 && height > 0 => {
            Some(shown_part([x, y, width, height], facts.stored, facts.orientation).ok_or_else(|| {
                let text = format!("x, y, width, height: expected a part of the picture of {}", facts.stored);
                refused(StatusCode::BAD_REQUEST, &text)
            })?)
        }
        _ => None,
    };
    let part = rect.map_or(shown, |rect| Dimensions::new(rect.width, rect.height));
    let longest = (settings.max_kept_pixels.unwrap_or(MAX_PIXELS) as f64).sqrt() as u32;
    let size = Size::new(longest).filter(|size| part.longest_edge() > size.pixels());
    let edit = Edit { rect, bounds: Bounds { size, ..Bounds::default() }, ..Edit::default() };
    if edit.is_empty() && facts.orientation == Orientation::Upright {
        return Ok(Wish::default());
    }
    let quality = Some(QualityWish::Number(Quality::new(KEPT_QUALITY)));
    let coding = CodingWish { quality, ..CodingWish::default() };
    Ok(Wish::new(OutputWish { format: Some(FormatWish::Own), coding, ..OutputWish::default() }).then(edit))
}

/// `x`, `y`, `width` and `height`, where all of them are whole numbers.
fn asked_part(query: Option<&str>) -> Option<[u32; 4]> {
    let number = |wanted: &str| {
        let (_, value) = form_urlencoded::parse(query?.as_bytes()).find(|(name, _)| name == wanted)?;
        let number = value.trim().parse::<f64>().ok()?;
        (number >= 0.0 && number <= f64::from(Rect::MAX)).then_some(number as u32)
    };
    Some([number("x")?, number("y")?, number("width")?, number("height")?])
}

/// Where a part of the stored pixels is shown; `None` where it is no part of them.
fn shown_part([x, y, width, height]: [u32; 4], stored: Dimensions, orientation: Orientation) -> Option<Rect> {
    let (right, bottom) = ((x + width).min(stored.width), (y + height).min(stored.height));
    if x >= right || y >= bottom {
        return None;
    }
    let back = match orientation {
        Orientation::Rotated90 => Orientation::Rotated270,
        Orientation::Rotated270 => Orientation::Rotated90,
        other => other,
    };
    let [one, other] =
        [(x, y), (right - 1, bottom - 1)].map(|corner| back.stored_at(corner, orientation.applied_to(stored)));
    let (left, top) = (one.0.min(other.0), one.1.min(other.1));
    let [width, height] = [one.0.abs_diff(other.0) + 1, one.1.abs_diff(other.1) + 1];
    Some(Rect { left: left.into(), top: top.into(), width, height })
}

/// An id as the name of a file, where it can be one.
fn file_name(id: &str) -> Option<ImagePath> {
    ImagePath::from_decoded(id).ok().filter(|path| path.as_str() == id && !id.contains('/'))
}

fn denied(error: &CommandError) -> Option<DenialKind> {
    match error {
        CommandError::Denied(denial) => Some(denial.kind),
        CommandError::Dialect(_) => None,
    }
}

/// What is no picture, or none that can be kept, is called too large.
fn no_picture(error: CommandError) -> CommandError {
    match denied(&error) {
        Some(
            DenialKind::EmptyOriginal | DenialKind::NotAnImage | DenialKind::Unsupported | DenialKind::Unprocessable,
        ) => too_large(&error.to_string()),
        _ => error,
    }
}

fn too_large(text: &str) -> CommandError {
    refused(StatusCode::PAYLOAD_TOO_LARGE, text)
}

fn refused(status: StatusCode, text: &str) -> CommandError {
    DialectError::from(Worded::json(status, &json!({ "error": text }))).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_stored_pixels_is_found_where_it_is_shown() {
        let stored = Dimensions::new(30, 20);
        for orientation in Orientation::ALL {
            let rect = shown_part([3, 4, 7, 5], stored, orientation).unwrap();
            let (left, top) = (rect.left as u32, rect.top as u32);
            let shown = (left..left + rect.width).flat_map(|x| (top..top + rect.height).map(move |y| (x, y)));
            let stored_at: Vec<_> = shown.map(|place| orientation.stored_at(place, stored)).collect();
            assert_eq!(stored_at.len(), 35);
            assert!(stored_at.iter().all(|(x, y)| (3..10).contains(x) && (4..9).contains(y)), "{orientation:?}");
        }
        assert_eq!(shown_part([30, 0, 1, 1], stored, Orientation::Upright), None);
        let clipped = shown_part([20, 10, 99, 99], stored, Orientation::Upright);
        assert_eq!(clipped, Some(Rect { left: 20, top: 10, width: 10, height: 10 }));
    }

    #[test]
    fn a_part_is_asked_for_by_four_whole_numbers() {
        assert_eq!(asked_part(Some("x=1&y=2&width=30&height=40")), Some([1, 2, 30, 40]));
        let others = ["", "x=1&y=2&width=30", "x=-1&y=2&width=3&height=4", "x=a&y=2&width=3&height=4"];
        for query in others {
            assert_eq!(asked_part(Some(query)), None, "{query}");
        }
        assert_eq!(asked_part(None), None);
    }

    #[test]
    fn an_id_is_the_name_of_one_file() {
        assert!(file_name("a b.c").is_some());
        for id in ["", ".", "..", ".hidden", "a/b", "/a", "a\\b", "a\0"] {
            assert_eq!(file_name(id), None, "{id:?}");
        }
    }
}
