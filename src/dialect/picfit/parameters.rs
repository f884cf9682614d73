//! What a URL of picfit says: a method, and parameters in the query, in the path, or in both.

use std::collections::BTreeMap;

use percent_encoding::percent_decode;

use super::form;

/// What is to be done with the rendition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    /// It is sent.
    Display,
    /// It is stored, and the client led there.
    Redirect,
    /// It is stored, and the client told where.
    Get,
}

/// The parameters of a request, as they came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Parameters {
    /// All but the operations; the first of a name counts.
    values: BTreeMap<String, String>,
    /// In the order of the client.
    operations: Vec<String>,
    /// The path of the URL goes on behind what is read as the path of the picture.
    pub is_cut: bool,
}

/// Signs the others, and is not among what is signed.
const SIGNATURE: &str = "sig";
/// Says how to come by the picture, and not which.
const FORCE: &str = "force";
/// What may stand more than once.
const OPERATION: &str = "op";

impl Method {
    const NAMES: [(&str, Self); 3] = [("display", Self::Display), ("redirect", Self::Redirect), ("get", Self::Get)];

    /// The method that a path begins with, and what follows it with its slash.
    pub(super) fn of(path: &str) -> Option<(Self, &str)> {
        let bare = path.strip_prefix('/')?;
        let (name, rest) = bare.find('/').and_then(|end| bare.split_at_checked(end)).unwrap_or((bare, ""));
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, method)| (*method, rest))
    }
}

impl Parameters {
    /// Reads what follows the method in the path, and the query. Of a parameter in both that of the query counts; operations
    /// of the query are done after that of the path.
    pub(super) fn read(rest: &str, query: Option<&str>) -> Self {
        let mut parameters = Self::default();
        let decoded = percent_decode(rest.as_bytes()).decode_utf8_lossy();
        if let Some(form) = form::parse(&decoded) {
            let form::PathForm { signature, operation, width, height, path, is_cut } = form;
            parameters.is_cut = is_cut;
            parameters.operations.push(operation.to_owned());
            let values = [(SIGNATURE, signature), ("w", width), ("h", height), ("path", path)];
            let values = values.into_iter().filter(|(_, value)| !value.is_empty());
            parameters.values.extend(values.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
        let mut asked = BTreeMap::new();
        for (name, value) in pairs(query.unwrap_or_default()) {
            if name == OPERATION {
                parameters.operations.push(value);
            } else {
                asked.entry(name).or_insert(value);
            }
        }
        if asked.contains_key("path") {
            parameters.is_cut = false;
        }
        parameters.values.append(&mut asked);
        parameters
    }

    /// The value of a parameter that is no operation.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// All operations, in order.
    pub(super) fn operations(&self) -> &[String] {
        &self.operations
    }

    /// What says that the others are the operator's.
    pub(super) fn signature(&self) -> &str {
        self.get(SIGNATURE).unwrap_or_default()
    }

    /// What is signed: all but the signature, sorted by name and encoded as in the query of a URL.
    pub(super) fn message(&self) -> String {
        let mut lines: Vec<(&str, &str)> = self.values.iter().map(|(name, value)| (&**name, &**value)).collect();
        lines.retain(|(name, _)| *name != SIGNATURE);
        lines.extend(self.operations.iter().map(|operation| (OPERATION, &**operation)));
        // By name alone: operations stay in their order.
        lines.sort_by_key(|(name, _)| *name);
        let lines = lines.iter().map(|(name, value)| format!("{}={}", form::encoded(name), form::encoded(value)));
        lines.collect::<Vec<_>>().join("&")
    }

    /// The key that picfit has for the request: the same however it is written, but for how to come by the picture.
    pub(super) fn key(&self) -> String {
        let is_named = |name: &String| name != SIGNATURE && name != FORCE;
        let mut members: BTreeMap<&str, String> = self
            .values
            .iter()
            .filter(|(name, _)| is_named(name))
            .map(|(name, value)| (&**name, form::quoted(value)))
            .collect();
        match self.operations.as_slice() {
            [] => {}
            [one] => drop(members.insert(OPERATION, form::quoted(one))),
            several => {
                let all: Vec<_> = several.iter().map(|operation| form::quoted(operation)).collect();
                members.insert(OPERATION, format!("[{}]", all.join(",")));
            }
        }
        let members: Vec<_> = members.iter().map(|(name, value)| format!("{}:{value}", form::quoted(name))).collect();
        form::digest(format!("{{{}}}", members.join(",")).as_bytes())
    }
}

/// The pairs of a query. As in Go, one with a semicolon or with a `%` that stands for nothing is passed over.
fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    query.split('&').filter(|pair| !pair.is_empty() && !pair.contains(';')).filter_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((decoded(name)?, decoded(value)?))
    })
}

