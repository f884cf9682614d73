//! The dialect of iaas (<https://github.com/inventid/iaas>): `/id_width_height_2x.ending`, and redirects to what may be asked
//! for and to what is stored.

mod bounds;
mod name;
mod query;
mod settings;
mod tokens;
mod uploads;
mod words;

use futures_util::future::BoxFuture;
use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderValue, Method, StatusCode};

pub use bounds::SizeLimits;
pub use settings::IaasSettings;
pub use tokens::{TakenId, TokenBook, TokenError};

use self::name::PictureName;
use self::query::IaasQuery;
use self::uploads::Uploads;
use super::accept::accepted;
use super::{
    Asked, CommandError, Desk, Dialect, DialectError, Heard, Hint, Hints, StoredResult, Usual, Worded, Wording,
    path_prefix,
};
use crate::report::{Outcome, Report};
use crate::request::{
    Background, Bounds, CodingWish, Delivery, Denial, Edit, Effects, Facts, Fit, Format, Gravity, ImageRequest, Length,
    OutputFormat, OutputWish, Quality, QualityWish, Sigma, Wish,
};

const METHODS: [Method; 4] = [Method::GET, Method::HEAD, Method::OPTIONS, Method::POST];

/// How far `blur=true` looks around a pixel of the picture, as a standard deviation in pixels.
const BLUR: &str = "7";

/// The dialect of iaas.
#[derive(Debug, Default)]
pub struct Iaas {
    settings: IaasSettings,
    /// What stands before all of its paths: begins with a slash and does not end with one, or is empty.
    prefix: String,
    /// How long the house says that pictures may be kept.
    usual_lifetime: Option<HeaderValue>,
    /// Who may read answers is said elsewhere.
    leaves_origins: bool,
    /// `None` where nothing may be uploaded.
    uploads: Option<Uploads>,
}

/// What one URL says, and the format that it comes to.
struct Understood<'a> {
    name: PictureName<'a>,
    query: IaasQuery,
    output: OutputFormat,
    /// Why the answer may differ from client to client.
    varies_on: Hints,
}

impl Iaas {
    /// A dialect that is set up so, and put under a prefix.
    pub fn new(settings: IaasSettings, prefix: &str) -> Self {
        Self { settings, prefix: path_prefix(prefix), usual_lifetime: None, leaves_origins: false, uploads: None }
    }

    /// The same, where pictures may be kept as long as iaas says in place of this; what says anything else has a reason.
    #[must_use]
    pub fn in_place_of(self, usual_lifetime: Option<HeaderValue>) -> Self {
        Self { usual_lifetime, ..self }
    }

    /// The same, where pages of all origins may read answers unless somebody else says which.
    #[must_use]
    pub fn leaving_origins(self, leaves_origins: bool) -> Self {
        Self { leaves_origins, ..self }
    }

    /// The same, where pictures may be uploaded in bodies of at most so many bytes by those who have a token of this book.
    #[must_use]
    pub fn taking_uploads(self, tokens: TokenBook, max_bytes: u64) -> Self {
        Self { uploads: Some(Uploads::new(tokens, max_bytes)), ..self }
    }

    fn understood<'a>(&self, wording: Wording<'a>) -> Result<Understood<'a>, DialectError> {
        let (name, query) = (PictureName::read(wording.path)?, IaasQuery::read(wording.query));
        let may_switch = name.is_known() && name.output() != OutputFormat::WEBP;
        let allows = self.settings.switches_to_webp || (self.settings.allows_webp && query.allows_webp);
        // What is stored stays as it is.
        let is_made = name.size.is_some() || query.filters(name.output());
        let switches = may_switch && allows && is_made;
        let shows_webp = switches && accepted(wording.headers).has(OutputFormat::WEBP);
        let output = if shows_webp { OutputFormat::WEBP } else { name.output() };
        let has_token = self.settings.freshness.is_some();
        let varies_on = Hints::default().with_if(switches, Hint::Accept).with_if(has_token, Hint::Freshness);
        Ok(Understood { name, query, output, varies_on })
    }

    fn asked(&self, understood: &Understood<'_>, wording: Wording<'_>) -> ImageRequest {
        let Understood { name, query, output, .. } = understood;
        let allowed = name.size.and_then(|size| self.settings.limits.allowed(size));
        let request = match (allowed, name.size) {
            (Some(sides), _) => ImageRequest {
                delivery: self.delivery(query, wording),
                ..ImageRequest::new(name.original(), wish(Some(sides), query, *output))
            },
            (None, None) if !query.filters(*output) => ImageRequest {
                delivery: Delivery::Kept(name.says().unwrap_or(Format::Jpeg)),
                ..ImageRequest::new(name.original(), wish(None, query, *output))
            },
            // The size of the original says where to, and whether there is one.
            _ => ImageRequest::told(name.original()),
        };
        request.or(name.alternatives())
    }

    fn delivery(&self, query: &IaasQuery, wording: Wording<'_>) -> Delivery {
        let shown = Hint::Freshness.text(wording.headers);
        if self.settings.freshness.as_ref().is_some_and(|token| shown.is_some_and(|shown| token.is(shown))) {
            return Delivery::Fresh;
        }
        // Whoever asks for a head asks whether there would be a picture.
        if query.proxies || wording.method == Method::HEAD { Delivery::Here } else { Delivery::Send }
    }
}

