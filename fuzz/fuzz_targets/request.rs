//! What a client may send, as text: any URL and hint is read or refused without a panic, a path that is read stays
//! below the root, and requests have the same key exactly where they mean the same.
//!
//! The input is made of ten bytes for the facts of an original, then three lines: two URLs and a hint.

#![no_main]

use std::path::{Component, Path};

use http::{HeaderMap, HeaderName, HeaderValue};
use image_proxy::dialect::{Dialect, Native, Wording};
use image_proxy::request::{
    AnimationPolicy, Background, Condition, Decoding, Dimensions, Facts, Format, ImagePath, ImageRequest, Orientation,
    OutputFormat, OutputPolicy, Recipe, ResizeAlgorithm, Size, Stamp, Transform,
};
use libfuzzer_sys::fuzz_target;

/// Longest text of an error that goes to a client, in bytes.
const MAX_ERROR_BYTES: usize = 1024;

fuzz_target!(|input: &[u8]| {
    let Some((facts, text)) = input.split_first_chunk().map(|(facts, text)| (read_facts(facts), text)) else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let mut lines = text.split('\n');
    let mut next = || lines.next().unwrap_or_default();
    let (first, second, hint) = (next(), next(), next());
    let headers = headers(hint);
    let requests = [first, second].map(|url| read(url, &headers));
    let recipes: Vec<_> = requests.iter().flatten().map(|request| decided(request, &facts)).collect();
    if let [Some((one, one_key)), Some((other, other_key))] = &recipes[..] {
        assert_eq!(one == other, one_key == other_key, "{one:?} is kept as {one_key}, {other:?} as {other_key}");
    }
});

fn read_facts(bytes: &[u8; 10]) -> Facts {
    let [format, orientation, w0, w1, w2, w3, h0, h1, h2, h3] = *bytes;
    let formats: Vec<_> = Format::all().collect();
    Facts {
        format: formats[usize::from(format) % formats.len()],
        orientation: Orientation::ALL[usize::from(orientation) % Orientation::ALL.len()],
        stored: Dimensions::new(
            u32::from_le_bytes([w0, w1, w2, w3]).max(1),
            u32::from_le_bytes([h0, h1, h2, h3]).max(1),
        ),
        frames: 1 + u32::from(orientation) / 8,
        decoding: Decoding::default(),
        condition: Condition::CLEAN,
    }
}

fn headers(hint: &str) -> HeaderMap {
    let hint = HeaderValue::from_str(hint).ok();
    hint.map(|hint| (HeaderName::from_static("sec-ch-dpr"), hint)).into_iter().collect()
}

/// Reads a URL, and checks what must hold of every request and of every refusal.
fn read(url: &str, headers: &HeaderMap) -> Option<ImageRequest> {
    let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
    let dialect = Native::default();
    let request = match dialect.read(Wording { path, query, headers }) {
        Ok(request) => request,
        Err(error) => {
            let text = error.to_string();
            assert!(text.len() <= MAX_ERROR_BYTES && !text.contains(char::is_control), "{text}");
            return None;
        }
    };
    assert_below_root(&request.path);
    let stripped = Native::new(ImagePath::from_decoded("static/image").ok());
    let elsewhere = stripped.read(Wording { path, query, headers }).expect("a prefix refuses nothing");
    assert_below_root(&elsewhere.path);
    if let Some(query) = respelled(&request.transform) {
        // A query that says all of it leaves nothing for the hint to change.
        let again = dialect.read(Wording { path, query: Some(&query), headers }).expect("our own spelling is read");
        assert_eq!(again, request, "{query}");
    }
    Some(request)
}

fn assert_below_root(path: &ImagePath) {
    assert!(!path.as_str().contains(['\0', '\\']), "{path:?}");
    let joined = Path::new("/root").join(path.as_str());
    let below: Vec<_> = joined.strip_prefix("/root").expect("below the root").components().collect();
    assert!(!below.is_empty() && below.iter().all(|component| matches!(component, Component::Normal(_))), "{path:?}");
    assert!(path.components().all(|component| !component.starts_with('.') && !component.is_empty()), "{path:?}");
    assert_eq!(ImagePath::from_decoded(path.as_str()).as_ref(), Ok(path));
}

/// The query that asks for the same in other words; `None` for a size that only a ratio reaches.
fn respelled(transform: &Transform) -> Option<String> {
    let Transform { size, format, resize_algorithm, grayscale } = *transform;
    if size.is_some_and(|size| size.pixels() > Size::MAX) {
        return None;
    }
    let size = size.map(|size| format!("SIZE={:06}&dpr=1.0", size.pixels()));
    let format = format.map(|format| format!("Format={}", format.to_string().to_uppercase()));
    let resize_algorithm = resize_algorithm.map(|algorithm| format!("resize_algorithm={algorithm:?}"));
    let grayscale = format!("bw={}", u8::from(grayscale));
    let parameters = [Some("v=3".to_owned()), Some(grayscale), resize_algorithm, format, size];
    Some(parameters.into_iter().flatten().collect::<Vec<_>>().join("&"))
}

/// The recipe and the key of a request, after checking what must hold of both.
fn decided(request: &ImageRequest, facts: &Facts) -> Option<((ImagePath, Recipe), String)> {
    let policy = OutputPolicy {
        allowed_formats: OutputFormat::all().collect(),
        resize_algorithm: ResizeAlgorithm::Lanczos3,
        max_side: u32::MAX,
        background: Background::WHITE,
        animation: AnimationPolicy::default(),
        keeps_profiles: false,
        keeps_notices: false,
    };
    let recipe = Recipe::new(&request.transform, facts, &policy).expect("every format is allowed")?;
    assert!(!request.transform.is_empty(), "nothing was asked, yet {recipe:?}");
    assert!(request.transform.format.is_none_or(|asked| asked == recipe.format), "{recipe:?}");
    let shown = facts.displayed();
    if let Some(resize) = recipe.resize {
        let Dimensions { width, height } = resize.dimensions;
        let longest = request.transform.size.expect("nothing is resized unasked").pixels();
        assert!((1..=shown.width).contains(&width) && (1..=shown.height).contains(&height), "{recipe:?}");
        assert!(resize.dimensions != shown && resize.dimensions.longest_edge() == longest, "{recipe:?}");
    }
    let stamp = Stamp::File { size: 1, modified_nanoseconds: 2, inode: 3 };
    let key = recipe.key(&request.path, &stamp, 4);
    assert_eq!(key, recipe.key(&request.path.clone(), &stamp, 4));
    assert_ne!(key, recipe.key(&request.path, &stamp, 5));
    assert_ne!(key, recipe.key(&request.path, &Stamp::Response { digest: 1 }, 4));
    Some(((request.path.clone(), recipe), key))
}
