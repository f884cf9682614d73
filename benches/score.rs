//! Prints the SSIMULACRA2 of pictures beside their references: `cargo bench --bench score -- REFERENCE PICTURE ...`.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "prints scores, and stops where there is none to print")]

#[path = "encoders/score.rs"]
mod score;

use std::{env, fs};

use image_proxy::codec::{CodecSettings, Codecs, Picture};
use image_proxy::request::Format;

fn main() {
    let paths: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let (pairs, _) = paths.as_chunks();
    for [reference, rendition] in pairs {
        let [reference, rendition] = [reference, rendition].map(|path| picture(path));
        if reference.dimensions() == rendition.dimensions() {
            println!("{:.1}", score::score(&reference, &rendition));
        } else {
            println!("{}/{}", rendition.dimensions(), reference.dimensions());
        }
    }
}

fn picture(path: &str) -> Picture {
    let bytes = fs::read(path).unwrap();
    let codecs = Codecs::new(&CodecSettings::default());
    codecs.decoder(Format::sniff(&bytes).unwrap()).unwrap().decode(&bytes, None).unwrap().into_srgb()
}
