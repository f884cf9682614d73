//! The dialect of imaginary, as its clients meet it. Sizes, types and statuses are what imaginary itself answers with pictures
//! of these sizes.

mod bodies;
mod denials;
mod drawn;
mod operations;
mod pictures;
mod settings;
mod urls;

use crate::client::Answer;
use crate::server::{Place, Server};
use drawn::gallery;

/// The dialect alone, at the root.
fn variables(arguments: &str) -> [(&str, &str); 2] {
    [("IMAGE_PROXY_DIALECTS", "imaginary=/"), ("IMAGE_PROXY_IMAGINARY_ARGS", arguments)]
}

/// A server with the pictures, set up as imaginary is.
fn serve(arguments: &str) -> Server {
    gallery().serve(&variables(arguments))
}

/// The type and the dimensions of a picture that is there.
fn shape(answer: &Answer) -> (String, (u32, u32)) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    (answer.content_type(), crate::pictures::decoded(&answer.body).dimensions())
}

/// The status and the message of an error.
fn denial(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.content_type(), "application/json", "{}", answer.text());
    let told: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(told["status"], answer.status);
    (answer.status, told["message"].as_str().unwrap().to_owned())
}

/// Text as a value of a query.
fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

/// A place without pictures.
fn bare(arguments: &str) -> Server {
    Place::new().serve(&variables(arguments))
}
