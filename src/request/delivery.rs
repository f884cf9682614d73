//! `Delivery`: what of a picture is wanted.

use super::{Format, Formats, Inquiry, StoredName};

/// What of a picture, or of what is made of it, is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// Its bytes.
    #[default]
    Send,
    /// Its bytes, and from here, even where they are stored for clients to get.
    Here,
    /// Its bytes, made anew whatever is kept, and not kept.
    Fresh,
    /// Those of the original as they are, whatever they are: what is no image as well.
    Raw,
    /// Those of the original as they are, where it has this format or the one that is asked for; else its bytes, from here.
    Kept(Format),
    /// Those of the original as they are, where it has one of these formats, and none other is asked for; else its bytes.
    AsStored {
        /// Which formats.
        formats: Formats,
        /// Of drawings, without what could run where they are opened by themselves.
        cleans: bool,
    },
    /// What its header says of the original, in the words of the dialect that asks.
    Tell,
    /// What a page needs to show it, in the words of the dialect that asks; with a very small one of what is asked for, or not.
    Embed {
        /// It is to be in the page until the picture has come.
        with_placeholder: bool,
    },
    /// Where it is stored, under this name: it is put there first. The dialect that asks says it.
    Point(StoredName),
    /// Why it would be what it would be, in words: nothing is made.
    Explain(Box<Inquiry>),
}
