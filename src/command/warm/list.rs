//! `WarmList`: what is to be warmed, from a list, an access log or a sitemap, each of them packed by gzip or not.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use reqwest::Url;

use super::sitemap::Sitemap;
use crate::command::access_log::{LoggedTargets, target};
use crate::command::arguments::is_standard;
use crate::command::client::{cause_of, reader};
use crate::command::endings::format_of_ending;
use crate::command::{Outlet, ToolError};
use crate::http::is_of_house;

/// The most that is read of one file, unpacked: ten times what a sitemap may have, and what a log has of some days.
const MAX_BYTES: u64 = 16 << 30;
/// The most that is fetched of one, packed or not: what the protocol allows, and a little.
const MAX_FETCHED_BYTES: u64 = 64 << 20;
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

/// Where a list is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum ListPlace {
    StandardInput,
    File(PathBuf),
    Url(Url),
}

impl WarmList {
    /// Reads lists: files, URLs, and `-` for the standard input. What an index names is read from files beside it, or from the
    /// server that the index came from.
    ///
    /// # Errors
    /// One cannot be read, or is no sitemap though it begins like one.
    pub(super) async fn read(paths: &[PathBuf], outlet: &mut Outlet<'_>) -> Result<Self, ToolError> {
        let mut list = Self::default();
        for path in paths {
            let unreadable = |cause| ToolError::Unreadable { path: path.clone(), cause };
            list.take_in(&ListPlace::of(path), outlet).await.map_err(unreadable)?;
        }
        let mut known = HashSet::new();
        list.targets.retain(|target| known.insert(target.clone()));
        Ok(list)
    }

    async fn take_in(&mut self, place: &ListPlace, outlet: &mut Outlet<'_>) -> io::Result<()> {
        let mut list = place.open().await?;
        if !is_markup(list.fill_buf()?) {
            self.take_in_log(LoggedTargets::read(list)?);
            return Ok(());
        }
        let sitemaps = self.take_in_sitemap(sitemap(list)?);
        for url in sitemaps.into_iter().take(MAX_SITEMAPS) {
            let read = match place.beside(&url) {
                Ok(place) => place.open().await.and_then(sitemap).map_err(|error| place.named(error)),
                Err(error) => Err(error),
            };
            match read {
                // An index names no other index, and so not itself.
                Ok(named) => drop(self.take_in_sitemap(named)),
                Err(error) => {
                    self.unread += 1;
                    (outlet.note)(&format!("{url}: {error}"));
                }
            }
        }
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

    /// Of a sitemap that tells where pictures are, a page is one only if it is called so. Gives the sitemaps that it names.
    fn take_in_sitemap(&mut self, sitemap: Sitemap) -> Vec<String> {
        let Sitemap { pages, pictures, sitemaps } = sitemap;
        let has_pictures = !pictures.is_empty();
        let urls = pages.into_iter().map(|url| (url, true)).chain(pictures.into_iter().map(|url| (url, false)));
        for (url, is_page) in urls {
            match target(&url) {
                Some(target) if is_page && has_pictures && !is_called_picture(&target) => self.passed_over += 1,
                Some(target) => self.targets.push(target),
                None => self.unread += 1,
            }
        }
        sitemaps
    }
}

impl ListPlace {
    fn of(path: &Path) -> Self {
        let url = path.to_str().filter(|text| text.starts_with("http://") || text.starts_with("https://"));
        match url.and_then(|text| Url::parse(text).ok()) {
            Some(url) => Self::Url(url),
            None if is_standard(path) => Self::StandardInput,
            None => Self::File(path.to_owned()),
        }
    }

    /// Where a sitemap is that an index names which is here: on the same server, or a file of the same name in the same folder.
    fn beside(&self, url: &str) -> io::Result<Self> {
        let Self::Url(index) = self else {
            let name = url.split(['?', '#']).next().and_then(|url| url.rsplit('/').next()).unwrap_or_default();
            return Ok(Self::File(match self {
                Self::File(index) => index.with_file_name(name),
                _ => PathBuf::from(name),
            }));
        };
        let url = Url::parse(url).ok().filter(|url| url.origin() == index.origin());
        url.map(Self::Url).ok_or_else(|| io::Error::other("expected a sitemap on the server of its index"))
    }

    /// An error with the name of the file that it is about.
    fn named(&self, error: io::Error) -> io::Error {
        match self {
            Self::File(path) => io::Error::new(error.kind(), format!("{}: {error}", path.display())),
            _ => error,
        }
    }

