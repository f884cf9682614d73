//! Reads the environment, opens the door, drains on SIGTERM.

#![expect(clippy::print_stderr, reason = "what keeps the server from starting is told where it is started")]

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::process::{self, ExitCode};

use futures_util::FutureExt;
use image_proxy::app::{App, CacheWarmer, LocalPictures, StartError, check_health, check_mounts, try_stores};
use image_proxy::bucket::StoreTrial;
use image_proxy::command::{
    Command, EXIT_USAGE, Outlet, Replay, ToolError, Warm, WarmList, completions, help, manual_page,
};
use image_proxy::config::{self, Config, EXIT_CONFIG, Loaded, Refusal};
use image_proxy::dialect::{parameter_table, signed_url};
use image_proxy::http::openapi;
use image_proxy::telemetry::{start_log, start_quiet_log};
use image_proxy::workers::{give_way, keep_heap};
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

/// Exit status where a second signal cuts the orderly end short: 128 and the number of SIGINT, as shells have it.
const EXIT_INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    keep_heap();
    let command = match Command::parse(config::arguments()) {
        Ok(command) => command,
        Err(usage) if usage.is_help() => return print(&usage.text()),
        Err(usage) => {
            eprint!("{}", usage.text());
            return ExitCode::from(EXIT_USAGE);
        }
    };
    match command {
        Command::Help => print(&help()),
        Command::Version => print(&format!("{}\n", config::version())),
        Command::EnvTemplate => print(&config::env_template()),
        Command::MarkdownTable => print(&config::markdown_table()),
        Command::ParameterTable => print(&parameter_table()),
        Command::OpenApi => print(&format!("{:#}\n", openapi())),
        Command::Replay(replay) => compare(&replay),
        Command::Completions(shell) => print_bytes(&completions(shell)),
        Command::Man { command } => match manual_page(command.as_deref()) {
            Some(page) => print_bytes(&page),
            None => ExitReason::from(ToolError::Usage("man: expected a command of this program".to_owned())).tell(),
        },
        _ => match Config::load() {
            Ok(loaded) => with_config(command, loaded),
            Err(refusal) => refuse(&refusal),
        },
    }
}

fn print(text: &str) -> ExitCode {
    print_bytes(text.as_bytes())
}

fn print_bytes(bytes: &[u8]) -> ExitCode {
    write(bytes).map_or_else(ExitReason::tell, |()| ExitCode::SUCCESS)
}

fn write_line(line: &str) -> Result<(), ExitReason> {
    write(format!("{line}\n").as_bytes())
}

