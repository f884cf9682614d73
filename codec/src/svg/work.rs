//! What drawing takes, told from the parsed drawing before it begins: drawing cannot be stopped.

use resvg::tiny_skia::Rect;
use resvg::usvg::filter::Kind;
use resvg::usvg::{Group, Image, Node, Paint, Path, Tree};

use super::too_complex;
use crate::CodecError;
use crate::Dimensions;

/// Pixels that are touched, one by one, in two or three seconds: for the whole drawing, and more for larger ones.
const MAX_WORK: f64 = 300e6;
const MAX_WORK_PER_PIXEL: f64 = 8.0;
/// Layers of the size of the drawing at one time, and what small drawings may take in any case.
pub(super) const MAX_LAYERS: u64 = 16;
pub(super) const MIN_LAYER_PIXELS: u64 = 1 << 20;

/// Drawing a pixel of a gradient; a row of pixels at an edge, and a dash; a layer's making and blending.
const GRADIENT_WORK: f64 = 3.0;
const EDGE_WORK: f64 = 30.0;
const DASH_WORK: f64 = 600.0;
const LAYER_WORK: f64 = 3.0;
/// Drawing a pixel of an embedded picture: decoding it, then looking it up.
const PICTURE_WORK: f64 = 8.0;
/// Per pixel, beside what the radius or the kernel asks for: blurs, lights and noise.
const FILTER_WORK: f64 = 20.0;
/// A filter holds its source, its result and what primitives hand on.
const FILTER_LAYERS: f64 = 3.0;
/// The renderer lets layers be that much larger than the drawing, along each side.
const LAYER_REACH: f32 = 5.0;
const NOISE_WORK: f64 = 100.0;

/// What is asked so far.
struct Work {
    scale: f32,
    canvas: (f32, f32),
    done: f64,
    layers: f64,
    most_layers: f64,
}

/// Lets a drawing through at these dimensions.
///
/// # Errors
/// [`CodecError::OverLimit`] where it takes too much time or memory.
pub(super) fn admit(tree: &Tree, dimensions: Dimensions) -> Result<(), CodecError> {
    let canvas = (dimensions.width as f32, dimensions.height as f32);
    let scale = (canvas.0 / tree.size().width()).max(canvas.1 / tree.size().height());
    let mut work = Work { scale, canvas, done: 0.0, layers: 0.0, most_layers: 0.0 };
    let pixels = dimensions.pixels();
    work.group(tree.root(), work.area());
    let limit = MAX_WORK + pixels as f64 * MAX_WORK_PER_PIXEL;
    if work.done.is_nan() || work.done > limit {
        return Err(too_complex("steps of drawing", limit as u64, work.done as u64));
    }
    let limit = (pixels * MAX_LAYERS).max(MIN_LAYER_PIXELS);
    if work.most_layers.is_nan() || work.most_layers > limit as f64 {
        return Err(too_complex("pixels in layers", limit, work.most_layers as u64));
    }
    Ok(())
}

impl Work {
    fn area(&self) -> f64 {
        f64::from(self.canvas.0) * f64::from(self.canvas.1)
    }

    /// The pixels of a part, cut to `reach` times the drawing along each side.
    fn pixels(&self, bounds: Rect, reach: f32) -> f64 {
        let side = |length: f32, canvas: f32| f64::from((length * self.scale + 4.0).min(canvas * reach).max(1.0));
        side(bounds.width(), self.canvas.0) * side(bounds.height(), self.canvas.1)
    }

    fn with_layer(&mut self, pixels: f64, inside: impl FnOnce(&mut Self)) {
        self.layers += pixels;
        self.done += pixels * LAYER_WORK;
        self.most_layers = self.most_layers.max(self.layers);
        inside(self);
        self.layers -= pixels;
    }

