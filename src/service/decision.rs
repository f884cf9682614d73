//! `Decision`: what is to be made of a picture, decided once for all who ask for it.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::request::{AnimationLimit, EntityTag, Facts, Identity, Recipe, Wish};

/// What is decided of a rendition before anything is made. It follows from the version of the original, the wish, the
/// operator's policy and what lies over the picture.
pub(super) struct Decision {
    /// Under which it is cached.
    pub key: String,
    /// The digest of the key.
    pub tag: EntityTag,
    pub recipe: Recipe,
    /// What the header of the original says.
    pub facts: Facts,
    /// Why an animation becomes a still.
    pub stilled_by: Option<AnimationLimit>,
}

/// A version of an original, and a wish: not one that says the same, but the very one that others have.
#[derive(Clone)]
pub(super) struct DecisionKey {
    pub identity: Identity,
    pub wish: Arc<Wish>,
}

/// Tells whether somebody besides the request that is answered has the wish, and will ask by it again.
pub(super) fn may_come_again(wish: &Arc<Wish>) -> bool {
    Arc::strong_count(wish) > 1
}

/// The address stands for the wish: nothing else is there while this is kept.
impl Hash for DecisionKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity.hash(state);
        Arc::as_ptr(&self.wish).hash(state);
    }
}

impl PartialEq for DecisionKey {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.wish, &other.wish) && self.identity == other.identity
    }
}

impl Eq for DecisionKey {}
