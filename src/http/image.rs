//! The one handler for images.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::Method;
use http::request::Parts;

use super::attended::Crowded;
use super::failure::NO_STORE;
use super::precondition::{self, Verdict};
use super::reply::Head;
use super::{Door, Failure};
use crate::dialect::Wording;
use crate::report::Report;
use crate::request::ImagePath;
use crate::service::{Extent, Reply, Validators};

/// How long after its last change an original may still be in the making.
const SETTLING_TIME: Duration = Duration::from_secs(2);

/// Answers `GET` and `HEAD` for every path that is not ours.
pub(super) async fn answer(door: &Door, head: &Parts) -> Response {
    let wording = Wording { path: head.uri.path(), query: head.uri.query(), headers: &head.headers };
    let varies_on = door.dialect.varies_on(wording);
    let mut report = Report::default();
    let answered = match head.method {
        _ if head.extensions.get::<Crowded>().is_some() => Err(Failure::Crowded),
        Method::GET => find(door, wording, Extent::Whole, &mut report).await,
        Method::HEAD => find(door, wording, Extent::Head, &mut report).await,
        _ => Err(Failure::MethodNotAllowed),
    };
    let replied = answered.and_then(|(path, reply, validators)| {
        let (method, request, settings) = (&head.method, &head.headers, &door.settings);
        let reply_head = Head { path: &path, method, request, validators: &validators, varies_on, settings };
        match reply {
            Reply::Answer(answer) => Ok(reply_head.reply(answer)),
            Reply::Spared(Verdict::NotModified) => Ok(reply_head.not_modified()),
            Reply::Spared(Verdict::Failed) => Err(Failure::PreconditionFailed),
        }
    });
    let mut response = replied.unwrap_or_else(|failure| {
        report.outcome = failure.outcome();
        failure.log(head.uri.path());
        let lifetime = if failure.is_about_content() && is_unsettled(&report) {
            Some(&NO_STORE)
        } else {
            door.settings.error_cache_control.as_ref()
        };
        failure.into_reply(&head.headers, varies_on, lifetime)
    });
    response.extensions_mut().insert(report);
    if head.method == Method::HEAD {
        *response.body_mut() = Body::empty();
    }
    response
}

async fn find(
    door: &Door,
    wording: Wording<'_>,
    extent: Extent,
    report: &mut Report,
) -> Result<(ImagePath, Reply<Verdict>, Validators), Failure> {
    let request = door.dialect.read(wording)?;
    let spare = |validators: &Validators| precondition::evaluate(wording.headers, validators);
    let answering = door.service.answer(&request, extent, report, spare);
    let answered = tokio::time::timeout(door.settings.timeout, answering).await;
    let (reply, validators) = answered.map_err(|_| Failure::Late)??;
    Ok((request.path, reply, validators))
}

/// An original that was changed a moment ago may be half written: what is wrong with it now may be right at once.
fn is_unsettled(report: &Report) -> bool {
    report.modified.is_some_and(|modified| modified.elapsed().is_ok_and(|age| age < SETTLING_TIME))
}
