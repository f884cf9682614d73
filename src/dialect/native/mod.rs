//! The native dialect: the path names the original, the parameters of the table say the rest.

mod accent;
mod advice;
mod area;
mod effects;
mod geometry;
mod inquiry;
mod meanings;
mod output;
mod overlays;
mod pages;
mod parameters;
mod picture;
mod presets;
mod reading;
mod rules;
mod text;
mod values;
mod words;

pub use accent::Accent;
pub(super) use meanings::{ColourDigits, FitWord, FourNumbers, Meanings};
pub use overlays::watermark_of;
pub use parameters::{Expected, Parameter, SECTIONS, Section, parameter_table, parameters};
pub use presets::{PresetError, Presets};
pub use rules::{AllowedParameters, UrlRules};
pub use words::Usual;
pub(super) use words::words;

use std::slice;
use std::sync::Arc;
use std::time::SystemTime;

use http::HeaderMap;

use super::{
    Asked, Dialect, DialectError, Exhibit, Heard, Hint, Hints, Readings, SignatureFault, SigningMode, UrlSigning,
    Worded, Wording, path_prefix,
};
use crate::request::{Delivery, ImagePath, ImageRequest, Inquiry, Wish};
use advice::Advice;
use pages::PageValues;
use reading::Reading;
pub(super) use reading::Values;

/// The dialect of this product and of its predecessor.
#[derive(Debug, Clone)]
pub struct Native {
    /// Removed from the front of every path that has it.
    strip_prefix: Option<ImagePath>,
    /// What is read of the client's, `Accept` aside.
    hints: Hints,
    /// URLs that name no format negotiate it too.
    prefers: bool,
    /// Which URLs must be signed.
    signing: Arc<UrlSigning>,
    /// What they may ask for.
    rules: Arc<UrlRules>,
    meanings: &'static Meanings,
    /// They may ask why.
    explains: bool,
    /// What stands before the paths that it is given, without a slash at its end.
    prefix: String,
    /// What queries came to, read as all this says.
    readings: Readings<Arc<Wish>>,
}

impl Default for Native {
    fn default() -> Self {
        Self {
            strip_prefix: None,
            hints: Hints::USUAL,
            prefers: false,
            signing: Arc::default(),
            rules: Arc::default(),
            meanings: <_>::default(),
            explains: false,
            prefix: String::new(),
            readings: Readings::default(),
        }
    }
}

impl Native {
    /// A dialect that takes this prefix off the front of paths.
    pub fn new(strip_prefix: Option<ImagePath>) -> Self {
        Self { strip_prefix, ..Self::default() }
    }

    /// The same, where this prefix is taken off the front of paths, or none.
    #[must_use]
    pub fn stripping(self, strip_prefix: Option<ImagePath>) -> Self {
        Self { strip_prefix, ..self }
    }

    /// Tells whether a query says what format is wanted, or a preset that it names.
    pub fn names_format(&self, query: &str) -> bool {
        self.values(Some(query)).is_ok_and(|(values, _)| values.has("format") || values.has_pages())
    }

    /// The same, which has read nothing yet: it is to read otherwise.
    fn unread(self) -> Self {
        Self { readings: Readings::default(), ..self }
    }

    /// The same, where no other hints of the client are read than these.
    #[must_use]
    pub fn with_hints(self, hints: Hints) -> Self {
        Self { hints, ..self.unread() }
    }

    /// The same, where URLs that name no format negotiate it too, or do not.
    #[must_use]
    pub fn preferring(self, prefers: bool) -> Self {
        Self { prefers, ..self.unread() }
    }

    /// The same, where URLs must be signed so.
    #[must_use]
    pub fn signed(self, signing: Arc<UrlSigning>) -> Self {
        Self { signing, ..self.unread() }
    }

    /// The same under a prefix.
    #[must_use]
    pub fn under(self, prefix: &str) -> Self {
        Self { prefix: path_prefix(prefix), ..self.unread() }
    }

