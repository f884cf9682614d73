//! `Render`: what a query makes of pictures of this machine, byte for byte as a server with the same settings would send it.

mod inputs;
mod naming;
mod output;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Arg, ArgMatches, ValueHint, value_parser};
use codec::Format;
use futures_util::{StreamExt, stream};
use serde_json::json;

use super::arguments::{STANDARD, accept_argument, at_once_argument, at_once_of, is_standard, json_argument, text_of};
use super::endings::format_of_ending;
use super::outlet::ProgressLine;
use super::question::{bare, picture_of};
use super::{Outlet, ToolError};
use crate::app::{LocalAnswer, LocalPictures, LocalQuestion};
use inputs::{InputFile, InputFiles, format_of};
use naming::Names;
use output::{write_all, write_file};

/// Pictures, a query, and where to put what comes of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Render {
    /// Files and folders; `-` is the standard input.
    pub inputs: Vec<PathBuf>,
    /// The parameters, as in a URL.
    pub query: String,
    /// A file or a folder; `-`, or nothing, is the standard output.
    pub out: Option<PathBuf>,
    /// What the client takes, as in its header `Accept`.
    pub accept: Option<String>,
    /// How many are under way at once; `None` for as many as there are workers.
    pub at_once: Option<usize>,
    /// Each picture is told as JSON.
    pub is_json: bool,
}

/// What came of all pictures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RenderedFiles {
    /// Those that were written.
    pub written: usize,
    /// Those that could not be.
    pub failed: usize,
    /// Files that are no pictures, and links to folders.
    pub passed_over: usize,
    /// A single one was asked for.
    pub is_single: bool,
}

/// Where what is made goes.
enum Destination {
    StandardOutput,
    File(PathBuf),
    Folder(PathBuf),
}

/// What was made of one picture, and is yet to be written.
struct MadeFile {
    result: Result<LocalAnswer, String>,
    time: Duration,
}

/// What is told of a picture.
struct WrittenFile {
    output: PathBuf,
    bytes: u64,
    format: Option<&'static str>,
    dimensions: Option<[u32; 2]>,
    outcome: &'static str,
}

impl Render {
    pub(super) fn arguments(name: &'static str) -> clap::Command {
        let inputs = Arg::new("inputs").value_name("INPUT").num_args(1..).required(true);
        let query = Arg::new("query").value_name("QUERY").required(true);
        let out = Arg::new("out").short('o').long("out").value_name("OUT").value_parser(value_parser!(PathBuf));
        clap::Command::new(name)
            .about("Makes of pictures what a URL with the same query would have a server make, byte for byte")
            .arg(
                inputs
                    .value_parser(value_parser!(PathBuf))
                    .value_hint(ValueHint::AnyPath)
                    .help("Files, and folders with all below them; - for the standard input"),
            )
            .arg(query.help("The parameters, as in a URL: 'w=400&format=webp'; '' for none"))
            .arg(out.value_hint(ValueHint::AnyPath).help(
                "A file, which is written over, or a folder; - or nothing for the standard output. The ending of a file says the \
                 format where the query does not",
            ))
            .arg(accept_argument())
            .arg(at_once_argument("How many pictures are made at once; without it, as many as there are workers"))
            .arg(json_argument("Prints a line of JSON for each picture"))
    }

    pub(super) fn of(matches: &ArgMatches) -> Self {
        Self {
            inputs: matches.get_many::<PathBuf>("inputs").into_iter().flatten().cloned().collect(),
            query: text_of(matches, "query").unwrap_or_default(),
            out: matches.get_one::<PathBuf>("out").cloned(),
            accept: text_of(matches, "accept"),
            at_once: at_once_of(matches),
            is_json: matches.get_flag("json"),
        }
    }

