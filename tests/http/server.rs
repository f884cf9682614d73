//! The real program, started in a folder of its own, and stopped when the test ends.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant, SystemTime};
use std::{env, fs, thread};

use tempfile::TempDir;

use crate::client::{Answer, Pending};

/// Far above what starting, stopping or any condition takes, even on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(120);

/// Folders for one or more runs of the program: originals, a working directory, and something outside of both.
pub struct Place {
    folder: Arc<TempDir>,
}

impl Place {
    /// An empty place.
    pub fn new() -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        for name in ["root", "work", "outside"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self { folder }
    }

    /// A place with originals.
    pub fn with<B: AsRef<[u8]>>(originals: &[(&str, B)]) -> Self {
        let place = Self::new();
        for (name, bytes) in originals {
            place.put(name, bytes);
        }
        place
    }

    /// Writes an original, below folders that are made where they are missing.
    pub fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Makes all originals in the root look as if they had been there for a day.
    pub fn age(&self) {
        let yesterday = SystemTime::now() - Duration::from_secs(24 * 60 * 60);
        for entry in fs::read_dir(self.root()).unwrap() {
            File::open(entry.unwrap().path()).unwrap().set_modified(yesterday).unwrap();
        }
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    /// The working directory of the program.
    pub fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Beside the root: nothing here may ever be served.
    pub fn outside(&self) -> PathBuf {
        self.folder.path().join("outside")
    }

    /// The program, with nothing in its environment but what is given and what keeps it to this place.
    pub fn command(&self, variables: &[(&str, &str)]) -> Command {
        let mut command = Command::new(program());
        command
            .env_clear()
            .env("IMAGE_PROXY_BIND_ADDRESS", "127.0.0.1:0")
            .env("IMAGE_PROXY_ROOT_PATH", self.root())
            .env("IMAGE_PROXY_CACHE_DISK_PATH", self.folder.path().join("cache"))
            .env("RUST_LOG", "info")
            .envs(variables.iter().copied())
            .current_dir(self.work());
        command
    }

    /// Where the cache on disk is, unless a test sets it.
    pub fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    /// Starts the program and waits until it listens.
    pub fn serve(&self, variables: &[(&str, &str)]) -> Server {
        Server::start(self.command(variables), Arc::clone(&self.folder))
    }

    /// The same, for a program that was prepared.
    pub fn serve_command(&self, command: Command) -> Server {
        Server::start(command, Arc::clone(&self.folder))
    }

    /// Starts the program with a limit on its file descriptors, and waits until it listens.
    pub fn serve_with_descriptors(&self, limit: usize, variables: &[(&str, &str)]) -> Server {
        let program = self.command(variables);
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit -n {limit} && exec \"$0\"")]).arg(program.get_program()).env_clear();
        shell.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?)))).current_dir(self.work());
        Server::start(shell, Arc::clone(&self.folder))
    }
}

/// What is tested: the program built with the tests, or the one that `TEST_PROGRAM` names.
fn program() -> PathBuf {
    env::var_os("TEST_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_image-proxy").into()).into()
}

/// A running program.
pub struct Server {
    process: Child,
    address: SocketAddr,
    log: Arc<Log>,
    /// Kept for as long as the program runs in it.
    _folder: Arc<TempDir>,
}

#[derive(Default)]
struct Log {
    lines: Mutex<(Vec<String>, bool)>,
    has_grown: Condvar,
}

impl Server {
    fn start(mut command: Command, folder: Arc<TempDir>) -> Self {
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Log::default());
        let (errors, filling) = (process.stderr.take().unwrap(), Arc::clone(&log));
        thread::spawn(move || filling.fill(errors));
        let line = log.find("listening on ");
        let after = line.split("listening on ").nth(1).unwrap();
        let end = after.find(|symbol: char| !(symbol.is_ascii_digit() || symbol == '.' || symbol == ':'));
        let address = after[..end.unwrap_or(after.len())].parse().unwrap();
        Self { process, address, log, _folder: folder }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn get(&self, target: &str) -> Answer {
        self.ask("GET", target, &[])
    }

