//! The files of a picture where URLs may name presets alone: those that the operator's presets come to.

use url::form_urlencoded;

use super::element::{Offer, WideFile};
use super::{OWN_WORDS, PageError, Sitting, pages};
use crate::dialect::native::presets::NAME;
use crate::dialect::native::reading::Values;
use crate::request::{Accepted, Dimensions};

/// In what presets may differ that are one picture, besides format and size.
const FINENESS: [&str; 4] = ["q", "lossless", "effort", "max_bytes"];

impl Sitting<'_> {
    /// Sources for browsers that show more, and the one for all others. Of the presets those count that ask for the same
    /// picture, of the same shape and no wider, in whatever size and format.
    pub(super) fn offers_of_presets(&self) -> Result<(Vec<Offer>, Offer), PageError> {
        let (all, _) = self.native.values(self.wording.query)?;
        let words = words(&all);
        let mut offers = self.offers(&words)?;
        let is_for_some = |offer: &Offer| Accepted::all().has(offer.format);
        let plain = offers.iter().filter(|offer| !is_for_some(offer)).max_by_key(|offer| offer.files.len());
        let fallback = match plain.map(|offer| offer.format) {
            Some(format) => offers.extract_if(.., |offer| offer.format == format).next(),
            None => self.untouched(&words),
        };
        let preferred = &self.exhibit.policy.preferred_formats;
        offers.retain(is_for_some);
        offers.sort_by_key(|offer| preferred.iter().position(|output| *output == offer.format));
        fallback.map(|fallback| (offers, fallback)).ok_or(PageError::NoPreset)
    }

    /// Every format that presets with the same words have, with its files.
    fn offers(&self, asked: &[(&str, &str)]) -> Result<Vec<Offer>, PageError> {
        let mut offers: Vec<Offer> = Vec::new();
        for (name, values) in self.native.rules.presets.iter() {
            if values.has("picture") || values.has("info") || words(values) != asked {
                continue;
            }
            let query = self.versioned(Some((NAME, name)));
            let wish = self.wish(Some(&query), None)?;
            let recipe = self.recipe(&wish)?;
            let format = recipe.as_ref().map_or(self.own_format(), |recipe| recipe.output.format);
            let Some(Dimensions { width, .. }) = self.dimensions(recipe).filter(|measured| self.is_alike(*measured))
            else {
                continue;
            };
            let file = WideFile { url: self.url(&query), width };
            match offers.iter_mut().find(|offer| offer.format == format) {
                Some(offer) if offer.files.iter().any(|there| there.width == width) => {}
                Some(offer) => offer.files.push(file),
                None => offers.push(Offer { format, files: vec![file] }),
            }
        }
        offers.iter_mut().for_each(|offer| offer.files.sort_by_key(|file| file.width));
        Ok(offers)
    }

    /// The original, where nothing is asked that it is not.
    fn untouched(&self, asked: &[(&str, &str)]) -> Option<Offer> {
        let own = self.exhibit.facts.displayed();
        let file = WideFile { url: self.url(&self.versioned(None)), width: own.width };
        (asked.is_empty() && self.whole == own).then(|| Offer { format: self.own_format(), files: vec![file] })
    }

    /// Tells whether that is the same picture, no wider: the shape may be off by what rounding makes of an edge.
    fn is_alike(&self, Dimensions { width, height }: Dimensions) -> bool {
        let [width, height, whole_width, whole_height] =
            [width, height, self.whole.width, self.whole.height].map(u64::from);
        let (one, other) = (width * whole_height, height * whole_width);
        width <= whole_width && one.abs_diff(other) <= whole_width.max(whole_height)
    }

    fn versioned(&self, word: Option<(&str, &str)>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(word);
        query.append_pair(pages::VERSION, self.exhibit.version.as_str()).finish()
    }
}

/// What is said of a picture besides its size and how it is written, by name.
fn words<'v>(values: &'v Values<'_>) -> Vec<(&'static str, &'v str)> {
    let is_free =
        |name: &str| OWN_WORDS.contains(&name) || FINENESS.contains(&name) || pages::is_of_pages(name) || name == NAME;
    let mut words: Vec<_> = values.texts().filter(|(name, _)| !is_free(name)).collect();
    words.sort_unstable();
    words
}
