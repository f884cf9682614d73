//! `Service`: the order of work for one request. It must not know HTTP, the environment or metrics.

use std::sync::Arc;

use crate::cache::{Provenance, ResultCache};
use crate::codec::Codecs;
use crate::memo::Memo;
use crate::pipeline::{self, RenderError, Rendition, Workers};
use crate::report::{Outcome, Report, Stage};
use crate::request::{Facts, ImagePath, ImageRequest, OutputPolicy, Recipe, RecipeError, Stamp};
use crate::source::{Material, Original, Source, SourceError, Untouched};

/// Originals whose facts are remembered, so that a cached rendition costs no look at the original's header.
const REMEMBERED_FACTS: usize = 20_000;

/// Answers requests for images.
pub struct Service {
    /// Asked in turn until one has the original.
    sources: Vec<Box<dyn Source>>,
    codecs: Codecs,
    policy: OutputPolicy,
    workers: Workers,
    cache: Arc<ResultCache>,
    facts: Memo<(ImagePath, Stamp), Facts>,
}

/// What goes out.
pub enum Answer {
    Untouched(Untouched),
    Rendition { rendition: Rendition, is_hit: bool },
}

/// Why nothing goes out.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ServiceError {
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    #[error(transparent)]
    Render(#[from] RenderError),
}

impl From<SourceError> for ServiceError {
    fn from(error: SourceError) -> Self {
        Self::Render(error.into())
    }
}

impl Service {
    pub fn new(
        sources: Vec<Box<dyn Source>>,
        codecs: Codecs,
        policy: OutputPolicy,
        workers: Workers,
        cache: Arc<ResultCache>,
    ) -> Self {
        Self { sources, codecs, policy, workers, cache, facts: Memo::new(REMEMBERED_FACTS) }
    }

    /// Answers one request and reports what happened.
    ///
    /// # Errors
    /// There is no such original, it cannot be read or rendered as asked, or we are too busy.
    pub async fn answer(&self, request: &ImageRequest, report: &mut Report) -> Result<Answer, ServiceError> {
        match self.try_answer(request, report).await {
            // Everything was decided for another version than the one that came: decide anew, once.
            Err(ServiceError::Render(RenderError::Source(SourceError::Changed))) => {
                self.try_answer(request, report).await
            }
            answered => answered,
        }
    }

    async fn try_answer(&self, request: &ImageRequest, report: &mut Report) -> Result<Answer, ServiceError> {
        let original = self.find(&request.path).await?;
        report.origin = Some(original.origin);
        let answer = if request.transform.is_empty() {
            Answer::Untouched(original.stream().await?)
        } else {
            self.render(request, original, report).await?
        };
        match &answer {
            Answer::Untouched(untouched) => {
                report.outcome = Outcome::Untouched;
                report.format = Some(untouched.format);
            }
            Answer::Rendition { rendition, .. } => report.format = Some(rendition.format),
        }
        Ok(answer)
    }

    async fn find(&self, path: &ImagePath) -> Result<Original, SourceError> {
        for source in &self.sources {
            match source.find(path).await {
                Err(SourceError::NotFound) => {}
                found => return found,
            }
        }
        Err(SourceError::NotFound)
    }

    async fn render(
        &self,
        request: &ImageRequest,
        original: Original,
        report: &mut Report,
    ) -> Result<Answer, ServiceError> {
        let stamp = original.stamp;
        let known = (request.path.clone(), stamp);
        let (facts, content) = match self.facts.get(&known) {
            Some(facts) => (facts, Content::Unread(original)),
            None => {
                let material = original.material().await?;
                let facts = pipeline::probe(material.clone(), self.codecs.clone()).await?;
                self.facts.put(known, facts);
                (facts, Content::Open(material))
            }
        };
        let Some(recipe) = Recipe::new(&request.transform, &facts, &self.policy)? else {
            return Ok(Answer::Untouched(content.stream().await?));
        };
        let key = recipe.key(&request.path, &stamp, self.codecs.settings_digest());
        let (workers, codecs) = (self.workers.clone(), self.codecs.clone());
        let make = async move {
            let material = content.material().await?;
            let job = move |ticket: &_| pipeline::render(&material, &facts, &recipe, &codecs, ticket);
            let (rendered, queue_wait) = workers.run(job).await?;
            let (rendition, mut times) = rendered?;
            times.add(Stage::QueueWait, queue_wait);
            Ok((rendition, times))
        };
        let answer = self.cache.get_or_make(key, make).await?;
        report.times.merge(&answer.times);
        report.outcome = match answer.provenance {
            Provenance::Kept => Outcome::Hit,
            Provenance::Made => Outcome::Rendered,
            Provenance::Shared => Outcome::Shared,
        };
        let is_hit = answer.provenance == Provenance::Kept;
        Ok(Answer::Rendition { rendition: answer.rendition, is_hit })
    }
}

/// An original that may have been opened already, to look at its header.
enum Content {
    Unread(Original),
    Open(Material),
}

impl Content {
    async fn material(self) -> Result<Material, SourceError> {
        match self {
            Self::Unread(original) => original.material().await,
            Self::Open(material) => Ok(material),
        }
    }

    async fn stream(self) -> Result<Untouched, SourceError> {
        match self {
            Self::Unread(original) => original.stream().await,
            Self::Open(material) => material.stream().await,
        }
    }
}
