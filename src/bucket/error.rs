//! What can go wrong with a request to a store. The texts name no address, no name of an object and no key: clients see them.

use std::error::Error;
use std::iter;

use http::StatusCode;

use object_store::client::{HttpError, HttpErrorKind};

use super::transport::Answered;

/// Why a store did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BucketError {
    /// There is no object of this name.
    #[error("the store has no such object")]
    Missing,
    /// There is no such bucket: nothing is to be had, whatever its name.
    #[error("the store has no such bucket")]
    NoBucket,
    /// It does not allow it.
    #[error("the store refused a request")]
    Refused {
        /// The status of HTTP.
        status: u16,
        /// The store's own word for it.
        code: Option<String>,
    },
    /// Whoever has the credentials does not give them.
    #[error("the store could not be asked")]
    NoCredentials {
        /// The status of HTTP.
        status: u16,
    },
    /// One of the timeouts ran out.
    #[error("the store did not answer in time")]
    Timeout {
        /// What there was too little time for.
        step: StoreStep,
    },
    /// There was no connection, or it broke before an answer.
    #[error("the store could not be reached")]
    Unreachable {
        /// What the client says.
        cause: String,
    },
    /// It answered with a status that means a failure.
    #[error("the store answered with status {status}")]
    Status {
        /// The status of HTTP.
        status: u16,
        /// The store's own word for it.
        code: Option<String>,
    },
    /// Its answer is none that can be used, or broke off.
    #[error("the store's answer is broken")]
    Broken {
        /// What is wrong with it.
        cause: String,
    },
    /// It does not tell which version of the object it sends.
    #[error("the store tells no version of an object")]
    NoTag,
    /// The object is of another version than was asked for.
    #[error("the store has another version of the object")]
    Precondition,
    /// The object is of the version that is known.
    #[error("the store has the version that is known")]
    NotModified,
    /// There is an object of this name already.
    #[error("the store has an object of this name already")]
    Exists,
    /// The object is longer than it may be.
    #[error("the store has more than {limit} bytes")]
    TooLong {
        /// In bytes.
        limit: u64,
    },
    /// This kind of store cannot do it.
    #[error("the store has no {what}")]
    Unsupported {
        /// What was asked for.
        what: &'static str,
    },
}

/// What a store was given too little time for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreStep {
    /// The connection.
    Connection,
    /// The head of the answer.
    Head,
    /// Its body.
    Body,
}

/// Codes by which stores say that what is missing is the bucket.
const NO_BUCKET: [&str; 3] = ["NoSuchBucket", "ContainerNotFound", "ContainerBeingDeleted"];

impl BucketError {
    /// Finds out what an error of the library means.
    pub(super) fn of(error: &object_store::Error) -> Self {
        let known = causes(error).find_map(|cause| match cause.downcast_ref::<Answered>() {
            Some(answered) => Some(Self::answered(answered)),
            None => cause.downcast_ref::<HttpError>().filter(|error| !is_about_answer(error)).map(Self::transport),
        });
        known.unwrap_or_else(|| match error {
            object_store::Error::NotFound { .. } => Self::Missing,
            object_store::Error::Precondition { .. } => Self::Precondition,
            object_store::Error::NotModified { .. } => Self::NotModified,
            object_store::Error::AlreadyExists { .. } => Self::Exists,
            // The innermost cause alone: the outer ones name addresses.
            error => Self::Broken { cause: causes(error).last().map(ToString::to_string).unwrap_or_default() },
        })
    }

    /// The same for a put: there a condition that is not met means that the object exists.
    pub(super) fn of_put(error: &object_store::Error) -> Self {
        match Self::of(error) {
            Self::Precondition | Self::NotModified | Self::Status { status: 409, .. } => Self::Exists,
            other => other,
        }
    }

    fn transport(error: &HttpError) -> Self {
        let inner = causes(error).find_map(|cause| cause.downcast_ref::<reqwest::Error>());
        let is = |test: fn(&reqwest::Error) -> bool| inner.is_some_and(test);
        // Without the outermost, which says no more than that there is one.
        let cause = causes(error).skip(1).map(ToString::to_string).collect::<Vec<_>>().join(": ");
        match error.kind() {
            HttpErrorKind::Timeout if is(reqwest::Error::is_connect) => Self::Timeout { step: StoreStep::Connection },
            HttpErrorKind::Timeout if is(reqwest::Error::is_body) => Self::Timeout { step: StoreStep::Body },
            HttpErrorKind::Timeout => Self::Timeout { step: StoreStep::Head },
            _ if is(reqwest::Error::is_body) || is(reqwest::Error::is_decode) => Self::Broken { cause },
            _ => Self::Unreachable { cause },
        }
    }

    fn answered(Answered { status, code, is_of_store }: &Answered) -> Self {
        let (number, code) = (status.as_u16(), code.clone());
        if !is_of_store {
            return Self::NoCredentials { status: number };
        }
        let names_no_bucket = code.as_deref().is_some_and(|code| NO_BUCKET.contains(&code));
        match *status {
            StatusCode::NOT_MODIFIED => Self::NotModified,
            StatusCode::NOT_FOUND if names_no_bucket => Self::NoBucket,
            StatusCode::NOT_FOUND => Self::Missing,
            StatusCode::PRECONDITION_FAILED => Self::Precondition,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Self::Refused { status: number, code },
            _ => Self::Status { status: number, code },
        }
    }

    /// The status that the store answered with, where it was one that means a failure.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Missing => Some(StatusCode::NOT_FOUND.as_u16()),
            Self::Refused { status, .. } | Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Tells whether the same request may well succeed a moment later.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Timeout { .. } | Self::Unreachable { .. } | Self::Broken { .. } => true,
            Self::Status { status, .. } => matches!(status, 408 | 429 | 500 | 502..=599),
            _ => false,
        }
    }
}

/// Tells whether the answer is what failed, and is told of further in.
fn is_about_answer(error: &HttpError) -> bool {
    causes(error).any(|cause| cause.is::<Answered>())
}

/// An error, what caused it, what caused that, and so on.
pub(super) fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    iter::successors(Some(error), |error| (*error).source())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_bucket_is_no_missing_object() {
        let answered = |status, code: &str| {
            BucketError::answered(&Answered { status, code: Some(code.to_owned()), is_of_store: true })
        };
        assert_eq!(answered(StatusCode::NOT_FOUND, "NoSuchKey"), BucketError::Missing);
        for code in NO_BUCKET {
            assert_eq!(answered(StatusCode::NOT_FOUND, code), BucketError::NoBucket);
        }
    }

    #[test]
    fn only_what_may_pass_is_asked_for_again() {
        for status in [500, 502, 503, 504, 429, 408] {
            assert!(BucketError::Status { status, code: None }.may_pass(), "{status}");
        }
        for status in [301, 400, 405, 409, 410, 416, 501] {
            assert!(!BucketError::Status { status, code: None }.may_pass(), "{status}");
        }
        let refused = BucketError::Refused { status: 403, code: None };
        for error in [BucketError::Missing, BucketError::Precondition, BucketError::NotModified, refused] {
            assert!(!error.may_pass(), "{error:?}");
        }
    }
}
