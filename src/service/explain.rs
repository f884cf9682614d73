//! Explains what would be done for a request, and makes nothing.

use super::decide::{Decided, Rendering, Task};
use super::decision::Decision;
use super::{Service, ServiceError};
use crate::pipeline::RenderError;
use crate::report::{Outcome, Report, StageTimes};
use crate::request::step::Describe as _;
use crate::request::{
    Course, Dimensions, Edit, Facts, Identity, ImageRequest, Output, Quality, QualityWish, Shape, Step, Wish,
};

/// What would be done for a request, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// What the header of the original says, where it has one that is read.
    pub original: Option<Facts>,
    /// What would be written; `None` where the original goes out as it is.
    pub output: Option<Output>,
    /// What goes out has these; where pixels are yet to tell, at most.
    pub dimensions: Option<Dimensions>,
    /// What is done to the upright picture, in order, and what it has afterwards.
    pub steps: Vec<(&'static str, Dimensions)>,
    /// Only pixels tell what the dimensions come to.
    pub is_open: bool,
    /// The key of the rendition.
    pub key: Option<String>,
    /// Where the answer would come from.
    pub state: CacheState,
    /// How long the stages took when it was made, where it is there.
    pub times: Option<StageTimes>,
    /// What could be asked for with more success.
    pub advice: Vec<InVain>,
}

/// Where an answer would come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheState {
    /// The rendition is there.
    Hit,
    /// It would have to be made.
    Miss,
    /// There is none: the original goes out as it is.
    Untouched,
}

/// What is asked for in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InVain {
    /// Pixels of the original are no finer.
    Finer {
        /// As asked for.
        asked: Quality,
        /// That of the original.
        own: Quality,
    },
    /// The original has fewer pixels, and is not enlarged.
    Larger {
        /// The parameter that says it.
        edge: &'static str,
        /// As asked for, in pixels.
        asked: u32,
        /// That of the original.
        own: u32,
    },
}

impl Service {
    pub(super) async fn explain(
        &self,
        request: &ImageRequest,
        decided: Decided,
        report: &mut Report,
    ) -> Result<Explanation, ServiceError> {
        let Decided { work, .. } = decided;
        report.outcome = Outcome::Said;
        let explanation = match work {
            Task::Render(rendering) => self.explain_rendition(request, &rendering).await?,
            Task::Send { original, .. } | Task::Clean(original) => {
                let generation = self.generations.of(&request.original);
                let identity = Identity { reference: request.original.clone(), stamp: original.stamp, generation };
                // What goes out as it is need not be a picture that is read.
                let facts = self.with_facts(identity, original).await.ok().map(|found| found.facts);
                Explanation::untouched(facts, &request.wish)
            }
            Task::Tell(facts) => Explanation::untouched(Some(*facts), &request.wish),
            Task::Embed(sketch) => Explanation::untouched(Some(sketch.facts), &request.wish),
        };
        Ok(explanation)
    }

    async fn explain_rendition(
        &self,
        request: &ImageRequest,
        rendering: &Rendering,
    ) -> Result<Explanation, ServiceError> {
        let Rendering { decision, others, .. } = rendering;
        let Decision { key, tag, recipe, facts, .. } = &**decision;
        // What is known to be broken is so here as well.
        let known = self.results.get(tag).transpose().map_err(RenderError::Codec)?;
        let others: Vec<_> = others.iter().map(|other| (&other.identity.reference, other.facts.displayed())).collect();
        let mut shape = Shape::of(facts);
        let mut steps = Vec::new();
        let mut follow = |list: &[Step], shape: &mut Shape| {
            for step in list {
                *shape = step.after(*shape);
                steps.push((step.name(), shape.dimensions));
            }
        };
        follow(&recipe.steps, &mut shape);
        let open = Edit::upper_bound(Course::to_decide(recipe.open.clone(), shape), &others, &self.policy)?;
        follow(&open, &mut shape);
        let is_there = self.cache.has(key, &rendering.name()).await;
        Ok(Explanation {
            original: Some(*facts),
            output: Some(recipe.output),
            dimensions: Some(shape.dimensions),
            steps,
            is_open: recipe.dimensions(facts).is_none(),
            key: Some(key.clone()),
            state: if is_there { CacheState::Hit } else { CacheState::Miss },
            times: is_there.then(|| known.and_then(|known| known.times).map(|times| *times).unwrap_or_default()),
            advice: advice(&request.wish, facts),
        })
    }
}

