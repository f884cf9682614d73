//! What a client may send, as text: any URL and hint is read or refused without a panic, a path that is read stays
//! below the root, and requests have the same key exactly where they mean the same.
//!
//! The input is made of ten bytes for the facts of an original, then three lines: two URLs and a hint.

#![no_main]

use std::path::{Component, Path};

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use image_proxy::codec::{CodecSettings, Codecs};
use image_proxy::dialect::{Asked, Dialect, Hint, Native, Wording};
use image_proxy::request::step::{Describe as _, Resize};
use image_proxy::request::{
    Condition, Decoding, Dimensions, Facts, Format, FormatWish, Generation, Identity, ImagePath, ImageRequest,
    Orientation, OutputPolicy, Recipe, Reference, Shape, Stamp, Step,
};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

/// Longest text of an error that goes to a client, in bytes.
const MAX_ERROR_BYTES: usize = 1024;

static POLICY: LazyLock<OutputPolicy> = LazyLock::new(|| {
    let codings = Codecs::new(&CodecSettings::default()).codings();
    OutputPolicy { max_side: u32::MAX, ..OutputPolicy::new(codings) }
});

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
        decoding: Decoding { pixel_bytes: w3 % 5, ..Decoding::default() },
        condition: Condition { bytes: u64::from(h3) << (w2 % 24), ..Condition::CLEAN },
        drawing: None,
    }
}

fn headers(hint: &str) -> HeaderMap {
    let hint = HeaderValue::from_str(hint).ok();
    let names = ["sec-ch-dpr", "sec-ch-width", "save-data", "accept"].map(HeaderName::from_static);
    names.into_iter().filter_map(|name| Some((name, hint.clone()?))).collect()
}

/// Reads a URL, and checks what must hold of every request and of every refusal.
fn read(url: &str, headers: &HeaderMap) -> Option<ImageRequest> {
    let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
    let wording = Wording { method: &Method::GET, path, query, headers };
    let hints = Hint::SETTABLE.into_iter().map(|(_, hint)| hint).collect();
    let native = Native::default().with_hints(hints).preferring(query.is_none());
    let request = match native.read(wording).asked {
        Ok(Asked::Image(request)) => request,
        Ok(asked) => panic!("a GET asks for {asked:?}"),
        Err(error) => {
            let text = error.to_string();
            assert!(text.len() <= MAX_ERROR_BYTES && !text.contains(char::is_control), "{text}");
            return None;
        }
    };
    for reference in [&request.original].into_iter().chain(request.wish.others()) {
        assert_below_root(reference);
    }
    let stripped = Native::new(ImagePath::from_decoded("static/image").ok());
    match stripped.read(wording).asked {
        Ok(Asked::Image(elsewhere)) => assert_below_root(&elsewhere.original),
        other => panic!("a prefix refuses nothing: {other:?}"),
    }
    Some(request)
}

fn assert_below_root(reference: &Reference) {
    let Reference::Path(path) = reference else { panic!("{reference} is no path") };
    assert!(!path.as_str().contains(['\0', '\\']), "{path:?}");
    let joined = Path::new("/root").join(path.as_str());
    let below: Vec<_> = joined.strip_prefix("/root").expect("below the root").components().collect();
    assert!(!below.is_empty() && below.iter().all(|component| matches!(component, Component::Normal(_))), "{path:?}");
    assert!(path.components().all(|component| !component.starts_with('.') && !component.is_empty()), "{path:?}");
    assert_eq!(ImagePath::from_decoded(path.as_str()).as_ref(), Ok(path));
}

/// The recipe and the key of a request, after checking what must hold of both.
fn decided(request: &ImageRequest, facts: &Facts) -> Option<((Reference, Recipe), String)> {
    // Where nothing is asked nothing is decided: the file itself is sent.
    if request.wish.is_empty() {
        return None;
    }
    let displayed = facts.displayed();
    let others: Vec<_> = request.wish.others().into_iter().map(|other| (other, displayed)).collect();
    let recipe = Recipe::new(&request.wish, facts, &others, &POLICY).ok()??;
    if let Some(FormatWish::Named(asked)) = request.wish.output.format {
        assert_eq!(asked, recipe.output.format, "{recipe:?}");
    }
    let mut shape = Shape::of(facts);
    for step in &recipe.steps {
        let may_grow = shape.drawn.is_some() || request.wish.edits().iter().any(|edit| edit.bounds.may_enlarge);
        if let (Step::Resize(Resize { dimensions, .. }), false) = (step, may_grow) {
            let Dimensions { width, height } = shape.dimensions;
            let is_smaller = (1..=width).contains(&dimensions.width) && (1..=height).contains(&dimensions.height);
            assert!(is_smaller && *dimensions != shape.dimensions, "{recipe:?}");
        }
        shape = step.after(shape);
    }
    let identity =
        |reference: &Reference, stamp| Identity { reference: reference.clone(), stamp, generation: Generation::NONE };
    let key = |stamp, digest| {
        let named = [&request.original].into_iter().chain(request.wish.others());
        recipe.key(named.map(|reference| identity(reference, stamp)).collect::<Vec<_>>().iter(), digest)
    };
    let stamp = Stamp::File { size: 1, modified_nanoseconds: 2, changed_nanoseconds: 2, inode: 3 };
    assert_eq!(key(stamp, 4), key(stamp, 4));
    assert_ne!(key(stamp, 4), key(stamp, 5));
    assert_ne!(key(stamp, 4), key(Stamp::Response { digest: 1 }, 4));
    // Another watermark is another rendition, though the recipe calls it by the same number.
    let others = request.wish.others().into_iter().map(Reference::to_string).collect::<Vec<_>>().join(" ");
    Some(((request.original.clone(), recipe.clone()), key(stamp, 4))).filter(|_| others.is_empty())
}
