//! Where lines are broken: where Unicode allows it (UAX #14), and within a word that is too long for a line of its own.

use std::collections::BTreeSet;
use std::ops::Range;

use unicode_linebreak::linebreaks;

use super::TextStyle;
use super::faces::Faces;
use super::shaping::{Line, Piece, Prepared};

/// The lines of a text.
pub(super) fn broken(text: &str, faces: &Faces<'_>, style: &TextStyle<'_>) -> Vec<Line> {
    let text = text.replace("\r\n", "\n");
    let is_feed = |letter: char| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}');
    let mut lines = Vec::new();
    for part in text.split(is_feed) {
        let prepared = Prepared::new(part, faces);
        let ends = ends(part, &prepared, &prepared.widths(faces, style.size), style.max_width);
        for range in ends {
            lines.push(prepared.line(range, faces, style.size));
        }
    }
    lines
}

/// The parts of a text that are lines, without white space at their ends.
fn ends(text: &str, prepared: &Prepared<'_>, widths: &[f32], max_width: f32) -> Vec<Range<usize>> {
    let breaks: BTreeSet<usize> = linebreaks(text).map(|(byte, _)| byte).collect();
    let pieces = prepared.pieces();
    let mut lines = Vec::new();
    // The first piece of the line, how wide it is up to here, and the last place to break it: behind how many pieces, and
    // how wide what follows is.
    let (mut first, mut width, mut possible) = (0, 0.0, None::<(usize, f32)>);
    for (index, (piece, own)) in pieces.iter().zip(widths).enumerate() {
        let is_space = prepared.text_of(piece).chars().all(char::is_whitespace);
        while !is_space && width + own > max_width && index > first {
            let (end, rest) = possible.take().unwrap_or((index, 0.0));
            lines.push((first, end));
            (first, width) = (end, rest);
        }
        width += own;
        possible = possible.map(|(end, rest)| (end, rest + own));
        if breaks.contains(&piece.range.end) {
            possible = Some((index + 1, 0.0));
        }
    }
    lines.push((first, pieces.len()));
    lines.into_iter().map(|(first, end)| trimmed(text, pieces.get(first..end).unwrap_or_default(), first > 0)).collect()
}

/// The bytes of pieces without white space at the end, and at the beginning where the line was broken there.
fn trimmed(text: &str, pieces: &[Piece], is_broken: bool) -> Range<usize> {
    let start = pieces.first().map_or(0, |piece| piece.range.start);
    let end = pieces.last().map_or(start, |piece| piece.range.end);
    let line = text.get(start..end).unwrap_or_default();
    let end = start + line.trim_end().len();
    let skipped = if is_broken { line.len() - line.trim_start().len() } else { 0 };
    (start + skipped).min(end)..end
}