    /// Its text, unpacked.
    async fn open(&self) -> io::Result<Box<dyn BufRead>> {
        let mut list: Box<dyn BufRead> = match self {
            Self::StandardInput => Box::new(io::stdin().lock()),
            Self::File(path) => Box::new(BufReader::new(File::open(path)?)),
            Self::Url(url) => Box::new(Cursor::new(fetched(url).await?)),
        };
        if list.fill_buf()?.starts_with(&GZIP) {
            list = Box::new(BufReader::new(MultiGzDecoder::new(list)));
        }
        Ok(Box::new(list.take(MAX_BYTES)))
    }
}

async fn fetched(url: &Url) -> io::Result<Vec<u8>> {
    let answered = async {
        let mut response = reader()?.get(url.clone()).send().await?.error_for_status()?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() as u64 > MAX_FETCHED_BYTES {
                return Ok(None);
            }
        }
        Ok::<_, reqwest::Error>(Some(bytes))
    };
    let bytes = answered.await.map_err(|error| io::Error::other(cause_of(&error)))?;
    bytes.ok_or_else(|| io::Error::other(format!("expected at most {MAX_FETCHED_BYTES} bytes")))
}

fn sitemap(list: Box<dyn BufRead>) -> io::Result<Sitemap> {
    Sitemap::read(list).map_err(|cause| io::Error::other(format!("expected a sitemap, {cause}")))
}

/// Tells whether a text begins as XML does.
fn is_markup(beginning: &[u8]) -> bool {
    let text = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning);
    text.trim_ascii_start().starts_with(b"<")
}

fn is_called_picture(target: &str) -> bool {
    let name = target.split('?').next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    name.rsplit_once('.').is_some_and(|(_, ending)| format_of_ending(ending).is_some())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    async fn read(name: &str, files: &[(&str, &[u8])]) -> (Vec<String>, usize, usize) {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let (mut tell, mut note) = (|_: &str| {}, |_: &str| {});
        let mut outlet = Outlet { tell: &mut tell, note: &mut note };
        let WarmList { targets, unread, passed_over } =
            WarmList::read(&[folder.path().join(name)], &mut outlet).await.unwrap();
        (targets, unread, passed_over)
    }

    fn packed(text: &str) -> Vec<u8> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(text.as_bytes()).unwrap();
        packed.finish().unwrap()
    }

    #[tokio::test]
    async fn logs_are_read_without_what_is_no_picture_of_ours() {
        let log =
            "/a.jpg\n/health\nGET /_/files?folder=x\n\"GET /b.jpg HTTP/1.1\" 404 1\nwhat is this\nhttps://x/a.jpg\n";
        assert_eq!(read("log", &[("log", log.as_bytes())]).await, (vec!["/a.jpg".to_owned()], 1, 3));
        assert_eq!(read("log.gz", &[("log.gz", &packed("/a.jpg?w=1\n"))]).await, (vec!["/a.jpg?w=1".to_owned()], 0, 0));
    }

    #[tokio::test]
    async fn sitemaps_are_read_for_their_pictures_and_indices_for_their_sitemaps() {
        let index = "\n<sitemapindex><sitemap><loc>https://x/maps/1.xml.gz?x</loc></sitemap><sitemap>\
                     <loc>https://x/2.xml</loc></sitemap><sitemap><loc>https://x/none.xml</loc></sitemap></sitemapindex>";
        let first = packed(
            "<urlset><url><loc>https://x/page</loc><image><loc>https://c/a.jpg</loc></image></url>\
             <url><loc>https://x/b.png?w=3</loc></url></urlset>",
        );
        let second = b"\xef\xbb\xbf<urlset><url><loc>https://x/any</loc></url><url><loc>nowhere</loc></url></urlset>";
        let files = [("i.xml", index.as_bytes()), ("1.xml.gz", first.as_slice()), ("2.xml", second.as_slice())];
        let expected = ["/b.png?w=3", "/a.jpg", "/any"].map(str::to_owned).to_vec();
        assert_eq!(read("i.xml", &files).await, (expected, 2, 1));
    }

    #[test]
    fn an_index_leads_to_no_other_server_and_no_other_folder() {
        let index = ListPlace::of(Path::new("https://x.example/maps/index.xml"));
        let beside = |url: &str| index.beside(url).map_err(|error| error.to_string());
        let own = "https://x.example/a/1.xml";
        assert_eq!(beside(own), Ok(ListPlace::Url(Url::parse(own).unwrap())));
        for other in ["https://y.example/1.xml", "http://x.example/1.xml", "https://x.example:8443/1.xml", "/1.xml"] {
            assert!(beside(other).is_err(), "{other}");
        }
        let file = ListPlace::of(Path::new("maps/index.xml"));
        assert_eq!(file.beside("https://x/../etc/1.xml?a").unwrap(), ListPlace::File("maps/1.xml".into()));
        assert_eq!(ListPlace::of(Path::new("-")).beside("https://x/1.xml").unwrap(), ListPlace::File("1.xml".into()));
    }
}
