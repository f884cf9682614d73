//! `CodingWish`: how finely, and in what shape, a rendition is to be written: as wished for, and as decided.

use std::fmt;

use super::{
    ChromaSampling, Coding, EffortWish, Facts, OutputFormat, OutputPolicy, PaletteSize, Quality, QualityWish,
    RecipeError, Target,
};

/// How an answer is to be written. A field at its default was not asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CodingWish {
    /// How fine lossy pixels are to be.
    pub quality: Option<QualityWish>,
    /// No pixel is to be lost.
    pub is_lossless: bool,
    /// How much work is to go into few bytes.
    pub effort: Option<EffortWish>,
    /// The whole picture is to come first, coarsely.
    pub is_progressive: bool,
    /// How much of the colours is to be kept.
    pub chroma: Option<ChromaSampling>,
    /// How many colours there are to be at most, where the format can have a palette.
    pub palette: Option<PaletteSize>,
    /// How long the file may be: the finest quality that fits is taken, none finer than what is asked for otherwise.
    pub max_bytes: Option<MaxBytes>,
}

/// How long a file may be, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MaxBytes(u64);

/// The quality that a search came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QualityFound {
    /// What was taken; 100 where no pixel is lost.
    pub quality: Quality,
    /// It is not what was asked for, but as near as can be.
    pub is_missed: bool,
}

/// What is asked of how an original is coded that shows just what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Recoding {
    /// Nothing: it is what is asked for.
    Needless,
    /// Fewer bytes: it is what is asked for unless there are any.
    Smaller,
    /// Another shape of file.
    Required,
}

impl MaxBytes {
    /// So many bytes; `None` for none.
    pub fn new(bytes: u64) -> Option<Self> {
        (bytes > 0).then_some(Self(bytes))
    }

    /// Parses a number, alone or with a unit: `40k` and `40kb` are 40000, `40KiB` is 40960.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let end = text.find(|symbol: char| !symbol.is_ascii_digit() && symbol != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at_checked(end)?;
        let unit = match unit.trim().to_ascii_lowercase().as_str() {
            "" | "b" => 1.0,
            "k" | "kb" => 1e3,
            "m" | "mb" => 1e6,
            "kib" => 1024.0,
            "mib" => 1024.0 * 1024.0,
            _ => return None,
        };
        let bytes = number.parse::<f64>().ok()? * unit;
        (1.0..1e15).contains(&bytes).then_some(Self(bytes as u64))
    }

    /// In bytes.
    pub fn bytes(self) -> u64 {
        self.0
    }

    /// Tells whether so many bytes are too many.
    pub fn is_below(self, bytes: usize) -> bool {
        bytes as u64 > self.0
    }
}

impl QualityFound {
    /// What is left of it where no finer coding than this is worth it: less than was asked for, where it is coarser.
    pub fn within(self, coding: Coding) -> Self {
        let most = coding.quality.unwrap_or(self.quality);
        Self { quality: self.quality.min(most), is_missed: self.is_missed || most < self.quality }
    }
}

impl fmt::Display for QualityFound {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { quality, is_missed } = self;
        write!(formatter, "{}{}", quality.number(), if *is_missed { "; missed" } else { "" })
    }
}

impl QualityFound {
    /// Reads what is shown of one.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, rest) = text.split_once(';').map_or((text, None), |(number, rest)| (number, Some(rest.trim())));
        let is_missed = match rest {
            None => false,
            Some("missed") => true,
            Some(_) => return None,
        };
        let quality = number.parse().ok().filter(|number| *number <= 100).map(Quality::new)?;
        Some(Self { quality, is_missed })
    }
}

