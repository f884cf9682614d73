//! What a page needs to show a picture: in which formats and widths, and by which URLs.
//!
//! Every URL is read again as a request for it would be, and decided, so that the width that is told of it is the width that it
//! has, whatever else is asked.

mod edges;
mod element;
mod of_presets;
mod widths;

use http::{HeaderMap, StatusCode};
use url::form_urlencoded;

use self::element::{Element, Offer, WideFile};
pub(super) use self::widths::Widths;
use super::advice::Advice;
use super::output::AskedFormat;
use super::pages;
use super::reading::{Reading, Values};
use super::{Hints, Native};
use crate::dialect::accept::prefers_json;
use crate::dialect::escaping::path_escaped;
use crate::dialect::{DialectError, Exhibit, Hint, SigningMode, Worded, Wording};
use crate::request::{
    Accepted, AllowedSizes, Dimensions, FormatWish, ImagePath, Otherwise, OutputFormat, Recipe, RecipeError, Wish,
};

/// What every URL says in its own way.
const OWN_WORDS: [&str; 5] = ["w", "h", "size", "format", "auto"];
/// Words that may have a box as their value.
const BOXES: [&str; 3] = ["fit", "resize", "lb"];

/// A picture that is to be shown, and what is asked of it.
struct Sitting<'a> {
    native: &'a Native,
    exhibit: &'a Exhibit<'a>,
    wording: Wording<'a>,
    values: Values<'a>,
    reading: Reading,
    /// The path in every URL, percent-encoded, as a signature sees it.
    path: String,
    /// As large as it is with all that is asked; and that it would be if no edges were.
    whole: Dimensions,
    is_measured: bool,
    /// It is a preset that asks for the page.
    is_of_preset: bool,
}

/// One way of writing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct WayOfWriting {
    format: OutputFormat,
    is_lossless: bool,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
enum PageError {
    #[error(transparent)]
    Dialect(#[from] DialectError),
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    #[error("widths: expected one that is allowed")]
    NoWidth,
    #[error("picture: expected presets of this picture in some widths, for nothing else is to be asked for here")]
    NoPreset,
}

impl PageError {
    fn status(&self) -> StatusCode {
        match self {
            Self::Dialect(DialectError::NotAllowed { .. }) | Self::NoWidth | Self::NoPreset => StatusCode::FORBIDDEN,
            Self::Dialect(_) | Self::Recipe(_) => StatusCode::BAD_REQUEST,
        }
    }
}

/// The element, or the same as JSON, as the client likes it better.
pub(super) fn page(native: &Native, exhibit: &Exhibit<'_>, wording: Wording<'_>) -> Worded {
    match Sitting::of(native, exhibit, wording).and_then(|sitting| sitting.worded()) {
        Ok(worded) => worded,
        Err(error) => Worded::text(error.status(), format!("{error}\n")),
    }
}

impl<'a> Sitting<'a> {
    fn of(native: &'a Native, exhibit: &'a Exhibit<'a>, wording: Wording<'a>) -> Result<Self, PageError> {
        let values = Values::of(wording.query, native.meanings);
        let (all, preset) = native.values(wording.query)?;
        let is_of_preset = preset.is_some_and(|preset| preset.has("picture"));
        let (reading, _) = Reading::of(&all, native.meanings);
        let path = ImagePath::from_url_path(wording.path).ok();
        let path = path.as_ref().map(path_escaped).unwrap_or_default();
        let whole = exhibit.facts.displayed();
        let sitting = Self { native, exhibit, wording, values, reading, path, whole, is_measured: true, is_of_preset };
        let measured = sitting.measured(&sitting.wish(wording.query, None)?)?;
        Ok(Self { whole: measured.unwrap_or(whole), is_measured: measured.is_some(), ..sitting })
    }

    fn worded(&self) -> Result<Worded, PageError> {
        let (sources, fallback) =
            if self.takes_presets_only() { self.offers_of_presets() } else { self.offers_of_widths() }?;
        let pages = &self.reading.pages;
        let element = Element {
            sources,
            fallback,
            dimensions: self.is_measured.then_some(self.whole),
            alt: pages.alt.as_deref().unwrap_or_default(),
            sizes: pages.sizes.as_deref(),
            version: self.exhibit.version,
            placeholder: self.exhibit.placeholder,
        };
        Ok(if prefers_json(self.wording.headers) { element.json() } else { element.html() })
    }

