//! DIALECTS: how a URL says what is wanted, one file per dialect.
//! This room must not know where originals come from or how renditions are made.

mod accept;
mod asked;
#[cfg(test)]
mod conformance;
mod desk;
mod enclosing;
mod error;
mod escaping;
mod go;
mod guarded;
mod hints;
mod iaas;
mod imaginary;
mod imgproxy;
mod inherited;
mod name;
mod native;
mod picfit;
mod places;
mod readings;
mod secret;
mod signature;
mod signed_url;
mod signing;
mod thumbor;
mod upload;
mod vendor;
mod worded;

use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use url::Url;

pub use accept::takes;
pub use asked::{Asked, ExpectedBody, Heard};
pub use desk::{CommandError, Desk, Enclosed, MadePicture};
pub use enclosing::Enclosing;
pub use error::DialectError;
pub use escaping::{path_escaped, path_prefix, typed_escaped};
pub use guarded::GuardedDialect;
pub use hints::{Hint, Hints};
pub use iaas::{Iaas, IaasSettings, SizeLimits, TakenId, TokenBook, TokenError};
pub use imaginary::{Imaginary, ImaginaryEnvironment, ImaginarySettings, imaginary_settings};
pub use imgproxy::{Imgproxy, ImgproxyEnvironment, ImgproxySettings, imgproxy_settings};
pub use inherited::{Fate, Inherited, InheritedStore, InheritedVariable, Legacy, LegacyError};
pub use name::DialectName;
pub use native::{
    Accent, AllowedParameters, Expected, Native, Parameter, PresetError, Presets, SECTIONS, Section, UrlRules, Usual,
    parameter_table, parameters, watermark_of,
};
pub use picfit::{Picfit, PicfitPoints, PicfitSettings, Shard};
pub use places::{OwnHosts, Places};
pub use readings::Readings;
pub use secret::SecretText;
pub use signature::SigningKey;
pub use signed_url::signed_url;
pub use signing::{SignatureFault, SigningKeys, SigningMode, UrlSigning};
pub use thumbor::{Thumbor, ThumborSettings};
pub use upload::Upload;
pub use vendor::{EndpointRules, Vendor, VendorDialect};
pub use worded::{StandIn, Worded};

use crate::report::Report;
use crate::request::{Denial, EntityTag, Facts, OutputPolicy, VersionName};

/// The parts of an HTTP request that can say what is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wording<'a> {
    /// That of the request.
    pub method: &'a Method,
    /// The path as sent, percent-encoded, without the prefix that the dialect is mounted under.
    pub path: &'a str,
    /// The query as sent, without the question mark.
    pub query: Option<&'a str>,
    /// Those of the request.
    pub headers: &'a HeaderMap,
}

/// A rendition that is stored where clients can get it.
#[derive(Debug, Clone, Copy)]
pub struct StoredResult<'a> {
    /// Its name in the store.
    pub name: &'a str,
    /// Where it is; `None` where no client gets at the store.
    pub url: Option<&'a Url>,
    /// How long that may be remembered.
    pub max_age: Duration,
}

/// What a page is to show.
#[derive(Debug, Clone, Copy)]
pub struct Exhibit<'a> {
    /// What the header of the original says.
    pub facts: &'a Facts,
    /// Its version.
    pub version: &'a VersionName,
    /// What the operator decided for all renditions.
    pub policy: &'a OutputPolicy,
    /// A data URI of it, very small, where that was asked for.
    pub placeholder: Option<&'a str>,
}

/// Reads one way of asking for images. Every implementation passes the suite in `dialect/conformance.rs`.
pub trait Dialect: Send + Sync {
    /// The name in settings and labels.
    fn name(&self) -> &'static str;

    /// The methods that it answers; whatever [`Dialect::read`] makes of a request by another one, it is denied.
    fn methods(&self) -> &'static [Method] {
        const METHODS: [Method; 2] = [Method::GET, Method::HEAD];
        &METHODS
    }

    /// Tells whether it looks itself whether a client may have what it asks for made, by a key.
    fn is_protected(&self) -> bool {
        false
    }

    /// Tells whether what it makes of a `GET` for a picture follows from the URL and the headers that it varies on alone, so that
    /// it need not be read again; for as long as the URL is good.
    fn is_repeatable(&self) -> bool {
        false
    }

    /// What it asks for of itself, where its client says nothing.
    fn usual(&self) -> Usual {
        Usual::default()
    }

    /// Tells whether a path is the dialect's own where the house has it as well, `/health` for example.
    fn claims(&self, _path: &str) -> bool {
        false
    }

    /// Tells whether a path under its prefix, and the query, are for it. What is not is for the next one that answers such paths.
    fn takes(&self, _path: &str, _query: Option<&str>) -> bool {
        true
    }

    /// Reads a request. A bad header is ignored, never an error.
    fn read(&self, wording: Wording<'_>) -> Heard;

    /// Does what a request asks for that is no picture, where that was understood ([`Asked::Command`]).
    fn run<'a>(&'a self, _wording: Wording<'a>, _desk: &'a dyn Desk) -> BoxFuture<'a, Result<Worded, CommandError>> {
        Box::pin(async { Err(DialectError::NotServed.into()) })
    }

    /// Tells whether the client has the picture with this tag, made of an original that was changed then, though no condition
    /// of HTTP says so.
    fn knows(&self, _tag: &EntityTag, _modified: Option<SystemTime>, _wording: Wording<'_>) -> bool {
        false
    }

    /// What is said of an original, where that alone was asked for ([`Delivery::Tell`](crate::request::Delivery::Tell)).
    fn tell(&self, _facts: &Facts, _wording: Wording<'_>) -> Option<Worded> {
        None
    }

    /// Tells whether it has words of its own for what the house tells of an original by its pixels.
    fn retells(&self) -> bool {
        false
    }

    /// What the house tells of an original by its pixels, in the words of the dialect; `None` leaves it as it is.
    fn retell(&self, _told: &str, _wording: Wording<'_>) -> Option<String> {
        None
    }

    /// What a page needs to show a picture, where that was asked for ([`Delivery::Embed`](crate::request::Delivery::Embed)).
    fn embed(&self, _exhibit: &Exhibit<'_>, _wording: Wording<'_>) -> Option<Worded> {
        None
    }

    /// Where a rendition is that is stored, for clients to get it there; `None` takes the words of the house. Those are none where
    /// it was asked for ([`Delivery::Point`](crate::request::Delivery::Point)).
    fn lead(&self, _stored: &StoredResult<'_>, _wording: Wording<'_>) -> Option<Worded> {
        None
    }

    /// A denial in the dialect's own words; `None` takes those of the house.
    fn word(&self, _denial: &Denial, _wording: Wording<'_>) -> Option<Worded> {
        None
    }

    /// A picture in place of an error that was worded so.
    fn stand_in(&self, _worded: &Worded, _wording: Wording<'_>) -> Option<StandIn> {
        None
    }

    /// The `Cache-Control` of pictures, in place of that of the house.
    fn cache_control(&self) -> Option<&HeaderValue> {
        None
    }

    /// Changes the headers of an answer, whatever it is, to what clients of this dialect look for.
    fn dress(&self, _wording: Wording<'_>, _status: StatusCode, _report: &Report, _headers: &mut HeaderMap) {}
}
