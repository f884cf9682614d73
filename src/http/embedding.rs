//! What pages of other origins may do with answers that they cannot read: show them, and see how long they took.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::AllowedOrigins;

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const TIMING_ALLOW_ORIGIN: HeaderName = HeaderName::from_static("timing-allow-origin");

/// Whose pages may show an answer: `Cross-Origin-Resource-Policy` of the Fetch standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourcePolicy {
    /// Pages of the same origin may embed answers.
    SameOrigin,
    /// Pages of the same site may.
    SameSite,
    /// Any page may.
    CrossOrigin,
}

/// The headers that say so; none where nothing is set.
#[derive(Debug, Clone, Default)]
pub struct Embedding {
    resource_policy: Option<HeaderValue>,
    timing: Option<HeaderValue>,
}

impl ResourcePolicy {
    /// Each with its name in the header.
    pub const NAMES: [(&'static str, Self); 3] =
        [("same-origin", Self::SameOrigin), ("same-site", Self::SameSite), ("cross-origin", Self::CrossOrigin)];
}

impl Embedding {
    /// `timing` lists the origins whose pages see when an answer came and how long it is (W3C Resource Timing).
    pub fn new(policy: Option<ResourcePolicy>, timing: Option<AllowedOrigins>) -> Self {
        let name = |policy| ResourcePolicy::NAMES.iter().find(|(_, known)| *known == policy).map(|(name, _)| *name);
        let timing = timing.and_then(|origins| match origins {
            AllowedOrigins::Any => Some(HeaderValue::from_static("*")),
            AllowedOrigins::Listed(listed) => {
                let names: Vec<_> = listed.iter().filter_map(|origin| origin.to_str().ok()).collect();
                HeaderValue::try_from(names.join(", ")).ok()
            }
        });
        Self { resource_policy: policy.and_then(name).map(HeaderValue::from_static), timing }
    }

    pub(super) fn mark(&self, headers: &mut HeaderMap) {
        let set = [(CROSS_ORIGIN_RESOURCE_POLICY, &self.resource_policy), (TIMING_ALLOW_ORIGIN, &self.timing)];
        for (name, value) in set {
            if let Some(value) = value {
                headers.insert(name, value.clone());
            }
        }
    }
}
