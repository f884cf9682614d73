//! The configuration of picfit, where a variable names it.

use std::path::Path;

use super::legacy::{LegacySettings, text_of};
use super::mountings;
use super::problem::Problem;
use crate::dialect::{DialectName, PicfitSettings};

const VARIABLE: &str = "IMAGE_PROXY_PICFIT_CONFIG";
/// What picfit's own variables begin with.
const OWN: &str = "PICFIT_";
/// The one of them that names the file.
const OWN_PATH: &str = "PICFIT_CONFIG_PATH";
/// What says where renditions are stored: all of it is said in one place.
const STORE: [&str; 2] = ["IMAGE_PROXY_RESULTS_URL", "IMAGE_PROXY_RESULTS_PUBLIC_URL"];
/// A key of a cloud and its secret, likewise.
const KEYS: [&str; 2] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

/// Reads the file that the variables name, and those of picfit, and leaves in `legacy` what it says of the house.
pub(super) fn read(
    variables: &[(String, String)],
    legacy: &mut LegacySettings,
    problems: &mut Vec<Problem>,
) -> PicfitSettings {
    let value = |name: &str| variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim());
    let named = |name: &'static str| value(name).filter(|path| !path.is_empty()).map(|path| (name, path));
    // Its own variables count where its dialect is: else they are another program's.
    let is_there = mountings::has(variables, DialectName::Picfit);
    let own = variables.iter().filter(|(name, value)| is_there && name.starts_with(OWN) && !value.is_empty());
    let own: Vec<_> = own.map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let settings = match named(VARIABLE).or_else(|| named(OWN_PATH).filter(|_| is_there)) {
        Some((variable, path)) => {
            let read = text_of(Path::new(path)).and_then(|text| PicfitSettings::parse(&text, &own));
            legacy.take(variable, read, problems)
        }
        None if own.is_empty() => None,
        None => legacy.take("picfit", PicfitSettings::parse("{}", &own), problems),
    };
    let settings = settings.unwrap_or_default();
    let has_store = value(STORE[0]).is_some();
    let has_key = KEYS.iter().any(|name| value(name).is_some());
    legacy.claims.retain(|(name, _)| {
        let is_of = |names: &[&str]| names.contains(&name.as_str());
        !(has_store && is_of(&STORE) || has_key && is_of(&KEYS))
    });
    PicfitSettings { points: settings.points.clone().filter(|_| !has_store), ..settings }
}