fn decoded(text: &str) -> Option<String> {
    let is_escape = |rest: &str| rest.len() >= 2 && rest.bytes().take(2).all(|digit| digit.is_ascii_hexdigit());
    if !text.split('%').skip(1).all(is_escape) {
        return None;
    }
    let spaced = text.replace('+', " ");
    Some(percent_decode(spaced.as_bytes()).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::SigningKey;

    fn query(text: &str) -> Parameters {
        Parameters::read("", Some(text))
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn signatures_are_those_of_the_other_system() {
        for (message, signature) in [
            ("op=resize&path=city.jpg&w=88", "f2c60bf21b257e41b600099543c6fee79539d3fd"),
            ("h=40&op=thumbnail&path=tower.jpg&w=30", "3439c73717c344d5727698519b7ecf513aad810a"),
            (
                "op=op%3Aresize+w%3A50+h%3A20&op=op%3Arotate+deg%3A90&path=city.jpg",
                "70e4914712a6a1382ab0c7be5745351a1ba46da3",
            ),
            ("fmt=png&op=noop&path=odd.png&q=7", "bc0ea08eaf8a03f89658e97b98ac6e1d0e7f3385"),
            ("x=1&y=2&z=3", "c9516346abf62876b6345817dba2f9a0c797ef26"),
            ("h=100&op=resize&w=100", "954eec9dfa9390f8f4264e15bb95f5f54e6fe953"),
        ] {
            let signed = query(&format!("sig=x&{message}"));
            assert_eq!(signed.message(), message);
            assert_eq!(hex(&SigningKey::sha1(b"abcdef").sign(signed.message().as_bytes())), signature, "{message}");
        }
        let shuffled = query("z=3&op=b&x=1&op=a&force=1&y=a b");
        assert_eq!(shuffled.message(), "force=1&op=b&op=a&x=1&y=a+b&z=3");
    }

    #[test]
    fn the_key_is_that_of_the_other_system_in_either_form() {
        let key = "f16eb1f27519b81085a138e6051e83d9";
        assert_eq!(query("op=resize&path=photo.jpg&w=150&h=150").key(), key);
        assert_eq!(query("h=150&sig=abc&w=150&force=1&path=photo.jpg&op=resize").key(), key);
        assert_eq!(Parameters::read("/resize/150x150/photo.jpg", None).key(), key);
        assert_ne!(query("op=resize&path=photo.jpg&w=150&h=151").key(), key);
    }

    #[test]
    fn the_query_goes_before_the_path_and_operations_add_up() {
        let parameters = Parameters::read("/resize/60x30/city.jpg", Some("w=70&w=80&op=op:rotate+deg:90&path=b.jpg"));
        assert_eq!(parameters.operations(), ["resize", "op:rotate deg:90"]);
        assert_eq!(["w", "h", "path"].map(|name| parameters.get(name)), [Some("70"), Some("30"), Some("b.jpg")]);
    }

    #[test]
    fn what_is_no_pair_is_passed_over() {
        let parameters = query("a=1;b=2&c=%zz&&d&e=%41+%2B&=f");
        assert_eq!(["a", "b", "c"].map(|name| parameters.get(name)), [None; 3]);
        assert_eq!(["d", "e", ""].map(|name| parameters.get(name)), [Some(""), Some("A +"), Some("f")]);
    }

    #[test]
    fn a_method_is_a_whole_component() {
        assert_eq!(Method::of("/display"), Some((Method::Display, "")));
        assert_eq!(Method::of("/get/fit/x90/a.png"), Some((Method::Get, "/fit/x90/a.png")));
        assert_eq!(Method::of("/redirect/"), Some((Method::Redirect, "/")));
        for path in ["", "/", "/displays", "display", "/upload"] {
            assert_eq!(Method::of(path), None, "{path}");
        }
    }
}
