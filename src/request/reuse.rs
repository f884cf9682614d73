//! `Reuse`: what of an original's own bytes may come out again.

use super::coding::Recoding;
use super::{Colours, Facts, Keeping, Metadata, Orientation, OutputPolicy};

/// What of an original's own bytes may come out again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reuse {
    /// None: the picture is decoded, and encoded anew.
    Nothing,
    /// All but the metadata: the pixels stay as they are coded.
    CodedPixels,
    /// All but the metadata, where the rendition would have no fewer bytes.
    Stripped,
    /// All, where they show what was asked for and the rendition would have no fewer.
    Whole,
}

impl Reuse {
    /// What can be reused for a rendition of the original's own format and dimensions.
    pub(super) fn of(facts: &Facts, policy: &OutputPolicy, keeping: Keeping) -> Self {
        match (shows_itself(facts, policy), says_too_much(facts, keeping)) {
            (false, _) => Self::Nothing,
            (true, true) => Self::CodedPixels,
            (true, false) => Self::Whole,
        }
    }

    /// What is left of it where there are steps, which may change nothing, but that is seen in pixels alone; and where
    /// another coding is asked for.
    pub(super) fn after(self, has_steps: bool, recoding: Recoding) -> Self {
        match (self, recoding) {
            (_, Recoding::Required) => Self::Nothing,
            (Self::CodedPixels, _) if has_steps => Self::Nothing,
            (Self::CodedPixels, Recoding::Smaller) => Self::Stripped,
            _ => self,
        }
    }

    pub(super) fn in_key(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::CodedPixels => " stripped",
            Self::Stripped => " or stripped",
            Self::Whole => " or itself",
        }
    }
}

/// Tells whether the stored pixels show the picture as a rendition would: upright, in the colours of renditions.
fn shows_itself(facts: &Facts, policy: &OutputPolicy) -> bool {
    let is_in_colours = match facts.condition.colours {
        Colours::Srgb => true,
        Colours::Profiled => policy.keeps_profiles,
        Colours::Foreign => false,
    };
    facts.orientation == Orientation::Upright && is_in_colours
}

/// Tells whether the original carries metadata that renditions do not.
fn says_too_much(facts: &Facts, keeping: Keeping) -> bool {
    let most = match keeping {
        Keeping::Nothing => Metadata::None,
        Keeping::Notice => Metadata::Notice,
        Keeping::All => Metadata::Private,
    };
    facts.condition.metadata > most
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::recipe::tests::{PHOTO, formatted, gray, policy, recipe, sized};
    use crate::request::{Format, Quality, Recipe, Wish};

    fn in_condition(change: impl Fn(&mut Facts)) -> Facts {
        let mut facts = PHOTO;
        change(&mut facts);
        facts
    }

    #[test]
    fn an_original_that_is_no_rendition_yet_becomes_one() {
        let remade = |facts: &Facts, policy: &OutputPolicy| {
            Recipe::new(&sized("9000"), facts, &[], policy).unwrap().map(|recipe| recipe.reuse)
        };
        let (keeping_profiles, keeping_notices) =
            (OutputPolicy { keeps_profiles: true, ..policy() }, OutputPolicy { keeps_notices: true, ..policy() });

        let turned = in_condition(|facts| facts.orientation = Orientation::Rotated180);
        assert_eq!(remade(&turned, &policy()), Some(Reuse::Nothing));
        let profiled = in_condition(|facts| facts.condition.colours = Colours::Profiled);
        assert_eq!(remade(&profiled, &policy()), Some(Reuse::Nothing));
        assert_eq!(remade(&profiled, &keeping_profiles), None);
        let foreign = in_condition(|facts| facts.condition.colours = Colours::Foreign);
        assert_eq!(remade(&foreign, &keeping_profiles), Some(Reuse::Nothing));

        let located = in_condition(|facts| facts.condition.metadata = Metadata::Private);
        for policy in [policy(), keeping_notices.clone()] {
            assert_eq!(remade(&located, &policy), Some(Reuse::CodedPixels));
        }
        let signed = in_condition(|facts| facts.condition.metadata = Metadata::Notice);
        assert_eq!(remade(&signed, &policy()), Some(Reuse::CodedPixels));
        assert_eq!(remade(&signed, &keeping_notices), None);
        let foreign_format = Facts { format: Format::Tiff, orientation: Orientation::Rotated180, ..PHOTO };
        assert_eq!(remade(&foreign_format, &policy()), None);
    }

    #[test]
    fn the_original_stands_in_only_for_a_picture_of_its_own_kind() {
        let reuse = |wish: Wish, facts: &Facts| recipe(&wish, facts).map(|recipe| recipe.reuse);
        assert_eq!(reuse(gray("4000"), &PHOTO), Some(Reuse::Whole));
        assert_eq!(reuse(gray("3999"), &PHOTO), Some(Reuse::Nothing));
        assert_eq!(reuse(formatted("webp", gray("")), &PHOTO), Some(Reuse::Nothing));
        let located = in_condition(|facts| facts.condition.metadata = Metadata::Private);
        assert_eq!(reuse(gray("4000"), &located), Some(Reuse::Nothing));
    }

    #[test]
    fn a_lossy_rendition_is_no_finer_than_its_original() {
        let coarse = in_condition(|facts| facts.condition.quality = Some(Quality::new(60)));
        let quality = |wish: &Wish| recipe(wish, &coarse).unwrap().output.coding.quality.map(Quality::number);
        assert_eq!(quality(&sized("2000")), Some(60));
        assert_eq!(quality(&sized("1000")), Some(75));
        let format = |name| formatted(name, sized("1000"));
        assert_eq!(["avif", "webp", "png"].map(|name| quality(&format(name))), [Some(80), Some(80), None]);
    }
}
