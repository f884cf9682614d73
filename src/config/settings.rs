//! The table of all variables: one line of meaning and one of name, type, default and range each.
//! The struct, `--help`, the table in README.md and .env.template all come from here.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode};
use url::Url;

use super::choices::{AccentName, ClientHints, NumberList, PreferredFormats};
use super::fields::{FieldName, FieldValue, Statuses};
use super::imaginary::ImaginaryFlags;
use super::inputs::Inputs;
use super::kind::{
    Address, Algorithm, BackgroundColour, BaseUrl, FilePath, FolderPath, Kind as _, OneOf, OrNone, OutputFormats,
    Prefix, Switch, Threads, Whole,
};
use super::log::{Directives, LOG_FORMATS, LogFilter};
use super::machine::HalfOfMemory;
use super::mountings::Mountings;
use super::origins::Origins;
use super::protection::{ClientRate, ParameterNames, PresetList};
use super::quantity::{Bytes, Time};
use super::remote::{HostList, OriginList};
use super::secrets::{KeyList, SecretKey, SecretUrl, Signing, Token};
use super::stores::{SourceOrder, StoreUrl, WritablePlace};
use super::table::{Setting, SettingsReading, name_of, settings};
use super::watermark::Watermark;
use crate::bucket::BucketUrl;
use crate::dialect::{
    Accent, AllowedParameters, DialectName, Hints, OwnHosts, Presets, SecretText, SigningKeys, SigningMode,
};
use crate::http::{AdminToken, AllowedOrigins, ResourcePolicy};
use crate::rates::Rate;
use crate::request::{Background, ImagePath, OutputFormat, OverlayWish, RemoteOrigins, ResizeAlgorithm, UnlistedSizes};
use crate::source::SourceName;
use crate::telemetry::LogFormat;
use crate::watch::HookUrl;
use codec::{BrokenOriginals, ColourRule, InputFormats};

const SECOND: u64 = 1000;
const HOUR: u64 = 3600 * SECOND;
const MEGABYTE: u64 = 1_000_000;
const TERABYTE: u64 = 1_000_000_000_000;

