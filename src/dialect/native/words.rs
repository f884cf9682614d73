//! What a wish would be in native words, whatever dialect it was said in.

use crate::request::{
    Angle, Bounds, CodingWish, Composition, Edit, Effects, Fit, FormatWish, Gravity, Keeping, OutputWish, Padding,
    PaletteSize, Quality, QualityWish, Tones, TurnWish, Wish,
};

/// What a dialect asks for of itself, where its client says nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usual {
    /// Of lossy formats.
    pub quality: Option<Quality>,
    /// Pictures become larger than they are.
    pub enlarges: bool,
    /// JPEG is progressive.
    pub is_progressive: bool,
    /// PNG has a palette.
    pub palette: Option<PaletteSize>,
    /// All metadata is kept.
    pub keeps_metadata: bool,
}

/// The usual names of the parameters that a wish would take, but for what is `usual`.
pub(in crate::dialect) fn words(wish: &Wish, usual: Usual) -> Vec<&'static str> {
    let mut words = Vec::new();
    for edit in wish.edits() {
        edit_words(edit, usual, &mut words);
    }
    output_words(&wish.output, usual, &mut words);
    words
}

fn push(words: &mut Vec<&'static str>, asked: impl IntoIterator<Item = (&'static str, bool)>) {
    words.extend(asked.into_iter().filter(|(_, is_asked)| *is_asked).map(|(name, _)| name));
}

fn edit_words(edit: &Edit, usual: Usual, words: &mut Vec<&'static str>) {
    // Without `..`: a wish that has no word does not compile. How a picture lies is no client's choice.
    let Edit {
        lie: _,
        rect,
        portion,
        region,
        trim,
        turn,
        composition,
        bounds,
        cutout,
        effects,
        overlays,
        text,
        padding,
        radius,
        background,
        around,
        mask,
        is_optional: _,
    } = edit;
    let TurnWish { angle, is_flopped, is_flipped } = *turn;
    push(
        words,
        [
            ("rect", rect.is_some() || portion.is_some()),
            ("crop", region.is_some() || cutout.is_some()),
            ("trim", trim.is_some()),
            ("trim_color", trim.is_some_and(|trim| trim.colour.is_some())),
            ("rotate", angle != Angle::default()),
            ("flop", is_flopped),
            ("flip", is_flipped),
            ("wm", !overlays.is_empty()),
            ("text", text.is_some()),
            ("pad", *padding != Padding::default()),
            ("radius", radius.is_some() || mask.is_some()),
            ("bg", background.is_some() || around.is_some()),
        ],
    );
    bounds_words(bounds, usual, words);
    if let Some(composition) = composition {
        composition_words(composition, words);
    }
    effect_words(effects, words);
}

fn composition_words(composition: &Composition, words: &mut Vec<&'static str>) {
    // Without `..`: what has no word does not compile. The longest side of the whole is for the operator to lift.
    let Composition {
        part,
        part_placement,
        width,
        height,
        fitting,
        min_width,
        min_height,
        zoom,
        ratio,
        may_enlarge,
        placement,
        extension,
        ratio_extension,
        padding,
        max_side: _,
        marks,
        is_free: _,
    } = composition;
    let usual = Composition::default();
    let is_extended = extension.is_some() || ratio_extension.is_some();
    push(
        words,
        [
            ("crop", *part != usual.part),
            ("w", *width > 0 || *min_width > 0),
            ("h", *height > 0 || *min_height > 0),
            ("zoom", *zoom != usual.zoom),
            ("dpr", *ratio != usual.ratio),
            ("fit", *fitting != usual.fitting || is_extended),
            ("gravity", *placement != usual.placement || part_placement.is_some()),
            ("enlarge", *may_enlarge),
            ("pad", *padding != usual.padding),
            ("wm", !marks.is_empty()),
        ],
    );
}

fn bounds_words(bounds: &Bounds, usual: Usual, words: &mut Vec<&'static str>) {
    // Without `..`: a bound that has no word does not compile. Where there is none, no client of any dialect chooses it.
    let Bounds {
        width,
        height,
        size,
        fit,
        ratio,
        gravity,
        may_enlarge,
        keeps_smaller,
        algorithm: _,
        sharpens_reduced: _,
        rounding: _,
        surround: _,
        is_all_or_nothing: _,
        is_adaptive: _,
        box_rule: _,
        focal,
        free: _,
        held_to: _,
    } = *bounds;
    push(
        words,
        [
            ("w", width.is_some()),
            ("h", height.is_some()),
            ("size", size.is_some()),
            ("fit", fit != Fit::default()),
            ("ar", ratio.is_some()),
            ("gravity", ![Gravity::default(), Gravity::Halves].contains(&gravity) || focal.is_some()),
            ("enlarge", may_enlarge && !keeps_smaller && !usual.enlarges),
        ],
    );
}

