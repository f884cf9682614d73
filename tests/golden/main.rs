//! Renditions of the shipped pictures, compared with reference pictures as people see them.
//!
//! Each reference is one test and one PNG beside this file. To make them anew after a change that is meant, run
//! `UPDATE_GOLDEN=1 cargo test --test golden`, and look at every picture that differs before it is kept.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by a panic")]
#![expect(clippy::print_stdout, reason = "tells which pictures differ")]

use std::path::{Path, PathBuf};
use std::{env, fs};

use fast_ssim2::{PixelDescriptor, PixelSlice, compute_ssimulacra2};
use http::{HeaderMap, Method};
use image::{ImageFormat, RgbImage, RgbaImage};
use image_proxy::codec::{CodecSettings, Codecs, Fonts, Picture, PixelLayout};
use image_proxy::dialect::{Asked, Dialect, Native, Wording};
use image_proxy::pipeline::{Order, make, probe};
use image_proxy::request::{OutputFormat, OutputPolicy, Recipe};
use image_proxy::source::Material;
use image_proxy::workers::Ticket;

/// The lowest SSIMULACRA2 score without loss: what people cannot tell apart.
const LOWEST_LOSSLESS_SCORE: f64 = 90.0;
/// The largest mean difference in alpha, from 0 to 255, where a format carries it.
const LARGEST_ALPHA_ERROR: f64 = 1.0;

/// One line a reference: its name, the original, what is asked besides the format, and the lowest scores as JPEG, WebP
/// and AVIF at their default qualities: four below what was measured, for encoders may differ that much by their build.
macro_rules! references {
    ($($name:ident: $original:literal $query:literal $lowest_scores:expr;)+) => {
        $(#[test]
        fn $name() {
            let [name, original, query] = [stringify!($name), $original, $query];
            Reference { name, original, query, lowest_scores: $lowest_scores }.check();
        })+

        const NAMES: &[&str] = &[$(stringify!($name)),+];
    };
}

