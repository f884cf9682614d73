//! Reads Rust source as text: what is code, what is test code, and which paths it names. It knows tokens, not types.

use std::collections::HashMap;

/// One file of `src/`, read.
pub struct File {
    /// From the package's root, with slashes.
    pub path: String,
    pub text: String,
    pub tokens: Vec<Token>,
    /// The module that the file is, from the crate's root; empty for `lib.rs`.
    pub module: Vec<String>,
}

/// A word, a `::`, or one other character, outside comments and literals.
pub struct Token {
    pub text: String,
    /// Counted from one.
    pub line: usize,
    pub is_test: bool,
}

/// Something that a file names.
pub struct Sighting {
    /// A path as `std::env::var::`, from its crate's root and always closed by `::`; a call as `.unwrap`, a macro as
    /// `panic!`, an attribute as `#[allow`, or a bare word.
    pub text: String,
    pub line: usize,
    pub is_test: bool,
}

/// A path as written: where, and the name it is known by from there on where it is imported.
struct Path {
    segments: Vec<String>,
    token: usize,
    alias: Option<String>,
}

impl File {
    pub fn read(path: &str, text: &str) -> Self {
        // A crate of the workspace counts as one room.
        let place = path.strip_prefix("src/").map_or_else(|| path.replacen("/src/", "/", 1), str::to_owned);
        let stem = place.trim_end_matches(".rs").trim_end_matches("/mod");
        let module = stem.split('/').filter(|name| *name != "lib").map(str::to_owned).collect();
        let mut tokens = tokens(&without_comments_and_literals(text));
        mark_tests(&mut tokens);
        Self { path: path.to_owned(), text: text.to_owned(), tokens, module }
    }

    /// The first component of the module; `lib` for the crate's root.
    pub fn room(&self) -> &str {
        self.module.first().map_or("lib", String::as_str)
    }

    pub fn word(&self, index: usize) -> &str {
        self.tokens.get(index).map_or("", |token| &token.text)
    }

    /// The modules declared with `mod name;`: their paths from the root, and whether they are test code.
    pub fn declared_modules(&self) -> impl Iterator<Item = (Vec<String>, bool)> {
        let is_declaration = |index: &usize| self.word(*index) == "mod" && self.word(index + 2) == ";";
        (0..self.tokens.len()).filter(is_declaration).map(|index| {
            let module = [self.module.as_slice(), &[self.word(index + 1).to_owned()]].concat();
            (module, self.tokens[index].is_test)
        })
    }

    /// Tells whether a token is within no braces.
    pub fn is_outermost(&self, index: usize) -> bool {
        let before = &self.tokens[..index];
        let count = |text: &str| before.iter().filter(|token| token.text == text).count();
        count("{") == count("}")
    }

    /// The index of the token that closes the bracket at `open`.
    pub fn closing(&self, open: usize) -> usize {
        closing(&self.tokens, open)
    }

    /// Everything that the file names, imports resolved.
    pub fn sightings(&self) -> Vec<Sighting> {
        let sighting = |text: String, index: usize| {
            let Token { line, is_test, .. } = self.tokens[index];
            Sighting { text, line, is_test }
        };
        let paths = self.resolved_paths().into_iter().map(|(path, index)| sighting(path.join("::") + "::", index));
        let mut seen: Vec<_> = paths.collect();
        for (index, token) in self.tokens.iter().enumerate().filter(|(_, token)| is_word(&token.text)) {
            let before = if index == 0 { "" } else { self.word(index - 1) };
            let (next, after) = (self.word(index + 1), self.word(index + 2));
            if matches!(before, "." | "::") {
                seen.push(sighting(format!(".{}", token.text), index));
            }
            if next == "!" && after != "=" {
                seen.push(sighting(format!("{}!", token.text), index));
            }
            if next == "(" && self.is_in_attribute(index) {
                seen.push(sighting(format!("#[{}", token.text), index));
            }
            seen.push(sighting(token.text.clone(), index));
        }
        seen
    }

    /// The names that the file has from elsewhere by `use`, outside test code, and the paths that they stand for.
    pub fn imported_names(&self) -> Vec<(String, Vec<String>)> {
        let mut names = HashMap::new();
        for (module, _) in self.declared_modules() {
            let name = module.last().cloned().unwrap_or_default();
            names.insert(name, [vec!["crate".to_owned()], module].concat());
        }
        let (imports, _) = self.paths();
        let mut found = Vec::new();
        for path in imports.into_iter().filter(|path| !self.tokens[path.token].is_test) {
            let segments = self.resolve(path.segments, path.token, &names);
            found.extend(path.alias.map(|alias| (alias, segments)));
        }
        found
    }

