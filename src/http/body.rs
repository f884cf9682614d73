//! The body of a request that brings an original: read within its bounds, never written anywhere.

use std::error::Error;
use std::pin::pin;
use std::time::Duration;

use axum::body::HttpBody;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use multer::{Constraints, Multipart, SizeLimit};

use crate::dialect::{Enclosed, ExpectedBody};
use crate::seats::{NoSeat, Seats};

/// Why a body gives no original.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BodyError {
    /// The body is no form, or has no such field.
    #[error("expected a form (multipart/form-data) with the field {field}")]
    NoField {
        /// The name of the field.
        field: &'static str,
    },
    /// The body is longer than may be.
    #[error("expected a body of at most {limit} bytes")]
    TooLarge {
        /// In bytes.
        limit: u64,
    },
    /// There is nothing in it.
    #[error("expected an image, got nothing")]
    Empty,
    /// The client took too long.
    #[error("the body did not come in time")]
    Late,
    /// The form is not in order, or ended early.
    #[error("the body ended early, or is no form: {0}")]
    Broken(String),
    /// There is no room for it.
    #[error(transparent)]
    Busy(#[from] NoSeat),
}

/// Reads the field that holds the original. The bytes keep their seat until the last who uses them is done.
///
/// # Errors
/// There is no such field, the body is too large, slow or broken, or there is no seat.
pub(super) async fn read<B>(
    body: B,
    headers: &HeaderMap,
    expected: ExpectedBody,
    seats: &Seats,
    limit: Duration,
) -> Result<Enclosed, BodyError>
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>> + Send,
{
    let ExpectedBody { field, takes_raw, max_bytes } = expected;
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > max_bytes) {
        return Err(BodyError::TooLarge { limit: max_bytes });
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(kind).ok();
    if boundary.is_none() && (!takes_raw || is_form(kind)) {
        return Err(BodyError::NoField { field });
    }
    // Nothing is taken from the client while it waits, so that it may wait as long as for an answer.
    let seat = seats.take_for_within(length.unwrap_or(max_bytes), limit).await?;
    let reading = async {
        match boundary {
            Some(boundary) => {
                let constraints = Constraints::new().size_limit(SizeLimit::new().whole_stream(max_bytes));
                read_field(Multipart::with_constraints(chunks(body), boundary, constraints), expected).await
            }
            None => Ok((read_raw(chunks(body), max_bytes).await?, None)),
        }
    };
    let (bytes, file_name) = tokio::time::timeout(limit, reading).await.map_err(|_| BodyError::Late)??;
    if bytes.is_empty() { Err(BodyError::Empty) } else { Ok(Enclosed { bytes: seat.hold(bytes), file_name }) }
}

fn is_form(kind: &str) -> bool {
    kind.get(.."multipart/".len()).is_some_and(|start| start.eq_ignore_ascii_case("multipart/"))
}

async fn read_raw<E: Into<Box<dyn Error + Send + Sync>>>(
    chunks: impl Stream<Item = Result<Bytes, E>>,
    max_bytes: u64,
) -> Result<Vec<u8>, BodyError> {
    let mut chunks = pin!(chunks);
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| BodyError::Broken(error.into().to_string()))?;
        if (bytes.len() + chunk.len()) as u64 > max_bytes {
            return Err(BodyError::TooLarge { limit: max_bytes });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

async fn read_field(mut form: Multipart<'_>, expected: ExpectedBody) -> Result<(Vec<u8>, Option<String>), BodyError> {
    let ExpectedBody { field: name, max_bytes, .. } = expected;
    let failed = |error: multer::Error| match error {
        multer::Error::StreamSizeExceeded { .. } | multer::Error::FieldSizeExceeded { .. } => {
            BodyError::TooLarge { limit: max_bytes }
        }
        error => BodyError::Broken(error.to_string()),
    };
    while let Some(mut field) = form.next_field().await.map_err(failed)? {
        if field.name() != Some(name) {
            continue;
        }
        let file_name = field.file_name().map(str::to_owned);
        let mut bytes = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(failed)? {
            bytes.extend_from_slice(&chunk);
        }
        drop(field);
        // What follows is nobody's business, but it counts: all of it is bounded.
        while form.next_field().await.map_err(failed)?.is_some() {}
        return Ok((bytes, file_name));
    }
    Err(BodyError::NoField { field: name })
}

fn chunks<B>(body: B) -> impl Stream<Item = Result<Bytes, B::Error>> + Send
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Send,
{
    let frames = futures_util::stream::unfold(Box::pin(body), |mut body| async move {
        let frame = std::future::poll_fn(|context| body.as_mut().poll_frame(context)).await?;
        Some((frame, body))
    });
    // Trailers say nothing.
    frames.filter_map(|frame| std::future::ready(frame.map(|frame| frame.into_data().ok()).transpose()))
}
