//! What is done to a picture: one round for each `op`, in the order of the client.

use std::collections::HashMap;
use std::num::NonZeroU32;

use super::flat;
use super::parameters::Parameters;
use super::words;
use crate::dialect::{DialectError, go};
use crate::request::{Angle, Bounds, Edit, Effects, Fit, Length, Quality, Rounding, SizedBlur, TurnWish};

/// What is done to a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RoundKind {
    /// Nothing.
    Noop,
    Resize,
    Thumbnail,
    Fit,
    Flip,
    Rotate,
    /// Other pictures are laid over it.
    Flat,
    Effect,
}

/// An operation and what is asked of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Round {
    pub operation: RoundKind,
    /// In pixels; 0 follows from the other.
    pub size: (u32, u32),
    /// How finely it is written, where it is the last that does anything.
    pub quality: Option<Quality>,
    pub edit: Edit,
}

/// What is asked of one operation, as it came: all parameters of the URL, or those of the operation alone.
pub(super) struct Options<'a> {
    values: OptionValues<'a>,
    /// Pictures that are laid over the one.
    pub paths: Vec<&'a str>,
}

/// Where values are: with those of the URL, or in the text of one operation.
enum OptionValues<'a> {
    OfAll(&'a Parameters),
    OfOne(HashMap<&'a str, &'a str>),
}

/// The most operations of one request.
const MAX_OPERATIONS: usize = 20;
/// The longest side that may be asked for, in pixels. What is made of it is bound by the operator.
const MAX_SIDE: u32 = 65_535;
const MAX_QUALITY: u8 = 100;
/// What `filter=blur` means.
const BLUR: SizedBlur = SizedBlur { divisor: NonZeroU32::MIN.saturating_add(19), most: 50 };

impl RoundKind {
    const NAMES: [(&str, Self); 8] = [
        ("noop", Self::Noop),
        ("resize", Self::Resize),
        ("thumbnail", Self::Thumbnail),
        ("fit", Self::Fit),
        ("flip", Self::Flip),
        ("rotate", Self::Rotate),
        ("flat", Self::Flat),
        ("effect", Self::Effect),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, operation)| *operation)
    }

    /// Tells whether its size is that of the picture.
    fn has_size(self) -> bool {
        matches!(self, Self::Resize | Self::Thumbnail | Self::Fit)
    }
}

/// Reads all operations. Alone, one is a name; of several each is a name, with the parameters of the URL, or has its own:
/// `op:rotate deg:90`. An animation that stays one is made a thumbnail where picfit is to fit it.
pub(super) fn read(parameters: &Parameters, is_animation: bool) -> Result<Vec<Round>, DialectError> {
    let texts = parameters.operations();
    if texts.is_empty() || texts == [""] {
        return Err(words::no_operation());
    }
    if texts.len() > MAX_OPERATIONS {
        let expected = format!("at most {MAX_OPERATIONS} operations");
        return Err(DialectError::parameter("op", expected, &texts.len().to_string()));
    }
    texts.iter().map(|text| round(text, texts.len() == 1, parameters, is_animation)).collect()
}

fn round(text: &str, is_only: bool, parameters: &Parameters, is_animation: bool) -> Result<Round, DialectError> {
    if let Some(operation) = RoundKind::named(text) {
        return Options::of_all(parameters).round(operation, is_animation);
    }
    if is_only {
        return Err(words::unknown_operation(text));
    }
    let options = Options::of_one(text);
    let name = options.get("op").ok_or_else(words::no_operation)?;
    let operation = RoundKind::named(name).ok_or_else(|| words::unknown_operation(text))?;
    options.round(operation, is_animation)
}

/// Tells whether all sizes are among those that are allowed, the one that the URL names among them.
pub(super) fn are_allowed(
    parameters: &Parameters,
    rounds: &[Round],
    allowed: &[(u32, u32)],
) -> Result<bool, DialectError> {
    let whole = Options::of_all(parameters).size()?;
    let own = rounds.iter().filter(|round| round.operation.has_size()).map(|round| round.size);
    Ok([whole].into_iter().chain(own).all(|size| allowed.contains(&size)))
}

impl<'a> Options<'a> {
    fn of_all(parameters: &'a Parameters) -> Self {
        Self { values: OptionValues::OfAll(parameters), paths: Vec::new() }
    }

    /// Pairs of a name and a value; the last of a name counts, and what follows another colon does not.
    fn of_one(text: &'a str) -> Self {
        let mut pairs = HashMap::new();
        let mut paths = Vec::new();
        for part in text.split(' ') {
            let mut halves = part.split(':');
            let (Some(name), Some(value)) = (halves.next(), halves.next()) else { continue };
            if name == "path" {
                paths.push(value);
            } else {
                pairs.insert(name, value);
            }
        }
        Self { values: OptionValues::OfOne(pairs), paths }
    }

