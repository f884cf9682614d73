//! `Advice`: what the client's headers say of one request, as far as they are read for its URL.

use http::HeaderMap;

use crate::dialect::accept::accepted;
use crate::dialect::{Hint, Hints};
use crate::request::{Accepted, Dpr, Size};

/// The headers, and which of them count.
#[derive(Clone, Copy)]
pub(super) struct Advice<'a> {
    pub headers: &'a HeaderMap,
    pub hints: Hints,
}

impl Advice<'_> {
    /// The formats that the client shows, of those that not every client does; `None` where that is not to be asked.
    pub fn accepted(&self) -> Option<Accepted> {
        self.hints.has(Hint::Accept).then(|| accepted(self.headers))
    }

    /// Tells whether few bytes count for more than sharpness. Further words of the header say nothing yet.
    pub fn saves_data(&self) -> bool {
        let first = self.text(Hint::SaveData).and_then(|text| text.split([',', ';']).next());
        first.is_some_and(|word| word.trim().eq_ignore_ascii_case("on"))
    }

    /// The device pixels for each of CSS.
    pub fn ratio(&self) -> Option<Dpr> {
        self.text(Hint::PixelRatio).and_then(|text| Dpr::parse(text).ok())
    }

    /// How wide the picture is on its page: in device pixels, or in those of CSS where few bytes count for more.
    pub fn width(&self) -> Option<Size> {
        let width = self.text(Hint::Width).and_then(|text| Size::parse(text).ok())?;
        match self.ratio().filter(|_| self.saves_data()) {
            Some(ratio) => Size::new(ratio.pages(width.pixels())),
            None => Some(width),
        }
    }

    fn text(&self, hint: Hint) -> Option<&str> {
        if self.hints.has(hint) { hint.text(self.headers) } else { None }
    }
}
