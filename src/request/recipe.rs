//! `Recipe`: everything about a rendition decided before work begins, and the key that follows from it.

use std::fmt::Write as _;
use std::sync::Arc;

use super::coding::Recoding;
use super::key::KeyText;
use super::sizes::listed;
use super::step::{Describe as _, Step};
use super::{
    AnimationLimit, Course, Cutout, Dimensions, Edit, Facts, Format, FormatWish, Identity, Other, Output, OutputFormat,
    OutputPolicy, Rect, Reuse, Shape, Size, Wish,
};

/// The version of the scheme of keys. Raised when a key of before would stand for another picture.
const VERSION: u32 = 2;
/// Room for most keys but their paths, so that they need not grow while they are written.
const KEY_BYTES: usize = 160;

/// Families of fonts that an error names.
const MAX_NAMED: usize = 10;

/// A rendition, decided as far as that can be done without pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// What is done to the upright picture, in order.
    pub steps: Vec<Step>,
    /// What is left to decide once pixels have told what the last step came to.
    pub open: Vec<Edit>,
    /// What it is written as.
    pub output: Output,
    /// What of the original's bytes may come out again.
    pub reuse: Reuse,
}

/// Why no recipe answers a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecipeError {
    /// The operator does not allow the format.
    #[error("format: expected one of {}, got {asked}", names(allowed))]
    FormatNotAllowed {
        /// What was asked for.
        asked: OutputFormat,
        /// What may be asked for.
        allowed: Vec<OutputFormat>,
    },
    /// The format is read, and never written.
    #[error("format: expected one that is written, got {asked}")]
    NotWritten {
        /// What was asked for.
        asked: Format,
    },
    /// Nothing of what was to stay is on the picture.
    #[error("rect: expected an area that touches the picture of {picture}, got {rect}")]
    Outside {
        /// What was to stay.
        rect: Rect,
        /// As displayed.
        picture: Dimensions,
    },
    /// What was to stay is not all on the picture.
    #[error("area: expected one that lies on the picture of {picture}, got {cutout}")]
    Beyond {
        /// What was to stay.
        cutout: Cutout,
        /// As it was then.
        picture: Dimensions,
    },
    /// No pixel is to be lost, and the format loses some.
    #[error("lossless: expected a format that keeps every pixel ({}), got {asked}", names(able))]
    Lossy {
        /// What it would be written in.
        asked: OutputFormat,
        /// What keeps every pixel.
        able: Vec<OutputFormat>,
    },
    /// The operator does not allow an edge of this length.
    #[error("{edge}: expected one of the sizes {}, got {pixels}", listed(allowed))]
    SizeNotAllowed {
        /// The parameter that would say it.
        edge: &'static str,
        /// In device pixels.
        pixels: u32,
        /// What it may be.
        allowed: Vec<u32>,
    },
    /// There is no such family of fonts.
    #[error("text_font: expected one of {}, got \"{}\"", few(families), asked.escape_debug().take(64).collect::<String>())]
    UnknownFont {
        /// What was asked for.
        asked: String,
        /// What may be asked for.
        families: Arc<[String]>,
    },
    /// The picture, or one on the way, would be too large.
    #[error("size: expected one that gives a rendition of at most {limit} pixels a side, got {dimensions}")]
    TooLarge {
        /// The longest side, in pixels.
        limit: u32,
        /// What it would have.
        dimensions: Dimensions,
    },
}

fn names(formats: &[OutputFormat]) -> String {
    formats.iter().map(|output| output.medium().name()).collect::<Vec<_>>().join(", ")
}

