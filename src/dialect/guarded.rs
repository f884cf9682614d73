//! `GuardedDialect`: a dialect of another system, held to what the operator asks of all URLs.

use std::sync::Arc;
use std::time::SystemTime;

use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::{
    AllowedParameters, Asked, CommandError, Desk, Dialect, DialectError, Exhibit, Heard, SigningMode, StandIn,
    StoredResult, UrlSigning, Usual, Worded, Wording, native,
};
use crate::report::Report;
use crate::request::{Denial, EntityTag, Facts};

/// Lets through what is signed and allowed, and what the dialect says of itself.
pub struct GuardedDialect {
    inner: Box<dyn Dialect>,
    /// What stands before the paths that it is given, and how they are signed.
    signing: Option<(String, UrlSigning)>,
    allowed: Option<AllowedParameters>,
    has_free_edges: bool,
}

impl GuardedDialect {
    /// Lets everything through.
    pub fn new(inner: Box<dyn Dialect>) -> Self {
        Self { inner, signing: None, allowed: None, has_free_edges: false }
    }

    /// The same under a prefix, where every picture must be signed: to ask for one is to have it made.
    #[must_use]
    pub fn signed(self, prefix: &str, signing: &UrlSigning) -> Self {
        let signing = UrlSigning { mode: SigningMode::All, ..signing.clone() };
        Self { signing: Some((prefix.trim_end_matches('/').to_owned(), signing)), ..self }
    }

    /// The same, where nothing may be asked for but what these parameters say, in its own words.
    #[must_use]
    pub fn allowing(self, allowed: AllowedParameters) -> Self {
        Self { allowed: Some(allowed), ..self }
    }

    /// The same, where the sizes that are allowed do not hold: it has a key of its own for who may ask.
    #[must_use]
    pub fn of_free_edges(self) -> Self {
        Self { has_free_edges: true, ..self }
    }

    fn held(&self, asked: Asked) -> Result<Asked, DialectError> {
        let mut asked = asked;
        if let Asked::Image(request) | Asked::Enclosed { request, .. } = &mut asked {
            if let Some(allowed) = &self.allowed {
                native::words(&request.wish, self.inner.usual())
                    .into_iter()
                    .try_for_each(|name| allowed.check(name))?;
            }
            if self.has_free_edges {
                request.wish = Arc::new(Arc::unwrap_or_clone(std::mem::take(&mut request.wish)).of_free_edges());
            }
        }
        Ok(asked)
    }
}