    /// As it came.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        match &self.values {
            OptionValues::OfAll(parameters) => parameters.get(name),
            OptionValues::OfOne(pairs) => pairs.get(name).copied(),
        }
    }

    /// All that is read is read whatever the operation is: what is wrong is wrong in each.
    fn round(&self, operation: RoundKind, is_animation: bool) -> Result<Round, DialectError> {
        let (size, may_enlarge) = (self.size()?, self.upscale()?);
        let (quality, degrees) = (self.quality()?, self.degrees()?);
        let corner = flat::corner(self.get("stick").unwrap_or_default())?;
        let edit = match operation {
            RoundKind::Noop => Edit::default(),
            RoundKind::Resize => sized(size, Fit::Stretch, may_enlarge),
            RoundKind::Thumbnail => sized(size, Fit::Cover, may_enlarge),
            // Picfit makes thumbnails of animations in its place.
            RoundKind::Fit if is_animation => sized(size, Fit::Cover, may_enlarge),
            RoundKind::Fit => fitted(size, may_enlarge),
            RoundKind::Flip => turned(self.flip()?),
            RoundKind::Rotate => turned(rotation(degrees)?),
            RoundKind::Flat => flat::edit(self, size, corner)?,
            RoundKind::Effect => self.effect()?,
        };
        Ok(Round { operation, size, quality, edit })
    }

    fn size(&self) -> Result<(u32, u32), DialectError> {
        Ok((self.side("w")?, self.side("h")?))
    }

    fn side(&self, name: &'static str) -> Result<u32, DialectError> {
        let Some(text) = self.get(name) else { return Ok(0) };
        let side = integer(text).and_then(|side| u32::try_from(side).ok()).filter(|side| *side <= MAX_SIDE);
        side.ok_or_else(|| DialectError::parameter(name, format!("a whole number from 0 to {MAX_SIDE}"), text))
    }

    fn upscale(&self) -> Result<bool, DialectError> {
        let Some(text) = self.get("upscale") else { return Ok(true) };
        go::boolean(text).ok_or_else(|| DialectError::parameter("upscale", "1, true, 0 or false", text))
    }

    fn quality(&self) -> Result<Option<Quality>, DialectError> {
        let Some(text) = self.get("q") else { return Ok(None) };
        let number = integer(text).and_then(|number| u8::try_from(number).ok()).filter(|number| *number <= MAX_QUALITY);
        let number = number.ok_or_else(|| DialectError::parameter("q", "a whole number from 0 to 100", text))?;
        Ok(Some(Quality::new(number)))
    }

    fn degrees(&self) -> Result<i64, DialectError> {
        let Some(text) = self.get("deg") else { return Ok(90) };
        integer(text).ok_or_else(|| DialectError::parameter("deg", "90, 180 or 270", text))
    }

    fn flip(&self) -> Result<TurnWish, DialectError> {
        match self.get("pos").unwrap_or_default() {
            "h" => Ok(TurnWish { is_flopped: true, ..TurnWish::default() }),
            "v" => Ok(TurnWish { is_flipped: true, ..TurnWish::default() }),
            other => Err(DialectError::parameter("pos", "h or v", other)),
        }
    }

    fn effect(&self) -> Result<Edit, DialectError> {
        match self.get("filter").unwrap_or_default() {
            "blur" => {
                let effects = Effects { sized_blur: Some(BLUR), ..Effects::default() };
                Ok(Edit { effects, ..Edit::default() })
            }
            other => Err(DialectError::parameter("filter", "blur", other)),
        }
    }
}

/// A whole number as Go reads it.
fn integer(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// Counter-clockwise.
fn rotation(degrees: i64) -> Result<TurnWish, DialectError> {
    let clockwise = match degrees {
        90 => "270",
        180 => "180",
        270 => "90",
        other => return Err(DialectError::parameter("deg", "90, 180 or 270", &other.to_string())),
    };
    Ok(TurnWish { angle: Angle::parse(clockwise).unwrap_or_default(), ..TurnWish::default() })
}

fn turned(turn: TurnWish) -> Edit {
    Edit { turn, ..Edit::default() }
}

/// The dimensions of a picture, of which one may follow from the other.
pub(super) fn bounds((width, height): (u32, u32), fit: Fit) -> Bounds {
    let [width, height] = [width, height].map(|side| (side > 0).then_some(Length::Pixels(side)));
    Bounds { width, height, fit, may_enlarge: true, ..Bounds::default() }
}

/// What may not become larger stays as it is where any side would.
fn sized(size: (u32, u32), fit: Fit, may_enlarge: bool) -> Edit {
    let bounds = Bounds { is_all_or_nothing: !may_enlarge, ..bounds(size, fit) };
    Edit { bounds, ..Edit::default() }
}

fn fitted(size: (u32, u32), may_enlarge: bool) -> Edit {
    let Edit { bounds, .. } = sized(size, Fit::Contain, may_enlarge);
    Edit { bounds: Bounds { may_enlarge: false, rounding: Rounding::Down, ..bounds }, ..Edit::default() }
}
