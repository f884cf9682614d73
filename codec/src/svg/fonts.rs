//! The fonts that text in drawings is set in: those of the operator, and no others.

use std::fmt;
use std::sync::Arc;

use resvg::usvg::fontdb::Database;
use twox_hash::XxHash3_64;

/// How drawings are drawn.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {
    /// What text is set in.
    pub fonts: Fonts,
}

/// Fonts for text. Without any, text is not drawn.
#[derive(Clone, Default)]
pub struct Fonts {
    database: Arc<Database>,
    digest: u64,
}

impl Fonts {
    /// Takes the contents of font files (TrueType, OpenType, collections); whatever is none is left out.
    pub fn new(files: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let mut database = Database::new();
        let mut digest = 0;
        for file in files {
            digest = XxHash3_64::oneshot_with_seed(digest, &file);
            database.load_font_data(file);
        }
        let first = database.faces().next().and_then(|face| face.families.first()).map(|(family, _)| family.clone());
        if let Some(family) = first {
            database.set_serif_family(&family);
            database.set_sans_serif_family(&family);
            database.set_monospace_family(&family);
            database.set_cursive_family(&family);
            database.set_fantasy_family(&family);
        }
        Self { database: Arc::new(database), digest }
    }

    /// How many faces there are.
    pub fn len(&self) -> usize {
        self.database.len()
    }

    /// Tells whether there is no font, so that no text is drawn.
    pub fn is_empty(&self) -> bool {
        self.database.is_empty()
    }

    /// Equal for the same files in the same order: a part of every key.
    pub fn digest(&self) -> u64 {
        self.digest
    }

    pub(super) fn database(&self) -> Arc<Database> {
        Arc::clone(&self.database)
    }

    /// What stands in where a drawing names no font.
    pub(super) fn first_family(&self) -> String {
        let family = self.database.faces().next().and_then(|face| face.families.first());
        family.map_or_else(|| "serif".to_owned(), |(family, _)| family.clone())
    }
}

impl PartialEq for Fonts {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl fmt::Debug for Fonts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Fonts({} faces)", self.len())
    }
}
