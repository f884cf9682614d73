//! `ObjectBody`: the bytes of an object as they come, held to the length that was declared.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt};

use super::BucketError;
use super::retry::Telling;

/// The bytes of an object, or of a part of it. Only what is asked for is read.
pub struct ObjectBody {
    stream: BoxStream<'static, Result<Bytes, BucketError>>,
    length: u64,
    taken: u64,
    telling: Option<Telling>,
}

impl ObjectBody {
    pub(super) fn new(stream: BoxStream<'static, Result<Bytes, BucketError>>, length: u64) -> Self {
        Self { stream, length, taken: 0, telling: None }
    }

    /// From now on, what becomes of it is told.
    pub(super) fn tell(&mut self, telling: Telling) {
        self.telling = Some(telling);
    }

    /// Bytes that come in all.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Reads to the end.
    ///
    /// # Errors
    /// It breaks off, or is not as long as was declared.
    pub async fn read(mut self) -> Result<Vec<u8>, BucketError> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.length).unwrap_or_default());
        while let Some(chunk) = self.next().await {
            bytes.extend_from_slice(&chunk?);
        }
        Ok(bytes)
    }

    fn end(&mut self, failure: Option<&BucketError>) {
        if let Some(telling) = self.telling.take() {
            telling.end(failure, self.taken);
        }
    }

    fn failed(&mut self, error: BucketError) -> Poll<Option<Result<Bytes, BucketError>>> {
        self.end(Some(&error));
        self.stream = futures_util::stream::empty().boxed();
        self.length = self.taken;
        Poll::Ready(Some(Err(error)))
    }
}

impl Stream for ObjectBody {
    type Item = Result<Bytes, BucketError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.stream.poll_next_unpin(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Some(Ok(chunk))) => {
                self.taken += chunk.len() as u64;
                if self.taken > self.length {
                    return self.failed(BucketError::Broken { cause: "more came than was declared".to_owned() });
                }
                Poll::Ready(Some(Ok(chunk)))
            }
            Poll::Ready(Some(Err(error))) => self.failed(error),
            Poll::Ready(None) if self.taken < self.length => {
                self.failed(BucketError::Broken { cause: "less came than was declared".to_owned() })
            }
            Poll::Ready(None) => {
                self.end(None);
                Poll::Ready(None)
            }
        }
    }
}

impl Drop for ObjectBody {
    /// Whoever drops it has seen enough: no failure of the store.
    fn drop(&mut self) {
        self.end(None);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    async fn read(chunks: &[&'static str], length: u64) -> Result<Vec<u8>, BucketError> {
        let chunks: Vec<_> = chunks.iter().map(|chunk| Ok(Bytes::from_static(chunk.as_bytes()))).collect();
        ObjectBody::new(stream::iter(chunks).boxed(), length).read().await
    }

    #[tokio::test]
    async fn a_body_is_as_long_as_was_declared_or_broken() {
        assert_eq!(read(&["ab", "c"], 3).await.unwrap(), b"abc");
        assert_eq!(read(&[], 0).await.unwrap(), b"");
        for (chunks, length) in [(&["ab"][..], 3), (&[], 1), (&["ab", "cd"], 3)] {
            assert!(matches!(read(chunks, length).await, Err(BucketError::Broken { .. })), "{chunks:?}");
        }
    }
}
