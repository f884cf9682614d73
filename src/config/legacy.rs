//! Old configurations of systems whose URLs are answered here: read as they are, and told what became of each setting.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Config;
use super::kind::{BaseUrl, Kind as _};
use super::mountings;
use super::problem::Problem;
use crate::bucket::{BucketUrl, CloudVariables};
use crate::dialect::{
    DialectName, Fate, IaasSettings, ImaginarySettings, ImgproxySettings, Inherited, InheritedStore, Legacy,
    LegacyError, PicfitSettings,
};

/// The longest file with a configuration, in bytes.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// The longest that an answer may take, as for the variable.
const MAX_TIMEOUT: Duration = Duration::from_secs(60 * 60);

const BROKEN_ORIGINALS: &str = "IMAGE_PROXY_BROKEN_ORIGINALS";
/// The systems that show what there is of an original that is cut off: libvips' and Pillow's way as they are set there.
const SHOWING: [DialectName; 3] = [DialectName::Imaginary, DialectName::Imgproxy, DialectName::Thumbor];

const TIMEOUT: &str = "IMAGE_PROXY_TIMEOUT";
const RESULTS_URL: &str = "IMAGE_PROXY_RESULTS_URL";
const RESULTS_REDIRECT: &str = "IMAGE_PROXY_RESULTS_REDIRECT";
const RESULTS_PUBLIC_URL: &str = "IMAGE_PROXY_RESULTS_PUBLIC_URL";

