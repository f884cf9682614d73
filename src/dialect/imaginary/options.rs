//! `ImaginaryOptions`: the parameters of one operation, and the table that reads them: from a query, or from the JSON of a
//! pipeline.

use serde_json::Value;

use super::parsing::{self, UNSUPPORTED};
use super::pipeline::{self, PipelineStep};
use super::query::GoQuery;
use crate::request::{Along, Anchor, Gravity, Paint, Surround};

/// The parameters of one operation. What was not given is at its default: 0, false, or no text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ImaginaryOptions {
    pub width: i64,
    pub height: i64,
    pub top: i64,
    pub left: i64,
    pub area_width: i64,
    pub area_height: i64,
    pub quality: i64,
    pub compression: i64,
    pub speed: i64,
    /// Clockwise, in degrees.
    pub rotate: i64,
    pub factor: i64,
    pub margin: i64,
    pub dpi: i64,
    pub text_width: i64,
    pub opacity: f64,
    pub sigma: f64,
    pub smallest_amplitude: f64,
    pub is_flipped: bool,
    pub is_flopped: bool,
    pub is_forced: bool,
    pub is_embedded: bool,
    /// `None` where it was not given at all, which is something else than off.
    pub is_uncropped: Option<bool>,
    pub is_single: bool,
    pub keeps_rotation: bool,
    pub is_interlaced: bool,
    pub strips_metadata: bool,
    /// PNG has a palette.
    pub has_palette: bool,
    pub is_gray: bool,
    pub text: String,
    pub font: String,
    /// The URL of another picture.
    pub image: String,
    /// The format, as a word.
    pub kind: String,
    pub aspect_ratio: String,
    pub colour: Option<[u8; 3]>,
    pub background: Option<[u8; 3]>,
    pub gravity: Gravity,
    pub extend: Extend,
    pub operations: Vec<PipelineStep>,
}

/// What is around a picture that is smaller than its canvas.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Extend {
    /// Its nearest pixels.
    #[default]
    Copy,
    Mirror,
    Black,
    White,
    Background,
}

/// The value of a parameter.
#[derive(Debug, Clone, Copy)]
pub(super) enum OptionValue<'a> {
    Text(&'a str),
    Json(&'a Value),
}

/// A parameter: its name, and how its value is put in.
type OptionRow = (&'static str, fn(&mut ImaginaryOptions, OptionValue<'_>) -> Result<(), String>);

/// What is read and does nothing: profiles are left out anyway.
fn nothing<T>(_value: T) {}

#[rustfmt::skip]
const ROWS: [OptionRow; 39] = [
    ("width", |options, value| integer(value).map(|number| options.width = number)),
    ("height", |options, value| integer(value).map(|number| options.height = number)),
    ("quality", |options, value| integer(value).map(|number| options.quality = number)),
    ("top", |options, value| integer(value).map(|number| options.top = number)),
    ("left", |options, value| integer(value).map(|number| options.left = number)),
    ("areawidth", |options, value| integer(value).map(|number| options.area_width = number)),
    ("areaheight", |options, value| integer(value).map(|number| options.area_height = number)),
    ("compression", |options, value| integer(value).map(|number| options.compression = number)),
    ("rotate", |options, value| integer(value).map(|number| options.rotate = number)),
    ("margin", |options, value| integer(value).map(|number| options.margin = number)),
    ("factor", |options, value| integer(value).map(|number| options.factor = number)),
    ("dpi", |options, value| integer(value).map(|number| options.dpi = number)),
    ("textwidth", |options, value| integer(value).map(|number| options.text_width = number)),
    ("speed", |options, value| integer(value).map(|number| options.speed = number)),
    ("opacity", |options, value| float(value).map(|number| options.opacity = number)),
    ("sigma", |options, value| float(value).map(|number| options.sigma = number)),
    ("minampl", |options, value| float(value).map(|number| options.smallest_amplitude = number)),
    ("flip", |options, value| boolean(value).map(|is_so| options.is_flipped = is_so)),
    ("flop", |options, value| boolean(value).map(|is_so| options.is_flopped = is_so)),
    ("nocrop", |options, value| boolean(value).map(|is_so| options.is_uncropped = Some(is_so))),
    ("noprofile", |_, value| boolean(value).map(nothing)),
    ("norotation", |options, value| boolean(value).map(|is_so| options.keeps_rotation = is_so)),
    ("noreplicate", |options, value| boolean(value).map(|is_so| options.is_single = is_so)),
    ("force", |options, value| boolean(value).map(|is_so| options.is_forced = is_so)),
    ("embed", |options, value| boolean(value).map(|is_so| options.is_embedded = is_so)),
    ("stripmeta", |options, value| boolean(value).map(|is_so| options.strips_metadata = is_so)),
    ("interlace", |options, value| boolean(value).map(|is_so| options.is_interlaced = is_so)),
    ("palette", |options, value| boolean(value).map(|is_so| options.has_palette = is_so)),
    ("text", |options, value| text(value).map(|text| options.text = text)),
    ("image", |options, value| text(value).map(|text| options.image = text)),
    ("font", |options, value| text(value).map(|text| options.font = text)),
    ("type", |options, value| text(value).map(|text| options.kind = text)),
    ("aspectratio", |options, value| text(value).map(|text| options.aspect_ratio = text)),
    ("color", |options, value| text(value).map(|text| options.colour = parsing::colour(&text))),
    ("background", |options, value| text(value).map(|text| options.background = parsing::colour(&text))),
    ("colorspace", |options, value| text(value).map(|text| options.is_gray = text == "bw")),
    ("gravity", |options, value| text(value).map(|text| options.gravity = gravity(&text))),
    ("extend", |options, value| text(value).map(|text| options.extend = Extend::named(&text))),
    ("operations", |options, value| match value {
        OptionValue::Text(text) => pipeline::parse(text).map(|steps| options.operations = steps),
        OptionValue::Json(_) => Err(UNSUPPORTED.to_owned()),
    }),
];

