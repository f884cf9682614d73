//! Counts what is asked of stores.

use metrics::{Counter, Histogram, counter, histogram};

use super::series::Handles;
use super::{STORE_BYTES, STORE_DURATION, STORE_REQUESTS, STORE_RETRIES};
use crate::bucket::{Observer, StoreName, StoreOperation, StoreOutcome, StoreRequest};

/// Counts into the recorder that is installed by now.
pub struct StoreCounts {
    requests: Handles<(StoreName, StoreOperation, StoreOutcome), Counter>,
    others: Handles<(StoreName, StoreOperation), StoreSeries>,
}

/// What has no outcome for a label.
#[derive(Clone)]
struct StoreSeries {
    bytes: Counter,
    retries: Counter,
    duration: Histogram,
}

impl Default for StoreCounts {
    fn default() -> Self {
        Self { requests: Handles::new(), others: Handles::new() }
    }
}

impl Observer for StoreCounts {
    fn observe(&self, request: &StoreRequest) {
        let StoreRequest { store, operation, outcome, bytes, retries, took } = *request;
        let (store_name, operation_name) = (store.name(), operation.name());
        let requests = self.requests.get((store, operation, outcome), || {
            counter!(STORE_REQUESTS, "store" => store_name, "operation" => operation_name, "outcome" => outcome.name())
        });
        let series = self.others.get((store, operation), || StoreSeries {
            bytes: counter!(STORE_BYTES, "store" => store_name, "operation" => operation_name),
            retries: counter!(STORE_RETRIES, "store" => store_name, "operation" => operation_name),
            duration: histogram!(STORE_DURATION, "store" => store_name, "operation" => operation_name),
        });
        requests.increment(1);
        series.bytes.increment(bytes);
        series.retries.increment(u64::from(retries));
        series.duration.record(took);
    }
}
