//! `Inquiry`: what a URL says, for whoever asks why it is answered as it is.

/// What a URL says, in words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Inquiry {
    /// The usual name of each parameter that counts, and what stands there, or in the preset that is named.
    pub wishes: Vec<(&'static str, String)>,
    /// What nobody reads.
    pub ignored: Vec<IgnoredParameter>,
}

/// A parameter that nobody reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IgnoredParameter {
    /// As it stands in the URL, in part where it is long.
    pub name: String,
    /// What may have been meant.
    pub meant: Option<&'static str>,
}
