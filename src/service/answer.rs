//! What goes out: an original, a rendition from the cache or made now, or what is known of one.

use codec::CodecError;

use super::decide::{Decided, Rendering, Task};
use super::decision::Decision;
use super::{Explanation, Gate, Portrait, Service, ServiceError, Validators};
use crate::cache::{Elsewhere, Kept, Provenance};
use crate::pipeline::{self, RenderError, Rendition};
use crate::report::{Outcome, Report};
use crate::request::{Facts, Medium, QualityFound};
use crate::source::{Original, Portion, Untouched};

/// What goes out.
pub enum Answer {
    /// The original, as it is.
    Untouched(Untouched),
    /// What was made of it.
    Rendition {
        /// Its bytes.
        rendition: Rendition,
        /// Whether it was in the cache.
        is_hit: bool,
    },
    /// A rendition is stored where the client is to get it.
    Elsewhere {
        /// What it is.
        medium: Medium,
        /// Where it is.
        place: Elsewhere,
    },
    /// What is known of a rendition that was not made, for nobody wants its bytes.
    Head {
        /// What it would be.
        medium: Medium,
        /// In bytes; known where the rendition was made not long ago.
        length: Option<u64>,
        /// What a search for its quality came to, where that is known.
        quality: Option<QualityFound>,
        /// Whether the rendition is in memory.
        is_hit: bool,
    },
    /// What the header of the original says, where that alone is wanted.
    Told(Box<Facts>),
    /// What a page needs to show it.
    Embedded(Box<Portrait>),
}

/// How much of an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// What is said of it.
    Head,
}

/// What a request comes to.
pub enum Reply<V> {
    /// What goes out.
    Answer(Answer),
    /// Nothing was made: what would be done, and why.
    Explained(Box<Explanation>),
    /// Nothing was read or made: the verdict of the gate was enough.
    Spared(V),
}

/// What is said of a rendition that was not made: what it would be, its length, and what was found of its quality.
type KnownHead = (Medium, Option<u64>, Option<QualityFound>);

impl Answer {
    /// What it is, by its type; `None` for an original that is no image.
    pub fn medium(&self) -> Option<Medium> {
        match self {
            Self::Told(facts) => Some(facts.format.into()),
            Self::Embedded(embedded) => Some(embedded.facts.format.into()),
            Self::Untouched(untouched) => untouched.format.map(Medium::from),
            Self::Rendition { rendition, .. } => Some(rendition.medium),
            Self::Elsewhere { medium, .. } | Self::Head { medium, .. } => Some(*medium),
        }
    }

    /// What a search for its quality came to, where there was one and that is known.
    pub fn quality(&self) -> Option<QualityFound> {
        match self {
            Self::Untouched(_) | Self::Elsewhere { .. } | Self::Told(_) | Self::Embedded(_) => None,
            Self::Rendition { rendition, .. } => rendition.quality,
            Self::Head { quality, .. } => *quality,
        }
    }
}

