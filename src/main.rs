//! Reads the environment, opens the door, drains on SIGTERM.

#![expect(clippy::print_stderr, reason = "what keeps the server from starting is told where it is started")]

use std::fmt::Display;
use std::io::{self, Write};
use std::process::{self, ExitCode};

use futures_util::FutureExt;
use image_proxy::app::{App, StartError, check_health, check_mounts, try_stores};
use image_proxy::bucket::StoreTrial;
use image_proxy::command::{Command, EXIT_USAGE, Replay, help};
use image_proxy::config::{self, Config, EXIT_CONFIG, Loaded, Refusal};
use image_proxy::dialect::{parameter_table, signed_url};
use image_proxy::http::openapi;
use image_proxy::telemetry::start_log;
use image_proxy::workers::keep_heap;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

/// Exit status where a second signal cuts the orderly end short: 128 and the number of SIGINT, as shells have it.
const EXIT_INTERRUPTED: i32 = 130;

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
        Command::Serve | Command::CheckConfig | Command::Health | Command::Sign { .. } => match Config::load() {
            Ok(loaded) => with_config(command, loaded),
            Err(refusal) => refuse(&refusal),
        },
    }
}

fn print(text: &str) -> ExitCode {
    // A reader that has seen enough closes its end, and that is no failure.
    let _ = io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

/// Fails where any answer differs.
fn compare(replay: &Replay) -> ExitCode {
    let replayed = Runtime::new().map_err(|error| format!("cannot start the runtime: {error}")).and_then(|runtime| {
        let tell = |line: &str| {
            print(&format!("{line}\n"));
        };
        runtime.block_on(replay.run(tell)).map_err(|error| error.to_string())
    });
    match replayed {
        Ok(replayed) => {
            eprintln!("{replayed}");
            if replayed.different == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
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
        _ => serve(&loaded),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(ExitReason { text, status }) => {
            eprintln!("{text}");
            status
        }
    }
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
}

impl From<StartError> for ExitReason {
    fn from(error: StartError) -> Self {
        let status = if error.is_about_settings() { ExitCode::from(EXIT_CONFIG) } else { ExitCode::FAILURE };
        Self { text: error.to_string(), status }
    }
}

fn sign(url: &str, config: &Config) -> Result<(), ExitReason> {
    match signed_url(url, &config.url_signing()) {
        Some(url) => {
            print(&format!("{url}\n"));
            Ok(())
        }
        None => {
            let text = "IMAGE_PROXY_SIGNING_KEYS: expected a key to sign with, such as 2026:secret".to_owned();
            Err(ExitReason { text, status: ExitCode::from(EXIT_CONFIG) })
        }
    }
}

/// Says what the settings are, and what may be done with the stores that they name.
fn check(loaded: &Loaded) -> Result<(), ExitReason> {
    print(&loaded.to_string());
    check_mounts(loaded)?;
    let runtime = Runtime::new().map_err(|error| ExitReason::failed(format!("cannot start the runtime: {error}")))?;
    let tried = runtime.block_on(try_stores(loaded))?;
    for (variable, StoreTrial { read, list, write }) in &tried {
        print(&format!("{variable}: read {read}\n{variable}: list {list}\n{variable}: write {write}\n"));
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
    let runtime = Runtime::new().map_err(|error| ExitReason::failed(format!("cannot start the runtime: {error}")))?;
    let served = runtime.block_on(async {
        let signals = Signals::listen();
        let mut signals = signals.map_err(|error| ExitReason::failed(format!("cannot listen for signals: {error}")))?;
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
            process::exit(EXIT_INTERRUPTED);
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
    fn listen() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
