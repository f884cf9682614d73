//! The variables of imgproxy, where its dialect is put somewhere.

use super::imaginary;
use super::legacy::LegacySettings;
use super::mountings;
use super::problem::Problem;
use crate::dialect::{DialectName, ImgproxyEnvironment, ImgproxySettings, imgproxy_settings};

/// What says what becomes of originals that are cut off: imgproxy shows what there is of them.
const BROKEN_ORIGINALS: &str = "IMAGE_PROXY_BROKEN_ORIGINALS";

/// Reads the variables, and leaves in `legacy` what they say of the house.
pub(super) fn read(
    variables: &[(String, String)],
    legacy: &mut LegacySettings,
    problems: &mut Vec<Problem>,
) -> ImgproxySettings {
    if !mountings::has(variables, DialectName::Imgproxy) {
        return ImgproxySettings::default();
    }
    legacy.claims.push((BROKEN_ORIGINALS.to_owned(), "show".to_owned()));
    let read = imgproxy_settings(ImgproxyEnvironment { variables, read: imaginary::read });
    legacy.take("imgproxy", read, problems).unwrap_or_default()
}
