//! `DialectName`: the dialects that there are, by the names that settings know them by.

use super::{Accent, Vendor};

/// The dialects that there are, by the names that settings know them by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DialectName {
    /// That of this product, where it has an accent of its own or that of the house.
    Native(Option<Accent>),
    /// Pictures that come in a form.
    Upload,
    /// That of imaginary.
    Imaginary,
    /// That of picfit.
    Picfit,
    /// That of iaas.
    Iaas,
    /// That of imgproxy.
    Imgproxy,
    /// That of thumbor and imagor.
    Thumbor,
    /// One whose words are those of the native one in other places.
    Vendor(&'static Vendor),
}

impl DialectName {
    /// Those that are more than another spelling of the native one.
    const NAMES: [(&str, Self); 7] = [
        ("native", Self::Native(None)),
        ("upload", Self::Upload),
        ("imaginary", Self::Imaginary),
        ("picfit", Self::Picfit),
        ("iaas", Self::Iaas),
        ("imgproxy", Self::Imgproxy),
        ("thumbor", Self::Thumbor),
    ];

    /// Parses a name; behind the native one, that of an accent may stand in brackets.
    pub fn named(text: &str) -> Option<Self> {
        let accent = text.strip_prefix("native(").and_then(|rest| rest.strip_suffix(')'));
        if let Some(accent) = accent {
            return Accent::named(accent.trim()).map(|accent| Self::Native(Some(accent)));
        }
        let of_house = Self::NAMES.iter().find(|(known, _)| *known == text).map(|(_, dialect)| *dialect);
        of_house.or_else(|| Vendor::named(text).map(Self::Vendor))
    }

    /// All names that [`Self::named`] accepts, without brackets.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().map(|(name, _)| *name).chain(Vendor::names())
    }

    /// Where the other system has it, where that is one place for all.
    pub fn usual_prefix(self) -> Option<&'static str> {
        match self {
            Self::Vendor(vendor) => Some(vendor.usual_prefix),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_one_dialect() {
        let names: Vec<_> = DialectName::names().collect();
        for name in &names {
            assert!(DialectName::named(name).is_some(), "{name}");
            assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{name}");
        }
        assert_eq!(DialectName::named("native(imgix)"), Some(DialectName::Native(Some(Accent::Imgix))));
        assert_eq!(DialectName::named("native"), Some(DialectName::Native(None)));
        for text in ["", "native()", "native(klingon)", "native(imgix", "upload(imgix)", "Native"] {
            assert_eq!(DialectName::named(text), None, "{text}");
        }
    }
}
