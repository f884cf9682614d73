//! `PictureName`: what the path of a URL says: which original, how large, and in which format.

use super::super::DialectError;
use crate::request::{Format, ImagePath, OutputFormat, Reference};

/// The endings that are read, and what they stand for. All others stand for the first.
const ENDINGS: [(&str, OutputFormat); 6] = [
    ("jpg", OutputFormat::JPEG),
    ("jpeg", OutputFormat::JPEG),
    ("jfif", OutputFormat::JPEG),
    ("jpe", OutputFormat::JPEG),
    ("png", OutputFormat::LOSSLESS),
    ("webp", OutputFormat::WEBP),
];
/// The endings under which originals are looked for that were not uploaded, and so have one. Few, for each costs a look.
const ENDINGS_OF_FILES: [&str; 9] = ["jpg", "jpeg", "png", "webp", "gif", "avif", "tiff", "tif", "bmp"];

/// What a path says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PictureName<'a> {
    /// The id of the original, as it stands in the URL.
    pub id: &'a str,
    /// What stands behind the dot.
    pub ending: &'a str,
    /// How large the picture is to be; `None` for the original.
    pub size: Option<BoxSize>,
    path: ImagePath,
}

/// The sides of the box that a picture is put in, in device pixels; `None` where a side is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct BoxSize {
    pub width: Option<f64>,
    pub height: Option<f64>,
}

impl<'a> PictureName<'a> {
    /// Reads `/id_width_height_2x.ending`, `/id_width_height.ending` or `/id.ending`. Sides are the last numbers, so that an id
    /// may have underscores; where they are no numbers, it may not.
    pub fn read(path: &'a str) -> Result<Self, DialectError> {
        let bare = path.strip_prefix('/').unwrap_or(path);
        let bare = bare.strip_suffix('/').unwrap_or(bare);
        let parts = bare.rsplit_once('.').filter(|(stem, ending)| !stem.is_empty() && !ending.is_empty());
        let (stem, ending) = parts.filter(|_| !bare.contains('/')).ok_or(DialectError::NotServed)?;
        let (id, size) = sized(stem).map_or((stem, None), |(id, size)| (id, Some(size)));
        let path = ImagePath::from_url_path(id)?;
        // An id is the name of a file.
        if path.as_str().contains('/') {
            return Err(DialectError::NotServed);
        }
        Ok(Self { id, ending, size, path })
    }

    /// What it is to be written in.
    pub fn output(&self) -> OutputFormat {
        self.known().map_or(OutputFormat::JPEG, |(_, output)| output)
    }

    /// The ending in small letters, or that of what stands in for it.
    pub fn own_ending(&self) -> &'static str {
        self.known().map_or("jpg", |(ending, _)| ending)
    }

    /// Tells whether the ending is one that is read.
    pub fn is_known(&self) -> bool {
        self.known().is_some()
    }

    /// The format that the ending says to everybody else.
    pub fn says(&self) -> Option<Format> {
        self.known().map_or_else(|| Format::named(self.ending), |(_, output)| output.format())
    }

    fn known(&self) -> Option<(&'static str, OutputFormat)> {
        ENDINGS.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(self.ending))
    }

    /// The file that has the id for its name, as uploads have it.
    pub fn original(&self) -> Reference {
        self.path.clone().into()
    }

    /// Where else the original may be: with an ending, first the one that was asked for.
    pub fn alternatives(&self) -> Vec<Reference> {
        let rest = ENDINGS_OF_FILES.into_iter().filter(|ending| *ending != self.ending);
        let endings = [self.ending].into_iter().chain(rest);
        let path = |ending| ImagePath::from_decoded(&format!("{}.{ending}", self.path)).ok();
        endings.filter_map(path).map(Reference::from).collect()
    }
}

fn sized(stem: &str) -> Option<(&str, BoxSize)> {
    let scaled = stem.strip_suffix(['x', 'X']).and_then(|rest| rest.rsplit_once('_'));
    let scaled = scaled.filter(|(_, scale)| !scale.is_empty()).and_then(|(rest, scale)| measured(rest, scale));
    scaled.or_else(|| measured(stem, "1"))
}

fn measured<'a>(stem: &'a str, scale: &str) -> Option<(&'a str, BoxSize)> {
    let (rest, height) = stem.rsplit_once('_')?;
    let (id, width) = rest.rsplit_once('_')?;
    let numbers = [width, height, scale].map(number);
    let is_unclear = id.contains('_') && numbers.contains(&None);
    if [id, width, height].contains(&"") || is_unclear {
        return None;
    }
    let [width, height, scale] = numbers;
    // What is no scale is none.
    let scale = scale.filter(|scale| *scale != 0.0).unwrap_or(1.0);
    let side = |number: Option<f64>| number.map(|side| side * scale).filter(|side| *side > 0.0 && side.is_finite());
    Some((id, BoxSize { width: side(width), height: side(height) }))
}

