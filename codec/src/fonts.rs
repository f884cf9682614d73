//! The fonts that text is set in: those of the operator, and one that comes with the program.

use std::fmt;
use std::sync::Arc;

use resvg::usvg::fontdb::{Database, FaceInfo, Source, Style, Weight};
use twox_hash::XxHash3_64;

/// A part of Noto Sans (codec/fonts/README.md).
static OWN: &[u8] = include_bytes!("../fonts/NotoSans-Regular.ttf");

/// Bytes that a font is read from.
pub(crate) type FontBytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Fonts for text. There always is one.
#[derive(Clone)]
pub struct Fonts {
    database: Arc<Database>,
    families: Arc<[String]>,
    faces: Arc<[FontFace]>,
    digest: u64,
}

/// One face of a font.
pub(crate) struct FontFace {
    pub bytes: FontBytes,
    /// Among those of a collection.
    pub index: u32,
    pub family: String,
    /// How far it is from upright and of usual weight: the least stands for its family.
    pub distance: u32,
}

impl Fonts {
    /// The family of the font that comes with the program.
    pub const OWN_FAMILY: &str = "Noto Sans";

    /// Takes the contents of font files (TrueType, OpenType, collections); whatever is none is left out. The font that
    /// comes with the program is the last of them.
    pub fn new(files: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let mut database = Database::new();
        let mut digest = 0;
        for file in files {
            digest = XxHash3_64::oneshot_with_seed(digest, &file);
            database.load_font_data(file);
        }
        digest = XxHash3_64::oneshot_with_seed(digest, OWN);
        database.load_font_source(Source::Binary(Arc::new(OWN)));
        let faces: Arc<[FontFace]> = database.faces().filter_map(FontFace::of).collect();
        if let Some(FontFace { family, .. }) = faces.first() {
            database.set_serif_family(family);
            database.set_sans_serif_family(family);
            database.set_monospace_family(family);
            database.set_cursive_family(family);
            database.set_fantasy_family(family);
        }
        let mut families: Vec<String> = Vec::new();
        for face in faces.iter() {
            if !families.contains(&face.family) {
                families.push(face.family.clone());
            }
        }
        Self { database: Arc::new(database), families: families.into(), faces, digest }
    }

    /// How many faces there are besides that of the program.
    pub fn added(&self) -> usize {
        self.database.len().saturating_sub(1)
    }

    /// The names of families, each once, in the order of their files.
    pub fn families(&self) -> &Arc<[String]> {
        &self.families
    }

    /// Equal for the same files in the same order: a part of every key.
    pub fn digest(&self) -> u64 {
        self.digest
    }

    pub(crate) fn database(&self) -> Arc<Database> {
        Arc::clone(&self.database)
    }

    /// In the order of their files.
    pub(crate) fn faces(&self) -> &[FontFace] {
        &self.faces
    }

    /// What stands in where a drawing names no font.
    pub(crate) fn first_family(&self) -> String {
        self.families.first().cloned().unwrap_or_default()
    }
}

impl FontFace {
    fn of(face: &FaceInfo) -> Option<Self> {
        let Source::Binary(bytes) = &face.source;
        let (family, _) = face.families.first()?;
        let slant = if face.style == Style::Normal { 0 } else { 1000 };
        let distance = slant + u32::from(face.weight.0.abs_diff(Weight::NORMAL.0));
        Some(Self { bytes: Arc::clone(bytes), index: face.index, family: family.clone(), distance })
    }
}

impl Default for Fonts {
    fn default() -> Self {
        Self::new([])
    }
}

impl PartialEq for Fonts {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl fmt::Debug for Fonts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Fonts({} faces)", self.database.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_a_font_and_other_files_are_another_digest() {
        let alone = Fonts::default();
        assert_eq!((alone.families()[..].to_vec(), alone.added()), (vec![Fonts::OWN_FAMILY.to_owned()], 0));
        let broken = Fonts::new([b"no font".to_vec()]);
        assert_eq!(broken.added(), 0);
        let twice = Fonts::new([OWN.to_vec()]);
        assert_eq!((twice.families().len(), twice.added()), (1, 1));
        assert_ne!(alone, broken);
        assert_ne!(alone, twice);
    }
}
