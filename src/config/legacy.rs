//! Old configurations of systems whose URLs are answered here: read as they are, and told what became of each setting.

use std::fmt;
use std::path::PathBuf;

use super::Config;
use super::problem::Problem;
use crate::dialect::{Inherited, Legacy, LegacyError};

/// What all old configurations came to.
#[derive(Debug, Default)]
pub struct LegacySettings {
    /// What became of each setting, under the variable that brought it.
    pub inherited: Vec<(&'static str, Inherited)>,
    /// The folders that they name, under the variable that brought them.
    roots: Vec<(&'static str, PathBuf)>,
}

impl LegacySettings {
    /// Takes in what one of them says, and gives the settings for its dialect.
    #[expect(dead_code, reason = "the first dialect with an old configuration brings it")]
    pub(super) fn take<S>(
        &mut self,
        variable: &'static str,
        read: Result<Legacy<S>, LegacyError>,
        problems: &mut Vec<Problem>,
    ) -> Option<S> {
        match read {
            Ok(Legacy { settings, root, inherited }) => {
                self.inherited.extend(inherited.into_iter().map(|inherited| (variable, inherited)));
                self.roots.extend(root.map(|root| (variable, root)));
                Some(settings)
            }
            Err(LegacyError(what)) => {
                problems.push(Problem::Legacy { variable, what });
                None
            }
        }
    }

    /// Puts the folder that they name in the place of one that is not set; where several are named, they must agree.
    pub(super) fn settle_root(&self, config: &mut Config, has_folder: bool) -> Option<Problem> {
        for (variable, root) in &self.roots {
            let is_first = !has_folder && Some((variable, root)) == self.roots.first().map(|(name, root)| (name, root));
            if is_first {
                config.root_path.clone_from(root);
            } else if config.root_path != *root {
                let (root, other) = (root.clone(), config.root_path.clone());
                return Some(Problem::OtherRoot { variable, root, other });
            }
        }
        None
    }

    /// Tells whether a folder of originals is named.
    pub(super) fn has_folder(&self) -> bool {
        !self.roots.is_empty()
    }
}

impl fmt::Display for LegacySettings {
    /// A line for each setting.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inherited.iter().try_for_each(|(variable, inherited)| writeln!(formatter, "{variable}: {inherited}"))
    }
}
