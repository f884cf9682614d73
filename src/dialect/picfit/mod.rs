//! The dialect of picfit (<https://github.com/thoas/picfit>): a method, a picture, and operations one after the other.

mod changes;
mod document;
mod flat;
mod form;
mod operations;
mod parameters;
mod settings;
mod storage;
mod versions;
mod words;

use std::time::SystemTime;

use futures_util::future::BoxFuture;
use http::header::{CACHE_CONTROL, ETAG, LAST_MODIFIED};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use url::Url;

pub use settings::{PicfitPoints, PicfitSettings, Shard};

use self::operations::{Round, RoundKind};
use self::parameters::Parameters;
use self::versions::Versions;
use super::escaping::unhexed;
use super::{Asked, CommandError, Desk, Dialect, DialectError, Heard, StoredResult, Usual, Worded, Wording};
use crate::report::Report;
use crate::request::{
    CodingWish, Delivery, Denial, DenialKind, Edit, EntityTag, ImagePath, ImageRequest, OriginalLimit, OutputFormat,
    OutputWish, Paint, QualityWish, Reference, RemoteOrigins, StoredName, Wish, telling_date,
};

const METHODS: [Method; 2] = [Method::GET, Method::HEAD];
/// The longest body where nothing else is said.
const MAX_UPLOAD_BYTES: u64 = 16 << 20;
/// What clients may keep they are to ask for again.
const MUST_REVALIDATE: HeaderValue = HeaderValue::from_static("must-revalidate");

/// `/display`, `/redirect` and `/get`, by query and by path; and `/healthcheck`.
pub struct Picfit {
    settings: PicfitSettings,
    /// Where stored renditions are; `None` where they are not stored.
    location: Option<String>,
    /// The `Cache-Control` of pictures that that of picfit takes the place of; any other stays.
    usual: Option<HeaderValue>,
    /// Where pictures may be fetched from.
    origins: RemoteOrigins,
    /// What shows in a JPEG where a picture is transparent; `None` leaves that to the house.
    background: Option<Paint>,
    versions: Versions,
    /// The longest body.
    max_upload_bytes: u64,
    started: SystemTime,
}

impl Picfit {
    /// The dialect as an old configuration has it.
    pub fn new(settings: PicfitSettings) -> Self {
        let (versions, started) = (Versions::new(), SystemTime::now());
        let (usual, origins) = (None, RemoteOrigins::default());
        Self {
            settings,
            location: None,
            usual,
            origins,
            // What Go's encoder makes of what is transparent.
            background: Some(Paint::BLACK),
            versions,
            max_upload_bytes: MAX_UPLOAD_BYTES,
            started,
        }
    }

    /// Tells clients that renditions are stored here: a folder, or what all names in a bucket begin with.
    #[must_use]
    pub fn storing_at(self, location: Option<String>) -> Self {
        Self { location, ..self }
    }

    /// Sends pictures with the `Cache-Control` of picfit in place of this one, and of no other.
    #[must_use]
    pub fn in_place_of(self, usual: Option<HeaderValue>) -> Self {
        Self { usual, ..self }
    }

    /// Leaves to the house what shows in a JPEG where a picture is transparent.
    #[must_use]
    pub fn on_own_background(self) -> Self {
        Self { background: None, ..self }
    }

    /// Takes pictures from these origins.
    #[must_use]
    pub fn fetching_from(self, origins: RemoteOrigins) -> Self {
        Self { origins, ..self }
    }

    /// Takes uploads of at most so many bytes.
    #[must_use]
    pub fn taking_uploads(self, max_upload_bytes: u64) -> Self {
        Self { max_upload_bytes, ..self }
    }

