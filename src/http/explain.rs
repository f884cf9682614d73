//! How an explanation is told: as JSON, for people and tools.

use axum::response::Response;
use http::header::CACHE_CONTROL;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

use super::failure::{NO_STORE, said};
use crate::dialect::{Worded, takes};
use crate::report::StageTimes;
use crate::request::{Facts, Inquiry, Keeping, Medium, Output};
use crate::service::{CacheState, Explanation, InVain};

/// The answer to whoever asks what would be done for a URL, and why. It is true now, and not to be kept.
pub(super) fn explained(inquiry: &Inquiry, explanation: &Explanation, headers: &HeaderMap) -> Response {
    let Explanation { steps, key, state, times, .. } = explanation;
    let wishes: Map<_, _> = inquiry.wishes.iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect();
    let steps = steps
        .iter()
        .map(|(name, after)| json!({ "name": name.to_lowercase(), "width": after.width, "height": after.height }));
    let ignored = inquiry.ignored.iter().map(|ignored| json!({ "name": ignored.name, "did_you_mean": ignored.meant }));
    let state = match state {
        CacheState::Hit => "hit",
        CacheState::Miss => "miss",
        CacheState::Untouched => "untouched",
    };
    let told = json!({
        "wishes": wishes,
        "decision": decision(explanation),
        "steps": steps.collect::<Vec<_>>(),
        "key": key,
        "cache": state,
        "times": times.as_ref().map(milliseconds),
        "ignored": ignored.collect::<Vec<_>>(),
        "advice": advice(inquiry, explanation, headers),
    });
    let mut response = said(Worded::json(StatusCode::OK, &told));
    response.headers_mut().insert(CACHE_CONTROL, NO_STORE.clone());
    response
}

fn decision(explanation: &Explanation) -> Value {
    let Explanation { original, output, dimensions, is_open, .. } = explanation;
    let mut decision = json!({
        "answer": if output.is_some() { "rendition" } else { "original" },
        "width": dimensions.map(|dimensions| dimensions.width),
        "height": dimensions.map(|dimensions| dimensions.height),
        "at_most": is_open,
        "original": original.as_ref().map(told),
    });
    let written = match output {
        Some(output) => written(output),
        None => json!({ "format": original.map(|facts| facts.format.name()) }),
    };
    if let (Value::Object(decision), Value::Object(written)) = (&mut decision, written) {
        decision.extend(written);
    }
    decision
}

fn told(facts: &Facts) -> Value {
    let dimensions = facts.displayed();
    json!({
        "format": facts.format.name(),
        "width": dimensions.width,
        "height": dimensions.height,
        "quality": facts.condition.quality.map(|quality| quality.number()),
        "frames": facts.frames,
    })
}

fn written(output: &Output) -> Value {
    let Output { format, coding, target, max_bytes, background, is_animated, max_frames, keeping } = output;
    json!({
        "format": format.medium().name(),
        "quality": coding.quality.map(|quality| quality.number()),
        "effort": coding.effort,
        "progressive": coding.is_progressive,
        "chroma": coding.chroma.map(|chroma| chroma.name()),
        "palette": coding.palette.map(|most| most.colours()),
        "target": target.map(|target| target.name()),
        "max_bytes": max_bytes.map(|most| most.bytes()),
        "background": background.map(|background| format!("#{background}")),
        "animated": is_animated,
        "max_frames": max_frames,
        "metadata": match keeping {
            Keeping::Nothing => "none",
            Keeping::Notice => "copyright",
            Keeping::All => "all",
        },
    })
}

/// By stage, in milliseconds.
fn milliseconds(times: &StageTimes) -> Map<String, Value> {
    let rounded = |seconds: f64| (seconds * 1e6).round() / 1e3;
    times.iter().map(|(stage, time)| (stage.name().to_owned(), json!(rounded(time.as_secs_f64())))).collect()
}

fn advice(inquiry: &Inquiry, explanation: &Explanation, headers: &HeaderMap) -> Vec<String> {
    let mut advice: Vec<_> = explanation.advice.iter().map(worded).collect();
    let written = explanation.output.map(|output| output.format.medium());
    let medium = written.or(explanation.original.map(|facts| facts.format.into()));
    if let Some(medium) = medium.filter(|medium: &Medium| !takes(headers, medium.mime())) {
        advice.push(format!("format: the client's Accept does not take {}; auto gives what it takes", medium.name()));
    }
    let guesses = inquiry.ignored.iter().filter_map(|ignored| Some((&ignored.name, ignored.meant?)));
    advice.extend(guesses.map(|(name, meant)| format!("{name}: nobody reads it; did you mean {meant}?")));
    advice
}

fn worded(advice: &InVain) -> String {
    match advice {
        InVain::Finer { asked, own } => {
            let (asked, own) = (asked.number(), own.number());
            format!("q: {asked} is more than the original's own quality of {own}, and shows nothing more")
        }
        InVain::Larger { edge, asked, own } => {
            format!("{edge}: {asked} is more than the original's {own} pixels; it stays as it is without enlarge=1")
        }
    }
}