    /// Draws what is in a group, where `cap` pixels can be touched at most by each part.
    fn group(&mut self, group: &Group, cap: f64) {
        if !group.should_isolate() {
            return group.children().iter().for_each(|node| self.node(node, cap));
        }
        let pixels = self
            .pixels(group.abs_layer_bounding_box().to_rect(), LAYER_REACH)
            .min(cap * f64::from(LAYER_REACH * LAYER_REACH));
        self.with_layer(pixels, |work| {
            group.children().iter().for_each(|node| work.node(node, cap.max(pixels)));
            for filter in group.filters() {
                let steps = filter.primitives().iter().map(|primitive| work.steps(primitive.kind())).sum::<f64>();
                let results = FILTER_LAYERS + filter.primitives().len() as f64;
                work.with_layer(pixels * results, |work| work.done += pixels * steps);
                for primitive in filter.primitives() {
                    if let Kind::Image(image) = primitive.kind() {
                        work.group(image.root(), pixels);
                    }
                }
            }
            let mut clip = group.clip_path();
            while let Some(path) = clip {
                work.with_layer(pixels, |work| work.group(path.root(), pixels));
                clip = path.clip_path();
            }
            let mut mask = group.mask();
            while let Some(shade) = mask {
                work.with_layer(pixels * 2.0, |work| work.group(shade.root(), pixels));
                mask = shade.mask();
            }
        });
    }

    fn node(&mut self, node: &Node, cap: f64) {
        match node {
            Node::Group(group) => self.group(group, cap),
            Node::Path(path) => self.path(path, cap),
            Node::Image(image) => self.image(image, cap),
            Node::Text(text) => self.group(text.flattened(), cap),
        }
    }

    fn path(&mut self, path: &Path, cap: f64) {
        let pixels = self.pixels(path.abs_stroke_bounding_box(), 1.0).min(cap);
        let edges = self.edges(path) * EDGE_WORK;
        for paint in path.fill().map(|fill| fill.paint()).into_iter().chain(path.stroke().map(|stroke| stroke.paint()))
        {
            self.done += edges + pixels * if matches!(paint, Paint::Color(_)) { 1.0 } else { GRADIENT_WORK };
            if let Paint::Pattern(pattern) = paint {
                let transform = path.abs_transform().pre_concat(pattern.transform());
                let (across, down) = transform.get_scale();
                let side = |length: f32, scale: f32| f64::from(length) * f64::from(scale * self.scale);
                let tile = side(pattern.rect().width(), across) * side(pattern.rect().height(), down);
                self.with_layer(tile, |work| work.group(pattern.root(), tile));
            }
        }
        if let Some(stroke) = path.stroke() {
            // A line has two sides.
            self.done += edges;
            if let Some(dashes) = stroke.dasharray() {
                let dash = f64::from(dashes.iter().sum::<f32>()) / dashes.len().max(1) as f64;
                let (across, down) = path.abs_transform().get_scale();
                let dash = dash * f64::from(across.min(down) * self.scale);
                self.done += edges / EDGE_WORK / dash.max(f64::MIN_POSITIVE) * DASH_WORK;
            }
        }
    }

    /// The rows and columns of pixels that the edges of a path cross, each at least one.
    fn edges(&self, path: &Path) -> f64 {
        let (across, down) = path.abs_transform().get_scale();
        let scale = across.max(down) * self.scale;
        let longest = (self.canvas.0 + self.canvas.1) * 2.0;
        let points = path.data().points();
        let steps = points.windows(2).map(|step| match step {
            [from, to] => ((to.x - from.x).abs() + (to.y - from.y).abs()) * scale,
            _ => 0.0,
        });
        steps.map(|length| f64::from(length.clamp(1.0, longest))).sum()
    }

    fn image(&mut self, image: &Image, cap: f64) {
        let size = image.size();
        let pixels = f64::from(size.width()) * f64::from(size.height());
        self.with_layer(pixels, |work| work.done += pixels * PICTURE_WORK + cap.min(work.area()) * PICTURE_WORK);
    }

    /// Steps for each pixel.
    fn steps(&self, kind: &Kind) -> f64 {
        let scale = f64::from(self.scale);
        match kind {
            Kind::Morphology(morphology) => {
                let side = |radius: f32| f64::from(radius) * scale * 2.0 + 1.0;
                FILTER_WORK + side(morphology.radius_x().get()) * side(morphology.radius_y().get())
            }
            Kind::ConvolveMatrix(convolution) => {
                FILTER_WORK + f64::from(convolution.matrix().columns()) * f64::from(convolution.matrix().rows()) * 4.0
            }
            Kind::Turbulence(turbulence) => NOISE_WORK * f64::from(turbulence.num_octaves().max(1)),
            _ => FILTER_WORK,
        }
    }
}
