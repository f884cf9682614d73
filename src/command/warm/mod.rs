//! `Warm`: has renditions made before anybody asks for them: by a running server, or into its cache on disk while none runs.

mod list;
mod server;
mod sitemap;

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::builder::ValueParser;
use clap::{Arg, ArgAction, ArgMatches, ValueHint, value_parser};
use futures_util::{StreamExt, stream};
use reqwest::Url;
use serde_json::json;

use super::arguments::{BROWSER, at_once_argument, at_once_of, base_url, json_argument};
use super::outlet::ProgressLine;
use super::{Outlet, ToolError};
use crate::app::CacheWarmer;
use crate::config::Config;
use crate::report::Outcome;
pub use list::WarmList;
use server::WarmServer;

/// How many pictures a server is asked for at once, that has other things to do.
const AT_ONCE: usize = 2;
/// How much may be on its way to the disk before it is waited for: more than a few times that, and some is left out.
const UNSETTLED_BYTES: u64 = 4 << 20;

/// A list of URLs, and who makes what they ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warm {
    /// Lists, logs and sitemaps, as files or URLs; `-` is the standard input.
    pub lists: Vec<PathBuf>,
    /// The server; `None` is the cache on disk, without one.
    pub server: Option<Url>,
    /// The headers `Accept` to ask with, where an answer depends on them.
    pub accepts: Vec<String>,
    /// How many are under way at once; `None` for few with a server, and for as many as there are workers without one.
    pub at_once: Option<usize>,
    /// Each picture is told as JSON.
    pub is_json: bool,
}

/// What came of all URLs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Warmed {
    /// Renditions that were made.
    pub made: usize,
    /// Those that were there.
    pub hits: usize,
    /// What goes out as it is, and need not be made.
    pub untouched: usize,
    /// Those that could not be made.
    pub failed: usize,
    /// Lines and URLs that say nothing of a picture.
    pub unread: usize,
    /// What is no picture, or was never answered well.
    pub passed_over: usize,
    /// Bytes of those that were made.
    made_bytes: u64,
    /// From the first question to the last answer.
    time: Duration,
}

/// How a rendition was come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WarmState {
    Made,
    Hit,
    Untouched,
    Failed,
}

/// What one answer came to.
#[derive(Debug, Clone)]
struct Cost {
    state: WarmState,
    bytes: u64,
    time: Duration,
    depends_on_accept: bool,
    /// Why it failed.
    reason: Option<String>,
    /// The server cannot be reached.
    is_unreachable: bool,
}

/// Who is asked.
enum Warmth<'a> {
    Server(WarmServer),
    Cache(&'a CacheWarmer),
}

impl WarmState {
    fn name(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Hit => "hit",
            Self::Untouched => "untouched",
            Self::Failed => "failed",
        }
    }
}

impl Cost {
    fn failed(reason: String) -> Self {
        let (state, reason) = (WarmState::Failed, Some(reason));
        Self { state, bytes: 0, time: Duration::ZERO, depends_on_accept: false, reason, is_unreachable: false }
    }
}

impl Warm {
    pub(super) fn arguments(name: &'static str) -> clap::Command {
        let lists = Arg::new("lists").value_name("LIST").num_args(1..).required(true);
        let lists = lists.value_parser(value_parser!(PathBuf));
        let server = Arg::new("server").long("server").value_name("URL").value_parser(ValueParser::new(base_url));
        let accept = Arg::new("accept").long("accept").value_name("TEXT").action(ArgAction::Append);
        clap::Command::new(name)
            .about("Has pictures made before anybody asks for them, and tells what each took")
            .arg(lists.value_hint(ValueHint::FilePath).help(
                "URLs or paths, one a line, an access log in common, combined or JSON form, or a sitemap, which may be a URL; each \
                 also packed by gzip; - for the standard input. Hosts in it are ignored, and # begins a comment",
            ))
            .arg(server.value_hint(ValueHint::Url).help(
                "The server that makes them; without it they are put into the cache on disk of these settings, by idle time, while no \
                 server uses it",
            ))
            .arg(accept.default_value(BROWSER).help(
                "The header Accept to ask with; may be given several times, and then what depends on it is asked for with each",
            ))
            .arg(at_once_argument(
                "How many pictures are made at once; without it, 2 of a server, and else as many as there are workers",
            ))
            .arg(json_argument("Prints a line of JSON for each picture"))
    }

    pub(super) fn of(matches: &ArgMatches) -> Self {
        Self {
            lists: matches.get_many::<PathBuf>("lists").into_iter().flatten().cloned().collect(),
            server: matches.get_one::<Url>("server").cloned(),
            accepts: matches.get_many::<String>("accept").into_iter().flatten().cloned().collect(),
            at_once: at_once_of(matches),
            is_json: matches.get_flag("json"),
        }
    }

