//! What clients and operators are promised, asked of the real program over real HTTP: one module a promise.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]
#![expect(clippy::print_stderr, clippy::print_stdout, reason = "what a long test measured, and why one was skipped")]

mod admin;
mod alike;
mod animation;
mod broken;
mod browsers;
mod bucket;
mod bucket_failures;
mod bucket_settings;
mod bucket_stores;
mod cache;
mod cache_on_disk;
mod cdn;
mod client;
mod client_rate;
mod colours;
mod command_line;
mod conditions;
mod configuration;
mod crowd;
mod crowded;
mod disk_faults;
mod edits;
mod effects;
mod ending;
mod ending_under_load;
mod errors;
mod explain;
mod fallback;
mod fallback_crowd;
mod fallback_failures;
mod fallback_freshness;
mod fallback_limits;
mod fallback_missing;
mod fallback_private;
mod foreign;
mod full_disks;
mod gallery;
mod geometry;
mod heads;
mod iaas;
mod iaas_config;
mod iaas_uploads;
mod imaginary;
mod imgproxy;
mod info;
mod inputs;
mod large_files;
mod limits;
mod logs;
mod meaning;
mod metadata;
mod metrics;
mod multiplexed;
mod negotiation;
mod never_larger;
mod orientation;
mod overload;
mod page_pictures;
mod page_presets;
mod palette;
mod parameters;
mod paths;
mod picfit;
mod picfit_changes;
mod picfit_stores;
mod pictures;
mod playground;
mod protection;
mod purge;
mod quality;
mod ranges;
mod references;
mod replacement;
mod replay;
mod resampling;
mod results;
mod server;
mod sharing;
mod shelf;
mod signing;
mod slow_clients;
mod small_disk;
mod smart;
mod soak;
mod tags;
mod targets;
mod text;
mod thumbor;
mod tracing;
mod transparency;
mod untouched;
mod upload;
mod upstream;
mod vendors;
mod versions;
mod warm;
mod watch;
mod watermark;
