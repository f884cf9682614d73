//! The dialect of imgproxy (<https://imgproxy.net>): a signature, options, and a source that is written out or encoded.

mod arguments;
mod client;
mod dress;
mod environment;
mod fallback;
mod info;
mod options;
mod paid;
mod parts;
mod path;
mod pattern;
mod presets;
mod rounds;
mod settings;
mod signing;
mod source;
mod swatches;
mod table;
mod variables;
mod wish;
mod words;

use std::time::{SystemTime, UNIX_EPOCH};

use http::header::{AUTHORIZATION, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

pub use environment::{ImgproxyEnvironment, imgproxy_settings};
pub use settings::ImgproxySettings;

use self::info::InfoOptions;
use self::options::ProcessingOptions;
use self::path::PathParts;
use self::rounds::OptionRounds;
use self::source::NamedOriginal;
use self::words::Invalid;
use super::{Asked, Dialect, DialectError, Heard, StandIn, Usual, Worded, Wording};
use crate::report::Report;
use crate::request::{
    Denial, DenialKind, EntityTag, Facts, ImageRequest, OutputFormat, OutputWish, Reference, RemoteOrigins, Wish,
    telling_date,
};

const METHODS: [Method; 3] = [Method::GET, Method::HEAD, Method::OPTIONS];
/// Where the server tells that it is well.
const HEALTH: &str = "/health";
/// What is told of originals is below.
const INFO: &str = "/info";
/// What stands between rounds.
const NEXT_ROUND: &str = "-";
/// What begins the options of URLs as they once were.
const OLD_BEGINNINGS: [&str; 6] = ["fit", "fill", "fill-down", "force", "auto", "crop"];
/// Pictures by signed URLs.
pub struct Imgproxy {
    settings: ImgproxySettings,
    /// What the options of every URL begin with.
    beginning: ProcessingOptions,
    /// The `Cache-Control` of pictures; `None` for that of the house.
    cache_control: Option<HeaderValue>,
}

impl Imgproxy {
    /// The dialect as its variables have it.
    pub fn new(settings: ImgproxySettings) -> Self {
        let mut beginning = settings.options.clone();
        // What cannot be applied is told where presets are read.
        let by = settings.grammar(0);
        let _ = beginning.preset(presets::DEFAULT, &by, &mut Vec::new());
        let cache_control = match settings.max_age {
            0 => Some(HeaderValue::from_static("no-cache")),
            seconds => HeaderValue::try_from(format!("max-age={seconds}, public")).ok(),
        };
        Self { settings, beginning, cache_control }
    }

    /// Takes pictures from these origins, too.
    #[must_use]
    pub fn fetching_from(mut self, origins: &RemoteOrigins) -> Self {
        let sources = &mut self.settings.sources;
        sources.origins = std::mem::take(&mut sources.origins).with(origins.clone());
        self
    }

    /// Takes pictures from a store, whose URL names begin with.
    #[must_use]
    pub fn storing_in(mut self, store: Option<&str>) -> Self {
        self.settings.sources.store = store.map(|store| {
            let store = store.strip_prefix("az://").map_or_else(|| store.to_owned(), |rest| format!("abs://{rest}"));
            format!("{}/", store.trim_end_matches('/'))
        });
        self
    }

    /// Leaves to the house how long pictures may be kept.
    #[must_use]
    pub fn on_own_lifetimes(self) -> Self {
        Self { cache_control: None, ..self }
    }

    fn understood(&self, wording: Wording<'_>) -> Result<UnderstoodUrl, DialectError> {
        if *wording.method == Method::OPTIONS {
            return Ok(said("text/plain", ""));
        }
        let path = wording.path.strip_prefix(self.settings.path_prefix.as_str()).ok_or_else(words::not_found)?;
        match path {
            "" | "/" => return Ok(said("text/html", LANDING)),
            "/favicon.ico" => return Err(words::not_found()),
            path if path == HEALTH || path == self.settings.health_path => {
                return Ok(said("text/plain", &self.settings.health_message));
            }
            _ => {}
        }
        if !self.is_admitted(wording.headers) {
            return Err(words::forbidden());
        }
        if let Some(path) = info_path(path) {
            let (options, original) = self.info(path)?;
            let good_until = options.good_until();
            let request = if options.needs_pixels() {
                let told = OutputWish { format: Some(OutputFormat::INFO.into()), ..OutputWish::default() };
                ImageRequest::new(original, Wish::new(told))
            } else {
                ImageRequest::told(original)
            };
            return Ok(UnderstoodUrl { good_until, ..Asked::Image(request).into() });
        }
        let (rounds, original) = self.parsed(path)?;
        let (good_until, is_best) = (rounds.good_until(), rounds.last.is_best);
        let request = rounds.request(original, &self.settings.client(wording.headers, is_best), &self.settings);
        Ok(UnderstoodUrl { asked: Asked::Image(request), good_until, is_best })
    }

    /// Tells whether a client shows the secret, where there is one.
    fn is_admitted(&self, headers: &HeaderMap) -> bool {
        let Some(bearer) = &self.settings.bearer else { return true };
        let shown = headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        shown.is_some_and(|shown| bearer.is(shown))
    }

    /// What a path says.
    fn parsed(&self, path: &str) -> Result<(OptionRounds, Reference), DialectError> {
        let PathParts { rest, .. } = self.admitted(path)?;
        let (rounds, url) = self.read_path(&rest)?;
        Ok((rounds, self.settings.sources.original(&url)?))
    }

    /// A path that is signed as it must be.
    fn admitted<'a>(&self, path: &'a str) -> Result<PathParts<'a>, DialectError> {
        let path = PathParts::of(path).ok_or_else(words::invalid_url)?;
        let is_signed = self.settings.signatures.admit(path.signature, &path.rest);
        is_signed.then_some(path).ok_or_else(words::forbidden)
    }

    /// What stands behind a signature: options, and the URL of an original.
    fn read_path(&self, path: &str) -> Result<(OptionRounds, String), DialectError> {
        let mut rounds = OptionRounds::beginning(&self.beginning);
        let source = self.read_options(path, &mut rounds)?;
        let NamedOriginal { url, extension } = self.settings.sources.decode(source)?;
        if let Some(extension) = extension.filter(|_| !rounds.last.is_raw) {
            rounds.last.name_format(&extension)?;
        }
        for options in rounds.iter_mut() {
            let url = options.extras.mark_url.as_deref().map(str::to_owned);
            let sources = &self.settings.sources;
            options.mark = url.map(|url| sources.original(&sources.completed(url))).transpose()?;
        }
        Ok((rounds, url))
    }

    /// What is asked of an original beside its pixels, behind `/info`.
    fn info(&self, path: &str) -> Result<(InfoOptions, Reference), DialectError> {
        let PathParts { rest, .. } = self.admitted(path)?;
        let (mut options, mut source) = (InfoOptions::default(), &*rest);
        let by = self.settings.grammar(now());
        while let (part, behind) = split(source)
            && let Some((name, arguments)) = part.split_once(by.separator)
        {
            options.apply(name, arguments, &by)?;
            source = behind;
        }
        let NamedOriginal { url, .. } = self.settings.sources.decode(source)?;
        Ok((options, self.settings.sources.original(&url)?))
    }

    /// Takes in the options that a path begins with, and gives the rest of it.
    fn read_options<'a>(&self, path: &'a str, rounds: &mut OptionRounds) -> Result<&'a str, DialectError> {
        let by = self.settings.grammar(now());
        let (first, behind) = split(path);
        if self.settings.takes_presets_only {
            let mut names = first.split(by.separator);
            names.try_for_each(|name| rounds.last.preset(name, &by, &mut Vec::new()))?;
            return Ok(behind);
        }
        if OLD_BEGINNINGS.contains(&first) {
            return Err(words::invalid_url());
        }
        let mut rest = path;
        loop {
            let (part, behind) = split(rest);
            if part == NEXT_ROUND {
                rounds.begin_another()?;
                rest = behind;
                continue;
            }
            let Some((name, arguments)) = part.split_once(by.separator) else { return Ok(rest) };
            let allowed = &self.settings.allowed_options;
            if !allowed.is_empty() && !allowed.iter().any(|allowed| allowed == name) {
                return Err(Invalid::Option.into());
            }
            rounds.last.apply(name, arguments, &by, &mut Vec::new())?;
            rest = behind;
        }
    }

    /// Tells whether a URL names a format that is not written.
    fn names_unwritten(&self, wording: Wording<'_>) -> bool {
        let path = wording.path.strip_prefix(self.settings.path_prefix.as_str());
        let format = path.and_then(|path| self.parsed(path).ok()).and_then(|(rounds, _)| rounds.last.format);
        format.is_some_and(|format| OutputFormat::written_as(format.name()).is_none())
    }

    /// The original that a URL names.
    fn named(&self, wording: Wording<'_>) -> Option<Reference> {
        let path = wording.path.strip_prefix(self.settings.path_prefix.as_str())?;
        match info_path(path) {
            Some(path) => self.info(path).ok().map(|(_, original)| original),
            None => self.parsed(path).ok().map(|(_, original)| original),
        }
    }
}