impl ImaginaryOptions {
    /// Reads the parameters of a query. Names that are unknown do not count.
    ///
    /// # Errors
    /// The first value that is not as expected, in the words of imaginary.
    pub fn of_query(query: &GoQuery) -> Result<Self, String> {
        let mut options = Self::default();
        for (name, value) in query.firsts() {
            options.put(&name, OptionValue::Text(&value))?;
        }
        Ok(options)
    }

    /// Puts one value in.
    ///
    /// # Errors
    /// It is not as expected.
    pub fn put(&mut self, name: &str, value: OptionValue<'_>) -> Result<(), String> {
        let Some((name, read)) = ROWS.iter().find(|(known, _)| *known == name) else { return Ok(()) };
        read(self, value).map_err(|why| {
            let value = match value {
                OptionValue::Text(text) => parsing::quoted(text),
                OptionValue::Json(Value::String(text)) => parsing::quoted(text),
                OptionValue::Json(json) => parsing::quoted(&json.to_string()),
            };
            format!("error while processing parameter \"{name}\" with value {value}, error: {why}")
        })
    }
}

impl Extend {
    fn named(text: &str) -> Self {
        match text.trim().to_ascii_lowercase().as_str() {
            // Named for the last pixel, where imaginary hands libvips a mode that is none.
            "copy" | "lastpixel" => Self::Copy,
            "black" => Self::Black,
            "white" => Self::White,
            "background" => Self::Background,
            _ => Self::Mirror,
        }
    }

    /// What it is here.
    pub fn surround(self, background: Option<[u8; 3]>) -> Surround {
        let opaque = |[red, green, blue]: [u8; 3]| Surround::Paint(Paint([red, green, blue, u8::MAX]));
        match self {
            Self::Copy => Surround::Edge,
            Self::Mirror => Surround::Mirror,
            Self::Black => Surround::Zero,
            Self::White => opaque([u8::MAX; 3]),
            Self::Background => opaque(background.unwrap_or_default()),
        }
    }
}

fn gravity(text: &str) -> Gravity {
    let anchor = |horizontal, vertical| Gravity::Anchor(Anchor { horizontal, vertical });
    match text.trim().to_ascii_lowercase().as_str() {
        "north" => anchor(Along::Middle, Along::Begin),
        "south" => anchor(Along::Middle, Along::End),
        "east" => anchor(Along::End, Along::Middle),
        "west" => anchor(Along::Begin, Along::Middle),
        "smart" => Gravity::Smart,
        _ => Gravity::default(),
    }
}

impl OptionValue<'_> {
    /// A text in JSON is a text.
    fn plain(self) -> Self {
        match self {
            Self::Json(Value::String(text)) => Self::Text(text),
            other => other,
        }
    }
}

fn integer(value: OptionValue<'_>) -> Result<i64, String> {
    match value.plain() {
        OptionValue::Text(text) => parsing::integer(text),
        // Cut off, and with its sign.
        OptionValue::Json(json) => json.as_f64().map(|number| number as i64).ok_or_else(|| UNSUPPORTED.to_owned()),
    }
}

