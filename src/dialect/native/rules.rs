//! `UrlRules`: what the operator lets URLs ask for.

use super::inquiry;
use super::parameters::Parameter;
use super::presets::{self, Presets};
use super::reading::Values;
use crate::dialect::DialectError;

/// Parameters that ask for nothing, and so are for all.
pub(super) const HARMLESS: [&str; 3] = ["v", "sig", "exp"];

/// What the operator lets URLs ask for. By default, everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UrlRules {
    /// What URLs may name.
    pub presets: Presets,
    /// They may name nothing else.
    pub is_presets_only: bool,
    /// Parameters that may stand in URLs; `None` for all.
    pub allowed: Option<AllowedParameters>,
}

/// Parameters by their usual names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedParameters(Vec<&'static str>);

impl AllowedParameters {
    /// Parses names, any of those that a parameter has, separated by commas.
    ///
    /// # Errors
    /// What is wrong with it, to follow the word "expected".
    pub fn parse(list: &str) -> Result<Self, String> {
        let mut allowed = Vec::new();
        for name in list.split(',').map(str::trim) {
            match Parameter::named(name) {
                Some((parameter, _)) => allowed.push(parameter.name()),
                None if inquiry::NAME.eq_ignore_ascii_case(name) => allowed.push(inquiry::NAME),
                None if HARMLESS.iter().any(|harmless| harmless.eq_ignore_ascii_case(name)) => {}
                None => {
                    let guess = Parameter::nearest(name).map(|word| format!("; did you mean {word}?"));
                    let guess = guess.unwrap_or_default();
                    return Err(format!("names of parameters, separated by commas (not \"{name}\"){guess}"));
                }
            }
        }
        Ok(Self(allowed))
    }

    /// Looks at a parameter by its usual name.
    ///
    /// # Errors
    /// It may not stand in a URL.
    pub(in crate::dialect) fn check(&self, name: &'static str) -> Result<(), DialectError> {
        if HARMLESS.contains(&name) || self.0.contains(&name) {
            return Ok(());
        }
        let expected = if self.0.is_empty() {
            "it is not to be asked for here".to_owned()
        } else {
            format!("it is not to be asked for here, and these are: {}", self.0.join(", "))
        };
        Err(DialectError::NotAllowed { parameter: name, expected })
    }
}

impl UrlRules {
    /// Tells whether a parameter may stand in a URL, by its usual name.
    pub(super) fn allows(&self, name: &'static str) -> bool {
        self.allowed.as_ref().is_none_or(|allowed| allowed.check(name).is_ok())
    }

    /// Looks at what stands in a URL.
    ///
    /// # Errors
    /// Some of it may not.
    pub(super) fn check(&self, values: &Values<'_>) -> Result<(), DialectError> {
        values.names().filter(|name| *name != presets::NAME).try_for_each(|name| self.check_name(name))
    }

    /// Looks at one parameter, by its usual name.
    ///
    /// # Errors
    /// It may not stand in a URL.
    pub(super) fn check_name(&self, name: &'static str) -> Result<(), DialectError> {
        if self.is_presets_only && !HARMLESS.contains(&name) {
            let expected = "it is not to be asked for here, where presets alone are".to_owned();
            return Err(DialectError::NotAllowed { parameter: name, expected });
        }
        self.allowed.as_ref().map_or(Ok(()), |allowed| allowed.check(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_allowed_by_any_of_their_names() {
        let allowed = AllowedParameters::parse("width, H ,fm,sig").unwrap();
        assert_eq!(allowed, AllowedParameters::parse("w,h,format").unwrap());
        assert!(allowed.check("w").is_ok() && allowed.check("v").is_ok());
        let refused = allowed.check("blur").unwrap_err().to_string();
        assert_eq!(refused, "blur: it is not to be asked for here, and these are: w, h, format");
    }

    #[test]
    fn a_misspelt_name_is_told() {
        assert_eq!(
            AllowedParameters::parse("w,qualty"),
            Err("names of parameters, separated by commas (not \"qualty\"); did you mean quality?".to_owned())
        );
        assert!(AllowedParameters::parse("w,,h").is_err() && AllowedParameters::parse("").is_err());
    }
}
