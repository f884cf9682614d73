//! The one handler for images.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::Method;

use super::{Door, Failure, reply};
use crate::dialect::Wording;
use crate::report::Report;
use crate::service::Answer;

/// Answers `GET` and `HEAD` for every path that is not ours.
pub(super) async fn answer(State(door): State<Arc<Door>>, request: Request) -> Response {
    let (head, _) = request.into_parts();
    let wording = Wording { path: head.uri.path(), query: head.uri.query(), headers: &head.headers };
    let varies_on = door.dialect.varies_on(wording);
    let mut report = Report::default();
    let answered = match head.method {
        Method::GET | Method::HEAD => find(&door, wording, &mut report).await,
        _ => Err(Failure::MethodNotAllowed),
    };
    let mut response = match answered {
        Ok(answer) => reply::to_answer(answer, varies_on, &door.settings),
        Err(failure) => {
            report.outcome = failure.outcome();
            failure.log(head.uri.path());
            failure.into_reply(&head.headers, varies_on)
        }
    };
    response.extensions_mut().insert(report);
    if head.method == Method::HEAD {
        *response.body_mut() = Body::empty();
    }
    response
}

async fn find(door: &Door, wording: Wording<'_>, report: &mut Report) -> Result<Answer, Failure> {
    let request = door.dialect.read(wording)?;
    Ok(door.service.answer(&request, report).await?)
}