    fn understood(&self, wording: Wording<'_>) -> Result<Asked, DialectError> {
        if let Some(heard) = changes::heard(&self.settings, wording) {
            return heard;
        }
        if wording.path == "/healthcheck" {
            return Ok(Asked::Said(Box::new(words::health(self.started))));
        }
        let (method, parameters) = asked(wording)?;
        let is_named = |name| parameters.get(name).is_some_and(|value| !value.is_empty());
        if !is_named("path") && !is_named("url") {
            return Err(words::no_picture());
        }
        self.verify(&parameters)?;
        let (original, extension) = self.original(&parameters)?;
        let wish = self.wish(&parameters, &extension)?;
        let delivery = match method {
            parameters::Method::Display => Delivery::Send,
            parameters::Method::Redirect | parameters::Method::Get => {
                Delivery::Point(StoredName::new(&self.settings.shard.name(&parameters.key())))
            }
        };
        let limit = OriginalLimit { max_sides: self.settings.max_image_dimensions, ..OriginalLimit::default() };
        Ok(Asked::Image(ImageRequest { delivery, limit, ..ImageRequest::new(original, wish) }))
    }

    /// Whoever asks has the operator's signature, where one is needed.
    fn verify(&self, parameters: &Parameters) -> Result<(), DialectError> {
        let Some(key) = &self.settings.signing_key else { return Ok(()) };
        // As it is sent, in small letters.
        let is_small = |text: &&str| !text.bytes().any(|letter| letter.is_ascii_uppercase());
        let signature = Some(parameters.signature()).filter(is_small).and_then(unhexed).unwrap_or_default();
        if key.verifies(parameters.message().as_bytes(), &signature) { Ok(()) } else { Err(words::wrong_signature()) }
    }

    /// Which picture is meant, and the ending of its name in small letters.
    fn original(&self, parameters: &Parameters) -> Result<(Reference, String), DialectError> {
        if let Some(url) = parameters.get("url").filter(|url| !url.is_empty()) {
            return self.remote(url);
        }
        let path = parameters.get("path").unwrap_or_default();
        let path = ImagePath::from_decoded(path)?;
        // Another picture may be called as what is left of its name.
        if parameters.is_cut {
            return Err(DialectError::NotServed);
        }
        let extension = ending(path.as_str());
        Ok((path.into(), extension))
    }

    fn remote(&self, text: &str) -> Result<(Reference, String), DialectError> {
        let url = Url::parse(text).map_err(|_| words::wrong_url(text))?;
        let extension = ending(url.path());
        if self.settings.trusts_names && settings::format_named(&extension).is_none() {
            return Err(words::unknown_type(words::media_type(&extension)));
        }
        let url = self.origins.admit(text).map_err(|error| words::not_fetched(&error, self.origins.is_empty()))?;
        Ok((url.into(), extension))
    }

    fn wish(&self, parameters: &Parameters, extension: &str) -> Result<Wish, DialectError> {
        let own = settings::format_named(extension);
        let asked = match parameters.get("fmt") {
            Some(name) => Some(settings::format_named(name).ok_or_else(|| words::unknown_format(name))?),
            None => self.settings.format,
        };
        let output = asked.or(own).unwrap_or(self.settings.default_format);
        let is_animation = output == OutputFormat::GIF && own == asked.or(own);
        let rounds = operations::read(parameters, is_animation)?;
        let allowed = &self.settings.allowed_sizes;
        if !allowed.is_empty() && !operations::are_allowed(parameters, &rounds, allowed)? {
            return Err(words::size_not_allowed());
        }
        let last = rounds.iter().rfind(|round| round.operation != RoundKind::Noop);
        let is_as_stored = last.is_none() && asked.is_none_or(|asked| Some(asked) == own);
        let background = self.background.filter(|_| output == OutputFormat::JPEG && !is_as_stored);
        let output = if is_as_stored { OutputWish::default() } else { self.output(output, last) };
        let wish = rounds.iter().fold(Wish::new(output), |wish, round| wish.then(round.edit.clone()));
        Ok(wish.then(Edit { background, ..Edit::default() }))
    }

    fn output(&self, format: OutputFormat, last: Option<&Round>) -> OutputWish {
        let quality = last.and_then(|round| round.quality).unwrap_or(self.settings.quality);
        let coding = CodingWish { quality: Some(QualityWish::Number(quality)), ..CodingWish::default() };
        OutputWish { format: Some(format.into()), coding, ..OutputWish::default() }
    }
}

