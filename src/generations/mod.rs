//! `Generations`: which originals and folders were purged, and which purge was the last. What is cached is not looked for
//! and deleted: whatever was learnt or made before a purge is called otherwise than what is asked for afterwards.
//! It must not know what is cached, nor where.

mod fleet;
mod record;

use std::collections::BTreeMap;
use std::path::Path;
use std::str::Lines;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use self::fleet::Fleet;
pub use self::fleet::FleetError;
use self::record::Record;
pub use self::record::RecordError;
use crate::bucket::Bucket;
use crate::request::{CacheTag, Generation, Reference};

/// Purges that are remembered one by one. Where there are more, they become one of everything.
const MAX_PURGES: usize = 50_000;
/// How a document begins; the number of purges follows.
const TITLE: &str = "image-proxy generations 1 ";

/// The last purge of each original and folder that was ever purged.
pub struct Generations {
    /// The number of the last purge: 0 as long as there was none, and then nothing else is looked at.
    highest: AtomicU64,
    purges: RwLock<Purges>,
    record: Option<Record>,
    fleet: Option<Fleet>,
}

/// Why a purge may not outlast the program, or not be known to others.
#[derive(Debug, Clone, thiserror::Error)]
pub enum KeepError {
    /// It is written down nowhere.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Other servers do not know.
    #[error(transparent)]
    Fleet(#[from] FleetError),
}

#[derive(Clone, Default)]
struct Purges {
    by_tag: BTreeMap<CacheTag, Generation>,
    highest: Generation,
    /// How often this was changed.
    changes: u64,
}

/// Why a text is no document of generations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a document that begins with \"{TITLE}\" and a number, got something else in line {line}")]
pub struct DocumentError {
    line: usize,
}

impl Generations {
    /// Those that a folder keeps, where there is one, and those of all servers that share a store, where that is so, as far
    /// as it can be asked now and within that time. What the folder has and cannot be read may have been any purge: everything
    /// counts as purged then, and the log says why.
    pub async fn open(folder: Option<&Path>, shared: Option<(Bucket, Duration)>) -> Arc<Self> {
        let record = folder.map(Record::within);
        let read = record.as_ref().map_or(Ok(None), Record::read);
        let fleet = shared.map(|(bucket, patience)| Fleet::new(bucket, patience));
        let generations = Self { record, fleet, ..Self::default() };
        let merged = read.and_then(|document| {
            let (Some(record), Some(document)) = (&generations.record, document) else { return Ok(false) };
            generations.merge(&document).map_err(|error| record.error(error.into()))
        });
        let generations = Arc::new(generations);
        if let Err(error) = merged {
            tracing::error!("{error}; nothing that was cached before counts any more");
            if let Err(error) = generations.purge(vec![CacheTag::of_everything()]).await {
                tracing::error!("{error}");
            }
        }
        generations.exchange().await;
        generations
    }

    /// Learns what other servers have purged, for as long as anybody else holds this. Returns at once where nothing is
    /// shared.
    pub fn follow(self: &Arc<Self>) -> impl Future<Output = ()> + Send + 'static {
        let (followed, is_shared) = (Arc::downgrade(self), self.fleet.is_some());
        async move {
            if !is_shared {
                return;
            }
            loop {
                tokio::time::sleep(fleet::INTERVAL).await;
                let Some(generations) = followed.upgrade() else { return };
                generations.exchange().await;
            }
        }
    }

    /// Exchanges purges with others. What fails is told, and done again.
    async fn exchange(&self) {
        let Some(fleet) = &self.fleet else { return };
        if let Err(error) = fleet.exchange(self).await {
            tracing::warn!("{error}");
        }
        if let Err(error) = self.keep().await {
            tracing::error!("{error}");
        }
    }

    /// That of an original: of the last purge of itself, or of a folder that it is in.
    pub fn of(&self, reference: &Reference) -> Generation {
        if self.is_empty() {
            return Generation::NONE;
        }
        let purges = self.purges.read().unwrap_or_else(PoisonError::into_inner);
        let generations = CacheTag::all_of(reference).filter_map(|tag| purges.by_tag.get(&tag));
        generations.max().copied().unwrap_or_default()
    }

    /// Purges what these tags name, at once; then writes that down and tells other servers, whoever still waits for it.
    ///
    /// # Errors
    /// It could not be written down, and will be forgotten when the program ends; or other servers do not know yet.
    pub async fn purge(self: &Arc<Self>, tags: Vec<CacheTag>) -> Result<(), KeepError> {
        self.change(|purges| {
            let generation = purges.highest.next(milliseconds_since_1970());
            for tag in tags {
                purges.raise(tag, generation);
            }
        });
        if let Some(record) = &self.record {
            let generations = Arc::clone(self);
            let keeping = tokio::spawn(async move { generations.keep().await });
            keeping.await.unwrap_or_else(|error| Err(record.error(error.into())))?;
        }
        match &self.fleet {
            Some(fleet) => Ok(fleet.exchange(self).await?),
            None => Ok(()),
        }
    }

