//! What the machine has, where a setting follows from it.

use std::fs;

use super::kind::Kind;
use super::quantity::Bytes;

/// Where nothing can be found out.
const ASSUMED_MEMORY: u64 = 1 << 30;

/// A share of memory, in bytes; empty means half of what the container or machine has, and at least the smallest of the
/// range.
pub(super) struct HalfOfMemory(pub Bytes);

impl Kind for HalfOfMemory {
    type Value = u64;

    fn expected(&self) -> String {
        format!("{}, or empty for half of the memory", self.0.expected())
    }

    fn parse(&self, text: &str) -> Option<u64> {
        if text.is_empty() {
            return Some((memory() / 2).clamp(*self.0.0.start(), *self.0.0.end()));
        }
        self.0.parse(text)
    }

    fn takes_empty(&self) -> bool {
        true
    }

    fn shown(&self, text: &str) -> String {
        self.parse(text).map_or_else(|| text.to_owned(), |bytes| bytes.to_string())
    }
}

/// Bytes of memory that this process may use: the machine's, or the least that its control groups leave it.
fn memory() -> u64 {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total_of(&text));
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let limits = limit_files(&groups).into_iter().filter_map(|file| fs::read_to_string(file).ok()?.trim().parse().ok());
    limits.chain(machine).min().unwrap_or(ASSUMED_MEMORY)
}

/// `MemTotal` of `/proc/meminfo`, in bytes (proc(5)).
fn total_of(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// The files that may hold a limit, for the groups in `/proc/self/cgroup` (cgroups(7)) and those above them. In a
/// container the group's own path may not be visible; the root is then its own.
fn limit_files(groups: &str) -> Vec<String> {
    let mut files = Vec::new();
    for line in groups.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { continue };
        let (mount, name) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max"),
            _ if controllers.split(',').any(|controller| controller == "memory") => {
                ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
            }
            _ => continue,
        };
        let mut path = path.trim_end_matches('/');
        loop {
            files.push(format!("{mount}{path}/{name}"));
            let Some((above, _)) = path.rsplit_once('/') else { break };
            path = above;
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read_in_bytes() {
        assert_eq!(total_of("MemTotal:       24641160 kB\nMemFree: 1 kB\n"), Some(24_641_160 * 1024));
        assert_eq!(total_of("MemFree: 1 kB\n"), None);
    }

    #[test]
    fn limits_are_looked_for_in_a_group_and_above_it() {
        assert_eq!(limit_files("0::/\n"), ["/sys/fs/cgroup/memory.max"]);
        assert_eq!(
            limit_files("0::/a/b\n"),
            ["/sys/fs/cgroup/a/b/memory.max", "/sys/fs/cgroup/a/memory.max", "/sys/fs/cgroup/memory.max",]
        );
        let first = "4:cpu,cpuacct:/x\n3:memory:/docker/1\n1:name=systemd:/x\n";
        assert_eq!(
            limit_files(first),
            [
                "/sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes",
                "/sys/fs/cgroup/memory/docker/memory.limit_in_bytes",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes",
            ]
        );
    }

    #[test]
    fn half_of_the_memory_is_at_least_the_smallest_of_the_range() {
        let kind = HalfOfMemory(Bytes(1 << 60..=1 << 61));
        assert_eq!(kind.parse(""), Some(1 << 60));
        assert_eq!(HalfOfMemory(Bytes(1..=10)).parse("7"), Some(7));
    }
}