    /// Reads all lists.
    ///
    /// # Errors
    /// One cannot be read, or is no sitemap though it begins like one.
    pub async fn read(&self, outlet: &mut Outlet<'_>) -> Result<WarmList, ToolError> {
        WarmList::read(&self.lists, outlet).await
    }

    /// Asks a server for all of a list, with signatures by these settings where they want some.
    ///
    /// # Errors
    /// The server cannot be reached.
    pub async fn by_server(
        &self,
        list: WarmList,
        url: &Url,
        config: &Config,
        outlet: &mut Outlet<'_>,
    ) -> Result<Warmed, ToolError> {
        let server = WarmServer::new(url.clone(), config)?;
        self.go_through(list, &Warmth::Server(server), self.at_once.unwrap_or(AT_ONCE), outlet).await
    }

    /// Has all of a list made here, and put into the cache on disk.
    ///
    /// # Errors
    /// None: what cannot be made is told.
    pub async fn by_cache(
        &self,
        list: WarmList,
        warmer: &CacheWarmer,
        outlet: &mut Outlet<'_>,
    ) -> Result<Warmed, ToolError> {
        let at_once = self.at_once.unwrap_or(warmer.threads());
        self.go_through(list, &Warmth::Cache(warmer), at_once, outlet).await
    }

    async fn go_through(
        &self,
        list: WarmList,
        warmth: &Warmth<'_>,
        at_once: usize,
        outlet: &mut Outlet<'_>,
    ) -> Result<Warmed, ToolError> {
        let WarmList { targets, unread, passed_over } = list;
        let mut warmed = Warmed { unread, passed_over, ..Warmed::default() };
        let (started, mut unsettled) = (Instant::now(), 0);
        let progress = ProgressLine::of(targets.len());
        let asked = stream::iter(&targets).map(|target| async move { (target, self.ask_each(warmth, target).await) });
        let mut asked = asked.buffered(at_once);
        while let Some((target, costs)) = asked.next().await {
            progress.advance();
            for (accept, cost) in costs {
                if cost.is_unreachable && warmed.is_nothing_answered() {
                    let reason = cost.reason.unwrap_or_default();
                    return Err(ToolError::Failed(format!("the server cannot be reached: {reason}")));
                }
                warmed.count(&cost);
                unsettled += if cost.state == WarmState::Made { cost.bytes } else { 0 };
                progress.aside(|| self.tell(target, accept, &cost, outlet));
            }
            if let (Warmth::Cache(warmer), true) = (warmth, unsettled >= UNSETTLED_BYTES) {
                warmer.settle().await;
                unsettled = 0;
            }
        }
        warmed.time = started.elapsed();
        Ok(warmed)
    }

    /// Asks with each header in turn, as long as the answer depends on it.
    async fn ask_each(&self, warmth: &Warmth<'_>, target: &str) -> Vec<(&str, Cost)> {
        let mut costs: Vec<(&str, Cost)> = Vec::new();
        for accept in &self.accepts {
            if costs.last().is_some_and(|(_, cost)| !cost.depends_on_accept) {
                break;
            }
            let started = Instant::now();
            let cost = match warmth {
                Warmth::Server(server) => server.ask(target, accept).await,
                Warmth::Cache(warmer) => ask_cache(warmer, target, accept).await,
            };
            costs.push((accept, Cost { time: started.elapsed(), ..cost }));
        }
        costs
    }

    fn tell(&self, target: &str, accept: &str, cost: &Cost, outlet: &mut Outlet<'_>) {
        let Cost { state, bytes, time, reason, depends_on_accept, .. } = cost;
        let milliseconds = (time.as_secs_f64() * 1e4).round() / 10.0;
        // Where nothing depends on it, it was one of many that would have come to the same.
        let accept = Some(accept).filter(|_| *depends_on_accept && self.accepts.len() > 1);
        if let Some(reason) = reason {
            (outlet.note)(&format!("{target}: {reason}"));
        }
        let state = state.name();
        if !self.is_json {
            let accept = accept.map(|accept| format!("  {accept}")).unwrap_or_default();
            (outlet.tell)(&format!("{state:<9} {milliseconds:>9.1} ms {bytes:>10} bytes  {target}{accept}"));
            return;
        }
        let mut line = json!({ "url": target, "status": state, "milliseconds": milliseconds, "bytes": bytes });
        if let Some(line) = line.as_object_mut() {
            line.extend(accept.map(|accept| ("accept".to_owned(), json!(accept))));
            line.extend(reason.as_ref().map(|reason| ("error".to_owned(), json!(reason))));
        }
        (outlet.tell)(&line.to_string());
    }
}

