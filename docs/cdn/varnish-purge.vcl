# Purges by tag, to be put behind varnish.vcl. Needs the module xkey (in Debian: varnish-modules), and image-proxy with
# IMAGE_PROXY_SURROGATE_KEY_HEADER=xkey.
import xkey;

acl purgers {
    "localhost";
}

sub vcl_recv {
    if (req.method == "PURGE") {
        if (client.ip !~ purgers) {
            return (synth(403, "Forbidden"));
        }
        # Tags with spaces between them. What has any of them is gone, whatever its URL.
        return (synth(200, "Purged " + xkey.purge(req.http.xkey)));
    }
}

sub vcl_deliver {
    # Nobody behind Varnish has a use for them.
    unset resp.http.xkey;
}
