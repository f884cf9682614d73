//! Every matrix between samples and colours.

use super::*;

/// The same file with other code points: primaries, transfer and matrix.
fn with_code_points(file: &[u8], points: [u8; 3]) -> Vec<u8> {
    let at = file.windows(4).position(|window| window == b"nclx").unwrap() + 4;
    let mut file = file.to_vec();
    points.into_iter().enumerate().for_each(|(index, point)| file[at + index * 2 + 1] = point);
    file
}

#[test]
fn every_matrix_that_is_defined_for_the_samples_is_read() {
    let original = picture(16, 12, PixelLayout::Rgb);
    let file = encode(&original, 95);
    let usual = decode(&file).unwrap();
    // Identity, BT.709, unnamed, FCC, BT.601 twice, SMPTE 240M, YCgCo, BT.2020 twice, SMPTE 2085, derived twice.
    for matrix in [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13] {
        let other = decode(&with_code_points(&file, [1, 13, matrix])).unwrap();
        let is_usual = [2, 5, 6].contains(&matrix);
        assert_eq!(greatest_difference(&usual, &other, 0..3) == 0, is_usual, "{matrix}");
    }
    let [derived, named] = [12, 1].map(|matrix| decode(&with_code_points(&file, [1, 13, matrix])).unwrap());
    assert!(greatest_difference(&derived, &named, 0..3) <= 1);
    assert!(decode(&with_code_points(&file, [9, 16, 14])).is_ok());
    for matrix in [3, 14, 15, 16, 17, 18] {
        let refusal = unsupported(format_args!("the colour matrix {matrix} with the transfer curve 13"));
        assert_eq!(decode(&with_code_points(&file, [1, 13, matrix])), Err(refusal));
    }
}