    /// Tells whether nothing was ever purged.
    fn is_empty(&self) -> bool {
        self.highest.load(Ordering::Acquire) == 0
    }

    /// All of them, as one document: for another process to merge, or this one when it starts again.
    pub fn document(&self) -> String {
        self.snapshot().document()
    }

    /// Takes over what is newer in the document of another. Of two that exchange documents both come to the same, in
    /// whatever order. Tells whether something was.
    ///
    /// # Errors
    /// It is no such document; then nothing of it is taken over.
    pub fn merge(&self, document: &str) -> Result<bool, DocumentError> {
        let others = parse(document)?;
        let mut is_changed = false;
        self.change(|purges| {
            for (tag, generation) in others {
                is_changed |= purges.raise(tag, generation);
            }
        });
        Ok(is_changed)
    }

    /// Writes down what was not written down yet, where there is a folder for it.
    ///
    /// # Errors
    /// The system does not let us.
    pub async fn keep(&self) -> Result<(), RecordError> {
        match &self.record {
            Some(record) => record.write(self.changes(), || self.snapshot()).await,
            None => Ok(()),
        }
    }

    fn change(&self, change: impl FnOnce(&mut Purges)) {
        let mut purges = self.purges.write().unwrap_or_else(PoisonError::into_inner);
        change(&mut purges);
        purges.fold();
        // Before the lock is given back: who sees the number waits for what belongs to it.
        self.highest.store(purges.highest.number(), Ordering::Release);
    }

    /// How often anything was purged or taken over: where it is the same, so is the document.
    fn changes(&self) -> u64 {
        self.purges.read().unwrap_or_else(PoisonError::into_inner).changes
    }

    fn snapshot(&self) -> Purges {
        self.purges.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Default for Generations {
    /// None, kept nowhere.
    fn default() -> Self {
        Self { highest: AtomicU64::new(0), purges: RwLock::default(), record: None, fleet: None }
    }
}

impl Purges {
    /// Tells whether that was news.
    fn raise(&mut self, tag: CacheTag, generation: Generation) -> bool {
        let is_new = self.of_everything() < generation && self.by_tag.get(&tag).is_none_or(|known| *known < generation);
        if is_new {
            self.by_tag.insert(tag, generation);
            self.changes += 1;
            self.highest = self.highest.max(generation);
        }
        if is_new && tag == CacheTag::of_everything() {
            // Those before it say nothing beside it.
            self.by_tag.retain(|known, last| *known == tag || *last > generation);
        }
        is_new
    }

    fn of_everything(&self) -> Generation {
        self.by_tag.get(&CacheTag::of_everything()).copied().unwrap_or_default()
    }

    /// Makes one purge of too many. It is as new as the newest of them, so that nothing that they purged comes back.
    fn fold(&mut self) {
        if self.by_tag.len() > MAX_PURGES {
            tracing::warn!("more than {MAX_PURGES} originals and folders were purged: now everything is");
            self.by_tag = BTreeMap::from([(CacheTag::of_everything(), self.highest)]);
            self.changes += 1;
        }
    }

    fn document(&self) -> String {
        let lines = self.by_tag.iter().map(|(tag, generation)| format!("{tag} {}\n", generation.number()));
        [format!("{TITLE}{}\n", self.by_tag.len())].into_iter().chain(lines).collect()
    }
}

fn parse(document: &str) -> Result<Vec<(CacheTag, Generation)>, DocumentError> {
    let mut lines = document.lines();
    let count = lines.next().and_then(|line| line.strip_prefix(TITLE)?.parse::<usize>().ok());
    let count =
        count.filter(|count| *count <= MAX_PURGES && document.ends_with('\n')).ok_or(DocumentError { line: 1 })?;
    let purges = purges_in(lines)?;
    if purges.len() == count { Ok(purges) } else { Err(DocumentError { line: purges.len() + 1 }) }
}

fn purges_in(lines: Lines<'_>) -> Result<Vec<(CacheTag, Generation)>, DocumentError> {
    let purge = |line: &str| {
        let (tag, number) = line.split_once(' ')?;
        Some((CacheTag::parse(tag)?, Generation::new(number.parse().ok()?)?))
    };
    lines.zip(2..).map(|(text, line)| purge(text).ok_or(DocumentError { line })).collect()
}

fn milliseconds_since_1970() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
