//! The body of a request that brings an original: read within its bounds, never written anywhere.

use std::error::Error;
use std::time::Duration;

use axum::body::HttpBody;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use multer::{Constraints, Multipart, SizeLimit};

use crate::dialect::ExpectedBody;
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
) -> Result<Bytes, BodyError>
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>> + Send,
{
    let ExpectedBody { field, max_bytes } = expected;
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > max_bytes) {
        return Err(BodyError::TooLarge { limit: max_bytes });
    }
    let boundary = headers.get(CONTENT_TYPE).and_then(|value| multer::parse_boundary(value.to_str().ok()?).ok());
    let boundary = boundary.ok_or(BodyError::NoField { field })?;
    let seat = seats.take().await?;
    let constraints = Constraints::new().size_limit(SizeLimit::new().whole_stream(max_bytes));
    let form = Multipart::with_constraints(chunks(body), boundary, constraints);
    let reading = tokio::time::timeout(limit, read_field(form, expected));
    Ok(seat.hold(reading.await.map_err(|_| BodyError::Late)??))
}

async fn read_field(mut form: Multipart<'_>, expected: ExpectedBody) -> Result<Vec<u8>, BodyError> {
    let ExpectedBody { field: name, max_bytes } = expected;
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
        let mut bytes = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(failed)? {
            bytes.extend_from_slice(&chunk);
        }
        drop(field);
        // What follows is nobody's business, but it counts: all of it is bounded.
        while form.next_field().await.map_err(failed)?.is_some() {}
        return Ok(bytes);
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
