//! What clients and operators are promised, asked of the real program over real HTTP: one module a promise.

mod browsers;
mod cache;
mod cache_on_disk;
mod client;
mod conditions;
mod configuration;
mod crowd;
mod ending;
mod errors;
mod fallback;
mod fallback_failures;
mod fallback_freshness;
mod inputs;
mod logs;
mod meaning;
mod metrics;
mod orientation;
mod parameters;
mod paths;
mod pictures;
mod ranges;
mod server;
mod tracing;
mod transparency;
mod untouched;
mod upstream;
