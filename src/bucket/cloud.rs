//! Opens the stores of clouds: the credentials and endpoints of each, by its usual variables.

use std::fmt;
use std::str::FromStr;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::client::ClientConfigKey;
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::{BackoffConfig, RetryConfig};
use url::Url;

use super::location::BucketScheme;
use super::transport::Connector;
use super::{BucketSettings, BucketUrl, Cloud};

/// The variables of the environment that clouds have for credentials and endpoints. Shown without their values.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct CloudVariables(Vec<(String, String)>);

/// Why a store cannot be opened. Names variables, and none of their values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// One of them is missing, next to another that is set.
    #[error("{missing} is not set, and {set} is")]
    Half {
        /// What is missing.
        missing: &'static str,
        /// What is there.
        set: &'static str,
    },
    /// An endpoint is no URL that can be asked.
    #[error("{variable}: expected an http or https URL without credentials, query or fragment")]
    Endpoint {
        /// Which one.
        variable: &'static str,
    },
    /// The library does not open it.
    #[error("the variables that begin with {prefix} do not open the store: {hint}")]
    Credentials {
        /// What those of this cloud begin with.
        prefix: &'static str,
        /// What is usual.
        hint: &'static str,
    },
}

impl CloudVariables {
    const PREFIXES: [&str; 4] = ["AWS_", "GOOGLE_", "AZURE_", "AZURITE_"];
    /// Those of clouds without a prefix of theirs.
    const OTHERS: [&str; 3] = ["SERVICE_ACCOUNT", "STORAGE_EMULATOR_HOST", "IDENTITY_ENDPOINT"];

    /// Takes what clouds read out of all variables, the first of each name.
    pub fn among<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut taken: Vec<(String, String)> = Vec::new();
        for (name, value) in variables {
            let is_meant = Self::PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || Self::OTHERS.contains(&name);
            if is_meant && !value.trim().is_empty() && taken.iter().all(|(known, _)| known != name) {
                taken.push((name.to_owned(), value.trim().to_owned()));
            }
        }
        Self(taken)
    }

    /// Adds variables that belong together, such as a key and its secret, unless one of them is set; tells whether they were.
    pub fn add(&mut self, group: &[(&str, &str)]) -> bool {
        let is_free = group.iter().all(|(name, _)| self.0.iter().all(|(known, _)| known != name));
        if is_free {
            self.0.extend(group.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        }
        is_free
    }

    /// Their names, in order.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The keys of the library that variables with `prefix` stand for. It is left out which it does not know.
    fn keys<K: FromStr>(&self, prefix: &'static str) -> impl Iterator<Item = (K, &str)> {
        let meant = self.0.iter().filter(move |(name, _)| name.starts_with(prefix));
        meant.filter_map(|(name, value)| Some((name.to_ascii_lowercase().parse().ok()?, value.as_str())))
    }

    /// The endpoint in one of these variables, the first that is set.
    fn endpoint(&self, names: &[&'static str]) -> Result<Option<&str>, OpenError> {
        let Some((variable, text)) = names.iter().find_map(|name| Some((*name, self.get(name)?))) else {
            return Ok(None);
        };
        let is_sound = |url: &Url| {
            let is_plain = url.username().is_empty() && url.password().is_none();
            matches!(url.scheme(), "http" | "https") && is_plain && url.query().is_none() && url.fragment().is_none()
        };
        match Url::parse(text) {
            Ok(url) if is_sound(&url) => Ok(Some(text)),
            _ => Err(OpenError::Endpoint { variable }),
        }
    }
}

impl fmt::Debug for CloudVariables {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.names()).finish()
    }
}

pub(super) fn open(url: &BucketUrl, variables: &CloudVariables, settings: &BucketSettings) -> Result<Cloud, OpenError> {
    let connector = Connector::new(settings.timeouts, settings.user_agent.clone());
    // Our own are counted.
    let retry =
        RetryConfig { max_retries: 0, retry_timeout: settings.timeouts.total, backoff: BackoffConfig::default() };
    let opened = match url.scheme {
        BucketScheme::Google => google(url, variables, retry, connector.clone()),
        BucketScheme::Azure => azure(url, variables, retry, connector.clone()),
        _ => amazon(url, variables, retry, connector.clone()),
    };
    connector.the_last_is_of_the_store();
    opened
}