references! {
    a_photo_of_twelve_megapixels: "nature/dandelion.jpg" "size=160" [75.0, 74.0, 78.0];
    a_photo_as_its_thumbnail: "nature/dandelion.jpg" "size=160&resize_algorithm=thumbnail" [75.0, 74.0, 78.0];
    a_photo_turned_upright: "people/astronaut.jpg" "size=160" [74.0, 77.0, 78.0];
    a_progressive_photo_of_fine_points: "space/hubble-deep-field.jpg" "size=160" [57.0, 68.0, 60.0];
    a_photo_in_gray: "people/photographer.jpg" "size=128" [74.0, 78.0, 79.0];
    a_photo_made_gray: "summer trip/café.jpg" "size=150&bw=1" [88.0, 88.0, 89.0];
    a_photo_resized_with_bicubic: "animals/cat.webp" "size=150&resize_algorithm=bicubic" [76.0, 75.0, 77.0];
    a_photo_resized_with_gaussian: "space/rocket.png" "size=160&resize_algorithm=gaussian" [54.0, 55.0, 56.0];
    a_photo_from_avif: "nature/dandelion-close-up.avif" "size=160" [74.0, 75.0, 78.0];
    a_photo_from_tiff: "science/retina.tiff" "size=100" [72.0, 71.0, 73.0];
    a_drawing_with_transparency: "icons/camera.png" "size=128" [77.0, 82.0, 81.0];
    a_drawing_with_transparency_made_gray: "icons/camera.png" "size=96&bw=1" [89.0, 90.0, 91.0];
    a_photo_blurred: "summer trip/café.jpg" "size=150&blur=3" [85.0, 83.0, 87.0];
    a_drawing_blurred_with_its_transparency: "icons/camera.png" "size=96&blur=12" [90.0, 90.0, 90.0];
    a_drawing_without_its_transparent_border: "icons/camera.png" "trim=0&size=96" [81.0, 82.0, 82.0];
    a_photo_under_a_smaller_one_of_itself: "people/astronaut.jpg" "size=160&wm=x&wm_pos=top+right&wm_size=40&wm_opacity=70" [74.0, 78.0, 78.0];
    a_photo_in_other_light: "summer trip/café.jpg" "size=150&brightness=25&contrast=30&gamma=1.3" [55.0, 56.0, 59.0];
    a_photo_in_stronger_colours: "animals/cat.webp" "size=150&saturation=70" [72.0, 71.0, 74.0];
    a_photo_in_other_colours: "summer trip/café.jpg" "size=150&hue=120" [54.0, 56.0, 58.0];
    a_photo_as_of_old: "people/astronaut.jpg" "size=150&sepia=90" [73.0, 77.0, 78.0];
    a_photo_in_shades_of_blue: "people/photographer.jpg" "size=128&tint=3366cc" [68.0, 71.0, 72.0];
    a_negative: "space/rocket.png" "size=150&invert=1" [48.0, 51.0, 51.0];
    a_negative_with_transparency: "icons/camera.png" "size=96&invert=1" [83.0, 83.0, 84.0];
    a_photo_sharpened_a_little: "nature/dandelion.jpg" "size=160&sharpen" [73.0, 75.0, 78.0];
    a_photo_sharpened: "nature/dandelion.jpg" "size=160&sharpen=2" [73.0, 76.0, 77.0];
    a_drawing_sharpened_with_its_transparency: "icons/camera.png" "size=96&sharpen=1.5" [81.0, 82.0, 83.0];
    a_photo_in_squares: "people/astronaut.jpg" "size=150&pixelate=8" [83.0, 75.0, 80.0];
    a_photo_that_is_half_there: "animals/cat.webp" "size=150&opacity=50" [77.0, 82.0, 83.0];
    a_photo_in_a_pill: "summer trip/café.jpg" "size=150&radius=max" [66.0, 67.0, 71.0];
    a_photo_with_round_corners_of_four_sizes: "people/astronaut.jpg" "size=150&radius=10,0,30,60" [74.0, 79.0, 79.0];
    a_photo_under_many_turned_ones: "nature/dandelion.jpg" "size=200&wm=x&wm_size=20&wm_rotate=25&wm_tile=1&wm_margin=8" [73.0, 76.0, 77.0];
    a_photo_with_outlined_text: "nature/dandelion.jpg" "size=240&text=Affinit%C3%A9+%C2%A9+%D0%96%CE%A9&text_size=32&text_outline=2,black" [72.0, 76.0, 79.0];
    a_photo_with_text_in_both_directions: "summer trip/café.jpg" "size=240&text=Hi+%D7%A9%D7%9C%D7%95%D7%9D,+%D8%B3%D9%84%D8%A7%D9%85+%E0%A4%A8%E0%A4%AE%E0%A4%B8%E0%A5%8D%E0%A4%A4%E0%A5%87+%E6%97%A5&text_size=28&text_pos=center&text_bg=224&text_rotate=-8" [70.0, 75.0, 76.0];
    a_photo_under_many_words: "people/astronaut.jpg" "size=200&text=%C2%A9+Zo%C3%AB&text_size=14&text_tile=1&text_rotate=-20&text_margin=12&text_opacity=60" [72.0, 77.0, 77.0];
    the_first_frame_of_an_animation: "animals/cat-zoom.gif" "size=120" [73.0, 73.0, 75.0];
}

struct Reference {
    name: &'static str,
    original: &'static str,
    query: &'static str,
    /// As JPEG, WebP and AVIF.
    lowest_scores: [f64; 3],
}

impl Reference {
    fn check(&self) {
        let lossless = self.rendition("png");
        if env::var_os("UPDATE_GOLDEN").is_some() {
            lossless.save_with_format(self.path(), ImageFormat::Png).unwrap();
        }
        let reference = image::open(self.path()).unwrap().to_rgba8();
        let mut findings = Vec::new();
        let mut is_as_expected = true;
        let [jpeg, webp, avif] = self.lowest_scores;
        for (format, lowest) in [("png", LOWEST_LOSSLESS_SCORE), ("jpeg", jpeg), ("webp", webp), ("avif", avif)] {
            let rendition = self.rendition(format);
            assert_eq!(rendition.dimensions(), reference.dimensions(), "{} as {format}", self.name);
            let score = score(&reference, &rendition);
            let has_alpha = OutputFormat::named(format).unwrap().medium().has_alpha();
            let alpha_error = if has_alpha { alpha_error(&reference, &rendition) } else { alpha_left(&rendition) };
            is_as_expected &= score >= lowest && alpha_error <= LARGEST_ALPHA_ERROR;
            findings.push(format!("{format}: score {score:.1} of {lowest}, alpha error {alpha_error:.2}"));
        }
        let findings = findings.join("\n  ");
        println!("{}\n  {findings}", self.name);
        assert!(is_as_expected, "{} differs from its reference:\n  {findings}", self.name);
    }

