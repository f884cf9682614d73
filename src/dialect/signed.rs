//! A dialect without a key of its own, whose URLs are signed as ours are.

use std::sync::Arc;
use std::time::SystemTime;

use futures_util::future::BoxFuture;
use http::{HeaderMap, Method, StatusCode};

use super::{
    Asked, CommandError, Desk, Dialect, Heard, SigningMode, StandIn, StoredResult, UrlSigning, Worded, Wording,
};
use crate::report::Report;
use crate::request::{Denial, EntityTag, Facts};

/// Lets through what is signed, and what the dialect says of itself.
pub struct SignedDialect {
    inner: Box<dyn Dialect>,
    /// What stands before the paths that it is given.
    prefix: String,
    signing: Arc<UrlSigning>,
}

impl SignedDialect {
    /// A dialect under a prefix, every picture of which must be signed: to ask for one is to have it made.
    pub fn new(inner: Box<dyn Dialect>, prefix: &str, signing: &UrlSigning) -> Self {
        let signing = UrlSigning { mode: SigningMode::All, ..signing.clone() };
        Self { inner, prefix: prefix.trim_end_matches('/').to_owned(), signing: Arc::new(signing) }
    }
}

impl Dialect for SignedDialect {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn methods(&self) -> &'static [Method] {
        self.inner.methods()
    }

    fn is_protected(&self) -> bool {
        true
    }

    fn claims(&self, path: &str) -> bool {
        self.inner.claims(path)
    }

    fn read(&self, wording: Wording<'_>) -> Heard {
        let heard = self.inner.read(wording);
        if matches!(heard.asked, Ok(Asked::Said(_))) {
            return heard;
        }
        let path = [&self.prefix, wording.path].concat();
        Heard { permit: self.signing.check(&path, wording.query, |_| true, SystemTime::now()), ..heard }
    }

    fn run<'a>(&'a self, wording: Wording<'a>, desk: &'a dyn Desk) -> BoxFuture<'a, Result<Worded, CommandError>> {
        self.inner.run(wording, desk)
    }

    fn knows(&self, tag: &EntityTag, wording: Wording<'_>) -> bool {
        self.inner.knows(tag, wording)
    }

    fn tell(&self, facts: &Facts, wording: Wording<'_>) -> Option<Worded> {
        self.inner.tell(facts, wording)
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

    fn dress(&self, wording: Wording<'_>, status: StatusCode, report: &Report, headers: &mut HeaderMap) {
        self.inner.dress(wording, status, report, headers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{SignatureFault, SigningKeys, Upload};

    #[test]
    fn what_is_not_signed_is_refused_before_anything_else() {
        let signing = UrlSigning { keys: SigningKeys::parse("a:key").unwrap(), ..UrlSigning::default() };
        let upload = SignedDialect::new(Box::new(Upload::new(100)), "/up/", &signing);
        let headers = HeaderMap::new();
        let ask = |query| upload.read(Wording { method: &Method::POST, path: "", query, headers: &headers }).permit;
        assert_eq!(ask(None), Err(SignatureFault::Missing));
        let query = signing.signed("/up", Some("exp=99999999999")).unwrap();
        assert!(matches!(ask(Some(&query)), Ok(Some(_))));
        let elsewhere = signing.signed("/", None).unwrap();
        assert_eq!(ask(Some(&elsewhere)), Err(SignatureFault::Wrong));
    }
}
