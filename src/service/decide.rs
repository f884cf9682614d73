//! Finds the originals that a request names, and decides what becomes of them. Nothing is made.

use std::borrow::Cow;
use std::iter;
use std::sync::Arc;

use bytes::Bytes;

use super::decision::{self, Decision, DecisionKey};
use super::embed::Sketch;
use super::{Arrived, Enclosure, Service, ServiceError, Validators};
use crate::cache::ResultName;
use crate::pipeline::{self, Order};
use crate::rates::Toll;
use crate::report::Report;
use crate::request::{
    AnimationLimit, AnimationPolicy, CacheTag, Delivery, EntityTag, Facts, Generation, Identity, ImageRequest,
    LimitError, OriginalLimit, Other, OutputPolicy, Recipe, Reference, Wish,
};
use crate::source::{Material, Original, SourceError};
use crate::workers::Footprint;

/// A request of which everything is decided and nothing done.
pub(super) struct Decided {
    pub validators: Validators,
    pub work: Task,
}

pub(super) enum Task {
    Send {
        original: Original,
        /// What is no image does not go out.
        is_for_images: bool,
    },
    /// A drawing, without what could run.
    Clean(Original),
    Tell(Box<Facts>),
    Render(Box<Rendering>),
    Embed(Box<Sketch>),
}

/// A rendition that may have to be made.
pub(super) struct Rendering {
    pub decision: Arc<Decision>,
    pub picture: Found,
    /// What is laid over the picture, in the order of the recipe's numbers.
    pub others: Vec<Found>,
    /// Another request will not ask for the same, or is not to get this one.
    pub is_single: bool,
    /// The client is not to be sent elsewhere for it.
    pub stays: bool,
    /// What is to be paid before it is made.
    pub toll: Option<Toll>,
}

/// An original that was found, and what its header says.
pub(super) struct Found {
    pub identity: Identity,
    pub facts: Facts,
    pub original: Original,
}

impl Service {
    pub(super) async fn decide(
        &self,
        request: &ImageRequest,
        enclosure: Enclosure,
        arrived: &Arrived,
        report: &mut Report,
    ) -> Result<Decided, ServiceError> {
        let (identity, original) = if request.alternatives.is_empty() {
            self.find(&request.original, enclosure, arrived).await?
        } else {
            self.find_first(request, arrived).await?
        };
        report.found_as = Some(&identity.reference).filter(|found| **found != request.original).cloned();
        report.origin = Some(original.origin);
        report.modified = original.modified;
        report.is_claimed_rightly = request.claimed.as_ref().map(|claimed| claimed.is_of(&identity));
        report.others.clear();
        if let Some(bytes) = identity.stamp.length() {
            request.limit.check_bytes(bytes)?;
        }
        if request.delivery == Delivery::Tell {
            let validators = Validators::of_original(identity.tag(), original.modified);
            let Found { facts, .. } = self.allowed(request, identity, original).await?;
            return Ok(Decided { validators, work: Task::Tell(Box::new(facts)) });
        }
        if let Delivery::Embed { with_placeholder } = request.delivery {
            // Boxed, for others to carry no room for it.
            let sketching = self.sketch(request, with_placeholder, (identity, original), arrived, report);
            return Box::pin(sketching).await;
        }
        if request.wish.is_empty() || request.delivery == Delivery::Raw {
            let is_for_images = request.delivery != Delivery::Raw;
            return Ok(Decided::untouched(&identity, original, is_for_images));
        }
        let (decision, identity) = self.known_decision(&request.wish, identity);
        let picture = match &decision {
            Some(decision) => Found { identity, facts: decision.facts, original },
            None => self.with_facts(identity, original).await?,
        };
        picture.check(request.limit)?;
        report.original = Some((picture.facts.condition.bytes, picture.facts.displayed()));
        report.dimensions = Some(picture.facts.displayed());
        if request.keeps(&picture.facts) {
            return Ok(Decided::kept(request, picture));
        }
        match decision {
            Some(decision) => Ok(Decided::rendition(request, decision, (picture, Vec::new()), report)),
            // Boxed, for what is decided already to carry no room for it.
            None => Box::pin(self.decide_picture(request, picture, arrived, report)).await,
        }
    }

    /// What becomes of a picture that was found, of which something is asked.
    async fn decide_picture(
        &self,
        request: &ImageRequest,
        picture: Found,
        arrived: &Arrived,
        report: &mut Report,
    ) -> Result<Decided, ServiceError> {
        let mut wish = request.wish.marked(&self.policy);
        let is_alone = wish.others().is_empty();
        let others = self.find_others(&mut wish, arrived, report).await?;
        let known: Vec<_> = others.iter().map(|other| (&other.identity.reference, other.facts.displayed())).collect();
        let Some(recipe) = Recipe::new(&wish, &picture.facts, &known, &self.policy)? else {
            return Ok(Decided::untouched(&picture.identity, picture.original, true));
        };
        let (recipe, stilled_by) = self.affordable(recipe, &wish, &picture, &known)?;
        let decision = Arc::new(Decision { stilled_by, ..self.decision(recipe, &picture, &others) });
        // What lies over it may be another one next time.
        if is_alone && decision::may_come_again(&request.wish) {
            let asked = DecisionKey { identity: picture.identity.clone(), wish: Arc::clone(&request.wish) };
            self.decisions.put(asked, Arc::clone(&decision));
        }
        Ok(Decided::rendition(request, decision, (picture, others), report))
    }

