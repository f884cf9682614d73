//! Equal tags mean equal bytes: what every encoder writes of a fixed picture, to the byte.
//!
//! A tag follows from the version of the encoder, not from the bytes. Where a change of our code or of a library makes
//! other bytes, this fails, and names the version to raise: caches and clients then hold what is no longer made.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use codec::{
    CodecSettings, Codecs, Coding, Dimensions, Excerpt, Frame, Medium, Notice, OutputFormat, PaletteSize, Picture,
    PixelLayout,
};
use twox_hash::XxHash3_64;

/// A picture with a slope, noise and flat parts, the same everywhere.
fn scene(layout: PixelLayout, seed: u32) -> Picture {
    const WIDTH: u32 = 120;
    const HEIGHT: u32 = 90;
    let mut state = seed;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 27) as u8
    };
    let mut pixels = Vec::new();
    for (x, y) in (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y))) {
        let is_flat = x / 30 % 2 == 1 && y / 30 % 2 == 1;
        let level = |factor: u32| (x * factor + y) as u8;
        let [red, green, blue] =
            [1, 2, 3].map(|factor| if is_flat { 200 } else { level(factor).saturating_add(noise()) });
        match layout {
            PixelLayout::Gray => pixels.push(green),
            PixelLayout::Rgb => pixels.extend([red, green, blue]),
            PixelLayout::Rgba => pixels.extend([red, green, blue, if x < 20 { 0 } else { 255 - y as u8 }]),
        }
    }
    Picture::new(Dimensions::new(WIDTH, HEIGHT), layout, pixels).unwrap()
}

/// As much of a picture as an output can be made of.
fn within(picture: Picture, output: OutputFormat) -> Picture {
    let Some(edge) = output.medium().longest_edge() else { return picture };
    let dimensions = picture.dimensions().fit_within(edge);
    picture.showing(Excerpt { left: 0, top: 0, dimensions })
}

const LAYOUTS: [PixelLayout; 3] = [PixelLayout::Gray, PixelLayout::Rgb, PixelLayout::Rgba];

/// Digests of what is written of each layout; none where the format cannot carry it.
const STILLS: [(&str, [Option<u64>; 3]); 12] = [
    ("avif", [Some(0x7a71_7e60_5817_9846), Some(0x9dc2_3a04_ec69_8094), Some(0x163d_eb2e_7139_d911)]),
    ("bmp", [Some(0xf875_b648_3e26_9562), Some(0xb4b2_25a6_0a3f_f40b), Some(0x5747_793b_4892_948d)]),
    ("gif", [Some(0x03d8_7168_2f14_5ad6), Some(0xb990_f498_0451_1cff), Some(0xba77_ec78_d8d4_ebfc)]),
    ("ico", [Some(0x1ba8_1d75_a47f_9468), Some(0x4602_06ef_d2e5_39f5), Some(0x6732_4ac2_c7f4_7718)]),
    ("jpeg", [Some(0xee7b_5187_bc2a_8a72), Some(0x457e_ba31_73d6_c12e), None]),
    ("png", [Some(0x779b_08f9_2df3_20ad), Some(0x0ff5_c386_e0d8_e65f), Some(0xb90a_e7e4_d87b_ee01)]),
    ("tiff", [Some(0xd513_3748_8234_5d5b), Some(0x3064_e43a_5188_8a43), Some(0xc3ea_96c0_0209_572e)]),
    ("webp", [Some(0x66fd_7142_8b85_3e9e), Some(0x52d1_00e1_5740_4be0), Some(0xc605_c3d3_347a_821c)]),
    ("blurhash", [Some(0xda3b_98a3_15bc_2b1b), Some(0x30e1_9ba8_e009_2900), Some(0x30e1_9ba8_e009_2900)]),
    ("thumbhash", [Some(0xd93b_f237_1805_b05c), Some(0xc98a_4d35_4589_40e3), Some(0x298c_add0_8410_5bb2)]),
    ("lqip", [Some(0x70ce_0641_56e3_27c1), Some(0xc8b1_edb6_c8cb_751f), Some(0xb8a4_bd40_4203_9581)]),
    ("json", [Some(0x908f_3284_25b3_a5d6), Some(0x0077_d6c2_7ced_522d), Some(0x14b2_5c28_0ac2_0441)]),
];

