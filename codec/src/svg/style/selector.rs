//! Selectors, as level 4 of the standard has them, but for `:has()` and what only a living page has.

use super::css;

/// How many brackets may be within one another.
const MAX_DEPTH: u32 = 8;

/// Ids; classes, attributes and pseudo-classes; names of elements.
pub(super) type Specificity = (u32, u32, u32);

/// Compounds from the last to the first, each with what relates it to the one before it in this list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Selector {
    pub compounds: Vec<(Combinator, Compound)>,
    pub specificity: Specificity,
}

/// The tests that one element has to pass.
pub(super) type Compound = Vec<Test>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Combinator {
    /// The element itself: of the last compound.
    Itself,
    Ancestor,
    Parent,
    Previous,
    Earlier,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    Name(String),
    Class(String),
    Id(String),
    Attribute(Attribute),
    Any(Vec<Selector>),
    NoneOf(Vec<Selector>),
    Nth(Nth),
    Root,
    Empty,
    Link,
    Language(String),
    /// What an image never is: pointed at, visited, printed.
    Never,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Attribute {
    pub name: String,
    /// In any namespace.
    pub is_prefixed: bool,
    /// The operator's first sign, or `=`; none where the attribute only has to be there.
    pub operator: Option<u8>,
    pub value: String,
    pub ignores_case: bool,
}

/// Every `step`th from `first` on, among those of the same parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Nth {
    pub step: i64,
    pub first: i64,
    pub is_from_end: bool,
    pub is_of_name: bool,
}

/// Reads a list of selectors; `None` where one of them is not known, for then the whole rule is void.
pub(super) fn read(text: &str) -> Option<Vec<Selector>> {
    list(text, 0)
}

fn list(text: &str, depth: u32) -> Option<Vec<Selector>> {
    if depth > MAX_DEPTH {
        return None;
    }
    css::split(text, b',').map(|text| complex(text, depth)).collect()
}

fn complex(text: &str, depth: u32) -> Option<Selector> {
    let mut compounds: Vec<(Combinator, Compound)> = Vec::new();
    let mut specificity = (0, 0, 0);
    let mut rest = text.trim();
    loop {
        let (compound, added, after) = compound(rest, depth)?;
        specificity = (specificity.0 + added.0, specificity.1 + added.1, specificity.2 + added.2);
        compounds.push((Combinator::Itself, compound));
        rest = after.trim_start();
        if rest.is_empty() {
            compounds.reverse();
            return Some(Selector { compounds, specificity });
        }
        let (combinator, signs) = match rest.as_bytes().first() {
            Some(b'>') => (Combinator::Parent, 1),
            Some(b'+') => (Combinator::Previous, 1),
            Some(b'~') => (Combinator::Earlier, 1),
            _ => (Combinator::Ancestor, 0),
        };
        compounds.last_mut()?.0 = combinator;
        rest = rest.get(signs..)?.trim_start();
    }
}

fn compound(text: &str, depth: u32) -> Option<(Compound, Specificity, &str)> {
    let mut tests = Vec::new();
    let mut specificity = (0, 0, 0);
    let mut rest = text;
    loop {
        let after = rest.get(1..).unwrap_or_default();
        let (test, added, left) = match rest.as_bytes().first() {
            Some(b'.') => name(after).map(|(name, left)| (Test::Class(name), (0, 1, 0), left))?,
            Some(b'#') => name(after).map(|(name, left)| (Test::Id(name), (1, 0, 0), left))?,
            Some(b'[') => {
                let (within, left) = css::within(after, b']');
                (Test::Attribute(attribute(within)?), (0, 1, 0), left)
            }
            Some(b':') => pseudo(after, depth)?,
            Some(b'*') if tests.is_empty() => (Test::NoneOf(Vec::new()), (0, 0, 0), after),
            Some(b'|') if !after.starts_with('|') && tests.len() < 2 => {
                // The namespace, which decides nothing in a drawing.
                tests.clear();
                specificity = (0, 0, 0);
                rest = after;
                continue;
            }
            Some(byte) if tests.is_empty() && is_name_byte(*byte) => {
                name(rest).map(|(name, left)| (Test::Name(name), (0, 0, 1), left))?
            }
            _ if tests.is_empty() => return None,
            None | Some(b' ' | b'\t' | b'\r' | b'\n' | b'\x0c' | b'>' | b'+' | b'~') => {
                return Some((tests, specificity, rest));
            }
            Some(_) => return None,
        };
        specificity = (specificity.0 + added.0, specificity.1 + added.1, specificity.2 + added.2);
        tests.push(test);
        rest = left;
    }
}