impl CodingWish {
    /// How a format is written, before the original's own quality caps it. What a format does not let choose is passed
    /// over, but for pixels that are not to be lost.
    ///
    /// # Errors
    /// No pixel is to be lost, and the format loses some.
    pub(super) fn decide(&self, format: OutputFormat, policy: &OutputPolicy) -> Result<Coding, RecipeError> {
        // Without `..`: a wish that is not decided does not compile.
        let Self { quality, is_lossless, effort, is_progressive, chroma, palette, max_bytes: _ } = *self;
        let (usual, choices) = (policy.codings.of(format), policy.codings.choices(format));
        if is_lossless && !choices.can_keep_all {
            let is_able = |able: &OutputFormat| able.is_offered() && policy.codings.choices(*able).can_keep_all;
            let able = policy.allowed_formats.iter().copied().filter(is_able).collect();
            return Err(RecipeError::Lossy { asked: format, able });
        }
        let quality = match quality {
            _ if is_lossless => None,
            Some(quality) if choices.can_lose => Some(quality.finest(format)),
            _ => usual.quality,
        };
        let is_usual = |chroma: &ChromaSampling| {
            let is_below = choices
                .quarters_chroma_below
                .is_some_and(|below| quality.is_some_and(|quality| quality.number() < below));
            *chroma == ChromaSampling::Quarter && is_below
        };
        let can_choose_chroma = choices.quarters_chroma_below.is_some() && quality.is_some();
        Ok(Coding {
            quality,
            effort: effort
                .and_then(|wish| wish.of(format))
                .map_or(usual.effort, |effort| choices.own_effort(effort.number())),
            is_progressive: is_progressive && choices.can_be_progressive,
            chroma: chroma.filter(|chroma| can_choose_chroma && !is_usual(chroma)),
            palette: palette.filter(|_| choices.can_have_palette && !is_lossless),
        })
    }

    /// The same with what the original tells in place of what is left to it.
    pub(super) fn told_by(self, facts: &Facts) -> Self {
        let own = || facts.condition.quality.map(QualityWish::Number);
        Self { quality: if self.quality == Some(QualityWish::Own) { own() } else { self.quality }, ..self }
    }

    /// How long the file may be, where it is an image.
    pub(super) fn limit(&self, format: OutputFormat) -> Option<MaxBytes> {
        self.max_bytes.filter(|_| format.format().is_some())
    }

    /// How much is to be seen of what would be written as `coding` says, where that was asked for and pixels are lost.
    pub(super) fn target(&self, coding: Coding) -> Option<Target> {
        self.quality.and_then(QualityWish::target).filter(|_| !coding.is_lossless())
    }

    /// Tells whether another shape of file is asked for, whatever its bytes.
    pub(super) fn asks_shape(&self) -> bool {
        self.is_progressive || self.chroma.is_some()
    }

