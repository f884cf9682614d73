//! What is told of each request to a store. It must not know who listens.

use std::time::Duration;

use super::BucketError;

/// Is told of every request to a store, once it has ended.
pub trait Observer: Send + Sync {
    /// One operation, with its retries.
    fn observe(&self, request: &StoreRequest);
}

/// One operation that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreRequest {
    /// Which store was asked.
    pub store: StoreName,
    /// What it was asked.
    pub operation: StoreOperation,
    /// How that ended.
    pub outcome: StoreOutcome,
    /// Bytes of bodies, either way.
    pub bytes: u64,
    /// How often it was asked again.
    pub retries: u32,
    /// From the first try to the end; for a body that is streamed, to its beginning.
    pub took: Duration,
}

/// Variants and their labels, written once.
macro_rules! told {
    ($(#[$about:meta])* $Name:ident { $($Variant:ident $label:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $Name {
            $(#[doc = concat!("Told as `", $label, "`.")] $Variant),+
        }

        impl $Name {
            /// The label in metrics.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$Variant => $label),+
                }
            }
        }
    };
}

told! {
    /// What a store is used for.
    StoreName {
        Source "source",
        Results "results",
    }
}

told! {
    /// What is asked of a store.
    StoreOperation {
        Head "head",
        Get "get",
        Put "put",
        List "list",
        Delete "delete",
    }
}

told! {
    /// How a request to a store ended.
    StoreOutcome {
        Ok "ok",
        Missing "missing",
        NotModified "not_modified",
        Changed "changed",
        Exists "exists",
        Refused "refused",
        Timeout "timeout",
        Unreachable "unreachable",
        Status "status",
        Broken "broken",
        TooLong "too_long",
    }
}

impl From<&BucketError> for StoreOutcome {
    fn from(error: &BucketError) -> Self {
        match error {
            BucketError::Missing => Self::Missing,
            BucketError::NotModified => Self::NotModified,
            BucketError::Precondition => Self::Changed,
            BucketError::Exists => Self::Exists,
            BucketError::Refused { .. } | BucketError::NoCredentials { .. } | BucketError::NoBucket => Self::Refused,
            BucketError::Timeout { .. } => Self::Timeout,
            BucketError::Unreachable { .. } => Self::Unreachable,
            BucketError::Status { .. } => Self::Status,
            BucketError::Broken { .. } | BucketError::NoTag | BucketError::Unsupported { .. } => Self::Broken,
            BucketError::TooLong { .. } => Self::TooLong,
        }
    }
}
