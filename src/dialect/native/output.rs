//! What goes out: the format, and how finely it is written.

use super::parameters::{Expected, Parameter};
use super::values::{a_switch, put, set, switch};
use crate::request::{
    Accepted, ChromaSampling, CodingWish, Effort, EffortWish, FormatWish, MaxBytes, Otherwise, OutputFormat,
    OutputWish, PaletteSize, Quality, QualityWish, Target,
};

/// The values of this section's parameters.
#[derive(Debug, Clone, Default)]
pub(super) struct OutputValues {
    format: Option<FormatValue>,
    auto: AutoValue,
    coding: CodingWish,
}

/// What `format` may say.
#[derive(Debug, Clone, Copy)]
enum FormatValue {
    Named(OutputFormat),
    /// Without loss.
    Lossless(OutputFormat),
    /// In the colours of a palette.
    Indexed(OutputFormat),
    Own,
    Negotiated,
}

/// What `auto` may say. All that it says besides is for others.
#[derive(Debug, Clone, Copy, Default)]
struct AutoValue {
    /// The format is negotiated.
    has_format: bool,
    /// It is negotiated among these.
    named: Accepted,
}

/// What a page may choose among.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AskedFormat {
    /// This one.
    Named { output: OutputFormat, is_lossless: bool },
    /// The original's own, or what stands in for it.
    Own,
    /// Of these, and one that every client shows.
    Any(Accepted),
}

/// The word for PNG with a palette.
const INDEXED: &str = "png8";

/// Words for a format beside its names.
const WORDS: [(&str, FormatValue); 9] = [
    ("auto", FormatValue::Negotiated),
    ("optimal", FormatValue::Negotiated),
    ("origin", FormatValue::Own),
    ("original", FormatValue::Own),
    ("pjpg", FormatValue::Named(OutputFormat::JPEG)),
    ("bjpg", FormatValue::Named(OutputFormat::JPEG)),
    (INDEXED, FormatValue::Indexed(OutputFormat::PNG)),
    ("png32", FormatValue::Named(OutputFormat::PNG)),
    ("webpll", FormatValue::Lossless(OutputFormat::WEBP)),
];

#[rustfmt::skip]
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter {
        names: &["format", "fm", "output", "force_format", "fmt"],
        expected: || Expected::one_of(OutputFormat::names().chain(["auto", "origin"])),
        meaning: "Format of the rendition. `auto` and `optimal` are the best that the client shows, by its `Accept`; `origin` and `original` are the original's own; `pjpg` and `bjpg` are JPEG, `png8` is PNG with a palette of at most 256 colours, `png32` PNG, `webpll` is WebP without loss. Without it, the original's own format, or PNG where that cannot be written or is a still GIF. `blurhash`, `thumbhash` and `lqip` are texts: the hashes of the picture within 100 pixels, and a data URI of at most 400 bytes; `json` is `info`",
        read: |reading, text| put(&mut reading.output.format, FormatValue::of(text)),
    },
    Parameter {
        names: &["auto"], expected: || Expected::Text("a list such as format or webp,compress".to_owned()),
        meaning: "With `format` or `true` in the list, the format is the best that the client shows, by its `Accept`, and `format` is what it is otherwise; with `avif` or `webp`, the best of those. Other words say nothing",
        read: |reading, text| { reading.output.auto = AutoValue::of(text); Some(()) },
    },
    Parameter {
        names: &["q", "quality", "qlt"], expected: || Expected::TextOr("a number from 0 to 100", Target::WORDS.map(|(word, _)| word).into()),
        meaning: "How finely JPEG, WebP and AVIF are written, in place of the operator's setting; 0 is taken for 1, and of `75,90` the first counts. A word asks for what is seen, the same in every format: the quality that this takes is found for each original, and `X-Image-Proxy-Quality` says it; `auto` is `medium`. Never finer than the original's own quality, and of no account for formats that lose nothing",
        read: |reading, text| put(&mut reading.output.coding.quality, quality(text)),
    },
    Parameter {
        names: &["max_bytes"], expected: || Expected::Text("a number of bytes such as 40000, 40k or 40KiB".to_owned()),
        meaning: "How long the file may be: JPEG, WebP and AVIF are written at the finest quality that fits, none finer than `q` (that of a word, too) or the setting; where none fits, at the lowest. `X-Image-Proxy-Quality` says what was taken, and whether it missed",
        read: |reading, text| put(&mut reading.output.coding.max_bytes, MaxBytes::parse(text)),
    },
    Parameter {
        names: &["lossless"], expected: a_switch,
        meaning: "`1` keeps every pixel: in PNG, WebP and AVIF",
        read: |reading, text| set(&mut reading.output.coding.is_lossless, switch(text)),
    },
    Parameter {
        names: &["effort"], expected: || Expected::Text(format!("a whole number from 0 to {}", Effort::MAX)),
        meaning: "How much work goes into few bytes, from 0 (fast) to 10 (small), in place of the operator's setting; up to 6 it costs little",
        read: |reading, text| put(&mut reading.output.coding.effort, Effort::parse(text).map(EffortWish::Number)),
    },
    Parameter {
        names: &["progressive"], expected: a_switch,
        meaning: "`1` makes a progressive JPEG: the whole picture comes first, coarsely. Of no account for other formats",
        read: |reading, text| set(&mut reading.output.coding.is_progressive, switch(text)),
    },
    Parameter {
        names: &["chroma"], expected: || Expected::one_of(["420", "444"]),
        meaning: "How many samples of colour JPEG and AVIF keep: one for two by two pixels (`420`), or one for each (`444`). Of no account for other formats",
        read: |reading, text| put(&mut reading.output.coding.chroma, ChromaSampling::named(&text.replace(':', ""))),
    },
];

