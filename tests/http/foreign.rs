//! Servers of others, as far as they are installed: started for a test, and ended with it.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Far above what starting takes, even on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server of others that listens.
pub struct Foreign {
    process: Child,
    pub address: SocketAddr,
    /// The signal that ends it.
    end: &'static str,
}

impl Foreign {
    /// Starts what `command` makes of a free address, and waits until it listens; `None` where it is not installed.
    pub fn start(name: &str, end: &'static str, command: impl FnOnce(SocketAddr) -> Command) -> Option<Self> {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        match command(address).stdin(Stdio::null()).stdout(Stdio::null()).spawn() {
            Ok(process) => Some(Self { process, address, end }.ready()),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                eprintln!("skipped: {name} is not installed");
                None
            }
            Err(error) => panic!("{name}: {error}"),
        }
    }

    fn ready(mut self) -> Self {
        let started = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            assert!(self.process.try_wait().unwrap().is_none(), "it ended at once");
            assert!(started.elapsed() < PATIENCE, "it does not listen");
            thread::yield_now();
        }
        self
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        let id = self.process.id().to_string();
        // It may have ended already.
        let _ = Command::new("kill").args(["-s", self.end, &id]).status();
        let _ = self.process.wait();
    }
}
