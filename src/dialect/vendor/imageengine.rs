//! ImageEngine: directives in the query, as `imgeng=/w_200/h_100/m_cropbox`
//! (<https://support.imageengine.io/hc/en-us/articles/360058880672-Directives>).

use url::form_urlencoded;

use super::words::{NativeWords, changed, renamed};
use super::{Saying, Vendor, VendorQuestion};
use crate::dialect::DialectError;
use crate::dialect::native::{FitWord, Meanings};
use crate::request::Fit;

pub(super) const VENDOR: Vendor = Vendor {
    name: "imageengine",
    usual_prefix: "/",
    is_own: |_, query| directives(query).is_some(),
    read,
    word: |_| None,
};

static MEANINGS: Meanings = Meanings {
    fits: &[
        ("box", FitWord::Fit(Fit::Contain)),
        ("cropbox", FitWord::Fit(Fit::Cover)),
        ("letterbox", FitWord::Fit(Fit::Pad)),
        ("productletterbox", FitWord::Fit(Fit::Pad)),
        ("stretch", FitWord::Fit(Fit::Stretch)),
    ],
    ..Meanings::NATIVE
};

/// Directives that mean what native words mean.
const NAMES: [(&str, &str); 5] = [("w", "w"), ("h", "h"), ("m", "fit"), ("f", "format"), ("r", "rotate")];

fn read(inquiry: &VendorQuestion<'_>) -> Result<Saying, DialectError> {
    let mut words = NativeWords::default();
    for directive in directives(inquiry.query).unwrap_or_default().split('/') {
        let Some((name, value)) = directive.split_once('_') else { continue };
        match (renamed(&NAMES, name), name) {
            // What the server would find out of itself, and what counts where it does not.
            (Some(native @ ("w" | "h")), _) => {
                words.put_some(
                    native,
                    Some(value.trim_start_matches("auto").trim_start_matches('_')).filter(|side| !side.is_empty()),
                );
            }
            (Some(native), _) => words.put(native, value),
            (None, "cmpr") => words.put("q", changed(value, |compression| 100.0 - compression.clamp(0.0, 100.0))),
            (None, "s") => words.put("sharpen", changed(value, |percent| percent / 50.0)),
            (None, "cr") => {
                let parts: Vec<_> = value.split(',').collect();
                match parts[..] {
                    [width, height, left, top] => words.put("rect", format!("{left},{top},{width},{height}")),
                    _ => words.put("crop", value),
                }
            }
            _ => {}
        }
    }
    Ok(Saying::new(inquiry.places.find_in_path(inquiry.path, None)?, words, &MEANINGS))
}

fn directives(query: Option<&str>) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs.find(|(name, _)| name == "imgeng").map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;

    #[test]
    fn directives_are_native_words() {
        check(
            "imageengine",
            &[
                ("/a/b.png?imgeng=/w_200/h_100/m_cropbox/f_webp", "/a/b.png?w=200&h=100&fit=cover&format=webp"),
                ("/a.png?imgeng=w_200/h_100/m_letterbox", "/a.png?w=200&h=100&fit=pad"),
                ("/a.png?imgeng=%2Fw_200%2Fh_100%2Fm_stretch%2Fr_90", "/a.png?w=200&h=100&fit=stretch&rotate=90"),
                ("/a.png?imgeng=/w_200/h_100/cmpr_20/m_box", "/a.png?w=200&h=100&q=80"),
                ("/a.png?imgeng=/w_auto_300/h_auto/f_png", "/a.png?w=300&format=png"),
                ("/a.png?imgeng=/cr_300,200,10,20/pass_true", "/a.png?rect=10,20,300,200"),
                ("/a.png?w=200", "/a.png"),
            ],
            &["/a.png?imgeng=/w_x", "/?imgeng=/w_2", "/a.png?imgeng=/m_nowhere/w_2/h_2"],
        );
    }
}
