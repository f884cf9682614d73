//! `Reading`: what the parameters of one query say, and the wish that they come to.

use std::borrow::Cow;
use std::fmt;

use url::form_urlencoded;

use super::advice::Advice;
use super::effects::EffectValues;
use super::geometry::GeometryValues;
use super::meanings::Meanings;
use super::output::OutputValues;
use super::overlays::OverlayValues;
use super::pages::{self, PageValues};
use super::parameters::Parameter;
use super::text::TextValues;
use crate::dialect::DialectError;
use crate::request::{Edit, FormatWish, OutputFormat, OutputWish, Wish};

/// The last value of each parameter that we know, as text, in the order of the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dialect) struct Values<'a>(Vec<Given<'a>>);

#[derive(Clone)]
struct Given<'a> {
    parameter: &'static Parameter,
    /// The name that it was given under.
    name: &'static str,
    text: Cow<'a, str>,
}

/// One value says what another says where name and text are the same.
impl PartialEq for Given<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.name, &self.text) == (other.name, &other.text)
    }
}

impl Eq for Given<'_> {}

impl Given<'_> {
    /// Tells whether it asks for a part in pixels or percent, rather than for a shape or a place.
    fn is_part(&self) -> bool {
        match self.parameter.name() {
            "rect" => true,
            "crop" => self.text.trim().starts_with(|letter: char| letter.is_ascii_digit()) && self.text.contains(','),
            _ => false,
        }
    }
}

impl fmt::Debug for Given<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}={:?}", self.name, self.text)
    }
}

impl<'a> Values<'a> {
    /// Names are matched in any letter case; of a repeated parameter, and of its several names, the last counts.
    pub(super) fn of(query: Option<&'a str>, meanings: &Meanings) -> Self {
        let mut values = Self(Vec::new());
        for (name, text) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            values.put(meanings.name(&name), text);
        }
        values
    }

    /// Words of others, each under a name of the table.
    pub fn of_words<N: AsRef<str>>(words: impl IntoIterator<Item = (N, Cow<'a, str>)>) -> Self {
        let mut values = Self(Vec::new());
        for (name, text) in words {
            values.put(name.as_ref(), text);
        }
        values
    }

    fn put(&mut self, name: &str, text: Cow<'a, str>) {
        let Some((parameter, name)) = Parameter::named(name) else { return };
        self.0.retain(|given| given.parameter.name() != parameter.name());
        self.0.push(Given { parameter, name, text });
    }

    /// The same in rounds: a part of the picture begins a new one where the round has edges.
    pub(super) fn in_order(self) -> Vec<Self> {
        let mut rounds = vec![Self(Vec::new())];
        for given in self.0 {
            if given.is_part() && rounds.last().is_some_and(Self::has_edges) {
                rounds.push(Self(Vec::new()));
            }
            if let Some(round) = rounds.last_mut() {
                round.0.push(given);
            }
        }
        rounds
    }

    /// All that is said in some rounds; of what is said in several, the last.
    pub(super) fn together(rounds: &[Self]) -> Values<'_> {
        let all = rounds.iter().flat_map(|round| &round.0);
        Values::of_words(all.map(|given| (given.name, Cow::Borrowed(&*given.text))))
    }

    /// These, and what others say of which these say nothing.
    pub(super) fn upon(self, others: &'a Values<'static>) -> Self {
        let has_box = self.has_box();
        let has_size = self.has("size");
        let has_side = has_box || self.has("w") || self.has("h");
        let is_overruled = |name: &str| match name {
            "size" => has_side || has_size,
            "w" | "h" => has_box || has_size || self.has(name),
            "fit" | "resize" | "lb" => has_size || self.has(name),
            _ => self.has(name),
        };
        let kept = others.0.iter().filter(|given| !is_overruled(given.parameter.name()));
        let borrowed = |given: &'a Given<'static>| Given { text: Cow::Borrowed(&*given.text), ..*given };
        Self(kept.map(borrowed).collect::<Vec<_>>().into_iter().chain(self.0).collect())
    }

    /// The same without the query that it was read from.
    pub(super) fn into_owned(self) -> Values<'static> {
        Values(self.0.into_iter().map(|given| Given { text: given.text.into_owned().into(), ..given }).collect())
    }

    /// The usual names of all that is given.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|given| given.parameter.name())
    }

    /// The usual name of each that is given, and what is.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|given| (given.parameter.name(), &*given.text))
    }

    /// What is given for a parameter, by its usual name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|given| given.parameter.name() == name).map(|given| &*given.text)
    }

    /// Tells whether an edge is asked for, so that the ratio of the screen may count.
    pub(super) fn has_edges(&self) -> bool {
        ["w", "h", "size"].into_iter().any(|name| self.has(name)) || self.has_box()
    }

    /// Tells whether both edges are asked for at once.
    fn has_box(&self) -> bool {
        ["fit", "resize", "lb"].into_iter().any(|name| self.get(name).is_some_and(|text| text.contains(',')))
    }

    /// Tells whether anything is said for pages.
    pub(super) fn has_pages(&self) -> bool {
        self.0.iter().any(|given| pages::is_of_pages(given.parameter.name()))
    }

    /// Tells whether a parameter was given, by the first of its names.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|given| given.parameter.name() == name)
    }
}

