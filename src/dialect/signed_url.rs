//! Signs URLs, as the server with the same settings takes them.

use super::UrlSigning;

/// A URL, or a path and a query, with a signature by the first key in place of any other. `None` where there is no key.
pub fn signed_url(url: &str, signing: &UrlSigning) -> Option<String> {
    let (url, fragment) = url.split_once('#').map_or((url, None), |(url, fragment)| (url, Some(fragment)));
    let (before, query) = url.split_once('?').map_or((url, None), |(before, query)| (before, Some(query)));
    let host_ends = before.find("://").map_or(0, |colon| {
        let host = colon + "://".len();
        before.get(host..).and_then(|rest| rest.find('/')).map_or(before.len(), |slash| host + slash)
    });
    let path = before.get(host_ends..).filter(|path| !path.is_empty()).unwrap_or("/");
    let query = signing.signed(path, query)?;
    let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
    Some(format!("{before}?{query}{fragment}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::SigningKeys;

    #[test]
    fn the_path_alone_is_signed_whatever_stands_before_it() {
        let signing = UrlSigning { keys: SigningKeys::parse("a:key").unwrap(), ..UrlSigning::default() };
        let signature = signing.signature("/b/a.jpg", Some("w=4")).unwrap();
        for before in ["", "https://cdn.example", "http://127.0.0.1:8000"] {
            let signed = signed_url(&format!("{before}/b/a.jpg?sig=old&w=4#top"), &signing);
            assert_eq!(signed, Some(format!("{before}/b/a.jpg?w=4&sig={signature}#top")));
        }
        let bare = signing.signature("/", None).unwrap();
        assert_eq!(signed_url("https://cdn.example", &signing), Some(format!("https://cdn.example?sig={bare}")));
        assert_eq!(signed_url("/a.jpg", &UrlSigning::default()), None);
    }
}