    fn path(&self) -> PathBuf {
        folder().join(self.name).with_extension("png")
    }

    /// Makes the rendition as the server would.
    fn rendition(&self, format: &str) -> RgbaImage {
        let query = format!("{}&format={format}", self.query);
        let headers = HeaderMap::new();
        let wording = Wording { method: &Method::GET, path: "/x", query: Some(&query), headers: &headers };
        let Ok(Asked::Image(request)) = Native::default().read(wording).asked else {
            panic!("{query} is not understood")
        };
        let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/images").join(self.original);
        let material = Material::Memory(fs::read(original).unwrap().into());
        let codecs = Codecs::new(&CodecSettings { fonts: fonts(), ..CodecSettings::default() });
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let facts = runtime.block_on(probe(material.clone(), codecs.clone())).unwrap();
        let policy = OutputPolicy::new(codecs.codings());
        let displayed = facts.displayed();
        let others: Vec<_> = request.wish.others().into_iter().map(|other| (other, displayed)).collect();
        let recipe = Recipe::new(&request.wish, &facts, &others, &policy).unwrap().unwrap();
        let order = Order::of(facts, material, recipe, &policy);
        let rendition = make(order, &codecs, &Ticket::unconditional(), None).unwrap().rendition;
        if format == "png" {
            return image::load_from_memory_with_format(&rendition.bytes, ImageFormat::Png).unwrap().to_rgba8();
        }
        pixels(codecs.decoder(rendition.medium.format().unwrap()).unwrap().decode(&rendition.bytes, None).unwrap())
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// Those of the tests beside that of the program, in the order of their names.
fn fonts() -> Fonts {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fonts");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "ttf"));
    paths.sort();
    Fonts::new(paths.into_iter().map(|path| fs::read(path).unwrap()))
}

fn pixels(picture: Picture) -> RgbaImage {
    let (width, height) = (picture.dimensions().width, picture.dimensions().height);
    let rgba = match picture.layout() {
        PixelLayout::Gray => picture.map_layout(PixelLayout::Rgba, |[gray]: [u8; 1]| [gray, gray, gray, 255]),
        PixelLayout::Rgb => {
            picture.map_layout(PixelLayout::Rgba, |[red, green, blue]: [u8; 3]| [red, green, blue, 255])
        }
        PixelLayout::Rgba => picture,
    };
    RgbaImage::from_raw(width, height, rgba.into_pixels()).unwrap()
}

/// SSIMULACRA2 of two pictures as seen on white.
fn score(reference: &RgbaImage, rendition: &RgbaImage) -> f64 {
    let (width, height) = reference.dimensions();
    let [reference, rendition] = [reference, rendition].map(on_white);
    let slice =
        |picture| PixelSlice::new(picture, width, height, width as usize * 3, PixelDescriptor::RGB8_SRGB).unwrap();
    compute_ssimulacra2(&slice(reference.as_raw()), &slice(rendition.as_raw())).unwrap()
}

fn on_white(picture: &RgbaImage) -> RgbImage {
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [red, green, blue, alpha] = picture.get_pixel(x, y).0.map(u32::from);
        image::Rgb([red, green, blue].map(|channel| ((channel * alpha + 255 * (255 - alpha) + 127) / 255) as u8))
    })
}

fn mean(differences: impl ExactSizeIterator<Item = u8>) -> f64 {
    let count = differences.len() as f64;
    differences.map(f64::from).sum::<f64>() / count
}

fn alpha_error(reference: &RgbaImage, rendition: &RgbaImage) -> f64 {
    mean(reference.pixels().zip(rendition.pixels()).map(|(one, other)| one.0[3].abs_diff(other.0[3])))
}

fn alpha_left(rendition: &RgbaImage) -> f64 {
    mean(rendition.pixels().map(|pixel| 255 - pixel.0[3]))
}

#[test]
fn every_picture_beside_this_file_is_a_reference() {
    let entries = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let pictures = entries.filter(|path| path.extension().is_some_and(|extension| extension == "png"));
    for picture in pictures {
        let name = picture.file_stem().unwrap().to_str().unwrap();
        assert!(NAMES.contains(&name), "{} is no reference any more", picture.display());
    }
}
