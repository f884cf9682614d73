//! The native dialect for who brings the original along: the query says what it always says, and the path names nothing.

use http::Method;

use super::{Asked, Dialect, Exhibit, ExpectedBody, Heard, Native, Usual, Worded, Wording};
use crate::request::Reference;

const METHODS: [Method; 1] = [Method::POST];
/// Some picture, so that the path can be read.
const ANY_PATH: &str = "/image";

/// `POST` of an original itself, with a query of the native dialect.
#[derive(Debug, Clone)]
pub struct Enclosing {
    native: Native,
    max_bytes: u64,
}

impl Enclosing {
    /// The dialect for originals of at most so many bytes.
    pub fn new(native: Native, max_bytes: u64) -> Self {
        Self { native, max_bytes }
    }
}

impl Dialect for Enclosing {
    fn name(&self) -> &'static str {
        self.native.name()
    }

    fn methods(&self) -> &'static [Method] {
        &METHODS
    }

    fn is_protected(&self) -> bool {
        self.native.is_protected()
    }

    fn usual(&self) -> Usual {
        self.native.usual()
    }

    fn read(&self, wording: Wording<'_>) -> Heard {
        let heard = self.native.read(Wording { path: ANY_PATH, ..wording });
        let expected = ExpectedBody { field: "image", takes_raw: true, max_bytes: self.max_bytes };
        let asked = heard.asked.map(|asked| match asked {
            Asked::Image(mut request) => {
                request.original = Reference::Body;
                Asked::Enclosed { request, expected }
            }
            other => other,
        });
        Heard { asked, ..heard }
    }

    fn embed(&self, exhibit: &Exhibit<'_>, wording: Wording<'_>) -> Option<Worded> {
        self.native.embed(exhibit, Wording { path: ANY_PATH, ..wording })
    }
}