/// A number as JavaScript reads one, decimal alone.
fn number(text: &str) -> Option<f64> {
    let is_decimal = text.bytes().all(|letter| letter.is_ascii_digit() || b".eE+-".contains(&letter));
    text.parse().ok().filter(|number: &f64| is_decimal && number.is_finite())
}

impl BoxSize {
    /// Both sides, where there are both.
    pub fn whole(self) -> Option<(f64, f64)> {
        self.width.zip(self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::DenialKind;

    fn size(width: impl Into<Option<f64>>, height: impl Into<Option<f64>>) -> Option<BoxSize> {
        Some(BoxSize { width: width.into(), height: height.into() })
    }

    #[test]
    fn a_path_is_an_id_two_sides_a_scale_and_an_ending() {
        for (path, id, ending, expected) in [
            ("/abc_10_20.jpg", "abc", "jpg", size(10.0, 20.0)),
            ("/abc_10_20_2x.webp", "abc", "webp", size(20.0, 40.0)),
            ("/abc_10_20_13X.png", "abc", "png", size(130.0, 260.0)),
            ("/abc_10_20_0.5x.png", "abc", "png", size(5.0, 10.0)),
            ("/abc_10_20_0x.png", "abc", "png", size(10.0, 20.0)),
            ("/abc_10_20_ax.png", "abc", "png", size(10.0, 20.0)),
            ("/abc_1e1_20.5.jpg", "abc", "jpg", size(10.0, 20.5)),
            ("/abc_0_20.jpg", "abc", "jpg", size(None, 20.0)),
            ("/abc_-5_20.jpg", "abc", "jpg", size(None, 20.0)),
            ("/abc_x_y.jpg", "abc", "jpg", size(None, None)),
            ("/abc_10_inf.jpg", "abc", "jpg", size(10.0, None)),
            ("/abc_10_20x.jpg", "abc", "jpg", size(10.0, None)),
            ("/abc_10_20.jpg/", "abc", "jpg", size(10.0, 20.0)),
            ("/under_score_name_100_100.jpg", "under_score_name", "jpg", size(100.0, 100.0)),
            ("/under_score_100_50_2x.jpg", "under_score", "jpg", size(200.0, 100.0)),
            ("/under_score_and_name.jpg", "under_score_and_name", "jpg", None),
            ("/under_score.jpg", "under_score", "jpg", None),
            ("/a_b_2019_12_max.jpg", "a_b_2019_12_max", "jpg", None),
            ("/_10_20.jpg", "_10_20", "jpg", None),
            ("/abc__20.jpg", "abc__20", "jpg", None),
            ("/my.photo_10_20.jpg", "my.photo", "jpg", size(10.0, 20.0)),
            ("/abc.PNG", "abc", "PNG", None),
        ] {
            let read = PictureName::read(path).unwrap();
            assert_eq!((read.id, read.ending, read.size), (id, ending, expected), "{path}");
        }
    }

    #[test]
    fn what_names_no_file_is_not_there() {
        for path in ["", "/", "/abc", "/.jpg", "/abc.", "/a/b_10_20.jpg", "/a%2Fb_10_20.jpg", "/.hidden_10_20.jpg"] {
            assert_eq!(PictureName::read(path).map_err(|error| error.kind()), Err(DenialKind::NotFound), "{path}");
        }
        for path in ["/%zz_10_20.jpg", "/..%2Fetc_10_20.jpg", "/\\evil_x_y.jpg"] {
            assert_eq!(PictureName::read(path).map_err(|error| error.kind()), Err(DenialKind::Malformed), "{path}");
        }
    }

    #[test]
    fn an_ending_stands_for_a_format_and_what_is_none_for_jpeg() {
        for (ending, output, own, says) in [
            ("jpg", OutputFormat::JPEG, "jpg", Some(Format::Jpeg)),
            ("JPEG", OutputFormat::JPEG, "jpeg", Some(Format::Jpeg)),
            ("jfif", OutputFormat::JPEG, "jfif", Some(Format::Jpeg)),
            ("jpe", OutputFormat::JPEG, "jpe", Some(Format::Jpeg)),
            ("png", OutputFormat::LOSSLESS, "png", Some(Format::Png)),
            ("WebP", OutputFormat::WEBP, "webp", Some(Format::WebP)),
            ("gif", OutputFormat::JPEG, "jpg", Some(Format::Gif)),
            ("txt", OutputFormat::JPEG, "jpg", None),
        ] {
            let path = format!("/abc_10_20.{ending}");
            let read = PictureName::read(&path).unwrap();
            assert_eq!((read.output(), read.own_ending(), read.says()), (output, own, says), "{ending}");
        }
    }

    #[test]
    fn an_original_is_looked_for_by_its_id_and_then_with_few_endings() {
        let read = PictureName::read("/a%20b_10_20.JPG").unwrap();
        let texts: Vec<_> = read.alternatives().iter().map(ToString::to_string).collect();
        assert_eq!(read.original().to_string(), "/a b");
        assert_eq!(texts[..3], ["/a b.JPG", "/a b.jpg", "/a b.jpeg"]);
        assert!(texts.len() <= 10);
    }
}
