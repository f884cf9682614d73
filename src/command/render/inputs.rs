//! What is to be rendered: files as they are named, and the pictures in folders.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use codec::Format;

use crate::command::endings::format_of_ending;

/// A file to render.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InputFile {
    pub file: PathBuf,
    /// The folder that was named, where the file was not.
    pub base: Option<PathBuf>,
    /// Where it is below that; empty for a file that was named.
    pub folder: PathBuf,
}

/// All that is to be rendered.
#[derive(Debug, Default)]
pub(super) struct InputFiles {
    /// In the order of their names.
    pub all: Vec<InputFile>,
    /// Files of folders that are no pictures, and links to folders.
    pub passed_over: usize,
    /// What cannot be looked into.
    pub unreadable: Vec<(PathBuf, io::Error)>,
    /// Several were named, or a folder was.
    pub are_many: bool,
}

impl InputFile {
    /// Its name, without the ending.
    pub(super) fn stem(&self) -> OsString {
        self.file.file_stem().unwrap_or_default().to_owned()
    }
}

impl InputFiles {
    /// Finds all, in folders and those below them; hidden names are left out, as a server leaves them out, and so is `out`.
    pub(super) fn found(named: &[PathBuf], out: Option<&Path>) -> Self {
        let mut inputs = Self { are_many: named.len() > 1, ..Self::default() };
        let out = out.and_then(|out| fs::canonicalize(out).ok());
        for path in named {
            if !path.is_dir() {
                inputs.all.push(InputFile { file: path.clone(), base: None, folder: PathBuf::new() });
                continue;
            }
            inputs.are_many = true;
            // What was made last time is no original; but where it lies among originals nobody can tell them apart.
            let is_out =
                |folder: &Path| out.as_ref().is_some_and(|out| fs::canonicalize(folder).is_ok_and(|at| at == *out));
            inputs.walk(path, &is_out);
        }
        inputs
    }

    fn walk(&mut self, base: &Path, is_out: &dyn Fn(&Path) -> bool) {
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            let place = base.join(&folder);
            let names = fs::read_dir(&place).and_then(|entries| {
                let names = entries.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>();
                names.map(|mut names| {
                    names.sort_unstable();
                    names
                })
            });
            let names = match names {
                Ok(names) => names,
                Err(error) => {
                    self.unreadable.push((place, error));
                    continue;
                }
            };
            let mut below = Vec::new();
            for name in names.into_iter().filter(|name| !name.as_encoded_bytes().starts_with(b".")) {
                let file = place.join(&name);
                let is_folder = |followed: io::Result<fs::Metadata>| followed.is_ok_and(|status| status.is_dir());
                if is_folder(fs::symlink_metadata(&file)) {
                    if !is_out(&file) {
                        below.push(folder.join(&name));
                    }
                } else if !is_folder(fs::metadata(&file)) && is_picture(&file) {
                    self.all.push(InputFile { file, base: Some(base.to_owned()), folder: folder.clone() });
                } else {
                    self.passed_over += 1;
                }
            }
            folders.extend(below.into_iter().rev());
        }
    }
}

/// Tells whether a file is called a picture, or is one by its bytes.
fn is_picture(file: &Path) -> bool {
    let ending = file.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| format_of_ending(ending).is_some()) || format_of(file).is_some()
}

/// What a file is by its bytes. A pipe would be waited for, and be empty for whoever reads it next.
pub(super) fn format_of(file: &Path) -> Option<Format> {
    fs::metadata(file).ok().filter(fs::Metadata::is_file)?;
    Format::read(&mut File::open(file).ok()?).ok()?
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

    fn put(folder: &Path, files: &[(&str, &[u8])]) {
        for (name, bytes) in files {
            let file = folder.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, bytes).unwrap();
        }
    }

    fn names(folder: &Path, inputs: &InputFiles) -> Vec<String> {
        inputs.all.iter().map(|input| input.file.strip_prefix(folder).unwrap().to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn pictures_of_folders_are_found_in_their_order_and_named_files_whatever_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let files: [(&str, &[u8]); 8] = [
            ("in/b.TIF", b""),
            ("in/a/z.jpg", b""),
            ("in/a/b/c", PNG),
            ("in/a.txt", b"text"),
            ("in/.a.png", PNG),
            ("in/.git/a.png", PNG),
            ("in/out/a.png", PNG),
            ("named.txt", b"text"),
        ];
        put(folder, &files);
        symlink(folder.join("in/a"), folder.join("in/link")).unwrap();
        let named = [folder.join("named.txt"), folder.join("in"), folder.join("missing")];
        let inputs = InputFiles::found(&named, Some(&folder.join("in/out")));
        assert_eq!(names(folder, &inputs), ["named.txt", "in/b.TIF", "in/a/z.jpg", "in/a/b/c", "missing"]);
        assert_eq!((inputs.passed_over, inputs.unreadable.len(), inputs.are_many), (2, 0, true));
        let [named, first, .., last, _] = inputs.all.as_slice() else { panic!("five") };
        assert_eq!((&named.base, named.folder.to_str()), (&None, Some("")));
        assert_eq!((&first.base, first.folder.to_str()), (&Some(folder.join("in")), Some("")));
        assert_eq!((&last.base, last.folder.to_str()), (&Some(folder.join("in")), Some("a/b")));
    }

    #[test]
    fn a_single_file_is_one_and_a_folder_of_one_is_many() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), &[("in/a.png", PNG)]);
        let are_many = |name: &str| InputFiles::found(&[folder.path().join(name)], None).are_many;
        assert_eq!((are_many("in/a.png"), are_many("in"), are_many("missing")), (false, true, false));
    }

    #[test]
    fn bytes_tell_formats() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), &[("a.jpg", PNG), ("b", b"")]);
        assert_eq!(format_of(&folder.path().join("a.jpg")), Some(Format::Png));
        assert_eq!((format_of(&folder.path().join("b")), format_of(folder.path())), (None, None));
    }
}
