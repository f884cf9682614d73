//! `Service`: the order of work for one request. It must not know HTTP, the environment or metrics.

use std::sync::Arc;
use std::time::SystemTime;

use crate::cache::{Provenance, ResultCache};
use crate::memo::Memo;
use crate::pipeline::{self, Footprint, Made, RenderError, Rendition, Workers};
use crate::report::{Outcome, Report, Stage, StageTimes};
use crate::request::{EntityTag, Facts, Format, ImagePath, ImageRequest, OutputPolicy, Recipe, RecipeError, Stamp};
use crate::source::{Material, Original, Source, SourceError, Untouched};
use codec::{CodecError, Codecs};

/// Originals whose facts are remembered, so that a cached rendition costs no look at the original's header.
const REMEMBERED_FACTS: usize = 20_000;
/// Renditions of which it is remembered what came of them: for requests that want no body, and so that an original that
/// cannot be decoded is not decoded again and again.
const REMEMBERED_RESULTS: usize = 20_000;

/// Answers requests for images.
pub struct Service {
    /// Asked in turn until one has the original.
    sources: Vec<Box<dyn Source>>,
    codecs: Codecs,
    policy: OutputPolicy,
    workers: Workers,
    cache: Arc<ResultCache>,
    facts: Memo<(ImagePath, Stamp), Facts>,
    /// What came of renditions that were made, or what is wrong with the original.
    results: Arc<Memo<EntityTag, Result<Known, CodecError>>>,
}

/// What is known of a rendition that was made.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// Length in bytes.
    length: u64,
    /// It is the original: encoded anew that would have no fewer bytes.
    is_original: bool,
}

/// What tells one version of an answer from another. Known before any work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validators {
    pub tag: EntityTag,
    /// When the original was last changed, where its source knows.
    pub modified: Option<SystemTime>,
}

/// What goes out.
pub enum Answer {
    Untouched(Untouched),
    Rendition {
        rendition: Rendition,
        is_hit: bool,
    },
    /// What is known of a rendition that was not made, for nobody wants its bytes.
    Head {
        format: Format,
        /// In bytes; known where the rendition was made not long ago.
        length: Option<u64>,
        /// Whether the rendition is in memory.
        is_hit: bool,
    },
}

/// How much of an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    Whole,
    Head,
}

/// What a request comes to.
pub enum Reply<V> {
    Answer(Answer),
    /// Nothing was read or made: the verdict on the validators was enough.
    Spared(V),
}

/// Why nothing goes out.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ServiceError {
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    #[error(transparent)]
    Render(#[from] RenderError),
}

/// A request of which everything is decided and nothing done.
struct Decided {
    validators: Validators,
    work: Work,
}

enum Work {
    Send(Content),
    Render { key: String, stamp: Stamp, content: Content, facts: Facts, recipe: Recipe },
}

