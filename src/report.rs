//! `Report`: what happened to one request, as data. Work code fills it in; telemetry alone reads it.
//! This room must not know how it is counted, logged or sent.

use std::time::{Duration, SystemTime};

use crate::request::Format;

/// The steps that take time, in the order in which a rendition passes through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    CacheLookup,
    QueueWait,
    Read,
    Decode,
    Resize,
    Colour,
    Orient,
    Grayscale,
    Flatten,
    Encode,
    Strip,
}

impl Stage {
    pub const ALL: [Self; 11] = [
        Self::CacheLookup,
        Self::QueueWait,
        Self::Read,
        Self::Decode,
        Self::Resize,
        Self::Colour,
        Self::Orient,
        Self::Grayscale,
        Self::Flatten,
        Self::Encode,
        Self::Strip,
    ];

    /// The label in metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::CacheLookup => "cache_lookup",
            Self::QueueWait => "queue_wait",
            Self::Read => "read",
            Self::Decode => "decode",
            Self::Resize => "resize",
            Self::Colour => "colour",
            Self::Orient => "orient",
            Self::Grayscale => "grayscale",
            Self::Flatten => "flatten",
            Self::Encode => "encode",
            Self::Strip => "strip",
        }
    }
}

/// How long each stage took; a stage that was not entered has no time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StageTimes([Option<Duration>; Stage::ALL.len()]);

impl StageTimes {
    /// Adds time to a stage.
    pub fn add(&mut self, stage: Stage, time: Duration) {
        *self.0[stage as usize].get_or_insert_default() += time;
    }

    /// Adds all times of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (stage, time) in other.iter() {
            self.add(stage, time);
        }
    }

    /// The stages that were entered, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Stage, Duration)> + '_ {
        Stage::ALL.into_iter().filter_map(|stage| Some((stage, self.0[stage as usize]?)))
    }
}

/// How a request ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The original's own bytes.
    Untouched,
    /// A rendition from the cache.
    Hit,
    /// A rendition made for this request.
    Rendered,
    /// A rendition that another request was already making.
    Shared,
    /// Nothing was made or sent: the client has this version already, or asked for the head alone.
    Spared,
    /// There is no such image.
    NotFound,
    /// The request, or the original, cannot be served as asked.
    Rejected,
    /// Upstream or we ourselves failed.
    #[default]
    Failed,
}

impl Outcome {
    pub const ALL: [Self; 8] = [
        Self::Untouched,
        Self::Hit,
        Self::Rendered,
        Self::Shared,
        Self::Spared,
        Self::NotFound,
        Self::Rejected,
        Self::Failed,
    ];

    /// The label in metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Untouched => "untouched",
            Self::Hit => "hit",
            Self::Rendered => "rendered",
            Self::Shared => "shared",
            Self::Spared => "spared",
            Self::NotFound => "not_found",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
        }
    }
}

/// Where an original came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    Disk,
    Upstream,
}

impl Origin {
    /// The label in metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Disk => "disk",
            Self::Upstream => "upstream",
        }
    }
}

/// What happened to one request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub outcome: Outcome,
    /// `None` until an original was found.
    pub origin: Option<Origin>,
    /// When the original was last changed, where its source knows.
    pub modified: Option<SystemTime>,
    /// The format of the answer; `None` where it is no image.
    pub format: Option<Format>,
    pub times: StageTimes,
}
