//! `/info/`: what is told of an original, as JSON. Of the paid edition, by its public documentation.

use std::time::{Duration, SystemTime};

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::super::Worded;
use super::arguments::{expiry, natural, switch};
use super::options::Grammar;
use super::swatches::{SwatchColour, dominant};
use super::words::{Invalid, invalid};
use crate::request::{Dimensions, Facts, Format, Orientation};

/// What is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InfoOptions {
    size: bool,
    format: bool,
    dimensions: bool,
    alpha: bool,
    pages: bool,
    average: bool,
    /// The most colours of a palette; none for no palette.
    palette: u32,
    dominant: Option<MissingColours>,
    blurhash: bool,
    /// In seconds since 1970; 0 for never.
    expires: i64,
}

/// What becomes of dominant colours that a picture has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MissingColours {
    LeftOut,
    Built,
}

/// The most colours of a palette that may be asked for, and the fewest.
const PALETTES: std::ops::RangeInclusive<u32> = 2..=256;
/// The components of the hash, across and down: those that the house makes.
const COMPONENTS: (u32, u32) = (4, 3);

/// What is known of an original without pixels.
struct HeaderTold {
    bytes: u64,
    format: Format,
    stored: Dimensions,
    /// By its EXIF value.
    orientation: usize,
    has_alpha: bool,
    frames: u64,
}

impl Default for InfoOptions {
    fn default() -> Self {
        Self {
            size: true,
            format: true,
            dimensions: true,
            alpha: false,
            pages: false,
            average: false,
            palette: 0,
            dominant: None,
            blurhash: false,
            expires: 0,
        }
    }
}

impl InfoOptions {
    /// Until when the URL is good, where it says so.
    pub fn good_until(self) -> Option<SystemTime> {
        let seconds = u64::try_from(self.expires).ok().filter(|seconds| *seconds > 0)?;
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
    }

    /// Tells whether only pixels tell all that is asked for.
    pub fn needs_pixels(self) -> bool {
        self.average || self.palette > 0 || self.dominant.is_some() || self.blurhash
    }

    /// Takes in an option. Metadata may be asked for, and there is none to tell: as of an original that has none.
    pub fn apply(&mut self, name: &str, arguments: &str, by: &Grammar<'_>) -> Result<(), Invalid> {
        let mut given = arguments.split(by.separator);
        let (first, second) = (given.next().unwrap_or_default(), given.next());
        let is_on = switch(first);
        match name {
            "size" | "s" => self.size = is_on,
            "format" | "f" => self.format = is_on,
            "dimensions" | "d" => self.dimensions = is_on,
            "alpha" | "a" => self.alpha = is_on,
            "pages_number" | "pn" => self.pages = is_on,
            "average" | "avg" => self.average = is_on,
            "palette" | "p" => self.palette = colours(first)?,
            "dominant_colors" | "dc" => {
                let missing = if second.is_some_and(switch) { MissingColours::Built } else { MissingColours::LeftOut };
                self.dominant = is_on.then_some(missing);
            }
            "blurhash" | "bh" => self.blurhash = components(first, second)?,
            "exif" | "iptc" | "xmp" | "video_meta" | "vm" => {}
            "detect_objects" | "do" if !is_on => {}
            // The first is what is told of.
            "page" | "pg" if natural(first)? == 0 => {}
            "expires" | "exp" => self.expires = expiry(arguments, by.now)?,
            "cachebuster" | "cb" => {}
            "max_src_resolution" | "msr" | "max_src_file_size" | "msfs" if !by.allows_security => {
                return Err(Invalid::Security);
            }
            _ => return Err(Invalid::Option),
        }
        Ok(())
    }

    /// What is told of an original with these facts.
    pub fn told(self, facts: &Facts) -> Worded {
        let known = HeaderTold {
            bytes: facts.condition.bytes,
            format: facts.format,
            stored: facts.stored,
            orientation: facts.orientation.exif_value(),
            has_alpha: facts.may_be_transparent(),
            frames: facts.frames.into(),
        };
        Worded::json(StatusCode::OK, &Value::Object(self.of_known(&known)))
    }

    /// The same in place of what the house tells of an original by its pixels; `None` where that is not as it should be.
    pub fn retold(self, text: &str) -> Option<String> {
        let house: Value = serde_json::from_str(text).ok()?;
        let mut told = self.of_known(&HeaderTold::of_house(&house)?);
        let colour = |value: &Value| value.as_str().and_then(SwatchColour::of_hex);
        let palette: Vec<_> = house.get("palette")?.as_array()?.iter().filter_map(colour).collect();
        if self.palette > 0 {
            let colours = palette.iter().take(self.palette as usize).map(|colour| colour.told_opaque());
            told.insert("palette".to_owned(), colours.collect());
        }
        if self.average {
            told.insert("average".to_owned(), colour(house.get("average")?)?.told_opaque());
        }
        if let Some(missing) = self.dominant {
            let found = dominant(&palette, missing == MissingColours::Built);
            let found = found.into_iter().map(|(name, colour)| (name.to_owned(), colour.told()));
            told.insert("dominant_colors".to_owned(), Value::Object(found.collect()));
        }
        if self.blurhash {
            told.insert("blurhash".to_owned(), house.get("blurhash")?.clone());
        }
        Some(Value::Object(told).to_string())
    }

    fn of_known(self, known: &HeaderTold) -> Map<String, Value> {
        let HeaderTold { bytes, format, stored, orientation, has_alpha, frames } = known;
        let mut told = Map::new();
        let mut tell = |is_asked: bool, name: &str, value: Value| {
            if is_asked {
                told.insert(name.to_owned(), value);
            }
        };
        tell(self.size, "size", (*bytes).into());
        tell(self.format, "format", format.name().into());
        tell(self.format, "mime_type", format.mime().into());
        tell(self.dimensions, "width", stored.width.into());
        tell(self.dimensions, "height", stored.height.into());
        tell(self.dimensions, "orientation", (*orientation).into());
        tell(self.alpha, "alpha", json!({ "has_alpha": has_alpha }));
        tell(self.pages, "pages_number", (*frames).into());
        told
    }
}

impl HeaderTold {
    /// What the house tells, of the upright picture.
    fn of_house(house: &Value) -> Option<Self> {
        let number = |name: &str| house.get(name)?.as_u64();
        let side = |name: &str| number(name).and_then(|side| u32::try_from(side).ok());
        let orientation = usize::try_from(number("orientation")?).ok()?;
        let upright = Dimensions::new(side("width")?, side("height")?);
        let is_across = orientation >= Orientation::Transposed.exif_value();
        let stored = if is_across { upright.swapped() } else { upright };
        Some(Self {
            bytes: number("bytes")?,
            format: Format::named(house.get("format")?.as_str()?)?,
            stored,
            orientation,
            has_alpha: house.get("alpha")?.as_bool()?,
            frames: number("frames")?,
        })
    }
}

/// How many colours of a palette are wanted.
fn colours(text: &str) -> Result<u32, Invalid> {
    let count = natural(text)?;
    if count == 0 || PALETTES.contains(&count) { Ok(count) } else { Err(invalid("0, or a number from 2 to 256")) }
}

/// Tells whether a hash is wanted.
fn components(across: &str, down: Option<&str>) -> Result<bool, Invalid> {
    match (natural(across)?, natural(down.unwrap_or("0"))?) {
        (0, _) | (_, 0) => Ok(false),
        asked if asked == COMPONENTS => Ok(true),
        _ => Err(invalid("the components 4:3")),
    }
}