/// An original that may have been opened already, to look at its header.
enum Content {
    Unread(Original),
    Open(Material),
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
        Self {
            sources,
            codecs,
            policy,
            workers,
            cache,
            facts: Memo::new(REMEMBERED_FACTS),
            results: Arc::new(Memo::new(REMEMBERED_RESULTS)),
        }
    }

    /// Tells whether all sources can find originals.
    pub fn is_ready(&self) -> bool {
        self.sources.iter().all(|source| source.is_ready())
    }

    /// Answers one request and reports what happened; of a rendition whose head alone is wanted nothing is made. `spare`
    /// sees the validators before any work is done; where it gives a verdict, that is the reply.
    ///
    /// # Errors
    /// There is no such original, it cannot be read or rendered as asked, or we are too busy.
    pub async fn answer<V>(
        &self,
        request: &ImageRequest,
        extent: Extent,
        report: &mut Report,
        spare: impl Fn(&Validators) -> Option<V>,
    ) -> Result<(Reply<V>, Validators), ServiceError> {
        match self.try_answer(request, extent, report, &spare).await {
            // Everything was decided for another version than the one that came: decide anew, once.
            Err(ServiceError::Render(RenderError::Source(SourceError::Changed))) => {
                self.try_answer(request, extent, report, &spare).await
            }
            answered => answered,
        }
    }

    async fn try_answer<V>(
        &self,
        request: &ImageRequest,
        extent: Extent,
        report: &mut Report,
        spare: impl Fn(&Validators) -> Option<V>,
    ) -> Result<(Reply<V>, Validators), ServiceError> {
        let Decided { validators, work } = self.decide(request, report).await?;
        let reply = match spare(&validators) {
            Some(verdict) => {
                report.outcome = Outcome::Spared;
                Reply::Spared(verdict)
            }
            None => Reply::Answer(self.work(&request.path, work, extent, validators.tag, report).await?),
        };
        Ok((reply, validators))
    }

    async fn decide(&self, request: &ImageRequest, report: &mut Report) -> Result<Decided, ServiceError> {
        let original = self.find(&request.path).await?;
        report.origin = Some(original.origin);
        let (stamp, modified) = (original.stamp, original.modified);
        report.modified = modified;
        let untouched = |content| {
            let validators = Validators { tag: EntityTag::of(&stamp.to_string()), modified };
            Decided { validators, work: Work::Send(content) }
        };
        if request.transform.is_empty() {
            return Ok(untouched(Content::Unread(original)));
        }
        let (facts, content) = self.facts(&request.path, original).await?;
        let Some(recipe) = Recipe::new(&request.transform, &facts, &self.policy)? else {
            return Ok(untouched(content));
        };
        let key = recipe.key(&request.path, &stamp, self.codecs.settings_digest());
        let validators = Validators { tag: EntityTag::of(&key), modified };
        Ok(Decided { validators, work: Work::Render { key, stamp, content, facts, recipe } })
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

    /// What the header says, remembered or read now.
    async fn facts(&self, path: &ImagePath, original: Original) -> Result<(Facts, Content), ServiceError> {
        let known = (path.clone(), original.stamp);
        if let Some(facts) = self.facts.get(&known) {
            return Ok((facts, Content::Unread(original)));
        }
        let material = original.material().await?;
        let facts = pipeline::probe(material.clone(), self.codecs.clone()).await?;
        self.facts.put(known, facts);
        Ok((facts, Content::Open(material)))
    }

    async fn work(
        &self,
        path: &ImagePath,
        work: Work,
        extent: Extent,
        tag: EntityTag,
        report: &mut Report,
    ) -> Result<Answer, ServiceError> {
        match work {
            Work::Send(content) => {
                let untouched = content.stream().await?;
                report.outcome = Outcome::Untouched;
                report.format = Some(untouched.format);
                Ok(Answer::Untouched(untouched))
            }
            Work::Render { key, recipe, .. } if extent == Extent::Head => {
                let format = recipe.format.format();
                (report.outcome, report.format) = (Outcome::Spared, Some(format));
                let kept = self.cache.get_from_memory(&key).map(|rendition| rendition.bytes.len() as u64);
                let length = kept.map_or_else(|| self.known_length(&tag), |length| Ok(Some(length)));
                Ok(Answer::Head { format, length: length.map_err(RenderError::Codec)?, is_hit: kept.is_some() })
            }
            Work::Render { key, stamp, content, facts, recipe } => {
                let original = (path.clone(), stamp);
                let answer = self.cache.get_or_make(key, self.make(original, content, facts, recipe, tag)).await?;
                report.times.merge(&answer.times);
                report.format = Some(answer.rendition.format);
                report.outcome = match answer.provenance {
                    Provenance::Kept => Outcome::Hit,
                    Provenance::Made => Outcome::Rendered,
                    Provenance::Shared => Outcome::Shared,
                };
                let is_hit = answer.provenance == Provenance::Kept;
                Ok(Answer::Rendition { rendition: answer.rendition, is_hit })
            }
        }
    }

    fn known_length(&self, tag: &EntityTag) -> Result<Option<u64>, CodecError> {
        self.results.get(tag).transpose().map(|known| known.map(|known| known.length))
    }

    /// Makes a rendition on the workers, and remembers what came of it.
    fn make(
        &self,
        (path, stamp): (ImagePath, Stamp),
        content: Content,
        facts: Facts,
        recipe: Recipe,
        tag: EntityTag,
    ) -> impl Future<Output = Result<(Rendition, StageTimes), RenderError>> + use<> {
        let (workers, codecs, results) = (self.workers.clone(), self.codecs.clone(), Arc::clone(&self.results));
        async move {
            let known = results.get(&tag).transpose()?;
            let material = content.material().await?;
            let (made, queue_wait) = if known.is_some_and(|known| known.is_original) {
                let footprint = Footprint::of_original(material.length());
                workers.run(footprint, move |_| pipeline::keep(material, facts.format)).await?
            } else {
                let footprint = Footprint::of(&facts, &recipe, material.length(), &codecs)?;
                let share = workers.share(path, stamp);
                let job = move |ticket: &_| pipeline::make(material, &facts, &recipe, &codecs, ticket, Some(&share));
                workers.run(footprint, job).await?
            };
            match &made {
                Ok(Made { rendition, is_original, .. }) => {
                    let known = Known { length: rendition.bytes.len() as u64, is_original: *is_original };
                    results.put(tag, Ok(known));
                }
                // The library failed, not the original.
                Err(RenderError::Codec(CodecError::Encode { .. })) => {}
                Err(RenderError::Codec(error)) => results.put(tag, Err(error.clone())),
                Err(_) => {}
            }
            let Made { rendition, mut times, .. } = made?;
            times.add(Stage::QueueWait, queue_wait);
            Ok((rendition, times))
        }
    }
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
