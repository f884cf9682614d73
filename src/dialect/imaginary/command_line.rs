//! A command line as a text, and Go's flags in it.

use super::parsing;

/// A flag that was given, without dashes, and its value where it has one beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GivenFlag {
    pub name: String,
    /// For one that takes a value, always there.
    pub value: Option<String>,
}

/// Takes a text apart into words, as a shell does: at white space, but for what is in quotes or behind a backslash.
///
/// # Errors
/// A quote is not closed.
pub(super) fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            letter if letter.is_whitespace() => words.extend(word.take()),
            '\'' => quoted(&mut letters, word.get_or_insert_default(), '\'')?,
            '"' => quoted(&mut letters, word.get_or_insert_default(), '"')?,
            '\\' => word.get_or_insert_default().extend(letters.next()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    Ok(words)
}

fn quoted(letters: &mut std::str::Chars<'_>, word: &mut String, quote: char) -> Result<(), String> {
    while let Some(letter) = letters.next() {
        match letter {
            letter if letter == quote => return Ok(()),
            '\\' if quote == '"' => match letters.next() {
                Some(escaped @ ('"' | '\\' | '$' | '`')) => word.push(escaped),
                other => word.extend(['\\'].into_iter().chain(other)),
            },
            letter => word.push(letter),
        }
    }
    Err(format!("expected a closing {quote}"))
}

/// Reads flags as Go does: `-x`, `--x`, `-x=v`, `-x v`. A flag that is a `switch` takes no word that follows.
///
/// # Errors
/// A word is no flag, or a value is missing. Words are not repeated: they may be secrets.
pub(super) fn flags(words: Vec<String>, is_switch: impl Fn(&str) -> Option<bool>) -> Result<Vec<GivenFlag>, String> {
    let mut given = Vec::new();
    let mut words = words.into_iter().enumerate().peekable();
    // A whole command line may have been copied.
    words.next_if(|(_, word)| word == "imaginary" || word.ends_with("/imaginary"));
    while let Some((index, word)) = words.next() {
        let flag = word.strip_prefix("--").or(word.strip_prefix('-')).filter(|flag| !flag.is_empty());
        let Some(flag) = flag.filter(|flag| !flag.starts_with(['-', '='])) else {
            return Err(format!("expected flags alone, such as -cors, got something else as word {}", index + 1));
        };
        let (name, value) = flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value.to_owned())));
        let is_switch = is_switch(name)
            .ok_or_else(|| format!("expected a flag of imaginary, got -{}", parsing::shortened(name)))?;
        let value = match value {
            None if !is_switch => {
                let following = words.next().ok_or_else(|| format!("-{name}: expected a value"))?;
                Some(following.1)
            }
            value => value,
        };
        given.push(GivenFlag { name: name.to_owned(), value });
    }
    Ok(given)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_taken_apart_as_a_shell_does_it() {
        let text = r#" -key 's3 cret' -authorization "Basic \"x\" \n" a\ b"c"'d' -mount="/p i" '' "#;
        let expected = ["-key", "s3 cret", "-authorization", "Basic \"x\" \\n", "a bcd", "-mount=/p i", ""];
        assert_eq!(words(text).unwrap(), expected);
        assert_eq!(words("  ").unwrap(), [""; 0]);
        assert!(words("-key 'x").is_err() && words("\"").is_err());
    }

    #[test]
    fn flags_are_read_as_go_reads_them() {
        let is_switch = |name: &str| match name {
            "cors" => Some(true),
            "key" | "p" => Some(false),
            _ => None,
        };
        let read = |text: &str| flags(words(text).unwrap(), is_switch);
        let flag =
            |name: &str, value: Option<&str>| GivenFlag { name: name.to_owned(), value: value.map(str::to_owned) };
        let given = read("imaginary -cors --key -x -p=9 -cors=false").unwrap();
        assert_eq!(
            given,
            [flag("cors", None), flag("key", Some("-x")), flag("p", Some("9")), flag("cors", Some("false"))]
        );
        for (text, why) in [
            ("-cors s3cret", "expected flags alone, such as -cors, got something else as word 2"),
            ("-key", "-key: expected a value"),
            ("-colour red", "expected a flag of imaginary, got -colour"),
            ("---cors", "expected flags alone, such as -cors, got something else as word 1"),
            ("-", "expected flags alone, such as -cors, got something else as word 1"),
        ] {
            assert_eq!(read(text), Err(why.to_owned()), "{text}");
        }
    }
}
