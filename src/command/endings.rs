//! What files are called that are pictures, by the endings of their names.

use codec::Format;

/// Endings in use beside the names of formats.
const OTHER_ENDINGS: [(&str, Format); 6] = [
    ("heif", Format::Heic),
    ("jfif", Format::Jpeg),
    ("jpe", Format::Jpeg),
    ("svgz", Format::Svg),
    ("tif", Format::Tiff),
    ("apng", Format::Png),
];

/// What a file is called.
pub(super) fn format_of_ending(ending: &str) -> Option<Format> {
    let other = || OTHER_ENDINGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending));
    Format::named(ending).or_else(|| other().map(|(_, format)| *format))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_tell_formats_in_any_letter_case() {
        for (ending, format) in [("JPG", Some(Format::Jpeg)), ("tif", Some(Format::Tiff)), ("txt", None), ("", None)] {
            assert_eq!(format_of_ending(ending), format, "{ending}");
        }
    }
}
