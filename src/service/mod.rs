//! `Service`: the order of work for one request. It must not know HTTP, the environment or metrics.

mod answer;
mod decide;
mod decision;
mod embed;
mod explain;
mod make;
mod point;
mod targets;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use codec::{CodecError, Codecs};

pub use answer::{Answer, Extent, Reply};
pub use embed::Portrait;
pub use explain::{CacheState, Explanation, InVain};

use self::decide::Task;
use self::decision::{Decision, DecisionKey};
use self::targets::Targets;
use crate::cache::{PointError, ResultCache};
use crate::generations::{Generations, KeepError};
use crate::memo::Memo;
use crate::pipeline::{Commons, RenderError};
use crate::rates::Toll;
use crate::report::{Outcome, Report, StageTimes};
use crate::request::{
    CacheTag, Delivery, EntityTag, Facts, Generation, Identity, ImagePath, ImageRequest, LimitError, Medium,
    OutputPolicy, QualityFound, RecipeError, Reference,
};
use crate::source::{Listing, Original, Portion, Source, SourceError};
use crate::workers::{WorkError, Workers};

/// Originals whose facts are remembered, so that a cached rendition costs no look at the original's header.
const REMEMBERED_FACTS: usize = 20_000;
/// Renditions of which it is remembered what came of them: for requests that want no body, and so that an original that
/// cannot be decoded is not decoded again and again.
const REMEMBERED_RESULTS: usize = 20_000;
/// Renditions of which it is remembered what was decided, so that a cached one is not decided again: some 2 KB for each.
const REMEMBERED_DECISIONS: usize = 4_000;
/// How often one request is decided, where another version comes than the one that it was decided for. The second time
/// its bytes are at hand; a third is for those who then shared the making of one who had yet to fetch them.
const MAX_DECISIONS: usize = 3;

/// Answers requests for images.
pub struct Service {
    /// Asked in turn until one has the original.
    sources: Vec<Box<dyn Source>>,
    codecs: Codecs,
    policy: Arc<OutputPolicy>,
    workers: Workers,
    commons: Commons,
    cache: Arc<ResultCache>,
    generations: Arc<Generations>,
    facts: Memo<Identity, Facts>,
    decisions: Memo<DecisionKey, Arc<Decision>>,
    targets: Targets,
    /// What came of renditions that were made, or what is wrong with the original.
    results: Arc<Memo<EntityTag, Result<Remembered, CodecError>>>,
    /// It is told later how long the making of a rendition took.
    explains: bool,
}

/// What is known of a rendition that was made.
#[derive(Debug, Clone)]
struct Remembered {
    /// What it is: of the original's own format, perhaps, where another was chosen.
    medium: Medium,
    /// Length in bytes.
    length: u64,
    /// What a search for its quality came to.
    quality: Option<QualityFound>,
    /// It is the original: encoded anew that would have no fewer bytes.
    is_original: bool,
    /// How long its stages took, where that is told of later.
    times: Option<Arc<StageTimes>>,
}

/// What tells one version of an answer from another. Remembered before any work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validators {
    /// Its entity tag.
    pub tag: EntityTag,
    /// When an untouched original was last changed, where its source knows. A rendition has no such time: other settings
    /// make another one of the same original.
    pub modified: Option<SystemTime>,
    /// When the original was last changed, whatever is made of it.
    pub original_modified: Option<SystemTime>,
}

impl Validators {
    /// Those of an original that goes out untouched.
    fn of_original(tag: EntityTag, modified: Option<SystemTime>) -> Self {
        Self { tag, modified, original_modified: modified }
    }
}

/// What came with a request besides its head.
#[derive(Debug, Clone, Default)]
pub struct Enclosure(pub Option<Bytes>);

/// Originals that came in place of those that were found: what is decided anew is decided for them, and is called by the
/// generation at which they were asked for.
#[derive(Default)]
struct Arrived(Vec<(Reference, Generation, Original)>);

