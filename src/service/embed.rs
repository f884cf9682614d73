//! What a page needs to show a picture: its facts, its version, and a very small one where that is asked for.

use std::sync::Arc;

use bytes::Bytes;

use super::decide::{Decided, Found, Rendering, Task};
use super::{Answer, Arrived, Service, ServiceError, Validators};
use crate::pipeline::RenderError;
use crate::rates::Toll;
use crate::report::{Outcome, Report};
use crate::request::{Facts, Identity, ImageRequest, OutputPolicy, Recipe, VersionName, Wish};
use crate::source::Original;

/// What a page is written by.
#[derive(Debug, Clone)]
pub struct Portrait {
    /// What the header of the original says.
    pub facts: Facts,
    /// Its version.
    pub version: VersionName,
    /// What the operator decided for all renditions.
    pub policy: Arc<OutputPolicy>,
    /// A data URI of it, very small.
    pub placeholder: Option<Bytes>,
}

/// What is known of it before anything is made.
pub(super) struct Sketch {
    pub facts: Facts,
    version: VersionName,
    placeholder: Option<Rendering>,
}

impl Sketch {
    /// Lets what is to be made be paid for.
    pub(super) fn charge(&mut self, toll: Option<Toll>) {
        if let Some(placeholder) = &mut self.placeholder {
            placeholder.toll = toll;
        }
    }
}

impl Service {
    /// Finds out whether what is asked for can be made, and makes nothing.
    ///
    /// # Errors
    /// It cannot be made, or an original that is laid over it is not there.
    pub(super) async fn sketch(
        &self,
        request: &ImageRequest,
        with_placeholder: bool,
        (identity, original): (Identity, Original),
        arrived: &Arrived,
        report: &mut Report,
    ) -> Result<Decided, ServiceError> {
        let validators = Validators::of_original(identity.tag(), original.modified);
        let version = VersionName::of(&identity);
        let picture = self.allowed(request, identity, original).await?;
        let facts = picture.facts;
        self.recipe(&request.wish, &picture, arrived, report).await?;
        let placeholder = if with_placeholder {
            let (recipe, others) = self.recipe(&request.wish.placeholder(), &picture, arrived, report).await?;
            recipe.map(|recipe| self.rendering(recipe, picture, others))
        } else {
            None
        };
        Ok(Decided { validators, work: Task::Embed(Box::new(Sketch { facts, version, placeholder })) })
    }

    async fn recipe(
        &self,
        wish: &Wish,
        picture: &Found,
        arrived: &Arrived,
        report: &mut Report,
    ) -> Result<(Option<Recipe>, Vec<Found>), ServiceError> {
        let mut wish = wish.marked(&self.policy);
        report.others.clear();
        let others = self.find_others(&mut wish, arrived, report).await?;
        let known: Vec<_> = others.iter().map(|other| (&other.identity.reference, other.facts.displayed())).collect();
        let recipe = Recipe::new(&wish, &picture.facts, &known, &self.policy)?;
        Ok((recipe, others))
    }

    pub(super) async fn embed(&self, sketch: Sketch, report: &mut Report) -> Result<Answer, RenderError> {
        let Sketch { facts, version, placeholder } = sketch;
        let placeholder = match placeholder {
            Some(rendering) => {
                let kept = self.rendition(rendering).await?;
                report.times.merge(&kept.times);
                Some(kept.rendition.bytes)
            }
            None => None,
        };
        report.outcome = Outcome::Said;
        Ok(Answer::Embedded(Box::new(Portrait { facts, version, policy: Arc::clone(&self.policy), placeholder })))
    }
}