fn float(value: OptionValue<'_>) -> Result<f64, String> {
    match value.plain() {
        OptionValue::Text(text) => parsing::float(text).map_err(|_| UNSUPPORTED.to_owned()),
        OptionValue::Json(json) => json.as_f64().ok_or_else(|| UNSUPPORTED.to_owned()),
    }
}

fn boolean(value: OptionValue<'_>) -> Result<bool, String> {
    match value.plain() {
        OptionValue::Text(text) => parsing::boolean(text),
        OptionValue::Json(json) => json.as_bool().ok_or_else(|| UNSUPPORTED.to_owned()),
    }
}

fn text(value: OptionValue<'_>) -> Result<String, String> {
    match value.plain() {
        OptionValue::Text(text) => Ok(text.to_owned()),
        OptionValue::Json(json) => json.as_str().map(str::to_owned).ok_or_else(|| UNSUPPORTED.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(query: &str) -> Result<ImaginaryOptions, String> {
        ImaginaryOptions::of_query(&GoQuery::parse(query))
    }

    #[test]
    fn each_parameter_has_a_row_and_no_name_has_two() {
        let mut names: Vec<_> = ROWS.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ROWS.len());
        assert_eq!(ImaginaryOptions::default().extend, Extend::Copy);
    }

    #[test]
    fn a_query_is_read_as_it_is_measured() {
        let options =
            of("width=-80&height=80.5&nocrop=false&flip&gravity=South&extend=what&unknown=x&width=9").unwrap();
        let expected = ImaginaryOptions {
            width: 80,
            height: 81,
            is_uncropped: Some(false),
            gravity: gravity("south"),
            extend: Extend::Mirror,
            ..ImaginaryOptions::default()
        };
        assert_eq!(options, expected);
        assert!(of("colorspace=bw").unwrap().is_gray && !of("colorspace=BW").unwrap().is_gray);
        assert_eq!(of("gravity=nowhere").unwrap().gravity, Gravity::default());
        assert_eq!(of("extend=").unwrap().extend, Extend::Mirror);
    }

    #[test]
    fn a_wrong_value_is_told_with_its_name() {
        let why = "error while processing parameter \"width\" with value \"abc\", error: strconv.ParseFloat: parsing \
                   \"abc\": invalid syntax";
        assert_eq!(of("width=abc"), Err(why.to_owned()));
        let why = "error while processing parameter \"flip\" with value \"yes\", error: unsupported value";
        assert_eq!(of("flip=yes"), Err(why.to_owned()));
        for query in ["sigma=x", "opacity=-", "speed=fast", "palette=2", "operations=%5B1"] {
            assert!(of(query).is_err(), "{query}");
        }
    }

    #[test]
    fn json_has_kinds_of_its_own() {
        let put = |name: &str, json: Value| {
            let mut options = ImaginaryOptions::default();
            options.put(name, OptionValue::Json(&json)).map(|()| options)
        };
        assert_eq!(put("width", json!(300.9)).unwrap().width, 300);
        assert_eq!(put("width", json!(-5)).unwrap().width, -5);
        assert_eq!(put("width", json!("300.5")).unwrap().width, 301);
        assert_eq!(put("force", json!(true)).unwrap().is_forced, put("force", json!("t")).unwrap().is_forced);
        for (name, json) in [
            ("width", json!(null)),
            ("width", json!([1])),
            ("force", json!(1)),
            ("text", json!(5)),
            ("sigma", json!(false)),
            ("operations", json!("[]")),
        ] {
            assert!(put(name, json).unwrap_err().ends_with("error: unsupported value"), "{name}");
        }
        assert_eq!(put("nothing", json!({})), Ok(ImaginaryOptions::default()));
    }

    #[test]
    fn what_is_around_a_picture_is_said_in_six_words() {
        let surround = |text: &str| Extend::named(text).surround(Some([1, 2, 3]));
        assert_eq!([surround("copy"), surround(" LastPixel ")], [Surround::Edge; 2]);
        assert_eq!(surround("mirror"), Surround::Mirror);
        assert_eq!(surround("black"), Surround::Zero);
        assert_eq!(surround("white"), Surround::Paint(Paint([255; 4])));
        assert_eq!(surround("background"), Surround::Paint(Paint([1, 2, 3, 255])));
        assert_eq!(Extend::Background.surround(None), Surround::Paint(Paint([0, 0, 0, 255])));
    }
}
