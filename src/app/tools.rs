//! `Tools`: what pictures are made with, whoever asks for them: threads, codecs, and what the operator decided.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::StartError;
use crate::cache::ResultCache;
use crate::config::Config;
use crate::generations::Generations;
use crate::pipeline::Commons;
use crate::request::OutputPolicy;
use crate::service::Service;
use crate::source::Source;
use crate::workers::{WorkLimits, Workers};
use codec::{Codecs, Fonts};

/// Threads, codecs, and what the operator decided.
pub(super) struct Tools {
    pub(super) workers: Workers,
    commons: Commons,
    codecs: Codecs,
    policy: OutputPolicy,
}

impl Tools {
    /// Starts the threads and reads the fonts.
    pub(super) fn start(config: &Config, limits: WorkLimits) -> Result<Self, StartError> {
        let commons = Commons::new(limits.memory_budget);
        let workers = Workers::start(limits, Arc::new(commons.clone()));
        let workers = workers.map_err(|cause| StartError::Threads { threads: limits.threads, cause })?;
        let mut codec_settings = config.codec_settings();
        codec_settings.fonts = fonts(config.font_path.as_deref())?;
        let codecs = Codecs::new(&codec_settings);
        let policy =
            OutputPolicy { families: Arc::clone(codecs.fonts().families()), ..config.output_policy(codecs.codings()) };
        Ok(Self { workers, commons, codecs, policy })
    }

    /// A service with these tools, whose originals are in these places.
    pub(super) fn service(
        &self,
        sources: Vec<Box<dyn Source>>,
        cache: Arc<ResultCache>,
        generations: Arc<Generations>,
    ) -> Service {
        let Self { workers, commons, codecs, policy } = self;
        let hands = (workers.clone(), commons.clone());
        Service::new(sources, codecs.clone(), policy.clone(), hands, cache, generations)
    }
}

/// The files in a folder as fonts, in the order of their names.
fn fonts(folder: Option<&Path>) -> Result<Fonts, StartError> {
    let Some(folder) = folder else { return Ok(Fonts::default()) };
    let unreadable = |cause| StartError::Fonts { path: folder.to_owned(), cause };
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(unreadable)?;
    let mut paths: Vec<_> = entries.iter().map(fs::DirEntry::path).filter(|path| path.is_file()).collect();
    paths.sort();
    let files = paths.iter().map(fs::read).collect::<io::Result<Vec<_>>>().map_err(unreadable)?;
    let fonts = Fonts::new(files);
    if fonts.added() == 0 {
        tracing::warn!("IMAGE_PROXY_FONT_PATH: {} has no fonts; text is set in our own alone", folder.display());
    }
    Ok(fonts)
}
