//! What is logged and how, as settings. It must not know who writes the log.

use tracing_subscriber::EnvFilter;

use super::kind::Kind;
use crate::telemetry::LogFormat;

/// The names of the formats.
pub(super) const LOG_FORMATS: &[(&str, LogFormat)] = &[("text", LogFormat::Text), ("json", LogFormat::Json)];

/// Which log lines are written: directives as `tracing_subscriber` reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

/// The cache library tells at every start which of its defaults it takes, and where its disk fails, of every rendition
/// with a backtrace; we tell once. Directives of the operator come after these.
const QUIET_LIBRARIES: &str = "foyer=warn,foyer_memory=warn,foyer_storage=off";

impl LogFilter {
    /// A filter for a subscriber.
    pub fn to_env_filter(&self) -> EnvFilter {
        // The same text passed the strict parser before, so the lossy one loses nothing.
        EnvFilter::builder().parse_lossy(format!("{QUIET_LIBRARIES},{}", self.0))
    }
}

/// Directives such as `info` or `warn,image_proxy=debug`.
pub(super) struct Directives;

impl Kind for Directives {
    type Value = LogFilter;

    fn expected(&self) -> String {
        "a level (error, warn, info, debug, trace, off) or directives such as warn,image_proxy=debug".to_owned()
    }

    fn parse(&self, text: &str) -> Option<LogFilter> {
        EnvFilter::builder().parse(text).ok().map(|_| LogFilter(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_that_name_no_level_are_refused() {
        assert_eq!(Directives.parse("warn,image_proxy=debug"), Some(LogFilter("warn,image_proxy=debug".to_owned())));
        assert_eq!(Directives.parse("image_proxy=loud"), None);
    }
}