    fn is_in_attribute(&self, index: usize) -> bool {
        let opens = |open: &usize| self.word(*open) == "[" && self.closing(*open) > index;
        let is_attribute = |open: usize| {
            let before = |distance| open.checked_sub(distance).map_or("", |index| self.word(index));
            before(1) == "#" || (before(1) == "!" && before(2) == "#")
        };
        (0..index).filter(opens).any(is_attribute)
    }

    /// All paths of more than one name, from the root of their crate.
    fn resolved_paths(&self) -> Vec<(Vec<String>, usize)> {
        let (imports, expressions) = self.paths();
        let mut names: HashMap<String, Vec<String>> = HashMap::new();
        for (module, _) in self.declared_modules() {
            let name = module.last().cloned().unwrap_or_default();
            names.insert(name, [vec!["crate".to_owned()], module].concat());
        }
        let mut resolved = Vec::new();
        for path in imports {
            let segments = self.resolve(path.segments, path.token, &names);
            names.extend(path.alias.map(|alias| (alias, segments.clone())));
            resolved.push((segments, path.token));
        }
        resolved
            .extend(expressions.into_iter().map(|path| (self.resolve(path.segments, path.token, &names), path.token)));
        resolved
    }

    fn resolve(&self, segments: Vec<String>, at: usize, names: &HashMap<String, Vec<String>>) -> Vec<String> {
        let first = segments.first().cloned().unwrap_or_default();
        if first.is_empty() {
            return segments[1..].to_vec();
        }
        if let Some(known) = names.get(&first) {
            return [known.as_slice(), &segments[1..]].concat();
        }
        if first != "self" && first != "super" {
            return segments;
        }
        let mut base = [self.module.clone(), self.inline_modules(at)].concat();
        let mut rest = segments.as_slice();
        while let [name, tail @ ..] = rest
            && (name == "self" || name == "super")
        {
            if name == "super" {
                base.pop();
            }
            rest = tail;
        }
        [vec!["crate".to_owned()], base, rest.to_vec()].concat()
    }

    /// The modules written out in this file around a token.
    fn inline_modules(&self, at: usize) -> Vec<String> {
        let is_around =
            |index: &usize| self.word(*index) == "mod" && self.word(index + 2) == "{" && self.closing(index + 2) > at;
        (0..at).filter(is_around).map(|index| self.word(index + 1).to_owned()).collect()
    }

    /// The paths of `use` declarations, then all others of more than one name.
    fn paths(&self) -> (Vec<Path>, Vec<Path>) {
        let (mut imports, mut expressions) = (Vec::new(), Vec::new());
        let mut index = 0;
        while index < self.tokens.len() {
            if self.word(index) == "use" && self.word(index + 1) != "<" {
                index += 1;
                self.read_import(&mut index, Vec::new(), &mut imports);
            } else if is_word(self.word(index)) || self.word(index) == "::" {
                self.read_path(&mut index, &mut expressions);
            } else {
                index += 1;
            }
        }
        (imports, expressions)
    }

    fn read_import(&self, index: &mut usize, mut segments: Vec<String>, found: &mut Vec<Path>) {
        if self.word(*index) == "::" {
            segments.push(String::new());
            *index += 1;
        }
        while self.word(*index) != "{" {
            segments.push(self.word(*index).to_owned());
            *index += 1;
            if self.word(*index) != "::" {
                let is_group_itself = segments.len() > 1 && segments.last().is_some_and(|last| last == "self");
                segments.truncate(segments.len() - usize::from(is_group_itself));
                let mut alias = segments.last().cloned();
                let token = *index - 1;
                if self.word(*index) == "as" {
                    alias = Some(self.word(*index + 1).to_owned());
                    *index += 2;
                }
                found.push(Path { segments, token, alias });
                return;
            }
            *index += 1;
        }
        *index += 1;
        while !matches!(self.word(*index), "}" | "") {
            self.read_import(index, segments.clone(), found);
            *index += usize::from(self.word(*index) == ",");
        }
        *index += 1;
    }

    fn read_path(&self, index: &mut usize, found: &mut Vec<Path>) {
        // A `::` at the start is the root of all crates, unless a type in angle brackets stands before it.
        let is_rooted = self.word(*index) == "::";
        let is_tail = is_rooted && *index > 0 && self.word(*index - 1) == ">";
        let mut segments = if is_rooted { vec![String::new()] } else { Vec::new() };
        *index += usize::from(is_rooted);
        let token = *index;
        while is_word(self.word(*index)) {
            segments.push(self.word(*index).to_owned());
            *index += 1;
            if self.word(*index) != "::" || !is_word(self.word(*index + 1)) {
                break;
            }
            *index += 1;
        }
        if segments.len() > 1 && !is_tail {
            found.push(Path { segments, token, alias: None });
        }
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphanumeric() || first == '_')
}