settings! {
    "Listening" {
        /// Where to listen.
        bind_address: SocketAddr = "0.0.0.0:8000", Address;
        /// Where to listen for what is for the operator alone, /metrics and /_/cache, which are then nowhere else.
        admin_address: Option<SocketAddr> = "", OrNone(Address);
        /// The most connections that are served; beyond them the answer is 503.
        max_connections: usize = "4096", Whole(1..=1_000_000);
        /// How long a client may take to send the head of a request.
        header_timeout: Duration = "30s", Time(1..=HOUR);
        /// How long a connection is kept without a request.
        idle_timeout: Duration = "75s", Time(1..=24 * HOUR);
        /// How long a client may take nothing of what is sent to it.
        write_timeout: Duration = "30s", Time(1..=HOUR);
        /// On SIGTERM or SIGINT, how long requests in flight may take to finish.
        shutdown_timeout: Duration = "30s", Time(0..=HOUR);
        /// Dialects and the prefixes that they are put under, such as upload=/upload; the native one has the rest.
        dialects: Vec<(DialectName, String)> = "", Mountings;
        /// The vendor whose meaning of a word counts in the native dialect where vendors disagree; unset, our own.
        accent: Option<Accent> = "", OrNone(AccentName);
        /// The hosts at which our originals are, for URLs that name one within them, as front ends make them.
        own_hosts: OwnHosts = "", HostList;
        /// The widths that next/image and Vercel may be asked for; unset, any.
        next_widths: Vec<u32> = "", NumberList(1..=16_384);
        /// The qualities that they may be asked for; unset, any.
        next_qualities: Vec<u32> = "", NumberList(1..=100);
        /// The key that URLs of thumbor and imagor are signed with.
        thumbor_key: Option<SecretText> = "", OrNone(SecretKey);
        /// Whether they may be unsigned, as /unsafe/; unset, where there is no key.
        thumbor_allow_unsafe: Option<bool> = "", OrNone(Switch);
        /// Whether pictures lie there as they are displayed; if not, as they are stored.
        thumbor_respect_orientation: bool = "true", Switch;
        /// The flags with which imaginary was started, where its dialect is put somewhere; what becomes of each is said at the start.
        imaginary_args: Option<SecretText> = "", ImaginaryFlags;
        /// The configuration of iaas, for its dialect: a file in JSON, of which each setting counts that no variable sets.
        iaas_config: Option<PathBuf> = "", OrNone(FilePath);
        /// The configuration of picfit, a JSON file, for the dialect of that name; what it says of the house counts where nothing
        /// else does.
        picfit_config: Option<PathBuf> = "", OrNone(FilePath);
        /// Requests that bring an original of the largest size, and are read or worked on at once; times that size, this bounds
        /// the memory for them.
        max_uploads: usize = "8", Whole(1..=10_000);
        /// The largest body of a request that brings an original.
        max_upload_size: u64 = "16MiB", Bytes(1..=TERABYTE);
        /// CPU threads that make renditions.
        workers: usize = "", Threads(1..=1024);
    }
    "Protection" {
        /// Which URLs must be signed: none, those with parameters that are read, or all. Dialects with keys of their own keep to
        /// those.
        signing: SigningMode = "off", Signing;
        /// The keys that URLs are signed with.
        signing_keys: SigningKeys = "", KeyList;
        /// The lengths in pixels that edges may have that are asked for; unset, any.
        allowed_sizes: Vec<u32> = "", NumberList(1..=65_535);
        /// What becomes of other lengths: the next larger one is taken, or the request is refused.
        allowed_sizes_mode: UnlistedSizes = "snap", OneOf(&UnlistedSizes::NAMES);
        /// The parameters that may stand in URLs; unset, all. A dialect without a key may ask for no more, in its own words.
        allowed_parameters: Option<AllowedParameters> = "", OrNone(ParameterNames);
        /// Queries under names, which URLs ask for by preset=; the list is read from a file where it begins with an @.
        presets: Presets = "", PresetList;
        /// Whether URLs may ask for presets and nothing else.
        presets_only: bool = "false", Switch;
        /// How many renditions may be made for each client in a second, minute or hour, and at once; what is there already is free.
        client_rate: Option<Rate> = "", OrNone(ClientRate);
        /// The header in which a proxy in front says who the client is: the last address in it counts. Without it, that of the
        /// connection does.
        trusted_proxy_header: Option<HeaderName> = "", OrNone(FieldName);
    }
    "Originals" {
        /// The folder with the originals; it is only read.
        root_path: PathBuf = "/app/data", FolderPath;
        /// A bucket with the originals; without a folder that is set it stands in its place, else it is asked after it. Credentials
        /// are in the usual variables of the cloud.
        root_url: Option<BucketUrl> = "", StoreUrl;
        /// Where clients of dialects that have uploads may write originals: the root, or a folder of it. Unset, nowhere: nothing
        /// is ever written among the originals.
        deposit_path: Option<BucketUrl> = "", WritablePlace;
        /// Which sources are asked, in order; only a missing original is asked for in the next.
        sources: Vec<SourceName> = "", SourceOrder;
        /// How long an original in the bucket is taken as unchanged.
        bucket_ttl: Duration = "60s", Time(0..=24 * 365 * HOUR);
        /// How long the bucket may take for an original that is worked on; for one that is sent as it is, until its first byte.
        bucket_timeout: Duration = "5s", Time(1..=HOUR);
        /// How long connecting to the bucket may take, within that time.
        bucket_connect_timeout: Duration = "2s", Time(1..=HOUR);
        /// How long the bucket may send nothing.
        bucket_read_timeout: Duration = "5s", Time(1..=HOUR);
        /// How long an original that the bucket does not have is taken as missing without asking again.
        bucket_missing_ttl: Duration = "10s", Time(0..=24 * HOUR);
        /// The statuses by which the bucket says that it does not have an original.
        bucket_missing_statuses: Vec<StatusCode> = "404", Statuses;
        /// The formats that are decoded for renditions; sent untouched an original may have any.
        input_formats: InputFormats = "all", Inputs;
        /// The folder with the fonts (TrueType, OpenType) for text, beside Noto Sans, which the program has.
        font_path: Option<PathBuf> = "", OrNone(FolderPath);
        /// What is cut off the front of a URL path that starts with it.
        strip_path: Option<ImagePath> = "", Prefix;
        /// Where to fetch an image that is not in the folder, by appending its path.
        fallback_image_url: Option<Url> = "", BaseUrl;
        /// The largest image taken from the fallback.
        fallback_image_max_size: u64 = "5242880", Bytes(1..=TERABYTE);
        /// How long a fallback answer without a `max-age` of its own is taken as fresh.
        fallback_image_ttl: Duration = "300s", Time(0..=24 * 365 * HOUR);
        /// How long the fallback may take for a whole answer.
        fallback_image_timeout: Duration = "5s", Time(1..=HOUR);
        /// How long connecting to the fallback may take, within that time.
        fallback_connect_timeout: Duration = "2s", Time(1..=HOUR);
        /// How long the fallback may send nothing, within that time.
        fallback_read_timeout: Duration = "5s", Time(1..=HOUR);
        /// How many images are fetched at once; times the largest size, this bounds the memory for them.
        fallback_max_fetches: usize = "32", Whole(1..=10_000);
        /// How long an image that the fallback does not have is taken as missing without asking again.
        fallback_missing_ttl: Duration = "10s", Time(0..=24 * HOUR);
        /// The statuses by which the fallback says that it does not have an image.
        fallback_missing_statuses: Vec<StatusCode> = "404,410", Statuses;
        /// Whether the fallback's name may lead to an address that is not public, such as that of a container.
        fallback_allow_private: bool = "false", Switch;
        /// Where URLs may lead that requests name, and answers to them; unset, nothing is fetched for such a URL.
        remote_origins: RemoteOrigins = "", OriginList;
        /// Whether they may lead to an address that is not public, such as that of this machine or of a container.
        remote_allow_private: bool = "false", Switch;
        /// The largest image taken from a URL.
        remote_max_size: u64 = "5242880", Bytes(1..=TERABYTE);
        /// How long an answer without a `max-age` of its own is taken as fresh.
        remote_ttl: Duration = "300s", Time(0..=24 * 365 * HOUR);
        /// How long a server may take for a whole answer.
        remote_timeout: Duration = "5s", Time(1..=HOUR);
        /// How long connecting to it may take, within that time.
        remote_connect_timeout: Duration = "2s", Time(1..=HOUR);
        /// How long it may send nothing, within that time.
        remote_read_timeout: Duration = "5s", Time(1..=HOUR);
        /// How many images are fetched from URLs at once; times the largest size, this bounds the memory for them.
        remote_max_fetches: usize = "32", Whole(1..=10_000);
        /// How long a missing image is taken as missing without asking again.
        remote_missing_ttl: Duration = "10s", Time(0..=24 * HOUR);
        /// The User-Agent sent to the fallback, to the bucket and for URLs.
        user_agent: HeaderValue = concat!("image-proxy/", env!("CARGO_PKG_VERSION")), FieldValue;
    }
    "Renditions" {
        /// The formats that may be asked for; the first stands in where none is asked for and the original's own is
        /// not among them.
        allowed_output_formats: Vec<OutputFormat> = "all", OutputFormats;
        /// The formats that URLs get that name none, where the client shows them, the best first; a flat picture keeps its own.
        /// Unset, format=auto means avif,webp, and other URLs are not concerned.
        preferred_formats: Vec<OutputFormat> = "", PreferredFormats;
        /// The headers of clients that count besides Accept, each where the URL leaves it open.
        client_hints: Hints = "sec-ch-dpr", ClientHints;
        /// The resize algorithm where a request names none.
        resize_algorithm: ResizeAlgorithm = "auto", Algorithm;
        /// Whether what becomes less than half as wide and high is sharpened a little where a request says nothing of
        /// sharpness.
        sharpen: bool = "off", OneOf(&[("auto", true), ("off", false)]);
        /// What becomes of colours that are not sRGB: converted, or kept with their profile where the format can carry it.
        color: ColourRule = "srgb", OneOf(&ColourRule::NAMES);
        /// What becomes of originals that are truncated or damaged: refused, or shown as far as they go, and never cached.
        broken_originals: BrokenOriginals = "refuse", OneOf(&BrokenOriginals::NAMES);
        /// The colour that transparency is flattened onto where the format has none.
        background: Background = "white", BackgroundColour;
        /// Whether animations stay animated where the format can hold them, within their limits; if not, the first frame
        /// is shown.
        animation: bool = "auto", OneOf(&[("auto", true), ("off", false)]);
        /// Whether renditions say whose the picture is: copyright and artist, and nothing else of the original's metadata.
        keep_copyright: bool = "false", Switch;
        /// What lies over every rendition, and no request takes off: another image, and where it stands.
        watermark: Option<OverlayWish> = "", OrNone(Watermark);
        /// The watermark is put on renditions whose longest side is above this, in pixels.
        watermark_min_side: u32 = "0", Whole(0..=65_535);
        /// AVIF quality; higher is better and larger.
        avif_quality: u8 = "85", Whole(1..=100);
        /// AVIF encoding speed; higher is faster and larger.
        avif_speed: u8 = "6", Whole(1..=10);
        /// JPEG quality; higher is better and larger.
        jpeg_quality: u8 = "75", Whole(1..=100);
        /// WebP quality; higher is better and larger.
        webp_quality: u8 = "80", Whole(1..=100);
        /// WebP effort; higher is slower and smaller.
        webp_effort: u8 = "4", Whole(0..=6);
        /// Whether WebP keeps every pixel as it is.
        webp_lossless: bool = "false", Switch;
        /// PNG compression; higher is slower and smaller.
        png_compression_level: u8 = "6", Whole(0..=9);
    }
    "Limits" {
        /// How long an answer may take until its first byte; then 504.
        timeout: Duration = "30s", Time(1..=HOUR);
        /// Memory for all renditions being made together; a rendition that would not fit alone is refused.
        memory_budget: u64 = "", HalfOfMemory(Bytes(256 * MEGABYTE..=TERABYTE));
        /// Renditions that may wait for a thread; more are refused with 503.
        queue_length: usize = "512", Whole(1..=1_000_000);
        /// How long a rendition may wait for a thread; then 503.
        queue_timeout: Duration = "10s", Time(1..=HOUR);
        /// The largest original that is decoded; sent untouched it may be larger.
        max_source_size: u64 = "67108864", Bytes(1..=TERABYTE);
        /// Width times height of the largest original that is decoded.
        max_source_pixels: u64 = "100000000", Whole(1..=10_000_000_000u64);
        /// The longest side of an original that is decoded, in pixels.
        max_source_side: u32 = "65535", Whole(1..=1_000_000);
        /// Colour profile, EXIF, XMP and comments of an original that is decoded, together.
        max_source_metadata_size: u64 = "16777216", Bytes(0..=TERABYTE);
        /// Chunks of a PNG or WebP that is decoded.
        max_source_chunks: u32 = "65536", Whole(1..=100_000_000);
        /// Scans of a JPEG that is decoded; fewer for one near the largest number of pixels.
        max_source_scans: u32 = "100", Whole(1..=10_000);
        /// Frames of an animation that stays animated; of one with more the first is shown.
        max_animation_frames: u32 = "2000", Whole(1..=1_000_000);
        /// Frames times width times height of the original, likewise.
        max_animation_pixels: u64 = "750000000", Whole(1..=10_000_000_000u64);
        /// The longest side of a rendition, in pixels.
        max_output_side: u32 = "16384", Whole(1..=65_535);
    }
    "Browsers" {
        /// The origins whose pages may read images with scripts.
        cors_origins: Option<AllowedOrigins> = "", OrNone(Origins);
        /// Whose pages may show images, in the header Cross-Origin-Resource-Policy; pages with cross-origin isolation
        /// show no others.
        cross_origin_resource_policy: Option<ResourcePolicy> = "", OrNone(OneOf(&ResourcePolicy::NAMES));
        /// The origins whose pages see how long images took, in the header Timing-Allow-Origin.
        timing_allow_origin: Option<AllowedOrigins> = "", OrNone(Origins);
    }
    "Cache" {
        /// Whether renditions are kept in memory.
        enable_cache: bool = "false", Switch;
        /// Memory for renditions.
        cache_memory_size: u64 = "104857600", Bytes(1..=TERABYTE);
        /// The largest rendition that is kept in memory; a larger one may still be kept on disk.
        cache_max_item_size: u64 = "1048576", Bytes(1..=TERABYTE);
        /// Whether renditions are kept on disk, with or without the cache in memory.
        enable_disk_cache: bool = "false", Switch;
        /// Disk space for renditions, taken from the file system at the start.
        cache_disk_size: u64 = "536870912", Bytes(1..=1000 * TERABYTE);
        /// The folder for renditions on disk, used by one running server only.
        cache_disk_path: PathBuf = "./cache", FolderPath;
        /// A bucket or folder for renditions that all servers share; looked at after memory and disk, and filled behind the back of
        /// those who wait.
        results_url: Option<BucketUrl> = "", StoreUrl;
        /// How long a request waits for a shared rendition before it is made here.
        results_timeout: Duration = "1s", Time(1..=HOUR);
        /// Whether clients are sent to the store for renditions that are there.
        results_redirect: bool = "false", Switch;
        /// How long a signed URL is good that clients are sent to; redirects may be kept for half of it.
        results_redirect_ttl: Duration = "1h", Time(SECOND..=7 * 24 * HOUR);
        /// Where clients get stored renditions without a signature; their names are appended.
        results_public_url: Option<Url> = "", BaseUrl;
        /// The Cache-Control header of every image sent.
        cache_control_header: Option<HeaderValue> = "public, max-age=31536000, no-transform", OrNone(FieldValue);
        /// The Cache-Control header of client errors (404 and other 4xx); server errors are never cached.
        error_cache_control: Option<HeaderValue> = "max-age=60", OrNone(FieldValue);
        /// The name of the header that says whether a rendition came from the cache.
        cache_status_header: Option<HeaderName> = "X-Image-Proxy-Cache", OrNone(FieldName);
    }
    "Purging" {
        /// What a client shows to purge, with DELETE or PURGE of /_/cache; without it nobody may.
        admin_token: Option<AdminToken> = "", OrNone(Token);
        /// The name of the header that lists, with commas, tags of all that an image was made of, such as Cache-Tag.
        cache_tag_header: Option<HeaderName> = "", OrNone(FieldName);
        /// The name of the header that lists them with spaces, such as Surrogate-Key or xkey.
        surrogate_key_header: Option<HeaderName> = "", OrNone(FieldName);
        /// Whether changes of the folder with the originals are looked out for.
        watch: bool = "false", Switch;
        /// Where these are told by POST, such as a script that purges a CDN.
        change_webhook: Option<HookUrl> = "", OrNone(SecretUrl);
    }
    "Development" {
        /// Whether URLs may ask by ?explain why they are answered as they are.
        explain: bool = "false", Switch;
        /// Whether there is a page to try parameters at /_/, which lists all pictures of the folder; not meant for the public.
        playground: bool = "false", Switch;
    }
    "Logs" {
        /// Whether renditions tell how long each stage took, in the header Server-Timing.
        server_timing: bool = "true", Switch;
        /// How log lines are written.
        log_format: LogFormat = "text", OneOf(LOG_FORMATS);
        /// Which log lines are written.
        rust_log ["RUST_LOG"]: LogFilter = "INFO", Directives;
    }
}