impl Dialect for GuardedDialect {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn methods(&self) -> &'static [Method] {
        self.inner.methods()
    }

    fn is_protected(&self) -> bool {
        self.signing.is_some() || self.inner.is_protected()
    }

    fn is_repeatable(&self) -> bool {
        self.inner.is_repeatable()
    }

    fn usual(&self) -> Usual {
        self.inner.usual()
    }

    fn claims(&self, path: &str) -> bool {
        self.inner.claims(path)
    }

    fn takes(&self, path: &str, query: Option<&str>) -> bool {
        self.inner.takes(path, query)
    }

    fn read(&self, wording: Wording<'_>) -> Heard {
        let heard = self.inner.read(wording);
        if matches!(heard.asked, Ok(Asked::Said(_))) {
            return heard;
        }
        let permit = match &self.signing {
            Some((prefix, signing)) => {
                let path = [prefix, wording.path].concat();
                signing.check(&path, wording.query, |_| true, SystemTime::now())
            }
            None => heard.permit,
        };
        Heard { permit, asked: heard.asked.and_then(|asked| self.held(asked)), ..heard }
    }

    fn run<'a>(&'a self, wording: Wording<'a>, desk: &'a dyn Desk) -> BoxFuture<'a, Result<Worded, CommandError>> {
        self.inner.run(wording, desk)
    }

    fn knows(&self, tag: &EntityTag, modified: Option<SystemTime>, wording: Wording<'_>) -> bool {
        self.inner.knows(tag, modified, wording)
    }

    fn retells(&self) -> bool {
        self.inner.retells()
    }

    fn retell(&self, told: &str, wording: Wording<'_>) -> Option<String> {
        self.inner.retell(told, wording)
    }

    fn tell(&self, facts: &Facts, wording: Wording<'_>) -> Option<Worded> {
        self.inner.tell(facts, wording)
    }

    fn embed(&self, exhibit: &Exhibit<'_>, wording: Wording<'_>) -> Option<Worded> {
        self.inner.embed(exhibit, wording)
    }

    fn lead(&self, stored: &StoredResult<'_>, wording: Wording<'_>) -> Option<Worded> {
        self.inner.lead(stored, wording)
    }

    fn word(&self, denial: &Denial, wording: Wording<'_>) -> Option<Worded> {
        self.inner.word(denial, wording)
    }

    fn stand_in(&self, worded: &Worded, wording: Wording<'_>) -> Option<StandIn> {
        self.inner.stand_in(worded, wording)
    }

    fn cache_control(&self) -> Option<&HeaderValue> {
        self.inner.cache_control()
    }

    fn dress(&self, wording: Wording<'_>, status: StatusCode, report: &Report, headers: &mut HeaderMap) {
        self.inner.dress(wording, status, report, headers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{Imaginary, ImaginarySettings, SignatureFault, SigningKeys, Upload};
    use crate::request::Wish;

    #[test]
    fn what_is_not_signed_is_refused_before_anything_else() {
        let signing = UrlSigning { keys: SigningKeys::parse("a:key").unwrap(), ..UrlSigning::default() };
        let upload = GuardedDialect::new(Box::new(Upload::new(100))).signed("/up/", &signing);
        let headers = HeaderMap::new();
        let ask = |query| upload.read(Wording { method: &Method::POST, path: "", query, headers: &headers }).permit;
        assert_eq!(ask(None), Err(SignatureFault::Missing));
        let query = signing.signed("/up", Some("exp=99999999999")).unwrap();
        assert!(matches!(ask(Some(&query)), Ok(Some(_))));
        let elsewhere = signing.signed("/", None).unwrap();
        assert_eq!(ask(Some(&elsewhere)), Err(SignatureFault::Wrong));
    }

    fn imaginary() -> GuardedDialect {
        GuardedDialect::new(Box::new(Imaginary::new(ImaginarySettings::default(), 100)))
    }

    fn wish_of(dialect: &GuardedDialect, url: &str) -> Result<Wish, String> {
        let (path, query) = url.split_once('?').unwrap();
        let headers = HeaderMap::new();
        let wording = Wording { method: &Method::POST, path, query: Some(query), headers: &headers };
        match dialect.read(wording).asked.map_err(|error| error.to_string())? {
            Asked::Image(request) | Asked::Enclosed { request, .. } => Ok(Arc::unwrap_or_clone(request.wish)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn nothing_is_asked_for_but_what_may_be_in_whatever_words() {
        let guarded = imaginary().allowing(AllowedParameters::parse("w,h,fit").unwrap());
        assert!(wish_of(&guarded, "/resize?width=40").is_ok());
        let refused = |url| wish_of(&guarded, url).unwrap_err();
        let expected = |name| format!("{name}: it is not to be asked for here, and these are: w, h, fit");
        assert_eq!(refused("/resize?width=40&type=webp"), expected("format"));
        assert_eq!(refused("/resize?width=40&quality=40"), expected("q"));
        assert_eq!(refused("/blur?sigma=4"), expected("blur"));
        assert_eq!(refused("/enlarge?width=40&height=40"), expected("enlarge"));
    }

    #[test]
    fn edges_are_free_only_where_that_is_said() {
        let is_free = |dialect: GuardedDialect| {
            let wish = wish_of(&dialect, "/resize?width=40").unwrap();
            wish.edits().iter().all(|edit| edit.bounds.free == crate::request::FreeEdges::BOTH)
        };
        assert!(!is_free(imaginary()) && is_free(imaginary().of_free_edges()));
    }
}
