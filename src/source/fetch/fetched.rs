//! An answer: whether it can be an image at all, which version of it, and its body within bounds.

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use reqwest::Response;
use twox_hash::XxHash3_128;
use url::Url;

use super::client::transport_error;
use super::unpack::Intake;
use super::version::telling_last_modified;
use crate::request::Stamp;
use crate::seats::Seat;
use crate::source::UpstreamError;

/// A good answer whose body is not yet read, or not needed any more.
pub(super) struct Fetched {
    pub stamp: Stamp,
    pub headers: HeaderMap,
    body: Payload,
}

enum Payload {
    Coming {
        response: Response,
        seat: Seat,
        max_bytes: u64,
    },
    /// The identity had to be taken from it.
    Whole(Bytes),
}

impl Fetched {
    /// Takes an answer with status 200 and a length within bounds, and reads as little of it as its identity takes.
    ///
    /// # Errors
    /// It is no such answer, or its body cannot be read.
    pub(super) async fn new(response: Response, seat: Seat, max_bytes: u64) -> Result<Self, UpstreamError> {
        check(&response, max_bytes)?;
        let headers = response.headers().clone();
        if let Some(stamp) = stamp(&headers) {
            return Ok(Self { stamp, headers, body: Payload::Coming { response, seat, max_bytes } });
        }
        let whole = read(response, seat, max_bytes).await?;
        let stamp = Stamp::Response { digest: XxHash3_128::oneshot(&whole) };
        Ok(Self { stamp, headers, body: Payload::Whole(whole) })
    }

    /// Reads the body to its end.
    ///
    /// # Errors
    /// [`UpstreamError::TooLarge`] as soon as it is; others where it does not come to its end.
    pub(super) async fn read(self) -> Result<Bytes, UpstreamError> {
        match self.body {
            Payload::Coming { response, seat, max_bytes } => read(response, seat, max_bytes).await,
            Payload::Whole(bytes) => Ok(bytes),
        }
    }
}

fn check(response: &Response, max_bytes: u64) -> Result<(), UpstreamError> {
    let status = response.status();
    if status != StatusCode::OK {
        return Err(UpstreamError::Status { status: status.as_u16(), leads_to: target(response) });
    }
    if response.content_length().is_some_and(|length| length > max_bytes) {
        return Err(UpstreamError::TooLarge { limit: max_bytes });
    }
    Ok(())
}

/// The origin to which a redirect leads that is not followed. Paths and queries may hold secrets.
fn target(response: &Response) -> Option<String> {
    let location = Url::parse(response.headers().get(header::LOCATION)?.to_str().ok()?).ok()?;
    Some(location.origin().ascii_serialization())
}

/// The identity by validators, where there is one.
fn stamp(headers: &HeaderMap) -> Option<Stamp> {
    let validators = [header::ETAG, header::LAST_MODIFIED, header::CONTENT_LENGTH];
    let values = validators.map(|name| headers.get(name));
    headers.get(header::ETAG).or(telling_last_modified(headers))?;
    let text: Vec<u8> =
        values.iter().flat_map(|value| [value.map_or(&b""[..], |v| v.as_bytes()), b"\n"].concat()).collect();
    Some(Stamp::Response { digest: XxHash3_128::oneshot(&text) })
}

/// Reads no further than the limit, whatever was declared, and never takes more memory than that.
async fn read(mut response: Response, seat: Seat, max_bytes: u64) -> Result<Bytes, UpstreamError> {
    let mut intake = Intake::new(response.headers(), response.content_length(), max_bytes);
    while let Some(chunk) = response.chunk().await.map_err(transport_error)? {
        intake = intake.take(&chunk)?;
    }
    Ok(seat.hold(intake.end()?))
}
