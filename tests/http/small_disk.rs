//! A file system of its own in memory, which a test may fill.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{fs, io};

use tempfile::TempDir;

/// A mount in a namespace of its own. It ends with the process that holds it, even if the test is killed.
pub struct SmallDisk {
    holder: Child,
    path: PathBuf,
    _folder: TempDir,
}

impl SmallDisk {
    /// A tmpfs with options such as `size=8m`; none, and a word on standard error, where the system forbids it: neither
    /// root nor user namespaces.
    pub fn mount(options: &str) -> Option<Self> {
        Self::of_type("tmpfs", options)
    }

    /// The same for any type of file system that needs no device.
    pub fn of_type(kind: &str, options: &str) -> Option<Self> {
        let mounted = [&[][..], &["--map-root-user"]].iter().find_map(|rights| Self::hold(rights, kind, options).ok());
        if mounted.is_none() {
            // Not by a macro, which tests keep to themselves unless they fail.
            let line = format!("NOT TESTED: this system lets nobody mount a {kind} here\n");
            io::stderr().write_all(line.as_bytes()).unwrap();
        }
        mounted
    }

    fn hold(rights: &[&str], kind: &str, options: &str) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let script = r#"mount -t "$1" -o "$2" none "$0" && echo mounted && exec cat"#;
        let mut holder = Command::new("unshare")
            .arg("--mount")
            .args(rights)
            .args(["sh", "-c", script, folder.path().to_str().unwrap(), kind, options])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line)?;
        if line.trim_end() != "mounted" {
            holder.wait()?;
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let below = folder.path().strip_prefix("/").unwrap();
        let path = Path::new("/proc").join(holder.id().to_string()).join("root").join(below);
        Ok(Self { holder, path, _folder: folder })
    }

    /// Where it can be reached from outside its namespace.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The setting that puts the cache here.
    pub fn setting(&self) -> (&str, &str) {
        ("IMAGE_PROXY_CACHE_DISK_PATH", self.path.to_str().unwrap())
    }

    /// Takes all the room that is left.
    pub fn fill(&self) {
        let mut ballast = fs::File::create(self.path.join("ballast")).unwrap();
        let error = io::copy(&mut io::repeat(1), &mut ballast).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}