    /// Renders all; what fails is noted, and the others are rendered all the same.
    ///
    /// # Errors
    /// It makes no sense, so that nothing is rendered.
    pub async fn run(
        &self,
        pictures: &LocalPictures<'_>,
        is_for_people: bool,
        outlet: &mut Outlet<'_>,
    ) -> Result<RenderedFiles, ToolError> {
        let query = bare(&self.query);
        pictures.check(query).map_err(ToolError::Usage)?;
        if self.inputs.len() > 1 && self.inputs.iter().any(|input| is_standard(input)) {
            return Err(ToolError::Usage("-: expected the standard input alone, got other pictures too".to_owned()));
        }
        let inputs = InputFiles::found(&self.inputs, self.out.as_deref());
        let place = self.place(&inputs, is_for_people)?;
        let query = match &place {
            Destination::File(file) => self.query_for(file, pictures)?,
            _ => query.to_owned(),
        };
        let mut rendered = RenderedFiles {
            passed_over: inputs.passed_over,
            failed: inputs.unreadable.len(),
            is_single: !inputs.are_many,
            ..RenderedFiles::default()
        };
        for (path, error) in &inputs.unreadable {
            (outlet.note)(&format!("cannot read {}: {error}", path.display()));
        }
        let mut names = Names::among(&inputs.all);
        let progress = inputs.are_many.then(|| ProgressLine::of(inputs.all.len()));
        let at_once = self.at_once.unwrap_or(pictures.threads());
        let query = query.as_str();
        let made = stream::iter(&inputs.all);
        let made = made.map(|input| async move { (input, self.make(pictures, input, query).await) });
        let mut made = made.buffered(at_once);
        while let Some((input, made)) = made.next().await {
            let time = made.time;
            let told = match made.result {
                Ok(answer) => put(answer, input, &place, &mut names).await,
                Err(reason) => Err(reason),
            };
            match &told {
                Ok(_) => rendered.written += 1,
                Err(_) => rendered.failed += 1,
            }
            if let Some(progress) = &progress {
                progress.advance();
                progress.aside(|| self.tell(input, &told, time, outlet));
            } else {
                self.tell(input, &told, time, outlet);
            }
        }
        Ok(rendered)
    }

    fn place(&self, inputs: &InputFiles, is_for_people: bool) -> Result<Destination, ToolError> {
        let usage = |text: &str| Err(ToolError::Usage(text.to_owned()));
        match self.out.as_deref().filter(|out| !is_standard(out)) {
            None if inputs.are_many => usage("several pictures: expected a folder for them, by -o"),
            None if self.is_json => {
                usage("--json: expected a file for the picture, by -o, for the lines are on standard output")
            }
            // Who says so by -o - may have it.
            None if is_for_people && self.out.is_none() => {
                usage("the standard output is a terminal: expected a file for the picture, by -o")
            }
            None => Ok(Destination::StandardOutput),
            Some(out) if inputs.are_many && out.exists() && !out.is_dir() => {
                Err(ToolError::Usage(format!("several pictures: expected a folder, got the file {}", out.display())))
            }
            Some(out) if inputs.are_many || out.is_dir() || out.as_os_str().as_encoded_bytes().ends_with(b"/") => {
                Ok(Destination::Folder(out.to_owned()))
            }
            Some(out) => Ok(Destination::File(out.to_owned())),
        }
    }

    /// The query, with the format that the file is called by, where it names none and the original has another one.
    fn query_for(&self, file: &Path, pictures: &LocalPictures<'_>) -> Result<String, ToolError> {
        let query = bare(&self.query);
        let ending = file.extension().and_then(|ending| ending.to_str());
        let called = ending.and_then(format_of_ending).filter(|_| !pictures.names_format(query));
        let own = self.inputs.first().filter(|input| !is_standard(input)).and_then(|input| format_of(input));
        let Some(format) = called.filter(|called| Some(*called) != own) else { return Ok(query.to_owned()) };
        let separator = if query.is_empty() { "" } else { "&" };
        let query = format!("{query}{separator}format={}", format.name());
        let refused =
            |error| ToolError::Usage(format!("{} asks for format={}: {error}", file.display(), format.name()));
        pictures.check(&query).map_err(refused)?;
        Ok(query)
    }