async fn ask_cache(warmer: &CacheWarmer, target: &str, accept: &str) -> Cost {
    let answer = warmer.ask(target, Some(accept)).await;
    if !answer.is_success() {
        return Cost::failed(answer.text().await.unwrap_or_else(|error| error.to_string()));
    }
    let state = match answer.outcome() {
        Outcome::Rendered | Outcome::Shared => WarmState::Made,
        Outcome::Hit | Outcome::Redirected => WarmState::Hit,
        _ => WarmState::Untouched,
    };
    let (bytes, depends_on_accept) = (answer.length().unwrap_or_default(), answer.depends_on_accept());
    Cost { state, bytes, time: Duration::ZERO, depends_on_accept, reason: None, is_unreachable: false }
}

impl Warmed {
    /// Tells whether all of the list is warm.
    pub fn is_all(&self) -> bool {
        self.failed + self.unread == 0
    }

    fn is_nothing_answered(&self) -> bool {
        self.made + self.hits + self.untouched + self.failed == 0
    }

    fn count(&mut self, cost: &Cost) {
        match cost.state {
            WarmState::Made => {
                self.made += 1;
                self.made_bytes += cost.bytes;
            }
            WarmState::Hit => self.hits += 1,
            WarmState::Untouched => self.untouched += 1,
            WarmState::Failed => self.failed += 1,
        }
    }
}

impl fmt::Display for Warmed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { made, hits, untouched, failed, unread, passed_over, made_bytes, time } = self;
        let seconds = time.as_secs_f64();
        write!(
            formatter,
            "{made} made ({made_bytes} bytes), {hits} hits, {untouched} untouched, {failed} failed, {seconds:.1} s"
        )?;
        if *passed_over > 0 {
            write!(formatter, "; {passed_over} passed over that are no pictures or were refused before")?;
        }
        if *unread > 0 { write!(formatter, "; {unread} lines say nothing of a picture") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warm(accepts: &[&str], is_json: bool) -> Warm {
        let accepts = accepts.iter().map(|accept| (*accept).to_owned()).collect();
        Warm { lists: Vec::new(), server: None, accepts, at_once: None, is_json }
    }

    fn told(warm: &Warm, cost: &Cost) -> (Vec<String>, Vec<String>) {
        let (mut data, mut notes) = (Vec::new(), Vec::new());
        let (mut tell, mut note) = (|line: &str| data.push(line.to_owned()), |line: &str| notes.push(line.to_owned()));
        warm.tell("/a.jpg", "image/webp", cost, &mut Outlet { tell: &mut tell, note: &mut note });
        (data, notes)
    }

    #[test]
    fn what_each_cost_is_told_to_people_and_to_scripts() {
        let time = Duration::from_micros(12_345);
        let (state, reason) = (WarmState::Made, None);
        let made = Cost { state, bytes: 678, time, depends_on_accept: true, reason, is_unreachable: false };
        let line = "made           12.3 ms        678 bytes  /a.jpg";
        assert_eq!(told(&warm(&["image/webp"], false), &made), (vec![line.to_owned()], vec![]));
        let line = format!("{line}  image/webp");
        assert_eq!(told(&warm(&["image/webp", "*/*"], false), &made), (vec![line], vec![]));
        let line = r#"{"accept":"image/webp","bytes":678,"milliseconds":12.3,"status":"made","url":"/a.jpg"}"#;
        assert_eq!(told(&warm(&["image/webp", "*/*"], true), &made), (vec![line.to_owned()], vec![]));
        let failed = Cost::failed("gone".to_owned());
        let line = r#"{"bytes":0,"error":"gone","milliseconds":0.0,"status":"failed","url":"/a.jpg"}"#;
        assert_eq!(told(&warm(&[], true), &failed), (vec![line.to_owned()], vec!["/a.jpg: gone".to_owned()]));
    }

    #[test]
    fn all_is_counted_in_the_end() {
        let mut warmed = Warmed { unread: 1, passed_over: 2, time: Duration::from_millis(1234), ..Warmed::default() };
        assert!(warmed.is_nothing_answered());
        for state in [WarmState::Made, WarmState::Made, WarmState::Hit, WarmState::Untouched, WarmState::Failed] {
            warmed.count(&Cost { state, bytes: 10, ..Cost::failed(String::new()) });
        }
        let expected = "2 made (20 bytes), 1 hits, 1 untouched, 1 failed, 1.2 s; 2 passed over that are no pictures or were \
                        refused before; 1 lines say nothing of a picture";
        assert_eq!((warmed.to_string().as_str(), warmed.is_all()), (expected, false));
        assert!(Warmed::default().is_all());
    }
}
