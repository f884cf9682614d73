//! `Reading`: what the parameters of one query say, and the wish that they come to.

use std::borrow::Cow;

use url::form_urlencoded;

use super::parameters::PARAMETERS;
use crate::dialect::DialectError;
use crate::request::{
    Background, Bounds, Dpr, Edit, Margin, OutputFormat, OutputWish, OverlayWish, Position, Reference, ResizeAlgorithm,
    Sigma, Size, TrimWish, Wish,
};

/// The last value of each parameter that we know, as text, with the name that it was given under.
pub(super) struct Values<'a>(Vec<Option<(&'static str, Cow<'a, str>)>>);

impl<'a> Values<'a> {
    /// Names are matched in any letter case; of a repeated parameter, and of its several names, the last counts.
    pub(super) fn of(query: Option<&'a str>) -> Self {
        let Some(query) = query else { return Self(Vec::new()) };
        let mut values = vec![None; PARAMETERS.len()];
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let known = PARAMETERS.iter().zip(&mut values).find_map(|(parameter, place)| {
                let spelt = parameter.names.iter().find(|known| known.eq_ignore_ascii_case(&name))?;
                Some((*spelt, place))
            });
            if let Some((spelt, place)) = known {
                *place = Some((spelt, value));
            }
        }
        Self(values)
    }

    /// Tells whether a parameter was given, by the first of its names.
    pub(super) fn has(&self, name: &str) -> bool {
        let given = PARAMETERS.iter().zip(&self.0).find(|(parameter, _)| parameter.name() == name);
        given.is_some_and(|(_, value)| value.is_some())
    }
}

/// The parameters of one query, each as the type that it becomes.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    pub(super) size: Option<Size>,
    pub(super) dpr: Option<Dpr>,
    pub(super) format: Option<OutputFormat>,
    pub(super) resize_algorithm: Option<ResizeAlgorithm>,
    pub(super) grayscale: bool,
    pub(super) blur: Option<Sigma>,
    /// The tolerance.
    pub(super) trim: Option<u8>,
    pub(super) trim_colour: Option<Background>,
    pub(super) watermark: Option<Reference>,
    pub(super) watermark_position: Option<Position>,
    pub(super) watermark_size: Option<u8>,
    pub(super) watermark_opacity: Option<u8>,
    pub(super) watermark_margin: Option<Margin>,
}

impl Reading {
    /// Reads all values.
    ///
    /// # Errors
    /// A value is not what its parameter expects.
    pub(super) fn of(values: &Values<'_>) -> Result<Self, DialectError> {
        let mut reading = Self::default();
        for (parameter, value) in PARAMETERS.iter().zip(&values.0) {
            let Some((spelt, text)) = value else { continue };
            let read = (parameter.read)(&mut reading, text);
            read.ok_or_else(|| DialectError::parameter(spelt, (parameter.expected)(), text))?;
        }
        Ok(reading)
    }

    /// What is asked for. The hint stands in for a ratio that was not given.
    pub(super) fn wish(self, hinted_ratio: impl FnOnce() -> Option<Dpr>) -> Wish {
        // Without `..`: a parameter that asks for nothing does not compile.
        let Self {
            size,
            dpr,
            format,
            resize_algorithm,
            grayscale,
            blur,
            trim,
            trim_colour,
            watermark,
            watermark_position,
            watermark_size,
            watermark_opacity,
            watermark_margin,
        } = self;
        let ratio = dpr.or_else(hinted_ratio);
        let size = size.map(|size| ratio.map_or(size, |ratio| size.at(ratio)));
        let overlay = watermark.map(|original| {
            let usual = OverlayWish::of(original);
            let margin = watermark_margin.unwrap_or(usual.margin);
            OverlayWish {
                position: watermark_position.unwrap_or(usual.position),
                size_percent: watermark_size.unwrap_or(usual.size_percent),
                opacity_percent: watermark_opacity.unwrap_or(usual.opacity_percent),
                margin: dpr.map_or(margin, |ratio| margin.at(ratio)),
                original: usual.original,
            }
        });
        let edit = Edit {
            trim: trim.map(|tolerance| TrimWish { tolerance, colour: trim_colour }),
            // Without a size there is nothing to weigh, so the algorithm alone asks for nothing.
            bounds: Bounds { size, algorithm: resize_algorithm.filter(|_| size.is_some()) },
            grayscale,
            blur,
            overlays: overlay.into_iter().filter(|overlay| overlay.opacity_percent > 0).collect(),
        };
        Wish::new(OutputWish { format }).then(edit)
    }
}
