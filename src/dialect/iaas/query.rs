//! `IaasQuery`: what the query of a URL says.

use url::form_urlencoded;

use crate::request::{Fit, OutputFormat};

/// The words for what becomes of a picture that has another shape than its box. What is none of them is the first.
const FITS: [(&str, Fit); 4] =
    [("clip", Fit::Contain), ("crop", Fit::Cover), ("canvas", Fit::Pad), ("cover", Fit::Outside)];

/// What a query says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct IaasQuery {
    /// What becomes of a picture that has another shape than its box, and the word for it.
    pub fit: (&'static str, Fit),
    pub blurs: bool,
    /// From 1 to 100; `None` leaves it to us.
    pub quality: Option<u8>,
    /// The bytes are to come from here, even where they are stored elsewhere.
    pub proxies: bool,
    /// WebP may stand in, where the client shows it.
    pub allows_webp: bool,
}

impl IaasQuery {
    /// Reads a query. What is not understood does not count.
    pub fn read(query: Option<&str>) -> Self {
        let [clip, ..] = FITS;
        let mut read = Self { fit: clip, blurs: false, quality: None, proxies: false, allows_webp: false };
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let is_true = value == "true";
            match &*name {
                "fit" => {
                    read.fit = FITS.into_iter().find(|(word, _)| word.eq_ignore_ascii_case(&value)).unwrap_or(clip);
                }
                "blur" => read.blurs = is_true,
                "quality" => read.quality = quality(&value),
                "proxy" => read.proxies = is_true,
                "allow_webp" => read.allows_webp = is_true,
                _ => {}
            }
        }
        read
    }

    /// The quality that counts for what is written in this format.
    pub fn quality_for(&self, output: OutputFormat) -> Option<u8> {
        self.quality.filter(|_| matches!(output, OutputFormat::JPEG | OutputFormat::WEBP))
    }

    /// Tells whether more is asked for than a size.
    pub fn filters(&self, output: OutputFormat) -> bool {
        self.blurs || self.quality_for(output).is_some()
    }
}

/// A quality above zero; all others are left to us.
fn quality(text: &str) -> Option<u8> {
    let number = text.trim().parse::<f64>().ok().filter(|number| *number > 0.0)?;
    Some(number.round().clamp(1.0, 100.0) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_does_not_count() {
        let plain = IaasQuery::read(None);
        assert_eq!(plain.fit, ("clip", Fit::Contain));
        for query in
            ["fit=box&blur=1&quality=auto&proxy=yes&allow_webp", "quality=0", "quality=-1", "quality=NaN", "&&=&x"]
        {
            assert_eq!(IaasQuery::read(Some(query)), plain, "{query}");
        }
    }

    #[test]
    fn each_parameter_is_read_and_the_last_of_a_name_counts() {
        let read = IaasQuery::read(Some("fit=crop&fit=Cover&blur=true&quality=12.4&proxy=true&allow_webp=true"));
        let expected = IaasQuery {
            fit: ("cover", Fit::Outside),
            blurs: true,
            quality: Some(12),
            proxies: true,
            allows_webp: true,
        };
        assert_eq!(read, expected);
        assert_eq!(["400", "0.2", "1e1"].map(quality), [Some(100), Some(1), Some(10)]);
    }
}
