//! What pixels tell of a picture, as JSON (RFC 8259).

use crate::look::{Look, Rgb};
use crate::thumbhash::ThumbHash;
use crate::{Choices, CodecError, Coding, Dimensions, Encoder, Medium, Notice, Picture, PixelLayout};

/// What the counting of colours takes, and the reading of a profile.
const WORKING_BYTES: u64 = 2 << 20;

/// Writes an object with `dominant`, `average`, `palette` and `thumbhash`. What else is told of an original follows from no
/// pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Info;

impl Encoder for Info {
    fn coding(&self) -> Coding {
        Coding::default()
    }

    fn choices(&self) -> Choices {
        Choices::NONE
    }

    fn encode_as(&self, picture: &Picture, coding: &Coding, notice: &Notice, _: usize) -> Result<Vec<u8>, CodecError> {
        let look = Look::of(picture);
        let quoted = |colour: &Rgb| format!("\"{}\"", colour.hex());
        let palette = look.palette.iter().map(quoted).collect::<Vec<_>>().join(",");
        let (dominant, average) = (quoted(&look.dominant()), quoted(&look.average));
        let mut text = format!("{{\"dominant\":{dominant},\"average\":{average},\"palette\":[{palette}],").into_bytes();
        text.extend(b"\"thumbhash\":\"");
        text.extend(ThumbHash.encode_as(picture, coding, notice, 1)?);
        text.extend(b"\"}");
        Ok(text)
    }

    fn carries_notice(&self) -> bool {
        false
    }

    /// No original is such a text.
    fn strip(&self, _original: &[u8], _notice: &Notice) -> Result<Vec<u8>, CodecError> {
        Err(CodecError::encode(Medium::Info, "there is no metadata to take out"))
    }

    fn working_bytes(&self, dimensions: Dimensions, layout: PixelLayout, coding: &Coding) -> u64 {
        ThumbHash.working_bytes(dimensions, layout, coding) + WORKING_BYTES
    }

    fn version(&self) -> String {
        "info v1;".to_owned()
    }
}
