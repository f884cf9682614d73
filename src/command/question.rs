//! `PictureQuestion`: what is known of a picture, or what would become of it, as a server tells it.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, ValueHint, value_parser};

use super::arguments::{accept_argument, is_standard, json_argument, text_of};
use super::{Outlet, ToolError};
use crate::app::{LocalPicture, LocalPictures, LocalQuestion};

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
        let picture = picture_of(pictures, &self.input, None).await;
        let answer = pictures.ask(&picture.map_err(unreadable)?, question, self.accept.as_deref()).await?;
        let is_success = answer.is_success();
        let text = answer.text().await.map_err(|error| unreadable(io::Error::other(error)))?;
        if !is_success {
            return Err(ToolError::Failed(format!("{}: {text}", self.input.display())));
        }
        (outlet.tell)(&if is_for_people && !self.is_json { in_lines(&text) } else { text });
        Ok(())
    }
}

/// JSON in as many lines as it has values, in its own order.
fn in_lines(json: &str) -> String {
    let (mut lines, mut depth, mut is_text, mut is_escaped) = (String::new(), 0_usize, false, false);
    let mut letters = json.chars().peekable();
    while let Some(letter) = letters.next() {
        let is_empty = matches!((letter, letters.peek()), ('{', Some('}')) | ('[', Some(']')));
        match letter {
            _ if is_text => lines.push(letter),
            '{' | '[' if is_empty => lines.extend([Some(letter), letters.next()].into_iter().flatten()),
            '{' | '[' => {
                depth += 1;
                lines.push(letter);
                break_line(&mut lines, depth);
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                break_line(&mut lines, depth);
                lines.push(letter);
            }
            ',' => {
                lines.push(letter);
                break_line(&mut lines, depth);
            }
            ':' => lines.push_str(": "),
            _ if letter.is_whitespace() => {}
            _ => lines.push(letter),
        }
        is_text ^= letter == '"' && !is_escaped;
        is_escaped = is_text && letter == '\\' && !is_escaped;
    }
    lines
}

fn break_line(lines: &mut String, depth: usize) {
    lines.push('\n');
    lines.extend(std::iter::repeat_n("  ", depth));
}

/// The picture in a file, which may be the standard input.
pub(super) async fn picture_of(
    pictures: &LocalPictures<'_>,
    file: &Path,
    base: Option<&Path>,
) -> io::Result<LocalPicture> {
    if is_standard(file) { pictures.standard_input().await } else { pictures.find(file, base).await }
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::Config;

    const DRAWING: &str =
        "<svg xmlns='http://www.w3.org/2000/svg' width='4' height='3'><rect width='4' height='3'/></svg>";

    fn question(input: &Path, query: Option<&str>, is_json: bool) -> PictureQuestion {
        PictureQuestion { input: input.to_owned(), query: query.map(str::to_owned), accept: None, is_json }
    }

    async fn told(question: &PictureQuestion, is_for_people: bool) -> Result<String, String> {
        let loaded = Config::parse([]).unwrap();
        let pictures = LocalPictures::open(&loaded).await.unwrap();
        let mut lines = Vec::new();
        let (mut tell, mut note) = (|line: &str| lines.push(line.to_owned()), |note: &str| panic!("{note}"));
        let mut outlet = Outlet { tell: &mut tell, note: &mut note };
        let done = question.run(&pictures, is_for_people, &mut outlet).await;
        done.map(|()| lines.join("\n")).map_err(|error| error.to_string())
    }

    #[test]
    fn json_is_laid_out_in_its_own_order() {
        let json = r#"{"b":[1,{"a":"x:\",{\\"}],"a":{},"c":[], "d":null}"#;
        let lines = in_lines(json);
        let expected = "{\n  \"b\": [\n    1,\n    {\n      \"a\": \"x:\\\",{\\\\\"\n    }\n  ],\n  \"a\": {},\n  \"c\": [],\n  \"d\": null\n}";
        assert_eq!(lines, expected);
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&lines), value(json));
    }

    #[tokio::test]
    async fn people_read_many_lines_and_scripts_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.svg");
        fs::write(&file, DRAWING).unwrap();
        for (is_json, is_for_people) in [(false, false), (true, true), (true, false)] {
            let info = told(&question(&file, None, is_json), is_for_people).await.unwrap();
            assert_eq!(info.lines().count(), 1, "{info}");
            assert!(info.starts_with("{\"width\":4,\"height\":3,\"format\":\"svg\","), "{info}");
        }
        let info = told(&question(&file, None, false), true).await.unwrap();
        assert!(info.lines().count() > 10 && info.contains("\n  \"width\": 4"), "{info}");
        let explained = told(&question(&file, Some("?w=2"), false), false).await.unwrap();
        let explained: serde_json::Value = serde_json::from_str(&explained).unwrap();
        assert_eq!(explained["wishes"], serde_json::json!({ "w": "2" }));
    }

    #[tokio::test]
    async fn what_is_wrong_is_told_with_the_name_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.png");
        fs::write(&file, "no picture").unwrap();
        let named = |text: &str| Err(format!("{}: {text}", file.display()));
        let no_image = named("expected an image, got a file that is none by its bytes");
        assert_eq!(told(&question(&file, None, false), false).await, no_image);
        assert_eq!(told(&question(&file, Some("w=2"), false), false).await, no_image);
        let said = told(&question(&file, Some("w=x"), false), false).await.unwrap_err();
        assert!(said.starts_with("w: expected "), "{said}");
        let missing = folder.path().join("b.png");
        let said = told(&question(&missing, None, false), false).await.unwrap_err();
        assert!(said.starts_with(&format!("cannot read {}: ", missing.display())), "{said}");
    }
}
