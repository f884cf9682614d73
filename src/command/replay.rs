//! `Replay`: asks two servers for the same, and tells where the answers differ in what a client sees.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Cursor};
use std::path::PathBuf;

use codec::{CodecSettings, Codecs, Dimensions, Format};
use futures_util::{StreamExt, stream};
use http::header;
use reqwest::{Client, Response};
use url::Url;

use super::ToolError;
use super::access_log::LoggedTargets;
use super::arguments::is_standard;
use super::client::client;
use super::outlet::ProgressLine;

/// The longest body that is read, in bytes.
const MAX_BODY_BYTES: usize = 256 << 20;

/// Two servers, and what they are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// The one that is right.
    pub from: Url,
    /// The one that is compared with it.
    pub to: Url,
    /// The access log; `-` is the standard input.
    pub log: PathBuf,
    /// How many URLs are asked for at once.
    pub at_once: usize,
    /// The header `Accept` of all requests.
    pub accept: String,
    /// Differences are told as JSON.
    pub is_json: bool,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replayed {
    /// URLs that were asked for.
    pub asked: usize,
    /// Those whose answers differ.
    pub different: usize,
    /// Lines of the log that say nothing of a request.
    pub unread: usize,
}

/// What a client sees of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
enum AnswerSeen {
    Answer { status: u16, kind: String, dimensions: Option<Dimensions> },
    Nothing { why: String },
}

impl Replay {
    /// Asks, and tells each difference as a line.
    ///
    /// # Errors
    /// The log cannot be read. That a server gives no answer is a difference.
    pub async fn run(&self, mut tell: impl FnMut(&str)) -> Result<Replayed, ToolError> {
        let unreadable = |cause| ToolError::Unreadable { path: self.log.clone(), cause };
        let LoggedTargets { all, unread, .. } = if is_standard(&self.log) {
            LoggedTargets::read(io::stdin().lock())
        } else {
            File::open(&self.log).and_then(|log| LoggedTargets::read(BufReader::new(log)))
        }
        .map_err(unreadable)?;
        let client = client()?;
        let codecs = Codecs::new(&CodecSettings::default());
        let progress = ProgressLine::of(all.len());
        let asked = stream::iter(&all).map(|target| {
            let (client, codecs) = (&client, &codecs);
            async move {
                let ask = |base| seen(client, codecs, base, target, &self.accept);
                (target, futures_util::future::join(ask(&self.from), ask(&self.to)).await)
            }
        });
        let mut asked = asked.buffered(self.at_once);
        let mut different = 0;
        while let Some((target, (from, to))) = asked.next().await {
            progress.advance();
            if from != to {
                different += 1;
                progress.aside(|| tell(&self.difference(target, &from, &to)));
            }
        }
        Ok(Replayed { asked: all.len(), different, unread })
    }

    fn difference(&self, target: &str, from: &AnswerSeen, to: &AnswerSeen) -> String {
        if self.is_json {
            return serde_json::json!({ "target": target, "from": from.as_json(), "to": to.as_json() }).to_string();
        }
        format!("{target}: {from} -> {to}")
    }
}

impl AnswerSeen {
    fn as_json(&self) -> serde_json::Value {
        match self {
            Self::Answer { status, kind, dimensions } => {
                let sides = dimensions.map(|Dimensions { width, height }| [width, height]);
                serde_json::json!({ "status": status, "type": kind, "dimensions": sides })
            }
            Self::Nothing { why } => serde_json::json!({ "error": why }),
        }
    }
}

impl fmt::Display for AnswerSeen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer { status, kind, dimensions: Some(dimensions) } => {
                write!(formatter, "{status} {kind} {dimensions}")
            }
            Self::Answer { status, kind, dimensions: None } => write!(formatter, "{status} {kind}"),
            Self::Nothing { why } => write!(formatter, "no answer ({why})"),
        }
    }
}

impl fmt::Display for Replayed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { asked, different, unread } = self;
        write!(formatter, "{asked} URLs asked for, {different} differ")?;
        if *unread > 0 { write!(formatter, "; {unread} lines of the log say nothing of a request") } else { Ok(()) }
    }
}

async fn seen(client: &Client, codecs: &Codecs, base: &Url, target: &str, accept: &str) -> AnswerSeen {
    let url = format!("{}{target}", base.as_str().trim_end_matches('/'));
    let answered = async {
        let response = client.get(url).header(header::ACCEPT, accept).send().await?;
        let status = response.status().as_u16();
        let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("-");
        // Letter case and parameters are no difference.
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let body = body(response).await?;
        Ok::<_, reqwest::Error>(AnswerSeen::Answer { status, kind, dimensions: dimensions(codecs, &body) })
    };
    answered.await.unwrap_or_else(|error| AnswerSeen::Nothing { why: error.without_url().to_string() })
}

async fn body(mut response: Response) -> Result<Vec<u8>, reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > MAX_BODY_BYTES {
            break;
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// As displayed; `None` for what is no image that we know.
fn dimensions(codecs: &Codecs, body: &[u8]) -> Option<Dimensions> {
    let codec = codecs.decoder(Format::sniff(body)?).ok()?;
    codec.probe(&mut Cursor::new(body)).ok().map(|facts| facts.displayed())
}
