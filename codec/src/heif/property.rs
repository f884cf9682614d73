//! Item properties: what is said about a picture outside its coded bytes (ISO/IEC 23008-12, section 6.5).

use super::Fault;
use super::boxes::{Bytes, FourCc};
use super::nclx::Nclx;
use crate::{ChromaSampling, Dimensions, Orientation};

/// The content of `auxC` for alpha planes: the name that AVIF uses, and an older one that HEIF writers use.
const ALPHA_NAMES: [&[u8]; 2] = [b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1"];

/// One item property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Property {
    /// `ispe`
    Dimensions(Dimensions),
    /// `irot`: quarter turns anticlockwise, 0 to 3.
    Rotation(u8),
    /// `imir`
    Mirror(Axis),
    /// `colr` of type `nclx`
    Colour(Nclx),
    /// `colr` of type `prof` or `rICC`: an ICC profile.
    Profile(Vec<u8>),
    /// `auxC` that names an alpha plane.
    Alpha,
    /// `av1C` or `hvcC`: what the coded bytes hold, and of `hvcC` the record itself, without which no stream is decoded.
    Coding(Coding, Vec<u8>),
    /// `clap`: the part that is shown.
    Aperture(Aperture),
    /// Nothing that decoding depends on: `pixi` repeats what the coded bytes say.
    Idle,
    /// A property that we do not know.
    Other(FourCc),
}

/// How many bytes the samples of a frame take. The largest is what there is where nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Coding {
    /// Bytes of two pixels: of a row of two with their luma and chroma.
    pub pair_bytes: u64,
    is_deep: bool,
    is_deepest: bool,
}

impl Coding {
    /// 12 bits, whole chroma.
    pub const LARGEST: Self = Self { pair_bytes: 12, is_deep: true, is_deepest: true };

    /// A coding of more than 8 bits or not, without chroma or with chroma of half the width, or of half of both.
    pub fn new(is_deep: bool, is_monochrome: bool, is_narrow: bool, is_low: bool) -> Self {
        let samples = match (is_monochrome, is_narrow, is_low) {
            (true, ..) => 2,
            (false, true, true) => 3,
            (false, true, false) => 4,
            (false, false, _) => 6,
        };
        Self { pair_bytes: if is_deep { samples * 2 } else { samples }, is_deep, is_deepest: is_deep }
    }

    /// The samples of colour in a frame of 8 bits.
    pub fn chroma(self) -> Option<ChromaSampling> {
        match (self.pair_bytes, self.is_deep) {
            (3, false) => Some(ChromaSampling::Quarter),
            (6, false) => Some(ChromaSampling::Whole),
            _ => None,
        }
    }

    /// The samples of two pixels, at most.
    #[cfg(feature = "heic")]
    pub fn samples_of_pair(self) -> u64 {
        if self.is_deep { self.pair_bytes / 2 } else { self.pair_bytes }
    }

    /// Bits of a sample.
    pub fn bits(self) -> u8 {
        match (self.is_deep, self.is_deepest) {
            (false, _) => 8,
            (true, false) => 10,
            (true, true) => 12,
        }
    }

    /// There are no samples of colour.
    pub fn is_monochrome(self) -> bool {
        self.pair_bytes == if self.is_deep { 4 } else { 2 }
    }

    /// Tells whether there are more bytes than another says.
    pub fn is_more_than(self, claimed: Self) -> bool {
        (self.pair_bytes, self.is_deep) > (claimed.pair_bytes, claimed.is_deep)
    }

    /// Parses `AV1CodecConfigurationRecord` (AV1 in ISOBMFF, section 2.3.3).
    fn of_av1(payload: &mut Bytes<'_>) -> Result<Self, Fault> {
        payload.take(2)?;
        let flags = payload.u8()?;
        let has = |bit: u8| flags & bit != 0;
        let coding = Self::new(has(0x40), has(0x10), has(0x08), has(0x04));
        Ok(Self { is_deepest: has(0x40) && has(0x20), ..coding })
    }

