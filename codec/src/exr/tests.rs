use exr::prelude::{
    AnyChannel, AnyChannels, Blocks, Compression, Encoding, FlatSamples, Image, IntegerBounds, Layer as Written,
    LayerAttributes, LineOrder, WritableImage,
};

use ::exr::meta::attribute::Chromaticities;

use super::*;

type Layers = Image<Written<AnyChannels<FlatSamples>>>;

const SIZE: (usize, usize) = (40, 40);

/// Channels that have the same everywhere, with what is changed of the file before it is written.
fn file(channels: &[(&str, f32)], encoding: Encoding, change: impl FnOnce(&mut Layers)) -> Vec<u8> {
    let samples = |value: f32| FlatSamples::F16(vec![f16::from_f32(value); SIZE.0 * SIZE.1]);
    let list = channels.iter().map(|(name, value)| AnyChannel::new(*name, samples(*value))).collect();
    let layer = Written::new(SIZE, LayerAttributes::default(), encoding, AnyChannels::sort(list));
    let mut image = Image::from_layer(layer);
    change(&mut image);
    let mut bytes = Cursor::new(Vec::new());
    image.write().to_buffered(&mut bytes).unwrap();
    bytes.into_inner()
}

fn decoded(file: &[u8]) -> (Dimensions, PixelLayout, Vec<u8>) {
    let codec = Exr::new(Limits::default());
    let facts = codec.probe(&mut Cursor::new(file)).unwrap();
    let picture = codec.decode(file, None).unwrap();
    assert_eq!(facts.stored, picture.dimensions());
    assert!(usize::from(facts.decoding.pixel_bytes) >= picture.layout().channels());
    (picture.dimensions(), picture.layout(), picture.into_pixels())
}

fn first(file: &[u8]) -> Vec<u8> {
    let (_, layout, pixels) = decoded(file);
    let one = &pixels[..layout.channels()];
    assert!(pixels.chunks_exact(layout.channels()).all(|pixel| pixel == one));
    one.to_vec()
}

#[test]
fn light_becomes_srgb_whatever_it_is_packed_with() {
    let compressions = [
        Compression::Uncompressed,
        Compression::RLE,
        Compression::ZIP1,
        Compression::ZIP16,
        Compression::PIZ,
        Compression::PXR24,
        Compression::B44,
        Compression::B44A,
    ];
    let blocks = [Blocks::ScanLines, Blocks::Tiles(Vec2(16, 16))];
    for (compression, blocks) in compressions.into_iter().flat_map(|packed| blocks.map(|blocks| (packed, blocks))) {
        let encoding = Encoding { compression, blocks, line_order: LineOrder::Increasing };
        let file = file(&[("B", 0.0), ("G", 0.215_9), ("R", 1.0)], encoding, |_| {});
        assert_eq!(first(&file), [255, 128, 0], "{compression}");
    }
}

#[test]
fn gray_is_read_and_alpha_taken_out_of_the_colours() {
    let fast = Encoding::FAST_LOSSLESS;
    assert_eq!(first(&file(&[("Y", 0.215_9)], fast, |_| {})), [128]);
    assert_eq!(first(&file(&[("A", 0.5), ("Y", 0.107_95)], fast, |_| {})), [128, 128, 128, 128]);
    let colours = [("A", 0.5), ("B", 0.0), ("G", 0.107_95), ("R", 0.5), ("Z", 9.0)];
    assert_eq!(first(&file(&colours, fast, |_| {})), [255, 128, 0, 128]);
}

#[test]
fn primaries_of_its_own_are_heeded() {
    // Display P3, whose green is more than sRGB has; of white nothing changes.
    let p3 = Chromaticities {
        red: Vec2(0.68, 0.32),
        green: Vec2(0.265, 0.69),
        blue: Vec2(0.15, 0.06),
        white: Vec2(0.3127, 0.329),
    };
    let with = |channels: [(&str, f32); 3]| {
        first(&file(&channels, Encoding::FAST_LOSSLESS, |image| image.attributes.chromaticities = Some(p3)))
    };
    assert_eq!(with([("B", 1.0), ("G", 1.0), ("R", 1.0)]), [255; 3]);
    // What sRGB calls 255 0 0, Display P3 calls 234 51 35, by the matrices of CSS Color 4.
    let [red, green, blue] = with([("B", 0.016_8), ("G", 0.033_1), ("R", 0.822_5)])[..] else { panic!() };
    assert!(red >= 254 && green <= 6 && blue <= 6, "{red} {green} {blue}");
}

#[test]
fn what_is_shown_is_the_window_and_not_what_there_are_samples_of() {
    let gray = [("Y", 1.0)];
    let windows = |at: (i32, i32), size: (usize, usize)| {
        decoded(&file(&gray, Encoding::FAST_LOSSLESS, |image| {
            image.attributes.display_window = IntegerBounds::new(at, size);
        }))
    };
    assert_eq!(windows((10, 10), (5, 4)), (Dimensions::new(5, 4), PixelLayout::Gray, vec![255; 20]));
    let (dimensions, _, pixels) = windows((-1, 0), (3, 1));
    assert_eq!((dimensions, pixels), (Dimensions::new(3, 1), vec![0, 255, 255]));
}

#[test]
fn what_is_not_read_is_said() {
    let probe = |channels: &[(&str, f32)]| {
        let file = file(channels, Encoding::FAST_LOSSLESS, |_| {});
        Exr::new(Limits::default()).probe(&mut Cursor::new(file)).map(|facts| facts.stored)
    };
    for channels in [&[("Z", 1.0)][..], &[("BY", 0.0), ("RY", 0.0), ("Y", 1.0)], &[("G", 0.0), ("R", 1.0)]] {
        assert!(matches!(probe(channels), Err(CodecError::Unsupported { .. })), "{channels:?}");
    }
}

#[test]
fn samples_beyond_the_limits_are_not_unpacked() {
    let hidden = file(&[("Y", 1.0)], Encoding::FAST_LOSSLESS, |image| {
        image.attributes.display_window = IntegerBounds::new((0, 0), (1, 1));
    });
    let codec = Exr::new(Limits { max_pixels: 100, ..Limits::default() });
    assert!(matches!(codec.decode(&hidden, None), Err(CodecError::OverLimit { .. })));
}
