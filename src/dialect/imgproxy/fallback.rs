//! `Fallback`: the picture that stands in for an error.

use bytes::Bytes;
use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::super::{StandIn, Worded};
use crate::request::Wish;

/// The picture that stands in for an error.
#[derive(Debug, Clone)]
pub(super) struct Fallback {
    original: Bytes,
    /// `None` leaves that of the error.
    status: Option<StatusCode>,
    cache_control: Option<HeaderValue>,
}

impl Fallback {
    /// With a status, of which 0 leaves that of the error, and how many seconds it may be kept; `None` where the status is none.
    pub fn new(original: Bytes, status: u16, max_age: Option<u64>) -> Option<Self> {
        let status = if status == 0 { None } else { Some(StatusCode::from_u16(status).ok()?) };
        let cache_control =
            max_age.and_then(|seconds| HeaderValue::try_from(format!("max-age={seconds}, public")).ok());
        Some(Self { original, status, cache_control })
    }

    /// In place of an error, where a picture is to be had by the URL; kept as long as the usual picture where nothing else is
    /// said.
    pub fn stand_in(&self, worded: &Worded, wish: Wish, usual: Option<&HeaderValue>) -> StandIn {
        let kept = self.cache_control.as_ref().or(usual).cloned();
        let headers: HeaderMap = kept.into_iter().map(|value| (CACHE_CONTROL, value)).collect();
        StandIn { original: self.original.clone(), wish, status: self.status.unwrap_or(worded.status), headers }
    }
}
