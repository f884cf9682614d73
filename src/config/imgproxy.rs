//! The variables of imgproxy, where its dialect is put somewhere.

use super::imaginary;
use super::kind::Kind as _;
use super::legacy::LegacySettings;
use super::mountings::Mountings;
use super::problem::Problem;
use crate::dialect::{DialectName, ImgproxyEnvironment, ImgproxySettings, imgproxy_settings};

/// What says which dialects there are.
const DIALECTS: &str = "IMAGE_PROXY_DIALECTS";
/// What says what becomes of originals that are cut off: imgproxy shows what there is of them.
const BROKEN_ORIGINALS: &str = "IMAGE_PROXY_BROKEN_ORIGINALS";

/// Reads the variables, and leaves in `legacy` what they say of the house.
pub(super) fn read(
    variables: &[(String, String)],
    legacy: &mut LegacySettings,
    problems: &mut Vec<Problem>,
) -> ImgproxySettings {
    let dialects = variables.iter().find(|(name, _)| name == DIALECTS).map(|(_, value)| value.as_str());
    let mountings = dialects.and_then(|text| Mountings.parse(text)).unwrap_or_default();
    if !mountings.iter().any(|(name, _)| *name == DialectName::Imgproxy) {
        return ImgproxySettings::default();
    }
    legacy.claims.push((BROKEN_ORIGINALS.to_owned(), "show".to_owned()));
    let read = imgproxy_settings(ImgproxyEnvironment { variables, read: imaginary::read });
    legacy.take("imgproxy", read, problems).unwrap_or_default()
}
