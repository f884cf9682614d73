#!/usr/bin/env python3
"""Server CPU for an untouched object of a bucket, beside a bare loop that fetches it and throws it away, and beside a bare
relay: the same loop, where what comes goes on to a client.

    make bench-storage
    benches/storage.py target/release/image-proxy [another-build ...] --fetch "cargo bench --bench fetch --"

nginx stands for the store: it has names, ranges, tags and conditions as S3 has them, and asks for no signature. All take
turns, round after round; what counts is the ratio of the medians. Needs wrk, nginx and python3.
"""

import argparse
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from serving import Server, free_port, installed, load

OBJECT = "100k.jpg"
LENGTH = 100_000
REQUESTS = 10_000

NGINX = """
worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log warn; daemon off; user root;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; default_type image/jpeg;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""


class Served(Server):
    """A server whose object is asked for."""

    def url(self, case):
        return f"http://127.0.0.1:{self.port}/{case}"


def store(folder):
    """The server of objects, with one in its bucket."""
    (folder / "bucket").mkdir()
    # Ours looks at the first bytes only.
    (folder / "bucket" / OBJECT).write_bytes(b"\xff\xd8\xff\xe0" + os.urandom(LENGTH - 4))
    port = free_port()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    program = installed("nginx") or sys.exit("nginx is missing")
    return Served("nginx", [program, "-p", folder, "-c", folder / "nginx.conf"], port, [])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="+")
    parser.add_argument("--fetch", required=True)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--connections", type=int, default=8)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="storage-") as folder:
        servers = [store(Path(folder))]
        try:
            source = f"http://127.0.0.1:{servers[0].port}"
            for program in arguments.programs:
                port = free_port()
                environment = {
                    "IMAGE_PROXY_BIND_ADDRESS": f"127.0.0.1:{port}",
                    "IMAGE_PROXY_ROOT_URL": "s3://bucket",
                    "IMAGE_PROXY_BUCKET_TTL": "1h",
                    "AWS_ENDPOINT_URL": source,
                    "AWS_ACCESS_KEY_ID": "me",
                    "AWS_SECRET_ACCESS_KEY": "secret",
                    "RUST_LOG": "WARN",
                }
                servers.append(Served(program, [program], port, [], environment))
                with urllib.request.urlopen(servers[-1].url(OBJECT)) as answer:
                    if len(answer.read()) != LENGTH:
                        sys.exit(f"{program} sent other bytes")
            bare = [*shlex.split(arguments.fetch), f"{source}/bucket/{OBJECT}"]
            fetch, port = [*bare, str(REQUESTS), str(arguments.connections)], free_port()
            servers.append(Served("a bare relay", [*bare, f"127.0.0.1:{port}"], port, []))
            taken = {}
            # The first round warms up.
            for number in range(arguments.rounds + 1):
                round_of = [("a bare loop", float(subprocess.run(fetch, capture_output=True, check=True).stdout))]
                round_of += [(server.name, load(server, OBJECT, 1, arguments.connections)[0]) for server in servers[1:]]
                for name, microseconds in round_of if number else []:
                    taken.setdefault(name, []).append(microseconds)
        finally:
            for server in servers:
                server.stop()
    base = statistics.median(taken["a bare loop"])
    print("CPU microseconds for each object, median (ratio to the bare loop; least)")
    for name, costs in taken.items():
        median = statistics.median(costs)
        print(f"  {name:40} {median:8.1f}  {median / base:5.2f}  {min(costs):8.1f}")


if __name__ == "__main__":
    main()