fn write(bytes: &[u8]) -> Result<(), ExitReason> {
    let mut output = io::stdout();
    match output.write_all(bytes).and_then(|()| output.flush()) {
        // A reader that has seen enough closes its end, and that is no failure.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(ExitReason::failed(format!("cannot write to the standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Fails where any answer differs.
fn compare(replay: &Replay) -> ExitCode {
    let mut written = Ok(());
    let tell = |line: &str| {
        if written.is_ok() {
            written = write_line(line);
        }
    };
    match runtime().and_then(|runtime| Ok(runtime.block_on(replay.run(tell))?)) {
        Ok(replayed) => {
            eprintln!("{replayed}");
            written.map_or_else(ExitReason::tell, |()| success_if(replayed.different == 0))
        }
        Err(reason) => reason.tell(),
    }
}

fn runtime() -> Result<Runtime, ExitReason> {
    Runtime::new().map_err(|error| ExitReason::failed(format!("cannot start the runtime: {error}")))
}

fn refuse(refusal: &Refusal) -> ExitCode {
    eprintln!("{refusal}");
    ExitCode::from(EXIT_CONFIG)
}

fn with_config(command: Command, loaded: Loaded) -> ExitCode {
    let outcome = match command {
        Command::Health => check_health(loaded.config.local_address()).map_err(ExitReason::failed),
        Command::CheckConfig => check(&loaded),
        Command::Sign { url } => sign(&url, &loaded.config),
        Command::Render(_) | Command::Warm(_) | Command::Tell(_) => {
            return use_tool(&command, &loaded).unwrap_or_else(|reason| reason.tell());
        }
        _ => serve(&loaded),
    };
    outcome.map_or_else(|reason| reason.tell(), |()| ExitCode::SUCCESS)
}

/// Does what needs the settings and no server, until it is done or interrupted.
fn use_tool(command: &Command, loaded: &Loaded) -> Result<ExitCode, ExitReason> {
    start_quiet_log();
    let mut written = Ok(());
    let mut tell = |line: &str| {
        if written.is_ok() {
            written = write_line(line);
        }
    };
    let mut note = |line: &str| eprintln!("{line}");
    let mut outlet = Outlet { tell: &mut tell, note: &mut note };
    if matches!(command, Command::Warm(warm) if warm.server.is_none()) {
        CacheWarmer::check(loaded)?;
        // Before there are threads, which do as this one does.
        give_way();
    }
    let runtime = runtime()?;
    let list = match command {
        // Before signals are listened for: until there is something to keep, they end the process.
        Command::Warm(warm) => Some(runtime.block_on(warm.read(&mut outlet))?),
        _ => None,
    };
    let used = runtime.block_on(async {
        let mut signals = Signals::listen()?;
        match (command, list) {
            (Command::Warm(warm), Some(list)) => run_warm(warm, list, loaded, &mut signals, &mut outlet).await,
            _ => tokio::select! {
                finished = run_tool(command, loaded, &mut outlet) => finished,
                () = signals.next() => Ok(interrupted()),
            },
        }
    });
    // What waits for the standard input must not hold the end.
    runtime.shutdown_background();
    written.and(used)
}

async fn run_tool(command: &Command, loaded: &Loaded, outlet: &mut Outlet<'_>) -> Result<ExitCode, ExitReason> {
    let pictures = LocalPictures::open(loaded).await?;
    let is_for_people = io::stdout().is_terminal();
    match command {
        Command::Tell(telling) => telling.run(&pictures, is_for_people, outlet).await?,
        Command::Render(render) => {
            let rendered = render.run(&pictures, is_for_people, outlet).await?;
            if !rendered.is_single {
                eprintln!("{rendered}");
            }
            return Ok(success_if(rendered.failed == 0));
        }
        _ => {}
    }
    Ok(ExitCode::SUCCESS)
}

async fn run_warm(
    warm: &Warm,
    list: WarmList,
    loaded: &Loaded,
    signals: &mut Signals,
    outlet: &mut Outlet<'_>,
) -> Result<ExitCode, ExitReason> {
    let warmed = if let Some(server) = &warm.server {
        tokio::select! {
            warmed = warm.by_server(list, server, &loaded.config, outlet) => Some(warmed?),
            () = signals.next() => None,
        }
    } else {
        let warmer = CacheWarmer::open(loaded).await?;
        let warmed = tokio::select! {
            warmed = warm.by_cache(list, &warmer, outlet) => Some(warmed),
            () = signals.next() => None,
        };
        // What was made until then is kept.
        if !warmer.close().await {
            return Err(ExitReason::failed("IMAGE_PROXY_CACHE_DISK_PATH: the disk did not take everything"));
        }
        warmed.transpose()?
    };
    let Some(warmed) = warmed else { return Ok(interrupted()) };
    eprintln!("{warmed}");
    Ok(success_if(warmed.is_all()))
}

fn interrupted() -> ExitCode {
    eprintln!("interrupted");
    ExitCode::from(EXIT_INTERRUPTED)
}

fn success_if(is_success: bool) -> ExitCode {
    if is_success { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Why the program ends before its time, and how it says so.
struct ExitReason {
    text: String,
    status: ExitCode,
}

impl ExitReason {
    fn failed(error: impl Display) -> Self {
        Self { text: error.to_string(), status: ExitCode::FAILURE }
    }

    fn tell(self) -> ExitCode {
        eprintln!("{}", self.text);
        self.status
    }
}

impl From<ToolError> for ExitReason {
    fn from(error: ToolError) -> Self {
        match error {
            ToolError::Start(error) => error.into(),
            ToolError::Usage(text) => Self { text, status: ExitCode::from(EXIT_USAGE) },
            error => Self::failed(error),
        }
    }
}

impl From<StartError> for ExitReason {
    fn from(error: StartError) -> Self {
        let status = if error.is_about_settings() { ExitCode::from(EXIT_CONFIG) } else { ExitCode::FAILURE };
        Self { text: error.to_string(), status }
    }
}

fn sign(url: &str, config: &Config) -> Result<(), ExitReason> {
    match signed_url(url, &config.url_signing()) {
        Some(url) => write_line(&url),
        None => {
            let text = "IMAGE_PROXY_SIGNING_KEYS: expected a key to sign with, such as 2026:secret".to_owned();
            Err(ExitReason { text, status: ExitCode::from(EXIT_CONFIG) })
        }
    }
}

/// Says what the settings are, and what may be done with the stores that they name.
fn check(loaded: &Loaded) -> Result<(), ExitReason> {
    write(loaded.to_string().as_bytes())?;
    check_mounts(loaded)?;
    let runtime = runtime()?;
    let tried = runtime.block_on(try_stores(loaded))?;
    for (variable, StoreTrial { read, list, write }) in &tried {
        write_line(&format!("{variable}: read {read}\n{variable}: list {list}\n{variable}: write {write}"))?;
    }
    match tried.iter().find(|(_, trial)| !trial.may_read()) {
        Some((variable, _)) => Err(ExitReason::failed(format!("{variable}: the store cannot be read"))),
        None => Ok(()),
    }
}

fn serve(loaded: &Loaded) -> Result<(), ExitReason> {
    let config = &loaded.config;
    start_log(config.log_format, config.rust_log.to_env_filter());
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    for (variable, inherited) in &loaded.legacy.inherited {
        tracing::info!("{variable}: {inherited}");
    }
    let runtime = runtime()?;
    let served = runtime.block_on(async {
        let mut signals = Signals::listen()?;
        let app = App::start(loaded).await?;
        tracing::info!(version = env!("CARGO_PKG_VERSION"), "listening on {}", app.address());
        if let Some(address) = app.admin_address() {
            tracing::info!("the operator's own address is {address}");
        }
        let (ask_to_end, asked) = oneshot::channel();
        tokio::spawn(async move {
            signals.next().await;
            // The receiver lives as long as the server runs.
            let _ = ask_to_end.send(());
            signals.next().await;
            tracing::warn!("a second signal: ending at once");
            process::exit(EXIT_INTERRUPTED.into());
        });
        app.run(asked.map(drop)).await;
        tracing::info!("ended");
        Ok(())
    });
    // A read that hangs, on a network file system for example, must not hold the end.
    runtime.shutdown_background();
    served
}

/// The signals that ask for an orderly end.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> Result<Self, ExitReason> {
        let on = |kind| signal(kind).map_err(|error| ExitReason::failed(format!("cannot listen for signals: {error}")));
        Ok(Self { terminate: on(SignalKind::terminate())?, interrupt: on(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
