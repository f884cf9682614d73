//! `OptionPresets`: options under a name, as the operator wrote them down.

use super::options::{Grammar, ProcessingOptions};
use super::words::Invalid;

/// What is applied before all options of a URL.
pub(super) const DEFAULT: &str = "default";

/// An option and its arguments, as they are written.
type WrittenOption = (String, String);

/// ProcessingOptions under names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OptionPresets(Vec<(String, Vec<WrittenOption>)>);

impl OptionPresets {
    /// Reads definitions such as `small=rs:fit:64:64/q:50`; empty ones and comments say nothing. The later one of a name counts.
    ///
    /// # Errors
    /// What is no definition.
    pub(super) fn read<'a>(definitions: impl Iterator<Item = &'a str>, separator: &str) -> Result<Self, String> {
        let mut presets = Self::default();
        for definition in definitions.map(str::trim).filter(|text| !text.is_empty() && !text.starts_with('#')) {
            let parts: Vec<_> = definition.split('=').map(str::trim).collect();
            let [name, value] = parts[..] else {
                return Err(format!("expected name=option:argument/option:argument, got {definition:?}"));
            };
            if name.is_empty() || value.is_empty() {
                return Err(format!("expected a name and options, got {definition:?}"));
            }
            let options = value.split('/').map(|option| {
                let (name, arguments) = option.split_once(separator)?;
                Some((name.to_owned(), arguments.to_owned()))
            });
            let options = options.collect::<Option<Vec<_>>>();
            let options = options.ok_or_else(|| format!("expected options with arguments, got {definition:?}"))?;
            presets.0.retain(|(known, _)| known != name);
            presets.0.push((name.to_owned(), options));
        }
        Ok(presets)
    }

    /// Those of a name, and the place that tells them from others.
    pub(super) fn named(&self, name: &str) -> Option<(usize, &[WrittenOption])> {
        let index = self.0.iter().position(|(known, _)| known == name)?;
        self.0.get(index).map(|(_, options)| (index, options.as_slice()))
    }

    /// Tells whether each can be applied.
    ///
    /// # Errors
    /// Which one cannot, and why.
    pub(super) fn check(&self, by: &Grammar<'_>) -> Result<(), String> {
        self.0.iter().try_for_each(|(name, _)| {
            let applied = ProcessingOptions::default().preset(name, by, &mut Vec::new());
            applied.map_err(|why| match why {
                Invalid::Argument(expected) => format!("preset {name}: expected {expected}"),
                Invalid::Option => format!("preset {name}: expected options that are known"),
                Invalid::Security => format!("preset {name}: expected no security options"),
                Invalid::Expired => format!("preset {name}: expected a time to come"),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<OptionPresets, String> {
        OptionPresets::read(text.split(','), ":")
    }

    fn check(text: &str) -> Result<(), String> {
        let presets = read(text)?;
        presets.check(&Grammar { presets: &presets, separator: ":", allows_security: false, now: 0 })
    }

    #[test]
    fn definitions_have_a_name_and_options_with_arguments() {
        let presets = read(" test = resize:fit:100:200/sharpen:2 ,#x=w:1,, test2=w:1").unwrap();
        let (_, options) = presets.named("test").unwrap();
        let written = |name: &str, arguments: &str| (name.to_owned(), arguments.to_owned());
        assert_eq!(options, [written("resize", "fit:100:200"), written("sharpen", "2")]);
        assert!(presets.named("test2").is_some() && presets.named("x").is_none());
        for text in ["resize:fit", "=w:1", "a=", "a=w:1=b", "a=w:1/blur"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_applied_is_told_at_the_start() {
        assert_eq!(check("a=rs:fit:10:20/q:5,b=pr:a"), Ok(()));
        for (text, expected) in [
            ("a=rs:fit:-1", "preset a: expected a whole number from 0 on"),
            ("a=bogus:1", "preset a: expected options that are known"),
            ("a=pr:b", "preset a: expected a preset"),
            ("a=maf:2", "preset a: expected no security options"),
        ] {
            assert_eq!(check(text), Err(expected.to_owned()), "{text}");
        }
    }
}
