//! What an old configuration says: the settings of another system, and what becomes of each.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// An old configuration that was read: settings for a dialect, and what concerns more than that.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Legacy<S> {
    /// For the dialect.
    pub settings: S,
    /// The folder of originals that it names.
    pub root: Option<PathBuf>,
    /// How long an answer may take.
    pub timeout: Option<Duration>,
    /// The store of renditions that it names.
    pub store: Option<InheritedStore>,
    /// What it says of the house, for our own variables and those of clouds, where they are not set.
    pub claims: Vec<(&'static str, String)>,
    /// What became of each setting, in the order in which they are written.
    pub inherited: Vec<Inherited>,
}

/// A store of renditions that an old configuration names.
#[derive(Clone, PartialEq, Eq)]
pub struct InheritedStore {
    /// What the names of its settings begin with.
    pub group: &'static str,
    /// As our own setting for such a store would have it.
    pub url: String,
    /// Where clients get what is there without a signature.
    pub public_url: Option<String>,
    /// Clients are sent there.
    pub redirects: bool,
    /// What shows the store who we are: all of it or nothing counts.
    pub credentials: Vec<InheritedVariable>,
    /// Where the store is, as clouds say it.
    pub region: Vec<InheritedVariable>,
}

/// A variable of clouds that a setting stands for. Its value is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct InheritedVariable {
    /// How the setting is called.
    pub name: String,
    /// How the variable is called.
    pub variable: &'static str,
    /// May be a secret.
    pub value: String,
}

/// One setting of another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inherited {
    /// How it is called there, without its value: that may be a secret.
    pub name: String,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It does what it did.
    Honoured,
    /// It does what it did, in another way.
    Replaced {
        /// What does it here, in words.
        by: &'static str,
    },
    /// It does nothing.
    NotApplying {
        /// Why, in words.
        because: &'static str,
    },
    /// The other system does not have it either.
    Unknown,
}

/// Why an old configuration cannot be read, to follow the name of the variable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LegacyError(pub String);

impl fmt::Debug for InheritedStore {
    /// Where it is, and no value of a variable.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("InheritedStore").field(&self.url).finish()
    }
}

impl Inherited {
    /// A setting and its fate.
    pub fn new(name: impl Into<String>, fate: Fate) -> Self {
        Self { name: name.into(), fate }
    }
}

impl fmt::Display for Inherited {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, fate } = self;
        match fate {
            Fate::Honoured => write!(formatter, "{name} is honoured"),
            Fate::Replaced { by } => write!(formatter, "{name} is honoured: {by}"),
            Fate::NotApplying { because } => write!(formatter, "{name} does not apply: {because}"),
            Fate::Unknown => write!(formatter, "{name} is unknown"),
        }
    }
}
