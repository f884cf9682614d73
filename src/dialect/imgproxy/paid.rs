//! ProcessingOptions of the paid edition that are here anyway, by its public documentation.

use super::super::escaping::base64;
use super::arguments::{self, factor, share, switch};
use super::options::ProcessingOptions;
use super::table::OptionKind;
use super::words::{Invalid, invalid};
use crate::request::{Alteration, Exact, PaletteSize, Target, Words};

/// What options of the paid edition come to.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Extras {
    pub brightness: Alteration,
    pub contrast: Alteration,
    pub saturation: Alteration,
    pub unsharp: Unsharp,
    pub target: Option<Target>,
    /// How opaque the background is; `None` for all.
    pub background_alpha: Option<Exact>,
    /// What is laid over the picture in place of what the operator has, as a URL.
    pub mark_url: Option<Box<str>>,
    pub mark_words: Option<Words>,
    /// 0 follows from the other.
    pub mark_size: (u32, u32),
    pub png: PngOptions,
}

/// How PNG is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PngOptions {
    /// It has a palette.
    pub is_quantized: bool,
    /// Of so many colours at most.
    pub colours: PaletteSize,
}

impl PngOptions {
    pub fn palette(self) -> Option<PaletteSize> {
        self.is_quantized.then_some(self.colours)
    }
}

impl Default for PngOptions {
    fn default() -> Self {
        Self { is_quantized: false, colours: PaletteSize::MOST }
    }
}

/// When a picture is sharpened a little.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Unsharp {
    /// As the operator has it.
    #[default]
    Unsaid,
    Never,
    /// Where it becomes much smaller.
    Smaller,
    Always,
}

/// Scores of how unlike pictures may be, as `dssim` counts them, from the least on, and what they are here.
const UNLIKE: [(f64, Target); 4] =
    [(0.005, Target::High), (0.01, Target::MediumHigh), (0.02, Target::Medium), (0.03, Target::MediumLow)];

impl ProcessingOptions {
    /// Takes in an option of the paid edition.
    pub(super) fn set_paid<'a>(
        &mut self,
        kind: OptionKind,
        given: &mut impl Iterator<Item = &'a str>,
    ) -> Result<(), Invalid> {
        let extras = &mut self.extras;
        let mut next = || given.next().filter(|text| !text.is_empty());
        match kind {
            OptionKind::Adjust => {
                extras.brightness = next().map_or(Ok(extras.brightness), brightness)?;
                extras.contrast = next().map_or(Ok(extras.contrast), altered)?;
                extras.saturation = next().map_or(Ok(extras.saturation), altered)?;
            }
            OptionKind::Brightness => extras.brightness = next().map_or(Ok(extras.brightness), brightness)?,
            OptionKind::Contrast => extras.contrast = next().map_or(Ok(extras.contrast), altered)?,
            OptionKind::Saturation => extras.saturation = next().map_or(Ok(extras.saturation), altered)?,
            OptionKind::Unsharp => {
                extras.unsharp = match next().unwrap_or("auto") {
                    "auto" => Unsharp::Smaller,
                    "none" => Unsharp::Never,
                    "always" => Unsharp::Always,
                    _ => return Err(invalid("auto, none or always")),
                };
                // How much is up to the house; a number it must be.
                [next(), next()].into_iter().flatten().try_for_each(|text| factor(text).map(drop))?;
            }
            OptionKind::Autoquality => {
                let (method, target) = (next().unwrap_or_default(), next());
                let bounds = [next(), next(), next()];
                bounds.into_iter().flatten().try_for_each(|text| arguments::amount(text).map(drop))?;
                self.seek(method, target)?;
            }
            OptionKind::BackgroundAlpha => extras.background_alpha = next().map(share).transpose()?,
            OptionKind::WatermarkUrl => extras.mark_url = next().map(decoded).transpose()?.map(Into::into),
            OptionKind::WatermarkText => {
                let text = next().map(decoded).transpose()?.unwrap_or_default();
                let words = Words::parse(&text).ok_or_else(|| invalid("at most 500 letters"))?;
                extras.mark_words = Some(words).filter(|words| !words.as_str().is_empty());
            }
            OptionKind::PngOptions => {
                // Whether it is interlaced is read and does nothing.
                let [_, quantize, colours] = [next(), next(), next()];
                let png = &mut extras.png;
                png.is_quantized = quantize.map_or(png.is_quantized, switch);
                png.colours = colours.map_or(Ok(png.colours), palette_size)?;
            }
            _ => {
                let side = |text: Option<&str>| text.map_or(Ok(0), arguments::natural);
                extras.mark_size = (side(next())?, side(next())?);
            }
        }
        Ok(())
    }

    /// Looks for a quality.
    fn seek(&mut self, method: &str, target: Option<&str>) -> Result<(), Invalid> {
        match method {
            "none" => self.extras.target = None,
            "size" => self.max_bytes = arguments::natural(target.ok_or_else(|| invalid("a number of bytes"))?)?,
            "dssim" | "butteraugli" | "ssim" | "ml" => {
                let unlike = target.map(arguments::amount).transpose()?.filter(|_| method == "dssim");
                let unlike = unlike.map_or(UNLIKE[2].0, Exact::get);
                let found = UNLIKE.iter().find(|(most, _)| unlike <= *most);
                self.extras.target = Some(found.map_or(Target::Low, |(_, target)| *target));
            }
            _ => return Err(invalid("a method")),
        }
        Ok(())
    }
}

