//! Sitemaps (<https://www.sitemaps.org/protocol.html>): the URLs in one, those of its pictures where it has some, and the sitemaps
//! that an index names.

use std::io::BufRead;

use quick_xml::events::{BytesRef, Event};
use quick_xml::{Reader, escape};

/// What a sitemap says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sitemap {
    /// Where pages are.
    pub pages: Vec<String>,
    /// Where pictures of pages are (<https://developers.google.com/search/docs/crawling-indexing/sitemaps/image-sitemaps>).
    pub pictures: Vec<String>,
    /// Where other sitemaps are.
    pub sitemaps: Vec<String>,
}

/// Why a sitemap is none.
#[derive(Debug, thiserror::Error)]
pub(super) enum SitemapError {
    #[error("at byte {position}: {cause}")]
    NoXml { position: u64, cause: quick_xml::Error },
    #[error("at byte {position}: it ends within an element")]
    Cut { position: u64 },
}

/// The longest URL that is read, in bytes; the protocol allows 2048.
const MAX_URL_BYTES: usize = 64 << 10;

impl Sitemap {
    /// Reads a sitemap or an index of some.
    ///
    /// # Errors
    /// It is no XML, or cannot be read.
    pub(super) fn read(from: impl BufRead) -> Result<Self, SitemapError> {
        let mut reader = Reader::from_reader(from);
        let (mut sitemap, mut buffer) = (Self::default(), Vec::new());
        // The elements that we are in, without their prefixes.
        let mut within: Vec<Vec<u8>> = Vec::new();
        let mut text = String::new();
        loop {
            buffer.clear();
            let event = reader.read_event_into(&mut buffer);
            let event = event.map_err(|cause| SitemapError::NoXml { position: reader.error_position(), cause })?;
            match event {
                Event::Start(start) => {
                    within.push(start.local_name().as_ref().to_vec());
                    text.clear();
                }
                Event::Text(part) => append(&mut text, part.as_ref()),
                Event::CData(part) => append(&mut text, part.as_ref()),
                Event::GeneralRef(named) => append(&mut text, referred(&named).as_bytes()),
                Event::End(_) => {
                    let ended = within.pop();
                    if ended.as_deref() == Some(b"loc") {
                        sitemap.put(within.last().map(Vec::as_slice), text.trim());
                    }
                }
                Event::Eof if within.is_empty() => return Ok(sitemap),
                Event::Eof => return Err(SitemapError::Cut { position: reader.buffer_position() }),
                _ => {}
            }
        }
    }

    fn put(&mut self, element: Option<&[u8]>, url: &str) {
        let urls = match element {
            Some(b"url") => &mut self.pages,
            Some(b"image") => &mut self.pictures,
            Some(b"sitemap") => &mut self.sitemaps,
            _ => return,
        };
        urls.push(url.to_owned());
    }
}

/// A character by its number or its name; what has neither is left as it was.
fn referred(named: &BytesRef<'_>) -> String {
    if let Ok(Some(character)) = named.resolve_char_ref() {
        return character.to_string();
    }
    let name = String::from_utf8_lossy(named.as_ref());
    escape::resolve_predefined_entity(&name).map_or_else(|| format!("&{name};"), str::to_owned)
}

fn append(text: &mut String, part: &[u8]) {
    if text.len() + part.len() <= MAX_URL_BYTES {
        text.push_str(&String::from_utf8_lossy(part));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Sitemap {
        Sitemap::read(text.as_bytes()).unwrap()
    }

    #[test]
    fn pages_and_their_pictures_are_told_apart() {
        let sitemap = read(
            r#"<?xml version="1.0" encoding="UTF-8"?>
            <!-- <url><loc>https://x/no</loc></url> -->
            <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:i="http://www.google.com/schemas/sitemap-image/1.1">
              <url>
                <loc> https://x/page </loc><lastmod>2026-01-01</lastmod>
                <i:image><i:loc>https://cdn/a.jpg?w=4&amp;h=5&#38;q=6</i:loc><i:title>A</i:title></i:image>
                <i:image><i:loc><![CDATA[https://cdn/b.jpg?w=4&h=5]]></i:loc></i:image>
              </url>
              <url><loc>https://x/c.jpg</loc></url>
            </urlset>"#,
        );
        assert_eq!(sitemap.pages, ["https://x/page", "https://x/c.jpg"]);
        assert_eq!(sitemap.pictures, ["https://cdn/a.jpg?w=4&h=5&q=6", "https://cdn/b.jpg?w=4&h=5"]);
        assert_eq!(sitemap.sitemaps, Vec::<String>::new());
    }

    #[test]
    fn an_index_names_others() {
        let sitemap = read("<sitemapindex><sitemap><loc>https://x/1.xml.gz</loc></sitemap></sitemapindex>");
        assert_eq!(sitemap.sitemaps, ["https://x/1.xml.gz"]);
    }

    #[test]
    fn what_is_no_xml_is_told() {
        for text in ["<urlset><url><loc>x</url></urlset>", "<urlset><url></url>", "<"] {
            let error = Sitemap::read(text.as_bytes()).unwrap_err();
            assert!(error.to_string().starts_with("at byte "), "{error}");
        }
    }
}
