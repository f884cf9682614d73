//! `Denial`: why a request is not answered as asked, told from all that only the log may know.

/// A kind of denial. Finer than a status, for dialects answer them in ways of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DenialKind {
    /// The request cannot be understood.
    Malformed,
    /// There is no such image.
    NotFound,
    /// The method is none that is answered there.
    MethodNotAllowed,
    /// A body was needed, and none came.
    EmptyBody,
    /// A body ended early, or is not what it says.
    BrokenBody,
    /// The original that should have come is empty.
    EmptyOriginal,
    /// The body is larger than may be.
    BodyTooLarge,
    /// The body did not come in time.
    BodyLate,
    /// What was found, or came, is no image.
    NotAnImage,
    /// It is an image, but none that is decoded, or written as asked.
    Unsupported,
    /// It is an image, but broken or too large.
    Unprocessable,
    /// It has more pixels than whoever serves it there allows.
    TooManyPixels,
    /// It has more bytes than whoever serves it there allows.
    TooManyBytes,
    /// Who asks did not say that they may.
    Unauthorised,
    /// The URL is not signed as it must be.
    Unsigned,
    /// The operator does not let us read it, or them have it.
    Forbidden,
    /// The operator lets nobody ask for that.
    NotAllowed,
    /// There is one of this name already.
    Exists,
    /// It is not the version that was asked for.
    PreconditionFailed,
    /// Who asks has asked too often.
    TooMany,
    /// There is too much to do.
    Busy,
    /// Where it comes from failed.
    Upstream,
    /// Where it comes from, or we, took too long.
    Late,
    /// We failed.
    Ours,
}

impl DenialKind {
    /// Every kind.
    pub const ALL: [Self; 24] = [
        Self::Malformed,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::EmptyBody,
        Self::BrokenBody,
        Self::EmptyOriginal,
        Self::BodyTooLarge,
        Self::BodyLate,
        Self::NotAnImage,
        Self::Unsupported,
        Self::Unprocessable,
        Self::TooManyPixels,
        Self::TooManyBytes,
        Self::Unauthorised,
        Self::Unsigned,
        Self::Forbidden,
        Self::NotAllowed,
        Self::Exists,
        Self::PreconditionFailed,
        Self::TooMany,
        Self::Busy,
        Self::Upstream,
        Self::Late,
        Self::Ours,
    ];
}

/// Why a request is not answered as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// What sort of thing is wrong.
    pub kind: DenialKind,
    /// What the client is told: all about its own mistakes, and little about ours.
    pub message: String,
    /// The status of HTTP with which the server answered that the original should come from, where that is the reason.
    pub upstream_status: Option<u16>,
    /// It is about another picture than the one that was asked for: one that was to lie over it.
    pub is_about_other: bool,
}