fn effect_words(effects: &Effects, words: &mut Vec<&'static str>) {
    // Without `..`: an effect that has no word does not compile.
    let Effects { grayscale, blur, sized_blur, tones, sharpen, pixelate, mirrors_squares: _, opacity_percent } =
        effects;
    let usual = Tones::default();
    let Tones { brightness, saturation, hue, gamma, contrast, sepia_percent, tint, is_inverted, lift, wash } = *tones;
    push(
        words,
        [
            ("bw", *grayscale),
            ("blur", blur.is_some() || sized_blur.is_some()),
            ("brightness", brightness != usual.brightness || lift != usual.lift),
            ("saturation", saturation != usual.saturation),
            ("hue", hue != usual.hue),
            ("gamma", gamma != usual.gamma),
            ("contrast", contrast != usual.contrast),
            ("sepia", sepia_percent != usual.sepia_percent),
            ("tint", tint.is_some() || wash != usual.wash),
            ("invert", is_inverted),
            ("sharpen", sharpen.is_some()),
            ("pixelate", pixelate.is_some()),
            ("opacity", opacity_percent.is_some()),
        ],
    );
}

fn output_words(output: &OutputWish, usual: Usual, words: &mut Vec<&'static str>) {
    // Without `..`: a wish that has no word does not compile. A still is what a dialect makes of all.
    let OutputWish { format, coding, is_still: _, max_frames: _, keeping } = *output;
    let CodingWish { quality, is_lossless, effort, is_progressive, chroma, palette, max_bytes } = coding;
    let is_quality_asked = match quality {
        Some(QualityWish::Number(number)) => usual.quality != Some(number),
        Some(QualityWish::Target(_)) => true,
        Some(QualityWish::Own | QualityWish::Each(_)) | None => false,
    };
    let is_format_asked = match format {
        Some(FormatWish::Named(_) | FormatWish::Best { .. } | FormatWish::Unwritten(_)) => true,
        Some(FormatWish::Listed(list)) => list.named.is_some(),
        Some(FormatWish::Own | FormatWish::Same | FormatWish::Preferred(_)) | None => false,
    };
    push(
        words,
        [
            ("format", is_format_asked || (palette.is_some() && palette != usual.palette)),
            ("q", is_quality_asked),
            ("lossless", is_lossless),
            ("effort", effort.is_some()),
            ("progressive", is_progressive && !usual.is_progressive),
            ("chroma", chroma.is_some()),
            ("max_bytes", max_bytes.is_some()),
            // No parameter of ours says it, so that no list of parameters allows it.
            ("metadata", keeping == Some(Keeping::All) && !usual.keeps_metadata),
        ],
    );
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use http::{HeaderMap, Method};

    use super::*;
    use crate::dialect::native::parameters::Parameter;
    use crate::dialect::{Asked, Dialect as _, Native, Wording};

    fn of(query: &str) -> Vec<&'static str> {
        let headers = HeaderMap::new();
        let heard =
            Native::default().read(Wording { method: &Method::GET, path: "/a", query: Some(query), headers: &headers });
        let Ok(Asked::Image(request)) = heard.asked else { panic!("{query}") };
        words(&request.wish, Usual::default())
    }

    /// Each of a parameter's own, so that the table and the words agree.
    #[test]
    fn what_one_parameter_asks_for_is_its_word() {
        for query in [
            "w=4",
            "h=4",
            "size=4",
            "rect=0,0,4,4",
            "crop=4,4",
            "trim=1",
            "rotate=4",
            "flop=1",
            "flip=v",
            "wm=a",
            "text=a",
            "pad=4",
            "radius=4",
            "bg=red",
            "bw=1",
            "blur=4",
            "brightness=4",
            "saturation=4",
            "hue=4",
            "gamma=4",
            "contrast=4",
            "sepia=4",
            "tint=red",
            "invert=1",
            "sharpen=4",
            "pixelate=4",
            "opacity=4",
            "format=webp",
            "q=4",
            "q=auto",
            "lossless=1",
            "effort=4",
            "progressive=1",
            "chroma=420",
            "max_bytes=4k",
            "ar=1:1",
        ] {
            let name = query.split('=').next().unwrap();
            assert_eq!(of(query), [Parameter::named(name).unwrap().0.name()], "{query}");
        }
        assert_eq!(of("w=4&h=4&fit=cover&gravity=top&enlarge=1"), ["w", "h", "fit", "gravity", "enlarge"]);
        assert_eq!(of("trim=1&trim_color=f00"), ["trim", "trim_color"]);
    }

    #[test]
    fn every_word_is_a_parameter() {
        let all = "rect=0,0,4,4&trim=1&trim_color=f00&rotate=4&flop=1&flip=v&wm=a&text=a&pad=4&radius=4&bg=red&w=4&h=4";
        let words: BTreeSet<_> = of(all).into_iter().collect();
        assert!(
            words.iter().all(|word| Parameter::named(word).is_some_and(|(parameter, _)| parameter.name() == *word))
        );
        assert_eq!(words.len(), 13);
    }

    #[test]
    fn what_a_dialect_does_of_itself_is_not_asked_for() {
        let palette = Some(PaletteSize::MOST);
        let usual = Usual {
            quality: Some(Quality::new(95)),
            enlarges: true,
            is_progressive: true,
            palette,
            keeps_metadata: true,
        };
        let mut wish = Wish::default();
        wish.output.coding.quality = Some(QualityWish::Number(Quality::new(95)));
        wish.output.coding.is_progressive = true;
        wish.output.coding.palette = palette;
        wish.output.keeping = Some(Keeping::All);
        assert_eq!(words(&wish, usual), [""; 0]);
        assert_eq!(words(&wish, Usual::default()), ["format", "q", "progressive", "metadata"]);
        wish.output.coding.quality = Some(QualityWish::Number(Quality::new(94)));
        assert_eq!(words(&wish, usual), ["q"]);
    }
}