/// All that is asked of a picture in a box of these sides.
fn wish(sides: Option<(f64, f64)>, query: &IaasQuery, output: OutputFormat) -> Wish {
    let number = query.quality_for(output).map(|quality| QualityWish::Number(Quality::new(quality)));
    let quality = number.or(Some(QualityWish::Own));
    let coding = CodingWish { quality, is_progressive: output == OutputFormat::JPEG, ..CodingWish::default() };
    let wish = Wish::new(OutputWish { format: Some(output.into()), coding, is_still: true, ..OutputWish::default() });
    let Some((width, height)) = sides else { return wish };
    let (_, fit) = query.fit;
    let side = |side: f64| Some(Length::Pixels((side.round() as u32).max(1)));
    let gravity = Gravity::Halves;
    let bounds =
        Bounds { width: side(width), height: side(height), fit, gravity, may_enlarge: true, ..Bounds::default() };
    let effects = Effects { blur: Sigma::parse(BLUR).filter(|_| query.blurs), ..Effects::default() };
    let background = (fit == Fit::Pad).then(|| Background::WHITE.into());
    wish.then(Edit { bounds, effects, background, ..Edit::default() })
}

impl Dialect for Iaas {
    fn name(&self) -> &'static str {
        "iaas"
    }

    fn usual(&self) -> Usual {
        Usual { enlarges: true, is_progressive: true, ..Usual::default() }
    }

    fn methods(&self) -> &'static [Method] {
        let count = if self.uploads.is_some() { METHODS.len() } else { METHODS.len() - 1 };
        METHODS.get(..count).unwrap_or(&METHODS)
    }

    fn read(&self, wording: Wording<'_>) -> Heard {
        if wording.method == Method::POST {
            return Heard::by_url(Ok(Asked::Command));
        }
        if let Some(said) = words::said(&self.settings, wording) {
            return Heard::by_url(said);
        }
        match self.understood(wording) {
            Ok(understood) => {
                let varies_on = understood.varies_on;
                Heard { varies_on, ..Heard::by_url(Ok(Asked::Image(self.asked(&understood, wording)))) }
            }
            Err(error) => Heard::by_url(Err(error)),
        }
    }

    fn run<'a>(&'a self, wording: Wording<'a>, desk: &'a dyn Desk) -> BoxFuture<'a, Result<Worded, CommandError>> {
        Box::pin(async move {
            match &self.uploads {
                Some(uploads) => uploads.run(&self.settings, wording, desk).await,
                None => Err(DialectError::NotServed.into()),
            }
        })
    }

    fn tell(&self, facts: &Facts, wording: Wording<'_>) -> Option<Worded> {
        let Understood { name, query, output, .. } = self.understood(wording).ok()?;
        let (_, fit) = query.fit;
        let sides = self.settings.limits.nearest(name.size, facts.displayed(), fit);
        Some(words::out_of_bounds(&self.prefix, &name, &query, output, sides))
    }

    fn lead(&self, stored: &StoredResult<'_>, _wording: Wording<'_>) -> Option<Worded> {
        words::stored(stored, self.settings.redirect_lifetime)
    }

    fn word(&self, denial: &Denial, _wording: Wording<'_>) -> Option<Worded> {
        words::denied(denial)
    }

    fn dress(&self, _wording: Wording<'_>, status: StatusCode, report: &Report, headers: &mut HeaderMap) {
        if !self.leaves_origins {
            words::ORIGINS.into_iter().for_each(|(name, value)| drop(headers.insert(name, value)));
        }
        let is_picture = report.outcome != Outcome::Said && (status.is_success() || status == StatusCode::NOT_MODIFIED);
        if is_picture && headers.get(CACHE_CONTROL) == self.usual_lifetime.as_ref() {
            words::lifetime().for_each(|(name, value)| drop(headers.insert(name, value)));
        }
    }
}

#[cfg(test)]
mod tests;
