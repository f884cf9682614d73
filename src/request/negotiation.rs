//! `FormatWish`: what is asked of the format; and its choice, with what is known of the original and allowed by the operator.

use super::flatness::{Flatness, Suit};
use super::{
    Accepted, Coding, CodingWish, Course, Facts, Format, FormatList, OutputFormat, OutputPolicy, Quality, RecipeError,
};

/// What is asked of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormatWish {
    /// This one, or another medium.
    Named(OutputFormat),
    /// The original's own, or what stands in for it.
    Own,
    /// The original's own, also where that is written for whoever names it alone; or what stands in for it.
    Same,
    /// The one that suits best.
    Best {
        /// What may be chosen among.
        accepted: Accepted,
        /// What it is where none of these suits.
        otherwise: Otherwise,
    },
    /// The one that suits best. The operator asks for it, and the client for nothing: what cannot be made is no failure.
    Preferred(Accepted),
    /// What follows from lists.
    Listed(FormatList),
    /// One that is read, and never written.
    Unwritten(Format),
}

/// The format where none was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Otherwise {
    /// One that every client shows: JPEG, PNG, GIF and WebP stay what they are, and others become JPEG, or PNG where there
    /// may be transparency.
    Plain,
    /// The original's own, or what stands in for it.
    Own,
    /// The original's own, also where that is written for whoever names it alone; or what stands in for it.
    Same,
    /// This one.
    Named(OutputFormat),
}

/// What a format is chosen by.
#[derive(Clone, Copy)]
pub(super) struct Circumstances<'a> {
    pub facts: &'a Facts,
    /// What is done to the picture.
    pub course: &'a Course,
    pub policy: &'a OutputPolicy,
    /// No pixel is to be lost.
    pub is_lossless: bool,
}

/// A format that was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ChosenFormat {
    pub output: OutputFormat,
    /// The original has another one.
    pub is_converted: bool,
    /// The original itself may be the answer, where it has no more bytes.
    pub may_be_original: bool,
    suit: Suit,
    /// How fine the original's own format would be.
    finest: Option<Quality>,
}

impl From<OutputFormat> for FormatWish {
    fn from(output: OutputFormat) -> Self {
        Self::Named(output)
    }
}

impl FormatWish {
    /// What it is to be whatever the original is.
    pub(super) fn named(self) -> Option<OutputFormat> {
        match self {
            Self::Named(output) => Some(output),
            _ => None,
        }
    }

    /// The format that is asked for by its name, whether it is written or not.
    pub(super) fn asked(self) -> Option<Format> {
        match self {
            Self::Named(output) => output.format(),
            Self::Listed(list) => list.named.and_then(OutputFormat::format),
            Self::Unwritten(format) => Some(format),
            Self::Own | Self::Same | Self::Best { .. } | Self::Preferred(_) => None,
        }
    }

    /// Chooses the format of a rendition.
    ///
    /// # Errors
    /// The operator does not allow the one that is named.
    pub(super) fn choose(self, by: &Circumstances<'_>) -> Result<ChosenFormat, RecipeError> {
        let (accepted, otherwise) = match self {
            Self::Named(output) => (Accepted::default(), Otherwise::Named(output)),
            Self::Own => (Accepted::default(), Otherwise::Own),
            Self::Same => (Accepted::default(), Otherwise::Same),
            // Nobody asked for pixels of a drawing.
            Self::Preferred(_) if by.facts.format.is_vector() && by.course.steps.is_empty() => {
                (Accepted::default(), Otherwise::Own)
            }
            Self::Preferred(accepted) => (accepted, Otherwise::Plain),
            Self::Best { accepted, otherwise } => (accepted, otherwise),
            Self::Listed(list) => {
                (Accepted::default(), Otherwise::Named(list.chosen(by.facts, by.course.shape.dimensions, by.policy)))
            }
            Self::Unwritten(asked) => return Err(RecipeError::NotWritten { asked }),
        };
        let best = if accepted.is_empty() { None } else { by.best(accepted, otherwise) };
        best.map_or_else(|| otherwise.choose(by), Ok)
    }
}

impl Otherwise {
    fn choose(self, by: &Circumstances<'_>) -> Result<ChosenFormat, RecipeError> {
        let Circumstances { facts, policy, .. } = *by;
        match self {
            Self::Named(asked) if policy.allows(asked) => Ok(ChosenFormat::plain(asked, facts)),
            Self::Named(asked) => Err(RecipeError::FormatNotAllowed { asked, allowed: policy.allowed_formats.clone() }),
            Self::Own => {
                let own = OutputFormat::same_as(facts.format).unwrap_or(OutputFormat::LOSSLESS);
                Ok(ChosenFormat::kept(allowed_or_first(own, policy)))
            }
            Self::Same => {
                // An icon is for who names it.
                let own = OutputFormat::written_as(facts.format.name()).filter(|_| facts.format != Format::Ico);
                let own = own.unwrap_or(OutputFormat::LOSSLESS);
                Ok(ChosenFormat::kept(allowed_or_first(own, policy)))
            }
            Self::Plain => Ok(ChosenFormat::plain(by.plain(), facts)),
        }
    }

