//! `WarmList`: what is to be warmed, from a list, an access log or a sitemap, each of them packed by gzip or not.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use codec::Format;
use flate2::bufread::MultiGzDecoder;

use super::sitemap::Sitemap;
use crate::command::access_log::{LoggedTargets, target};
use crate::command::{Outlet, ToolError};
use crate::http::is_of_house;

/// The most that is read of one file, unpacked: ten times what a sitemap may have, and what a log has of some days.
const MAX_BYTES: u64 = 16 << 30;
/// How a file begins that gzip has packed.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Sitemaps that are read of an index: as many as the protocol allows in one.
const MAX_SITEMAPS: usize = 50_000;

/// Paths and queries, each once.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct WarmList {
    /// In their order.
    pub(super) targets: Vec<String>,
    /// Lines and URLs that say nothing of a picture.
    pub(super) unread: usize,
    /// What is no picture, or was never answered well.
    pub(super) passed_over: usize,
}

impl WarmList {
    /// Reads files; `-` is the standard input. What an index names is read from files beside it.
    ///
    /// # Errors
    /// One cannot be read, or is no sitemap though it begins like one.
    pub(super) fn read(paths: &[PathBuf], outlet: &mut Outlet<'_>) -> Result<Self, ToolError> {
        let mut list = Self::default();
        for path in paths {
            list.read_file(path, outlet)?;
        }
        let mut known = HashSet::new();
        list.targets.retain(|target| known.insert(target.clone()));
        Ok(list)
    }

    fn read_file(&mut self, path: &Path, outlet: &mut Outlet<'_>) -> Result<(), ToolError> {
        let unreadable = |cause| ToolError::Unreadable { path: path.to_owned(), cause };
        let mut file = opened(path).map_err(unreadable)?;
        if is_markup(file.fill_buf().map_err(unreadable)?) {
            let sitemap = Sitemap::read(file);
            let no_sitemap = |cause| unreadable(io::Error::other(format!("expected a sitemap, {cause}")));
            return self.take_in(sitemap.map_err(no_sitemap)?, path, outlet);
        }
        self.take_in_log(LoggedTargets::read(file).map_err(unreadable)?);
        Ok(())
    }

    fn take_in_log(&mut self, log: LoggedTargets) {
        let LoggedTargets { all, refused, unread } = log;
        self.unread += unread;
        for target in all {
            let path = target.split('?').next().unwrap_or_default();
            if refused.contains(&target) || is_of_house(path) {
                self.passed_over += 1;
            } else {
                self.targets.push(target);
            }
        }
    }

    /// Of a sitemap that tells where pictures are, a page is one only if it is called so.
    fn take_in(&mut self, sitemap: Sitemap, path: &Path, outlet: &mut Outlet<'_>) -> Result<(), ToolError> {
        let Sitemap { pages, pictures, sitemaps } = sitemap;
        let has_pictures = !pictures.is_empty();
        for (url, is_page) in
            pages.into_iter().map(|url| (url, true)).chain(pictures.into_iter().map(|url| (url, false)))
        {
            match target(&url) {
                Some(target) if is_page && has_pictures && !is_called_picture(&target) => self.passed_over += 1,
                Some(target) => self.targets.push(target),
                None => self.unread += 1,
            }
        }
        for url in sitemaps.into_iter().take(MAX_SITEMAPS) {
            let name = url.split(['?', '#']).next().and_then(|url| url.rsplit('/').next()).unwrap_or_default();
            let beside = path.with_file_name(name);
            // An index names no other index (and so not itself).
            let read = Self::read_named(&beside);
            match read {
                Ok(named) => self.take_in(named, &beside, outlet)?,
                Err(error) => {
                    self.unread += 1;
                    (outlet.note)(&format!("{url}: looked for as a file beside the index: {error}"));
                }
            }
        }
        Ok(())
    }

    fn read_named(path: &Path) -> Result<Sitemap, ToolError> {
        let unreadable = |cause| ToolError::Unreadable { path: path.to_owned(), cause };
        let sitemap = Sitemap::read(opened(path).map_err(unreadable)?);
        let sitemap = sitemap.map_err(|cause| unreadable(io::Error::other(cause)))?;
        Ok(Sitemap { sitemaps: Vec::new(), ..sitemap })
    }
}

/// A file, or the standard input, unpacked.
fn opened(path: &Path) -> io::Result<impl BufRead> {
    let mut file: Box<dyn BufRead> =
        if path == Path::new("-") { Box::new(io::stdin().lock()) } else { Box::new(BufReader::new(File::open(path)?)) };
    if file.fill_buf()?.starts_with(&GZIP) {
        file = Box::new(BufReader::new(MultiGzDecoder::new(file)));
    }
    Ok(file.take(MAX_BYTES))
}

/// Tells whether a text begins as XML does.
fn is_markup(beginning: &[u8]) -> bool {
    let text = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning);
    text.trim_ascii_start().starts_with(b"<")
}

fn is_called_picture(target: &str) -> bool {
    let name = target.split('?').next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    name.rsplit_once('.').is_some_and(|(_, ending)| Format::named(ending).is_some())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn read(name: &str, files: &[(&str, &[u8])]) -> (Vec<String>, usize, usize) {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let (mut tell, mut note) = (|_: &str| {}, |_: &str| {});
        let mut outlet = Outlet { tell: &mut tell, note: &mut note };
        let WarmList { targets, unread, passed_over } =
            WarmList::read(&[folder.path().join(name)], &mut outlet).unwrap();
        (targets, unread, passed_over)
    }

    fn packed(text: &str) -> Vec<u8> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(text.as_bytes()).unwrap();
        packed.finish().unwrap()
    }

    #[test]
    fn logs_are_read_without_what_is_no_picture_of_ours() {
        let log =
            "/a.jpg\n/health\nGET /_/files?folder=x\n\"GET /b.jpg HTTP/1.1\" 404 1\nwhat is this\nhttps://x/a.jpg\n";
        assert_eq!(read("log", &[("log", log.as_bytes())]), (vec!["/a.jpg".to_owned()], 1, 3));
        assert_eq!(read("log.gz", &[("log.gz", &packed("/a.jpg?w=1\n"))]), (vec!["/a.jpg?w=1".to_owned()], 0, 0));
    }

    #[test]
    fn sitemaps_are_read_for_their_pictures_and_indices_for_their_sitemaps() {
        let index = "\n<sitemapindex><sitemap><loc>https://x/maps/1.xml.gz?x</loc></sitemap><sitemap>\
                     <loc>https://x/2.xml</loc></sitemap><sitemap><loc>https://x/none.xml</loc></sitemap></sitemapindex>";
        let first = packed(
            "<urlset><url><loc>https://x/page</loc><image><loc>https://c/a.jpg</loc></image></url>\
             <url><loc>https://x/b.png?w=3</loc></url></urlset>",
        );
        let second = b"\xef\xbb\xbf<urlset><url><loc>https://x/any</loc></url><url><loc>nowhere</loc></url></urlset>";
        let files = [("i.xml", index.as_bytes()), ("1.xml.gz", first.as_slice()), ("2.xml", second.as_slice())];
        let expected = ["/b.png?w=3", "/a.jpg", "/any"].map(str::to_owned).to_vec();
        assert_eq!(read("i.xml", &files), (expected, 2, 1));
    }
}
