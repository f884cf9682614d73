//! The dialect of imaginary (<https://github.com/h2non/imaginary>): an endpoint for each operation, pictures by file, URL or
//! body, errors as JSON.

mod call;
mod command_line;
mod flags;
mod geometry;
mod headers;
mod info;
mod operations;
mod options;
mod pages;
mod parsing;
mod pipeline;
mod placeholder;
mod query;
mod refusal;
mod rounds;
mod settings;
#[cfg(test)]
mod tests;
mod throttle;
mod watermark;

use std::time::Instant;

use http::{HeaderMap, Method, StatusCode};

pub use flags::{ImaginaryEnvironment, imaginary_settings};
pub use settings::ImaginarySettings;

use super::escaping::base64;
use super::{
    Asked, Dialect, DialectError, ExpectedBody, Heard, Hint, Hints, SigningKey, StandIn, Usual, Worded, Wording,
};
use crate::report::Report;
use crate::request::{Denial, Facts, ImagePath, ImageRequest, OriginalLimit, Quality, Reference, Wish};
use call::{Call, Endpoint};
use operations::Ground;
use refusal::{bad_request, refusal};
use rounds::Rounds;
use throttle::Throttle;

/// The field of a form that holds the picture.
const FIELD: &str = "file";
const METHODS: [Method; 2] = [Method::GET, Method::POST];
/// Those that are denied in its own order: a signature is looked for before.
const HEARD: [Method; 7] =
    [Method::GET, Method::POST, Method::HEAD, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];

/// The dialect of imaginary.
#[derive(Debug)]
pub struct Imaginary {
    settings: ImaginarySettings,
    signing_key: Option<SigningKey>,
    throttle: Option<Throttle>,
    begun: Instant,
    /// The longest body.
    max_upload_bytes: u64,
}

impl Imaginary {
    /// A dialect that takes bodies of at most so many bytes.
    pub fn new(settings: ImaginarySettings, max_upload_bytes: u64) -> Self {
        Self {
            signing_key: settings.signature_key.as_ref().map(|key| SigningKey::sha256(key.as_bytes())),
            throttle: settings.rate.map(|(per_second, burst)| Throttle::new(per_second, burst)),
            begun: Instant::now(),
            max_upload_bytes: settings.max_bytes.unwrap_or(u64::MAX).min(max_upload_bytes).max(1),
            settings,
        }
    }

    fn call<'a>(&self, wording: Wording<'a>) -> Call<'a> {
        Call::of(wording, &self.settings.path_prefix)
    }

    /// What is asked for, in the order in which imaginary looks at a request.
    fn asked(&self, call: &Call<'_>) -> Result<Asked, DialectError> {
        let settings = &self.settings;
        if call.endpoint == Endpoint::Beside {
            return Err(Worded::text(StatusCode::NOT_FOUND, "404 page not found\n").into());
        }
        if call.endpoint.is_of_pictures() {
            self.check_signature(call)?;
            if call.wording.method == Method::GET && !settings.reads_files && !settings.reads_urls {
                let message = "GET method not allowed. Make sure remote URL source is enabled by using the flag: \
                               -enable-url-source";
                return Err(refusal(StatusCode::METHOD_NOT_ALLOWED, message).into());
            }
        }
        if !METHODS.contains(call.wording.method) {
            return Err(refusal::wrong_method().into());
        }
        self.check_key(call)?;
        self.check_rate(call)?;
        if settings.disabled.iter().any(|name| *name == call.name) {
            return Err(refusal(StatusCode::NOT_IMPLEMENTED, "Not implemented endpoint").into());
        }
        match call.endpoint {
            Endpoint::Index => Ok(said(pages::version())),
            Endpoint::Form => Ok(said(pages::form())),
            Endpoint::Health => Ok(said(pages::health(self.begun.elapsed()))),
            Endpoint::Unknown | Endpoint::Beside => Err(refusal(StatusCode::NOT_FOUND, "Not found").into()),
            Endpoint::Info | Endpoint::Pipeline | Endpoint::Operation(_) => self.picture(call),
        }
    }

    fn check_signature(&self, call: &Call<'_>) -> Result<(), Worded> {
        let Some(key) = &self.signing_key else { return Ok(()) };
        let signature = base64(&call.query.first("sign")).ok_or_else(|| bad_request("Invalid URL signature"))?;
        let message = [call.path.as_str(), &call.query.signed_text()].concat();
        let mismatch = || refusal(StatusCode::FORBIDDEN, "URL signature mismatch");
        key.verifies(message.as_bytes(), &signature).then_some(()).ok_or_else(mismatch)
    }

    fn check_key(&self, call: &Call<'_>) -> Result<(), Worded> {
        let Some(key) = &self.settings.key else { return Ok(()) };
        let shown = call.wording.headers.get(headers::API_KEY).map(|value| value.as_bytes()).unwrap_or_default();
        let in_query = call.query.first("key");
        let shown = if shown.is_empty() { in_query.as_bytes() } else { shown };
        key.is(shown).then_some(()).ok_or_else(|| refusal(StatusCode::UNAUTHORIZED, "Invalid or missing API key"))
    }

    fn check_rate(&self, call: &Call<'_>) -> Result<(), Worded> {
        let Some(throttle) = &self.throttle else { return Ok(()) };
        let count = throttle.count(call.name, call.wording.method, self.begun.elapsed());
        if !count.is_over() {
            return Ok(());
        }
        let mut worded = Worded::text(StatusCode::TOO_MANY_REQUESTS, "limit exceeded\n");
        count.put_into(&mut worded.headers);
        Err(worded)
    }

    /// A picture. What is wrong with parameters is told once the original is there, as imaginary does.
    fn picture(&self, call: &Call<'_>) -> Result<Asked, DialectError> {
        let original = self.original(call)?;
        let is_enclosed = original == Reference::Body;
        let settings = &self.settings;
        let (max_pixels, max_bytes) = (Some(settings.max_pixels), settings.max_bytes);
        let limit = OriginalLimit { max_pixels, max_bytes, is_for_images: true, ..OriginalLimit::default() };
        let request = match self.wish(call) {
            Ok(wish) => ImageRequest { limit, ..ImageRequest::new(original, wish) },
            // The resolution comes second there.
            Err(_) => {
                let limit = OriginalLimit { max_pixels: None, ..limit };
                ImageRequest { limit, ..ImageRequest::told(original) }
            }
        };
        if !is_enclosed {
            return Ok(Asked::Image(request));
        }
        let expected = ExpectedBody { field: FIELD, takes_raw: true, max_bytes: self.max_upload_bytes };
        Ok(Asked::Enclosed { request, expected })
    }

    fn original(&self, call: &Call<'_>) -> Result<Reference, Worded> {
        if call.wording.method == Method::POST {
            return Ok(Reference::Body);
        }
        let settings = &self.settings;
        if settings.reads_files
            && let Some(file) = call.file().map_err(|why| bad_request(&why))?
        {
            let path = call::cleaned(&file).and_then(|path| ImagePath::from_decoded(&path).ok());
            return path.map(Reference::from).ok_or_else(refusal::missing_file);
        }
        let url = call.query.first("url");
        if settings.reads_urls && !url.is_empty() {
            let admitted = settings.origins.admit(&url);
            return admitted.map(Reference::from).map_err(|error| refusal::not_fetched(&error, &url));
        }
        Err(bad_request("Cannot process the image due to missing or invalid params"))
    }

    /// What is to become of the picture; an error where it is only to be told of.
    fn wish(&self, call: &Call<'_>) -> Result<Wish, Worded> {
        let options = call.options().map_err(|why| bad_request(&why))?;
        let ground = Ground { origins: &self.settings.origins };
        let mut rounds = Rounds::default();
        let added = match call.endpoint {
            Endpoint::Operation(operation) => operation.add(&options, &ground, false, &mut rounds),
            Endpoint::Pipeline => pipeline::add(&options.operations, &ground, &mut rounds),
            _ => Err("it is no operation".to_owned()),
        };
        added.map(|()| rounds.wish()).map_err(|why| refusal::not_processed(&why))
    }
}