    /// What is asked of an original in the format asked for, whose rendition would be written as `coding` says.
    pub(super) fn recoding(
        &self,
        coding: Coding,
        facts: &Facts,
        format: OutputFormat,
        policy: &OutputPolicy,
    ) -> Recoding {
        let (choices, condition) = (policy.codings.choices(format), &facts.condition);
        let has_colours = facts.decoding.pixel_bytes > 1;
        let other_chroma = choices.quarters_chroma_below.is_some()
            && coding.quality.is_some()
            && has_colours
            && self.chroma.is_some_and(|chroma| condition.chroma != Some(chroma));
        if other_chroma || (coding.is_progressive && !condition.is_progressive) {
            return Recoding::Required;
        }
        let is_coarser = self.quality.is_some()
            && coding.quality.is_some_and(|quality| condition.quality.is_none_or(|own| quality < own));
        // More work on what loses pixels would lose some that nobody asked to lose.
        let is_effort_asked = self.effort.is_some_and(|wish| wish.of(format).is_some());
        let is_harder = is_effort_asked && coding.is_lossless() && choices.can_keep_all && condition.quality.is_none();
        // Whether the original has as few, only its pixels tell.
        let has_few_colours = coding.palette.is_some();
        let is_sought = self.limit(format).is_some() || self.target(coding).is_some();
        if is_coarser || is_harder || has_few_colours || is_sought { Recoding::Smaller } else { Recoding::Needless }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::recipe::tests::{PHOTO, formatted, policy, sized};
    use crate::request::{Condition, Effort, OutputWish, Recipe, Reuse, Wish};

    fn quality(number: u8) -> Option<Quality> {
        Some(Quality::new(number))
    }

    fn fine(number: u8) -> Option<QualityWish> {
        quality(number).map(QualityWish::Number)
    }

    fn wish(coding: CodingWish, plain: Wish) -> Wish {
        let output = OutputWish { coding, ..plain.output.clone() };
        plain.edits().iter().cloned().fold(Wish::new(output), Wish::then)
    }

    fn asked(coding: CodingWish, format: &str) -> Coding {
        let recipe = Recipe::new(&wish(coding, formatted(format, sized("400"))), &PHOTO, &[], &policy());
        recipe.unwrap().unwrap().output.coding
    }

    const NOTHING: CodingWish = CodingWish {
        quality: None,
        is_lossless: false,
        effort: None,
        is_progressive: false,
        chroma: None,
        palette: None,
        max_bytes: None,
    };

    #[test]
    fn what_a_format_does_not_let_choose_is_passed_over() {
        let all = CodingWish {
            quality: fine(30),
            effort: Some(EffortWish::Number(Effort::of(10))),
            is_progressive: true,
            chroma: Some(ChromaSampling::Whole),
            is_lossless: false,
            palette: PaletteSize::new(9),
            max_bytes: None,
        };
        let usual = Coding::new(quality(30), 1);
        let jpeg = Coding { is_progressive: true, chroma: Some(ChromaSampling::Whole), ..usual };
        assert_eq!(asked(all, "jpeg"), jpeg);
        assert_eq!(asked(all, "webp"), Coding::new(quality(30), 6));
        assert_eq!(asked(all, "png"), Coding { palette: PaletteSize::new(9), ..Coding::new(None, 9) });
        assert_eq!(asked(CodingWish { is_lossless: true, ..all }, "png"), Coding::new(None, 9));
        assert_eq!(asked(all, "gif"), Coding::default());
        assert_eq!(
            asked(CodingWish { chroma: Some(ChromaSampling::Quarter), ..NOTHING }, "jpeg"),
            asked(NOTHING, "jpeg")
        );
    }

    #[test]
    fn an_effort_may_be_for_one_format_alone() {
        let each = |avif, png| Some(EffortWish::Each { avif, png });
        let asked = |effort, format| asked(CodingWish { effort, ..NOTHING }, format).effort;
        let both = each(Some(Effort::of(99)), Some(Effort::of(1)));
        assert_eq!((asked(both, "avif"), asked(both, "png")), (2, 1));
        assert_eq!(asked(both, "webp"), asked(None, "webp"));
        assert_eq!(asked(each(None, None), "png"), asked(None, "png"));
    }

    #[test]
    fn lossless_loses_nothing_or_is_refused() {
        let exact =
            CodingWish { is_lossless: true, quality: fine(3), chroma: Some(ChromaSampling::Quarter), ..NOTHING };
        for format in ["avif", "png", "webp"] {
            assert_eq!(asked(exact, format).quality, None);
            assert_eq!(asked(exact, format).chroma, None);
        }
        for format in ["jpeg", "gif", "blurhash"] {
            let refused = Recipe::new(&wish(exact, formatted(format, sized("400"))), &PHOTO, &[], &policy());
            assert!(matches!(refused, Err(RecipeError::Lossy { able, .. }) if able.len() == 3), "{format}");
        }
    }

    #[test]
    fn a_quality_is_never_finer_than_that_of_the_original() {
        let coarse = Facts { condition: Condition { quality: quality(40), ..Condition::CLEAN }, ..PHOTO };
        let made = |number, size: &str| {
            let wish = wish(CodingWish { quality: fine(number), ..NOTHING }, sized(size));
            Recipe::new(&wish, &coarse, &[], &policy())
                .unwrap()
                .map(|recipe| (recipe.output.coding.quality, recipe.reuse))
        };
        assert_eq!(made(80, "2000"), Some((quality(40), Reuse::Nothing)));
        assert_eq!(made(30, "2000"), Some((quality(30), Reuse::Nothing)));
        assert_eq!(made(40, ""), None, "it has that quality");
        assert_eq!(made(39, ""), Some((quality(39), Reuse::Whole)));
    }

    #[test]
    fn a_target_is_for_what_loses_pixels_and_no_finer_than_the_original() {
        let wish_of = |target| Some(QualityWish::Target(target));
        let coarse = Facts { condition: Condition { quality: quality(40), ..Condition::CLEAN }, ..PHOTO };
        let output = |format: &str, coding, facts: &Facts| {
            let wish = wish(coding, formatted(format, sized("2000")));
            Recipe::new(&wish, facts, &[], &policy()).unwrap().unwrap().output
        };
        let seen = CodingWish { quality: wish_of(Target::High), ..NOTHING };
        for format in ["jpeg", "webp", "avif"] {
            assert_eq!(output(format, seen, &PHOTO).target, Some(Target::High));
            assert_eq!(output(format, seen, &PHOTO).coding.quality, quality(100), "{format} is bound by nothing");
            assert_eq!(output(format, seen, &coarse).coding.quality, quality(40));
        }
        for format in ["png", "gif", "blurhash"] {
            assert_eq!(output(format, seen, &PHOTO), output(format, NOTHING, &PHOTO), "{format}");
        }
        let exact = CodingWish { is_lossless: true, ..seen };
        assert_eq!(output("webp", exact, &PHOTO).target, None);
        let whole = output("jpeg", CodingWish { chroma: Some(ChromaSampling::Whole), ..seen }, &PHOTO);
        assert_eq!(whole.search().unwrap().chroma, Some(ChromaSampling::Whole));
        assert_eq!(output("jpeg", NOTHING, &PHOTO).search(), None);
    }

    #[test]
    fn a_quality_that_is_not_worth_it_misses_its_target() {
        let found = |number, is_missed| QualityFound { quality: Quality::new(number), is_missed };
        let within = |most| found(70, false).within(Coding::new(quality(most), 0));
        assert_eq!([within(100), within(70), within(69)], [found(70, false), found(70, false), found(69, true)]);
        assert_eq!(found(95, true).within(Coding::new(quality(100), 0)), found(95, true));
    }

    #[test]
    fn an_original_with_metadata_is_compared_without_it() {
        let told = Condition { metadata: crate::request::Metadata::Private, quality: quality(60), ..Condition::CLEAN };
        let facts = Facts { condition: told, ..PHOTO };
        let reuse =
            |coding| Recipe::new(&wish(coding, Wish::default()), &facts, &[], &policy()).unwrap().unwrap().reuse;
        assert_eq!(reuse(CodingWish { quality: fine(50), ..NOTHING }), Reuse::Stripped);
        assert_eq!(reuse(CodingWish { quality: fine(60), ..NOTHING }), Reuse::CodedPixels);
        assert_eq!(reuse(CodingWish { is_progressive: true, ..NOTHING }), Reuse::Nothing);
    }

    #[test]
    fn a_shape_that_the_original_has_is_no_reason_to_write_it_anew() {
        let condition = Condition { is_progressive: true, chroma: Some(ChromaSampling::Whole), ..Condition::CLEAN };
        let has = |coding, condition| {
            let facts = Facts { condition, ..PHOTO };
            Recipe::new(&wish(coding, Wish::default()), &facts, &[], &policy()).unwrap().is_none()
        };
        let progressive = CodingWish { is_progressive: true, ..NOTHING };
        let whole = CodingWish { chroma: Some(ChromaSampling::Whole), ..NOTHING };
        let quarter = CodingWish { chroma: Some(ChromaSampling::Quarter), ..NOTHING };
        assert_eq!([progressive, whole, quarter].map(|coding| has(coding, condition)), [true, true, false]);
        assert_eq!([progressive, whole, quarter].map(|coding| has(coding, Condition::CLEAN)), [false; 3]);
    }

    #[test]
    fn a_quality_that_is_left_to_the_original_is_its_own_where_it_tells_one() {
        let made = |own| {
            let facts = Facts { condition: Condition { quality: own, ..Condition::CLEAN }, ..PHOTO };
            let asked =
                wish(CodingWish { quality: Some(QualityWish::Own), ..NOTHING }, formatted("jpeg", sized("400")));
            Recipe::new(&asked, &facts, &[], &policy()).unwrap().unwrap().output.coding.quality
        };
        assert_eq!([quality(50), quality(92)].map(made), [quality(50), quality(92)]);
        assert_eq!(made(None), policy().codings.of(OutputFormat::JPEG).quality);
    }

    #[test]
    fn bytes_are_counted_in_thousands_unless_the_unit_is_binary() {
        let bytes = |text| MaxBytes::parse(text).map(MaxBytes::bytes);
        let good = ["1", "40000", "40k", "40kb", "40KB", "40KiB", "1.5M", "2MiB", " 7 b "].map(bytes);
        assert_eq!(good.map(Option::unwrap), [1, 40_000, 40_000, 40_000, 40_000, 40_960, 1_500_000, 2_097_152, 7]);
        for text in ["", "k", "0", "-1", "1e3", "40g", "1..2", "NaN", "0.4", "9999999999m"] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }
}
