//! `Beyond`: what is asked for that no native word says.

use crate::request::{Bounds, BoxRule, Edit, Fit, MaskWish, OutputWish, Padding, Paint, Sigma, Surround, Wish};

/// What is asked for beside native words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Beyond {
    /// The first frame alone.
    pub is_still: bool,
    /// What stays in the middle of a picture that is cut, in pixels from the left and from the top.
    pub focal: Option<(u32, u32)>,
    /// What becomes of a box of two edges.
    pub box_rule: BoxRule,
    /// What is on a canvas around a picture, in place of a colour.
    pub surround: Option<Surround>,
    /// What is on borders, and beside a picture that is turned by some angle, where no background is named.
    pub around: Option<Paint>,
    /// What the picture is seen through in the end.
    pub mask: Option<MaskWish>,
}

/// The widest blur of a copy that is behind a picture, in pixels.
const MAX_BLUR: f64 = 200.0;

/// A copy behind a picture that is blurred by so many pixels.
pub(super) fn blurred(pixels: f64) -> Option<Surround> {
    Sigma::parse(&pixels.clamp(1.0, MAX_BLUR).to_string()).map(Surround::Blurred)
}

impl Beyond {
    /// A wish, and this beside it.
    pub fn beside(self, wish: Wish) -> Wish {
        if self == Self::default() {
            return wish;
        }
        let output = OutputWish { is_still: wish.output.is_still || self.is_still, ..wish.output.clone() };
        let mut edits: Vec<_> = wish.edits().iter().cloned().map(|edit| self.within(edit)).collect();
        if self.mask.is_some() {
            let last = edits.pop().unwrap_or_default();
            edits.push(Edit { mask: self.mask, ..last });
        }
        edits.into_iter().fold(Wish::new(output), Wish::then)
    }

    fn within(self, edit: Edit) -> Edit {
        let is_box = edit.bounds.width.is_some() && edit.bounds.height.is_some();
        let surround = self.surround.filter(|_| edit.bounds.fit == Fit::Pad).or(edit.bounds.surround);
        let bounds = Bounds { focal: self.focal, box_rule: self.box_rule, surround, ..edit.bounds };
        let bounds = if is_box { bounds } else { edit.bounds };
        // Where nothing is added, nothing is asked for.
        let adds = edit.padding != Padding::default() || edit.turn.angle.right().is_none();
        Edit { bounds, around: self.around.filter(|_| adds), ..edit }
    }
}