/// Why nothing goes out.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ServiceError {
    /// It cannot be decided.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// It cannot be made.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// What was to lie over the picture is not to be had.
    #[error(transparent)]
    Other(Box<SourceError>),
    /// The original is too large for who asks.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// It cannot be stored where clients are led.
    #[error(transparent)]
    Point(#[from] PointError),
}

/// A verdict that spares work, given before it is done.
pub trait Gate: Sync {
    /// What is to be done instead.
    type Verdict;

    /// Once the validators are known, and nothing is read or made.
    fn at_validators(&self, validators: &Validators) -> Option<Self::Verdict>;

    /// What is to be paid for a rendition that has to be made.
    fn toll(&self) -> Option<Toll> {
        None
    }

    /// What will be read of an original of so many bytes that is sent untouched.
    fn portion(&self, validators: &Validators, length: u64) -> Portion;
}

impl From<SourceError> for ServiceError {
    fn from(error: SourceError) -> Self {
        Self::Render(error.into())
    }
}

impl ServiceError {
    /// The same, where it was about a picture that was to lie over another. What may be tried again stays as it is.
    fn of_other(self) -> Self {
        match self {
            Self::Render(RenderError::Source(
                error @ (SourceError::NotFound
                | SourceError::NotAnImage
                | SourceError::Remote(_)
                | SourceError::Upstream(_)),
            )) => Self::Other(Box::new(error)),
            error => error,
        }
    }

    /// Tells whether there is an original that could be sent, and only its rendition cannot be made.
    fn is_about_making(&self) -> bool {
        match self {
            Self::Recipe(_) => true,
            Self::Limit(_) | Self::Point(_) | Self::Other(_) => false,
            Self::Render(RenderError::Work(error)) => matches!(error, WorkError::TooDear { .. }),
            Self::Render(error) => matches!(error, RenderError::Codec(_) | RenderError::Recipe(_)),
        }
    }
}

impl Arrived {
    fn put(&mut self, reference: Reference, generation: Generation, original: Original) {
        self.0.retain(|(known, ..)| *known != reference);
        self.0.push((reference, generation, original));
    }

    fn get(&self, reference: &Reference) -> Option<(Generation, Original)> {
        let found = self.0.iter().find(|(known, ..)| known == reference);
        found.map(|(_, generation, original)| (*generation, original.clone()))
    }
}

impl Service {
    /// A service that asks these sources, in turn.
    pub fn new(
        sources: Vec<Box<dyn Source>>,
        codecs: Codecs,
        policy: OutputPolicy,
        (workers, commons): (Workers, Commons),
        cache: Arc<ResultCache>,
        generations: Arc<Generations>,
    ) -> Self {
        let targets = Targets::new(codecs.clone(), workers.clone(), commons.clone());
        Self {
            sources,
            codecs,
            policy: Arc::new(policy),
            workers,
            commons,
            cache,
            generations,
            facts: Memo::new(REMEMBERED_FACTS),
            decisions: Memo::new(REMEMBERED_DECISIONS),
            targets,
            results: Arc::new(Memo::new(REMEMBERED_RESULTS)),
            explains: false,
        }
    }

    /// The same, where it is remembered how long each rendition took, for who asks later: some 400 bytes for each.
    #[must_use]
    pub fn explaining(self, explains: bool) -> Self {
        Self { explains, ..self }
    }

    /// Tells whether all sources can find originals.
    pub fn is_ready(&self) -> bool {
        self.sources.iter().all(|source| source.is_ready())
    }

    /// Forgets what sources remember of an original that was changed, or of all.
    pub fn forget(&self, path: Option<&ImagePath>) {
        self.sources.iter().for_each(|source| source.forget(path));
    }

