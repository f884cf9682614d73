//! From options to a wish.

use std::iter;
use std::num::NonZeroU32;

use super::client::Client;
use super::options::{ProcessingOptions, WatermarkOptions};
use super::paid::{Extras, Unsharp};
use super::rounds::OptionRounds;
use super::settings::ImgproxySettings;
use crate::request::step::{Evenness, TrimRule};
use crate::request::{
    Anchor, Background, Bounds, CodingWish, Composition, Delivery, Edit, Effects, Exact, Format, FormatList,
    FormatWish, Gravity, ImageRequest, Lie, Margin, Mark, MarkSpot, MaxBytes, Measure, OriginalLimit, Otherwise,
    OutputFormat, OutputWish, Padding, Paint, Placement, Position, Qualities, Quality, QualityWish, Reference, Saving,
    Sharpness, Sigma, TextWish, Tones, TrimWish, TurnWish, Wish,
};

/// The em of words in thousandths of a pixel, which are black: "sans 16" of the documentation.
const WORDS_EM: u32 = 16_000;

/// The longest side of an icon, in pixels.
const ICON_SIDE: u32 = 256;

/// What a trim takes transparent pixels for.
const BEHIND: Background = Background([255, 0, 255]);

impl OptionRounds {
    /// What is asked of an original.
    pub(super) fn request(self, original: Reference, client: &Client, settings: &ImgproxySettings) -> ImageRequest {
        let Self { earlier, mut last } = self;
        let saving = Saving { stem: last.filename.take(), is_attachment: last.is_attachment, is_literal: true };
        if last.is_raw {
            let delivery = Delivery::Raw;
            return ImageRequest { saving, delivery, ..ImageRequest::new(original, Wish::default()) };
        }
        if last.format == Some(Format::Ico) {
            let most = last.composition.max_side.map_or(ICON_SIDE, |most| most.get().min(ICON_SIDE));
            last.composition.max_side = NonZeroU32::new(most);
        }
        let max_bytes = Some(last.max_original_bytes).filter(|bytes| *bytes > 0);
        let limit = OriginalLimit { max_pixels: Some(last.max_pixels), max_bytes, ..OriginalLimit::default() };
        let is_drawing = !settings.draws || last.format == Some(Format::Svg);
        let kept = if is_drawing { last.skipped.with(Format::Svg) } else { last.skipped };
        let delivery = if kept.is_empty() {
            Delivery::Send
        } else {
            Delivery::AsStored { formats: kept, cleans: settings.cleans }
        };
        let is_any = |asks: fn(&ProcessingOptions) -> bool| earlier.iter().chain([&last]).any(asks);
        let (is_extended, is_opaque) = (is_any(ProcessingOptions::is_extended), is_any(ProcessingOptions::is_opaque));
        let wish = Wish::new(last.output(client, settings, is_extended, is_opaque));
        // What a client says of its screen is about the picture that it knows: that of the first round.
        let clients = [*client].into_iter().chain(iter::repeat(Client::default()));
        let rounds = earlier.into_iter().chain([last]).zip(clients);
        let wish = rounds.fold(wish, |wish, (options, client)| options.onto(wish, &client, settings));
        ImageRequest { delivery, limit, saving, ..ImageRequest::new(original, wish) }
    }
}

impl ProcessingOptions {
    fn is_extended(&self) -> bool {
        self.composition.extension.is_some() || self.composition.padding != Padding::default()
    }

    fn is_opaque(&self) -> bool {
        self.background.is_some() && self.extras.background_alpha.is_none_or(|alpha| alpha == Exact::ONE)
    }

    /// What is asked before, and then this.
    fn onto(self, wish: Wish, client: &Client, settings: &ImgproxySettings) -> Wish {
        let text = self.text();
        wish.then(self.edit(client, settings)).then(Edit { text, ..Edit::default() })
    }

    fn output(&self, client: &Client, settings: &ImgproxySettings, is_extended: bool, is_opaque: bool) -> OutputWish {
        let frames = NonZeroU32::new(self.max_frames).filter(|frames| frames.get() > 1);
        let coding = CodingWish {
            quality: Some(self.quality(settings)),
            max_bytes: MaxBytes::new(self.max_bytes.into()),
            is_progressive: settings.is_progressive,
            palette: self.extras.png.palette(),
            ..CodingWish::default()
        };
        let format = match self.format(client, settings) {
            FormatWish::Listed(list) => FormatWish::Listed(FormatList { is_extended, is_opaque, ..list }),
            other => other,
        };
        // A format that holds no animation shows the first of its pictures.
        let is_still = match format {
            FormatWish::Listed(FormatList { named: Some(named), shown, .. }) => {
                !FormatList::moves(named) && !shown.has(OutputFormat::WEBP)
            }
            _ => false,
        };
        let (is_still, keeping) = (is_still || frames.is_none(), Some(self.metadata.keeping()));
        OutputWish { format: Some(format), coding, is_still, max_frames: frames, keeping }
    }