impl Explanation {
    fn untouched(original: Option<Facts>, wish: &Wish) -> Self {
        Self {
            original,
            output: None,
            dimensions: original.map(|facts| facts.displayed()),
            steps: Vec::new(),
            is_open: false,
            key: None,
            state: CacheState::Untouched,
            times: None,
            advice: original.map(|facts| advice(wish, &facts)).unwrap_or_default(),
        }
    }
}

fn advice(wish: &Wish, facts: &Facts) -> Vec<InVain> {
    let mut advice = Vec::new();
    if let (Some(QualityWish::Number(asked)), Some(own)) = (wish.output.coding.quality, facts.condition.quality)
        && asked > own
    {
        advice.push(InVain::Finer { asked, own });
    }
    // A drawing has no pixels that could be too few.
    let bounds = wish.edits().first().map(|edit| edit.bounds).filter(|bounds| !bounds.may_enlarge);
    if let Some(bounds) = bounds.filter(|_| !facts.format.is_vector()) {
        let own = facts.displayed();
        let asked = [
            ("w", bounds.width.map(|width| width.of(own.width)), own.width),
            ("h", bounds.height.map(|height| height.of(own.height)), own.height),
            ("size", bounds.size.map(crate::request::Size::pixels), own.longest_edge()),
        ];
        let above = asked.into_iter().filter_map(|(edge, asked, own)| Some((edge, asked?, own)));
        let above = above.filter(|(_, asked, own)| asked > own);
        advice.extend(above.map(|(edge, asked, own)| InVain::Larger { edge, asked, own }));
    }
    advice
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Bounds, Condition, Decoding, Format, Length, Orientation, Size};

    const PHOTO: Facts = Facts {
        format: Format::Jpeg,
        stored: Dimensions::new(4000, 3000),
        orientation: Orientation::Upright,
        frames: 1,
        decoding: Decoding { pixel_bytes: 3, working_bytes: 0, is_by_parts: true },
        condition: Condition::CLEAN,
        drawing: None,
    };

    fn asked(quality: u8, bounds: Bounds) -> Vec<InVain> {
        let mut wish = Wish::default().then(Edit { bounds, ..Edit::default() });
        wish.output.coding.quality = Some(QualityWish::Number(Quality::new(quality)));
        let condition = Condition { quality: Some(Quality::new(70)), ..PHOTO.condition };
        advice(&wish, &Facts { condition, ..PHOTO })
    }

    #[test]
    fn what_is_above_the_original_is_asked_for_in_vain() {
        let own = PHOTO.displayed();
        let width = Some(Length::Pixels(own.width + 1));
        assert_eq!(asked(70, Bounds { width: Some(Length::Pixels(own.width)), ..Bounds::default() }), []);
        let larger = InVain::Larger { edge: "w", asked: own.width + 1, own: own.width };
        let finer = InVain::Finer { asked: Quality::new(71), own: Quality::new(70) };
        assert_eq!(asked(71, Bounds { width, ..Bounds::default() }), [finer, larger]);
        assert_eq!(asked(70, Bounds { width, may_enlarge: true, ..Bounds::default() }), []);
        let size = Size::new(own.longest_edge() + 1);
        let larger = InVain::Larger { edge: "size", asked: own.longest_edge() + 1, own: own.longest_edge() };
        assert_eq!(asked(1, Bounds { size, ..Bounds::default() }), [larger]);
    }
}
