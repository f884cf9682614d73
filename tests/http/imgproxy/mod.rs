//! The dialect of imgproxy: what its URLs come to, with its own variables and headers.

mod answers;
mod looks;
mod paid;
mod raw;
mod settings;
mod sizes;

use crate::server::{Place, Server};

/// A server with the dialect at the root.
fn served(place: &Place, variables: &[(&str, &str)]) -> Server {
    place.serve(&[&[("IMAGE_PROXY_DIALECTS", "imgproxy=/")], variables].concat())
}
