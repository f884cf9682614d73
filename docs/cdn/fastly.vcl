# Fastly in front of image-proxy: two snippets of a service. Fastly keeps one entry for each value of the headers in `Vary`.

# Snippet of the type `recv`.
if (req.http.Accept ~ "(?i)image/avif" && req.http.Accept !~ "(?i)image/avif\s*;\s*q=0(\.0*)?\s*(,|;|$)") {
  set req.http.Accept = "image/avif,image/webp";
} else if (req.http.Accept ~ "(?i)image/webp" && req.http.Accept !~ "(?i)image/webp\s*;\s*q=0(\.0*)?\s*(,|;|$)") {
  set req.http.Accept = "image/webp";
} else {
  set req.http.Accept = "*/*";
}
unset req.http.Cookie;

# Snippet of the type `fetch`: images are not compressed again, so that nothing else joins `Vary`.
if (beresp.http.Content-Type ~ "^image/") {
  unset beresp.http.Set-Cookie;
}
