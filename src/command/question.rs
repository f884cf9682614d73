//! `PictureQuestion`: what is known of a picture, or what would become of it, as a server tells it.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, ValueHint, value_parser};

use super::arguments::{accept_argument, json_argument, text_of};
use super::{Outlet, ToolError};
use crate::app::{LocalPictures, LocalQuestion};

/// A question about a picture, answered by JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureQuestion {
    /// The file; `-` is the standard input.
    pub input: PathBuf,
    /// The query that is to be explained; `None` asks what is known of the picture.
    pub query: Option<String>,
    /// What the client takes, as in its header `Accept`.
    pub accept: Option<String>,
    /// On one line, as scripts read it, also where people do.
    pub is_json: bool,
}

impl PictureQuestion {
    pub(super) fn info_arguments(name: &'static str) -> clap::Command {
        clap::Command::new(name)
            .about("Prints what is known of a picture, as a server answers ?info")
            .arg(input_argument())
            .arg(json_argument("Prints one line, also to a terminal"))
    }

    pub(super) fn explain_arguments(name: &'static str) -> clap::Command {
        let query = Arg::new("query").value_name("QUERY").required(true).help("The parameters, as in a URL");
        clap::Command::new(name)
            .about("Prints what a query would make of a picture and why, as a server answers ?explain")
            .arg(input_argument())
            .arg(query)
            .arg(accept_argument())
            .arg(json_argument("Prints one line, also to a terminal"))
    }

    pub(super) fn of(matches: &ArgMatches) -> Self {
        Self {
            input: matches.get_one::<PathBuf>("input").cloned().unwrap_or_default(),
            query: text_of(matches, "query"),
            accept: text_of(matches, "accept"),
            is_json: matches.get_flag("json"),
        }
    }

    /// Asks, and tells the answer: in lines for people where `is_for_people`.
    ///
    /// # Errors
    /// There is no such picture, or the query is none.
    pub async fn run(
        &self,
        pictures: &LocalPictures<'_>,
        is_for_people: bool,
        outlet: &mut Outlet<'_>,
    ) -> Result<(), ToolError> {
        let question = match &self.query {
            Some(query) => {
                let query = bare(query);
                pictures.check(query).map_err(ToolError::Usage)?;
                LocalQuestion::Explain(query)
            }
            None => LocalQuestion::Info,
        };
        let unreadable = |cause| ToolError::Unreadable { path: self.input.clone(), cause };
        let is_standard = self.input == Path::new("-");
        let picture = if is_standard { pictures.read(io::stdin().lock()) } else { pictures.find(&self.input, None) };
        let answer = pictures.ask(&picture.map_err(unreadable)?, question, self.accept.as_deref()).await?;
        let is_success = answer.is_success();
        let text = answer.text().await.map_err(|error| unreadable(io::Error::other(error)))?;
        if !is_success {
            return Err(ToolError::Failed(format!("{}: {text}", self.input.display())));
        }
        let in_lines = || {
            let value: serde_json::Value = serde_json::from_str(&text).ok()?;
            serde_json::to_string_pretty(&value).ok()
        };
        let shown = if is_for_people && !self.is_json { in_lines() } else { None };
        (outlet.tell)(shown.as_deref().unwrap_or(&text));
        Ok(())
    }
}

/// A query without the question mark that it may have been copied with.
pub(super) fn bare(query: &str) -> &str {
    query.strip_prefix('?').unwrap_or(query)
}

fn input_argument() -> Arg {
    Arg::new("input")
        .value_name("INPUT")
        .required(true)
        .value_parser(value_parser!(PathBuf))
        .value_hint(ValueHint::FilePath)
        .help("A file; - for the standard input")
}