    /// Tells whether it would move where the original does.
    fn can_animate(self, facts: &Facts) -> bool {
        match self {
            Self::Named(output) => output.medium().can_animate(),
            Self::Own | Self::Same | Self::Plain => facts.format.can_animate(),
        }
    }
}

impl ChosenFormat {
    /// What is written where nothing is asked of the format.
    pub fn unasked(facts: &Facts, policy: &OutputPolicy) -> Self {
        // A still GIF would lose colours for nothing.
        let is_worth_it = facts.format != Format::Gif || policy.animation.keeps(facts);
        let own = OutputFormat::same_as(facts.format).filter(|_| is_worth_it).unwrap_or(OutputFormat::LOSSLESS);
        Self::kept(allowed_or_first(own, policy))
    }

    /// Nothing is to be converted for its sake.
    fn kept(output: OutputFormat) -> Self {
        Self { output, is_converted: false, may_be_original: false, suit: Suit::Usual, finest: None }
    }

    fn plain(output: OutputFormat, facts: &Facts) -> Self {
        Self { is_converted: output.format() != Some(facts.format), ..Self::kept(output) }
    }

    /// How it is written.
    ///
    /// # Errors
    /// As [`CodingWish::decide`].
    pub fn coding(&self, wish: &CodingWish, policy: &OutputPolicy) -> Result<Coding, RecipeError> {
        let coding = wish.decide(self.output, policy)?;
        Ok(match self.suit {
            Suit::Lossless => Coding { quality: None, chroma: None, ..coding },
            // What is asked for counts for whichever format it is.
            Suit::Usual if wish.quality.is_some() => coding,
            Suit::Usual => coding.capped(self.finest),
        })
    }
}

impl Circumstances<'_> {
    /// The first of the operator's formats that the client shows and that suits the picture.
    fn best(&self, accepted: Accepted, otherwise: Otherwise) -> Option<ChosenFormat> {
        let Self { facts, course, policy, is_lossless } = *self;
        let preferred = policy.preferred_formats.iter().copied();
        let mut candidates: Vec<_> =
            preferred.filter(|output| accepted.has(*output) && policy.allows(*output)).collect();
        let can_move = |output: &OutputFormat| output.medium().can_animate();
        // Where neither these nor the other move, a still is as good in one as in another.
        let is_moving =
            policy.animation.keeps(facts) && (otherwise.can_animate(facts) || candidates.iter().any(can_move));
        candidates.retain(|output| !is_moving || can_move(output));
        let own = OutputFormat::same_as(facts.format);
        let flatness = Flatness::of(facts, course, is_moving);
        candidates.into_iter().find_map(|output| {
            if own == Some(output) {
                return Some(ChosenFormat::kept(output));
            }
            let format = output.format()?;
            Some(ChosenFormat {
                output,
                is_converted: true,
                may_be_original: own.is_some_and(|own| policy.allows(own) && is_shown(own, accepted)),
                suit: if is_lossless { Suit::lossless(format) } else { flatness.suit(format) }?,
                finest: own.and_then(|own| policy.codings.of(own).quality),
            })
        })
    }

    /// As [`Otherwise::Plain`] says, with what the operator allows.
    fn plain(&self) -> OutputFormat {
        let Self { facts, course, policy, is_lossless } = *self;
        let stays = matches!(facts.format, Format::Gif | Format::Jpeg | Format::Png | Format::WebP);
        let own = OutputFormat::same_as(facts.format).filter(|_| stays);
        let jpeg = (!course.shape.may_be_clear).then_some(OutputFormat::JPEG);
        let mut all = own.into_iter().chain(jpeg).chain([OutputFormat::LOSSLESS]);
        let suits = |output: &OutputFormat| {
            policy.allows(*output) && (!is_lossless || policy.codings.choices(*output).can_keep_all)
        };
        all.find(suits).unwrap_or_else(|| allowed_or_first(OutputFormat::LOSSLESS, policy))
    }
}

/// Tells whether a client shows a format, whether it says so or not.
fn is_shown(output: OutputFormat, accepted: Accepted) -> bool {
    !Accepted::all().has(output) || accepted.has(output)
}

fn allowed_or_first(output: OutputFormat, policy: &OutputPolicy) -> OutputFormat {
    if policy.allows(output) { output } else { policy.allowed_formats.first().copied().unwrap_or(output) }
}

#[cfg(test)]
mod tests;
