//! TELEMETRY: the only room that names a metric. `Recording` reads the `Report` of every answer.
//! This room must not decide anything about a request.

mod foreign;
mod foyer_bridge;
mod log;
mod record;
mod request_id;
mod series;
mod stores;

use std::sync::Arc;
use std::time::Duration;

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram, gauge};
pub use metrics_exporter_prometheus::BuildError as RecorderError;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_process::Collector;
use mixtrics::metrics::BoxedRegistry;

pub use log::{LogFormat, start_log, start_quiet_log};
pub use record::{Begun, Recording, Route};
pub use stores::StoreCounts;

use crate::cache::ResultCache;
use crate::workers::Workers;

/// Upper bounds of the duration buckets, in seconds: from a cache hit to a large AVIF under load.
const DURATION_BUCKETS: [f64; 16] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];
/// How often histograms are folded; without it they grow.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

const REQUESTS: &str = "image_proxy_http_requests_total";
const REQUEST_DURATION: &str = "image_proxy_http_request_duration_seconds";
const IN_FLIGHT: &str = "image_proxy_http_requests_in_flight";
const RESPONSE_BYTES: &str = "image_proxy_response_bytes_total";
const STAGE_DURATION: &str = "image_proxy_stage_duration_seconds";
const CACHE_LOOKUPS: &str = "image_proxy_cache_lookups_total";
const CACHE_MEMORY_BYTES: &str = "image_proxy_cache_memory_bytes";
const CACHE_MEMORY_ENTRIES: &str = "image_proxy_cache_memory_entries";
const CACHE_DISK_BYTES: &str = "image_proxy_cache_disk_bytes";
const CACHE_DISK_UP: &str = "image_proxy_cache_disk_up";
const WORK_RUNNING: &str = "image_proxy_work_running";
const WORK_QUEUED: &str = "image_proxy_work_queued";
const WORK_THREADS: &str = "image_proxy_work_threads";
const WORK_MEMORY_BYTES: &str = "image_proxy_work_memory_bytes";
const WORK_MEMORY_BUDGET_BYTES: &str = "image_proxy_work_memory_budget_bytes";
/// The recorder's counters are whole numbers, and seconds of CPU are not. So they are recorded as a gauge, and shown as
/// what they are.
const CPU_AS_GAUGE: &str = "# TYPE process_cpu_seconds_total gauge\n";
const CPU_AS_COUNTER: &str = "# TYPE process_cpu_seconds_total counter\n";
const STORE_REQUESTS: &str = "image_proxy_store_requests_total";
const STORE_BYTES: &str = "image_proxy_store_bytes_total";
const STORE_RETRIES: &str = "image_proxy_store_retries_total";
const STORE_DURATION: &str = "image_proxy_store_request_duration_seconds";
const BUILD_INFO: &str = "image_proxy_build_info";

/// The recorder that all metrics of this process go to.
pub struct Recorder {
    handle: PrometheusHandle,
}

/// What `/metrics` shows.
pub struct Telemetry {
    recorder: Recorder,
    process: Collector,
    workers: Workers,
    cache: Arc<ResultCache>,
}

impl Recorder {
    /// Installs the recorder of this process.
    ///
    /// # Errors
    /// There is one already.
    pub fn install() -> Result<Self, RecorderError> {
        let handle = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &DURATION_BUCKETS)?
            .install_recorder()?;
        describe();
        gauge!(BUILD_INFO, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        Ok(Self { handle })
    }

    /// Where the cache's own counters go.
    pub fn cache_registry(&self) -> BoxedRegistry {
        Box::new(foyer_bridge::Bridge)
    }
}

impl Telemetry {
    /// Counts into `recorder`; gauges are read off the workers and the cache.
    pub fn new(recorder: Recorder, workers: Workers, cache: Arc<ResultCache>) -> Self {
        let process = Collector::default();
        process.describe();
        Self { recorder, process, workers, cache }
    }

    /// All metrics in Prometheus' text format (version 0.0.4). Gauges are read here.
    pub fn render(&self) -> String {
        self.process.collect();
        let load = self.workers.load();
        let usage = self.cache.usage();
        for (name, value) in [
            (WORK_RUNNING, load.running as u64),
            (WORK_QUEUED, load.queued as u64),
            (WORK_THREADS, load.threads as u64),
            (WORK_MEMORY_BYTES, load.reserved_bytes),
            (WORK_MEMORY_BUDGET_BYTES, load.memory_budget),
            (CACHE_MEMORY_BYTES, usage.memory_bytes as u64),
            (CACHE_MEMORY_ENTRIES, usage.memory_entries as u64),
        ] {
            gauge!(name).set(value as f64);
        }
        if let Some(disk) = usage.disk {
            gauge!(CACHE_DISK_BYTES).set(disk.bytes as f64);
            gauge!(CACHE_DISK_UP).set(f64::from(u8::from(disk.is_up)));
        }
        self.recorder.handle.render().replacen(CPU_AS_GAUGE, CPU_AS_COUNTER, 1)
    }

    /// Folds histograms for as long as the process lives.
    pub async fn keep_up(self: Arc<Self>) {
        loop {
            tokio::time::sleep(UPKEEP_INTERVAL).await;
            self.recorder.handle.run_upkeep();
        }
    }
}

fn describe() {
    describe_counter!(
        REQUESTS,
        "Requests answered, by route, outcome, source of the original, format and status class"
    );
    describe_histogram!(REQUEST_DURATION, Unit::Seconds, "Time from the head of a request to the head of its answer");
    describe_gauge!(IN_FLIGHT, "Requests being answered");
    describe_counter!(RESPONSE_BYTES, Unit::Bytes, "Bytes of the bodies of answers, by format");
    describe_histogram!(STAGE_DURATION, Unit::Seconds, "Time spent in each stage of a rendition, by output format");
    describe_counter!(CACHE_LOOKUPS, "Renditions looked for in the cache, by result");
    describe_gauge!(CACHE_MEMORY_BYTES, Unit::Bytes, "Bytes held by the cache in memory");
    describe_gauge!(CACHE_MEMORY_ENTRIES, "Renditions held by the cache in memory");
    describe_gauge!(CACHE_DISK_BYTES, Unit::Bytes, "Bytes of the file system that the cache on disk has taken");
    describe_gauge!(CACHE_DISK_UP, "Whether renditions arrive in the cache on disk: 1 or 0");
    describe_gauge!(WORK_RUNNING, "Renditions being made");
    describe_gauge!(WORK_QUEUED, "Renditions waiting for a thread");
    describe_gauge!(WORK_THREADS, "Threads that make renditions");
    describe_gauge!(WORK_MEMORY_BYTES, Unit::Bytes, "Memory that the renditions being made may take");
    describe_gauge!(WORK_MEMORY_BUDGET_BYTES, Unit::Bytes, "Memory that renditions being made may take at most");
    describe_counter!(STORE_REQUESTS, "Requests to object stores, by store, operation and outcome");
    describe_counter!(STORE_BYTES, Unit::Bytes, "Bytes of objects that came from stores or went there");
    describe_counter!(STORE_RETRIES, "How often stores were asked again");
    describe_histogram!(STORE_DURATION, Unit::Seconds, "Time from asking a store to its answer, with retries");
    describe_gauge!(BUILD_INFO, "Always 1, with the version as a label");
}