/// What follows a colon.
fn pseudo(text: &str, depth: u32) -> Option<(Test, Specificity, &str)> {
    if let Some(element) = text.strip_prefix(':') {
        let (_, rest) = name(element)?;
        let rest = rest.strip_prefix('(').map_or(rest, |arguments| css::within(arguments, b')').1);
        return Some((Test::Never, (0, 0, 1), rest));
    }
    let (word, rest) = name(text)?;
    let word = word.to_ascii_lowercase();
    let Some(arguments) = rest.strip_prefix('(') else {
        return Some((pseudo_class(&word)?, (0, 1, 0), rest));
    };
    let (arguments, rest) = css::within(arguments, b')');
    let nth = |is_from_end, is_of_name| Some(Test::Nth(Nth { is_from_end, is_of_name, ..counted(arguments)? }));
    let test = match word.as_str() {
        "not" => {
            let list = list(arguments, depth + 1)?;
            let specificity = greatest(&list);
            return Some((Test::NoneOf(list), specificity, rest));
        }
        "is" | "where" | "matches" | "-webkit-any" | "-moz-any" => {
            // Here what is not known is left out, and nothing else is void for it.
            let known = css::split(arguments, b',').filter_map(|text| complex(text, depth + 1));
            let list: Vec<_> = if depth < MAX_DEPTH { known.collect() } else { return None };
            let specificity = if word == "where" { (0, 0, 0) } else { greatest(&list) };
            return Some((Test::Any(list), specificity, rest));
        }
        "nth-child" => nth(false, false)?,
        "nth-last-child" => nth(true, false)?,
        "nth-of-type" => nth(false, true)?,
        "nth-last-of-type" => nth(true, true)?,
        "lang" => Test::Language(arguments.trim().trim_matches(['"', '\'']).to_owned()),
        "dir" | "state" | "host" => Test::Never,
        _ => return None,
    };
    Some((test, (0, 1, 0), rest))
}

fn pseudo_class(word: &str) -> Option<Test> {
    let nth = |is_from_end, is_of_name| Test::Nth(Nth { step: 0, first: 1, is_from_end, is_of_name });
    let both = |is_of_name| {
        let list = [false, true].map(|is_from_end| vec![nth(!is_from_end, is_of_name)]);
        let negated = list.map(|compound| vec![(Combinator::Itself, vec![not(compound)])]);
        let list = negated.map(|compounds| Selector { compounds, specificity: (0, 1, 0) });
        Test::NoneOf(list.into())
    };
    Some(match word {
        "root" | "scope" => Test::Root,
        "empty" => Test::Empty,
        "first-child" => nth(false, false),
        "last-child" => nth(true, false),
        "first-of-type" => nth(false, true),
        "last-of-type" => nth(true, true),
        "only-child" => both(false),
        "only-of-type" => both(true),
        "link" | "any-link" => Test::Link,
        "defined" => Test::NoneOf(Vec::new()),
        "hover" | "active" | "focus" | "focus-within" | "focus-visible" | "visited" | "target" | "target-within"
        | "enabled" | "disabled" | "checked" | "default" | "required" | "optional" | "valid" | "invalid"
        | "read-only" | "read-write" | "indeterminate" | "fullscreen" | "before" | "after" | "first-line"
        | "first-letter" | "host" | "local-link" | "playing" | "paused" => Test::Never,
        _ => return None,
    })
}

fn not(compound: Compound) -> Test {
    let compounds = vec![(Combinator::Itself, compound)];
    Test::NoneOf(vec![Selector { compounds, specificity: (0, 1, 0) }])
}