    /// Parses `HEVCDecoderConfigurationRecord` (ISO/IEC 14496-15, section 8.3.2.1).
    fn of_hevc(payload: &mut Bytes<'_>) -> Result<Self, Fault> {
        payload.take(16)?;
        let chroma = payload.u8()? & 3;
        let [luma_depth, chroma_depth] = [payload.u8()? & 7, payload.u8()? & 7];
        let is_deep = luma_depth > 0 || (chroma > 0 && chroma_depth > 0);
        let coding = Self::new(is_deep, chroma == 0, matches!(chroma, 1 | 2), chroma == 1);
        Ok(Self { is_deepest: luma_depth > 2, ..coding })
    }
}

/// The part of a picture that is shown (ISO/IEC 14496-12, section 12.1.4): width and height, and how far its middle lies
/// from that of the picture, each as a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aperture {
    width: (i64, i64),
    height: (i64, i64),
    right: (i64, i64),
    down: (i64, i64),
}

/// A part of a picture in whole pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crop {
    pub left: u32,
    pub top: u32,
    pub dimensions: Dimensions,
}

impl Aperture {
    fn parse(payload: &mut Bytes<'_>) -> Result<Self, Fault> {
        let mut fraction = || Ok::<_, Fault>((payload.u32()?.cast_signed().into(), payload.u32()?.into()));
        Ok(Self { width: fraction()?, height: fraction()?, right: fraction()?, down: fraction()? })
    }

    /// `None` where it is not in whole pixels or reaches beyond the picture: then all of it is shown.
    pub fn within(&self, picture: Dimensions) -> Option<Crop> {
        let side = |(number, by): (i64, i64), offset: (i64, i64), most: u32| {
            let side = (by > 0 && number % by == 0).then(|| number / by).filter(|side| *side > 0)?;
            let doubled = (i64::from(most) - side).checked_mul(offset.1)?.checked_add(offset.0.checked_mul(2)?)?;
            let start = (offset.1 > 0 && doubled % (2 * offset.1) == 0).then(|| doubled / (2 * offset.1))?;
            let is_inside = start >= 0 && start + side <= i64::from(most);
            is_inside.then_some((u32::try_from(start).ok()?, u32::try_from(side).ok()?))
        };
        let (left, width) = side(self.width, self.right, picture.width)?;
        let (top, height) = side(self.height, self.down, picture.height)?;
        Some(Crop { left, top, dimensions: Dimensions::new(width, height) })
    }
}

/// What `imir` exchanges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    TopAndBottom,
    LeftAndRight,
}

impl Property {
    /// Parses the payload of a property.
    ///
    /// # Errors
    /// [`Fault::Malformed`] where it ends early.
    pub fn parse(kind: FourCc, mut payload: Bytes<'_>) -> Result<Self, Fault> {
        Ok(match &kind {
            b"ispe" => {
                payload.version_and_flags()?;
                Self::Dimensions(Dimensions::new(payload.u32()?, payload.u32()?))
            }
            b"irot" => Self::Rotation(payload.u8()? & 3),
            b"imir" => Self::Mirror(if payload.u8()? & 1 == 0 { Axis::TopAndBottom } else { Axis::LeftAndRight }),
            b"colr" => match &payload.four_cc()? {
                b"nclx" => {
                    let [primaries, transfer, matrix] = [payload.u16()?, payload.u16()?, payload.u16()?];
                    Self::Colour(Nclx { primaries, transfer, matrix, is_full_range: payload.u8()? & 0x80 != 0 })
                }
                b"prof" | b"rICC" => Self::Profile(payload.rest().to_vec()),
                _ => Self::Idle,
            },
            b"auxC" => {
                payload.version_and_flags()?;
                let name = payload.rest().split(|byte| *byte == 0).next().unwrap_or_default();
                if ALPHA_NAMES.contains(&name) { Self::Alpha } else { Self::Idle }
            }
            b"av1C" => Self::Coding(Coding::of_av1(&mut payload)?, Vec::new()),
            b"hvcC" => {
                let record = payload.rest().to_vec();
                Self::Coding(Coding::of_hevc(&mut payload)?, record)
            }
            b"clap" => Self::Aperture(Aperture::parse(&mut payload)?),
            b"pixi" | b"pasp" => Self::Idle,
            _ => Self::Other(kind),
        })
    }
}

