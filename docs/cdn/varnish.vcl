# Varnish in front of image-proxy. Varnish itself keeps one entry for each value of the headers in `Vary`; here `Accept`
# has three.
vcl 4.1;

backend default {
    .host = "image-proxy";
    .port = "8000";
}

sub vcl_recv {
    # Images are the same for everybody.
    unset req.http.Cookie;
    if (req.http.Accept ~ "(?i)image/avif(?!\s*;\s*q=0(\.0*)?\s*(,|;|$))") {
        set req.http.Accept = "image/avif,image/webp";
    } else if (req.http.Accept ~ "(?i)image/webp(?!\s*;\s*q=0(\.0*)?\s*(,|;|$))") {
        set req.http.Accept = "image/webp";
    } else {
        set req.http.Accept = "*/*";
    }
}