fn amazon(
    url: &BucketUrl,
    variables: &CloudVariables,
    retry: RetryConfig,
    connector: Connector,
) -> Result<Cloud, OpenError> {
    const KEYS: [&str; 2] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    let endpoint = variables.endpoint(&["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"])?;
    match KEYS.map(|name| variables.get(name)) {
        [Some(_), None] => return Err(OpenError::Half { missing: KEYS[1], set: KEYS[0] }),
        [None, Some(_)] => return Err(OpenError::Half { missing: KEYS[0], set: KEYS[1] }),
        _ => {}
    }
    // Without an endpoint it is Amazon, which wants the bucket in the name of the host; one with dots has no certificate.
    let is_hosted = endpoint.is_none() && !url.bucket.contains('.');
    let usual = [
        (AmazonS3ConfigKey::VirtualHostedStyleRequest, is_hosted),
        (AmazonS3ConfigKey::DisableBulkDelete, true),
        (AmazonS3ConfigKey::Client(ClientConfigKey::AllowHttp), endpoint.is_some()),
    ];
    let builder = usual
        .into_iter()
        .fold(AmazonS3Builder::new(), |builder, (key, value)| builder.with_config(key, value.to_string()));
    let builder = variables.keys("AWS_").fold(builder, |builder, (key, value)| builder.with_config(key, value));
    let builder = builder.with_bucket_name(&url.bucket).with_retry(retry).with_http_connector(connector);
    let hint = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are usual, and AWS_REGION";
    let store = builder.build().map_err(|_| OpenError::Credentials { prefix: "AWS_", hint })?;
    Ok(Cloud::of(store))
}

fn google(
    url: &BucketUrl,
    variables: &CloudVariables,
    retry: RetryConfig,
    connector: Connector,
) -> Result<Cloud, OpenError> {
    let mut builder = GoogleCloudStorageBuilder::new();
    if let Some(account) = variables.get("SERVICE_ACCOUNT") {
        builder = builder.with_service_account_path(account);
    }
    if let Some(emulator) = variables.endpoint(&["STORAGE_EMULATOR_HOST"])? {
        builder = builder
            .with_config(GoogleConfigKey::BaseUrl, emulator)
            .with_config(GoogleConfigKey::SkipSignature, "true")
            .with_config(GoogleConfigKey::Client(ClientConfigKey::AllowHttp), "true");
    }
    let builder = variables.keys("GOOGLE_").fold(builder, |builder, (key, value)| builder.with_config(key, value));
    let builder = builder.with_bucket_name(&url.bucket).with_retry(retry).with_http_connector(connector);
    let hint = "GOOGLE_APPLICATION_CREDENTIALS, the path of a file, is usual";
    let store = builder.build().map_err(|_| OpenError::Credentials { prefix: "GOOGLE_", hint })?;
    Ok(Cloud::of(store))
}

fn azure(
    url: &BucketUrl,
    variables: &CloudVariables,
    retry: RetryConfig,
    connector: Connector,
) -> Result<Cloud, OpenError> {
    let mut builder = MicrosoftAzureBuilder::new();
    let endpoint = variables.endpoint(&["AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"])?;
    if endpoint.is_some_and(|endpoint| endpoint.starts_with("http:")) {
        builder = builder.with_config(AzureConfigKey::Client(ClientConfigKey::AllowHttp), "true");
    }
    if let Some(identity) = variables.get("IDENTITY_ENDPOINT") {
        builder = builder.with_config(AzureConfigKey::MsiEndpoint, identity);
    }
    let builder = variables.keys("AZURE_").fold(builder, |builder, (key, value)| builder.with_config(key, value));
    let builder = builder.with_container_name(&url.bucket).with_retry(retry).with_http_connector(connector);
    let hint = "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY are usual";
    let store = builder.build().map_err(|_| OpenError::Credentials { prefix: "AZURE_", hint })?;
    Ok(Cloud::of(store))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> CloudVariables {
        CloudVariables::among(pairs.iter().copied())
    }

    #[test]
    fn only_what_clouds_read_is_taken_and_no_value_is_shown() {
        let taken = variables(&[
            ("PATH", "/bin"),
            ("AWS_SECRET_ACCESS_KEY", "first"),
            ("AWS_SECRET_ACCESS_KEY", "second"),
            ("AZURE_STORAGE_ACCOUNT_KEY", " "),
            ("AWS_ACCESS_KEY_ID", "me"),
        ]);
        assert_eq!(taken.names(), ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]);
        assert_eq!(taken.get("AWS_SECRET_ACCESS_KEY"), Some("first"));
        assert_eq!(format!("{taken:?}"), "[\"AWS_ACCESS_KEY_ID\", \"AWS_SECRET_ACCESS_KEY\"]");
    }

    #[test]
    fn an_endpoint_is_a_url_without_secrets() {
        let endpoint = |text| variables(&[("AWS_ENDPOINT_URL", text)]).endpoint(&["AWS_ENDPOINT_URL"]).map(|_| ());
        assert_eq!(endpoint("http://127.0.0.1:9000"), Ok(()));
        for text in ["127.0.0.1:9000", "ftp://a", "http://me:secret@a", "http://a/?secret=1"] {
            let error = endpoint(text).unwrap_err();
            assert_eq!(error, OpenError::Endpoint { variable: "AWS_ENDPOINT_URL" });
            assert!(!error.to_string().contains("secret"));
        }
    }
}
