//! The bytes of an answer, unpacked where that is meant and within bounds in any case. What an answer says of its coding
//! is often wrong: object stores keep what an upload said, so what counts is what the bytes are.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;
use http::{HeaderMap, header};

use crate::request::Format;
use crate::source::UpstreamError;

/// What every gzip begins with (RFC 1952, section 2.3.1), and no image.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// What has come of an answer's body.
pub(super) struct Intake {
    /// As the answer has it; empty where it names none.
    codings: String,
    bytes: Unpacking,
}

enum Unpacking {
    Plain(Bounded),
    Packed(Box<MultiGzDecoder<Bounded>>),
}

/// Unpacking that never take more memory than the limit.
struct Bounded {
    bytes: Vec<u8>,
    limit: u64,
}

impl Intake {
    pub(super) fn new(headers: &HeaderMap, declared: Option<u64>, limit: u64) -> Self {
        let lines = headers.get_all(header::CONTENT_ENCODING).into_iter().filter_map(|line| line.to_str().ok());
        let codings = lines.collect::<Vec<_>>().join(", ");
        let room = usize::try_from(declared.unwrap_or_default().min(limit)).unwrap_or_default();
        Self { codings, bytes: Unpacking::Plain(Bounded { bytes: Vec::with_capacity(room), limit }) }
    }

    /// Takes in what comes next.
    ///
    /// # Errors
    /// It is too much, or no gzip although it begins as one and is called so.
    pub(super) fn take(mut self, chunk: &[u8]) -> Result<Self, UpstreamError> {
        match &mut self.bytes {
            Unpacking::Packed(decoder) => {
                decoder.write_all(chunk).map_err(|error| unpacking_error(error, &self.codings))?
            }
            Unpacking::Plain(plain) => {
                let is_start = plain.bytes.len() < GZIP_MAGIC.len();
                plain.append(chunk)?;
                if is_start && plain.bytes.starts_with(&GZIP_MAGIC) && names_gzip(&self.codings) {
                    let unpacked = Bounded { bytes: Vec::new(), limit: plain.limit };
                    let mut decoder = MultiGzDecoder::new(unpacked);
                    decoder.write_all(&plain.bytes).map_err(|error| unpacking_error(error, &self.codings))?;
                    self.bytes = Unpacking::Packed(Box::new(decoder));
                }
            }
        }
        Ok(self)
    }

    /// All bytes, once no more come.
    ///
    /// # Errors
    /// A gzip ends early, or there was a coding and what there is now is no image.
    pub(super) fn end(self) -> Result<Vec<u8>, UpstreamError> {
        let bytes = match self.bytes {
            Unpacking::Plain(plain) => plain.bytes,
            Unpacking::Packed(decoder) => {
                decoder.finish().map_err(|error| unpacking_error(error, &self.codings))?.bytes
            }
        };
        let is_coded = codings(&self.codings).any(|coding| !coding.eq_ignore_ascii_case("identity"));
        if is_coded && Format::sniff(&bytes).is_none() {
            return Err(UpstreamError::Encoded { encoding: self.codings });
        }
        Ok(bytes)
    }
}

impl Bounded {
    fn append(&mut self, chunk: &[u8]) -> Result<(), UpstreamError> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let length = self.bytes.len() + chunk.len();
        if length > limit {
            return Err(UpstreamError::TooLarge { limit: self.limit });
        }
        if length > self.bytes.capacity() {
            let roomier = length.max(self.bytes.capacity().saturating_mul(2)).min(limit);
            self.bytes.reserve_exact(roomier - self.bytes.len());
        }
        self.bytes.extend_from_slice(chunk);
        Ok(())
    }
}

impl Write for Bounded {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        self.append(chunk).map_err(io::Error::other)?;
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The members of a list of codings.
fn codings(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|coding| !coding.is_empty())
}

/// Names of codings know no case, and `x-gzip` is gzip (RFC 9110, sections 8.4.1 and 8.4.1.3).
fn names_gzip(list: &str) -> bool {
    codings(list).any(|coding| ["gzip", "x-gzip"].iter().any(|name| coding.eq_ignore_ascii_case(name)))
}

fn unpacking_error(error: io::Error, codings: &str) -> UpstreamError {
    error.downcast().unwrap_or_else(|_| UpstreamError::Encoded { encoding: codings.to_owned() })
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const GIF: &[u8] = b"GIF89a\x01\0\x01\0";

    fn zipped(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn taken(codings: &[&str], body: &[u8], chunk: usize) -> Result<Vec<u8>, String> {
        let mut headers = HeaderMap::new();
        for coding in codings {
            headers.append(header::CONTENT_ENCODING, coding.parse().unwrap());
        }
        let intake = Intake::new(&headers, Some(body.len() as u64), 1000);
        let intake = body.chunks(chunk).try_fold(intake, |intake, chunk| intake.take(chunk));
        intake.and_then(Intake::end).map_err(|error| format!("{error:?}"))
    }

    #[test]
    fn what_is_an_image_by_its_bytes_was_not_encoded_whatever_is_said() {
        for coding in ["aws-chunked", "Identity", "gzip", "br", "utf-8", "binary", "gzip,aws-chunked"] {
            assert_eq!(taken(&[coding], GIF, 1), Ok(GIF.to_vec()), "{coding}");
        }
    }

    #[test]
    fn gzip_is_unpacked_however_it_is_called() {
        let twice = [zipped(&GIF[..5]), zipped(&GIF[5..])].concat();
        for codings in [&["gzip"][..], &["GZip"], &["x-gzip"], &["X-GZIP, aws-chunked"], &["aws-chunked", "gzip"]] {
            for chunk in [1, 3, 1000] {
                assert_eq!(taken(codings, &zipped(GIF), chunk), Ok(GIF.to_vec()), "{codings:?} {chunk}");
                assert_eq!(taken(codings, &twice, chunk), Ok(GIF.to_vec()), "{codings:?} {chunk}");
            }
        }
    }

    #[test]
    fn what_is_no_image_after_that_is_told_by_its_coding() {
        let whole = zipped(GIF);
        for (coding, body) in [
            ("br", &b"\x0b\x02\x80"[..]),
            ("aws-chunked", b"10000;chunk-signature=0"),
            ("br", &whole),
            ("gzip", &whole[..whole.len() - 9]),
            ("gzip", &zipped(&whole)),
            ("gzip", b"text"),
            ("gzip", b""),
        ] {
            let expected = format!("Encoded {{ encoding: \"{coding}\" }}");
            assert_eq!(taken(&[coding], body, 4), Err(expected), "{coding} {body:?}");
        }
        // Without a coding it is for others to say what it is.
        assert_eq!(taken(&[], b"text", 4), Ok(b"text".to_vec()));
        assert_eq!(taken(&["identity"], &whole, 4), Ok(whole));
    }

    #[test]
    fn what_is_too_large_is_so_packed_and_unpacked() {
        let expected = Err("TooLarge { limit: 1000 }".to_owned());
        assert_eq!(taken(&[], &[0; 1001], 100), expected);
        assert_eq!(taken(&["gzip"], &zipped(&[0; 1001]), 10), expected);
        assert_eq!(taken(&[], &[0; 1000], 100).map(|bytes| bytes.len()), Ok(1000));
    }
}
