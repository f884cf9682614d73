//! Reads the header of an original, away from the async runtime and from the seats of the renderers.

use std::io::{self, Cursor, Read as _, SeekFrom};

use super::RenderError;
use crate::request::{Facts, Format};
use crate::source::{Material, SourceError};
use crate::workers::WorkError;
use codec::{Codecs, Header};

/// Finds out what the header of an original says. A few small reads; never waits for a rendition.
///
/// # Errors
/// The original is no image, is of a format that is not decoded, has a broken header, or is too large.
pub async fn probe(material: Material, codecs: Codecs) -> Result<Facts, RenderError> {
    let probing = tokio::task::spawn_blocking(move || probe_blocking(&material, &codecs));
    probing.await.map_err(|_| WorkError::Panicked)?
}

fn probe_blocking(material: &Material, codecs: &Codecs) -> Result<Facts, RenderError> {
    codecs.limits().admit_bytes(material.length())?;
    let mut facts = match material {
        Material::File(file) => {
            let facts = probe_header(&mut io::BufReader::with_capacity(Format::SNIFF_BYTES, file.header()), codecs);
            // Also where an error came of it: half a file is no broken file.
            file.verify()?;
            facts
        }
        Material::Memory(bytes) => probe_header(&mut Cursor::new(bytes), codecs),
    }?;
    facts.condition.bytes = material.length();
    Ok(facts)
}

fn probe_header(header: &mut dyn Header, codecs: &Codecs) -> Result<Facts, RenderError> {
    let format = sniff(header)?;
    let facts = codecs.decoder(format)?.probe(header)?;
    // A drawing is measured where it is drawn, at the size asked for.
    if !format.is_vector() {
        codecs.limits().admit(format, facts.stored)?;
    }
    Ok(facts)
}

fn sniff(header: &mut dyn Header) -> Result<Format, SourceError> {
    let unreadable = |cause| SourceError::io("the header", cause);
    let mut first = Vec::with_capacity(Format::SNIFF_BYTES);
    header.take(Format::SNIFF_BYTES as u64).read_to_end(&mut first).map_err(unreadable)?;
    if Format::asks_for_more(&first) {
        let more = Format::MARKUP_BYTES - Format::SNIFF_BYTES;
        header.take(more as u64).read_to_end(&mut first).map_err(unreadable)?;
    }
    let mut format = Format::sniff(&first);
    if format.is_none() {
        let length = header.seek(SeekFrom::End(0)).map_err(unreadable)?;
        let mut last = Vec::with_capacity(Format::END_BYTES);
        header.seek(SeekFrom::Start(length.saturating_sub(Format::END_BYTES as u64))).map_err(unreadable)?;
        header.read_to_end(&mut last).map_err(unreadable)?;
        format = Format::sniff_ends(&first, &last);
    }
    header.rewind().map_err(unreadable)?;
    format.ok_or(SourceError::NotAnImage)
}
