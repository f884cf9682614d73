//! The folder of the disk cache: one process at a time, and room that is taken at once, so that none is missing later.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, StatVfsMountFlags, fallocate, fstatvfs, statvfs};
use rustix::io::Errno;

use super::DiskSettings;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
/// foyer keeps one file open per block, and hangs when it closes fewer than four.
const FEWEST_BLOCKS: u64 = 4;
/// Above, blocks are larger, not more.
const MANY_BLOCKS: u64 = 64;
/// The smallest block that many are taken of. foyer keeps nothing larger than a block.
const GOOD_BLOCK_BYTES: u64 = 16 * MIB;
/// foyer counts the bytes in a block in 32 bits.
const MAX_BLOCK_BYTES: u64 = 2048 * MIB;
const MIN_BYTES: u64 = 256 * KIB;
/// What is taken of a file system that has less room than the setting, in percent: others live there too.
const SHARE_PERCENT: u64 = 80;
/// What `st_blocks` counts, whatever the file system's own blocks are.
const UNIT_BYTES: u64 = 512;
const LOCK_FILE: &str = "image-proxy.lock";
/// How foyer names the files of its blocks: this, and the number of the block in eight digits.
const BLOCK_PREFIX: &str = "foyer-storage-direct-fs-";

/// A folder that is ours for as long as this lives, with room for all its blocks.
#[derive(Debug)]
pub(super) struct CacheFolder {
    path: PathBuf,
    layout: Layout,
    blocks: Vec<File>,
    _lock: File,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Layout {
    block_bytes: u64,
    blocks: u64,
}

/// A file of a block, from this or an earlier run.
struct BlockFile {
    number: u64,
    path: PathBuf,
    held_bytes: u64,
}

impl CacheFolder {
    /// Makes the folder and takes its lock, so that no two processes write over each other's blocks; removes blocks
    /// that an earlier, larger size has left; and takes the room for all others from the file system.
    ///
    /// # Errors
    /// Another process holds it, it cannot be written, there is no room, or something in it is in the way.
    pub(super) fn claim(settings: &DiskSettings) -> io::Result<Self> {
        let path = settings.path.clone();
        fs::create_dir_all(&path)?;
        let lock = lock(&path)?;
        let files = block_files(&path)?;
        let layout = Layout::for_size(size_within_room(settings, &files)?)?;
        for surplus in files.iter().filter(|file| file.number >= layout.blocks) {
            fs::remove_file(&surplus.path)?;
        }
        let blocks = open_blocks(&path, layout)?;
        match blocks.iter().try_for_each(|block| take_room(block, layout.block_bytes)) {
            Ok(()) => Ok(Self { path, layout, blocks, _lock: lock }),
            Err(error) => {
                // Half a cache would hold its room for nothing.
                remove_blocks(&path, layout);
                Err(io::Error::other(format!("there is no room for {}: {error}", size(layout.bytes()))))
            }
        }
    }

    /// Looks whether all room is still there, and takes back what others have cut off.
    ///
    /// # Errors
    /// It cannot be taken back, or the file system takes no writes any more.
    pub(super) fn check(&self) -> io::Result<()> {
        for block in &self.blocks {
            if fstatvfs(block)?.f_flag.contains(StatVfsMountFlags::RDONLY) {
                return Err(Errno::ROFS.into());
            }
            if held_bytes(&block.metadata()?) < self.layout.block_bytes {
                take_room(block, self.layout.block_bytes)?;
            }
        }
        Ok(())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What all blocks hold together, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.layout.bytes()
    }

    pub(super) fn block_bytes(&self) -> u64 {
        self.layout.block_bytes
    }
}

impl Layout {
    fn for_size(max_bytes: u64) -> io::Result<Self> {
        if max_bytes < MIN_BYTES {
            return Err(io::Error::other(format!("{} is less than the {} it needs", size(max_bytes), size(MIN_BYTES))));
        }
        // Powers of two: a size that changes a little keeps its blocks, and what is in them.
        let enough = power_of_two_below((max_bytes / MANY_BLOCKS).saturating_mul(2));
        let most = power_of_two_below(max_bytes / FEWEST_BLOCKS);
        let block_bytes = enough.clamp(GOOD_BLOCK_BYTES, MAX_BLOCK_BYTES).min(most);
        Ok(Self { block_bytes, blocks: max_bytes / block_bytes })
    }

