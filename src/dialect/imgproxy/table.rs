//! The options that there are: their names, and how many arguments they take.

/// An option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OptionKind {
    Resize,
    Size,
    ResizingType,
    Width,
    Height,
    MinWidth,
    MinHeight,
    Zoom,
    Dpr,
    Enlarge,
    Extend,
    ExtendRatio,
    Gravity,
    Crop,
    Trim,
    Padding,
    AutoRotate,
    Rotate,
    Flip,
    Background,
    Blur,
    Sharpen,
    Pixelate,
    Watermark,
    Preset,
    StripMetadata,
    KeepCopyright,
    StripColorProfile,
    PreserveHdr,
    EnforceThumbnail,
    Quality,
    FormatQuality,
    MaxBytes,
    Format,
    SkipProcessing,
    Raw,
    Cachebuster,
    Expires,
    Filename,
    ReturnAttachment,
    MaxSrcResolution,
    MaxSrcFileSize,
    MaxAnimationFrames,
    MaxAnimationFrameResolution,
    MaxResultDimension,
    Adjust,
    Brightness,
    Contrast,
    Saturation,
    Unsharp,
    Autoquality,
    BackgroundAlpha,
    WatermarkUrl,
    WatermarkText,
    WatermarkSize,
    PngOptions,
}

/// As many as are given.
const ANY: usize = usize::MAX;

/// Names, arguments at most, and the option.
type OptionNames = (&'static [&'static str], usize, OptionKind);

#[rustfmt::skip]
const ROWS: [OptionNames; 56] = [
    (&["resize", "rs"], 8, OptionKind::Resize),
    (&["size", "s"], 7, OptionKind::Size),
    (&["resizing_type", "rt"], 1, OptionKind::ResizingType),
    (&["width", "w"], 1, OptionKind::Width),
    (&["height", "h"], 1, OptionKind::Height),
    (&["min-width", "mw"], 1, OptionKind::MinWidth),
    (&["min-height", "mh"], 1, OptionKind::MinHeight),
    (&["zoom", "z"], 2, OptionKind::Zoom),
    (&["dpr"], 1, OptionKind::Dpr),
    (&["enlarge", "el"], 1, OptionKind::Enlarge),
    (&["extend", "ex"], 4, OptionKind::Extend),
    (&["extend_aspect_ratio", "extend_ar", "exar"], 4, OptionKind::ExtendRatio),
    (&["gravity", "g"], 3, OptionKind::Gravity),
    (&["crop", "c"], 5, OptionKind::Crop),
    (&["trim", "t"], 4, OptionKind::Trim),
    (&["padding", "pd"], 4, OptionKind::Padding),
    (&["auto_rotate", "ar"], 1, OptionKind::AutoRotate),
    (&["rotate", "rot"], 1, OptionKind::Rotate),
    (&["flip", "fl"], 2, OptionKind::Flip),
    (&["background", "bg"], 3, OptionKind::Background),
    (&["blur", "bl"], 1, OptionKind::Blur),
    (&["sharpen", "sh"], 1, OptionKind::Sharpen),
    (&["pixelate", "pix"], 1, OptionKind::Pixelate),
    (&["watermark", "wm"], 7, OptionKind::Watermark),
    (&["preset", "pr"], ANY, OptionKind::Preset),
    (&["strip_metadata", "sm"], 1, OptionKind::StripMetadata),
    (&["keep_copyright", "kcr"], 1, OptionKind::KeepCopyright),
    (&["strip_color_profile", "scp"], 1, OptionKind::StripColorProfile),
    (&["preserve_hdr", "ph"], 1, OptionKind::PreserveHdr),
    (&["enforce_thumbnail", "eth"], 1, OptionKind::EnforceThumbnail),
    (&["quality", "q"], 1, OptionKind::Quality),
    (&["format_quality", "fq"], ANY, OptionKind::FormatQuality),
    (&["max_bytes", "mb"], 1, OptionKind::MaxBytes),
    (&["format", "f", "ext"], 1, OptionKind::Format),
    (&["skip_processing", "skp"], ANY, OptionKind::SkipProcessing),
    (&["raw"], 1, OptionKind::Raw),
    (&["cachebuster", "cb"], 1, OptionKind::Cachebuster),
    (&["expires", "exp"], 1, OptionKind::Expires),
    (&["filename", "fn"], 2, OptionKind::Filename),
    (&["return_attachment", "att"], 1, OptionKind::ReturnAttachment),
    (&["max_src_resolution", "msr"], 1, OptionKind::MaxSrcResolution),
    (&["max_src_file_size", "msfs"], 1, OptionKind::MaxSrcFileSize),
    (&["max_animation_frames", "maf"], 1, OptionKind::MaxAnimationFrames),
    (&["max_animation_frame_resolution", "mafr"], 1, OptionKind::MaxAnimationFrameResolution),
    (&["max_result_dimension", "mrd"], 1, OptionKind::MaxResultDimension),
    (&["adjust", "a"], 3, OptionKind::Adjust),
    (&["brightness", "br"], 1, OptionKind::Brightness),
    (&["contrast", "co"], 1, OptionKind::Contrast),
    (&["saturation", "sa"], 1, OptionKind::Saturation),
    (&["unsharp_masking", "ush"], 3, OptionKind::Unsharp),
    (&["autoquality", "aq"], 5, OptionKind::Autoquality),
    (&["background_alpha", "bga"], 1, OptionKind::BackgroundAlpha),
    (&["watermark_url", "wmu"], 1, OptionKind::WatermarkUrl),
    (&["watermark_text", "wmt"], 1, OptionKind::WatermarkText),
    (&["watermark_size", "wms"], 2, OptionKind::WatermarkSize),
    (&["png_options", "pngo"], 3, OptionKind::PngOptions),
];

/// The option of a name, and how many arguments it takes at most.
pub(super) fn kind(name: &str) -> Option<(OptionKind, usize)> {
    ROWS.iter().find(|(names, ..)| names.contains(&name)).map(|(_, most, kind)| (*kind, *most))
}

impl OptionKind {
    /// Tells whether it is of the paid edition.
    pub(super) fn is_paid(self) -> bool {
        matches!(
            self,
            Self::Adjust
                | Self::Brightness
                | Self::Contrast
                | Self::Saturation
                | Self::Unsharp
                | Self::Autoquality
                | Self::BackgroundAlpha
                | Self::WatermarkUrl
                | Self::WatermarkText
                | Self::WatermarkSize
                | Self::PngOptions
        )
    }

    /// Tells whether it lifts a limit of the operator's.
    pub(super) fn is_security(self) -> bool {
        matches!(
            self,
            Self::MaxSrcResolution
                | Self::MaxSrcFileSize
                | Self::MaxAnimationFrames
                | Self::MaxAnimationFrameResolution
                | Self::MaxResultDimension
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_options_have_a_name_in_common() {
        let mut names: Vec<_> = ROWS.iter().flat_map(|(names, ..)| names.iter()).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(kind("bogus").is_none() && kind("W").is_none() && kind("").is_none());
    }
}
