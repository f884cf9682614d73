//! Where renditions go that are put into a folder: each by the name of its original, with the ending of its format. No two
//! have the same, and none has that of an original.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::inputs::InputFile;

/// Names that were given, and those that may not be.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Folders and stems that several originals have.
    crowded: BTreeSet<(PathBuf, OsString)>,
    /// Each original by what the system calls it.
    originals: BTreeSet<PathBuf>,
    /// What is written where, and of which original.
    given: BTreeMap<PathBuf, PathBuf>,
}

impl Names {
    /// For renditions of these originals.
    pub(super) fn among(inputs: &[InputFile]) -> Self {
        let mut names = Self::default();
        let mut seen = BTreeSet::new();
        for input in inputs {
            let place = (input.folder.clone(), input.stem());
            if !seen.insert(place.clone()) {
                names.crowded.insert(place);
            }
            names.originals.extend(fs::canonicalize(&input.file));
        }
        names
    }

    /// The file below `out` for a rendition. Where originals of one folder differ by their endings alone, the name keeps the
    /// original's own before the new one: `a.jpg.webp`, `a.png.webp`.
    ///
    /// # Errors
    /// It would be written over another, or over an original.
    pub(super) fn file(&mut self, out: &Path, input: &InputFile, extension: &str) -> Result<PathBuf, String> {
        let has_own_ending = input.file.extension().is_some_and(|ending| ending == extension);
        let is_crowded = self.crowded.contains(&(input.folder.clone(), input.stem()));
        let mut name = match input.file.file_name() {
            Some(name) if is_crowded && !has_own_ending => name.to_owned(),
            _ => input.stem(),
        };
        name.push(".");
        name.push(extension);
        let file = out.join(&input.folder).join(name);
        if let Some(other) = self.given.get(&file) {
            return Err(format!("{} is what was made of {} already", file.display(), other.display()));
        }
        if fs::canonicalize(&file).is_ok_and(|file| self.originals.contains(&file)) {
            return Err(format!("{} is an original itself, and is not written over", file.display()));
        }
        self.given.insert(file.clone(), input.file.clone());
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(files: &[(&str, &str, &str)]) -> Vec<Result<String, String>> {
        let inputs: Vec<_> = files
            .iter()
            .map(|(folder, name, _)| InputFile { file: Path::new("in").join(name), base: None, folder: folder.into() })
            .collect();
        let mut names = Names::among(&inputs);
        let file = |(input, (.., extension)): (&InputFile, &(&str, &str, &str))| {
            Ok(names.file(Path::new("out"), input, extension)?.to_str().unwrap().to_owned())
        };
        inputs.iter().zip(files).map(file).collect()
    }

    #[test]
    fn a_rendition_has_the_name_of_its_original_and_the_ending_of_its_format() {
        let named = named(&[("", "a.JPG", "jpg"), ("x/y", "b.c.png", "webp"), ("", "none", "png")]);
        let expected = ["out/a.jpg", "out/x/y/b.c.webp", "out/none.png"];
        assert_eq!(named, expected.map(|name| Ok(name.to_owned())));
    }

    #[test]
    fn originals_that_differ_by_their_endings_keep_them() {
        let files = [
            ("", "a.jpg", "webp"),
            ("", "a.png", "webp"),
            ("x", "a.gif", "webp"),
            ("", "b.jpg", "jpg"),
            ("", "b.png", "png"),
        ];
        let expected = ["out/a.jpg.webp", "out/a.png.webp", "out/x/a.webp", "out/b.jpg", "out/b.png"];
        assert_eq!(named(&files), expected.map(|name| Ok(name.to_owned())));
    }

    #[test]
    fn what_was_made_of_one_is_not_written_over_by_another() {
        let named = named(&[("", "p/a.jpg", "jpg"), ("", "q/a.jpg", "jpg")]);
        assert_eq!(named[0], Ok("out/a.jpg".to_owned()));
        assert_eq!(named[1], Err("out/a.jpg is what was made of in/p/a.jpg already".to_owned()));
    }
}
