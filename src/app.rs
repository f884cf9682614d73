//! APP: the wiring. The one place that knows the concrete types.

mod advice;
mod error;
mod fetching;
mod mounts;
mod offline;
mod stores;
mod tools;
mod watching;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;

use crate::cache::{CacheSettings, DiskSettings, MemorySettings, ResultCache};
use crate::config::{Config, Loaded};
use crate::generations::Generations;
use crate::http::{
    ClientTolls, ConnectionLimits, Cors, Door, Embedding, Lanes, ReplySettings, Routes, ServeSettings, TagHeaders,
    serve,
};
use crate::seats::Seats;
use crate::source::{Disk, Source, SourceName};
use crate::telemetry::{Recorder, Recording, Telemetry};

pub use error::StartError;
pub use mounts::check_mounts;
pub use offline::{CacheWarmer, LocalAnswer, LocalPicture, LocalPictures, LocalQuestion};
pub use stores::try_stores;
use tools::Tools;

/// How long the cache may take to write what is still on its way to the disk.
const CACHE_CLOSE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a health check waits for each step.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(3);

/// Connections at the operator's own address: none is held up by those at the other one.
const ADMIN_CONNECTIONS: usize = 64;

/// A connection and the file that it is sent; while a file is looked up, its folder too.
const DESCRIPTORS_PER_CONNECTION: u64 = 2;
/// For everything else, the cache's files and the runtime's own among it.
const DESCRIPTORS_BESIDES: u64 = 200;

/// A server that listens and is ready to serve.
pub struct App {
    public: Listening,
    admin: Option<Listening>,
    door: Door,
    lanes: Arc<Lanes>,
    cache: Arc<ResultCache>,
    settings: ServeSettings,
}

/// An address that clients can connect to.
struct Listening {
    listener: TcpListener,
    address: SocketAddr,
}

impl App {
    /// Wires everything and starts to listen.
    ///
    /// # Errors
    /// Names the setting to change.
    pub async fn start(loaded: &Loaded) -> Result<Self, StartError> {
        let config = &loaded.config;
        raise_descriptor_limit(config.max_connections);
        let public = Listening::at("IMAGE_PROXY_BIND_ADDRESS", config.bind_address).await?;
        let admin = match config.admin_address {
            Some(address) => Some(Listening::at("IMAGE_PROXY_ADMIN_ADDRESS", address).await?),
            None => None,
        };
        let recorder = Recorder::install()?;
        let cache = ResultCache::open(&cache_settings(config), || recorder.cache_registry()).await;
        let (cache, shared) = stores::shared(loaded, cache)?;
        let cache = Arc::new(cache);
        let tools = Tools::start(config, config.work_limits())?;
        let lanes = Arc::new(Lanes::start().map_err(StartError::Lanes)?);
        let telemetry = Arc::new(Telemetry::new(recorder, tools.workers.clone(), Arc::clone(&cache)));
        tokio::spawn(Arc::clone(&telemetry).keep_up());
        let generations = Generations::open(cache.folder(), shared).await;
        tokio::spawn(generations.follow());
        let service = tools
            .service(sources(loaded, &config.sources)?, Arc::clone(&cache), generations)
            .explaining(config.explain);
        let settings = reply_settings(config);
        let is_ending = Arc::new(AtomicBool::new(false));
        let service = Arc::new(service);
        if config.watch {
            watching::begin(config, Arc::clone(&service)).await;
        }
        let door = Door {
            routes: if admin.is_some() { Routes::Public } else { Routes::All },
            service,
            mounts: Arc::new(mounts::mounts(loaded)?),
            seats: Seats::new(config.max_uploads, config.max_upload_size),
            deposit: stores::deposit(loaded)?,
            playground: mounts::playground(config),
            tolls: config.client_rate.map(|rate| ClientTolls::new(rate, config.trusted_proxy_header.clone())),
            telemetry: Some(telemetry),
            recording: Arc::new(Recording::new(config.server_timing)),
            is_ending: Arc::clone(&is_ending),
            settings,
        };
        let settings = serve_settings(config, is_ending);
        Ok(Self { public, admin, door, lanes, cache, settings })
    }

    /// Where the server listens; with port 0 in the settings, the port that the system chose.
    pub fn address(&self) -> SocketAddr {
        self.public.address
    }

    /// Where it listens for the operator, if that is another address.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(|listening| listening.address)
    }

    /// Serves until `end` is ready, then finishes what is running and closes the cache.
    pub async fn run(self, end: impl Future<Output = ()>) {
        let Self { public, admin, door, lanes, cache, settings } = self;
        let end = end.shared();
        let for_operator = async {
            if let Some(Listening { listener, .. }) = admin {
                let door = Arc::new(Door { routes: Routes::Admin, ..door.clone() });
                let settings = ServeSettings { max_connections: ADMIN_CONNECTIONS, ..settings.clone() };
                serve(listener, door, Arc::clone(&lanes), settings, end.clone()).await;
            }
        };
        let for_all = serve(public.listener, Arc::new(door.clone()), Arc::clone(&lanes), settings.clone(), end.clone());
        join(for_operator, for_all).await;
        cache.close(CACHE_CLOSE_TIMEOUT).await;
    }
}

