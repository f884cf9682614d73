//! `Accept` (RFC 9110, section 12.5.1), reduced to what is of use: the set of formats that it names.

use http::HeaderMap;
use http::header::ACCEPT;

use crate::request::{Accepted, Format};

/// The formats that a request names, out of those that not every client shows. Their weights say no more than whether they
/// are refused, for the operator's order decides; and a range of several says nothing, for browsers that send `image/*`
/// and `*/*` show neither AVIF nor WebP by that.
pub(super) fn accepted(headers: &HeaderMap) -> Accepted {
    let lines = headers.get_all(ACCEPT).into_iter();
    let members = lines.flat_map(|line| split(line.as_bytes(), b','));
    members.filter_map(format).fold(Accepted::default(), Accepted::with)
}

/// Tells whether a client likes JSON better than HTML (section 12.5.1): by the weights of the ranges that fit each best, and
/// where they are equal, by which of the two is named. Who says nothing likes HTML.
pub(super) fn prefers_json(headers: &HeaderMap) -> bool {
    let [json, html] = ["application/json", "text/html"].map(|kind| best(headers, kind).unwrap_or((0, 0.0)));
    json.1 > 0.0 && (json.1 > html.1 || (json.1 == html.1 && json.0 > html.0))
}

/// Tells whether a client takes a media type, such as `image/avif` (section 12.5.1): by the weight of the range that fits it
/// best. Without the header it takes all of them.
pub fn takes(headers: &HeaderMap, kind: &str) -> bool {
    !headers.contains_key(ACCEPT) || best(headers, kind).is_some_and(|(_, weight)| weight > 0.0)
}

/// How well the range fits a media type that fits it best, 0 to 2, and its weight; of equal ones the largest.
fn best(headers: &HeaderMap, kind: &str) -> Option<(u8, f32)> {
    let (family, _) = kind.split_once('/')?;
    let lines = headers.get_all(ACCEPT).into_iter();
    let members = lines.flat_map(|line| split(line.as_bytes(), b',')).filter_map(range);
    let fitting = members.filter_map(|(named, weight)| {
        let rank = match named.split_at_checked(named.len().saturating_sub(2))? {
            _ if named.eq_ignore_ascii_case(kind.as_bytes()) => 2,
            (b"*", b"/*") => 0,
            (named, b"/*") if named.eq_ignore_ascii_case(family.as_bytes()) => 1,
            _ => return None,
        };
        Some((rank, weight))
    });
    fitting.max_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)))
}

/// A member, and its weight.
fn range(member: &[u8]) -> Option<(&[u8], f32)> {
    let mut parts = split(member, b';').map(<[u8]>::trim_ascii);
    let kind = parts.next()?;
    let told = parts.find_map(weight).map(|weight| str::from_utf8(weight).ok().and_then(|text| text.parse().ok()));
    let weight = told.map_or(Some(1.0), |told: Option<f32>| told.filter(|weight| (0.0..=1.0).contains(weight)));
    Some((kind, weight.unwrap_or(0.0)))
}

/// The format that a member names and does not refuse.
fn format(member: &[u8]) -> Option<Format> {
    let mut parts = split(member, b';').map(<[u8]>::trim_ascii);
    let kind = parts.next()?;
    let named = Accepted::NEGOTIABLE.into_iter().find(|format| kind.eq_ignore_ascii_case(format.mime().as_bytes()))?;
    let weight = parts.find_map(weight);
    weight.is_none_or(is_positive).then_some(named)
}

/// The value of a weight, where a parameter is one.
fn weight(parameter: &[u8]) -> Option<&[u8]> {
    let (name, value) = parameter.split_at_checked(parameter.iter().position(|byte| *byte == b'=')?)?;
    let value = value.get(1..)?.trim_ascii();
    name.trim_ascii().eq_ignore_ascii_case(b"q").then_some(value)
}

/// Tells whether a weight is above zero, and one at all.
fn is_positive(weight: &[u8]) -> bool {
    let number = std::str::from_utf8(weight).ok().and_then(|text| text.parse::<f32>().ok());
    number.is_some_and(|number| number > 0.0 && number <= 1.0)
}

