//! What a GIF says beside its pictures: told, and taken out.

use std::io::Cursor;

use super::malformed;
use super::scan::{self, APPLICATION, Block, CONTROL, Extension, Reader};
use crate::CodecError;

const PLAIN_TEXT: u8 = 0x01;
const TRAILER: u8 = 0x3b;
/// How often an animation is shown.
const LOOPING: [&[u8; 11]; 2] = [b"NETSCAPE2.0", b"ANIMEXTS1.0"];
fn is_kept(extension: &Extension) -> bool {
    match extension.label {
        PLAIN_TEXT | CONTROL => true,
        APPLICATION => extension.is_one_of(&LOOPING),
        _ => false,
    }
}

/// The same picture, or animation, without comments and what applications put in, up to the end of the pictures. What
/// ends early still does.
///
/// # Errors
/// [`CodecError::Malformed`] where there is not even the beginning of a picture.
pub(super) fn stripped(original: &[u8]) -> Result<Vec<u8>, CodecError> {
    let mut header = Cursor::new(original);
    let (mut reader, _) = Reader::open(&mut header)?;
    let mut kept = original.get(..reader.position()).unwrap_or_default().to_vec();
    let mut has_picture = false;
    loop {
        let start = reader.position();
        let block = reader.block();
        let rest = original.get(start..).unwrap_or_default();
        let whole = rest.get(..reader.position() - start).unwrap_or_default();
        match block {
            Some(Block::Image { is_whole: false }) => {
                kept.extend_from_slice(rest);
                return Ok(kept);
            }
            Some(Block::Image { is_whole: true }) => {
                kept.extend_from_slice(whole);
                has_picture = true;
            }
            Some(Block::Extension(extension)) if is_kept(&extension) => kept.extend_from_slice(whole),
            Some(Block::Extension(_)) => {}
            None if rest.first() == Some(&scan::IMAGE) => {
                kept.extend_from_slice(rest);
                return Ok(kept);
            }
            None if has_picture => {
                kept.push(TRAILER);
                return Ok(kept);
            }
            None => return Err(malformed("no picture")),
        }
    }
}
