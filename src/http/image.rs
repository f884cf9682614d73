//! The one handler for images.

use std::error::Error;
use std::net::IpAddr;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use http::Method;
use http::request::Parts;

use super::attended::Crowded;
use super::desk::CommandDesk;
use super::explain::explained;
use super::failure::{Manner, NO_STORE, said};
use super::precondition::{self, Verdict};
use super::range::Ranges;
use super::reply::{self, Head, add_vary};
use super::{Door, Failure, body, lifetime};
use crate::dialect::{
    Asked, Dialect, DialectError, Exhibit, Heard, Hint, Hints, SignatureFault, StandIn, StoredResult, Worded, Wording,
};
use crate::pipeline::Rendition;
use crate::rates::Toll;
use crate::report::{Outcome, Report};
use crate::request::{Delivery, ImageRequest, Reference};
use crate::service::{Answer, Enclosure, Extent, Gate, Portrait, Reply, Validators};
use crate::source::Portion;

/// How long after its last change an original may still be in the making.
const SETTLING_TIME: Duration = Duration::from_secs(2);

/// Spares the work for what the client has already.
struct Conditions<'a> {
    dialect: &'a dyn Dialect,
    wording: Wording<'a>,
    /// The answer stands for a URL, so that it has versions.
    has_versions: bool,
    toll: Option<Toll>,
}

impl Gate for Conditions<'_> {
    type Verdict = Verdict;

    fn at_validators(&self, validators: &Validators) -> Option<Verdict> {
        if !self.has_versions {
            return None;
        }
        let Validators { tag, original_modified, .. } = validators;
        let is_known = || self.dialect.knows(tag, *original_modified, self.wording).then_some(Verdict::NotModified);
        precondition::evaluate(self.wording.headers, validators).or_else(is_known)
    }

    fn toll(&self) -> Option<Toll> {
        self.toll.clone()
    }

    fn portion(&self, validators: &Validators, length: u64) -> Portion {
        match reply::ranges(self.wording.method, self.wording.headers, validators, length) {
            Ranges::Whole => Portion::Whole,
            Ranges::Parts(parts) => parts.into_iter().next().map_or(Portion::Nothing, Portion::Part),
            Ranges::Unsatisfiable => Portion::Nothing,
        }
    }
}

/// Answers a request in the dialect that its path belongs to.
pub(super) async fn answer<B>(door: &Door, head: &Parts, client: Option<IpAddr>, body: B) -> Response
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>> + Send,
{
    let mut report = Report::default();
    let Some((mount, path)) = door.mounts.find(head.uri.path(), head.uri.query()) else {
        let response = fail(door, head, Failure::NotMounted, Manner::default(), &mut report);
        return finished(head, response, report);
    };
    let wording = Wording { method: &head.method, path, query: head.uri.query(), headers: &head.headers };
    let Heard { asked, varies_on, permit } = mount.read(wording);
    let dialect = &*mount.dialect;
    let good_until = permit.as_ref().ok().copied().flatten();
    let exchange = Exchange { door, head, client, dialect, wording, varies_on };
    let answered = match exchange.understood(permit.map(drop), asked) {
        Ok(asked) => exchange.find(asked, body, &mut report).await,
        Err(failure) => Err(failure),
    };
    let mut response = match answered {
        Ok(response) => response,
        Err(failure) => {
            let manner = Manner { speaker: Some((dialect, wording)), varies_on, cache_control: None };
            // Boxed, for requests that do not fail to carry no room for it.
            match Box::pin(exchange.stand_in(&failure, &manner, &mut report)).await {
                Some(response) => response,
                None => fail(door, head, failure, manner, &mut report),
            }
        }
    };
    if let Some(good_until) = good_until {
        lifetime::shorten_until(response.headers_mut(), good_until);
    }
    let status = response.status();
    dialect.dress(wording, status, &report, response.headers_mut());
    finished(head, response, report)
}

