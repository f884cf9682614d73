//! Every way in which a file says which alpha plane belongs to which colours.

use super::*;

pub(super) const TILE: Dimensions = Dimensions { width: 16, height: 10 };
pub(super) const WHOLE: Dimensions = Dimensions { width: 29, height: 9 };

fn boxed(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    [&(payload.len() as u32 + 8).to_be_bytes()[..], kind.as_slice(), payload].concat()
}

/// An item: its bytes, where it is a grid not those of a coded picture.
pub(super) struct Item {
    is_grid: bool,
    is_alpha: bool,
    bytes: Vec<u8>,
    dimensions: Dimensions,
}

pub(super) fn coded(bytes: &[u8], is_alpha: bool, dimensions: Dimensions) -> Item {
    Item { is_grid: false, is_alpha, bytes: bytes.to_vec(), dimensions }
}

pub(super) fn grid_of_two(is_alpha: bool, dimensions: Dimensions) -> Item {
    let [width, height] = [dimensions.width, dimensions.height].map(|side| (side as u16).to_be_bytes());
    Item { is_grid: true, is_alpha, bytes: [&[0, 0, 0, 1], &width[..], &height].concat(), dimensions }
}

/// A file of these items, whose numbers begin with 1; the first is shown. A reference has its kind, from which item, and
/// to which.
pub(super) fn file(items: &[Item], references: &[(&[u8; 4], u8, &[u8])]) -> Vec<u8> {
    let count = items.len() as u8;
    let (mut entries, mut places, mut data) = (vec![0, 0, 0, 0, 0, count], vec![1, 0, 0, 0, 0x44, 0, 0, count], vec![]);
    let (mut properties, mut associations) = (vec![], vec![0, 0, 0, 0, 0, 0, 0, count]);
    for (id, item) in (1..).zip(items) {
        let kind = if item.is_grid { b"grid" } else { b"av01" };
        entries.extend(boxed(b"infe", &[&[2, 0, 0, 0, 0, id, 0, 0], kind.as_slice(), &[0]].concat()));
        places.extend([0, id, 0, 1, 0, 0, 0, 1]);
        places.extend([data.len() as u32, item.bytes.len() as u32].map(u32::to_be_bytes).as_flattened());
        data.extend(&item.bytes);
        let [width, height] = [item.dimensions.width, item.dimensions.height].map(u32::to_be_bytes);
        properties.extend(boxed(b"ispe", &[[0; 4], width, height].concat()));
        let name = if item.is_alpha { b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0".as_slice() } else { b"else\0" };
        properties.extend(boxed(b"auxC", &[&[0; 4], name].concat()));
        associations.extend([0, id, 2, id * 2 - 1, id * 2]);
    }
    let mut linked = vec![0; 4];
    for (kind, from, to) in references {
        let ids: Vec<u8> = to.iter().flat_map(|id| [0, *id]).collect();
        linked.extend(boxed(kind, &[&[0, *from, 0, to.len() as u8], ids.as_slice()].concat()));
    }
    let meta = [
        vec![0; 4],
        boxed(b"pitm", &[0, 0, 0, 0, 0, 1]),
        boxed(b"iinf", &entries),
        boxed(b"iloc", &places),
        boxed(b"iref", &linked),
        boxed(b"idat", &data),
        boxed(b"iprp", &[boxed(b"ipco", &properties), boxed(b"ipma", &associations)].concat()),
    ];
    [boxed(b"ftyp", b"avif\0\0\0\0"), boxed(b"meta", &meta.concat())].concat()
}

/// The streams of colours and of alpha.
pub(super) fn streams(picture: &Picture) -> [Vec<u8>; 2] {
    let file = encode(picture, 95);
    let payload = image::read_meta(&mut Cursor::new(&file)).unwrap();
    let meta = meta::Meta::parse(&payload).unwrap();
    let primary = meta.primary.unwrap();
    let alpha = meta.references_to(*b"auxl", primary).next().unwrap();
    [primary, alpha].map(|item| meta.bytes(item, &file).unwrap().to_vec())
}

fn alpha_of(file: &[u8]) -> Vec<u8> {
    let picture = decode(file).unwrap();
    assert_eq!((picture.dimensions(), picture.layout()), (probe(file).unwrap().stored, PixelLayout::Rgba));
    assert_eq!(probe(file).unwrap().decoding.pixel_bytes, 4);
    picture.pixels().iter().skip(3).step_by(4).copied().collect()
}

/// What the alpha of a tile is where the colours are two of them beside each other, and the last columns are cut.
fn alpha_of_two_tiles(tile: &Picture) -> Vec<u8> {
    let alpha: Vec<u8> = decode(&encode(tile, 95)).unwrap().pixels().iter().skip(3).step_by(4).copied().collect();
    alpha.chunks_exact(16).take(9).flat_map(|line| [line, &line[..13]].concat()).collect()
}

#[test]
fn one_alpha_plane_covers_a_grid() {
    let tile = picture(16, 10, PixelLayout::Rgba);
    let whole = picture(29, 9, PixelLayout::Rgba);
    let expected: Vec<u8> = decode(&encode(&whole, 95)).unwrap().pixels().iter().skip(3).step_by(4).copied().collect();
    let [colours, _] = streams(&tile);
    let [_, alpha] = streams(&whole);
    let items = [grid_of_two(false, WHOLE), coded(&colours, false, TILE), coded(&alpha, true, WHOLE)];
    assert_eq!(alpha_of(&file(&items, &[(b"dimg", 1, &[2, 2]), (b"auxl", 3, &[1])])), expected);
}

#[test]
fn a_grid_of_alpha_planes_covers_a_grid() {
    let tile = picture(16, 10, PixelLayout::Rgba);
    let [colours, alpha] = streams(&tile);
    let items =
        [grid_of_two(false, WHOLE), coded(&colours, false, TILE), grid_of_two(true, WHOLE), coded(&alpha, false, TILE)];
    let references: [(_, _, &[u8]); 3] = [(b"dimg", 1, &[2, 2]), (b"dimg", 3, &[4, 4]), (b"auxl", 3, &[1])];
    assert_eq!(alpha_of(&file(&items, &references)), alpha_of_two_tiles(&tile));
}

#[test]
fn tiles_have_alpha_planes_of_their_own() {
    let tile = picture(16, 10, PixelLayout::Rgba);
    let [colours, alpha] = streams(&tile);
    let items = [
        grid_of_two(false, WHOLE),
        coded(&colours, false, TILE),
        coded(&colours, false, TILE),
        coded(&alpha, true, TILE),
        coded(&alpha, true, TILE),
    ];
    let all: [(_, _, &[u8]); 3] = [(b"dimg", 1, &[2, 3]), (b"auxl", 4, &[2]), (b"auxl", 5, &[3])];
    assert_eq!(alpha_of(&file(&items, &all)), alpha_of_two_tiles(&tile));
    // A tile without one is opaque.
    let expected: Vec<u8> =
        alpha_of_two_tiles(&tile).chunks_exact(29).flat_map(|line| [&[255; 16], &line[16..]].concat()).collect();
    let second: [(_, _, &[u8]); 2] = [(b"dimg", 1, &[2, 3]), (b"auxl", 5, &[3])];
    assert_eq!(alpha_of(&file(&items, &second)), expected);
    // Colours that were multiplied are divided: they get lighter.
    let multiplied: [(_, _, &[u8]); 4] = [all[0], all[1], all[2], (b"prem", 2, &[4])];
    let [plain, divided] = [&all[..], &multiplied].map(|references| decode(&file(&items, references)).unwrap());
    let sum = |picture: &Picture| picture.pixels().iter().map(|level| u64::from(*level)).sum::<u64>();
    assert!(sum(&divided) > sum(&plain));
}

#[test]
fn an_alpha_plane_of_other_dimensions_is_scaled() {
    let [colours, _] = streams(&picture(16, 10, PixelLayout::Rgba));
    let small = picture(4, 5, PixelLayout::Rgba);
    let [_, alpha] = streams(&small);
    let small = decode(&encode(&small, 95)).unwrap().pixels().iter().skip(3).step_by(4).copied().collect::<Vec<_>>();
    let expected: Vec<u8> = (0..160).map(|at| small[at / 16 / 2 * 4 + at % 16 / 4]).collect();
    let items = [coded(&colours, false, TILE), coded(&alpha, true, Dimensions::new(4, 5))];
    assert_eq!(alpha_of(&file(&items, &[(b"auxl", 2, &[1])])), expected);
}
