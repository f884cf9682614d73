//! The decoder configuration record (ISO/IEC 14496-15, section 8.3.2.1): what the decoder is told before a picture, and how
//! the units of a stream are separated.

use super::sequence_parameters::SequenceParameters;
use crate::heif::boxes::Bytes;
use crate::heif::{Fault, malformed, unsupported};

const SEQUENCE_PARAMETERS: u8 = 33;
const PICTURE_PARAMETERS: u8 = 34;
/// As many as their numbers allow.
const MAX_PICTURE_SETS: usize = 64;
/// Of the record before the length of units' lengths, in bytes.
const BEFORE_LENGTH: usize = 21;

/// What the record says.
#[derive(Debug)]
pub struct Record<'a> {
    pub sequence: SequenceParameters,
    /// Parameter sets in the order in which they are needed.
    pub sets: Vec<&'a [u8]>,
    /// How many bytes tell how long a unit is.
    length_bytes: usize,
}

/// A unit of a stream, as its header tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitHeader {
    pub kind: u8,
    /// Above the first, what adds to a picture: another eye's view.
    pub is_base_layer: bool,
}

impl UnitHeader {
    /// `None` where the unit has none.
    pub fn of(unit: &[u8]) -> Option<Self> {
        let [first, second, ..] = unit else { return None };
        Some(Self { kind: first >> 1 & 0x3f, is_base_layer: first & 1 == 0 && second >> 3 == 0 })
    }

    /// Tells whether it is a part of a coded picture.
    pub fn is_slice(self) -> bool {
        self.kind < 32
    }
}

impl<'a> Record<'a> {
    /// Parses a record.
    ///
    /// # Errors
    /// [`Fault::Malformed`] for a broken one, [`Fault::Unsupported`] where it is not of one kind of pictures.
    pub fn parse(record: &'a [u8]) -> Result<Self, Fault> {
        let mut bytes = Bytes::new(record);
        bytes.take(BEFORE_LENGTH)?;
        let length_bytes = usize::from(bytes.u8()? & 3) + 1;
        let (mut sequence, mut pictures): (Option<&[u8]>, Vec<&[u8]>) = (None, Vec::new());
        for _ in 0..bytes.u8()? {
            bytes.u8()?;
            for _ in 0..bytes.u16()? {
                let length = bytes.u16()?;
                let unit = bytes.take(length.into())?;
                match UnitHeader::of(unit) {
                    Some(UnitHeader { kind: SEQUENCE_PARAMETERS, is_base_layer: true }) => {
                        if sequence.is_some_and(|sequence| sequence != unit) {
                            return Err(unsupported("pictures of several kinds in one item"));
                        }
                        sequence = Some(unit);
                    }
                    Some(UnitHeader { kind: PICTURE_PARAMETERS, is_base_layer: true }) => {
                        if pictures.len() >= MAX_PICTURE_SETS {
                            return Err(malformed("too many parameter sets"));
                        }
                        pictures.push(unit);
                    }
                    _ => {}
                }
            }
        }
        let unit = sequence.ok_or_else(|| malformed("no sequence parameter set"))?;
        let sets = std::iter::once(unit).chain(pictures).collect();
        Ok(Self { sequence: SequenceParameters::parse(unit)?, sets, length_bytes })
    }

    /// The units of a stream.
    ///
    /// # Errors
    /// [`Fault::Malformed`] where one reaches beyond the end.
    pub fn units<'b>(&self, stream: &'b [u8]) -> Result<Vec<&'b [u8]>, Fault> {
        let (mut bytes, mut units) = (Bytes::new(stream), Vec::new());
        while !bytes.is_empty() {
            let length = usize::try_from(bytes.number(self.length_bytes)?).map_err(malformed)?;
            units.push(bytes.take(length)?);
        }
        Ok(units)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heic::tests::record;

    /// A record that tells of these units, each in a list of its own.
    fn told(units: &[&[u8]]) -> Vec<u8> {
        let mut told = [&[1; BEFORE_LENGTH][..], &[0xfc | 1, units.len() as u8]].concat();
        for unit in units {
            told.extend([0, 0, 1, 0, unit.len() as u8]);
            told.extend(*unit);
        }
        told
    }

    #[test]
    fn one_kind_of_pictures_is_told() {
        let whole = record("photo");
        let sequence = Record::parse(&whole).unwrap().sets[0];
        let mut other = sequence.to_vec();
        *other.last_mut().unwrap() ^= 1;
        assert_eq!(Record::parse(&told(&[sequence, &[0x44, 1, 9], sequence])).unwrap().sets.len(), 2);
        let refused = |units: &[&[u8]]| Record::parse(&told(units)).unwrap_err();
        assert_eq!(refused(&[sequence, &other]), unsupported("pictures of several kinds in one item"));
        assert_eq!(refused(&[&[0x44, 1, 9]]), malformed("no sequence parameter set"));
        assert_eq!(
            refused(&[[sequence].as_slice(), &[[0x44, 1].as_slice(); 65]].concat()),
            malformed("too many parameter sets")
        );
        // What another layer adds is not looked at.
        other[1] |= 8;
        assert!(Record::parse(&told(&[sequence, &other])).is_ok());
        for length in 0..whole.len() {
            assert!(Record::parse(&whole[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn units_are_separated_by_their_lengths() {
        let whole = told(&[Record::parse(&record("photo")).unwrap().sets[0]]);
        let record = Record::parse(&whole).unwrap();
        let units: [&[u8]; 3] = [b"abc", b"", b"d"];
        assert_eq!(record.units(b"\0\x03abc\0\0\0\x01d"), Ok(units.to_vec()));
        assert!(record.units(b"\0\x03ab").is_err() && record.units(b"\0").is_err());
        let header = |kind, is_base_layer| Some(UnitHeader { kind, is_base_layer });
        assert_eq!([UnitHeader::of(&[0x42, 1]), UnitHeader::of(&[0x29, 9])], [header(33, true), header(20, false)]);
        assert_eq!(UnitHeader::of(&[0x42]), None);
    }
}