impl Listening {
    async fn at(variable: &'static str, address: SocketAddr) -> Result<Self, StartError> {
        let listening = TcpListener::bind(address).await.and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (address, listener) = listening.map_err(|cause| StartError::Listen { variable, address, cause })?;
        Ok(Self { listener, address })
    }
}

/// Takes as many file descriptors as the system lets us have: what programs start with is made for those that use
/// `select`, and is less than a server needs.
fn raise_descriptor_limit(max_connections: usize) {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum {
        let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
        tracing::debug!(?current, ?maximum, ?raised, "file descriptors");
    }
    let needed = DESCRIPTORS_BESIDES + max_connections as u64 * DESCRIPTORS_PER_CONNECTION;
    if let Some(available) = getrlimit(Resource::Nofile).current.filter(|available| *available < needed) {
        tracing::warn!(
            "IMAGE_PROXY_MAX_CONNECTIONS: {max_connections} connections may need {needed} file descriptors, and there \
             are {available}: raise the limit (ulimit -n) or lower the setting"
        );
    }
}

fn reply_settings(config: &Config) -> ReplySettings {
    ReplySettings {
        cache_control: config.cache_control_header.clone(),
        error_cache_control: config.error_cache_control.clone(),
        timeout: config.timeout,
        cors: config.cors_origins.clone().map(Cors::new),
        embedding: Embedding::new(config.cross_origin_resource_policy, config.timing_allow_origin.clone()),
        cache_status: config.cache_status_header.clone(),
        tags: TagHeaders {
            cache_tag: config.cache_tag_header.clone(),
            surrogate_key: config.surrogate_key_header.clone(),
        },
        admin_token: config.admin_token.clone(),
        advice: advice::on,
    }
}

fn serve_settings(config: &Config, is_ending: Arc<AtomicBool>) -> ServeSettings {
    ServeSettings {
        max_connections: config.max_connections,
        limits: ConnectionLimits {
            header_timeout: config.header_timeout,
            idle_timeout: config.idle_timeout,
            write_timeout: config.write_timeout,
        },
        shutdown_timeout: config.shutdown_timeout,
        is_ending,
    }
}

/// The sources of these names, and the one that needs none.
fn sources<'a>(
    loaded: &Loaded,
    names: impl IntoIterator<Item = &'a SourceName>,
) -> Result<Vec<Box<dyn Source>>, StartError> {
    let config = &loaded.config;
    let open = |name: &SourceName| -> Result<Option<Box<dyn Source>>, StartError> {
        Ok(match name {
            SourceName::Folder => Some(Box::new(folder(config.root_path.clone(), "IMAGE_PROXY_ROOT_PATH"))),
            SourceName::Bucket => stores::source(loaded)?,
            SourceName::Fallback => fetching::fallback(config)?,
        })
    };
    let named = names.into_iter().filter_map(|name| open(name).transpose());
    // It has what no other has, so that its place is of no matter.
    named.chain(fetching::remote(loaded).transpose()).collect()
}

fn folder(root: PathBuf, variable: &str) -> Disk {
    if !root.is_dir() {
        let path = root.display();
        tracing::warn!("{variable}: {path} is no folder; until it is, no image is found there");
    }
    let disk = Disk::new(root);
    tokio::spawn(disk.keep_up());
    disk
}

fn cache_settings(config: &Config) -> CacheSettings {
    // Where an address space is smaller than the setting, the address space is the limit.
    let in_memory = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    CacheSettings {
        memory: config.enable_cache.then(|| MemorySettings {
            max_bytes: in_memory(config.cache_memory_size),
            max_item_bytes: in_memory(config.cache_max_item_size),
        }),
        disk: config.enable_disk_cache.then(|| DiskSettings {
            path: config.cache_disk_path.clone(),
            max_bytes: in_memory(config.cache_disk_size),
        }),
    }
}

/// Asks a running server whether it is well, over plain HTTP/1.1; for the health check of a container.
///
/// # Errors
/// It cannot be reached, does not answer in time, or answers something other than 200.
pub fn check_health(address: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&address, HEALTH_TIMEOUT)?;
    stream.set_read_timeout(Some(HEALTH_TIMEOUT))?;
    stream.set_write_timeout(Some(HEALTH_TIMEOUT))?;
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut status_line = [0; 12];
    stream.read_exact(&mut status_line)?;
    let got = String::from_utf8_lossy(&status_line);
    // A dialect that has the path for its own may want its key, refuse a crowd, or have it switched off: it answers.
    if matches!(got.as_ref(), "HTTP/1.1 200" | "HTTP/1.1 401" | "HTTP/1.1 429" | "HTTP/1.1 501") {
        Ok(())
    } else {
        Err(io::Error::other(format!("expected \"HTTP/1.1 200\", got {got:?}")))
    }
}
