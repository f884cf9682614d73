//! The curves as a drawing (SVG): bytes against score on the left, time against bytes on the right.

use std::fmt::Write as _;

use super::Row;

const COLOURS: [&str; 9] =
    ["#1b6ca8", "#d1495b", "#2e933c", "#8e5ea2", "#e08e0b", "#00798c", "#7a5230", "#5c5c5c", "#c2185b"];
const PANEL: [f64; 2] = [380.0, 300.0];
const MARGIN: f64 = 60.0;

/// One setting's way through the qualities.
pub struct Curve {
    pub name: String,
    /// Bits a pixel, score, milliseconds a megapixel.
    pub points: Vec<[f64; 3]>,
    pub row: Row,
}

/// An axis that spreads what it is given over some pixels.
struct Axis {
    low: f64,
    high: f64,
    length: f64,
    is_logarithmic: bool,
}

impl Axis {
    fn over(values: impl Iterator<Item = f64> + Clone, length: f64, is_logarithmic: bool) -> Self {
        let (low, high) = (values.clone().fold(f64::MAX, f64::min), values.fold(f64::MIN, f64::max));
        let room = if is_logarithmic { (high / low).powf(0.05).max(1.02) } else { ((high - low) * 0.08).max(0.01) };
        let [low, high] = if is_logarithmic { [low / room, high * room] } else { [low - room, high + room] };
        Self { low, high, length, is_logarithmic }
    }

    fn place(&self, value: f64) -> f64 {
        let scale = |value: f64| if self.is_logarithmic { value.ln() } else { value };
        (scale(value) - scale(self.low)) / (scale(self.high) - scale(self.low)) * self.length
    }

    /// Five values at even distances.
    fn ticks(&self) -> impl Iterator<Item = f64> + '_ {
        (0..=4).map(|step| {
            let share = f64::from(step) / 4.0;
            if self.is_logarithmic {
                self.low * (self.high / self.low).powf(share)
            } else {
                self.low + (self.high - self.low) * share
            }
        })
    }
}

/// Draws the curves of one format.
pub fn draw(format: &str, curves: &[Curve]) -> String {
    let [width, height] = [PANEL[0] * 2.0 + MARGIN * 3.0, PANEL[1] + MARGIN * 2.0];
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n<text x=\"{MARGIN}\" y=\"24\" font-size=\"15\">{format}: means over the pictures of benches/encoders</text>\n"
    );
    let has_loss = curves.iter().any(|curve| curve.points.len() > 1);
    let lines: Vec<(&str, Vec<[f64; 2]>)> = curves
        .iter()
        .map(|curve| (curve.name.as_str(), curve.points.iter().map(|[bits, score, _]| [*bits, *score]).collect()))
        .collect();
    let dots: Vec<(&str, Vec<[f64; 2]>)> = curves
        .iter()
        .map(|curve| {
            let time = curve.points.iter().map(|[_, _, time]| time).sum::<f64>() / curve.points.len() as f64;
            (curve.name.as_str(), vec![[time, curve.row.bytes_at_equal_score.unwrap_or(curve.row.bytes)]])
        })
        .collect();
    if has_loss {
        panel(&mut svg, MARGIN, ["bits a pixel", "SSIMULACRA2"], &lines);
    }
    let bytes = if has_loss { "bytes at the same score" } else { "bytes" };
    if curves.len() > 1 {
        panel(&mut svg, if has_loss { PANEL[0] + MARGIN * 2.0 } else { MARGIN }, ["CPU ms a megapixel", bytes], &dots);
    }
    svg.push_str("</svg>\n");
    svg
}

fn panel(svg: &mut String, left: f64, titles: [&str; 2], series: &[(&str, Vec<[f64; 2]>)]) {
    let values = |at: usize| series.iter().flat_map(move |(_, points)| points.iter().map(move |point| point[at]));
    let across = Axis::over(values(0), PANEL[0], true);
    let up = Axis::over(values(1), PANEL[1], false);
    let bottom = MARGIN + PANEL[1];
    // Writing to a String cannot fail.
    let _ = writeln!(svg, "<g transform=\"translate({left} {bottom})\">");
    for tick in across.ticks() {
        let x = across.place(tick);
        let _ = writeln!(
            svg,
            "<path d=\"M{x:.1} 0V{:.1}\" stroke=\"#ddd\"/><text x=\"{x:.1}\" y=\"16\" text-anchor=\"middle\">{}</text>",
            -PANEL[1],
            figure(tick)
        );
    }
    for tick in up.ticks() {
        let y = -up.place(tick);
        let _ = writeln!(
            svg,
            "<path d=\"M0 {y:.1}H{:.1}\" stroke=\"#ddd\"/><text x=\"-6\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            PANEL[0],
            y + 4.0,
            figure(tick)
        );
    }
    let _ = writeln!(svg, "<text x=\"{:.1}\" y=\"36\" text-anchor=\"middle\">{}</text>", PANEL[0] / 2.0, titles[0]);
    let _ = writeln!(
        svg,
        "<text transform=\"translate(-42 {:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
        -PANEL[1] / 2.0,
        titles[1]
    );
    for (index, (name, points)) in series.iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let places: Vec<[f64; 2]> = points.iter().map(|[x, y]| [across.place(*x), -up.place(*y)]).collect();
        let path: String = places.iter().map(|[x, y]| format!("{x:.1},{y:.1} ")).collect();
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>",
            path.trim_end()
        );
        for [x, y] in &places {
            let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{colour}\"/>");
        }
        if let Some([x, y]) = places.last().filter(|_| places.len() == 1) {
            let _ = writeln!(svg, "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"{colour}\">{name}</text>", x + 6.0, y - 5.0);
        } else {
            let _ = writeln!(
                svg,
                "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"{colour}\">{name}</text>",
                PANEL[0] - 80.0,
                -10.0 - 15.0 * index as f64
            );
        }
    }
    svg.push_str("</g>\n");
}

/// A number with three digits that count.
fn figure(value: f64) -> String {
    let decimals = (2 - value.abs().max(1e-9).log10().floor() as i32).clamp(0, 3) as usize;
    format!("{value:.decimals$}")
}
