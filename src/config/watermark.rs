//! The watermark of the operator, as a setting.

use super::kind::Kind;
use crate::dialect::watermark_of;
use crate::request::OverlayWish;

/// The words of a query that say what lies over renditions.
pub(super) struct Watermark;

impl Kind for Watermark {
    type Value = OverlayWish;

    fn expected(&self) -> String {
        "the words of a query, such as wm=logo.png&wm_pos=southeast&wm_opacity=40".to_owned()
    }

    fn parse(&self, text: &str) -> Option<OverlayWish> {
        watermark_of(text).ok()
    }

    fn missed(&self, text: &str) -> String {
        watermark_of(text).err().unwrap_or_else(|| self.expected())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{ImagePath, Margin};

    #[test]
    fn a_watermark_is_said_as_in_a_query() {
        let logo = OverlayWish::of(ImagePath::from_decoded("a/logo.png").unwrap().into());
        assert_eq!(Watermark.parse("wm=/a/logo.png"), Some(logo.clone()));
        let faint = OverlayWish { opacity_percent: 40, margin: Margin::Pixels(3), ..logo };
        assert_eq!(Watermark.parse("wm_opacity=40&wm=a%2Flogo.png&WM_MARGIN=3"), Some(faint));
    }

    #[test]
    fn what_is_wrong_with_it_is_told() {
        let missed = |text: &str| Watermark.parse(text).map_or_else(|| Watermark.missed(text), |_| String::new());
        assert_eq!(missed("wm=a.png&wm_size=400"), "wm_size to be a whole number from 0 to 100 (not \"400\")");
        assert_eq!(missed("wm=../a.png"), "wm to be the path of an image (not \"../a.png\")");
        for text in ["", "wm_pos=north", "wm=a.png&wm_opacity=0"] {
            assert_eq!(missed(text), "wm to name an image, and wm_opacity to be above 0", "{text}");
        }
        let names = "wm, wm_pos, wm_size, wm_opacity, wm_margin, wm_tile, wm_rotate";
        for name in ["size", "logo.png", "wm_posn"] {
            assert_eq!(missed(&format!("wm=a.png&{name}")), format!("names out of {names} (not \"{name}\")"));
        }
    }
}
