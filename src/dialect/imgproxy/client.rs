//! `Client`: what a client says of itself beside its URL.

use http::header::ACCEPT;
use http::{HeaderMap, HeaderValue};

use super::super::{Hint, Hints};
use super::settings::ImgproxySettings;
use crate::request::{Accepted, Exact, Format};

/// The densest screen that a client may tell of.
const MAX_RATIO: f64 = 8.0;

/// What a client says of itself beside its URL.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Client {
    /// What it shows.
    pub accepted: Accepted,
    /// How many pixels its screen has for one of a page.
    pub ratio: Option<Exact>,
    /// How wide the picture is on its page.
    pub width: Option<u32>,
}

impl ImgproxySettings {
    /// What a client says of itself that counts.
    pub(super) fn client(&self, headers: &HeaderMap, is_best: bool) -> Client {
        let is_asked = is_best || !self.shown.is_empty() || !self.enforced.is_empty();
        let accepted = if is_asked { accepted(headers) } else { Accepted::default() };
        if !self.takes_hints {
            return Client { accepted, ..Client::default() };
        }
        let number = |hints: [Hint; 2]| {
            let told = hints.iter().find_map(|hint| hint.text(headers));
            told.and_then(|text| text.parse::<f64>().ok()).filter(|number| *number > 0.0)
        };
        let ratio = number([Hint::PixelRatio, Hint::OldPixelRatio]).filter(|ratio| *ratio <= MAX_RATIO);
        let width = number([Hint::Width, Hint::OldWidth]).map(|width| (width / ratio.unwrap_or(1.0)).round() as u32);
        Client { accepted, ratio: ratio.and_then(Exact::new), width }
    }

    /// The headers that can change an answer.
    pub(super) fn hints(&self, is_best: bool) -> Hints {
        let settings = self;
        let all = [
            (is_best || !settings.shown.is_empty() || !settings.enforced.is_empty(), Hint::Accept),
            (settings.takes_hints, Hint::PixelRatio),
            (settings.takes_hints, Hint::OldPixelRatio),
            (settings.takes_hints, Hint::Width),
            (settings.takes_hints, Hint::OldWidth),
        ];
        all.into_iter().filter(|(is_read, _)| *is_read).map(|(_, hint)| hint).collect()
    }
}

/// The formats that a client names anywhere in what it accepts, at whatever weight.
fn accepted(headers: &HeaderMap) -> Accepted {
    let is_named = |format: &Format| {
        let mime = format.mime().as_bytes();
        let mut lines = headers.get_all(ACCEPT).into_iter().map(HeaderValue::as_bytes);
        lines.any(|line| line.windows(mime.len()).any(|part| part == mime))
    };
    Accepted::NEGOTIABLE.into_iter().filter(is_named).fold(Accepted::default(), Accepted::with)
}
