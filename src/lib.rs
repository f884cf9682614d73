//! The image origin that people put behind a CDN: files untouched, renditions on demand.
//!
//! A request is data that travels one way. Each room turns one value into the next and uses only the rooms above it;
//! `tests/architecture.rs` holds that. docs/ARCHITECTURE.md is the map.

pub use codec;

pub mod request;

pub mod report;

pub mod memo;

pub mod flights;

pub mod seats;

pub mod rates;

pub mod bucket;

pub mod deposit;

pub mod workers;

pub mod watch;

pub mod dialect;

pub mod source;

pub mod pipeline;

pub mod cache;

pub mod generations;

pub mod service;

pub mod telemetry;

pub mod http;

pub mod config;

pub mod app;

pub mod command;
