//! Puts the dialects that the settings name under their prefixes.

use crate::config::Config;
use crate::dialect::{Dialect, DialectName, Native, Upload};
use crate::http::Mounts;

/// The dialects under their prefixes. The native one has all that is left, unless another has that, or it is put elsewhere.
pub(super) fn mounts(config: &Config) -> Mounts {
    let dialect = |name| -> Box<dyn Dialect> {
        match name {
            DialectName::Native => Box::new(native(config)),
            DialectName::Upload => Box::new(Upload::new(config.max_upload_size)),
        }
    };
    let named =
        config.dialects.iter().fold(Mounts::default(), |mounts, (name, prefix)| mounts.with(prefix, dialect(*name)));
    let is_root_taken = config.dialects.iter().any(|(name, prefix)| *name == DialectName::Native || prefix == "/");
    if is_root_taken { named } else { named.with("/", dialect(DialectName::Native)) }
}

fn native(config: &Config) -> Native {
    let prefers = !config.preferred_formats.is_empty();
    Native::new(config.strip_path.clone()).with_hints(config.client_hints).preferring(prefers)
}
