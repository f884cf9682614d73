//! Has what a request asks for stored where clients are led, and tells where that is.

use super::decide::{Decided, Task};
use super::{Service, ServiceError, Validators};
use crate::cache::PointError;
use crate::pipeline::{self, RenderError, Rendition};
use crate::report::{Outcome, Report};
use crate::request::{CacheTag, Format, ImageRequest, StoredName};
use crate::service::Answer;
use crate::source::{Original, Portion};

impl Service {
    pub(super) async fn point(
        &self,
        request: &ImageRequest,
        name: &StoredName,
        decided: Decided,
        report: &mut Report,
    ) -> Result<Answer, ServiceError> {
        let points = self.cache.points().ok_or(PointError::Nowhere)?;
        let Decided { validators: Validators { tag, .. }, work } = decided;
        let medium = match &work {
            Task::Tell(facts) => facts.format.into(),
            Task::Embed(_) => return Err(PointError::Nowhere.into()),
            Task::Send { original, .. } | Task::Clean(original) => {
                original.clone().stream(Portion::Nothing).await?.0.into()
            }
            Task::Render(rendering) => rendering.decision.recipe.output.format.medium(),
        };
        let place = match points.find(name, medium, &tag).await {
            Some(place) => place,
            None => {
                let rendition = match work {
                    Task::Render(rendering) => self.made(*rendering, report).await?,
                    Task::Send { original, .. } | Task::Clean(original) => {
                        self.copied(original, medium.format()).await?
                    }
                    Task::Tell(_) | Task::Embed(_) => return Err(PointError::Nowhere.into()),
                };
                let picture = CacheTag::all_of(&request.original).next().unwrap_or(CacheTag::of_everything());
                points.keep(name, medium, &tag, picture, rendition).await?
            }
        };
        (report.outcome, report.medium) = (Outcome::Redirected, Some(medium));
        Ok(Answer::Elsewhere { medium, place })
    }

    async fn made(&self, rendering: super::decide::Rendering, report: &mut Report) -> Result<Rendition, RenderError> {
        let kept = self.rendition(rendering).await?;
        report.times.merge(&kept.times);
        Ok(kept.rendition)
    }

    /// The original as a rendition, read within the budget for all work.
    async fn copied(&self, original: Original, format: Option<Format>) -> Result<Rendition, RenderError> {
        let format = format.ok_or(crate::source::SourceError::NotAnImage)?;
        let material = original.material().await?;
        let footprint = pipeline::footprint_of_original(material.length());
        let (made, _) = self.workers.run(footprint, move |_| pipeline::keep(material, format, None)).await?;
        Ok(made?.rendition)
    }
}