/// The parts between separators, but for those within quotation marks (section 5.6.4).
fn split(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(move |byte| {
        let is_end = *byte == separator && !is_quoted;
        if !is_escaped && *byte == b'"' {
            is_quoted = !is_quoted;
        }
        is_escaped = is_quoted && !is_escaped && *byte == b'\\';
        is_end
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn set(lines: &[&str]) -> Accepted {
        let lines = lines.iter().map(|line| (ACCEPT, HeaderValue::from_bytes(line.as_bytes()).unwrap()));
        accepted(&lines.collect::<HeaderMap>())
    }

    fn of(formats: &[Format]) -> Accepted {
        formats.iter().copied().fold(Accepted::default(), Accepted::with)
    }

    const BOTH: [Format; 2] = [Format::Avif, Format::WebP];

    #[test]
    fn formats_are_named_one_by_one() {
        for (line, expected) in [
            ("image/avif,image/webp,*/*", &BOTH[..]),
            ("IMAGE/WebP", &[Format::WebP]),
            (" image/webp ; q=0.1 , text/html", &[Format::WebP]),
            ("*/*", &[]),
            ("image/*", &[]),
            ("image/*, image/avif;q=0", &[]),
            ("image/webpx, ximage/avif, image / avif", &[]),
            ("", &[]),
            (",,;;,image/avif", &[Format::Avif]),
            ("image/avif;profile=\"a,image/webp;q=0\";q=0.5", &[Format::Avif]),
            ("image/avif;a=\"\\\",\";q=0, image/webp", &[Format::WebP]),
            ("text/x;a=\"image/avif, image/webp", &[]),
        ] {
            assert_eq!(set(&[line]), of(expected), "{line}");
        }
        assert_eq!(set(&["text/html", "image/avif", "image/webp;q=0.2"]), of(&BOTH));
        assert_eq!(set(&[]), of(&[]));
    }

    #[test]
    fn json_is_preferred_only_where_it_is_named_above_html() {
        let prefers =
            |line: &str| prefers_json(&HeaderMap::from_iter([(ACCEPT, HeaderValue::from_str(line).unwrap())]));
        for line in [
            "application/json",
            "Application/JSON;q=0.1",
            "application/json, text/plain, */*",
            "text/html;q=0.8, application/json",
            "application/*",
            "application/json;q=0.9, */*;q=0.1",
        ] {
            assert!(prefers(line), "{line}");
        }
        for line in [
            "",
            "*/*",
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
            "application/json;q=0",
            "application/json;q=0.5, text/html",
            "application/json, text/html",
            "application/json;q=0.5, */*",
            "image/*",
        ] {
            assert!(!prefers(line), "{line}");
        }
        assert!(!prefers_json(&HeaderMap::new()));
    }

    #[test]
    fn a_client_takes_what_its_most_specific_range_says() {
        let takes_avif = |accept: &'static str| {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
            takes(&headers, "image/avif")
        };
        for accept in ["image/avif", "image/png, IMAGE/AVIF;q=0.1", "image/*", "*/*", "image/*;q=0, image/avif"] {
            assert!(takes_avif(accept), "{accept}");
        }
        for accept in ["image/png", "", "image/avif;q=0, */*", "image/*;q=0.0, */*", "text/*"] {
            assert!(!takes_avif(accept), "{accept}");
        }
        assert!(takes(&HeaderMap::new(), "image/avif"));
    }

    #[test]
    fn a_weight_of_zero_refuses_and_one_that_is_none_does_not_count() {
        for weight in ["0", "0.", "0.0", "0.000", "-1", "1.1", "2", "x", "", "nan", "inf", "1e9"] {
            for name in ["q", "Q", "v=1;q"] {
                assert_eq!(set(&[&format!("image/avif;{name}={weight}")]), of(&[]), "{name}={weight}");
            }
        }
        for weight in ["1", "1.000", "0.001", "0.5", "0.5;ext=0;q=0"] {
            assert_eq!(set(&[&format!("image/avif; q={weight}")]), of(&[Format::Avif]), "{weight}");
        }
        // Neither the order nor a second opinion matters.
        assert_eq!(set(&["image/avif;q=0, image/avif"]), set(&["image/avif, image/avif;q=0"]));
    }

    /// One member, and what it adds.
    fn member() -> impl Strategy<Value = (String, Option<Format>)> {
        let kinds = ["image/avif", "image/webp", "image/png", "image/*", "*/*", "text/html"];
        let parameters =
            prop::collection::vec(prop::sample::select(vec!["v=b3", "a=\"x,y;q=0\"", "charset=utf-8"]), 0..3);
        let weights = prop::option::of(0u16..=1000);
        (prop::sample::select(kinds.to_vec()), parameters, weights, any::<bool>(), "[ \t]{0,2}").prop_map(
            |(kind, parameters, weight, is_loud, space)| {
                let format = Format::all().find(|format| format.mime() == kind && BOTH.contains(format));
                let named = format.filter(|_| weight != Some(0));
                let weight = weight.map(|weight| format!("q={}", f64::from(weight) / 1000.0));
                let all: Vec<_> = parameters.into_iter().map(str::to_owned).chain(weight).collect();
                let all: String = all.iter().map(|text| format!("{space};{space}{text}")).collect();
                let text = format!("{space}{kind}{all}{space}");
                (if is_loud { text.to_ascii_uppercase() } else { text }, named)
            },
        )
    }

    proptest! {
        #[test]
        fn the_set_is_that_of_all_members_in_any_order_on_any_lines(
            members in prop::collection::vec(member(), 0..8),
            breaks in prop::collection::vec(any::<bool>(), 8),
        ) {
            let expected: Vec<_> = members.iter().filter_map(|(_, named)| *named).collect();
            let mut lines = vec![String::new()];
            for ((text, _), is_new_line) in members.iter().zip(&breaks) {
                match lines.last_mut() {
                    Some(line) if !is_new_line => *line = format!("{line},{text}"),
                    _ => lines.push(text.clone()),
                }
            }
            let mut lines: Vec<_> = lines.iter().map(String::as_str).collect();
            prop_assert_eq!(set(&lines), of(&expected));
            lines.reverse();
            prop_assert_eq!(set(&lines), of(&expected));
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                let _ = accepted(&HeaderMap::from_iter([(ACCEPT, value)]));
            }
        }
    }
}