    /// Tells whether no URL may say how wide it is, or that it is no page but what is in one.
    fn takes_presets_only(&self) -> bool {
        let rules = &self.native.rules;
        rules.is_presets_only || !rules.allows("w") || (self.is_of_preset && !rules.allows("picture"))
    }

    fn offers_of_widths(&self) -> Result<(Vec<Offer>, Offer), PageError> {
        let widths = self.widths()?;
        let (sources, fallback) = self.ways()?;
        let sources = sources.into_iter().map(|written| self.offer(written, &widths));
        Ok((sources.collect::<Result<_, _>>()?, self.offer(fallback, &widths)?))
    }

    /// What a query asks for of whoever sends no hints, in this format.
    fn wish(&self, query: Option<&str>, format: Option<FormatWish>) -> Result<Wish, PageError> {
        let (values, preset) = self.native.values(query)?;
        let (wish, _) = self.native.understand_in_order(values, preset, &HeaderMap::new());
        let mut wish = wish?.bare();
        wish.output.format = format.or(wish.output.format);
        Ok(wish)
    }

    fn recipe(&self, wish: &Wish) -> Result<Option<Recipe>, RecipeError> {
        Recipe::new(wish, self.exhibit.facts, &[], self.exhibit.policy)
    }

    /// The dimensions of what a wish comes to; `None` where only pixels tell.
    fn measured(&self, wish: &Wish) -> Result<Option<Dimensions>, RecipeError> {
        Ok(self.dimensions(self.recipe(wish)?))
    }

    /// Those of what is made, or of the original where nothing is.
    fn dimensions(&self, recipe: Option<Recipe>) -> Option<Dimensions> {
        recipe.map_or(Some(self.exhibit.facts.displayed()), |recipe| recipe.dimensions(self.exhibit.facts))
    }

    /// What the original is written in, or would be.
    fn own_format(&self) -> OutputFormat {
        OutputFormat::same_as(self.exhibit.facts.format).unwrap_or(OutputFormat::LOSSLESS)
    }

    /// Those that are asked for, or usual ones: none wider than the picture is, unless it is drawn.
    fn widths(&self) -> Result<Widths, RecipeError> {
        let asked = self.reading.pages.widths.clone();
        let allowed = self.exhibit.policy.sizes.as_ref().map(AllowedSizes::sizes);
        let usual = |most| allowed.map_or_else(|| Widths::usual(most), |allowed| Widths::among(allowed, most));
        if self.exhibit.facts.format.is_vector() {
            return Ok(asked.unwrap_or_else(|| usual(self.whole.width)));
        }
        let mut edgeless = self.reading.clone();
        edgeless.geometry.forget_edges();
        let edgeless = edgeless.wish(&Advice { headers: &HeaderMap::new(), hints: Hints::default() }).bare();
        let own = self.measured(&edgeless)?.unwrap_or(self.whole);
        let most = self.whole.width.min(own.width);
        Ok(asked.unwrap_or_else(|| usual(most)).within(most))
    }

    /// The operator's formats, as far as they suit the picture; and one that every client shows.
    fn ways(&self) -> Result<(Vec<WayOfWriting>, WayOfWriting), PageError> {
        let plain = |otherwise| self.written(FormatWish::Best { accepted: Accepted::default(), otherwise });
        let policy = self.exhibit.policy;
        let preferred = policy.preferred_formats.iter().copied().filter(|output| policy.allows(*output));
        let (sources, fallback) = match self.reading.output.asked() {
            AskedFormat::Own => (vec![], plain(Otherwise::Own)?),
            AskedFormat::Named { output, is_lossless } if Accepted::all().has(output) => {
                (vec![WayOfWriting { format: output, is_lossless }], plain(Otherwise::Plain)?)
            }
            AskedFormat::Named { output, is_lossless } => (vec![], WayOfWriting { format: output, is_lossless }),
            AskedFormat::Any(among) => {
                let mut sources = Vec::new();
                for output in preferred.filter(|output| among.has(*output)) {
                    let accepted = output.format().map(|format| Accepted::default().with(format)).unwrap_or_default();
                    let written = self.written(FormatWish::Best { accepted, otherwise: Otherwise::Plain })?;
                    sources.extend(Some(written).filter(|written| written.format == output));
                }
                (sources, plain(Otherwise::Plain)?)
            }
        };
        Ok((sources.into_iter().filter(|source| source.format != fallback.format).collect(), fallback))
    }

