//! The one handler for images.

use std::error::Error;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, Method};

use super::attended::Crowded;
use super::failure::{Manner, NO_STORE};
use super::precondition::{self, Verdict};
use super::range::Ranges;
use super::reply::{self, Head};
use super::{Door, Failure, body};
use crate::dialect::{Asked, DialectError, Heard, Wording};
use crate::report::Report;
use crate::request::{ImageRequest, Reference};
use crate::service::{Enclosure, Extent, Gate, Reply, Validators};
use crate::source::Portion;

/// How long after its last change an original may still be in the making.
const SETTLING_TIME: Duration = Duration::from_secs(2);

/// Spares the work for what the client has already.
struct Conditions<'a> {
    method: &'a Method,
    headers: &'a HeaderMap,
    /// The answer stands for a URL, so that it has versions.
    has_versions: bool,
}

impl Gate for Conditions<'_> {
    type Verdict = Verdict;

    fn at_validators(&self, validators: &Validators) -> Option<Verdict> {
        if self.has_versions { precondition::evaluate(self.headers, validators) } else { None }
    }

    fn portion(&self, validators: &Validators, length: u64) -> Portion {
        match reply::ranges(self.method, self.headers, validators, length) {
            Ranges::Whole => Portion::Whole,
            Ranges::Parts(parts) => parts.into_iter().next().map_or(Portion::Nothing, Portion::Part),
            Ranges::Unsatisfiable => Portion::Nothing,
        }
    }
}

/// Answers a request in the dialect that its path belongs to.
pub(super) async fn answer<B>(door: &Door, head: &Parts, body: B) -> Response
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>> + Send,
{
    let mut report = Report::default();
    let Some((dialect, path)) = door.mounts.find(head.uri.path()) else {
        return fail(door, head, Failure::NotMounted, Manner::default(), report);
    };
    let wording = Wording { method: &head.method, path, query: head.uri.query(), headers: &head.headers };
    let Heard { asked, varies_on } = dialect.read(wording);
    let replied = match find(door, head, dialect.methods(), asked, body, &mut report).await {
        Ok((request, reply, validators)) => {
            let has_versions = request.original != Reference::Body;
            let (original, settings) = (&request.original, &door.settings);
            let (method, request, validators) = (&head.method, &head.headers, &validators);
            let (others, stilled_by) = (report.others.as_slice(), report.stilled_by);
            let head =
                Head { original, others, method, request, validators, varies_on, settings, has_versions, stilled_by };
            match reply {
                Reply::Answer(answer) => Ok(head.reply(answer)),
                Reply::Spared(Verdict::NotModified) => Ok(head.not_modified()),
                Reply::Spared(Verdict::Failed) => Err(Failure::PreconditionFailed),
            }
        }
        Err(failure) => Err(failure),
    };
    match replied {
        Ok(response) => finished(head, response, report),
        Err(failure) => {
            let manner = Manner { dialect: Some(dialect), varies_on, cache_control: None };
            fail(door, head, failure, manner, report)
        }
    }
}

fn fail(door: &Door, head: &Parts, failure: Failure, manner: Manner<'_>, mut report: Report) -> Response {
    report.outcome = failure.outcome();
    failure.log(head.uri.path(), (door.settings.advice)(&failure));
    let is_settling = failure.is_about_content() && is_unsettled(&report);
    let usual = door.settings.error_cache_control.as_ref();
    let cache_control = if is_settling { Some(&NO_STORE) } else { usual };
    finished(head, failure.into_reply(&head.headers, Manner { cache_control, ..manner }), report)
}

fn finished(head: &Parts, mut response: Response, report: Report) -> Response {
    response.extensions_mut().insert(report);
    if head.method == Method::HEAD {
        *response.body_mut() = Body::empty();
    }
    response
}

async fn find<B>(
    door: &Door,
    head: &Parts,
    methods: &'static [Method],
    asked: Result<Asked, DialectError>,
    body: B,
    report: &mut Report,
) -> Result<(ImageRequest, Reply<Verdict>, Validators), Failure>
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>> + Send,
{
    if head.extensions.get::<Crowded>().is_some() {
        return Err(Failure::Crowded);
    }
    if !methods.contains(&head.method) {
        return Err(Failure::MethodNotAllowed { methods });
    }
    let limit = door.settings.timeout;
    let (request, enclosure) = match asked? {
        Asked::Image(request) => (request, Enclosure::default()),
        Asked::Enclosed { request, expected } => {
            // Boxed, for requests without a body to carry no room for one.
            let bytes = Box::pin(body::read(body, &head.headers, expected, &door.seats, limit)).await?;
            (request, Enclosure(Some(bytes)))
        }
    };
    let extent = if head.method == Method::HEAD { Extent::Head } else { Extent::Whole };
    let has_versions = request.original != Reference::Body;
    let gate = Conditions { method: &head.method, headers: &head.headers, has_versions };
    let answering = door.service.answer(&request, enclosure, extent, report, &gate);
    let (reply, validators) = tokio::time::timeout(limit, answering).await.map_err(|_| Failure::Late)??;
    Ok((request, reply, validators))
}

/// An original that was changed a moment ago may be half written: what is wrong with it now may be right at once.
fn is_unsettled(report: &Report) -> bool {
    report.modified.is_some_and(|modified| modified.elapsed().is_ok_and(|age| age < SETTLING_TIME))
}