/// As many names as fit into an answer.
fn few(families: &[String]) -> String {
    let few = families.iter().take(MAX_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = families.len().saturating_sub(MAX_NAMED);
    if more > 0 { format!("{few} and {more} more") } else { few }
}

impl Recipe {
    /// Decides what answers `wish` for an original with these facts; `None` means the original's own bytes, because nothing
    /// that was asked changes it, and it is already what a rendition would be. `others` are the originals of
    /// [`Wish::others`], in that order.
    ///
    /// # Errors
    /// The format asked for is not among the allowed ones, or loses pixels that are to be kept, or the rendition would be too
    /// large.
    pub fn new(
        wish: &Wish,
        facts: &Facts,
        others: &[Other<'_>],
        policy: &OutputPolicy,
    ) -> Result<Option<Self>, RecipeError> {
        let frames = wish.output.frames_of(facts);
        let is_cut = frames < facts.frames;
        let facts = &Facts { frames, ..*facts };
        let asked = wish.output.coding.told_by(facts);
        let course = course(wish, facts, others, policy)?;
        let chosen = wish.output.format(facts, &course, policy)?;
        let (format, is_converted) = (chosen.output, chosen.is_converted);
        let coding = chosen.coding(&asked, policy)?;
        // A drawing of just the size asked for is still asked for as pixels.
        let is_rasterised = facts.format.is_vector() && wish.edits().iter().any(Edit::is_sized);
        let may_be_same = course.open.is_empty() && course.steps.iter().all(Step::may_change_nothing) && !is_rasterised;
        let is_same = may_be_same && !is_converted;
        let own = OutputFormat::same_as(facts.format);
        // The original would move.
        let keeping = wish.output.keeping(facts, policy);
        let reuse = if is_cut { Reuse::Nothing } else { Reuse::of(facts, policy, keeping) };
        let is_own = is_same && own == Some(format);
        let recoding = if is_own { asked.recoding(coding, facts, format, policy) } else { Recoding::Needless };
        // A format that is not written cannot be made anew.
        let is_answer = own.is_none() || reuse == Reuse::Whole;
        if is_same && course.steps.is_empty() && is_answer && recoding == Recoding::Needless {
            return Ok(None);
        }
        let has_steps = !course.steps.is_empty();
        let reuse = match chosen.may_be_original && may_be_same && !asked.asks_shape() {
            _ if is_own => reuse.after(has_steps, recoding),
            true => reuse.after(has_steps, Recoding::Smaller),
            false => Reuse::Nothing,
        };
        let reduction = course.reduction();
        let Course { steps, open, shape, .. } = course;
        if reuse == Reuse::CodedPixels {
            let output = Output { keeping, ..Output::untouched(format, policy) };
            return Ok(Some(Self { steps, open, output, reuse }));
        }
        if shape.dimensions.longest_edge() > policy.max_side {
            return Err(RecipeError::TooLarge { limit: policy.max_side, dimensions: shape.dimensions });
        }
        let sought = (asked.target(coding), asked.limit(format));
        let output = Output::decide((format, coding), sought, facts, reduction, policy);
        let max_frames = wish.output.max_frames.filter(|_| is_cut && output.is_animated);
        let output = Output { max_frames, keeping, ..output };
        // A still is not to be compared with what moves.
        let is_compared = recoding != Recoding::Needless || chosen.may_be_original;
        let loses_frames = is_compared && facts.frames > 1 && !output.is_animated;
        let reuse = if loses_frames { Reuse::Nothing } else { reuse };
        Ok(Some(Self { steps, open, output, reuse }))
    }

    /// The limit of the policy that made this recipe one of a still; none where it moves, or was never to move.
    pub fn stilled_by(&self, facts: &Facts, policy: &OutputPolicy) -> Option<AnimationLimit> {
        let moves = facts.frames > 1 && facts.format.can_animate();
        let could_move = moves && policy.animation.is_kept && self.output.format.medium().can_animate();
        // What keeps its coded pixels keeps all frames.
        let is_still = !self.output.is_animated && self.reuse == Reuse::Nothing;
        if could_move && is_still { policy.animation.limit(facts) } else { None }
    }

    /// The dimensions of the rendition of an original with these facts, as far as that can be told without pixels.
    pub fn dimensions(&self, facts: &Facts) -> Option<Dimensions> {
        let shape = self.steps.iter().fold(Shape::of(facts), |shape, step| step.after(shape));
        let is_told = self.open.is_empty() && !self.steps.iter().any(Step::leaves_open);
        is_told.then_some(shape.dimensions)
    }

    /// Decides what was left open, now that the picture has these dimensions.
    ///
    /// # Errors
    /// A picture on the way would be too large.
    pub fn go_on(
        open: &[Edit],
        dimensions: Dimensions,
        others: &[Other<'_>],
        policy: &OutputPolicy,
    ) -> Result<Course, RecipeError> {
        Edit::decide(open, Shape::of_pixels(dimensions), others, policy)
    }

    /// The key of the rendition: equal for requests that mean the same, new whenever an original, the recipe or the digest
    /// of the encoders changes. Readable, exact and free of collisions. The picture comes first among the identities, then
    /// the others in their order.
    pub fn key<'a>(&self, identities: impl Iterator<Item = &'a Identity> + Clone, digest: u64) -> String {
        // Without `..`: a field that is not in the key does not compile.
        let Self { steps, open, output, reuse } = self;
        let paths: usize = identities.clone().map(|identity| identity.reference.stem().len() + KEY_BYTES / 2).sum();
        let mut key = KeyText::with_capacity(KEY_BYTES + paths);
        key.push_decimal(u64::from(VERSION));
        key.push_str(" ");
        key.push_hex(digest, 16);
        output.write_to(&mut key);
        for step in steps {
            step.write_to(&mut key);
        }
        if !open.is_empty() {
            // Rare, so that the text of the type, which forgets no field and quotes what is a client's, is cheap enough.
            // Writing to a String cannot fail.
            let _ = write!(key, " open {open:?}");
        }
        key.push_str(reuse.in_key());
        for identity in identities {
            identity.write_to(&mut key);
        }
        key.into_string()
    }
}

/// The rounds, and one more where the medium is made of small pictures.
fn course(wish: &Wish, facts: &Facts, others: &[Other<'_>], policy: &OutputPolicy) -> Result<Course, RecipeError> {
    let shape = Shape::of(facts);
    let named = wish.output.format.and_then(FormatWish::named);
    match named.and_then(|output| output.medium().longest_edge()).and_then(Size::new) {
        None => Edit::decide(wish.edits(), shape, others, policy),
        Some(size) => {
            let edits: Vec<_> = wish.edits().iter().cloned().chain([Edit::within(size).of_free_edges()]).collect();
            // Detail is not what such a medium tells.
            let policy = OutputPolicy { sharpens_reduced: false, ..policy.clone() };
            Edit::decide(&edits, shape, others, &policy)
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
