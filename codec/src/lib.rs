//! CODECS: bytes to pixels and back, one file or folder a format, each owning its settings; and the words that say what
//! a picture is. This crate must not know requests, files, threads or HTTP.

mod animation;
mod anymap;
pub mod avif;
mod blurhash;
pub mod bmp;
mod broken;
mod coding;
mod colour;
mod dds;
mod decoder;
mod dimensions;
mod directory;
mod encoder;
mod error;
mod excerpt;
mod exif;
mod exr;
mod facts;
mod fonts;
mod format;
pub mod gif;
mod header;
#[cfg(feature = "heic")]
mod heic;
mod heif;
pub mod ico;
mod inputs;
pub mod jpeg;
mod jxl;
mod layout;
mod limits;
mod markup;
mod medium;
mod notice;
mod picture;
pub mod png;
mod quality;
mod raster;
mod registry;
mod shown;
pub mod svg;
pub mod text;
pub mod tiff;
pub mod webp;

#[cfg(test)]
mod conformance;

pub use animation::{Animator, Frame, FrameWriter, Frames, Plays};
pub use broken::BrokenOriginals;
pub use coding::{Choices, ChromaSampling, Coding, Codings};
pub use colour::{ColourRule, ColourSpace};
pub use decoder::{Codec, DecodeOptions, Detail};
pub use dimensions::Dimensions;
pub use encoder::Encoder;
pub use error::CodecError;
pub use excerpt::Excerpt;
pub use facts::{Colours, Condition, Decoding, Drawing, Facts, Metadata, Orientation};
pub use fonts::Fonts;
pub use format::Format;
pub use header::Header;
pub use inputs::InputFormats;
pub use layout::PixelLayout;
pub use limits::Limits;
pub use medium::{Medium, OutputFormat};
pub use notice::Notice;
pub use picture::Picture;
pub use quality::Quality;
pub use registry::{CodecSettings, Codecs};