/// A request in a dialect.
struct Exchange<'a> {
    door: &'a Door,
    head: &'a Parts,
    client: Option<IpAddr>,
    dialect: &'a dyn Dialect,
    wording: Wording<'a>,
    varies_on: Hints,
}

impl Exchange<'_> {
    fn understood(
        &self,
        permit: Result<(), SignatureFault>,
        asked: Result<Asked, DialectError>,
    ) -> Result<Asked, Failure> {
        if self.head.extensions.get::<Crowded>().is_some() {
            return Err(Failure::Crowded);
        }
        let methods = self.dialect.methods();
        if !methods.contains(&self.head.method) {
            return Err(Failure::MethodNotAllowed { methods });
        }
        permit.map_err(DialectError::from)?;
        Ok(asked?)
    }

    async fn find<B>(&self, asked: Asked, body: B, report: &mut Report) -> Result<Response, Failure>
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>> + Send,
    {
        match asked {
            Asked::Image(request) => self.make(&request, Enclosure::default(), report).await,
            Asked::Enclosed { request, expected } => {
                // Boxed, for requests without a body to carry no room for one.
                let (seats, limit) = (&self.door.seats, self.door.settings.timeout);
                let enclosed = Box::pin(body::read(body, &self.head.headers, expected, seats, limit)).await?;
                self.make(&request, Enclosure(Some(enclosed.bytes)), report).await
            }
            Asked::Command => {
                let desk = CommandDesk::new(self.door, self.head, self.client, Body::new(body));
                let done = self.dialect.run(self.wording, &desk).await?;
                report.outcome = Outcome::Said;
                Ok(said(done))
            }
            Asked::Said(worded) => {
                report.outcome = Outcome::Said;
                Ok(said(*worded))
            }
        }
    }

    async fn make(
        &self,
        request: &ImageRequest,
        enclosure: Enclosure,
        report: &mut Report,
    ) -> Result<Response, Failure> {
        let Self { door, head: Parts { method, headers, .. }, dialect, wording, varies_on, .. } = *self;
        let extent = if *method == Method::HEAD { Extent::Head } else { Extent::Whole };
        let has_versions = request.original != Reference::Body;
        let toll = door.tolls.as_ref().map(|tolls| tolls.toll(headers, self.client));
        let gate = Conditions { dialect, wording, has_versions, toll };
        let answering = door.service.answer(request, enclosure, extent, report, &gate);
        let limit = door.settings.timeout;
        let (reply, validators) = tokio::time::timeout(limit, answering).await.map_err(|_| Failure::Late)??;
        let head = Head {
            original: report.found_as.as_ref().unwrap_or(&request.original),
            others: &report.others,
            method,
            request: headers,
            validators: &validators,
            varies_on,
            settings: &door.settings,
            cache_control: dialect.cache_control().or(door.settings.cache_control.as_ref()),
            saving: &request.saving,
            has_versions,
            stilled_by: report.stilled_by,
            is_claimed_rightly: report.is_claimed_rightly,
        };
        match reply {
            Reply::Answer(Answer::Told(facts)) => {
                let told = self.dialect.tell(&facts, self.wording);
                let told = told.ok_or(DialectError::NotServed)?;
                if told.status.is_client_error() {
                    return Err(DialectError::from(told).into());
                }
                Ok(self.said(told))
            }
            Reply::Answer(Answer::Embedded(portrait)) => self.embedded(*portrait, &head),
            Reply::Answer(Answer::Elsewhere { medium, place }) => {
                let stored = StoredResult { name: &place.name, url: place.url.as_ref(), max_age: place.max_age };
                match self.dialect.lead(&stored, self.wording) {
                    Some(worded) => Ok(self.said(worded)),
                    None => Ok(head.reply(Answer::Elsewhere { medium, place })),
                }
            }
            Reply::Explained(explanation) => {
                let Delivery::Explain(inquiry) = &request.delivery else { return Err(Failure::NotMounted) };
                let mut response = explained(inquiry, &explanation, headers);
                add_vary(response.headers_mut(), varies_on.with(Hint::Accept));
                Ok(response)
            }
            Reply::Answer(answer) if request.wish.tells_original() => Ok(head.reply(self.retold(answer))),
            Reply::Answer(answer) => Ok(head.reply(answer)),
            Reply::Spared(Verdict::NotModified) => Ok(head.not_modified()),
            Reply::Spared(Verdict::Failed) => Err(Failure::PreconditionFailed),
        }
    }

    /// A page with the picture on it.
    fn embedded(&self, portrait: Portrait, head: &Head<'_>) -> Result<Response, Failure> {
        let Portrait { facts, version, policy, placeholder } = portrait;
        let placeholder = placeholder.as_deref().and_then(|bytes| str::from_utf8(bytes).ok());
        let exhibit = Exhibit { facts: &facts, version: &version, policy: &policy, placeholder };
        let page = self.dialect.embed(&exhibit, self.wording).ok_or(DialectError::NotServed)?;
        if page.status.is_client_error() {
            return Err(DialectError::from(page).into());
        }
        head.page(page).ok_or(Failure::PreconditionFailed)
    }

    /// What is told of an original by its pixels, in the words of the dialect.
    fn retold(&self, answer: Answer) -> Answer {
        match answer {
            answer if !self.dialect.retells() => answer,
            Answer::Rendition { rendition, is_hit } => {
                let told = str::from_utf8(&rendition.bytes).ok();
                let retold = told.and_then(|told| self.dialect.retell(told, self.wording));
                let bytes = retold.map_or_else(|| rendition.bytes.clone(), Bytes::from);
                Answer::Rendition { rendition: Rendition { bytes, ..rendition }, is_hit }
            }
            // The length that is known is that of the house's words.
            Answer::Head { medium, length: _, quality, is_hit } => {
                Answer::Head { medium, length: None, quality, is_hit }
            }
            answer => answer,
        }
    }

    /// What the dialect says of an original, or of a rendition.
    fn said(&self, worded: Worded) -> Response {
        let mut response = said(worded);
        add_vary(response.headers_mut(), self.varies_on);
        response
    }

    /// A picture in place of an error, where the dialect has one.
    async fn stand_in(&self, failure: &Failure, manner: &Manner<'_>, report: &mut Report) -> Option<Response> {
        let (worded, _) = failure.worded(&self.head.headers, manner);
        let StandIn { original, wish, status, headers } = self.dialect.stand_in(&worded, self.wording)?;
        let request = ImageRequest::new(Reference::Body, wish);
        let made = self.make(&request, Enclosure(Some(original)), report).await;
        let mut response = made.inspect_err(|error| tracing::warn!("no picture in place of an error: {error}")).ok()?;
        failure.log(self.head.uri.path(), (self.door.settings.advice)(failure));
        report.outcome = failure.outcome();
        *response.status_mut() = status;
        response.headers_mut().extend(headers);
        Some(response)
    }
}

fn fail(door: &Door, head: &Parts, failure: Failure, manner: Manner<'_>, report: &mut Report) -> Response {
    report.outcome = failure.outcome();
    failure.log(head.uri.path(), (door.settings.advice)(&failure));
    let is_settling = failure.is_about_content() && is_unsettled(report);
    let usual = door.settings.error_cache_control.as_ref();
    let cache_control = if is_settling { Some(&NO_STORE) } else { usual };
    failure.into_reply(&head.headers, Manner { cache_control, ..manner })
}

fn finished(head: &Parts, mut response: Response, report: Report) -> Response {
    response.extensions_mut().insert(report);
    if head.method == Method::HEAD {
        *response.body_mut() = Body::empty();
    }
    response
}

/// An original that was changed a moment ago may be half written: what is wrong with it now may be right at once.
fn is_unsettled(report: &Report) -> bool {
    report.modified.is_some_and(|modified| modified.elapsed().is_ok_and(|age| age < SETTLING_TIME))
}