    fn quality(&self, settings: &ImgproxySettings) -> QualityWish {
        if self.quality > 0 {
            return QualityWish::Number(Quality::new(self.quality));
        }
        if let Some(target) = self.extras.target {
            return QualityWish::Target(target);
        }
        let first = |qualities: [u8; 3]| {
            let told = qualities.into_iter().find(|quality| *quality > 0);
            Quality::new(told.unwrap_or(ImgproxySettings::QUALITY))
        };
        let (own, usual) = (&self.format_quality, &settings.format_quality);
        QualityWish::Each(Qualities {
            jpeg: first([own.jpeg, usual.jpeg, settings.quality]),
            webp: first([own.webp, usual.webp, settings.quality]),
            avif: first([own.avif, usual.avif, settings.quality]),
        })
    }

    fn format(&self, client: &Client, settings: &ImgproxySettings) -> FormatWish {
        if self.is_best {
            return FormatWish::Best { accepted: client.accepted, otherwise: Otherwise::Plain };
        }
        let named = self.format.and_then(|format| OutputFormat::written_as(format.name()));
        if let (Some(format), None) = (self.format, named) {
            return FormatWish::Unwritten(format);
        }
        let shown = if named.is_some() { settings.enforced } else { settings.shown };
        let mut usual = [None; FormatList::USUAL];
        usual.iter_mut().zip(&settings.preferred).for_each(|(place, format)| *place = Some(*format));
        FormatWish::Listed(FormatList { shown: client.accepted.within(shown), named, usual, ..FormatList::default() })
    }

    /// What lies over the picture, where that is asked for.
    fn mark(&self, settings: &ImgproxySettings) -> Option<Mark> {
        let WatermarkOptions { opacity, anchor, across, down, scale } = self.watermark;
        let opacity_percent = (opacity.get() * settings.mark_opacity.get() * 100.0).round() as u8;
        let spot = match anchor {
            Some(anchor) => MarkSpot::At(Placement { gravity: Gravity::Anchor(anchor), across, down }),
            None => MarkSpot::All { across, down },
        };
        let original = self.mark.as_ref().or(settings.mark.as_ref());
        let original = original.filter(|_| opacity_percent > 0 && self.extras.mark_words.is_none())?.clone();
        Some(Mark { original, opacity_percent, spot, scale, size: self.extras.mark_size })
    }

    /// Words in place of that.
    fn text(&self) -> Option<TextWish> {
        let WatermarkOptions { opacity, anchor, across, down, .. } = self.watermark;
        let words = self.extras.mark_words.clone().filter(|_| opacity != Exact::ZERO)?;
        let margin = across.get().abs().max(down.get().abs()) as u32;
        Some(TextWish {
            position: Position::Anchor(anchor.unwrap_or(Anchor::MIDDLE)),
            margin: Margin::Pixels(margin.min(Margin::MAX)),
            opacity_percent: (opacity.get() * 100.0).round() as u8,
            is_tiled: anchor.is_none(),
            size: Measure::Pixels(WORDS_EM),
            colour: Paint::BLACK,
            ..TextWish::of(words)
        })
    }

    fn edit(self, client: &Client, settings: &ImgproxySettings) -> Edit {
        let Extras { brightness, contrast, saturation, unsharp, background_alpha, .. } = self.extras;
        let unsharpened = (unsharp == Unsharp::Always).then_some(Sharpness::Mild);
        let effects = Effects {
            blur: Sigma::of(self.blur.get()),
            sharpen: Sigma::of(self.sharpen.get()).map(Sharpness::Sigma).or(unsharpened),
            tones: Tones { brightness, contrast, saturation, ..Tones::default() },
            pixelate: NonZeroU32::new(self.pixelate).filter(|side| side.get() > 1),
            mirrors_squares: self.pixelate > 1,
            ..Effects::default()
        };
        let sharpens_reduced = match unsharp {
            Unsharp::Unsaid | Unsharp::Always => None,
            Unsharp::Never => Some(false),
            Unsharp::Smaller => Some(true),
        };
        let trim = self.trim.map(|tolerance| TrimWish {
            evenness: Evenness { across: self.trims_evenly.0, down: self.trims_evenly.1 },
            rule: TrimRule { behind: Some(BEHIND), ..TrimRule::default() },
            // What is beyond is the most that there is.
            ..TrimWish::of(tolerance.get() as u8, self.trim_colour)
        });
        let turn = TurnWish { angle: self.rotation, is_flopped: self.is_flopped, is_flipped: self.is_flipped };
        let ratio = self.ratio.or(client.ratio).unwrap_or(Exact::ONE);
        let width = self.width.or(client.width).unwrap_or_default();
        let marks: Vec<_> = self.mark(settings).into_iter().collect();
        let mut composition = Composition { marks, ..self.composition };
        (composition.width, composition.ratio) = (width, ratio);
        Edit {
            lie: if self.is_auto_rotated { Lie::Unchanged } else { Lie::AsStored },
            trim,
            turn,
            composition: (composition != Default::default()).then(|| Box::new(composition)),
            bounds: Bounds { sharpens_reduced, ..Bounds::default() },
            effects,
            background: self.background.map(|colour| {
                let [red, green, blue] = colour.0;
                let alpha = background_alpha.unwrap_or(Exact::ONE).get();
                Paint([red, green, blue, (alpha * 255.0).round() as u8])
            }),
            ..Edit::default()
        }
    }
}
