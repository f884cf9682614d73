//! Which kind of denial the errors of other rooms are.

use codec::CodecError;

use super::body::BodyError;
use crate::bucket::BucketError;
use crate::cache::PointError;
use crate::deposit::DepositError;
use crate::pipeline::RenderError;
use crate::request::{DenialKind, LimitError, RecipeError};
use crate::source::{SourceError, UpstreamError};
use crate::workers::WorkError;

pub(super) fn body_kind(error: &BodyError) -> DenialKind {
    match error {
        BodyError::NoField { .. } => DenialKind::EmptyBody,
        BodyError::Broken(_) => DenialKind::BrokenBody,
        BodyError::Empty => DenialKind::EmptyOriginal,
        BodyError::TooLarge { .. } => DenialKind::BodyTooLarge,
        BodyError::Late => DenialKind::BodyLate,
        BodyError::Busy(_) => DenialKind::Busy,
    }
}

pub(super) fn deposit_kind(error: &DepositError) -> DenialKind {
    match error {
        DepositError::Exists => DenialKind::Exists,
        DepositError::Missing => DenialKind::NotFound,
        DepositError::Outside => DenialKind::Forbidden,
        DepositError::Io { .. } => DenialKind::Ours,
        DepositError::Bucket(_) => DenialKind::Upstream,
    }
}

pub(super) fn limit_kind(error: LimitError) -> DenialKind {
    match error {
        LimitError::Empty => DenialKind::EmptyOriginal,
        LimitError::Pixels { .. } | LimitError::Sides { .. } => DenialKind::TooManyPixels,
        LimitError::Bytes { .. } => DenialKind::TooManyBytes,
    }
}

pub(super) fn point_kind(error: &PointError) -> DenialKind {
    match error {
        PointError::Nowhere => DenialKind::Forbidden,
        PointError::TooLong { .. } | PointError::Incomplete => DenialKind::Unprocessable,
        PointError::Store(BucketError::Timeout { .. }) => DenialKind::Late,
        PointError::Store(_) => DenialKind::Upstream,
    }
}

pub(super) fn recipe_kind(error: &RecipeError) -> DenialKind {
    match error {
        RecipeError::FormatNotAllowed { .. } | RecipeError::NotWritten { .. } => DenialKind::Unsupported,
        RecipeError::SizeNotAllowed { .. } => DenialKind::NotAllowed,
        RecipeError::Outside { .. } | RecipeError::Beyond { .. } => DenialKind::Malformed,
        RecipeError::Lossy { .. } => DenialKind::Malformed,
        RecipeError::UnknownFont { .. } => DenialKind::Malformed,
        RecipeError::TooLarge { .. } => DenialKind::Unprocessable,
    }
}

pub(super) fn render_kind(error: &RenderError) -> DenialKind {
    match error {
        RenderError::Source(error) => source_kind(error),
        RenderError::Recipe(error) => recipe_kind(error),
        RenderError::TooOften(_) => DenialKind::TooMany,
        RenderError::Codec(CodecError::Unsupported { .. }) => DenialKind::Unsupported,
        RenderError::Codec(
            CodecError::Malformed { .. } | CodecError::TooLarge { .. } | CodecError::OverLimit { .. },
        ) => DenialKind::Unprocessable,
        RenderError::Work(WorkError::TooDear { .. }) => DenialKind::Unprocessable,
        RenderError::Work(WorkError::Busy | WorkError::Late) => DenialKind::Busy,
        RenderError::Work(WorkError::Abandoned | WorkError::Panicked)
        | RenderError::Codec(CodecError::Encode { .. } | CodecError::Abandoned)
        | RenderError::Operation { .. } => DenialKind::Ours,
    }
}

pub(super) fn source_kind(error: &SourceError) -> DenialKind {
    match error {
        SourceError::NotFound => DenialKind::NotFound,
        SourceError::NotAnImage => DenialKind::NotAnImage,
        SourceError::Changed | SourceError::Superseded { .. } | SourceError::OutOfDescriptors => DenialKind::Busy,
        SourceError::Forbidden { .. } => DenialKind::Forbidden,
        SourceError::Io { .. } => DenialKind::Ours,
        SourceError::NoRoom(_) => DenialKind::Busy,
        SourceError::Bucket(BucketError::Timeout { .. }) => DenialKind::Late,
        // As for a file that is too long.
        SourceError::Bucket(BucketError::TooLong { .. }) => DenialKind::Unprocessable,
        SourceError::Bucket(_) => DenialKind::Upstream,
        // Who named the URL can name another.
        SourceError::Remote(UpstreamError::NotAnImage) => DenialKind::NotAnImage,
        SourceError::Upstream(error) | SourceError::Remote(error) => upstream_kind(error),
    }
}

fn upstream_kind(error: &UpstreamError) -> DenialKind {
    match error {
        UpstreamError::Timeout { .. } => DenialKind::Late,
        UpstreamError::Busy => DenialKind::Busy,
        _ => DenialKind::Upstream,
    }
}