impl Dialect for Picfit {
    fn name(&self) -> &'static str {
        "picfit"
    }

    fn is_protected(&self) -> bool {
        self.settings.signing_key.is_some()
    }

    fn is_repeatable(&self) -> bool {
        true
    }

    fn usual(&self) -> Usual {
        Usual { quality: Some(self.settings.quality), enlarges: true, ..Usual::default() }
    }

    fn methods(&self) -> &'static [Method] {
        if changes::are_enabled(&self.settings) { &changes::METHODS } else { &METHODS }
    }

    fn read(&self, wording: Wording<'_>) -> Heard {
        Heard::by_url(self.understood(wording))
    }

    fn run<'a>(&'a self, wording: Wording<'a>, desk: &'a dyn Desk) -> BoxFuture<'a, Result<Worded, CommandError>> {
        Box::pin(changes::run(&self.settings, self.max_upload_bytes, wording, desk))
    }

    fn knows(&self, tag: &EntityTag, _modified: Option<SystemTime>, wording: Wording<'_>) -> bool {
        let is_wanted = |parameters: &Parameters| parameters.get("force").is_none_or(str::is_empty);
        let shown = asked(wording).ok().filter(|(_, parameters)| is_wanted(parameters));
        shown.is_some_and(|(_, parameters)| {
            let (key, tag, headers) = (parameters.key(), tag.quoted(), wording.headers);
            self.versions.revalidates(&key, &tag, headers)
                || (self.settings.knows_keys && self.versions.knows(&key, &tag, headers))
        })
    }

    fn lead(&self, stored: &StoredResult<'_>, wording: Wording<'_>) -> Option<Worded> {
        let (method, parameters) = asked(wording).ok()?;
        match method {
            // The house leads to what servers share.
            parameters::Method::Display => None,
            parameters::Method::Redirect => Some(words::redirect(stored)),
            parameters::Method::Get => {
                let location = self.location.as_deref().unwrap_or_default();
                Some(words::told(stored, location, &parameters.key()))
            }
        }
    }

    fn word(&self, denial: &Denial, wording: Wording<'_>) -> Option<Worded> {
        let is_pointed = asked(wording).is_ok_and(|(method, _)| method != parameters::Method::Display);
        let is_unset = self.location.is_none() && denial.kind == DenialKind::Forbidden;
        match denial.kind {
            DenialKind::TooManyPixels => Some(words::too_large(denial)),
            _ => (is_pointed && is_unset).then(words::nothing_is_stored),
        }
    }

    fn dress(&self, wording: Wording<'_>, status: StatusCode, report: &Report, headers: &mut HeaderMap) {
        let is_picture = status.is_success() || status == StatusCode::NOT_MODIFIED;
        let Some(tag) = headers.get(ETAG).cloned().filter(|_| is_picture) else { return };
        let Ok((_, parameters)) = asked(wording) else { return };
        let key = parameters.key();
        if !headers.contains_key(LAST_MODIFIED)
            && let Some(date) = report.modified.and_then(|modified| telling_date(modified, SystemTime::now()))
            && let Ok(date) = HeaderValue::try_from(httpdate::fmt_http_date(date))
        {
            headers.insert(LAST_MODIFIED, date);
        }
        if status.is_success() && wording.method == Method::GET {
            self.versions.sent(key.clone(), tag, headers.get(LAST_MODIFIED).cloned());
        }
        if let Ok(key) = HeaderValue::try_from(key) {
            headers.insert(ETAG, key);
        }
        if self.usual.as_ref().is_some_and(|usual| headers.get(CACHE_CONTROL) == Some(usual)) {
            headers.insert(CACHE_CONTROL, MUST_REVALIDATE);
        }
    }
}

/// The method and the parameters of a request.
fn asked(wording: Wording<'_>) -> Result<(parameters::Method, Parameters), DialectError> {
    let (method, rest) = parameters::Method::of(wording.path).ok_or(DialectError::NotServed)?;
    let parameters = Parameters::read(rest, wording.query);
    let is_form = rest.trim_matches('/').is_empty() || !parameters.operations().is_empty() || wording.query.is_some();
    if is_form { Ok((method, parameters)) } else { Err(DialectError::NotServed) }
}

/// The ending of a file's name, in small letters.
fn ending(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
