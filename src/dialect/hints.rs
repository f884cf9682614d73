//! `Hints`: the request headers that an answer may depend on besides its URL.

use std::iter;

use http::header::ACCEPT;
use http::{HeaderMap, HeaderName, HeaderValue};

/// A request header that says what suits a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// The formats that it shows (RFC 9110, section 12.5.1).
    Accept,
    /// The device pixels of its screen for each of CSS (draft "Responsive Image Client Hints", section 2.1).
    PixelRatio,
    /// How wide the picture is on its page, in device pixels (the same, section 2.2).
    Width,
    /// That it wants fewer bytes (draft "Save Data API", section 3).
    SaveData,
    /// That it may have the picture made anew (iaas).
    Freshness,
    /// As [`Hint::PixelRatio`], by the name that it had first.
    OldPixelRatio,
    /// As [`Hint::Width`], by the name that it had first.
    OldWidth,
}

/// A set of such headers. What a dialect reads for a URL becomes `Vary` (RFC 9110, section 12.5.5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hints(u8);

impl Hint {
    const ALL: [Self; 7] = [
        Self::Accept,
        Self::PixelRatio,
        Self::Width,
        Self::SaveData,
        Self::Freshness,
        Self::OldPixelRatio,
        Self::OldWidth,
    ];
    /// Those that are read only where an operator says so, by the names that settings know them by.
    pub const SETTABLE: [(&'static str, Self); 3] =
        [("sec-ch-dpr", Self::PixelRatio), ("sec-ch-width", Self::Width), ("save-data", Self::SaveData)];

    /// The header.
    pub fn header(self) -> HeaderName {
        // Made once, not for each request.
        const SEC_CH_DPR: HeaderName = HeaderName::from_static("sec-ch-dpr");
        const SEC_CH_WIDTH: HeaderName = HeaderName::from_static("sec-ch-width");
        const SAVE_DATA: HeaderName = HeaderName::from_static("save-data");
        const DPR: HeaderName = HeaderName::from_static("dpr");
        const WIDTH: HeaderName = HeaderName::from_static("width");
        const FRESHNESS: HeaderName = HeaderName::from_static("freshness-token");
        match self {
            Self::Accept => ACCEPT,
            Self::PixelRatio => SEC_CH_DPR,
            Self::Width => SEC_CH_WIDTH,
            Self::SaveData => SAVE_DATA,
            Self::Freshness => FRESHNESS,
            Self::OldPixelRatio => DPR,
            Self::OldWidth => WIDTH,
        }
    }

    /// What a request says in it, where that is text.
    pub(super) fn text(self, headers: &HeaderMap) -> Option<&str> {
        headers.get(self.header())?.to_str().ok()
    }
}

impl Hints {
    /// What is read where the operator says nothing.
    pub const USUAL: Self = Self(Self::bit(Hint::PixelRatio));

    const fn bit(hint: Hint) -> u8 {
        1 << hint as u8
    }

    /// The same set with one more.
    #[must_use]
    pub const fn with(self, hint: Hint) -> Self {
        Self(self.0 | Self::bit(hint))
    }

    /// The same set with one more, if so.
    #[must_use]
    pub(super) fn with_if(self, is_read: bool, hint: Hint) -> Self {
        if is_read { self.with(hint) } else { self }
    }

    /// Tells whether one is in it.
    pub fn has(self, hint: Hint) -> bool {
        self.0 & Self::bit(hint) != 0
    }

    /// All that are in it, always in the same order.
    pub fn iter(self) -> impl Iterator<Item = Hint> {
        Hint::ALL.into_iter().filter(move |hint| self.has(*hint))
    }

    /// The value of `Vary`; `None` where nothing is read.
    pub fn vary(self) -> Option<HeaderValue> {
        let mut names = self.iter().map(Hint::header);
        let first = names.next()?;
        if self.0.is_power_of_two() {
            return Some(HeaderValue::from(first));
        }
        let rest = names.map(|name| format!(", {name}"));
        HeaderValue::try_from(iter::once(first.to_string()).chain(rest).collect::<String>()).ok()
    }
}

impl FromIterator<Hint> for Hints {
    fn from_iter<T: IntoIterator<Item = Hint>>(hints: T) -> Self {
        hints.into_iter().fold(Self::default(), Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_named_in_one_line() {
        let vary = |hints: &[Hint]| hints.iter().copied().collect::<Hints>().vary();
        assert_eq!(vary(&[]), None);
        assert_eq!(vary(&[Hint::PixelRatio]).unwrap(), "sec-ch-dpr");
        assert_eq!(vary(&[Hint::SaveData, Hint::Accept, Hint::Accept]).unwrap(), "accept, save-data");
        assert_eq!(
            vary(&Hint::ALL).unwrap(),
            "accept, sec-ch-dpr, sec-ch-width, save-data, freshness-token, dpr, width"
        );
    }

    #[test]
    fn settings_name_hints_by_their_headers() {
        for (name, hint) in Hint::SETTABLE {
            assert_eq!(hint.header(), name);
        }
        assert_eq!(Hints::USUAL.iter().collect::<Vec<_>>(), [Hint::PixelRatio]);
    }
}
