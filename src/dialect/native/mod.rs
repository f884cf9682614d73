//! The native dialect: the path names the original, the parameters of the table say the rest.

mod area;
mod effects;
mod geometry;
mod output;
mod overlays;
mod parameters;
mod reading;
mod text;
mod values;

use http::HeaderName;

pub use overlays::watermark_of;
pub use parameters::{Expected, Parameter, SECTIONS, Section, parameter_table, parameters};

use super::{Asked, Dialect, DialectError, Wording};
use crate::request::{Dpr, ImagePath, ImageRequest};
use reading::{Reading, Values};

/// Client hint with the device pixel ratio of the screen (draft "Responsive Image Client Hints", section 2.1).
const SEC_CH_DPR: HeaderName = HeaderName::from_static("sec-ch-dpr");
static HINTS: [HeaderName; 1] = [SEC_CH_DPR];

/// The dialect of this product and of its predecessor.
#[derive(Debug, Clone, Default)]
pub struct Native {
    /// Removed from the front of every path that has it.
    strip_prefix: Option<ImagePath>,
}

impl Native {
    /// A dialect that takes this prefix off the front of paths.
    pub fn new(strip_prefix: Option<ImagePath>) -> Self {
        Self { strip_prefix }
    }
}

impl Dialect for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn read(&self, wording: Wording<'_>) -> Result<Asked, DialectError> {
        let path = ImagePath::from_url_path(wording.path)?;
        let path = match &self.strip_prefix {
            Some(prefix) => path.without_prefix(prefix),
            None => path,
        };
        let reading = Reading::of(&Values::of(wording.query))?;
        let hint = || Dpr::parse(wording.headers.get(SEC_CH_DPR)?.to_str().ok()?).ok();
        Ok(Asked::Image(ImageRequest { original: path.into(), wish: reading.wish(hint) }))
    }

    fn varies_on(&self, wording: Wording<'_>) -> &'static [HeaderName] {
        let values = Values::of(wording.query);
        if values.has_edges() && !values.has("dpr") { &HINTS } else { &[] }
    }
}

#[cfg(test)]
mod tests;
