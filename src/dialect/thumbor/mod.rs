//! The dialect of thumbor (<https://github.com/thumbor/thumbor>), with what imagor (<https://github.com/cshum/imagor>) adds to it:
//! `/unsafe/200x100/smart/filters:grayscale()/a.jpg`.

mod cooking;
mod deviation;
mod filter;
pub(super) mod focal;
mod handover;
mod imagor;
mod label;
mod meta;
pub(super) mod order;
mod params;
mod rounds;
mod signature;
#[cfg(test)]
mod tests;
mod watermark;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use http::header::{CACHE_CONTROL, EXPIRES};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::places::Places;
use super::{Asked, Dialect, DialectError, Heard, Usual, Worded, Wording};
use crate::report::Report;
use crate::request::{Denial, DenialKind, Facts, FormatWish, ImageRequest, OutputWish, Quality, Reference, Wish};
use cooking::Cooking;
use order::ThumborOrder;
use signature::{SignatureKeys, SignedPath};

/// Says that the server is well.
const HEALTH: &str = "/healthcheck";
/// How long pictures may be kept, where the operator does not say.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// So many names of filters are told in the log.
const MAX_TOLD: usize = 64;
/// So many letters of each.
const MAX_TOLD_LETTERS: usize = 32;

/// How the dialect is set up.
#[derive(Debug, Clone, Default)]
pub struct ThumborSettings {
    /// What URLs are signed with; none where nobody can sign.
    pub key: Option<super::SecretText>,
    /// URLs need not be signed. Where nothing is said, they need not unless there is a key.
    pub allows_unsafe: Option<bool>,
    /// Pictures lie as they are displayed; if not, as they are stored.
    pub respects_orientation: bool,
}

/// The dialect of thumbor.
#[derive(Debug)]
pub struct Thumbor {
    keys: Option<SignatureKeys>,
    allows_unsafe: bool,
    respects_orientation: bool,
    places: Arc<Places>,
    /// The `Cache-Control` of images where the operator sets none.
    usual: Option<HeaderValue>,
    /// Filters that were passed over.
    told: Mutex<BTreeSet<String>>,
}

impl Thumbor {
    /// A dialect whose pictures are in these places.
    pub fn new(settings: &ThumborSettings, places: Arc<Places>) -> Self {
        Self {
            keys: settings.key.as_ref().map(|key| SignatureKeys::new(key.text().as_bytes())),
            allows_unsafe: settings.allows_unsafe.unwrap_or(settings.key.is_none()),
            respects_orientation: settings.respects_orientation,
            places,
            usual: None,
            told: Mutex::default(),
        }
    }

    /// The same, where this is the `Cache-Control` that the operator did not set.
    #[must_use]
    pub fn in_place_of(self, usual: Option<HeaderValue>) -> Self {
        Self { usual, ..self }
    }

    /// What a path says behind its signature.
    fn order<'a>(&self, path: &'a str) -> Result<ThumborOrder<'a>, DialectError> {
        let route = SignedPath::of(path);
        let refused = |text: &str| DialectError::from(Worded::text(StatusCode::BAD_REQUEST, text));
        match route.signature {
            _ if route.is_unsafe && !self.allows_unsafe => return Err(refused("URL has to be signed")),
            _ if route.is_unsafe => {}
            Some(signature) => {
                let is_right = self.keys.as_ref().is_some_and(|keys| keys.verify(route.rest, signature));
                if !is_right {
                    return Err(refused("Invalid hash"));
                }
            }
            None => return Err(refused("Malformed URL")),
        }
        Ok(ThumborOrder::read(route.rest))
    }

    /// What is asked for, and until when that is good, where a URL says so.
    fn asked(&self, wording: Wording<'_>) -> Result<(Asked, Option<SystemTime>), DialectError> {
        let path = wording.path;
        if path == HEALTH {
            return Ok((Asked::Said(Box::new(Worded::text(StatusCode::OK, "WORKING"))), None));
        }
        if let Some(rest) = path.strip_prefix("/params/") {
            return Ok((Asked::Said(Box::new(Worded::json(StatusCode::OK, &params::told(rest)))), None));
        }
        let order = self.order(path)?;
        if order.image.trim_matches('/').is_empty() {
            return Err(
                Worded::text(StatusCode::BAD_REQUEST, "No original image was specified in the given URL").into()
            );
        }
        let (original, others) = self.places.candidates(order.image, wording.query)?;
        let cooking = Cooking::of(&order.filters, &self.places);
        let good_until = cooking.handover.good_until;
        if cooking.handover.is_over(SystemTime::now()) {
            return Err(Worded::text(StatusCode::GONE, "expired").into());
        }
        let request =
            if order.is_meta { ImageRequest::told(original) } else { self.request(&order, cooking, original) };
        Ok((Asked::Image(request.or(others)), good_until))
    }

    fn request(&self, order: &ThumborOrder<'_>, mut cooking: Cooking, original: Reference) -> ImageRequest {
        self.tell_once(&cooking.passed_over);
        let saving = cooking.handover.saving.clone();
        if cooking.handover.is_raw {
            return ImageRequest { saving, ..ImageRequest::new(original, Wish::default()) };
        }
        let mut edits = rounds::of(order, &cooking, self.respects_orientation);
        edits.extend(rounds::of_filters(order, &mut cooking));
        let (coding, is_still, max_frames) = (cooking.coding(), cooking.is_still, cooking.max_frames);
        let named = cooking.format.map(FormatWish::Named);
        let mut wish = edits.into_iter().fold(Wish::default(), Wish::then);
        // As there, also what nothing is asked of is written anew: no metadata of an original goes out.
        let format = Some(named.unwrap_or(FormatWish::Same));
        wish.output = OutputWish { format, coding, is_still, max_frames, keeping: None };
        ImageRequest { saving, ..ImageRequest::new(original, wish) }
    }

    fn tell_once(&self, names: &[String]) {
        if names.is_empty() {
            return;
        }
        let Ok(mut told) = self.told.lock() else { return };
        for name in names {
            let name: String = name.chars().take(MAX_TOLD_LETTERS).flat_map(char::escape_debug).collect();
            if told.len() < MAX_TOLD && told.insert(name.clone()) {
                tracing::warn!("thumbor: the filter {name} is passed over: it is unknown, or its arguments are");
            }
        }
    }
}

