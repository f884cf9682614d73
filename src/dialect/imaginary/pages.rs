//! What imaginary says of itself: its version, its health, and a page to try it.

use std::fmt::Write as _;
use std::fs;
use std::thread;
use std::time::Duration;

use http::StatusCode;
use serde_json::json;

use super::super::Worded;

/// The version of imaginary whose words these are, and that of the library in it.
pub(super) const VERSIONS: (&str, &str) = ("1.2.4", "1.1.9");

/// Forms of the page: title, endpoint with its parameters.
#[rustfmt::skip]
const FORMS: [(&str, &str); 20] = [
    ("Resize", "resize?width=300&height=200&type=jpeg"),
    ("Force resize", "resize?width=300&height=200&force=true"),
    ("Fit", "fit?width=300&height=200"),
    ("Crop", "crop?width=300&quality=95"),
    ("Smart crop", "smartcrop?width=300&height=260&quality=95"),
    ("Extract", "extract?top=100&left=100&areawidth=300&areaheight=150"),
    ("Enlarge", "enlarge?width=1440&height=900&quality=95"),
    ("Rotate", "rotate?rotate=180"),
    ("Rotate as EXIF says", "autorotate?quality=90"),
    ("Flip", "flip?quality=90"),
    ("Flop", "flop?quality=90"),
    ("Thumbnail", "thumbnail?width=100"),
    ("Zoom", "zoom?factor=2&areawidth=300&top=80&left=80"),
    ("Black and white", "resize?width=400&height=300&colorspace=bw"),
    ("Watermark", "watermark?textwidth=100&text=Hello&font=sans%2012&opacity=0.5&color=255,200,50"),
    ("Convert", "convert?type=png"),
    ("Blur", "blur?sigma=15.0&minampl=0.2"),
    ("Metadata", "info"),
    ("Format by Accept", "convert?type=auto"),
    ("Pipeline", "pipeline?operations=%5B%7B%22operation%22:%22crop%22,%22params%22:%7B%22width%22:300,%22height%22:260%7D%7D,%7B%22operation%22:%22convert%22,%22params%22:%7B%22type%22:%22webp%22%7D%7D%5D"),
];

/// Which words are spoken, and by whom.
pub(super) fn version() -> Worded {
    let (imaginary, bimg) = VERSIONS;
    let by = concat!("none; image-proxy ", env!("CARGO_PKG_VERSION"));
    Worded::json(StatusCode::OK, &json!({ "imaginary": imaginary, "bimg": bimg, "libvips": by }))
}

/// The header that says the same.
pub(super) fn server() -> String {
    let (imaginary, bimg) = VERSIONS;
    format!("imaginary {imaginary} (bimg {bimg})")
}

/// How the process is: times in seconds, memory in megabytes. What belongs to Go alone is 0.
pub(super) fn health(uptime: Duration) -> Worded {
    // Nothing is waited for: the kernel makes it up when it is read.
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let number = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or_default()
    };
    let megabytes = |name: &str| (number(name) / 1024.0 * 100.0).round() / 100.0;
    let held = megabytes("VmRSS");
    Worded::json(
        StatusCode::OK,
        &json!({
            "uptime": uptime.as_secs(),
            "allocatedMemory": held,
            "totalAllocatedMemory": megabytes("VmHWM"),
            "goroutines": number("Threads") as u64,
            "completedGCCycles": 0,
            "cpus": thread::available_parallelism().map_or(1, usize::from),
            "maxHeapUsage": megabytes("VmHWM"),
            "heapInUse": held,
            "objectsInUse": 0,
            "OSMemoryObtained": megabytes("VmSize"),
        }),
    )
}

/// A page with a form for each operation. Its links lead to beside the page, wherever that is.
pub(super) fn form() -> Worded {
    let mut page = String::from(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>imaginary</title></head><body>\n",
    );
    for (title, action) in FORMS {
        let action = action.replace('&', "&amp;");
        // Writing to a String cannot fail.
        let _ = write!(
            page,
            "<h1>{title}</h1>\n<form method=\"POST\" action=\"{action}\" enctype=\"multipart/form-data\">\
             <input type=\"file\" name=\"file\"><input type=\"submit\" value=\"Upload\"></form>\n"
        );
    }
    page.push_str("</body></html>\n");
    Worded { content_type: "text/html", ..Worded::text(StatusCode::OK, page) }
}
