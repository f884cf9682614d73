//! The door as one connection sees it: each request is counted for as long as it is answered.

use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http::header::CONNECTION;
use http::{HeaderValue, Response};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::rt::Executor;

use super::activity::{Activity, Request};
use super::{Door, answer};

/// The most bytes that one of many requests on a connection gives at a time: what a client has taken is known only from
/// its wish for more.
const PIECE_BYTES: usize = 16 * 1024;

/// Marks requests on connections beyond the limit, which only tell how the server is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Crowded;

/// What answers the requests of one connection.
#[derive(Clone)]
pub(super) struct Attended {
    pub(super) door: Arc<Door>,
    pub(super) activity: Arc<Activity>,
    pub(super) is_crowded: bool,
    /// The address at the other end.
    pub(super) client: Option<IpAddr>,
}

impl Attended {
    /// Counts the request from this call on, not only once it is polled.
    pub(super) fn answer(
        &self,
        mut request: http::Request<Incoming>,
    ) -> impl Future<Output = Result<Response<AnswerBody>, Infallible>> + Send + use<> {
        if self.is_crowded {
            request.extensions_mut().insert(Crowded);
        }
        let counted = self.activity.begin_request();
        let (door, client) = (Arc::clone(&self.door), self.client);
        async move {
            // Called in here: a future that is moved in takes twice its room.
            let mut response = answer(door, request, client).await;
            if counted.activity().is_last() {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok(response.map(|body| AnswerBody { body, rest: Bytes::new(), request: Some(counted) }))
        }
    }
}

/// The body of an answer; while it lasts, the request does.
pub(super) struct AnswerBody {
    body: Body,
    rest: Bytes,
    request: Option<Request>,
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Self { body, rest, request } = &mut *self;
        let Some(turn) = request.as_ref().and_then(Request::turn) else {
            return Pin::new(body).poll_frame(context);
        };
        if rest.is_empty() {
            turn.set_client(false);
            match ready!(Pin::new(body).poll_frame(context)).transpose()?.map(Frame::into_data) {
                Some(Ok(bytes)) => *rest = bytes,
                Some(Err(frame)) => return Poll::Ready(Some(Ok(frame))),
                None => return Poll::Ready(None),
            }
        }
        turn.set_client(true);
        let piece = rest.split_to(rest.len().min(PIECE_BYTES));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (mut hint, rest) = (self.body.size_hint(), self.rest.len() as u64);
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper + rest);
        }
        hint.set_lower(hint.lower() + rest);
        hint
    }
}

/// Runs the requests of an HTTP/2 connection, and drops those whose client takes nothing.
#[derive(Debug, Clone)]
pub(super) struct Streams {
    pub(super) activity: Arc<Activity>,
    pub(super) write_timeout: Duration,
}

impl<F> Executor<F> for Streams
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, stream: F) {
        // hyper calls the service right before, on the same thread.
        let (turn, limit) = (self.activity.newest_turn(), self.write_timeout);
        tokio::spawn(async move {
            let stalled = async {
                match turn {
                    Some(turn) => turn.stalled(limit).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                _ = stream => {}
                () = stalled => tracing::debug!("a request ended early: the client takes nothing"),
            }
        });
    }
}
