//! What libraries that read originals say of them: at most at `debug`, for a broken original is no error of ours.

use std::fmt::{self, Write};

use tracing::callsite::{Callsite, Identifier};
use tracing::field::{Field, FieldSet, Value, Visit};
use tracing::metadata::{Kind, LevelFilter};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Dispatch, Event, Level, Metadata, Subscriber};
use tracing_core::span::Current;

/// The crates, as targets begin. That which loads fonts is not among them: fonts are the operator's.
const LIBRARIES: [&str; 6] = ["jxl_", "resvg", "simplecss", "tiny_skia", "tiny_skia_path", "usvg"];
/// What crates that use `log` have for a target here; theirs is in this field.
const BRIDGE: &str = "log";
const BRIDGED_TARGET: &str = "log.target";

/// Where a line comes from that we write in a library's stead.
struct Place;
static PLACE: Place = Place;
static LOWERED: Metadata<'static> = Metadata::new(
    "what a library says",
    "codec",
    Level::DEBUG,
    None,
    None,
    None,
    FieldSet::new(&["message", "library"], Identifier(&PLACE)),
    Kind::EVENT,
);

impl Callsite for Place {
    fn set_interest(&self, _interest: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        &LOWERED
    }
}

/// A subscriber that hears of these libraries at `debug` what they say louder.
pub(super) struct Lowering<S>(pub(super) S);

fn is_of_library(target: &str) -> bool {
    let name = target.split("::").next().unwrap_or_default();
    LIBRARIES.iter().any(|library| name == *library || (library.ends_with('_') && name.starts_with(library)))
}

fn is_too_loud(metadata: &Metadata<'_>) -> bool {
    metadata.is_event() && *metadata.level() < Level::DEBUG && is_of_library(metadata.target())
}

/// The same but for the level: directives for the library's own target count.
fn lowered<'a>(metadata: &Metadata<'a>) -> Metadata<'a> {
    let fields = FieldSet::new(&[], metadata.callsite());
    Metadata::new(metadata.name(), metadata.target(), Level::DEBUG, None, None, None, fields, Kind::EVENT)
}

/// The fields of an event as text, that of the message first.
#[derive(Default)]
struct Complaint {
    message: String,
    fields: String,
    /// The target, where another crate handed the event on.
    bridged: Option<String>,
}

impl Visit for Complaint {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == BRIDGED_TARGET {
            self.bridged = Some(value.to_owned());
        } else {
            self.record_debug(field, &value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to text does not fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name if name.starts_with("log.") => Ok(()),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

impl<S: Subscriber> Lowering<S> {
    fn say(&self, library: &str, Complaint { message, fields, .. }: &Complaint) {
        let (text, library) = (format_args!("{message}{fields}"), &library as &dyn Value);
        let names = LOWERED.fields();
        let (Some(first), Some(second)) = (names.field("message"), names.field("library")) else { return };
        let values = [(&first, Some(&text as &dyn Value)), (&second, Some(library))];
        self.0.event(&Event::new(&LOWERED, &names.value_set(&values)));
    }
}

impl<S: Subscriber> Subscriber for Lowering<S> {
    fn on_register_dispatch(&self, subscriber: &Dispatch) {
        self.0.on_register_dispatch(subscriber);
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        // Asked each time: rare enough.
        if is_too_loud(metadata) { Interest::sometimes() } else { self.0.register_callsite(metadata) }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        if is_too_loud(metadata) { self.0.enabled(&lowered(metadata)) } else { self.0.enabled(metadata) }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        self.0.max_level_hint()
    }

    fn event_enabled(&self, event: &Event<'_>) -> bool {
        is_too_loud(event.metadata()) || self.0.event_enabled(event)
    }

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let is_bridged = metadata.target() == BRIDGE && *metadata.level() < Level::DEBUG;
        if !is_bridged && !is_too_loud(metadata) {
            return self.0.event(event);
        }
        let mut text = Complaint::default();
        event.record(&mut text);
        match &text.bridged {
            Some(target) if is_of_library(target) => self.say(target, &text),
            None if !is_bridged => self.say(metadata.target(), &text),
            _ => self.0.event(event),
        }
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.0.new_span(span)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        self.0.record(span, values);
    }

    fn record_follows_from(&self, span: &Id, follows: &Id) {
        self.0.record_follows_from(span, follows);
    }

    fn enter(&self, span: &Id) {
        self.0.enter(span);
    }

    fn exit(&self, span: &Id) {
        self.0.exit(span);
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.0.clone_span(id)
    }

    fn try_close(&self, id: Id) -> bool {
        self.0.try_close(id)
    }

    fn current_span(&self) -> Current {
        self.0.current_span()
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::EnvFilter;

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The lines that are written with these directives.
    fn lines(directives: &str) -> Vec<String> {
        let sink = Sink::default();
        let writer = sink.clone();
        let builder = tracing_subscriber::fmt().with_ansi(false).without_time();
        let builder = builder.with_env_filter(EnvFilter::new(directives)).with_writer(move || writer.clone());
        tracing::subscriber::with_default(Lowering(builder.finish()), || {
            tracing::error!(target: "jxl_render::blend", size = 3, "broken {}", "frame");
            tracing::warn!(target: "usvg::parser", "no such element");
            tracing::warn!(target: "jxlike", "ours");
            tracing::trace!(target: "jxl_frame", "details");
        });
        let written = sink.0.lock().unwrap().clone();
        String::from_utf8(written).unwrap().lines().map(|line| line.trim().to_owned()).collect()
    }

    #[test]
    fn what_a_library_says_of_an_original_is_said_at_debug() {
        assert_eq!(lines("info"), ["WARN jxlike: ours"]);
        let lowered = [
            "DEBUG codec: broken frame size=3 library=\"jxl_render::blend\"",
            "DEBUG codec: no such element library=\"usvg::parser\"",
            "WARN jxlike: ours",
        ];
        assert_eq!(lines("debug"), lowered);
        assert_eq!(lines("off,jxl_render=debug"), lowered[..1]);
        assert_eq!(lines("trace")[3], "TRACE jxl_frame: details");
    }
}
