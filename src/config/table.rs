//! `settings!`: turns one list of variables into the `Config` struct, its reader and the rows of every document.
//! It must not know which variables there are.

use super::kind::Kind;
use super::problem::Problem;

/// What every variable's name begins with, save for those that other programs share.
pub(super) const PREFIX: &str = "IMAGE_PROXY_";

/// One row of the table, as told to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The heading it stands under.
    pub section: &'static str,
    /// The full name of the variable.
    pub name: String,
    /// What it is for, in sentences.
    pub meaning: &'static str,
    /// The text that stands in where the variable is not set; empty where that means "none".
    pub default: &'static str,
    /// What may be written.
    pub expected: String,
}

/// The name of the variable that fills `field`.
pub(super) fn name_of(field: &str, own_name: Option<&str>) -> String {
    own_name.map_or_else(|| format!("{PREFIX}{}", field.to_ascii_uppercase()), str::to_owned)
}

/// What comes out of reading texts one by one: it goes on after a problem, so that all are told at once.
#[derive(Debug, Default)]
pub(super) struct SettingsReading {
    pub problems: Vec<Problem>,
    /// Each variable's name and the text in effect, as it may be printed.
    pub effective: Vec<(String, String)>,
}

impl SettingsReading {
    /// Puts another text in the place of the one in effect.
    pub fn settle(&mut self, name: &str, text: String) {
        self.effective.iter_mut().filter(|(known, _)| known == name).for_each(|(_, shown)| shown.clone_from(&text));
    }

    /// The value of one variable, or `None` after noting the problem.
    pub fn value<K: Kind>(&mut self, name: String, default: &str, text: Option<String>, kind: &K) -> Option<K::Value> {
        let set = text.as_deref().map(str::trim).filter(|text| !text.is_empty() || kind.takes_empty());
        let text = set.unwrap_or(default);
        let value = kind.parse(text);
        let shown = kind.shown(text);
        if value.is_some() {
            self.effective.push((name, shown));
        } else {
            self.problems.push(Problem::Value { name, expected: kind.missed(text), got: shown });
        }
        value
    }
}

/// One line a variable: its meaning, the field (whose name in capitals, after the prefix, is the variable's, unless
/// another is given in brackets), its type, its default as an operator would write it, and the kind of value.
macro_rules! settings {
    ($( $section:literal {
        $( $(#[doc = $meaning:literal])+ $field:ident $([$own_name:literal])?: $type:ty = $default:expr, $kind:expr; )+
    } )+) => {
        /// All settings, each of a type that cannot be wrong.
        #[derive(Debug, Clone, PartialEq)]
        pub struct Config { $($( $(#[doc = $meaning])+ pub $field: $type, )+)+ }

        /// What the environment says, before it is read.
        #[derive(serde::Deserialize)]
        pub(super) struct Texts { $($( $field: Option<String>, )+)+ }

        impl Config {
            /// Reads every text, noting problems and texts in effect in `reading`; `None` where there was a problem.
            pub(super) fn read(texts: Texts, reading: &mut SettingsReading) -> Option<Self> {
                $($(
                    let name = name_of(stringify!($field), None$(.or(Some($own_name)))?);
                    let $field = reading.value(name, $default, texts.$field, &$kind);
                )+)+
                Some(Self { $($( $field: $field?, )+)+ })
            }
        }

        /// The rows of the table, in the order in which people read them.
        pub fn settings() -> Vec<Setting> {
            vec![$($( Setting {
                section: $section,
                name: name_of(stringify!($field), None$(.or(Some($own_name)))?),
                meaning: concat!($($meaning),+).trim_start(),
                default: $default,
                expected: $kind.expected(),
            }, )+)+]
        }
    };
}
pub(super) use settings;
