//! The one handler for images.

use axum::body::Body;
use axum::response::Response;
use http::Method;
use http::request::Parts;

use super::attended::Crowded;
use super::precondition::{self, Verdict};
use super::reply::Head;
use super::{Door, Failure};
use crate::dialect::Wording;
use crate::report::Report;
use crate::request::ImagePath;
use crate::service::{Reply, Validators};

/// Answers `GET` and `HEAD` for every path that is not ours.
pub(super) async fn answer(door: &Door, head: &Parts) -> Response {
    let wording = Wording { path: head.uri.path(), query: head.uri.query(), headers: &head.headers };
    let varies_on = door.dialect.varies_on(wording);
    let mut report = Report::default();
    let answered = match head.method {
        _ if head.extensions.get::<Crowded>().is_some() => Err(Failure::Crowded),
        Method::GET | Method::HEAD => find(door, wording, &mut report).await,
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
        failure.into_reply(&head.headers, varies_on, door.settings.error_cache_control.as_ref())
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
    report: &mut Report,
) -> Result<(ImagePath, Reply<Verdict>, Validators), Failure> {
    let request = door.dialect.read(wording)?;
    let spare = |validators: &Validators| precondition::evaluate(wording.headers, validators);
    let (reply, validators) = door.service.answer(&request, report, spare).await?;
    Ok((request.path, reply, validators))
}
