//! `Rounds`: what the operations of one request come to, one after the other; and what is written in the end.

use super::options::ImaginaryOptions;
use crate::request::{
    CodingWish, Edit, Effort, EffortWish, FormatWish, Keeping, Lie, OutputFormat, OutputWish, PaletteSize, Quality,
    QualityWish, Wish,
};

/// The quality of WebP where nothing is said of it; that of JPEG is the same, and the operator's.
pub(super) const WEBP_QUALITY: u8 = 75;

/// The format that a word names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OutputKind {
    /// There is no word.
    Own,
    /// It is written.
    Named(OutputFormat),
    /// It is known, and nobody writes it.
    Unwritable(&'static str),
    /// It is no format of imaginary's.
    Unknown,
}

/// Rounds of work, and their output.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    edits: Vec<Edit>,
    /// The picture is upright, and no tag says anything else.
    is_upright: bool,
    format: Option<OutputFormat>,
    coding: CodingWish,
    keeping: Option<Keeping>,
}

impl OutputKind {
    /// Reads a word, in any letter case.
    pub fn named(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "" => Self::Own,
            "jpeg" => Self::Named(OutputFormat::JPEG),
            "png" => Self::Named(OutputFormat::PNG),
            "webp" => Self::Named(OutputFormat::WEBP),
            "tiff" => Self::Named(OutputFormat::TIFF),
            "gif" => Self::Named(OutputFormat::GIF),
            "svg" => Self::Unwritable("svg"),
            "pdf" => Self::Unwritable("pdf"),
            _ => Self::Unknown,
        }
    }

    /// Tells whether nothing shows through it.
    pub fn is_opaque(self) -> bool {
        self == Self::Named(OutputFormat::JPEG)
    }
}

impl Rounds {
    /// Adds rounds; where they `may_fail`, what cannot be done of them is left out. Those that keep the `rotation` count in
    /// the rows of the file, as long as none before them did not; viewers turn what comes of them.
    pub fn add(&mut self, edits: Vec<Edit>, may_fail: bool, keeps_rotation: bool) {
        let asked: Vec<_> = edits.into_iter().filter(|edit| !edit.is_empty()).collect();
        self.is_upright |= !keeps_rotation;
        let is_turned_back = !self.is_upright && !asked.is_empty();
        let lie = |lie| is_turned_back.then(|| Edit { lie, ..Edit::default() });
        let asked = asked.into_iter().map(|edit| Edit { is_optional: may_fail, ..edit });
        self.edits.extend(lie(Lie::AsStored).into_iter().chain(asked).chain(lie(Lie::AsDisplayed)));
    }

    /// The picture is turned upright.
    pub fn turn_upright(&mut self) {
        self.is_upright = true;
    }

    /// Has the picture written after an operation: the format stays unless it is named, the coding is each operation's own.
    pub fn write(&mut self, kind: OutputKind, options: &ImaginaryOptions) {
        if let OutputKind::Named(format) = kind {
            self.format = Some(format);
        }
        let number = u8::try_from(options.quality.clamp(0, 100)).unwrap_or_default();
        // One is for PNG and the other for AVIF, which counts it the other way round; 0 is nothing said.
        let level = |number: i64| u8::try_from(number).ok().filter(|number| *number > 0);
        let png = level(options.compression.min(9)).map(Effort::of);
        let avif = level(options.speed.min(10)).map(|speed| Effort::of(Effort::MAX.saturating_sub(speed)));
        self.keeping = options.strips_metadata.then_some(Keeping::Nothing);
        self.coding = CodingWish {
            quality: (number > 0).then(|| QualityWish::Number(Quality::new(number))),
            effort: (avif.is_some() || png.is_some()).then_some(EffortWish::Each { avif, png }),
            is_progressive: options.is_interlaced,
            palette: options.has_palette.then_some(PaletteSize::MOST),
            ..CodingWish::default()
        };
    }

    /// All that is asked for.
    pub fn wish(self) -> Wish {
        let Self { edits, format, mut coding, keeping, .. } = self;
        if format == Some(OutputFormat::WEBP) {
            coding.quality = coding.quality.or(Some(QualityWish::Number(Quality::new(WEBP_QUALITY))));
        }
        let format = Some(format.map_or(FormatWish::Same, FormatWish::Named));
        edits.into_iter().fold(Wish::new(OutputWish { format, coding, keeping, ..OutputWish::default() }), Wish::then)
    }
}
