//! `Colour`: the colours of renditions.

use codec::{CodecError, ColourRule, Picture};

use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::OutputFormat;

/// What converting colours takes beside the picture.
const COLOUR_BYTES: u64 = 2 * 1024 * 1024;

/// To sRGB, unless the rule is to preserve colours, and this output can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Colour(pub OutputFormat);

impl Work for Colour {
    fn stage(&self) -> Stage {
        Stage::Colour
    }

    /// In place, but for the library's tables; an operation that needs sRGB may convert first.
    fn held(&self, before: Between, _after: Between, _larder: &Larder<'_>) -> Result<u64, CodecError> {
        Ok(before.bytes() + COLOUR_BYTES)
    }

    fn is_common(&self, colour_rule: ColourRule) -> bool {
        colour_rule == ColourRule::Srgb
    }

    fn done(&self, picture: Picture, kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        let is_kept = kitchen.codecs.colour_rule() == ColourRule::Preserve
            && picture.colours().icc(picture.layout()).is_some()
            && kitchen.codecs.encoder(self.0)?.carries_profile(picture.layout());
        Ok(if is_kept { picture } else { picture.into_srgb() })
    }
}