/// The orientation of a picture that is first turned anticlockwise by quarters and then mirrored, as AVIF (section
/// 7 of MIAF, ISO/IEC 23000-22) orders it.
pub fn orientation(quarters: u8, mirror: Option<Axis>) -> Orientation {
    use Orientation::*;
    let turned: [Orientation; 4] = match mirror {
        None => [Upright, Rotated270, Rotated180, Rotated90],
        Some(Axis::TopAndBottom) => [MirroredVertically, Transposed, MirroredHorizontally, Transversed],
        Some(Axis::LeftAndRight) => [MirroredHorizontally, Transversed, MirroredVertically, Transposed],
    };
    let [upright, once, twice, thrice] = turned;
    match quarters & 3 {
        0 => upright,
        1 => once,
        2 => twice,
        _ => thrice,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a pixel goes in a picture of 3 x 2 pixels: turned anticlockwise, then mirrored, step by step.
    fn turn(mut at: (u32, u32), quarters: u8, mirror: Option<Axis>) -> (u32, u32) {
        let (mut width, mut height) = (3, 2);
        for _ in 0..quarters {
            at = (at.1, width - 1 - at.0);
            (width, height) = (height, width);
        }
        match mirror {
            None => at,
            Some(Axis::TopAndBottom) => (at.0, height - 1 - at.1),
            Some(Axis::LeftAndRight) => (width - 1 - at.0, at.1),
        }
    }

    /// The same by the definition of the EXIF values.
    fn orient((x, y): (u32, u32), orientation: Orientation) -> (u32, u32) {
        match orientation {
            Orientation::Upright => (x, y),
            Orientation::MirroredHorizontally => (2 - x, y),
            Orientation::Rotated180 => (2 - x, 1 - y),
            Orientation::MirroredVertically => (x, 1 - y),
            Orientation::Transposed => (y, x),
            Orientation::Rotated90 => (1 - y, x),
            Orientation::Transversed => (1 - y, 2 - x),
            Orientation::Rotated270 => (y, 2 - x),
        }
    }

    #[test]
    fn turning_and_mirroring_add_up_to_one_orientation() {
        for quarters in 0..4 {
            for mirror in [None, Some(Axis::TopAndBottom), Some(Axis::LeftAndRight)] {
                for at in [(0, 0), (2, 0), (0, 1), (1, 1)] {
                    let sum = orient(at, orientation(quarters, mirror));
                    assert_eq!(turn(at, quarters, mirror), sum, "{quarters} {mirror:?} {at:?}");
                }
            }
        }
    }

    #[test]
    fn an_unknown_property_keeps_its_name() {
        assert_eq!(Property::parse(*b"lsel", Bytes::new(&[0, 0])).unwrap(), Property::Other(*b"lsel"));
        assert!(Property::parse(*b"ispe", Bytes::new(&[0, 0])).is_err());
    }

    #[test]
    fn an_aperture_counts_where_it_is_in_whole_pixels_and_inside() {
        let picture = Dimensions::new(10, 8);
        let aperture = |width, height, right, down| Aperture { width, height, right, down };
        let cut = aperture((6, 1), (8, 2), (-1, 1), (1, 1)).within(picture);
        assert_eq!(cut, Some(Crop { left: 1, top: 3, dimensions: Dimensions::new(6, 4) }));
        let half = aperture((5, 1), (8, 1), (1, 2), (0, 1)).within(picture);
        assert_eq!(half, Some(Crop { left: 3, top: 0, dimensions: Dimensions::new(5, 8) }));
        let odd = [((5, 1), (0, 1)), ((6, 1), (3, 1)), ((0, 1), (0, 1)), ((7, 2), (0, 1)), ((6, 0), (0, 1))];
        for (width, right) in odd {
            assert_eq!(aperture(width, (8, 1), right, (0, 1)).within(picture), None, "{width:?} {right:?}");
        }
    }
}