    pub fn get_with(&self, target: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask("GET", target, headers)
    }

    pub fn ask(&self, method: &str, target: &str, headers: &[(&str, &str)]) -> Answer {
        Pending::send(self.address, method, target, headers).answer()
    }

    /// Sends a request whose answer is read later.
    pub fn begin(&self, target: &str) -> Pending {
        Pending::send(self.address, "GET", target, &[])
    }

    /// The samples of `/metrics`: name with labels, and value.
    pub fn samples(&self) -> Vec<(String, f64)> {
        let text = self.get("/metrics").text();
        let samples = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        samples
            .map(|line| line.rsplit_once(' ').unwrap())
            .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
            .collect()
    }

    /// The sum of all samples of one name whose labels contain every text of `labels`.
    pub fn metric(&self, name: &str, labels: &[&str]) -> f64 {
        let is_meant =
            |sample: &str| sample.split('{').next() == Some(name) && labels.iter().all(|label| sample.contains(label));
        self.samples().iter().filter(|(sample, _)| is_meant(sample)).map(|(_, value)| value).sum()
    }

    /// Asks again and again until `condition` holds.
    pub fn wait_until(&self, what: &str, condition: impl Fn(&Self) -> bool) {
        let started = Instant::now();
        while !condition(self) {
            assert!(started.elapsed() < PATIENCE, "waited in vain: {what}");
            thread::yield_now();
        }
    }

    /// Waits until as many requests besides the one that asks are being answered.
    pub fn wait_until_in_flight(&self, requests: usize) {
        self.wait_until("requests in flight", |server| {
            server.metric("image_proxy_http_requests_in_flight", &[]) == (requests + 1) as f64
        });
    }

    /// Waits for a line of the log with `text`.
    pub fn log_line(&self, text: &str) -> String {
        self.log.find(text)
    }

    /// All lines of the log so far.
    pub fn log(&self) -> Vec<String> {
        self.log.lines.lock().unwrap().0.clone()
    }

    /// The most memory that the program has held, in bytes.
    pub fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1024
    }

    pub fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Waits for the program to end by itself.
    pub fn ended(&mut self) -> ExitStatus {
        let started = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
            assert!(started.elapsed() < PATIENCE, "the program does not end");
            thread::yield_now();
        }
    }

    /// Ends the program in order, and gives all that it logged.
    pub fn stop(mut self) -> Vec<String> {
        self.signal("TERM");
        let status = self.ended();
        let log = self.log.complete();
        assert_eq!(status.code(), Some(0), "{log:#?}");
        log
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
        if thread::panicking() {
            eprintln!("the program logged:\n{}", self.log.complete().join("\n"));
        }
    }
}

impl Log {
    fn fill(&self, errors: impl Read) {
        for line in BufReader::new(errors).lines().map_while(Result::ok) {
            self.lines.lock().unwrap().0.push(line);
            self.has_grown.notify_all();
        }
        self.lines.lock().unwrap().1 = true;
        self.has_grown.notify_all();
    }

    /// The first line with `text`, now or later.
    fn find(&self, text: &str) -> String {
        let found = |lines: &[String]| lines.iter().find(|line| line.contains(text)).cloned();
        let waiting = |(lines, is_complete): &mut (Vec<String>, bool)| found(lines).is_none() && !*is_complete;
        let lines = self.lines.lock().unwrap();
        let lines = self.has_grown.wait_timeout_while(lines, PATIENCE, waiting).unwrap().0.0.clone();
        found(&lines).unwrap_or_else(|| panic!("no line with {text:?} in the log:\n{}", lines.join("\n")))
    }

    /// All lines, once the program has ended.
    fn complete(&self) -> Vec<String> {
        let lines = self.lines.lock().unwrap();
        let (lines, _) = self.has_grown.wait_timeout_while(lines, PATIENCE, |(_, is_complete)| !*is_complete).unwrap();
        lines.0.clone()
    }
}

/// The folder of pictures that comes with the project.
pub fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/images")
}
