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
        let told = |hints: [Hint; 2]| hints.into_iter().filter_map(|hint| hint.text(headers));
        let is_ratio = |ratio: &f64| *ratio > 0.0 && *ratio <= MAX_RATIO;
        let mut ratios = told([Hint::PixelRatio, Hint::OldPixelRatio]).filter_map(|text| text.parse().ok());
        let ratio = ratios.find(is_ratio);
        let mut widths = told([Hint::Width, Hint::OldWidth]).filter_map(|text| text.parse::<u32>().ok());
        let width = widths.find(|width| *width > 0);
        let width = width.map(|width| (f64::from(width) / ratio.unwrap_or(1.0)).round() as u32);
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

/// The headers that an answer may depend on, in the spelling and the order of imgproxy.
const VARYING: [&str; 5] = ["Accept", "Sec-Ch-Dpr", "Dpr", "Sec-Ch-Width", "Width"];

/// The same `Vary`, as imgproxy spells it: caches do not care, and some that compare answers do.
pub(super) fn respelled(vary: &HeaderValue) -> Option<HeaderValue> {
    let all: Vec<_> = vary.to_str().ok()?.split(',').map(str::trim).collect();
    let is_named = |name: &str| all.iter().any(|own| own.eq_ignore_ascii_case(name));
    let is_other = |own: &str| !VARYING.iter().any(|name| own.eq_ignore_ascii_case(name));
    let others = all.iter().copied().filter(|own| is_other(own));
    let names: Vec<_> = VARYING.into_iter().filter(|name| is_named(name)).chain(others).collect();
    HeaderValue::try_from(names.join(", ")).ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_answers_depend_on_is_spelt_as_imgproxy_does() {
        let of = |vary: &'static str| respelled(&HeaderValue::from_static(vary)).unwrap();
        assert_eq!(of("accept"), "Accept");
        assert_eq!(of("accept, sec-ch-dpr, sec-ch-width, dpr, width"), "Accept, Sec-Ch-Dpr, Dpr, Sec-Ch-Width, Width");
        assert_eq!(of("save-data, accept"), "Accept, save-data");
    }

    #[test]
    fn a_hint_that_cannot_be_is_as_none() {
        let settings = ImgproxySettings { takes_hints: true, ..ImgproxySettings::default() };
        let told = |headers: &[(&'static str, &'static str)]| {
            let headers = headers
                .iter()
                .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)));
            let client = settings.client(&headers.collect(), false);
            (client.ratio.map(Exact::get), client.width)
        };
        assert_eq!(told(&[("dpr", "2"), ("sec-ch-dpr", "1.5")]), (Some(1.5), None));
        assert_eq!(told(&[("dpr", "2"), ("sec-ch-dpr", "9")]), (Some(2.0), None));
        assert_eq!(told(&[("dpr", "2"), ("width", "99")]), (Some(2.0), Some(50)));
        for (name, value) in [("dpr", "-1"), ("dpr", "x"), ("width", "10.5"), ("width", "-8"), ("width", "0")] {
            assert_eq!(told(&[(name, value)]), (None, None), "{name} {value}");
        }
    }
}