    /// Lists a folder of all sources that list any; the root where none is named.
    ///
    /// # Errors
    /// There is no such folder, nobody lists any, or one of them cannot be read.
    pub async fn list(&self, folder: Option<&ImagePath>) -> Result<Listing, SourceError> {
        let mut found: Option<Listing> = None;
        for listing in self.sources.iter().filter_map(|source| source.list(folder)) {
            match listing.await {
                Ok(listing) => {
                    found = Some(match found {
                        Some(first) => first.with(listing),
                        None => listing,
                    });
                }
                Err(SourceError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        found.ok_or(SourceError::NotFound)
    }

    /// Has all that was learnt or made of what these tags name found never again, by nobody, also where it lies over other
    /// pictures. Requests that are under way end as they began.
    ///
    /// # Errors
    /// That is so, but could not be written down, and ends with the program.
    pub async fn purge(&self, tags: Vec<CacheTag>) -> Result<(), KeepError> {
        self.cache.forget(tags.clone());
        self.generations.purge(tags).await
    }

    /// Answers one request and reports what happened; of a rendition whose head alone is wanted nothing is made. The gate
    /// sees the validators before any work is done; where it gives a verdict, that is the reply.
    ///
    /// # Errors
    /// There is no such original, it cannot be read or rendered as asked, or we are too busy.
    pub async fn answer<G: Gate>(
        &self,
        request: &ImageRequest,
        enclosure: Enclosure,
        extent: Extent,
        report: &mut Report,
        gate: &G,
    ) -> Result<(Reply<G::Verdict>, Validators), ServiceError> {
        let mut arrived = Arrived::default();
        let mut request = Cow::Borrowed(request);
        for _ in 1..MAX_DECISIONS {
            match self.try_answer(&request, enclosure.clone(), &arrived, extent, report, gate).await {
                // Everything was decided for another version than the one that came: decide anew, for that one.
                Err(ServiceError::Render(RenderError::Source(SourceError::Superseded {
                    reference,
                    generation,
                    by,
                }))) => {
                    arrived.put(reference, generation, *by);
                }
                Err(ServiceError::Render(RenderError::Source(SourceError::Changed))) => {}
                // The same was about to be made for another, who may have no more: it is made for this one.
                Err(ServiceError::Render(RenderError::TooOften(_)))
                    if gate.toll().is_some_and(|toll| !toll.was_asked()) => {}
                // The client asked for nothing, so that the original will do.
                Err(error) if request.wish.is_preference() && error.is_about_making() => {
                    request.to_mut().wish = Arc::default();
                }
                answered => return answered,
            }
        }
        self.try_answer(&request, enclosure, &arrived, extent, report, gate).await
    }

    async fn try_answer<G: Gate>(
        &self,
        request: &ImageRequest,
        enclosure: Enclosure,
        arrived: &Arrived,
        extent: Extent,
        report: &mut Report,
        gate: &G,
    ) -> Result<(Reply<G::Verdict>, Validators), ServiceError> {
        let mut decided = self.decide(request, enclosure, arrived, report).await?;
        match &mut decided.work {
            Task::Render(rendering) => rendering.toll = gate.toll(),
            Task::Embed(sketch) => sketch.charge(gate.toll()),
            _ => {}
        }
        let validators = decided.validators;
        // What is told of an original is not the original, though it has its tag; nor is where it is.
        let is_sent = !matches!(
            request.delivery,
            Delivery::Tell | Delivery::Embed { .. } | Delivery::Point(_) | Delivery::Explain(_)
        );
        let reply = match Some(gate).filter(|_| is_sent).and_then(|gate| gate.at_validators(&validators)) {
            Some(verdict) => {
                report.outcome = Outcome::Spared;
                Reply::Spared(verdict)
            }
            None if matches!(request.delivery, Delivery::Explain(_)) => {
                // Boxed, for others to carry no room for it.
                Reply::Explained(Box::new(Box::pin(self.explain(request, decided, report)).await?))
            }
            None => Reply::Answer(match &request.delivery {
                // Boxed, for others to carry no room for it.
                Delivery::Point(name) => Box::pin(self.point(request, name, decided, report)).await?,
                _ => self.work(decided, extent, report, gate).await?,
            }),
        };
        Ok((reply, validators))
    }
}
