//! Has renditions made on the workers, and remembers what came of them.

use std::sync::Arc;
use std::time::Duration;

use codec::CodecError;

use super::decide::{Found, Rendering};
use super::{Remembered, Service};
use crate::memo::Memo;
use crate::pipeline::{self, Ingredient, Made, Order, RenderError, Rendition};
use crate::report::{Stage, StageTimes};
use crate::request::{EntityTag, Reference};
use crate::source::SourceError;

impl Service {
    /// Makes a rendition on the workers.
    pub(super) fn make(
        &self,
        rendering: Rendering,
    ) -> impl Future<Output = Result<(Rendition, StageTimes), RenderError>> + use<> {
        let (workers, codecs, results) = (self.workers.clone(), self.codecs.clone(), Arc::clone(&self.results));
        let explains = self.explains;
        let (policy, commons, targets) = (Arc::clone(&self.policy), self.commons.clone(), self.targets.clone());
        async move {
            let Rendering { decision, picture, others, toll, .. } = rendering;
            let tag = decision.tag;
            let known = results.get(&tag).transpose()?;
            toll.map_or(Ok(()), |toll| toll.pay())?;
            let reference = picture.identity.reference.clone();
            let picture = picture.ingredient().await?;
            let mut times = StageTimes::default();
            let (made, queue_wait) = if let Some(known) = known.filter(|known: &Remembered| known.is_original) {
                let (material, format) = (picture.material, picture.facts.format);
                let footprint = pipeline::footprint_of_original(material.length());
                workers.run(footprint, move |_| pipeline::keep(material, format, known.quality)).await?
            } else {
                let mut ingredients = Vec::with_capacity(others.len());
                for other in others {
                    ingredients.push(other.ingredient().await?);
                }
                let share = commons.share(workers.floor(), picture.identity.clone());
                let mut found = None;
                if let Some(search) = decision.recipe.output.search() {
                    let searched = targets.find(&picture, search).await.inspect_err(|error| note(&results, tag, error));
                    let (quality, search_times) = searched?;
                    times.merge(&search_times);
                    found = Some(quality);
                }
                let order = Order { picture, others: ingredients, recipe: decision.recipe.clone(), policy, found };
                let footprint = pipeline::footprint(&order, &codecs)?;
                let job = move |ticket: &_| pipeline::make(order, &codecs, ticket, Some(&share));
                workers.run(footprint, job).await?
            };
            match &made {
                // It may be whole when it is asked for again.
                Ok(Made { rendition, .. }) if rendition.is_incomplete => {}
                Ok(Made { rendition, is_original, times: making_times, .. }) => {
                    let Rendition { medium, bytes, quality, .. } = rendition;
                    let (medium, length, quality) = (*medium, bytes.len() as u64, *quality);
                    let times = explains.then(|| Arc::new(all_times(times, making_times, queue_wait)));
                    let known = Remembered { medium, length, quality, is_original: *is_original, times };
                    results.put(tag, Ok(known));
                }
                Err(error) => note(&results, tag, error),
            }
            let Made { rendition, times: making_times, missing, .. } = made?;
            tell_missing(&reference, &missing);
            Ok((rendition, all_times(times, &making_times, queue_wait)))
        }
    }
}

fn all_times(mut times: StageTimes, making: &StageTimes, queue_wait: Duration) -> StageTimes {
    times.merge(making);
    times.add(Stage::QueueWait, queue_wait);
    times
}

/// Remembers what is wrong with an original.
fn note(results: &Memo<EntityTag, Result<Remembered, CodecError>>, tag: EntityTag, error: &RenderError) {
    match error {
        // The library failed, not the original.
        RenderError::Codec(CodecError::Encode { .. }) => {}
        RenderError::Codec(error) => results.put(tag, Err(error.clone())),
        _ => {}
    }
}

/// Tells the operator which characters were drawn as boxes: there may be a font for them.
fn tell_missing(reference: &Reference, missing: &[char]) {
    if !missing.is_empty() {
        let characters: Vec<_> = missing.iter().map(|letter| format!("U+{:04X}", u32::from(*letter))).collect();
        tracing::warn!("text on {reference}: no font has {}; boxes stand in", characters.join(", "));
    }
}

impl Found {
    async fn ingredient(self) -> Result<Ingredient, SourceError> {
        let Self { identity, facts, original } = self;
        Ok(Ingredient { identity, facts, material: original.material().await? })
    }
}
