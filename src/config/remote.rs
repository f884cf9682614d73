//! Where URLs may lead that requests name, as a setting. It must not know who fetches them.

use super::kind::Kind;
use crate::dialect::OwnHosts;
use crate::request::RemoteOrigins;

/// A list of origins, with wildcards and paths; empty means none.
pub(super) struct OriginList;

impl Kind for OriginList {
    type Value = RemoteOrigins;

    fn expected(&self) -> String {
        "a list such as https://a.example/img/,https://*.example.org,b.example:8080, or empty for none".to_owned()
    }

    fn parse(&self, text: &str) -> Option<RemoteOrigins> {
        RemoteOrigins::parse(text)
    }

    fn takes_empty(&self) -> bool {
        true
    }

    /// What may be a password or a token is left out: the text goes to the log.
    fn shown(&self, text: &str) -> String {
        if text.contains(['@', '?', '#']) && self.parse(text).is_none() { "…".to_owned() } else { text.to_owned() }
    }
}

/// Hosts with our originals; empty means none.
pub(super) struct HostList;

impl Kind for HostList {
    type Value = OwnHosts;

    fn expected(&self) -> String {
        "a list such as example.com,*.example.org,localhost:3000, or empty for none".to_owned()
    }

    fn parse(&self, text: &str) -> Option<OwnHosts> {
        OwnHosts::parse(text)
    }

    fn takes_empty(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_and_an_empty_one_admits_nothing() {
        let listed = OriginList.parse("https://a.example/img/, *.example.org").unwrap();
        assert!(listed.admit("https://a.example/img/b.jpg").is_ok() && listed.admit("http://c.example.org/").is_ok());
        assert_eq!(OriginList.parse(""), Some(RemoteOrigins::default()));
        assert_eq!(OriginList.parse("https://a.example,,b.example"), None);
    }

    #[test]
    fn a_refused_list_is_shown_without_its_secrets() {
        assert_eq!(OriginList.shown("https://me:secret@a.example,b.example"), "…");
        assert_eq!(OriginList.shown("https://a.example/?token=secret"), "…");
        assert_eq!(OriginList.shown("https://a.example/@b"), "https://a.example/@b");
        assert_eq!(OriginList.shown("ftp://a.example"), "ftp://a.example");
    }
}
