//! `Socket`: a TCP connection that breaks where the client takes nothing, and that closes without losing the last answer.

use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustix::ioctl::{self, Getter, Opcode};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

use super::activity::Activity;

/// What a client sends first that speaks HTTP/2 without asking (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// How long the bytes that a client still sends are thrown away before the connection is closed.
const LINGER: Duration = Duration::from_secs(2);
/// A stall is looked for this many times within its limit.
const LOOKS_PER_LIMIT: u32 = 4;
/// Linux: how many bytes are sent and not acknowledged (`linux/sockios.h`).
const SIOCOUTQ: Opcode = 0x5411;

pub(super) struct Socket {
    stream: TcpStream,
    activity: Arc<Activity>,
    ahead: Ahead,
    stall: Stall,
    ending: Ending,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, activity: Arc<Activity>, write_timeout: Duration) -> Self {
        let stall = Stall { limit: write_timeout, blocked: None, timer: None };
        Self { stream, activity, ahead: Ahead::default(), stall, ending: Ending::NotBegun }
    }

    /// Tells whether the first bytes are those of HTTP/2; they are read again afterwards.
    ///
    /// # Errors
    /// The connection broke.
    pub(super) async fn is_http2(&mut self) -> io::Result<bool> {
        loop {
            let mut rest = ReadBuf::new(self.ahead.bytes.get_mut(self.ahead.filled..).unwrap_or_default());
            poll_fn(|context| Pin::new(&mut self.stream).poll_read(context, &mut rest)).await?;
            let read = rest.filled().len();
            self.ahead.filled += read;
            let so_far = self.ahead.left();
            if so_far == PREFACE {
                return Ok(true);
            }
            if read == 0 || !PREFACE.starts_with(so_far) {
                return Ok(false);
            }
        }
    }

    /// Every attempt to write goes through here.
    fn written(&mut self, context: &mut Context<'_>, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if result.is_ready() {
            if self.stall.blocked.take().is_some() {
                self.activity.set_blocked(false);
            }
            return result;
        }
        if self.stall.blocked.is_none() {
            self.activity.set_blocked(true);
        }
        ready!(self.stall.poll(context, &self.stream));
        // A reset frees at once what the client will not take.
        let _ = self.stream.set_zero_linger();
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing")))
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let socket = &mut *self;
        let before = buffer.filled().len();
        let ahead = socket.ahead.left();
        if ahead.is_empty() {
            ready!(Pin::new(&mut socket.stream).poll_read(context, buffer))?;
        } else {
            let count = ahead.len().min(buffer.remaining());
            buffer.put_slice(ahead.get(..count).unwrap_or_default());
            socket.ahead.taken += count;
        }
        if buffer.filled().len() > before {
            socket.activity.read();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(context, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.written(context, result)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Says that nothing more comes, and throws away what the client sent meanwhile: closing with unread bytes would
    /// reset the connection, and with it the answer that is still on its way.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, ending, .. } = &mut *self;
        if matches!(ending, Ending::NotBegun) {
            ready!(Pin::new(&mut *stream).poll_shutdown(context))?;
            *ending = Ending::Told;
        }
        let mut waste = [0; 4096];
        loop {
            let mut buffer = ReadBuf::new(&mut waste);
            match Pin::new(&mut *stream).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    if let Ending::Told = ending {
                        *ending = Ending::Lingering(Box::pin(sleep(LINGER)));
                    }
                }
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => break,
            }
        }
        match ending {
            Ending::Lingering(timer) => timer.as_mut().poll(context).map(Ok),
            Ending::NotBegun | Ending::Told => Poll::Ready(Ok(())),
        }
    }
}

/// What was read to learn the version of HTTP.
#[derive(Default)]
struct Ahead {
    bytes: [u8; PREFACE.len()],
    filled: usize,
    taken: usize,
}

impl Ahead {
    fn left(&self) -> &[u8] {
        self.bytes.get(self.taken..self.filled).unwrap_or_default()
    }
}

enum Ending {
    NotBegun,
    Told,
    /// The client still sends.
    Lingering(Pin<Box<Sleep>>),
}

/// Finds out that a client takes nothing. The kernel lets us write again only when much of what it holds is gone, so a
/// slow client is told from a stalled one by what it has acknowledged.
struct Stall {
    limit: Duration,
    /// Since when nothing was taken, and what was not acknowledged then.
    blocked: Option<(Instant, u32)>,
    /// Kept, since moving it for every pause costs more than letting it ring in vain.
    timer: Option<Pin<Box<Sleep>>>,
}

impl Stall {
    /// Ready once nothing was taken for the limit.
    fn poll(&mut self, context: &mut Context<'_>, stream: &TcpStream) -> Poll<()> {
        let pause = self.limit / LOOKS_PER_LIMIT;
        let (since, before) = *self.blocked.get_or_insert_with(|| (Instant::now(), unacknowledged(stream)));
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(pause)));
        while timer.as_mut().poll(context).is_ready() {
            let (now, left) = (Instant::now(), unacknowledged(stream));
            if left < before {
                self.blocked = Some((now, left));
            } else if since + self.limit <= now {
                return Poll::Ready(());
            }
            timer.as_mut().reset(now + pause);
        }
        Poll::Pending
    }
}

/// How many bytes the kernel holds that the client has not taken; none where the kernel does not tell.
fn unacknowledged(stream: &TcpStream) -> u32 {
    // SAFETY: SIOCOUTQ writes one C int.
    unsafe { ioctl::ioctl(stream, Getter::<SIOCOUTQ, u32>::new()) }.unwrap_or_default()
}
