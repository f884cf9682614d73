//! Equal tags mean equal bytes, for whole renditions: decoding, every step, colours, turning and encoding, to the byte.
//!
//! Where a change makes other bytes of the same wish, this fails, and names the version to raise: `VERSION` of
//! src/request/recipe.rs, which is in every key, or that of a step in src/request/step where no other makes other bytes. (Where an encoder alone changed, codec/tests/bytes.rs names its own.)

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fs;
use std::path::Path;

use http::{HeaderMap, Method};
use image_proxy::codec::{CodecSettings, Codecs};
use image_proxy::dialect::{Asked, Dialect, Native, Wording};
use image_proxy::pipeline::{Order, make, probe};
use image_proxy::request::{OutputPolicy, Recipe};
use image_proxy::source::Material;
use image_proxy::workers::Ticket;
use twox_hash::XxHash3_64;

/// Shipped originals, wishes, and digests of the renditions. An original that is asked to lie over another lies over
/// itself.
const RENDITIONS: [(&str, &str, u64); 23] = [
    ("people/astronaut.jpg", "size=200&format=jpeg", 0x24f5_50c2_939b_d81d),
    ("people/astronaut.jpg", "size=100&format=png", 0x59b0_3fc1_d6fc_6204),
    ("nature/dandelion.jpg", "size=300&format=webp", 0x206d_734a_da50_90b0),
    ("nature/dandelion.jpg", "size=64&format=avif", 0x4594_581c_9ea3_6324),
    ("icons/camera.png", "size=100&format=jpeg", 0x46b4_2529_c52b_7259),
    ("icons/camera.png", "size=100&bw=1", 0x86de_8137_f3ee_5064),
    ("animals/cat.webp", "size=150&resize_algorithm=bicubic&format=png", 0x89f3_2ac7_ef80_0849),
    ("animals/cat.webp", "trim=40&size=90&format=png", 0x796a_1007_0afd_b557),
    ("animals/cat.webp", "size=90&wm=x&wm_pos=top+left&wm_opacity=60&format=png", 0xd175_a19a_6fab_3ec7),
    ("animals/cat.webp", "size=90&wm=x&wm_rotate=20&wm_tile=1&format=png", 0xdbe6_b00a_de0c_3414),
    (
        "animals/cat.webp",
        "size=90&text=Affinity+%D0%96%0A%E2%82%AC&text_size=24&text_outline=black&text_rotate=9&format=png",
        0x8500_b77e_38c5_9684,
    ),
    (
        "animals/cat.webp",
        "size=90&text=%C2%A9&text_size=12&text_tile=1&text_rotate=9&format=png",
        0x99ee_b998_b0b7_53f0,
    ),
    ("animals/cat.webp", "size=150&blur=1.2&format=png", 0xb212_854a_4cea_af3f),
    ("icons/camera.png", "size=150&blur=9", 0x8088_badc_c447_8cec),
    ("animals/cat.webp", "size=150&sharpen=2&format=png", 0xa4b6_8265_c167_0167),
    ("animals/cat.webp", "size=150&tint=fc0&format=png", 0xe850_a78a_23ec_4c23),
    ("icons/camera.png", "size=150&invert=1", 0x20db_6367_9261_8018),
    ("icons/monkey.svg", "size=128", 0x1480_bd85_9e8c_dfc6),
    ("animals/cat-zoom.gif", "size=60", 0xedc9_912d_b588_02e7),
    ("nature/dandelion.jpg", "format=blurhash", 0x0962_76a6_be9c_0d76),
    ("nature/dandelion.jpg", "format=thumbhash", 0x0d2c_d556_2489_e2b8),
    ("icons/camera.png", "format=lqip", 0x0b50_9eca_d3c6_5b5b),
    ("people/astronaut.jpg", "info", 0xa77d_e088_4d63_a586),
];

fn digest(original: &str, query: &str) -> u64 {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/images").join(original);
    let material = Material::Memory(fs::read(path).unwrap().into());
    let codecs = Codecs::new(&CodecSettings::default());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let facts = runtime.block_on(probe(material.clone(), codecs.clone())).unwrap();
    let wording = Wording { method: &Method::GET, path: "/x", query: Some(query), headers: &HeaderMap::new() };
    let Ok(Asked::Image(request)) = Native::default().read(wording).asked else { panic!("{query} is not understood") };
    let policy = OutputPolicy::new(codecs.codings());
    let others: Vec<_> = request.wish.others().into_iter().map(|other| (other, facts.displayed())).collect();
    let recipe = Recipe::new(&request.wish, &facts, &others, &policy).unwrap().unwrap();
    let order = Order::of(facts, material, recipe, &policy);
    XxHash3_64::oneshot(&make(order, &codecs, &Ticket::unconditional(), None).unwrap().rendition.bytes)
}

#[test]
fn a_rendition_has_the_bytes_of_the_version_of_keys() {
    let mut faults = Vec::new();
    for (original, query, expected) in RENDITIONS {
        let got = digest(original, query);
        if got != expected {
            faults.push(format!("(\"{original}\", \"{query}\", {got:#x}),"));
        }
    }
    assert!(
        faults.is_empty(),
        "other bytes under the same tags; raise VERSION in src/request/recipe.rs, or that of the step:\n{}",
        faults.join("\n")
    );
}
