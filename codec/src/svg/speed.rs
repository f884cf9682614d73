//! scratch
use super::*;
use std::time::Instant;
#[test]
#[ignore]
fn icon_speed() {
    for name in std::fs::read_dir("../data/images/icons")
        .unwrap()
        .chain(std::fs::read_dir("/work/shared/cases/inputs").unwrap())
    {
        let path = name.unwrap().path();
        if path.extension().is_none_or(|e| e != "svg") {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let svg = Svg::new(&Settings::default(), Limits::default());
        if svg.decode(&bytes, Some(Dimensions::new(64, 64))).is_err() {
            eprintln!("{path:?} err");
            continue;
        }
        let mut best = [u128::MAX; 2];
        for _ in 0..300 {
            let begin = Instant::now();
            let _ = svg.probe(&mut Cursor::new(&bytes));
            let probed = begin.elapsed().as_nanos();
            let begin = Instant::now();
            let _ = svg.decode(&bytes, Some(Dimensions::new(64, 64)));
            best = [best[0].min(probed), best[1].min(begin.elapsed().as_nanos())];
        }
        eprintln!(
            "{:?} {} bytes: probe {} us, decode {} us",
            path.file_name().unwrap(),
            bytes.len(),
            best[0] / 1000,
            best[1] / 1000
        );
    }
}
