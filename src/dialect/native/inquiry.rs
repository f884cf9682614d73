//! `explain`: the answer is why a picture would be what it would be.

use url::form_urlencoded;

use super::meanings::Meanings;
use super::parameters::Parameter;
use super::reading::Values;
use super::rules::HARMLESS;
use super::values::word;
use crate::dialect::DialectError;
use crate::request::{IgnoredParameter, Inquiry};

/// The parameter that asks for it, where the operator lets it be asked for.
pub(super) const NAME: &str = "explain";

/// Parameters that are named where they are ignored, and how much of each name.
const MAX_IGNORED: usize = 50;
const MAX_LETTERS: usize = 64;

/// Tells whether an explanation is asked for: by the name alone, or a switch, or in words that are none. `None` where nothing is
/// said of one.
pub(super) fn asked(query: Option<&str>) -> Option<Result<bool, DialectError>> {
    let (_, text) = pairs(query).filter(|(name, _)| name.eq_ignore_ascii_case(NAME)).last()?;
    Some(word(&text).ok_or_else(|| DialectError::parameter(NAME, "nothing, 1, true, 0 or false", &text)))
}

/// What a query says that came to these values.
pub(super) fn inquiry(query: Option<&str>, values: &Values<'_>, meanings: &Meanings) -> Inquiry {
    let is_known = |name: &str| Parameter::named(meanings.name(name)).is_some() || name.eq_ignore_ascii_case(NAME);
    let is_harmless = |name: &str| HARMLESS.iter().any(|harmless| harmless.eq_ignore_ascii_case(name));
    let unread = pairs(query).map(|(name, _)| name).filter(|name| !is_known(name) && !is_harmless(name));
    let ignored = unread.take(MAX_IGNORED).map(|name| IgnoredParameter {
        meant: Parameter::nearest(&name),
        name: name.chars().take(MAX_LETTERS).collect(),
    });
    Inquiry { wishes: values.texts().map(|(name, text)| (name, text.to_owned())).collect(), ignored: ignored.collect() }
}

fn pairs(query: Option<&str>) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_asked_for_by_name_or_switch() {
        for (query, expected) in [
            ("w=4", None),
            ("explain", Some(Some(true))),
            ("Explain=1&w=4", Some(Some(true))),
            ("explain=0", Some(Some(false))),
            ("explain=x", Some(None)),
        ] {
            assert_eq!(asked(Some(query)).map(Result::ok), expected, "{query}");
        }
    }

    #[test]
    fn what_nobody_reads_is_named_with_what_may_have_been_meant() {
        let query = "wdith=4&utm_source=x&height=4&explain&sig=x";
        let Inquiry { wishes, ignored } =
            inquiry(Some(query), &Values::of(Some(query), <_>::default()), <_>::default());
        assert_eq!(wishes, [("h", "4".to_owned())]);
        let ignored: Vec<_> = ignored.iter().map(|ignored| (ignored.name.as_str(), ignored.meant)).collect();
        assert_eq!(ignored, [("wdith", Some("width")), ("utm_source", None)]);
    }
}
