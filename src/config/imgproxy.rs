//! The variables of imgproxy, where its dialect is put somewhere.

use super::imaginary;
use super::legacy::LegacySettings;
use super::mountings;
use super::problem::Problem;
use crate::dialect::{DialectName, ImgproxyEnvironment, ImgproxySettings, imgproxy_settings};

/// Reads the variables, and leaves in `legacy` what they say of the house.
pub(super) fn read(
    variables: &[(String, String)],
    legacy: &mut LegacySettings,
    problems: &mut Vec<Problem>,
) -> ImgproxySettings {
    if !mountings::has(variables, DialectName::Imgproxy) {
        return ImgproxySettings::default();
    }
    let read = imgproxy_settings(ImgproxyEnvironment { variables, read: imaginary::read });
    legacy.take("imgproxy", read, problems).unwrap_or_default()
}