    fn bytes(self) -> u64 {
        self.block_bytes * self.blocks
    }
}

/// `number` must not be zero.
fn power_of_two_below(number: u64) -> u64 {
    1 << number.ilog2()
}

fn lock(path: &Path) -> io::Result<File> {
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(path.join(LOCK_FILE))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            Err(io::Error::new(io::ErrorKind::ResourceBusy, "another process holds this folder"))
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Opens the files of all blocks. One that is too large is begun anew: foyer would look for what was cut off.
fn open_blocks(folder: &Path, layout: Layout) -> io::Result<Vec<File>> {
    let open = |number| {
        let path = folder.join(block_name(number));
        // A link would lead foyer to a file that is not ours; a directory would stop it.
        if fs::symlink_metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(io::Error::other(format!("{} is no file: take it away", path.display())));
        }
        let block = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        if block.metadata()?.len() > layout.block_bytes {
            block.set_len(0)?;
        }
        Ok(block)
    };
    (0..layout.blocks).map(open).collect()
}

/// Takes all the room of a block from the file system. What is there stays.
fn take_room(block: &File, bytes: u64) -> io::Result<()> {
    match fallocate(block, FallocateFlags::empty(), 0, bytes) {
        // Then the file grows as it is written, and we can only see that there is room.
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => {
            let system = fstatvfs(block)?;
            let missing = bytes.saturating_sub(held_bytes(&block.metadata()?));
            if system.f_blocks > 0 && system.f_bavail.saturating_mul(system.f_frsize) < missing {
                return Err(Errno::NOSPC.into());
            }
            Ok(())
        }
        taken => Ok(taken?),
    }
}

fn remove_blocks(folder: &Path, layout: Layout) {
    for number in 0..layout.blocks {
        // What cannot be removed cannot be helped either.
        let _ = fs::remove_file(folder.join(block_name(number)));
    }
}

fn held_bytes(metadata: &Metadata) -> u64 {
    metadata.blocks() * UNIT_BYTES
}

/// The files that foyer made, and no others: what is not named as exactly one of them is none of ours.
fn block_files(folder: &Path) -> io::Result<Vec<BlockFile>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(number) = name.to_str().and_then(block_number) else { continue };
        let metadata = fs::symlink_metadata(entry.path())?;
        if metadata.is_file() {
            files.push(BlockFile { number, path: entry.path(), held_bytes: held_bytes(&metadata) });
        }
    }
    Ok(files)
}

fn block_number(name: &str) -> Option<u64> {
    let number = name.strip_prefix(BLOCK_PREFIX)?.parse().ok()?;
    (block_name(number) == name).then_some(number)
}

fn block_name(number: u64) -> String {
    format!("{BLOCK_PREFIX}{number:08}")
}

/// The size that is asked for, or what the file system has room for.
fn size_within_room(settings: &DiskSettings, files: &[BlockFile]) -> io::Result<u64> {
    let asked = u64::try_from(settings.max_bytes).unwrap_or(u64::MAX);
    let held: u64 = files.iter().map(|file| file.held_bytes).sum();
    let system = statvfs(&settings.path)?;
    let free = system.f_bavail.saturating_mul(system.f_frsize);
    let room = free.saturating_add(held);
    // File systems that do not know their size say zero.
    if system.f_blocks == 0 || room >= asked {
        return Ok(asked);
    }
    let taken = room / 100 * SHARE_PERCENT;
    tracing::warn!(
        path = %settings.path.display(),
        "the disk cache was to take {}, but there is room for {} only: it takes {}",
        size(asked), size(room), size(taken),
    );
    Ok(taken)
}

/// As people read it: `1.5 MiB`.
fn size(bytes: u64) -> String {
    if bytes < MIB { format!("{} KiB", bytes / KIB) } else { format!("{:.1} MiB", bytes as f64 / MIB as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_size_is_at_least_four_blocks_that_fit_it() {
        let sizes = [MIN_BYTES, MIN_BYTES + 1, MIB, 10 * MIB + 17, 64 * MIB, 512 * MIB, 5000 * MIB, 1 << 40, 1 << 50];
        for max_bytes in sizes {
            let layout = Layout::for_size(max_bytes).unwrap();
            assert!(layout.blocks >= 4 && layout.block_bytes >= 64 * KIB, "{max_bytes}: {layout:?}");
            assert!(
                layout.block_bytes.is_power_of_two() && (layout.blocks < 128 || layout.block_bytes == MAX_BLOCK_BYTES)
            );
            assert!(layout.bytes() <= max_bytes && layout.bytes() > max_bytes / 4 * 3, "{max_bytes}: {layout:?}");
        }
        assert!(Layout::for_size(MIN_BYTES - 1).is_err());
    }

    #[test]
    fn only_files_named_as_foyer_names_them_are_its_blocks() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["00000003", "00000012", "123456789", "3", "abcdefgh", "00000001.bak", "", "+0000003", "000000004"];
        for name in names {
            fs::write(folder.path().join(format!("{BLOCK_PREFIX}{name}")), "x").unwrap();
        }
        fs::create_dir(folder.path().join(format!("{BLOCK_PREFIX}00000004"))).unwrap();
        let mut numbers: Vec<_> = block_files(folder.path()).unwrap().iter().map(|file| file.number).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [3, 12, 123_456_789]);
    }
}