/// The parameters of one query, each as the type that it becomes, by section.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    pub(super) geometry: GeometryValues,
    pub(super) effects: EffectValues,
    pub(super) overlays: OverlayValues,
    pub(super) text: TextValues,
    pub(super) output: OutputValues,
    pub(super) pages: PageValues,
}

impl Reading {
    /// Reads all values; those that are as expected count whatever the others are. With it comes the first that is not.
    pub(super) fn of(values: &Values<'_>, meanings: &'static Meanings) -> (Self, Result<(), DialectError>) {
        let (mut reading, mut read) = (Self::default(), Ok(()));
        reading.geometry.meanings = meanings;
        for Given { parameter, name, text } in &values.0 {
            if (parameter.read)(&mut reading, text).is_none() && read.is_ok() {
                let expected = (parameter.expected)();
                read =
                    Err(DialectError::parameter(name, &expected, text).meaning(expected.nearest(text).map(Into::into)));
            }
        }
        let contradiction = reading.geometry.contradiction().or(reading.contradiction()).filter(|_| read.is_ok());
        if let Some((name, expected, got)) = contradiction {
            read = Err(DialectError::parameter(name, expected, got));
        }
        (reading, read)
    }

    /// The same, where so much of it is what a preset says.
    pub(super) fn beside(mut self, preset: &Self) -> Self {
        self.geometry.preset = Some(preset.geometry.edges());
        self
    }

    /// Says which of the texts that stand in for a picture were asked for at once.
    fn contradiction(&self) -> Option<(&'static str, &'static str, &'static str)> {
        let is_both = self.pages.is_picture && (self.tells_original() || self.output.is_text());
        is_both.then_some(("picture", "no info and no format beside it that is no image", "both"))
    }

    /// Tells whether what is known of the original is asked for, and so nothing else.
    pub(super) fn tells_original(&self) -> bool {
        self.pages.tells || self.output.tells_original()
    }

    /// What is asked for. The client's advice stands in for what the query does not say.
    pub(super) fn wish(self, advice: &Advice<'_>) -> Wish {
        if self.tells_original() {
            return Wish::new(OutputWish { format: Some(OutputFormat::INFO.into()), ..OutputWish::default() });
        }
        let (edit, output) = self.parted(advice);
        finished(Wish::new(output).then(edit))
    }

    /// What several rounds ask for, of which this is all that is said.
    pub(super) fn wish_of_rounds(self, rounds: Vec<Self>, advice: &Advice<'_>) -> Wish {
        if self.tells_original() {
            return self.wish(advice);
        }
        let (_, output) = self.parted(advice);
        let edits = rounds.into_iter().map(|round| round.parted(advice).0);
        finished(edits.fold(Wish::new(output), Wish::then))
    }

    fn parted(self, advice: &Advice<'_>) -> (Edit, OutputWish) {
        let Self { geometry, effects, overlays, text, output, pages: _ } = self;
        let saves_data = advice.saves_data();
        let hinted_ratio = || advice.ratio().filter(|_| geometry.has_edges());
        let ratio = geometry.dpr.or_else(hinted_ratio).filter(|_| !saves_data);
        let geometry = geometry.with_width(advice.width());
        let edit = Edit {
            rect: geometry.rect(),
            portion: geometry.portion,
            region: geometry.region(ratio),
            trim: geometry.trim(),
            turn: geometry.turn(),
            bounds: geometry.bounds(ratio, effects.has_sharpness),
            radius: effects.radius(ratio),
            effects: effects.wish(),
            overlays: overlays.wishes(ratio),
            text: text.wish(ratio),
            padding: geometry.padding(ratio),
            background: geometry.background(),
            ..Edit::default()
        };
        (edit, output.wish(advice.accepted()))
    }
}

/// The original's own format is nothing to ask for where nothing else is.
fn finished(mut wish: Wish) -> Wish {
    if let Some(own @ FormatWish::Own) = wish.output.format.take_if(|format| *format == FormatWish::Own)
        && !wish.is_empty()
    {
        wish.output.format = Some(own);
    }
    wish
}
