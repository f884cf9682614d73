//! What is told of an original (docs/pages.md): what its file says, and what its pixels tell.

use bytes::Bytes;
use codec::{Details, Picture};

use super::RenderError;
use super::make::{Making, timed};
use super::operation::{Flatten, Operation};
use crate::report::{Stage, StageTimes};
use crate::request::{Coding, Facts, Identity, OutputFormat, VersionName};

/// The text of it, by the upright picture. No other word of the original's metadata is in it.
///
/// # Errors
/// One of the encoders fails.
pub(super) fn told(
    making: &Making<'_>,
    identity: &Identity,
    original: &Bytes,
    picture: Picture,
    times: &mut StageTimes,
) -> Result<Bytes, RenderError> {
    let codecs = making.kitchen.codecs;
    let encoded = |output, picture: &Picture| -> Result<String, RenderError> {
        let notice = &making.kitchen.notice;
        let bytes = codecs.encoder(output)?.encode_as(picture, &Coding::default(), notice, 1)?;
        String::from_utf8(bytes).map_err(|error| RenderError::operation("tell of a picture", error))
    };
    let details = timed(times, Stage::Read, || codecs.details(original, making.facts));
    let picture = timed(times, Stage::Encode, || picture.without_idle_alpha().without_hidden_colours());
    let seen = timed(times, Stage::Encode, || encoded(OutputFormat::INFO, &picture))?;
    let background = making.recipe.output.background.unwrap_or(making.policy.background);
    let flattened =
        making.done(&Operation::Flatten(Flatten(background)), picture, making.kitchen.is_abandoned, times)?;
    let blurhash = timed(times, Stage::Encode, || encoded(OutputFormat::BLURHASH, &flattened))?;
    Ok(text(making.facts, &details, &seen, &blurhash, &VersionName::of(identity)).into())
}

/// `seen` is an object of what the pixels tell. No text in it needs to be escaped: names of ours, colours, and digits of bases
/// that have neither quotation marks nor backslashes.
fn text(facts: &Facts, details: &Details, seen: &str, blurhash: &str, version: &VersionName) -> String {
    let Details { bits, colours, has_alpha, orientation, frames, milliseconds } = *details;
    let (upright, format, bytes) = (facts.displayed(), facts.format.name(), facts.condition.bytes);
    let orientation = orientation.exif_value();
    let seen = seen.trim_start_matches('{').trim_end_matches('}');
    format!(
        "{{\"width\":{},\"height\":{},\"format\":\"{format}\",\"bytes\":{bytes},\"alpha\":{has_alpha},\
         \"frames\":{frames},\"duration_ms\":{milliseconds},\"orientation\":{orientation},\
         \"colour_space\":\"{}\",\"bits\":{bits},{seen},\"blurhash\":\"{blurhash}\",\"version\":\"{version}\"}}",
        upright.width,
        upright.height,
        colours.name(),
    )
}