fn greatest(list: &[Selector]) -> Specificity {
    list.iter().map(|selector| selector.specificity).max().unwrap_or_default()
}

/// `2n+1`, `odd`, `even`, `-n + 3`, `4`.
fn counted(text: &str) -> Option<Nth> {
    let text: String = text.to_ascii_lowercase().split_whitespace().collect();
    let (step, first) = match text.as_str() {
        "odd" => (2, 1),
        "even" => (2, 0),
        _ => match text.split_once('n') {
            None => (0, text.parse().ok()?),
            Some((step, first)) => {
                let step = match step {
                    "" | "+" => 1,
                    "-" => -1,
                    step => step.parse().ok()?,
                };
                (step, if first.is_empty() { 0 } else { first.parse().ok()? })
            }
        },
    };
    let is_bounded = |number: i64| number.unsigned_abs() < 1 << 31;
    (is_bounded(step) && is_bounded(first)).then_some(Nth { step, first, is_from_end: false, is_of_name: false })
}

/// What is within `[` and `]`.
fn attribute(text: &str) -> Option<Attribute> {
    let text = text.trim();
    let (prefix, unprefixed) = match text.split_once('|') {
        Some((prefix, rest)) if !rest.starts_with('=') => (prefix, rest),
        _ => ("", text),
    };
    let (name, rest) = name(unprefixed)?;
    let rest = rest.trim();
    let attribute = |operator, value: String, ignores_case| {
        let is_prefixed = !prefix.is_empty();
        Attribute { name: name.clone(), is_prefixed, operator, value, ignores_case }
    };
    if rest.is_empty() {
        return Some(attribute(None, String::new(), false));
    }
    let (operator, value) = rest.split_once('=')?;
    let operator = match operator.as_bytes() {
        [] => b'=',
        [sign @ (b'~' | b'|' | b'^' | b'$' | b'*')] => *sign,
        _ => return None,
    };
    let value = value.trim();
    let (value, flag) = match value.chars().next()? {
        quote @ ('"' | '\'') => value.get(1..)?.split_once(quote)?,
        _ => value.split_once(char::is_whitespace).unwrap_or((value, "")),
    };
    let ignores_case = match flag.trim() {
        "" | "s" | "S" => false,
        "i" | "I" => true,
        _ => return None,
    };
    Some(attribute(Some(operator), unescaped(value), ignores_case))
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'\\') || !byte.is_ascii()
}

/// A name, and what follows it.
fn name(text: &str) -> Option<(String, &str)> {
    // What the last sign before was: a backslash, or the number of digits after one.
    let mut escape: Option<u32> = None;
    let end = text.bytes().position(|byte| {
        let (is_part, next) = match escape {
            Some(digits) if digits < 6 && byte.is_ascii_hexdigit() => (true, Some(digits + 1)),
            Some(0) => (true, None),
            // A space ends the number of a letter, and belongs to it.
            Some(_) if byte.is_ascii_whitespace() => (true, None),
            _ => (is_name_byte(byte), (byte == b'\\').then_some(0)),
        };
        escape = next;
        !is_part
    });
    let (name, rest) = text.split_at_checked(end.unwrap_or(text.len()))?;
    (!name.is_empty()).then(|| (unescaped(name), rest))
}

/// `\31 a` and `\:` as the letters that they stand for.
fn unescaped(text: &str) -> String {
    let mut letters = text.chars().peekable();
    let mut plain = String::with_capacity(text.len());
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            plain.push(letter);
            continue;
        }
        let mut code: Option<u32> = None;
        for _ in 0..6 {
            let Some(digit) = letters.peek().and_then(|digit| digit.to_digit(16)) else { break };
            code = Some(code.unwrap_or_default() * 16 + digit);
            letters.next();
        }
        if code.is_some() && letters.peek().is_some_and(|letter| letter.is_whitespace()) {
            letters.next();
        }
        let meant = code.map_or_else(|| letters.next(), |code| Some(char::from_u32(code).unwrap_or('\u{fffd}')));
        plain.extend(meant);
    }
    plain
}
