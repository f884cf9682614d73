//! The configuration of picfit, where a variable names it.

use std::path::Path;

use super::legacy::{LegacySettings, text_of};
use super::problem::Problem;
use crate::dialect::PicfitSettings;

const VARIABLE: &str = "IMAGE_PROXY_PICFIT_CONFIG";
/// What says where renditions are stored: all of it is said in one place.
const STORE: [&str; 2] = ["IMAGE_PROXY_RESULTS_URL", "IMAGE_PROXY_RESULTS_PUBLIC_URL"];
/// A key of a cloud and its secret, likewise.
const KEYS: [&str; 2] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

/// Reads the file that the variables name, and leaves in `legacy` what it says of the house.
pub(super) fn read(
    variables: &[(String, String)],
    legacy: &mut LegacySettings,
    problems: &mut Vec<Problem>,
) -> PicfitSettings {
    let value = |name: &str| variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim());
    let Some(path) = value(VARIABLE).filter(|path| !path.is_empty()) else { return PicfitSettings::default() };
    let read = text_of(Path::new(path)).and_then(|text| PicfitSettings::parse(&text));
    let settings = legacy.take(VARIABLE, read, problems).unwrap_or_default();
    let has_store = value(STORE[0]).is_some();
    let has_key = KEYS.iter().any(|name| value(name).is_some());
    legacy.claims.retain(|(name, _)| {
        let is_of = |names: &[&str]| names.contains(&name.as_str());
        !(has_store && is_of(&STORE) || has_key && is_of(&KEYS))
    });
    PicfitSettings { points: settings.points.clone().filter(|_| !has_store), ..settings }
}