impl FormatValue {
    fn of(text: &str) -> Option<Self> {
        let word = WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, value)| *value);
        word.or_else(|| OutputFormat::named(text).map(Self::Named))
    }
}

impl AutoValue {
    fn of(list: &str) -> Self {
        let members = || list.split(',').map(str::trim);
        let is_said = |word: &str| members().any(|member| member.eq_ignore_ascii_case(word));
        let named = Accepted::NEGOTIABLE.into_iter().filter(|format| is_said(format.name()));
        Self { has_format: is_said("format") || is_said("true"), named: named.fold(<_>::default(), Accepted::with) }
    }

    fn negotiates(self) -> bool {
        self.has_format || !self.named.is_empty()
    }
}

impl OutputValues {
    /// Tells whether what is known of the original is asked for.
    pub fn tells_original(&self) -> bool {
        matches!(self.format, Some(FormatValue::Named(OutputFormat::INFO)))
    }

    /// Tells whether what is asked for is no image.
    pub fn is_text(&self) -> bool {
        matches!(self.format, Some(FormatValue::Named(output)) if output.format().is_none())
    }

    /// What the format may be, whatever a client shows.
    pub fn asked(&self) -> AskedFormat {
        match self.format {
            Some(FormatValue::Named(output) | FormatValue::Indexed(output)) => {
                AskedFormat::Named { output, is_lossless: false }
            }
            Some(FormatValue::Lossless(output)) => AskedFormat::Named { output, is_lossless: true },
            Some(FormatValue::Own) => AskedFormat::Own,
            Some(FormatValue::Negotiated) | None if self.auto.named.is_empty() => AskedFormat::Any(Accepted::all()),
            Some(FormatValue::Negotiated) | None => AskedFormat::Any(self.auto.named),
        }
    }

    /// The word for a format, as it is asked for.
    pub fn word(&self, output: OutputFormat) -> &'static str {
        match self.format {
            Some(FormatValue::Indexed(indexed)) if indexed == output => INDEXED,
            _ => output.medium().name(),
        }
    }

    /// Tells whether the format follows from what the client shows; `is_preferred` where nothing is named.
    pub fn negotiates(&self, is_preferred: bool) -> bool {
        match self.format {
            // What is no image is nothing to choose among.
            Some(FormatValue::Named(output)) if output.format().is_none() => false,
            Some(FormatValue::Negotiated) => true,
            Some(_) => self.auto.negotiates(),
            None => self.auto.negotiates() || is_preferred,
        }
    }

    /// What is asked of the answer; with what the client shows, where the format follows from that.
    pub fn wish(self, shown: Option<Accepted>) -> OutputWish {
        let Self { format, auto, mut coding } = self;
        coding.is_lossless |= matches!(format, Some(FormatValue::Lossless(_)));
        coding.palette = matches!(format, Some(FormatValue::Indexed(_))).then_some(PaletteSize::MOST);
        let among = if auto.named.is_empty() { Accepted::all() } else { auto.named };
        let format = match (format, shown.map(|shown| shown.within(among))) {
            (None, Some(accepted)) if !auto.negotiates() => Some(FormatWish::Preferred(accepted)),
            (format, Some(accepted)) => {
                let otherwise = match format {
                    Some(FormatValue::Named(output) | FormatValue::Lossless(output) | FormatValue::Indexed(output)) => {
                        Otherwise::Named(output)
                    }
                    Some(FormatValue::Own) => Otherwise::Own,
                    Some(FormatValue::Negotiated) | None => Otherwise::Plain,
                };
                Some(FormatWish::Best { accepted, otherwise })
            }
            (Some(FormatValue::Named(output) | FormatValue::Lossless(output) | FormatValue::Indexed(output)), None) => {
                Some(FormatWish::Named(output))
            }
            (Some(FormatValue::Own), None) => Some(FormatWish::Own),
            (Some(FormatValue::Negotiated) | None, None) => None,
        };
        OutputWish { format, coding, ..OutputWish::default() }
    }
}

/// The first of the numbers, as a whole one; or a word.
fn quality(text: &str) -> Option<QualityWish> {
    let first = text.split(',').next().unwrap_or_default().trim();
    if let Some(target) = Target::named(first) {
        return Some(QualityWish::Target(target));
    }
    let number = first.parse::<f64>().ok().filter(|number| (0.0..=100.0).contains(number))?;
    // At most 100.
    Some(QualityWish::Number(Quality::new(number.round() as u8)))
}