impl Service {
    pub(super) async fn work(
        &self,
        decided: Decided,
        extent: Extent,
        report: &mut Report,
        gate: &impl Gate,
    ) -> Result<Answer, ServiceError> {
        let Decided { validators, work } = decided;
        if let Task::Render(rendering) = &work
            && self.cache.redirects()
            && !rendering.stays
            // Boxed, for those who send nobody elsewhere to carry no room for it.
            && let Some(place) = Box::pin(self.cache.place(&rendering.name())).await
        {
            let medium = rendering.decision.recipe.output.format.medium();
            (report.outcome, report.medium) = (Outcome::Redirected, Some(medium));
            return Ok(Answer::Elsewhere { medium, place });
        }
        match work {
            Task::Tell(facts) => {
                report.outcome = Outcome::Said;
                Ok(Answer::Told(facts))
            }
            Task::Embed(sketch) => Ok(Box::pin(self.embed(*sketch, report)).await?),
            Task::Send { original, is_for_images } => {
                sent((original, is_for_images), (&validators, extent), report, gate).await
            }
            Task::Clean(original) => Ok(Box::pin(self.cleaned(original, report)).await?),
            Task::Render(rendering) if extent == Extent::Head => self.head(&rendering, report),
            Task::Render(rendering) => {
                let in_memory =
                    if rendering.is_single { None } else { self.cache.kept_in_memory(&rendering.decision.key) };
                let kept = match in_memory {
                    Some(kept) => kept,
                    // Boxed, so that a hit does not move the room of a making about.
                    None => Box::pin(self.rendition(*rendering)).await?,
                };
                let Kept { rendition, provenance, times } = kept;
                report.times.merge(&times);
                report.medium = Some(rendition.medium);
                report.outcome = match provenance {
                    Provenance::Kept => Outcome::Hit,
                    Provenance::Made => Outcome::Rendered,
                    Provenance::Shared => Outcome::Shared,
                };
                Ok(Answer::Rendition { rendition, is_hit: provenance == Provenance::Kept })
            }
        }
    }

    /// A drawing without what could run.
    async fn cleaned(&self, original: Original, report: &mut Report) -> Result<Answer, ServiceError> {
        let material = original.material().await.map_err(RenderError::from)?;
        // What is read, and what is left of it.
        let footprint = pipeline::footprint_of_original(material.length().saturating_mul(2));
        let work = self.workers.run(footprint, move |_| pipeline::clean(material));
        let (rendition, _) = work.await.map_err(RenderError::from)?;
        let rendition = rendition?;
        (report.outcome, report.medium) = (Outcome::Rendered, Some(rendition.medium));
        Ok(Answer::Rendition { rendition, is_hit: false })
    }

    pub(super) async fn rendition(&self, rendering: Rendering) -> Result<Kept, RenderError> {
        let (key, name, is_single) = (rendering.decision.key.clone(), rendering.name(), rendering.is_single);
        let making = self.make(rendering);
        if is_single {
            let (rendition, times) = making.await?;
            return Ok(Kept { rendition, times, provenance: Provenance::Made });
        }
        self.cache.get_or_make(key, name, making).await
    }

    fn head(&self, rendering: &Rendering, report: &mut Report) -> Result<Answer, ServiceError> {
        let kept = self.cache.get_from_memory(&rendering.decision.key);
        let is_hit = kept.is_some();
        let (medium, length, quality) = match kept {
            Some(rendition) => (rendition.medium, Some(rendition.bytes.len() as u64), rendition.quality),
            None => self.known(&rendering.decision).map_err(RenderError::Codec)?,
        };
        (report.outcome, report.medium) = (Outcome::Spared, Some(medium));
        Ok(Answer::Head { medium, length, quality, is_hit })
    }

    /// What a rendition was when it was made, or else what it is to be.
    fn known(&self, decision: &Decision) -> Result<KnownHead, CodecError> {
        let known = self.results.get(&decision.tag).transpose()?;
        let expected = (decision.recipe.output.format.medium(), None, None);
        Ok(known.map_or(expected, |known| (known.medium, Some(known.length), known.quality)))
    }
}

/// An original as it is; what is no image only where that may be.
async fn sent(
    (original, is_for_images): (Original, bool),
    (validators, extent): (&Validators, Extent),
    report: &mut Report,
    gate: &impl Gate,
) -> Result<Answer, ServiceError> {
    let portion = match original.length() {
        Some(length) if extent == Extent::Whole => gate.portion(validators, length),
        Some(_) => Portion::Nothing,
        None => Portion::Whole,
    };
    let untouched =
        if is_for_images { original.stream(portion).await?.1 } else { original.stream_of_anything(portion).await? };
    (report.outcome, report.medium) = (Outcome::Untouched, untouched.format.map(Medium::from));
    Ok(Answer::Untouched(untouched))
}
