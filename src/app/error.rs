//! `StartError`: why the server cannot start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::bucket::OpenError;
use crate::cache::NoDisk;
use crate::source::UpstreamError;
use crate::telemetry::RecorderError;

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken, or is none of this machine.
    #[error("{variable}: cannot listen on {address}: {cause}")]
    Listen {
        /// The variable that says so.
        variable: &'static str,
        /// As configured.
        address: SocketAddr,
        /// What the system says.
        cause: io::Error,
    },
    /// A font cannot be read.
    #[error("IMAGE_PROXY_FONT_PATH: cannot read {}: {cause}", path.display())]
    Fonts {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// The threads of the pipeline do not start.
    #[error("IMAGE_PROXY_WORKERS: cannot start {threads} threads: {cause}")]
    Threads {
        /// How many were wanted.
        threads: usize,
        /// What the system says.
        cause: io::Error,
    },
    /// The threads of the connections do not start.
    #[error("cannot start threads for connections: {0}")]
    Lanes(io::Error),
    /// A client of other servers cannot be set up.
    #[error("{variable}: cannot set up the client: {cause:?}")]
    Client {
        /// What names the servers.
        variable: &'static str,
        /// What is wrong.
        cause: UpstreamError,
    },
    /// A store cannot be opened.
    #[error("{variable}: {cause}")]
    Store {
        /// What names it.
        variable: &'static str,
        /// What is wrong.
        cause: OpenError,
    },
    /// What would be written there would not be found.
    #[error("IMAGE_PROXY_DEPOSIT_PATH: expected the root of originals, or a folder of it, got {place}")]
    Deposit {
        /// As configured.
        place: String,
    },
    /// Whoever asks in a dialect without a key would have made what must be signed.
    #[error(
        "IMAGE_PROXY_SIGNING=all: every URL is to be signed, and the dialect {dialect} of IMAGE_PROXY_DIALECTS asks for no key: \
         give it one, take it away, or set IMAGE_PROXY_SIGNING=renditions"
    )]
    OpenDialect {
        /// Its name.
        dialect: &'static str,
    },
    /// Whoever asks in a dialect without a key would have made what no preset says.
    #[error(
        "IMAGE_PROXY_PRESETS_ONLY=true: nothing but presets is to be asked for, and the dialect {dialect} of \
         IMAGE_PROXY_DIALECTS asks for no key: give it one, or take it away"
    )]
    OpenBesidePresets {
        /// Its name.
        dialect: &'static str,
    },
    /// There is nowhere to put what would be made.
    #[error(
        "IMAGE_PROXY_ENABLE_DISK_CACHE: expected true, and a folder in IMAGE_PROXY_CACHE_DISK_PATH, for renditions to be put there; \
         a running server is warmed by --server URL"
    )]
    NoDiskCache,
    /// The folder of the cache cannot be had.
    #[error("IMAGE_PROXY_CACHE_DISK_PATH: cannot use {}: {cause}{}", cause.path.display(), if cause.is_held {
        "; if that is a server, warm it by --server URL"
    } else {
        ""
    })]
    DiskCache {
        /// Which folder, and why.
        cause: NoDisk,
    },
    /// The recorder of metrics cannot be set up.
    #[error("cannot set up metrics: {0}")]
    Metrics(#[from] RecorderError),
}

impl StartError {
    /// Tells whether another start with the same settings would fail again.
    pub fn is_about_settings(&self) -> bool {
        matches!(
            self,
            Self::Store { .. }
                | Self::Deposit { .. }
                | Self::OpenDialect { .. }
                | Self::OpenBesidePresets { .. }
                | Self::NoDiskCache
        )
    }
}