/// Blanks comments, strings and characters; lines stay where they are.
fn without_comments_and_literals(text: &str) -> String {
    let (mut rest, mut code) = (text, String::with_capacity(text.len()));
    while let Some(first) = rest.chars().next() {
        let hidden = hidden_bytes(rest);
        let (skipped, shown) = if hidden > 0 { (&rest[..hidden], "") } else { ("", &rest[..first.len_utf8()]) };
        code.extend(skipped.chars().map(|character| if character == '\n' { '\n' } else { ' ' }));
        code.push_str(shown);
        rest = &rest[hidden.max(shown.len())..];
    }
    code
}

/// The length of the comment or literal at the start of `rest`; zero where code stands there.
fn hidden_bytes(rest: &str) -> usize {
    let until = |from: usize, end: &str| rest[from..].find(end).map_or(rest.len(), |at| from + at + end.len());
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        let (mut at, mut depth) = (2, 1);
        while depth > 0 && at < rest.len() {
            let here = &rest.as_bytes()[at..];
            let (step, change) = if here.starts_with(b"/*") {
                (2, 1)
            } else if here.starts_with(b"*/") {
                (2, -1)
            } else {
                (1, 0)
            };
            (at, depth) = (at + step, depth + change);
        }
        return at;
    }
    let hashes = rest.strip_prefix('r').map_or(0, |raw| raw.len() - raw.trim_start_matches('#').len());
    if rest.starts_with('r') && rest[1 + hashes..].starts_with('"') {
        return until(2 + hashes, &format!("\"{}", "#".repeat(hashes)));
    }
    let escaped = rest.starts_with('"').then(|| {
        let mut is_escape = false;
        let end = rest.bytes().skip(1).position(|byte| {
            let is_end = byte == b'"' && !is_escape;
            is_escape = byte == b'\\' && !is_escape;
            is_end
        });
        end.map_or(rest.len(), |end| end + 2)
    });
    let character = rest.strip_prefix('\'').and_then(|after| {
        let length = after.chars().next()?.len_utf8();
        // Anything else after a quote is a lifetime.
        if after.starts_with('\\') {
            Some(until(3, "'"))
        } else {
            after[length..].starts_with('\'').then_some(length + 2)
        }
    });
    escaped.or(character).unwrap_or(0)
}

fn tokens(code: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (number, mut rest) in code.lines().enumerate() {
        rest = rest.trim_start();
        while let Some(first) = rest.chars().next() {
            let word =
                rest.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(rest.len());
            let length = if word > 0 {
                word
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            tokens.push(Token { text: rest[..length].to_owned(), line: number + 1, is_test: false });
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

fn closing(tokens: &[Token], open: usize) -> usize {
    let (opening, closing) = match tokens[open].text.as_str() {
        "{" => ("{", "}"),
        "[" => ("[", "]"),
        _ => ("(", ")"),
    };
    let mut depth = 0;
    let end = tokens[open..].iter().position(|token| {
        depth += i32::from(token.text == opening) - i32::from(token.text == closing);
        depth == 0
    });
    end.map_or(tokens.len() - 1, |end| open + end)
}

/// Marks every item behind `#[cfg(test)]`, and everything behind `#![cfg(test)]`.
fn mark_tests(tokens: &mut [Token]) {
    for index in 0..tokens.len() {
        let is = |offset: usize, text: &str| tokens.get(index + offset).is_some_and(|token| token.text == text);
        let inner = usize::from(is(1, "!"));
        if !(is(0, "#") && is(1 + inner, "[") && is(2 + inner, "cfg")) {
            continue;
        }
        let bracket = closing(tokens, index + 1 + inner);
        let words: Vec<_> = tokens[index..bracket].iter().map(|token| token.text.as_str()).collect();
        if !words.contains(&"test") || words.contains(&"not") {
            continue;
        }
        let end = if inner == 1 { tokens.len() } else { end_of_item(tokens, bracket + 1) };
        tokens[index..end].iter_mut().for_each(|token| token.is_test = true);
    }
}

/// Behind the body in braces, or the semicolon, that ends the item at `start`.
fn end_of_item(tokens: &[Token], start: usize) -> usize {
    let mut index = start;
    while index < tokens.len() {
        match tokens[index].text.as_str() {
            "(" | "[" => index = closing(tokens, index),
            "{" => return closing(tokens, index) + 1,
            ";" => return index + 1,
            _ => {}
        }
        index += 1;
    }
    index
}