    /// What was decided for a wish and a version of an original, where that is remembered; and that version.
    fn known_decision(&self, wish: &Arc<Wish>, identity: Identity) -> (Option<Arc<Decision>>, Identity) {
        if !decision::may_come_again(wish) {
            return (None, identity);
        }
        let asked = DecisionKey { identity, wish: Arc::clone(wish) };
        (self.decisions.get(&asked), asked.identity)
    }

    fn decision(&self, recipe: Recipe, picture: &Found, others: &[Found]) -> Decision {
        let identities = iter::once(picture).chain(others).map(|found| &found.identity);
        let key = recipe.key(identities, self.codecs.settings_digest(recipe.output.format));
        Decision { tag: EntityTag::of(&key), key, recipe, facts: picture.facts, stilled_by: None }
    }

    /// What is to be made, and kept like any other.
    pub(super) fn rendering(&self, recipe: Recipe, picture: Found, others: Vec<Found>) -> Rendering {
        let decision = Arc::new(self.decision(recipe, &picture, &others));
        Rendering { decision, picture, others, is_single: false, stays: false, toll: None }
    }

    /// The recipe, or that of a still where the animation would take more memory than there is; and what made a still of
    /// it. Whoever asked for a picture has more of a still than of a refusal.
    fn affordable(
        &self,
        recipe: Recipe,
        wish: &Wish,
        picture: &Found,
        others: &[Other<'_>],
    ) -> Result<(Recipe, Option<AnimationLimit>), ServiceError> {
        if recipe.output.is_animated && self.is_too_dear(&recipe, picture) {
            let policy = OutputPolicy { animation: AnimationPolicy::STILL, ..OutputPolicy::clone(&self.policy) };
            if let Some(still) = Recipe::new(wish, &picture.facts, others, &policy)? {
                return Ok((still, Some(AnimationLimit::Memory)));
            }
        }
        let stilled_by = recipe.stilled_by(&picture.facts, &self.policy);
        Ok((recipe, stilled_by))
    }

    /// Tells whether an animation would be refused for the memory that it takes, as far as that is known before it is read.
    fn is_too_dear(&self, recipe: &Recipe, picture: &Found) -> bool {
        let unread = Material::Memory(Bytes::new());
        let order = Order::of(picture.facts, unread, recipe.clone(), &self.policy);
        let Ok(Footprint { peak_bytes, is_light }) = pipeline::footprint(&order, &self.codecs) else { return false };
        // The file, and the chunks of one frame.
        let original_bytes = picture.identity.stamp.length().unwrap_or_default() * 2;
        !self.workers.has_room_for(Footprint { peak_bytes: peak_bytes + original_bytes, is_light })
    }

    async fn find(
        &self,
        reference: &Reference,
        enclosure: Enclosure,
        arrived: &Arrived,
    ) -> Result<(Identity, Original), SourceError> {
        let found = |generation, original: Original| {
            (Identity { reference: reference.clone(), stamp: original.stamp, generation }, original)
        };
        if let (Reference::Body, Some(bytes)) = (reference, enclosure.0) {
            return Ok(found(Generation::NONE, Original::given(bytes)));
        }
        if let Reference::Given(picture) = reference {
            return Ok(found(Generation::NONE, Original::given(picture.bytes())));
        }
        if let Some((generation, original)) = arrived.get(reference) {
            return Ok(found(generation, original));
        }
        // First of all: what is purged while it is looked for has its old name, and is not found under the new one.
        let generation = self.generations.of(reference);
        for source in &self.sources {
            match source.find(reference, generation).await {
                Err(SourceError::NotFound) => {}
                original => return Ok(found(generation, original?)),
            }
        }
        Err(SourceError::NotFound)
    }

    /// What is to lie over the picture, in the order of the wish. What is not to be had and may be missing is taken out of it.
    pub(super) async fn find_others(
        &self,
        wish: &mut Cow<'_, Wish>,
        arrived: &Arrived,
        report: &mut Report,
    ) -> Result<Vec<Found>, ServiceError> {
        let named: Vec<_> = wish.others().into_iter().cloned().collect();
        let mut others = Vec::with_capacity(named.len());
        for reference in named {
            let found = match self.find_other(&reference, arrived).await {
                Ok((identity, original)) => self.with_facts(identity, original).await,
                Err(error) => Err(error.into()),
            };
            match (found, wish.without(&reference)) {
                (Err(_), Some(rest)) => *wish = Cow::Owned(rest),
                (found, _) => {
                    others.push(found.map_err(ServiceError::of_other)?);
                    report.others.push(reference);
                }
            }
        }
        Ok(others)
    }

    /// A picture with its facts, unless it is too large for who asks.
    pub(super) async fn allowed(
        &self,
        request: &ImageRequest,
        identity: Identity,
        original: Original,
    ) -> Result<Found, ServiceError> {
        let found = self.with_facts(identity, original).await?;
        found.check(request.limit)?;
        Ok(found)
    }

    /// The first of all names of a picture that there is: all of them in one source, and then in the next. A look at a disk
    /// costs less than a question to a server.
    async fn find_first(&self, request: &ImageRequest, arrived: &Arrived) -> Result<(Identity, Original), SourceError> {
        if let Some((reference, (generation, original))) =
            request.names().find_map(|reference| Some((reference, arrived.get(reference)?)))
        {
            return Ok((Identity { reference: reference.clone(), stamp: original.stamp, generation }, original));
        }
        let names: Vec<_> = request.names().map(|reference| (reference, self.generations.of(reference))).collect();
        for source in &self.sources {
            for (reference, generation) in &names {
                match source.find(reference, *generation).await {
                    Err(SourceError::NotFound) => {}
                    found => {
                        let original = found?;
                        let (reference, stamp) = (Reference::clone(reference), original.stamp);
                        return Ok((Identity { reference, stamp, generation: *generation }, original));
                    }
                }
            }
        }
        Err(SourceError::NotFound)
    }

    /// What is to lie over a picture. It is no fault of the client's where that of the operator is missing.
    async fn find_other(&self, reference: &Reference, arrived: &Arrived) -> Result<(Identity, Original), SourceError> {
        let found = self.find(reference, Enclosure::default(), arrived).await;
        let is_own = self.policy.watermark.as_ref().is_some_and(|watermark| watermark.original == *reference);
        if is_own && matches!(found, Err(SourceError::NotFound)) {
            tracing::error!("there is no watermark {reference}: no rendition is made without it");
        }
        found
    }

    /// What the header says, remembered or read now.
    pub(super) async fn with_facts(&self, identity: Identity, original: Original) -> Result<Found, ServiceError> {
        if let Some(facts) = self.facts.get(&identity) {
            return Ok(Found { identity, facts, original });
        }
        let from_beginning = match original.beginning() {
            Some(beginning) => pipeline::probe_beginning(beginning, self.codecs.clone()).await?,
            None => None,
        };
        let (original, facts) = match from_beginning {
            Some(facts) => (original, facts),
            None => {
                let (original, material) = original.opened().await?;
                (original, pipeline::probe(material, self.codecs.clone()).await?)
            }
        };
        if let Some(unread) = facts.drawing.and_then(|drawing| drawing.unread) {
            tracing::warn!("{} is not drawn as it is meant: {unread} is not understood", identity.reference);
        }
        self.facts.put(identity.clone(), facts);
        Ok(Found { identity, facts, original })
    }
}

impl Found {
    /// # Errors
    /// It is larger than that.
    fn check(&self, limit: OriginalLimit) -> Result<(), LimitError> {
        limit.check_bytes(self.facts.condition.bytes)?;
        limit.check_pixels(self.facts.stored)
    }
}

impl Rendering {
    /// The name under which servers share it.
    pub(super) fn name(&self) -> ResultName {
        let picture = CacheTag::all_of(&self.picture.identity.reference).next();
        let medium = self.decision.recipe.output.format.medium();
        ResultName::new(picture.unwrap_or(CacheTag::of_everything()), &self.decision.tag, medium)
    }
}

impl Decided {
    fn untouched(identity: &Identity, original: Original, is_for_images: bool) -> Self {
        let validators = Validators::of_original(identity.tag(), original.modified);
        Self { validators, work: Task::Send { original, is_for_images } }
    }

    /// The original as it is, though something is asked.
    fn kept(request: &ImageRequest, Found { identity, facts, original }: Found) -> Self {
        let validators = Validators::of_original(identity.tag(), original.modified);
        let cleans = request.cleans(&facts);
        let work = if cleans { Task::Clean(original) } else { Task::Send { original, is_for_images: true } };
        Self { validators, work }
    }

    fn rendition(
        request: &ImageRequest,
        decision: Arc<Decision>,
        (picture, others): (Found, Vec<Found>),
        report: &mut Report,
    ) -> Self {
        report.stilled_by = decision.stilled_by;
        report.dimensions = decision.recipe.dimensions(&decision.facts);
        let validators = Validators { tag: decision.tag, modified: None, original_modified: picture.original.modified };
        let is_single = request.original == Reference::Body || request.delivery == Delivery::Fresh;
        let stays = is_single || matches!(request.delivery, Delivery::Here | Delivery::Kept(_));
        Self {
            validators,
            work: Task::Render(Box::new(Rendering { decision, picture, others, is_single, stays, toll: None })),
        }
    }
}
