//! `Beyond`: what is asked for that no native word says.

use crate::request::{Bounds, BoxRule, Edit, OutputWish, Wish};

/// What is asked for beside native words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Beyond {
    /// The first frame alone.
    pub is_still: bool,
    /// What stays in the middle of a picture that is cut, in pixels from the left and from the top.
    pub focal: Option<(u32, u32)>,
    /// What becomes of a box of two edges.
    pub box_rule: BoxRule,
}

impl Beyond {
    /// A wish, and this beside it.
    pub fn beside(self, wish: Wish) -> Wish {
        if self == Self::default() {
            return wish;
        }
        let output = OutputWish { is_still: wish.output.is_still || self.is_still, ..wish.output.clone() };
        let edits = wish.edits().iter().cloned().map(|edit| self.within(edit));
        edits.fold(Wish::new(output), Wish::then)
    }

    fn within(self, edit: Edit) -> Edit {
        let is_box = edit.bounds.width.is_some() && edit.bounds.height.is_some();
        let bounds = Bounds { focal: self.focal, box_rule: self.box_rule, ..edit.bounds };
        if is_box { Edit { bounds, ..edit } } else { edit }
    }
}