/// Digests of PNG in at most so many colours.
const PALETTES: [(u16, [u64; 3]); 2] = [
    (256, [0x73c9_7a08_0bfb_eab4, 0x85fd_fa49_29b5_ffcf, 0xe768_cdb4_2919_13ab]),
    (12, [0xe43e_77c6_fbe7_f457, 0x5e22_c2c7_a420_1775, 0x0caf_6c71_74bc_5d2b]),
];

/// Digests of an animation of three frames.
const ANIMATIONS: [(&str, u64); 3] =
    [("gif", 0xc91e_2552_fb16_4ff5), ("png", 0xb369_fde4_5282_9cff), ("webp", 0xbe76_af05_f018_f9b6)];

fn digest(bytes: &[u8]) -> u64 {
    XxHash3_64::oneshot(bytes)
}

fn output(name: &str) -> OutputFormat {
    OutputFormat::written_as(name).unwrap()
}

#[test]
fn every_encoder_writes_the_bytes_of_its_version() {
    let codecs = Codecs::new(&CodecSettings::default());
    let listed: Vec<_> = STILLS.iter().map(|(name, _)| output(name)).collect();
    assert_eq!(listed, OutputFormat::all().collect::<Vec<_>>(), "every output is listed");
    let mut faults = Vec::new();
    for (name, expected) in STILLS {
        let encoder = codecs.encoder(output(name)).unwrap();
        let got = LAYOUTS.map(|layout| {
            let is_carried = layout != PixelLayout::Rgba || name != "jpeg";
            is_carried.then(|| digest(&encoder.encode(&within(scene(layout, 7), output(name))).unwrap()))
        });
        if got != expected {
            faults.push(format!("{name}: the bytes are {got:#x?}; raise `{}`", encoder.version()));
        }
    }
    assert!(faults.is_empty(), "other bytes under the same tags:\n{}", faults.join("\n"));
}

#[test]
fn palettes_are_those_of_the_version_of_png() {
    let codecs = Codecs::new(&CodecSettings::default());
    let (encoder, usual) = (codecs.encoder(OutputFormat::PNG).unwrap(), codecs.codings().of(OutputFormat::PNG));
    let mut faults = Vec::new();
    for (most, expected) in PALETTES {
        let coding = Coding { palette: PaletteSize::new(most), ..usual };
        let got = LAYOUTS
            .map(|layout| digest(&encoder.encode_as(&scene(layout, 7), &coding, &Notice::default(), 1).unwrap()));
        if got != expected {
            faults.push(format!("{most}: the bytes are {got:#x?}; raise `{}`", encoder.version()));
        }
    }
    assert!(faults.is_empty(), "other bytes under the same tags:\n{}", faults.join("\n"));
}

#[test]
fn every_encoder_of_animations_writes_the_bytes_of_its_version() {
    let codecs = Codecs::new(&CodecSettings::default());
    let animated = OutputFormat::all().filter(|output| output.medium().can_animate()).map(OutputFormat::medium);
    assert_eq!(animated.map(Medium::name).collect::<Vec<_>>(), ANIMATIONS.map(|(name, _)| name));
    let mut faults = Vec::new();
    for (name, expected) in ANIMATIONS {
        let (encoder, coding) = (codecs.encoder(output(name)).unwrap(), codecs.codings().of(output(name)));
        let mut writer = encoder.animator().unwrap().begin(Dimensions::new(120, 90), 0, &coding).unwrap();
        for seed in 1..=3 {
            writer.push(Frame { picture: scene(PixelLayout::Rgba, seed), milliseconds: 40 }).unwrap();
        }
        let got = digest(&writer.finish().unwrap());
        if got != expected {
            faults.push(format!("{name}: the bytes are {got:#x}; raise `{}`", encoder.version()));
        }
    }
    assert!(faults.is_empty(), "other bytes under the same tags:\n{}", faults.join("\n"));
}

#[test]
fn quality_and_effort_change_the_bytes_and_are_told_by_the_coding() {
    let codecs = Codecs::new(&CodecSettings::default());
    let picture = scene(PixelLayout::Rgb, 7);
    for (name, effort) in [("avif", 3), ("png", 9), ("tiff", 9), ("webp", 0)] {
        let (encoder, usual) = (codecs.encoder(output(name)).unwrap(), codecs.codings().of(output(name)));
        let other = Coding { effort, ..usual };
        let bytes = |coding: &Coding| encoder.encode_as(&picture, coding, &Notice::default(), 1).unwrap();
        assert!(bytes(&other) != bytes(&usual), "{name}");
    }
}
