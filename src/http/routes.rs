//! `Routes`: what is answered where, on one address or on two.

use super::{Playground, purge};
use crate::telemetry::Route;

/// Which routes an address has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routes {
    /// All of them.
    All,
    /// Pictures, and how the server is.
    Public,
    /// What is for the operator, and how the server is.
    Admin,
}

impl Routes {
    /// What a path is for at this address.
    pub(super) fn find(self, path: &str) -> Route {
        let route = match path {
            "/health" => return Route::Health,
            "/ready" => return Route::Ready,
            "/metrics" => Route::Metrics,
            path if purge::is_at(path) => Route::Purge,
            path if Playground::is_at(path) => Route::Playground,
            _ => Route::Image,
        };
        let is_admin = !matches!(route, Route::Image | Route::Playground);
        match self {
            Self::Public if is_admin => Route::Elsewhere,
            Self::Admin if !is_admin => Route::Elsewhere,
            _ => route,
        }
    }
}

/// Tells whether a path is for what is no picture, wherever that is answered.
pub fn is_of_house(path: &str) -> bool {
    Routes::All.find(path) != Route::Image
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_at_one_address_and_health_at_both() {
        for (path, route, is_public, is_admin) in [
            ("/health", Route::Health, true, true),
            ("/ready", Route::Ready, true, true),
            ("/metrics", Route::Metrics, false, true),
            ("/_/cache", Route::Purge, false, true),
            ("/_/cache/a.jpg", Route::Purge, false, true),
            ("/_/", Route::Playground, true, false),
            ("/a.jpg", Route::Image, true, false),
            ("/", Route::Image, true, false),
        ] {
            assert_eq!(Routes::All.find(path), route, "{path}");
            assert_eq!(is_of_house(path), route != Route::Image, "{path}");
            assert_eq!(Routes::Public.find(path) == route, is_public, "{path}");
            assert_eq!(Routes::Admin.find(path) == route, is_admin, "{path}");
        }
        assert_eq!([Routes::Public.find("/metrics"), Routes::Admin.find("/a.jpg")], [Route::Elsewhere; 2]);
    }
}
