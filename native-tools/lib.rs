//! Empty: the work is done by `build.rs`.
