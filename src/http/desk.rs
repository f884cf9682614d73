//! What a dialect may have done of a command: the body is read within its bounds, pictures are made by the service, and
//! originals are written where the operator lets them be.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::future::BoxFuture;
use http::request::Parts;

use super::{Door, Failure, body};
use crate::deposit::Deposit;
use crate::dialect::{CommandError, Desk, Enclosed, ExpectedBody, MadePicture};
use crate::rates::Toll;
use crate::report::Report;
use crate::request::{CacheTag, Facts, ImagePath, ImageRequest, Reference, Wish};
use crate::service::{Answer, Enclosure, Extent, Gate, Reply, Validators};
use crate::source::Portion;

/// The desk for one request.
pub(super) struct CommandDesk<'a> {
    door: &'a Door,
    head: &'a Parts,
    client: Option<IpAddr>,
    /// Until it is read.
    body: Mutex<Option<Body>>,
}

/// Lets everything be made that is paid for.
struct Open(Option<Toll>);

impl Gate for Open {
    type Verdict = std::convert::Infallible;

    fn at_validators(&self, _validators: &Validators) -> Option<Self::Verdict> {
        None
    }

    fn toll(&self) -> Option<Toll> {
        self.0.clone()
    }

    fn portion(&self, _validators: &Validators, _length: u64) -> Portion {
        Portion::Whole
    }
}

impl<'a> CommandDesk<'a> {
    pub(super) fn new(door: &'a Door, head: &'a Parts, client: Option<IpAddr>, body: Body) -> Self {
        Self { door, head, client, body: Mutex::new(Some(body)) }
    }

    fn limit(&self) -> Duration {
        self.door.settings.timeout
    }

    /// The log is told here what the client is not.
    fn told<T>(&self, done: Result<T, Failure>) -> Result<T, CommandError> {
        done.map_err(|failure| {
            failure.log(self.head.uri.path(), (self.door.settings.advice)(&failure));
            CommandError::Denied(failure.denial())
        })
    }

    async fn answer(&self, request: &ImageRequest, original: Bytes) -> Result<Answer, Failure> {
        let (mut report, enclosure) = (Report::default(), Enclosure(Some(original)));
        let gate = Open(self.door.tolls.as_ref().map(|tolls| tolls.toll(&self.head.headers, self.client)));
        let answering = self.door.service.answer(request, enclosure, Extent::Whole, &mut report, &gate);
        match tokio::time::timeout(self.limit(), answering).await.map_err(|_| Failure::Late)?? {
            (Reply::Answer(answer), _) => Ok(answer),
            (Reply::Explained(_), _) => Err(Failure::NotMounted),
            (Reply::Spared(never), _) => match never {},
        }
    }

    async fn facts_of(&self, original: Bytes) -> Result<Facts, Failure> {
        match self.answer(&ImageRequest::told(Reference::Body), original).await? {
            Answer::Told(facts) => Ok(*facts),
            _ => Err(Failure::NotMounted),
        }
    }

    /// What a dialect does of itself is for the operator to say, and not held to the sizes that clients may ask for.
    async fn made(&self, original: Bytes, wish: Wish) -> Result<MadePicture, Failure> {
        let plain = original.clone();
        match self.answer(&ImageRequest::new(Reference::Body, wish.of_free_edges()), original).await? {
            Answer::Rendition { rendition, .. } => Ok(MadePicture { medium: rendition.medium, bytes: rendition.bytes }),
            answer => Ok(MadePicture { medium: answer.medium().ok_or(Failure::NotMounted)?, bytes: plain }),
        }
    }

    fn depot(&self) -> Result<&Deposit, Failure> {
        self.door.deposit.as_ref().ok_or(Failure::NoDeposit)
    }

    async fn keep(&self, path: &ImagePath, picture: MadePicture, replaces: bool) -> Result<(), Failure> {
        let MadePicture { medium, bytes } = picture;
        let length = bytes.len();
        self.depot()?.put(path, bytes, medium.mime(), replaces).await?;
        tracing::info!(%path, bytes = length, "an original was written");
        self.door.service.forget(Some(path));
        Ok(())
    }

    async fn purge(&self, path: &ImagePath) -> Result<(), Failure> {
        Ok(self.door.service.purge(vec![CacheTag::of(path)]).await?)
    }

    async fn discard(&self, path: &ImagePath) -> Result<(), Failure> {
        self.depot()?.delete(path).await?;
        tracing::info!(%path, "an original was deleted");
        self.door.service.forget(Some(path));
        self.purge(path).await
    }
}

impl Desk for CommandDesk<'_> {
    fn peer(&self) -> Option<IpAddr> {
        self.client
    }

    fn read(&self, expected: ExpectedBody) -> BoxFuture<'_, Result<Enclosed, CommandError>> {
        let body = self.body.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default();
        Box::pin(async move {
            let read = body::read(body, &self.head.headers, expected, &self.door.seats, self.limit()).await;
            self.told(read.map_err(Failure::from))
        })
    }

    fn facts(&self, original: Bytes) -> BoxFuture<'_, Result<Facts, CommandError>> {
        Box::pin(async move { self.told(self.facts_of(original).await) })
    }

    fn make(&self, original: Bytes, wish: Wish) -> BoxFuture<'_, Result<MadePicture, CommandError>> {
        Box::pin(async move { self.told(self.made(original, wish).await) })
    }

    fn deposit(
        &self,
        path: ImagePath,
        picture: MadePicture,
        replaces: bool,
    ) -> BoxFuture<'_, Result<(), CommandError>> {
        Box::pin(async move { self.told(self.keep(&path, picture, replaces).await) })
    }

    fn forget(&self, path: ImagePath) -> BoxFuture<'_, Result<(), CommandError>> {
        Box::pin(async move { self.told(self.purge(&path).await) })
    }

    fn delete(&self, path: ImagePath) -> BoxFuture<'_, Result<(), CommandError>> {
        Box::pin(async move { self.told(self.discard(&path).await) })
    }
}
