//! Every decoder on any bytes: an error or a picture, never a panic, and a picture of the dimensions that were asked for.
//!
//! The input is made of one byte for the decoder (zero: the one that the bytes ask for), one for the target, then the
//! original.

#![no_main]

use std::io::Cursor;
use std::sync::LazyLock;

use image_proxy::codec::{Codec, CodecSettings, Codecs, Notice};
use image_proxy::request::{Dimensions, Facts, Format};
use libfuzzer_sys::fuzz_target;

/// Larger originals are not decoded here: they take long and teach nothing new.
const MAX_PIXELS: u64 = 300_000;

static CODECS: LazyLock<Codecs> = LazyLock::new(|| Codecs::new(&CodecSettings::default()));

fuzz_target!(|input: &[u8]| {
    let [choice, scale, original @ ..] = input else { return };
    let Some(codec) = decoder(*choice, original) else { return };
    let Ok(facts) = codec.probe(&mut Cursor::new(original)) else { return };
    let stored = facts.stored;
    assert_eq!(facts.format, codec.format());
    assert!(stored.width > 0 && stored.height > 0, "{stored}");
    if stored.pixels() > MAX_PIXELS {
        return;
    }
    if facts.animated_pixels() <= MAX_PIXELS * 4 {
        read_frames(codec, original, &facts);
    }
    strip(codec, original);
    decode(codec, original, stored, None);
    decode(codec, original, stored, Some(target(stored, *scale)));
});

/// Whatever is taken out, a file that was once in order is so afterwards.
fn strip(codec: &dyn Codec, original: &[u8]) {
    let Some(encoder) = codec.encoder() else { return };
    let Ok(stripped) = encoder.strip(original, &codec.notice(original)) else { return };
    assert!(encoder.strip(&stripped, &Notice::default()).is_ok());
}

fn decoder(choice: u8, original: &[u8]) -> Option<&'static dyn Codec> {
    let decoders: Vec<_> = Format::all().filter_map(|format| CODECS.decoder(format).ok()).collect();
    match usize::from(choice) % (decoders.len() + 1) {
        0 => CODECS.decoder(Format::sniff(original)?).ok(),
        number => decoders.get(number - 1).copied(),
    }
}

/// From one pixel to the whole, in 256 steps.
fn target(stored: Dimensions, scale: u8) -> Dimensions {
    let longest = (u64::from(stored.longest_edge()) * (u64::from(scale) + 1) / 256).max(1);
    u32::try_from(longest).map_or(stored, |edge| stored.fit_within(edge))
}

fn read_frames(codec: &dyn Codec, original: &[u8], facts: &Facts) {
    let Ok(mut frames) = codec.frames(original) else { return };
    for _ in 0..facts.frames {
        let Ok(Some(frame)) = frames.next() else { return };
        assert_eq!(frame.picture.dimensions(), facts.stored, "{}", codec.format());
    }
}

fn decode(codec: &dyn Codec, original: &[u8], stored: Dimensions, target: Option<Dimensions>) {
    let Ok(picture) = codec.decode(original, target) else { return };
    let (lowest, got) = (target.unwrap_or(stored), picture.dimensions());
    let is_within =
        (lowest.width..=stored.width).contains(&got.width) && (lowest.height..=stored.height).contains(&got.height);
    assert!(is_within, "{}: stored {stored}, asked for {lowest}, got {got}", codec.format());
    assert_eq!(picture.pixels().len() as u64, got.pixels() * picture.layout().channels() as u64);
}