fn said(worded: Worded) -> Asked {
    Asked::Said(Box::new(worded))
}

impl Dialect for Imaginary {
    fn name(&self) -> &'static str {
        "imaginary"
    }

    fn methods(&self) -> &'static [Method] {
        &HEARD
    }

    fn is_protected(&self) -> bool {
        self.signing_key.is_some() || self.settings.key.is_some()
    }

    fn is_repeatable(&self) -> bool {
        self.settings.key.is_none() && self.throttle.is_none()
    }

    fn usual(&self) -> Usual {
        Usual { quality: Some(Quality::new(rounds::WEBP_QUALITY)), ..Usual::default() }
    }

    fn claims(&self, path: &str) -> bool {
        self.settings.path_prefix.is_empty() && path == "/health"
    }

    fn read(&self, wording: Wording<'_>) -> Heard {
        let call = self.call(wording);
        let varies_on = Hints::default().with_if(call.negotiates(), Hint::Accept);
        Heard { varies_on, ..Heard::by_url(self.asked(&call)) }
    }

    fn tell(&self, facts: &Facts, wording: Wording<'_>) -> Option<Worded> {
        let call = self.call(wording);
        if let Err(why) = call.options() {
            return Some(bad_request(&why));
        }
        if facts.stored.pixels() > self.settings.max_pixels {
            return Some(refusal(StatusCode::UNPROCESSABLE_ENTITY, refusal::TOO_MANY_PIXELS));
        }
        match call.endpoint {
            Endpoint::Info => Some(info::info(facts)),
            _ => self.wish(&call).err(),
        }
    }

    fn word(&self, denial: &Denial, wording: Wording<'_>) -> Option<Worded> {
        Some(self.call(wording).about(self.settings.reads_files, |subject| refusal::worded(denial, subject)))
    }

    fn stand_in(&self, worded: &Worded, wording: Wording<'_>) -> Option<StandIn> {
        // Those that imaginary words as text are no errors of its own.
        let call = self.call(wording);
        // Nor is there a picture in place of nothing.
        let is_own = worded.content_type == "application/json"
            && (worded.status != StatusCode::NOT_FOUND || call.endpoint.is_of_pictures());
        is_own.then(|| placeholder::stand_in(&self.settings, worded, &call.query)).flatten()
    }

    fn dress(&self, wording: Wording<'_>, status: StatusCode, report: &Report, headers: &mut HeaderMap) {
        let call = self.call(wording);
        let count =
            self.throttle.as_ref().map(|throttle| throttle.look(call.name, call.wording.method, self.begun.elapsed()));
        headers::dress(&self.settings, &call, (status, report, count), headers);
    }
}
