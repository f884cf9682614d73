//! `Seats`: how many originals are received at once, and how many bytes of them are held at most. It must not know where
//! they come from.

use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// How long a fetch waits for a seat. Longer, and those who ask would pile up while nothing moves.
const MAX_WAIT: Duration = Duration::from_secs(2);
/// What room is counted in: fine enough to tell small images from large ones.
const UNIT_BYTES: u64 = 1024;

/// Room for so many originals of the largest size. A fetch under way has room for the largest; what was fetched keeps
/// as much as it needs until the last who uses it is done, so that slow clients cannot make memory grow.
#[derive(Debug, Clone)]
pub struct Seats {
    room: Arc<Semaphore>,
    units_per_fetch: u32,
}

/// All seats are taken, and were for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many images are being received, try again later")]
pub struct NoSeat;

/// Room for one original.
#[derive(Debug)]
pub struct Seat(OwnedSemaphorePermit);

/// Bytes that somebody may have, and others then get from here.
#[derive(Debug, Clone)]
pub struct BytesAtHand(Weak<Seated>);

/// Bytes, and the room that they take up.
#[derive(Debug)]
struct Seated {
    bytes: Vec<u8>,
    _room: Seat,
}

/// One of those who have them.
struct SeatedBytes(Arc<Seated>);

impl Seats {
    /// Room for `max_fetches` originals of `max_bytes`.
    pub fn new(max_fetches: usize, max_bytes: u64) -> Self {
        let units_per_fetch = units(max_bytes);
        let all = max_fetches.saturating_mul(usize::try_from(units_per_fetch).unwrap_or(usize::MAX));
        Self { room: Arc::new(Semaphore::new(all.min(Semaphore::MAX_PERMITS))), units_per_fetch }
    }

    /// Waits for a seat, but not for long.
    ///
    /// # Errors
    /// [`NoSeat`].
    pub async fn take(&self) -> Result<Seat, NoSeat> {
        self.take_within(MAX_WAIT).await
    }

    /// The same for an original whose length is known beforehand; one longer than all room takes all of it.
    ///
    /// # Errors
    /// [`NoSeat`].
    pub async fn take_for(&self, bytes: u64) -> Result<Seat, NoSeat> {
        self.take_for_within(bytes, MAX_WAIT).await
    }

    /// The same, where nothing piles up while it waits.
    ///
    /// # Errors
    /// [`NoSeat`].
    pub async fn take_for_within(&self, bytes: u64, limit: Duration) -> Result<Seat, NoSeat> {
        self.take_units(units(bytes).min(self.units_per_fetch), limit).await
    }

    async fn take_within(&self, limit: Duration) -> Result<Seat, NoSeat> {
        self.take_units(self.units_per_fetch, limit).await
    }

    async fn take_units(&self, units: u32, limit: Duration) -> Result<Seat, NoSeat> {
        let permit = Arc::clone(&self.room).acquire_many_owned(units);
        match timeout(limit, permit).await {
            Ok(Ok(permit)) => Ok(Seat(permit)),
            _ => Err(NoSeat),
        }
    }
}

impl Seat {
    /// Gives back the room that `bytes` do not need, and the rest when they are dropped.
    pub fn hold(self, bytes: Vec<u8>) -> Bytes {
        self.hold_at_hand(bytes).0
    }

    /// The same, for others to have as well for as long as anybody has them.
    pub fn hold_at_hand(mut self, bytes: Vec<u8>) -> (Bytes, BytesAtHand) {
        let needed = usize::try_from(units(bytes.len() as u64)).unwrap_or(usize::MAX);
        drop(self.0.split(self.0.num_permits().saturating_sub(needed)));
        let seated = Arc::new(Seated { bytes, _room: self });
        let at_hand = BytesAtHand(Arc::downgrade(&seated));
        (Bytes::from_owner(SeatedBytes(seated)), at_hand)
    }
}

impl BytesAtHand {
    /// The bytes, while somebody else has them: they take no more room.
    pub fn get(&self) -> Option<Bytes> {
        Some(Bytes::from_owner(SeatedBytes(self.0.upgrade()?)))
    }
}

impl AsRef<[u8]> for SeatedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0.bytes
    }
}

fn units(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_fetch_waits_for_a_seat_and_not_for_long() {
        let seats = Seats::new(2, 5000);
        let first = seats.take().await.unwrap();
        let _second = seats.take().await.unwrap();
        assert!(matches!(seats.take_within(Duration::ZERO).await, Err(NoSeat)));
        let patience = Duration::from_secs(60);
        let (third, ()) = tokio::join!(seats.take_within(patience), async { drop(first) });
        assert!(third.is_ok());
    }

    #[tokio::test]
    async fn what_is_known_to_be_short_takes_no_more_than_it_needs() {
        let seats = Seats::new(1, 5000);
        let short = seats.take_for(2048).await.unwrap();
        let _other = seats.take_for(3000).await.unwrap();
        assert_eq!(seats.room.available_permits(), 0);
        drop(short.hold(vec![0; 2048]));
        assert_eq!(seats.room.available_permits(), 2);
        drop(_other);
        assert!(seats.take_for(u64::MAX).await.is_ok());
    }

    #[tokio::test]
    async fn what_was_fetched_keeps_the_room_that_it_needs() {
        let seats = Seats::new(2, 5000);
        let free = || seats.room.available_permits();
        assert_eq!(free(), 10);
        let bytes = seats.take().await.unwrap().hold(vec![0; 1025]);
        assert_eq!(free(), 8);
        let part = bytes.slice(1..2);
        drop(bytes);
        assert_eq!(free(), 8);
        drop(part);
        assert_eq!(free(), 10);
        let (bytes, at_hand) = seats.take().await.unwrap().hold_at_hand(vec![7; 1025]);
        let others = at_hand.get().unwrap();
        drop(bytes);
        assert_eq!((others[0], free()), (7, 8));
        drop(others);
        assert_eq!((at_hand.get(), free()), (None, 10));
        drop(seats.take().await.unwrap().hold(Vec::new()));
        assert_eq!(free(), 10);
    }
}