    fn written(&self, format: FormatWish) -> Result<WayOfWriting, PageError> {
        let policy = self.exhibit.policy;
        Ok(self.recipe(&self.wish(self.wording.query, Some(format))?)?.map_or(
            WayOfWriting { format: self.own_format(), is_lossless: false },
            |recipe| {
                let format = recipe.output.format;
                let can_lose = policy.codings.choices(format).can_lose;
                WayOfWriting { format, is_lossless: can_lose && recipe.output.coding.is_lossless() }
            },
        ))
    }

    fn offer(&self, written: WayOfWriting, widths: &Widths) -> Result<Offer, PageError> {
        let mut files: Vec<WideFile> = Vec::new();
        for width in widths.iter() {
            let query = self.query(width, written);
            let measured = match self.measured(&self.wish(Some(&query), None)?) {
                Ok(measured) => measured,
                // A size that is not allowed leaves the others.
                Err(RecipeError::SizeNotAllowed { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            let asked = width;
            let width = measured.map_or(asked, |dimensions| dimensions.width);
            let query = (width != asked).then(|| self.said(width, written)).flatten().unwrap_or(query);
            // What cannot be as narrow as that, or as wide, is there already.
            if files.last().is_none_or(|narrower| narrower.width < width) {
                files.push(WideFile { url: self.url(&query), width });
            }
        }
        if files.is_empty() { Err(PageError::NoWidth) } else { Ok(Offer { format: written.format, files }) }
    }

    /// The query that says the width which an allowed size made of another; `None` where it is not the allowed sizes that did.
    fn said(&self, width: u32, written: WayOfWriting) -> Option<String> {
        self.exhibit.policy.sizes.as_ref()?;
        let query = self.query(width, written);
        let measured = self.measured(&self.wish(Some(&query), None).ok()?).ok()?;
        (measured?.width == width).then_some(query)
    }

    /// All that is asked, at this width, written so.
    fn query(&self, width: u32, WayOfWriting { format, is_lossless }: WayOfWriting) -> String {
        let geometry = &self.reading.geometry;
        let width = (f64::from(width) / geometry.magnification()).round().max(1.0);
        let height = (width * f64::from(self.whole.height) / f64::from(self.whole.width.max(1))).round().max(1.0);
        let mut query = form_urlencoded::Serializer::new(String::new());
        let mut has_box = false;
        for (name, text) in self.values.texts() {
            let is_box =
                BOXES.contains(&name) && text.starts_with(|first: char| first.is_ascii_digit() || first == '.');
            if is_box {
                has_box = true;
                query.append_pair(name, &format!("{width},{height}"));
            } else if !OWN_WORDS.contains(&name) && !pages::is_of_pages(name) {
                query.append_pair(name, text);
            }
        }
        if !has_box {
            query.append_pair("w", &width.to_string());
            if geometry.width.is_some() && geometry.height.is_some() {
                query.append_pair("h", &height.to_string());
            }
        }
        // It may be a preset that asks for the page, and what is in the page is none.
        if self.is_of_preset {
            query.append_pair("picture", "0");
        }
        query.append_pair("format", self.reading.output.word(format));
        let may_say = |name| self.native.rules.allows(name);
        if is_lossless && !self.values.has("lossless") && may_say("lossless") {
            query.append_pair("lossless", "1");
        }
        // The widths are those of files: no screen is to change them.
        if self.native.hints.has(Hint::PixelRatio) && geometry.dpr.is_none() && may_say("dpr") {
            query.append_pair("dpr", "1");
        }
        query.append_pair(pages::VERSION, self.exhibit.version.as_str());
        query.finish()
    }

    /// The whole URL, signed where that is needed, and then good for no longer than that of the page.
    fn url(&self, query: &str) -> String {
        let signing = &self.native.signing;
        let mut query = query.to_owned();
        if signing.mode != SigningMode::Off {
            let pairs = form_urlencoded::parse(self.wording.query.unwrap_or_default().as_bytes());
            if let Some((_, expiry)) = pairs.into_iter().find(|(name, _)| name == "exp") {
                query = form_urlencoded::Serializer::new(query).append_pair("exp", &expiry).finish();
            }
            query = signing.signed(&self.path, Some(&query)).unwrap_or(query);
        }
        format!("{}{}?{query}", self.native.prefix, self.path)
    }
}
