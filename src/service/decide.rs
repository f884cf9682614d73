//! Finds the originals that a request names, and decides what becomes of them. Nothing is made.

use super::{Arrived, Enclosure, Service, ServiceError, Validators};
use crate::pipeline;
use crate::report::Report;
use crate::request::{EntityTag, Facts, Identity, ImageRequest, Recipe, Reference};
use crate::source::{Original, SourceError};

/// A request of which everything is decided and nothing done.
pub(super) struct Decided {
    pub validators: Validators,
    pub work: Work,
}

pub(super) enum Work {
    Send(Original),
    Render(Box<Rendering>),
}

/// A rendition that may have to be made.
pub(super) struct Rendering {
    pub key: String,
    pub recipe: Recipe,
    pub picture: Found,
    /// What is laid over the picture, in the order of the recipe's numbers.
    pub others: Vec<Found>,
    /// Another request will not ask for the same.
    pub is_single: bool,
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
        let original = self.find(&request.original, enclosure, arrived).await?;
        report.origin = Some(original.origin);
        report.modified = original.modified;
        let identity = Identity { reference: request.original.clone(), stamp: original.stamp };
        if request.wish.is_empty() {
            return Ok(Decided::untouched(&identity, original));
        }
        let picture = self.with_facts(identity, original).await?;
        let mut others = Vec::new();
        for reference in request.wish.others() {
            let original = self.find(reference, Enclosure::default(), arrived).await?;
            let identity = Identity { reference: reference.clone(), stamp: original.stamp };
            others.push(self.with_facts(identity, original).await?);
        }
        let known: Vec<_> = others.iter().map(|other| (&other.identity.reference, other.facts.displayed())).collect();
        let Some(recipe) = Recipe::new(&request.wish, &picture.facts, &known, &self.policy)? else {
            return Ok(Decided::untouched(&picture.identity, picture.original));
        };
        let identities: Vec<_> = [&picture].into_iter().chain(&others).map(|found| found.identity.clone()).collect();
        let key = recipe.key(&identities, self.codecs.settings_digest());
        let validators = Validators { tag: EntityTag::of(&key), modified: None };
        let is_single = request.original == Reference::Body;
        let work = Work::Render(Box::new(Rendering { key, recipe, picture, others, is_single }));
        Ok(Decided { validators, work })
    }

    async fn find(
        &self,
        reference: &Reference,
        enclosure: Enclosure,
        arrived: &Arrived,
    ) -> Result<Original, SourceError> {
        if let (Reference::Body, Some(bytes)) = (reference, enclosure.0) {
            return Ok(Original::given(bytes));
        }
        if let Some(original) = arrived.get(reference) {
            return Ok(original);
        }
        for source in &self.sources {
            match source.find(reference).await {
                Err(SourceError::NotFound) => {}
                found => return found,
            }
        }
        Err(SourceError::NotFound)
    }

    /// What the header says, remembered or read now.
    async fn with_facts(&self, identity: Identity, original: Original) -> Result<Found, ServiceError> {
        if let Some(facts) = self.facts.get(&identity) {
            return Ok(Found { identity, facts, original });
        }
        let (original, material) = original.opened().await?;
        let facts = pipeline::probe(material, self.codecs.clone()).await?;
        self.facts.put(identity.clone(), facts);
        Ok(Found { identity, facts, original })
    }
}

impl Decided {
    fn untouched(identity: &Identity, original: Original) -> Self {
        let validators = Validators { tag: identity.tag(), modified: original.modified };
        Self { validators, work: Work::Send(original) }
    }
}