/// From 2 to 256.
pub(super) fn palette_size(text: &str) -> Result<PaletteSize, Invalid> {
    let number = arguments::natural(text)?.try_into().ok();
    number.and_then(PaletteSize::new).ok_or_else(|| invalid("a number from 2 to 256"))
}

/// From -255 to 255, of which 0 changes nothing.
fn brightness(text: &str) -> Result<Alteration, Invalid> {
    let number = arguments::integer(text)?;
    let percent = ((-255..=255).contains(&number)).then(|| (number as f64 / 2.55).to_string());
    percent.and_then(|percent| Alteration::parse(&percent)).ok_or_else(|| invalid("a number from -255 to 255"))
}

/// A factor, of which 1 changes nothing; at most 2.
fn altered(text: &str) -> Result<Alteration, Invalid> {
    let percent = ((arguments::amount(text)?.get() - 1.0) * 100.0).min(100.0);
    Alteration::parse(&percent.to_string()).ok_or_else(|| invalid("a factor"))
}

fn decoded(text: &str) -> Result<String, Invalid> {
    let bytes = base64(text.trim_end_matches('='));
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| invalid("Base64 of text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extras(kind: OptionKind, arguments: &str) -> Option<Extras> {
        let mut options = ProcessingOptions::default();
        options.set_paid(kind, &mut arguments.split(':')).ok().map(|()| options.extras)
    }

    fn percent(text: &str) -> Alteration {
        Alteration::parse(text).unwrap()
    }

    #[test]
    fn tones_are_percent_of_the_house() {
        let all = extras(OptionKind::Adjust, "255:1.5:0").unwrap();
        assert_eq!((all.brightness, all.contrast, all.saturation), (percent("100"), percent("50"), percent("-100")));
        let some = extras(OptionKind::Adjust, ":0.5").unwrap();
        assert_eq!((some.brightness, some.contrast, some.saturation), (percent("0"), percent("-50"), percent("0")));
        assert_eq!(extras(OptionKind::Contrast, "7").unwrap().contrast, percent("100"));
        for (kind, text) in
            [(OptionKind::Brightness, "256"), (OptionKind::Brightness, "1.5"), (OptionKind::Saturation, "-1")]
        {
            assert_eq!(extras(kind, text), None, "{text}");
        }
    }

    #[test]
    fn a_quality_is_sought_by_a_method() {
        for (text, expected) in [
            ("dssim:0.001", Some(Target::High)),
            ("dssim:0.02:70:80:0.001", Some(Target::Medium)),
            ("dssim:1", Some(Target::Low)),
            ("ml", Some(Target::Medium)),
            ("none", None),
        ] {
            assert_eq!(extras(OptionKind::Autoquality, text).unwrap().target, expected, "{text}");
        }
        assert!(
            extras(OptionKind::Autoquality, "bogus").is_none() && extras(OptionKind::Autoquality, "size").is_none()
        );
    }

    #[test]
    fn a_palette_has_from_2_to_256_colours() {
        let palette = |arguments: &str| extras(OptionKind::PngOptions, arguments).map(|extras| extras.png.palette());
        for (arguments, colours) in [("0:1", 256), (":true:16", 16), ("1:1:2", 2)] {
            assert_eq!(palette(arguments), Some(PaletteSize::new(colours)), "{arguments}");
        }
        assert_eq!((palette("1:0:16"), palette("::16")), (Some(None), Some(None)));
        assert_eq!([palette(":1:1"), palette(":1:257"), palette(":1:x")], [None; 3]);
    }

    #[test]
    fn words_and_urls_are_encoded() {
        assert_eq!(extras(OptionKind::WatermarkText, "aGVsbG8").unwrap().mark_words, Words::parse("hello"));
        assert_eq!(extras(OptionKind::WatermarkUrl, "bG9jYWw6Ly8vYQ").unwrap().mark_url.as_deref(), Some("local:///a"));
        assert_eq!(extras(OptionKind::WatermarkSize, ":30").unwrap().mark_size, (0, 30));
        assert!(extras(OptionKind::WatermarkText, "!").is_none() && extras(OptionKind::Unsharp, "maybe").is_none());
    }
}