    /// The same, where URLs may ask for no more than this. Where that is presets alone, no number of a client counts: it could
    /// have a rendition for each.
    #[must_use]
    pub fn ruled(self, rules: Arc<UrlRules>) -> Self {
        let is_number = |hint: &Hint| matches!(hint, Hint::PixelRatio | Hint::Width);
        let hints = self.hints.iter().filter(|hint| !rules.is_presets_only || !is_number(hint)).collect();
        Self { rules, hints, ..self.unread() }
    }

    /// The same, where URLs may ask for an explanation, or may not.
    #[must_use]
    pub fn explaining(self, explains: bool) -> Self {
        Self { explains, ..self.unread() }
    }

    /// What a query says for whoever asks why it is answered so.
    fn inquiry(&self, query: Option<&str>, values: &Values<'_>) -> Result<Option<Inquiry>, DialectError> {
        if !self.explains {
            return Ok(None);
        }
        let Some(asked) = inquiry::asked(query) else { return Ok(None) };
        // Who may not ask is not told how.
        self.rules.check_name(inquiry::NAME)?;
        Ok(asked?.then(|| inquiry::inquiry(query, values, self.meanings)))
    }

    /// What a query says, with what the preset says that it names; and how much of that is the preset's.
    fn values<'a>(&'a self, query: Option<&'a str>) -> Result<(Values<'a>, Option<&'a Values<'static>>), DialectError> {
        let values = Values::of(query, self.meanings);
        self.rules.check(&values)?;
        match values.get(presets::NAME).map(|name| self.rules.presets.get(name)) {
            Some(preset) => {
                let kept = &preset?.values;
                Ok((values.upon(kept), Some(kept)))
            }
            None => Ok((values, None)),
        }
    }

    /// The same, where words mean what they mean at a vendor.
    #[must_use]
    pub fn speaking(self, accent: Accent) -> Self {
        Self { meanings: accent.meanings(), ..self.unread() }
    }

    /// What rounds of words ask for, and the headers that this depends on. It is at least one round.
    pub(super) fn understand(
        &self,
        rounds: &[Values<'_>],
        (meanings, preset): (&'static Meanings, Option<&Values<'static>>),
        headers: &HeaderMap,
    ) -> (Result<Wish, DialectError>, Hints) {
        let reading = |values: &Values<'_>| {
            let (reading, read) = Reading::of(values, meanings);
            match preset {
                Some(kept) => (reading.beside(&Reading::of(kept, meanings).0), read),
                None => (reading, read),
            }
        };
        let [values] = rounds else {
            let all = Values::together(rounds);
            let (whole, _) = reading(&all);
            let hints = self.read_for(&all, &whole);
            let hints_told = if whole.pages.is_picture { Hints::default() } else { hints };
            let read = rounds.iter().map(reading);
            let read = read.map(|(reading, read)| read.map(|()| reading)).collect::<Result<Vec<_>, _>>();
            return (read.map(|rounds| whole.wish_of_rounds(rounds, &Advice { headers, hints: hints_told })), hints);
        };
        let (reading, read) = reading(values);
        let hints = self.read_for(values, &reading);
        // Of a picture on a page, what a client shows is for the page.
        let told = if reading.pages.is_picture { Hints::default() } else { hints };
        (read.map(|()| reading.wish(&Advice { headers, hints: told })), hints)
    }

    fn understand_in_order(
        &self,
        values: Values<'_>,
        preset: Option<&Values<'static>>,
        headers: &HeaderMap,
    ) -> (Result<Wish, DialectError>, Hints) {
        let meant = (self.meanings, preset);
        if self.meanings.is_in_order {
            self.understand(&values.in_order(), meant, headers)
        } else {
            self.understand(slice::from_ref(&values), meant, headers)
        }
    }

    /// Tells whether others with parameters must be signed and this one need not be: then it is one rendition for all, whatever
    /// number a header says.
    fn is_free_of_signature(&self, values: &Values<'_>) -> bool {
        self.signing.mode == SigningMode::Renditions && values.names().all(|name| name == pages::VERSION)
    }

    fn read_anew(&self, wording: Wording<'_>, permit: Result<Option<SystemTime>, SignatureFault>) -> Heard {
        let (values, preset) = match self.values(wording.query) {
            Ok(values) => values,
            Err(error) => return Heard { permit, ..Heard::by_url(Err(error)) },
        };
        let inquiry = self.inquiry(wording.query, &values);
        let has_pages = values.has_pages();
        let pages = if has_pages { Reading::of(&values, self.meanings).0.pages } else { PageValues::default() };
        let (wish, varies_on) = self.understand_in_order(values, preset, wording.headers);
        let wish = wish.map(Arc::new);
        if let (Ok(None), false, Ok(wish)) = (&inquiry, has_pages, &wish) {
            let query = wording.query.unwrap_or_default();
            self.readings.put(query, wording.headers, varies_on, Arc::clone(wish));
        }
        let asked = self.original(wording.path).and_then(|original| {
            let request = ImageRequest::new(original, wish?);
            Ok(Asked::Image(match inquiry? {
                Some(inquiry) => ImageRequest { delivery: Delivery::Explain(Box::new(inquiry)), ..request },
                None if pages.is_picture => {
                    ImageRequest { delivery: Delivery::Embed { with_placeholder: pages.has_placeholder }, ..request }
                }
                None => request.claiming(pages.version),
            }))
        });
        Heard { asked, varies_on, permit }
    }

    fn original(&self, path: &str) -> Result<ImagePath, DialectError> {
        let path = ImagePath::from_url_path(path)?;
        Ok(match &self.strip_prefix {
            Some(prefix) => path.without_prefix(prefix),
            None => path,
        })
    }

    /// The headers that are read for a query.
    fn read_for(&self, values: &Values<'_>, reading: &Reading) -> Hints {
        if reading.tells_original() || reading.pages.is_picture {
            return Hints::default().with_if(reading.pages.is_picture, Hint::Accept);
        }
        let negotiates = reading.output.negotiates(self.prefers && !values.has("format"));
        let (has_length, has_ratio) = (values.has_edges(), values.has("dpr"));
        // Who names a ratio has thought of the screen.
        let takes_width = negotiates
            && !has_length
            && !has_ratio
            && !self.is_free_of_signature(values)
            && self.hints.has(Hint::Width);
        let takes_ratio = has_length && !has_ratio && self.hints.has(Hint::PixelRatio);
        let may_save = (has_ratio || takes_ratio || takes_width) && self.hints.has(Hint::SaveData);
        // What a width on the screen is on the page.
        let divides = takes_width && may_save && self.hints.has(Hint::PixelRatio);
        Hints::default()
            .with_if(negotiates, Hint::Accept)
            .with_if(takes_width, Hint::Width)
            .with_if(may_save, Hint::SaveData)
            .with_if(takes_ratio || divides, Hint::PixelRatio)
    }
}

impl Dialect for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn is_protected(&self) -> bool {
        true
    }

    fn read(&self, wording: Wording<'_>) -> Heard {
        let is_inquiry = |name: &str| self.explains && name.eq_ignore_ascii_case(inquiry::NAME);
        let is_parameter =
            |name: &str| Parameter::named(self.meanings.name(name)).is_some_and(|(_, name)| name != pages::VERSION);
        let is_read = |name: &str| is_parameter(name) || is_inquiry(name);
        let permit = self.signing.check(wording.path, wording.query, is_read, SystemTime::now());
        let query = wording.query.unwrap_or_default();
        match self.readings.get(query, wording.headers) {
            Some((wish, varies_on)) => {
                let asked = self.original(wording.path).map(|original| ImageRequest::new(original, wish));
                Heard { asked: asked.map(Asked::Image), varies_on, permit }
            }
            None => self.read_anew(wording, permit),
        }
    }

    fn embed(&self, exhibit: &Exhibit<'_>, wording: Wording<'_>) -> Option<Worded> {
        Some(picture::page(self, exhibit, wording))
    }
}

#[cfg(test)]
mod tests;
