#!/usr/bin/env python3
"""Server CPU per request for untouched files and memory hits, beside nginx and Varnish on the same machine.

    make bench-serving
    benches/serving.py target/release/image-proxy [another-build ...] [--rounds 7] [--seconds 1] [--cases hit,20k]

All servers run at once and are loaded in turn, in short slices, round after round, so that whatever else the machine
does hits all of them alike. What counts is the ratio of the medians of CPU time per request, read from /proc for all
processes of a server; requests per second say more about wrk, which shares the cores. Needs wrk and python3; nginx and
varnishd take part where they are installed. With several builds of image-proxy they are compared as well.
"""

import argparse
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

CASES = {"hit": "memory hit, 20 KB", "20k": "file, 20 KB", "100k": "file, 100 KB", "4m": "file, 4 MB"}
FILES = {"20k": 20_000, "100k": 100_000, "4m": 4_000_000}
RENDITION = "/photo.jpg?size=512&format=jpeg"
MEGABYTE = 1_000_000
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")

NGINX = """
worker_processes {workers}; pid {folder}/nginx.pid; error_log {folder}/error.log warn; daemon off; user root;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; default_type image/jpeg;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; {open_file_cache}
  proxy_cache_path {folder}/cache keys_zone=z:8m max_size=200m;
  server {{
    listen 127.0.0.1:{port} reuseport;
    root {files};
    location = /photo.jpg {{ proxy_pass http://127.0.0.1:{origin}; proxy_cache z; proxy_cache_valid 200 1h; }}
  }}
}}
"""


class Server:
    """A running server and what it is asked for."""

    def __init__(self, name, command, port, cases, environment=None):
        self.name, self.port, self.cases = name, port, cases
        self.process = subprocess.Popen(
            command,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 20
        while True:
            if self.process.poll() is not None:
                sys.exit(f"{name} ended with status {self.process.returncode}: {' '.join(map(str, command))}")
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", port)) == 0:
                    return
            if time.monotonic() > deadline:
                sys.exit(f"{name} does not listen on port {port}")
            time.sleep(0.05)

    def stop(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def url(self, case):
        return f"http://127.0.0.1:{self.port}" + (RENDITION if case == "hit" else f"/{case}.jpg")

    def cpu_seconds(self):
        return cpu_seconds(self.process.pid)


def family(process):
    """A process and everything below it."""
    children = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        fields = stat_fields(entry)
        if fields:
            children.setdefault(int(fields[1]), []).append(int(entry))
    waiting = [process]
    while waiting:
        member = waiting.pop()
        waiting += children.get(member, [])
        yield member


def cpu_seconds(process):
    """User and system time of a process and everything below it."""
    known = filter(None, map(stat_fields, family(process)))
    return sum(sum(map(int, fields[11:15])) for fields in known) / TICKS_PER_SECOND


def peak_bytes(process):
    """The most memory that a process and everything below it held."""
    statuses = (Path(f"/proc/{member}/status").read_text() for member in family(process))
    return sum(int(re.search(r"VmHWM:\s+(\d+)", status)[1]) for status in statuses) * 1024


def stat_fields(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None


def installed(program):
    """Where a server is, which need not be in the path of users."""
    return shutil.which(program, path="/usr/sbin:" + os.environ["PATH"])


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def load(server, case, seconds, connections):
    """CPU microseconds and requests per second of one slice."""
    before = server.cpu_seconds()
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", server.url(case)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    used = server.cpu_seconds() - before
    requests, took = re.search(r"(\d+) requests in ([\d.]+)s", output).groups()
    if "Non-2xx" in output or "Socket errors" in output:
        sys.exit(f"{server.name}, {case}: not all answers were good\n{output}")
    return used / int(requests) * 1e6, int(requests) / float(took)


def start(arguments, folder, servers):
    """Starts everything; appends to `servers` as it goes, so that whatever started is stopped."""
    files = folder / "files"
    files.mkdir()
    for name, length in FILES.items():
        # Ours looks at the first bytes only.
        (files / f"{name}.jpg").write_bytes(b"\xff\xd8\xff\xe0" + os.urandom(length - 4))
    photo = Path(__file__).parent.parent / "data/images/nature/dandelion.jpg"
    shutil.copy(photo, files / "photo.jpg")
    for number, program in enumerate(arguments.programs):
        port = free_port()
        name = "image-proxy" if len(arguments.programs) == 1 else Path(program).name
        environment = {
            "IMAGE_PROXY_BIND_ADDRESS": f"127.0.0.1:{port}",
            "IMAGE_PROXY_ROOT_PATH": str(files),
            "IMAGE_PROXY_ENABLE_CACHE": "true",
            "RUST_LOG": "WARN",
        }
        servers.append(Server(name, [program], port, list(CASES), environment))
    origin = servers[0].port
    nginx = installed("nginx")
    if nginx:
        for name, open_file_cache in [("nginx", ""), ("nginx+ofc", "open_file_cache max=1000 inactive=60s;")]:
            port, own = free_port(), folder / name
            own.mkdir()
            text = NGINX.format(
                workers=os.cpu_count(), folder=own, files=files, port=port, origin=origin,
                open_file_cache=open_file_cache,
            )
            (own / "nginx.conf").write_text(text)
            servers.append(Server(name, [nginx, "-p", own, "-c", own / "nginx.conf"], port, list(CASES)))
    varnish = installed("varnishd")
    if varnish:
        port, own = free_port(), folder / "varnish"
        command = [varnish, "-F", "-n", own, "-a", f"127.0.0.1:{port}", "-b", f"127.0.0.1:{origin}"]
        servers.append(Server("varnish", command + ["-s", "malloc,200m"], port, ["hit"]))
    for server in servers:
        for case in server.cases:
            with urllib.request.urlopen(server.url(case)) as answer:
                body = answer.read()
            if case == "hit":
                print(f"{server.name}: a hit has {len(body)} bytes")
            elif body != (files / f"{case}.jpg").read_bytes():
                sys.exit(f"{server.name} sent other bytes for {case}")


def report(results, servers, base):
    print(f"\nCPU microseconds per request, median (ratio to {base}; least; requests per second)")
    for case, title in CASES.items():
        slices = {server.name: results[server.name, case] for server in servers if (server.name, case) in results}
        if not slices:
            continue
        print(f"\n{title}")
        medians = {name: statistics.median(cost for cost, _ in taken) for name, taken in slices.items()}
        for name, taken in slices.items():
            ratio = f"{medians[name] / medians[base]:5.2f}" if base in medians else "    -"
            least = min(cost for cost, _ in taken)
            rate = statistics.median(rate for _, rate in taken)
            print(f"  {name:16} {medians[name]:8.1f}  {ratio}  {least:8.1f}  {rate:9.0f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="+")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=1)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--base", default="nginx")
    arguments = parser.parse_args()
    servers, results = [], {}
    with tempfile.TemporaryDirectory(prefix="serving-") as folder:
        # Varnish's worker drops its rights and must still reach its files.
        os.chmod(folder, 0o755)
        try:
            start(arguments, Path(folder), servers)
            for number in range(arguments.rounds + 1):
                for case in arguments.cases.split(","):
                    # Each round begins with another server, so that none always follows the same one.
                    turned = servers[number % len(servers):] + servers[: number % len(servers)]
                    for server in (server for server in turned if case in server.cases):
                        measured = load(server, case, arguments.seconds, arguments.connections)
                        # The first round warms up.
                        if number > 0:
                            results.setdefault((server.name, case), []).append(measured)
            report(results, servers, arguments.base)
        finally:
            for server in servers:
                server.stop()


if __name__ == "__main__":
    main()