    async fn make(&self, pictures: &LocalPictures<'_>, input: &InputFile, query: &str) -> MadeFile {
        let started = Instant::now();
        let result = self.answer(pictures, input, query).await;
        MadeFile { result, time: started.elapsed() }
    }

    async fn answer(
        &self,
        pictures: &LocalPictures<'_>,
        input: &InputFile,
        query: &str,
    ) -> Result<LocalAnswer, String> {
        let picture = picture_of(pictures, &input.file, input.base.as_deref()).await;
        let picture = picture.map_err(|error| format!("cannot read it: {error}"))?;
        let asked = pictures.ask(&picture, LocalQuestion::Render(query), self.accept.as_deref()).await;
        let answer = asked.map_err(|error| error.to_string())?;
        if answer.is_success() {
            return Ok(answer);
        }
        Err(answer.text().await.unwrap_or_else(|error| error.to_string()))
    }

    fn tell(&self, input: &InputFile, told: &Result<WrittenFile, String>, time: Duration, outlet: &mut Outlet<'_>) {
        let file = input.file.display();
        if let Err(reason) = told {
            (outlet.note)(&format!("{file}: {reason}"));
        }
        if let Ok(told) = told
            && let Some((ending, format)) = told.misnamed()
        {
            (outlet.note)(&format!("{}: what is in it is {format}, and it is called {ending}", told.output.display()));
        }
        if self.is_json {
            (outlet.tell)(&json_line(input, told, time));
        }
    }
}

impl fmt::Display for RenderedFiles {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { written, failed, passed_over, .. } = self;
        write!(formatter, "{written} rendered, {failed} failed")?;
        if *passed_over > 0 { write!(formatter, ", {passed_over} passed over that are no pictures") } else { Ok(()) }
    }
}

impl WrittenFile {
    /// The ending of the file, and what is in it, where that is something else.
    fn misnamed(&self) -> Option<(&str, &'static str)> {
        let ending = self.output.extension()?.to_str()?;
        let (called, format) = (format_of_ending(ending)?, Format::named(self.format?)?);
        (called != format).then_some((ending, format.name()))
    }
}

async fn put(
    answer: LocalAnswer,
    input: &InputFile,
    place: &Destination,
    names: &mut Names,
) -> Result<WrittenFile, String> {
    let dimensions = answer.dimensions().map(|dimensions| [dimensions.width, dimensions.height]);
    let (extension, format, outcome) = (answer.extension(), answer.format(), answer.outcome().name());
    let output = match place {
        Destination::StandardOutput => PathBuf::from(STANDARD),
        Destination::File(file) => file.clone(),
        Destination::Folder(folder) => names.file(folder, input, extension)?,
    };
    let chunks = answer.into_stream();
    let written = match place {
        Destination::StandardOutput => match write_all(&mut io::stdout().lock(), chunks).await {
            // A reader that has seen enough closes its end, and that is no failure.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(0),
            written => written,
        },
        Destination::File(_) | Destination::Folder(_) => write_file(&output, chunks).await,
    };
    let bytes = written.map_err(|error| format!("cannot write {}: {error}", output.display()))?;
    Ok(WrittenFile { output, bytes, format, dimensions, outcome })
}

fn json_line(input: &InputFile, told: &Result<WrittenFile, String>, time: Duration) -> String {
    let milliseconds = (time.as_secs_f64() * 1e6).round() / 1e3;
    let line = match told {
        Ok(WrittenFile { output, bytes, format, dimensions, outcome }) => json!({
            "input": input.file.to_string_lossy(),
            "output": output.to_string_lossy(),
            "status": outcome,
            "format": format,
            "width": dimensions.map(|[width, _]| width),
            "height": dimensions.map(|[_, height]| height),
            "bytes": bytes,
            "milliseconds": milliseconds,
        }),
        Err(reason) => json!({
            "input": input.file.to_string_lossy(),
            "status": "failed",
            "error": reason,
            "milliseconds": milliseconds,
        }),
    };
    line.to_string()
}