/// What all old configurations came to.
#[derive(Debug, Default)]
pub struct LegacySettings {
    /// What became of each setting, under the variable that brought it.
    pub inherited: Vec<(&'static str, Inherited)>,
    /// Those of imaginary, which are its own defaults where it is nowhere.
    pub imaginary: ImaginarySettings,
    /// What the dialect of iaas is set up with.
    pub iaas: IaasSettings,
    /// The folders that they name, under the variable that brought them.
    roots: Vec<(&'static str, PathBuf)>,
    /// Variables that they set, where nothing else does.
    pub(super) claims: Vec<(String, String)>,
    /// What picfit is told of requests.
    pub picfit: PicfitSettings,
    /// What the dialect of imgproxy is set up with.
    pub imgproxy: ImgproxySettings,
    /// How long an answer may take.
    timeout: Option<Duration>,
    /// The stores of renditions that they name, under the variable that brought them.
    stores: Vec<(&'static str, InheritedStore)>,
    /// The variables in whose place something of theirs counts.
    settled: Vec<&'static str>,
}

/// The text of a file.
pub(super) fn text_of(path: &Path) -> Result<String, LegacyError> {
    let read = |path: &Path| -> io::Result<String> {
        let mut text = String::new();
        File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_string(&mut text)?;
        Ok(text)
    };
    match read(path) {
        Ok(text) if text.len() as u64 <= MAX_FILE_BYTES => Ok(text),
        Ok(_) => Err(LegacyError(format!("{}: expected at most {MAX_FILE_BYTES} bytes", path.display()))),
        Err(error) => Err(LegacyError(format!("{}: cannot be read: {error}", path.display()))),
    }
}

impl LegacySettings {
    /// Has originals that are cut off shown where a dialect is put anywhere whose system does so.
    pub(super) fn claim_broken_originals(&mut self, variables: &[(String, String)]) {
        if SHOWING.into_iter().any(|dialect| mountings::has(variables, dialect)) {
            self.claims.push((BROKEN_ORIGINALS.to_owned(), "show".to_owned()));
        }
    }

    /// Reads the configurations of the dialects that are put anywhere.
    pub(super) fn read(&mut self, config: &Config) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(path) = config.iaas_config.as_deref().filter(|_| config.mounts(DialectName::Iaas)) {
            let read = text_of(path).and_then(|json| IaasSettings::read(&json));
            self.iaas = self.take("IMAGE_PROXY_IAAS_CONFIG", read, &mut problems).unwrap_or_default();
        }
        problems
    }

    /// Takes in what one of them says, and gives the settings for its dialect.
    pub(super) fn take<S>(
        &mut self,
        variable: &'static str,
        read: Result<Legacy<S>, LegacyError>,
        problems: &mut Vec<Problem>,
    ) -> Option<S> {
        match read {
            Ok(Legacy { settings, root, timeout, store, claims, inherited }) => {
                self.claims.extend(claims.into_iter().map(|(name, value)| (name.to_owned(), value)));
                self.inherited.extend(inherited.into_iter().map(|inherited| (variable, inherited)));
                self.roots.extend(root.map(|root| (variable, root)));
                self.timeout = self.timeout.or(timeout);
                self.stores.extend(store.map(|store| (variable, store)));
                Some(settings)
            }
            Err(LegacyError(what)) => {
                problems.push(Problem::Legacy { variable, what });
                None
            }
        }
    }

    /// Puts what they say in the place of variables that are not set.
    pub(super) fn settle(
        &mut self,
        config: &mut Config,
        set: &BTreeSet<String>,
        cloud: &mut CloudVariables,
    ) -> Option<Problem> {
        match self.timeout.filter(|_| !set.contains(TIMEOUT)) {
            Some(timeout) => {
                config.timeout = timeout.min(MAX_TIMEOUT);
                self.settled.push(TIMEOUT);
            }
            None => self.lose("timeout.", "IMAGE_PROXY_TIMEOUT is set"),
        }
        let (variable, store) = self.stores.first().cloned()?;
        if set.contains(RESULTS_URL) {
            self.lose(store.group, "IMAGE_PROXY_RESULTS_URL is set");
            return None;
        }
        let refused = |what: String| Some(Problem::Legacy { variable, what });
        let Some(url) = BucketUrl::parse(&store.url) else {
            return refused(format!("{}: expected the name of a bucket", store.group));
        };
        let public_url = match store.public_url.as_deref().map(|text| BaseUrl.parse(text)) {
            None => None,
            Some(Some(url)) => url,
            Some(None) => return refused(format!("{}: expected {}", store.group, BaseUrl.expected())),
        };
        config.results_url = Some(url);
        self.settled.push(RESULTS_URL);
        if !set.contains(RESULTS_REDIRECT) {
            config.results_redirect = store.redirects;
            self.settled.push(RESULTS_REDIRECT);
        }
        if let Some(public_url) = public_url.filter(|_| !set.contains(RESULTS_PUBLIC_URL)) {
            config.results_public_url = Some(public_url);
            self.settled.push(RESULTS_PUBLIC_URL);
        }
        self.open(config, &store, cloud);
        None
    }

    /// Opens the store with the credentials of the configuration, unless the originals are in a bucket, which others open.
    fn open(&mut self, config: &Config, store: &InheritedStore, cloud: &mut CloudVariables) {
        let has_bucket = config.root_url.as_ref().is_some_and(|root| root.folder().is_none());
        for group in [&store.credentials, &store.region] {
            let variables: Vec<_> = group.iter().map(|inherited| (inherited.variable, &*inherited.value)).collect();
            if has_bucket || !cloud.add(&variables) {
                let because = "the AWS_* variables open all buckets: set them, where they are not set";
                self.lose_those(|name| group.iter().any(|inherited| inherited.name == name), because);
            }
        }
    }

    /// Puts the folder that they name in the place of one that is not set; where several are named, they must agree.
    pub(super) fn settle_root(&mut self, config: &mut Config, has_folder: bool) -> Option<Problem> {
        for (index, (variable, root)) in self.roots.iter().enumerate() {
            if index == 0 && !has_folder {
                config.root_path.clone_from(root);
                self.settled.push(super::ROOT_PATH);
            } else if config.root_path != *root {
                let (root, other) = (root.clone(), config.root_path.clone());
                return Some(Problem::OtherRoot { variable, root, other });
            }
        }
        None
    }

    /// Tells whether a folder of originals is named.
    pub(super) fn has_folder(&self) -> bool {
        !self.roots.is_empty()
    }

    /// Writes what counts in the place of variables beside their names.
    pub(super) fn tell_effective(&self, config: &Config, effective: &mut [(String, String)]) {
        for (name, text) in effective.iter_mut().filter(|(name, _)| self.settled.contains(&name.as_str())) {
            *text = match name.as_str() {
                super::ROOT_PATH => config.root_path.display().to_string(),
                TIMEOUT => format!("{:?}", config.timeout),
                RESULTS_URL => config.results_url.as_ref().map(ToString::to_string).unwrap_or_default(),
                RESULTS_REDIRECT => config.results_redirect.to_string(),
                _ => config.results_public_url.as_ref().map(ToString::to_string).unwrap_or_default(),
            };
        }
    }

    fn lose(&mut self, group: &str, because: &'static str) {
        self.lose_those(|name| name.starts_with(group), because);
    }

    /// Tells that settings do nothing that would have done something.
    fn lose_those(&mut self, is_meant: impl Fn(&str) -> bool, because: &'static str) {
        for (_, inherited) in &mut self.inherited {
            let does_something = matches!(inherited.fate, Fate::Honoured | Fate::Replaced { .. });
            if does_something && is_meant(&inherited.name) {
                inherited.fate = Fate::NotApplying { because };
            }
        }
    }
}

impl fmt::Display for LegacySettings {
    /// A line for each setting.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inherited.iter().try_for_each(|(variable, inherited)| writeln!(formatter, "{variable}: {inherited}"))
    }
}