impl Dialect for Thumbor {
    fn name(&self) -> &'static str {
        "thumbor"
    }

    fn is_protected(&self) -> bool {
        self.keys.is_some() && !self.allows_unsafe
    }

    fn usual(&self) -> Usual {
        Usual {
            quality: Some(Quality::new(cooking::USUAL_QUALITY)),
            enlarges: true,
            is_progressive: true,
            ..Usual::default()
        }
    }

    fn claims(&self, path: &str) -> bool {
        path == HEALTH
    }

    fn is_repeatable(&self) -> bool {
        true
    }

    fn read(&self, wording: Wording<'_>) -> Heard {
        match self.asked(wording) {
            Ok((asked, good_until)) => Heard { permit: Ok(good_until), ..Heard::by_url(Ok(asked)) },
            Err(error) => Heard::by_url(Err(error)),
        }
    }

    fn tell(&self, facts: &Facts, wording: Wording<'_>) -> Option<Worded> {
        let order = self.order(wording.path).ok()?;
        let cooking = Cooking::of(&order.filters, &self.places);
        let picture = if self.respects_orientation { facts.displayed() } else { facts.stored };
        let told = Worded::json(StatusCode::OK, &meta::told(&order, &cooking, facts, picture));
        Some(match meta::callback(wording.query) {
            Some(name) => Worded { body: format!("{name}({});", told.body), content_type: "text/javascript", ..told },
            None => told,
        })
    }

    fn word(&self, denial: &Denial, _wording: Wording<'_>) -> Option<Worded> {
        let status = match denial.kind {
            DenialKind::NotFound if !denial.is_about_other => StatusCode::NOT_FOUND,
            DenialKind::Malformed
            | DenialKind::NotFound
            | DenialKind::NotAnImage
            | DenialKind::EmptyOriginal
            | DenialKind::Unsupported
            | DenialKind::Unprocessable
            | DenialKind::TooManyPixels
            | DenialKind::TooManyBytes => StatusCode::BAD_REQUEST,
            _ => return None,
        };
        Some(Worded::text(status, denial.message.clone()))
    }

    fn dress(&self, wording: Wording<'_>, status: StatusCode, _report: &Report, headers: &mut HeaderMap) {
        let is_told = || SignedPath::of(wording.path).rest.starts_with("meta/");
        let is_ours = self.usual.as_ref().is_some_and(|usual| match headers.get(CACHE_CONTROL) {
            Some(value) => value == usual,
            None => is_told(),
        });
        if !status.is_success() || !is_ours {
            return;
        }
        let said = || handover::life(&ThumborOrder::read(SignedPath::of(wording.path).rest).filters);
        let life = if handover::may_say_life(wording.path) { said() } else { None }.unwrap_or(DAY);
        let expires = SystemTime::now().checked_add(life).map(httpdate::fmt_http_date);
        let cache_control = format!("max-age={},public", life.as_secs());
        for (name, value) in [(CACHE_CONTROL, Some(cache_control)), (EXPIRES, expires)] {
            if let Some(Ok(value)) = value.map(HeaderValue::try_from) {
                headers.insert(name, value);
            }
        }
    }
}
