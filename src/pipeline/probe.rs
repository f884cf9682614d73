//! Reads the header of an original, away from the async runtime and from the seats of the renderers.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use super::RenderError;
use crate::request::{Facts, Format};
use crate::source::{Beginning, Material, SourceError};
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

/// Finds out the same from the first bytes alone; `None` where more was looked at than they are.
///
/// # Errors
/// As [`probe`].
pub async fn probe_beginning(beginning: Beginning, codecs: Codecs) -> Result<Option<Facts>, RenderError> {
    let probing = tokio::task::spawn_blocking(move || probe_beginning_blocking(&beginning, &codecs));
    probing.await.map_err(|_| WorkError::Panicked)?
}

fn probe_beginning_blocking(beginning: &Beginning, codecs: &Codecs) -> Result<Option<Facts>, RenderError> {
    codecs.limits().admit_bytes(beginning.length)?;
    let mut header = BeginningReader { beginning, position: 0, has_missed: false };
    let probed = probe_header(&mut header, codecs);
    // Whatever came of it, it may be another with the bytes that were missed.
    if header.has_missed {
        return Ok(None);
    }
    let mut facts = probed?;
    facts.condition.bytes = beginning.length;
    Ok(Some(facts))
}

/// The whole, as far as it is there: reading on ends in an error that is remembered.
struct BeginningReader<'a> {
    beginning: &'a Beginning,
    position: u64,
    has_missed: bool,
}

impl Read for BeginningReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.beginning.length || buffer.is_empty() {
            return Ok(0);
        }
        let start = usize::try_from(self.position).unwrap_or(usize::MAX);
        let Some(there) = self.beginning.bytes.get(start..).filter(|there| !there.is_empty()) else {
            self.has_missed = true;
            return Err(io::ErrorKind::WouldBlock.into());
        };
        let count = there.len().min(buffer.len());
        let (Some(from), Some(to)) = (there.get(..count), buffer.get_mut(..count)) else { return Ok(0) };
        to.copy_from_slice(from);
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for BeginningReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(distance) => self.beginning.length.checked_add_signed(distance),
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
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
    let format = Format::read(header).map_err(|cause| SourceError::io("the header", cause))?;
    let format = format.ok_or(SourceError::NotAnImage)?;
    let facts = codecs.decoder(format)?.probe(header)?;
    // A drawing is measured where it is drawn, at the size asked for.
    if !format.is_vector() {
        codecs.limits().admit(format, facts.stored)?;
    }
    Ok(facts)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use bytes::Bytes;
    use codec::CodecSettings;

    use super::*;

    #[test]
    fn what_is_read_of_a_beginning_is_what_is_read_of_the_whole() {
        let codecs = Codecs::new(&CodecSettings::default());
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let entries =
            |folder: &Path| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
        let large = entries(&root.join("data/images")).into_iter().filter(|path| path.is_dir());
        let files = large.flat_map(|folder| entries(&folder)).chain(entries(&root.join("tests/http/originals")));
        let mut told = 0;
        for entry in files.filter(|path| path.is_file()) {
            let bytes = Bytes::from(fs::read(&entry).unwrap());
            let length = bytes.len() as u64;
            let whole = probe_blocking(&Material::Memory(bytes.clone()), &codecs);
            let shares = [1, 200, 5000, 65_536, bytes.len() / 2, bytes.len() - 1, bytes.len()];
            for share in shares.map(|share| share.min(bytes.len())) {
                let beginning = Beginning { bytes: bytes.slice(..share), length };
                match (probe_beginning_blocking(&beginning, &codecs), &whole) {
                    (Ok(None), _) => assert!(share < bytes.len(), "{entry:?}"),
                    (Ok(Some(facts)), Ok(expected)) => {
                        assert_eq!(facts, *expected, "{entry:?}: {share}");
                        told += usize::from(share == 65_536);
                    }
                    (Err(error), Err(expected)) => assert_eq!(error.to_string(), expected.to_string(), "{entry:?}"),
                    (got, expected) => panic!("{entry:?}: {share}: {got:?}, of the whole {expected:?}"),
                }
            }
        }
        assert!(told >= 5, "64 KiB were enough for {told}");
    }
}
