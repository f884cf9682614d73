//! `Report`: what happened to one request, as data. Work code fills it in; telemetry alone reads it.
//! This room must not know how it is counted, logged or sent.

use std::time::{Duration, SystemTime};

use crate::request::{AnimationLimit, Dimensions, Medium, Reference};

/// Variants, the list of all and their labels, written once.
macro_rules! labelled {
    ($(#[$about:meta])* $Name:ident { $($(#[$meaning:meta])* $Variant:ident $label:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $Name {
            $($(#[$meaning])* #[doc = concat!("Told as `", $label, "`.")] $Variant),+
        }

        impl $Name {
            /// All of them, in order.
            pub const ALL: &[Self] = &[$(Self::$Variant),+];

            /// The label in metrics and logs.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$Variant => $label),+
                }
            }
        }
    };
}

labelled! {
    /// The steps that take time, in the order in which a rendition passes through them.
    Stage {
        CacheLookup "cache_lookup",
        QueueWait "queue_wait",
        Read "read",
        Decode "decode",
        Crop "crop",
        Resize "resize",
        Colour "colour",
        Orient "orient",
        Grayscale "grayscale",
        Blur "blur",
        Tone "tone",
        Sharpen "sharpen",
        Pixelate "pixelate",
        Opacity "opacity",
        Overlay "overlay",
        Pad "pad",
        Rotate "rotate",
        Radius "radius",
        Text "text",
        Flatten "flatten",
        Encode "encode",
        Score "score",
        Strip "strip",
    }
}

/// How long each stage took; a stage that was not entered has no time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StageTimes {
    by_stage: [Option<Duration>; Stage::ALL.len()],
    /// How often a picture was encoded in search of its quality.
    trials: u32,
}

impl StageTimes {
    /// Adds time to a stage.
    pub fn add(&mut self, stage: Stage, time: Duration) {
        if let Some(sum) = self.by_stage.get_mut(stage as usize) {
            *sum.get_or_insert_default() += time;
        }
    }

    /// Adds all times of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (stage, time) in other.iter() {
            self.add(stage, time);
        }
        self.trials += other.trials;
    }

    /// Notes that a picture was encoded in search of its quality.
    pub fn note_trial(&mut self) {
        self.trials += 1;
    }

    /// How often a picture was encoded in search of its quality; 0 where none was sought.
    pub fn trials(&self) -> u32 {
        self.trials
    }

    /// The stages that were entered, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Stage, Duration)> + '_ {
        Stage::ALL.iter().filter_map(|stage| Some((*stage, (*self.by_stage.get(*stage as usize)?)?)))
    }
}

labelled! {
    /// How a request ended.
    #[derive(Default)]
    Outcome {
        /// The original's own bytes.
        Untouched "untouched",
        /// A rendition from the cache.
        Hit "hit",
        /// A rendition made for this request.
        Rendered "rendered",
        /// A rendition that another request was already making.
        Shared "shared",
        /// The client was sent to the store that has the rendition.
        Redirected "redirected",
        /// Nothing was made or sent: the client has this version already, or asked for the head alone.
        Spared "spared",
        /// Something that is no image and not made of one: what a dialect says of itself, or of an original.
        Said "said",
        /// There is no such image.
        NotFound "not_found",
        /// The request, or the original, cannot be served as asked.
        Rejected "rejected",
        /// Upstream or we ourselves failed.
        #[default]
        Failed "failed",
    }
}

labelled! {
    /// Where an original came from.
    Origin {
        Disk "disk",
        Bucket "bucket",
        Upstream "upstream",
        /// A URL that the request names.
        Remote "remote",
        /// With the request.
        Body "body",
    }
}

/// What happened to one request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// How it ended.
    pub outcome: Outcome,
    /// What the original is called, where that is not what it was asked for as.
    pub found_as: Option<Reference>,
    /// The originals that lie over the one that was asked for.
    pub others: Vec<Reference>,
    /// `None` until an original was found.
    pub origin: Option<Origin>,
    /// When the original was last changed, where its source knows.
    pub modified: Option<SystemTime>,
    /// What the answer is; `None` where it is neither an original nor made of one.
    pub medium: Option<Medium>,
    /// The URL says of which version the original is: of this one, or of another.
    pub is_claimed_rightly: Option<bool>,
    /// The length of the original in bytes, and how large it is as shown; `None` where its header was not looked at.
    pub original: Option<(u64, Dimensions)>,
    /// How large the picture is that goes out, where that is known without its pixels.
    pub dimensions: Option<Dimensions>,
    /// What made a still of an animation.
    pub stilled_by: Option<AnimationLimit>,
    /// How long each stage took.
    pub times: StageTimes,
}
