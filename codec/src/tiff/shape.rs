//! `Shape`: what a strip or a tile decompresses to.

/// What a chunk decompresses to.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// In pixels.
    pub width: u32,
    pub rows: u32,
    pub row_bytes: usize,
    /// All of it; more or less than rows only where pixels come in units of several.
    pub bytes: usize,
}
