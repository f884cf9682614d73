//! What is seen of originals at which quality: searched for once, and remembered for all renditions.

use std::sync::Arc;

use codec::Codecs;

use crate::flights::Flights;
use crate::memo::Memo;
use crate::pipeline::{self, Commons, Ingredient, RenderError};
use crate::report::{Stage, StageTimes};
use crate::request::{Identity, QualityFound, Search};
use crate::workers::Workers;

/// Qualities that are remembered.
const REMEMBERED: usize = 20_000;

/// What was found, and what is being searched for. Clones share it.
#[derive(Clone)]
pub(super) struct Targets {
    codecs: Codecs,
    workers: Workers,
    commons: Commons,
    known: Arc<Memo<Quest, QualityFound>>,
    searches: Flights<Quest, Result<(QualityFound, StageTimes), RenderError>>,
}

/// The version of an original, and what is to be seen of it.
type Quest = (Identity, Search);

impl Targets {
    pub fn new(codecs: Codecs, workers: Workers, commons: Commons) -> Self {
        Self { codecs, workers, commons, known: Arc::new(Memo::new(REMEMBERED)), searches: Flights::default() }
    }

    /// The quality that it takes: remembered, or found now on the workers, once for all who ask; and the time that took,
    /// where nobody else counts it.
    ///
    /// # Errors
    /// As [`pipeline::find_quality`], and those of the workers.
    pub async fn find(&self, picture: &Ingredient, search: Search) -> Result<(QualityFound, StageTimes), RenderError> {
        let aim = (picture.identity.clone(), search);
        if let Some(known) = self.known.get(&aim) {
            return Ok((known, StageTimes::default()));
        }
        let (flight, is_first) = self.searches.join(aim, |aim| self.clone().search(picture.clone(), aim));
        let (quality, times) = flight.await?;
        Ok((quality, if is_first { times } else { StageTimes::default() }))
    }

    async fn search(self, picture: Ingredient, aim: Quest) -> Result<(QualityFound, StageTimes), RenderError> {
        let Self { codecs, workers, commons, known, .. } = self;
        let (identity, search) = aim.clone();
        let share = commons.share(workers.floor(), identity);
        let footprint = pipeline::footprint_of_search(&picture, search, &codecs)?;
        let job = move |ticket: &_| pipeline::find_quality(picture, search, &codecs, ticket, Some(&share));
        let (found, queue_wait) = workers.run(footprint, job).await?;
        let pipeline::Searched { quality, mut times, is_incomplete } = found?;
        times.add(Stage::QueueWait, queue_wait);
        if !is_incomplete {
            known.put(aim, quality);
        }
        Ok((quality, times))
    }
}
