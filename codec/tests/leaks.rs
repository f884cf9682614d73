//! What decoding and encoding take is given back: programs that run for years decode each picture millions of times.

#![cfg(target_env = "gnu")]

use codec::{CodecSettings, Codecs, Dimensions, Medium, OutputFormat, Picture, PixelLayout};

/// As often as makes a leak of one small allocation each time larger than what the heap holds back for itself.
const TIMES: usize = 400;
const ROUNDS: usize = 12;
/// What the heap may hold back, in bytes.
const SLACK: usize = 8 << 10;

/// Bytes that were allocated and not given back, by libraries in C as well.
fn held() -> usize {
    // SAFETY: it only reads what the heap knows of itself.
    unsafe { libc::mallinfo2() }.uordblks
}

#[test]
fn each_format_gives_back_what_it_took() {
    let codecs = Codecs::new(&CodecSettings::default());
    let mut faults = Vec::new();
    for output in OutputFormat::all() {
        let Medium::Image(format) = output.medium() else { continue };
        let layout = if format.has_alpha() { PixelLayout::Rgba } else { PixelLayout::Rgb };
        let dimensions = Dimensions::new(16, 12);
        let pixels = (0..16 * 12 * layout.channels()).map(|at| at as u8).collect();
        let picture = Picture::new(dimensions, layout, pixels).unwrap();
        let (encoder, decoder) = (codecs.encoder(output).unwrap(), codecs.decoder(format).unwrap());
        let file = encoder.encode(&picture).unwrap();
        let uses: [(&str, &dyn Fn()); 3] = [
            ("encoding", &|| drop(encoder.encode(&picture).unwrap())),
            ("decoding", &|| drop(decoder.decode(&file, None).unwrap())),
            ("decoding half of it", &|| drop(decoder.decode(file.get(..file.len() / 2).unwrap(), None))),
        ];
        for (what, once) in uses {
            // What heap and threads hold back comes and goes; what is lost is lost each time.
            let kept = |_| {
                let before = held();
                (0..TIMES).for_each(|_| once());
                held().saturating_sub(before)
            };
            // The first rounds warm up; one that keeps nothing is enough, as no leak leaves one out.
            let kept: Option<Vec<_>> = (0..ROUNDS).map(kept).map(|kept| (kept > SLACK).then_some(kept)).collect();
            if let Some(kept) = kept {
                faults.push(format!("{format}: {what} kept {kept:?} bytes, each of {TIMES} times"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
