//! From 16 bits a channel to 8: colours are converted before they are rounded, so that gradients keep their steps.

use std::sync::Arc;

use moxcms::Transform16BitExecutor;

use super::tone::ToneMap;
use super::{ColourRule, ColourSpace, rounded_to_8_bits};

/// Turns pixels of 16 bits a channel into 8 bits of sRGB, a row or so at a time.
pub struct Narrowing {
    way: Way,
    channels: usize,
    converted: Vec<u16>,
}

enum Way {
    /// The colours are sRGB, or stay what they are.
    Rounded,
    /// A level for each of 65536.
    Gray(Vec<u8>),
    Profile(Arc<Transform16BitExecutor>),
    Tones(Box<ToneMap>),
}

impl Way {
    /// `None` where the library refuses.
    fn to_srgb(colours: &ColourSpace, channels: usize) -> Option<Self> {
        Some(match colours {
            ColourSpace::Srgb => Self::Rounded,
            ColourSpace::Profile(profile) if channels < 3 => {
                Self::Gray(profile.gray_levels(&(0..=u16::MAX).collect::<Vec<_>>())?)
            }
            ColourSpace::Profile(profile) => Self::Profile(profile.deep_transform(channels)?),
            ColourSpace::Hdr(hdr) => Self::Tones(Box::new(ToneMap::new(hdr, usize::from(u16::MAX) + 1)?)),
        })
    }
}

impl Narrowing {
    /// For pixels of 1 (gray), 2 (and alpha), 3 (RGB) or 4 channels. Where the colours become sRGB, `colours` says so
    /// from here on. What would not fit the range of 8 bits becomes sRGB whatever the rule.
    pub fn new(colours: &mut ColourSpace, rule: ColourRule, channels: usize) -> Self {
        let is_converted = rule == ColourRule::Srgb || matches!(colours, ColourSpace::Hdr(_));
        let way = is_converted.then(|| Way::to_srgb(colours, channels)).flatten();
        if way.is_some() {
            *colours = ColourSpace::Srgb;
        }
        Self { way: way.unwrap_or(Way::Rounded), channels, converted: Vec::new() }
    }

    /// Channels of a pixel.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Appends whole pixels to `levels`.
    pub fn narrow(&mut self, samples: &[u16], levels: &mut Vec<u8>) {
        match &self.way {
            Way::Rounded => levels.extend(samples.iter().map(|sample| rounded_to_8_bits(*sample))),
            Way::Gray(table) => {
                let level = |sample: &u16| table.get(usize::from(*sample)).copied().unwrap_or_default();
                for pixel in samples.chunks_exact(self.channels) {
                    levels.extend(pixel.first().map(level));
                    levels.extend(pixel.get(1).map(|alpha| rounded_to_8_bits(*alpha)));
                }
            }
            Way::Profile(transform) => {
                self.converted.resize(samples.len(), 0);
                // It fails for lengths only, and these are whole pixels of both.
                let is_converted = transform.transform(samples, &mut self.converted).is_ok();
                let converted = if is_converted { &self.converted } else { samples };
                levels.extend(converted.iter().map(|sample| rounded_to_8_bits(*sample)));
            }
            Way::Tones(tones) => {
                for pixel in samples.chunks_exact(self.channels) {
                    match *pixel {
                        [gray] => levels.push(tones.gray(gray.into())),
                        [gray, alpha] => levels.extend([tones.gray(gray.into()), rounded_to_8_bits(alpha)]),
                        [red, green, blue, ref rest @ ..] => {
                            levels.extend(tones.colour([red, green, blue].map(usize::from)));
                            levels.extend(rest.iter().map(|alpha| rounded_to_8_bits(*alpha)));
                        }
                        [] => {}
                    }
                }
            }
        }
    }
}