/// What a request comes to.
struct UnderstoodUrl {
    asked: Asked,
    /// Until when the URL is good, where it says so.
    good_until: Option<SystemTime>,
    /// What clients accept counts.
    is_best: bool,
}

impl From<Asked> for UnderstoodUrl {
    fn from(asked: Asked) -> Self {
        Self { asked, good_until: None, is_best: false }
    }
}

/// What is at the root.
const LANDING: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>imgproxy</title></head>\
<body><h1>Hey, I'm imgproxy!</h1><p>Pictures are here, by signed URLs.</p></body></html>\n";

/// In seconds since 1970.
fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    now.try_into().unwrap_or(i64::MAX)
}

fn said(content_type: &'static str, body: &str) -> UnderstoodUrl {
    Asked::Said(Box::new(Worded { content_type, ..Worded::text(StatusCode::OK, body) })).into()
}

/// The first part of a path, and what is behind it.
fn split(path: &str) -> (&str, &str) {
    path.split_once('/').unwrap_or((path, ""))
}

/// The path behind `/info`.
fn info_path(path: &str) -> Option<&str> {
    path.strip_prefix(INFO).filter(|path| path.starts_with('/'))
}

impl Dialect for Imgproxy {
    fn name(&self) -> &'static str {
        "imgproxy"
    }

    fn methods(&self) -> &'static [Method] {
        &METHODS
    }

    fn is_protected(&self) -> bool {
        self.settings.signatures.are_needed() || self.settings.bearer.is_some()
    }

    fn is_repeatable(&self) -> bool {
        self.settings.bearer.is_none()
    }

    fn claims(&self, path: &str) -> bool {
        let own = path.strip_prefix(self.settings.path_prefix.as_str());
        own.is_some_and(|path| path == HEALTH || (!path.is_empty() && path == self.settings.health_path))
    }

    fn read(&self, wording: Wording<'_>) -> Heard {
        match self.understood(wording) {
            Ok(UnderstoodUrl { asked, good_until, is_best }) => {
                Heard { asked: Ok(asked), varies_on: self.settings.hints(is_best), permit: Ok(good_until) }
            }
            Err(error) => Heard { asked: Err(error), varies_on: self.settings.hints(false), permit: Ok(None) },
        }
    }

    fn usual(&self) -> Usual {
        let ImgproxySettings { is_progressive, options, .. } = &self.settings;
        Usual {
            is_progressive: *is_progressive,
            palette: options.extras.png.palette(),
            keeps_metadata: !options.metadata.is_stripped,
            ..Usual::default()
        }
    }

    fn knows(&self, _tag: &EntityTag, modified: Option<SystemTime>, wording: Wording<'_>) -> bool {
        let Some(asked) = wording.headers.get(IF_MODIFIED_SINCE).filter(|_| self.settings.tells_dates) else {
            return false;
        };
        let asked = asked.to_str().ok().and_then(|asked| httpdate::parse_http_date(asked).ok());
        let told = modified.and_then(|modified| telling_date(modified, SystemTime::now()));
        let is_old = asked.zip(told).is_some_and(|(asked, told)| told <= asked);
        is_old && !wording.headers.contains_key(IF_NONE_MATCH)
    }

    fn tell(&self, facts: &Facts, wording: Wording<'_>) -> Option<Worded> {
        let path = wording.path.strip_prefix(self.settings.path_prefix.as_str())?;
        self.info(info_path(path)?).ok().map(|(options, _)| options.told(facts))
    }

    fn retells(&self) -> bool {
        true
    }

    fn retell(&self, told: &str, wording: Wording<'_>) -> Option<String> {
        let path = wording.path.strip_prefix(self.settings.path_prefix.as_str())?;
        self.info(info_path(path)?).ok().and_then(|(options, _)| options.retold(told))
    }

    fn word(&self, denial: &Denial, wording: Wording<'_>) -> Option<Worded> {
        let is_fetched = || matches!(self.named(wording), Some(Reference::Url(_)));
        if denial.kind == DenialKind::Unsupported && self.names_unwritten(wording) {
            return Some(words::not_written());
        }
        Some(words::worded(denial, is_fetched))
    }

    fn stand_in(&self, worded: &Worded, wording: Wording<'_>) -> Option<StandIn> {
        let fallback = self.settings.fallback.as_ref()?;
        let path = wording.path.strip_prefix(self.settings.path_prefix.as_str())?;
        let (rounds, original) = self.parsed(path).ok()?;
        let is_missed = self.is_admitted(wording.headers) && words::is_of_original(&worded.body);
        let client = self.settings.client(wording.headers, rounds.last.is_best);
        let request = rounds.request(original, &client, &self.settings);
        is_missed.then(|| fallback.stand_in(worded, Wish::clone(&request.wish), self.cache_control()))
    }

    fn cache_control(&self) -> Option<&HeaderValue> {
        self.cache_control.as_ref()
    }

    fn dress(&self, wording: Wording<'_>, status: StatusCode, report: &Report, headers: &mut HeaderMap) {
        self.settings.dress(status, report, headers, || self.named(wording));
    }
}

#[cfg(test)]
mod tests;
