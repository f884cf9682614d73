#!/usr/bin/env python3
"""Server CPU of a rendition asked for in the words of imaginary, beside the native words; and of pictures that are posted.

    make bench-dialects
    benches/dialects.py target/release/image-proxy photo.jpg [--rounds 7] [--requests 20] [--posts 64]

One server has both dialects and no cache. Rounds ask for the same rendition in turns, first in one dialect, then in the
other, and every second round the other way around; what counts is the median of the ratios of CPU time (user and system,
from /proc). Both must give the same bytes. The same is done for hits of a cache in memory, on a second server. Then the
photo is posted: CPU for each, and the peak of memory of a server that has to do with so many at once. Needs python3.
"""

import argparse
import http.client
import os
import statistics
import sys
import tempfile
import threading
from pathlib import Path

sys.dont_write_bytecode = True
from serving import Server, free_port  # noqa: E402

NATIVE = "/{name}?w={width}"
IMAGINARY = "/imaginary/resize?width={width}&file={name}"
POST = "/imaginary/resize?width={width}"
MEGABYTE = 1_000_000


class Dialects:
    """A server with both dialects."""

    def __init__(self, program, root, **more):
        port = free_port()
        environment = {
            "IMAGE_PROXY_BIND_ADDRESS": f"127.0.0.1:{port}",
            "IMAGE_PROXY_ROOT_PATH": str(root),
            "IMAGE_PROXY_DIALECTS": "imaginary=/imaginary",
            "IMAGE_PROXY_IMAGINARY_ARGS": f"-mount {root}",
            "RUST_LOG": "WARN",
            **more,
        }
        self.server = Server("image-proxy", [program], port, [], environment)
        self.port = port

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.stop()

    def ask(self, target, body=None):
        """The status and the bytes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request("GET" if body is None else "POST", target, body, {"Content-Type": "image/jpeg"} if body else {})
        answer = connection.getresponse()
        result = answer.status, answer.read()
        connection.close()
        return result

    def cost(self, target, requests, body=None):
        """CPU of one request, in milliseconds."""
        before = self.server.cpu_seconds()
        for _ in range(requests):
            status, _ = self.ask(target, body)
            if status != 200:
                sys.exit(f"{target}: status {status}")
        return (self.server.cpu_seconds() - before) * 1000 / requests

    def peak_bytes(self):
        for line in Path(f"/proc/{self.server.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        return 0


def compare(server, targets, rounds, requests):
    """The median cost of each target, and of the ratio of the second to the first."""
    costs = []
    for number in range(rounds):
        order = targets if number % 2 == 0 else targets[::-1]
        measured = {target: server.cost(target, requests) for target in order}
        costs.append([measured[target] for target in targets])
    first, second = (statistics.median(column) for column in zip(*costs))
    return first, second, statistics.median(second / first for first, second in costs)


def crowd(server, target, body, number):
    """Posts as many at once; the statuses."""
    statuses, gate = [], threading.Barrier(number)

    def post():
        gate.wait()
        statuses.append(server.ask(target, body)[0])

    threads = [threading.Thread(target=post) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("photo", type=Path)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--requests", type=int, default=20)
    parser.add_argument("--hits", type=int, default=2000)
    parser.add_argument("--posts", type=int, default=64)
    parser.add_argument("--width", type=int, default=400)
    arguments = parser.parse_args()
    photo, body = arguments.photo, arguments.photo.read_bytes()
    targets = [words.format(name=photo.name, width=arguments.width) for words in (NATIVE, IMAGINARY)]
    with tempfile.TemporaryDirectory(prefix="dialects-") as root:
        (Path(root) / photo.name).write_bytes(body)
        with Dialects(arguments.program, root) as server:
            if server.ask(targets[0])[1] != server.ask(targets[1])[1]:
                sys.exit("the two dialects give other bytes")
            native, imaginary, ratio = compare(server, targets, arguments.rounds, arguments.requests)
            print(f"a rendition of {photo.name}: native {native:.2f} ms of CPU, imaginary {imaginary:.2f} ms: {ratio:.3f}")
            post = POST.format(width=arguments.width)
            server.ask(post, body)
            costs = [server.cost(post, arguments.requests, body) for _ in range(arguments.rounds)]
            print(f"the same, posted: {statistics.median(costs):.2f} ms of CPU", flush=True)
        with Dialects(arguments.program, root, IMAGE_PROXY_ENABLE_CACHE="true") as server:
            for target in targets:
                server.ask(target)
            native, imaginary, ratio = compare(server, targets, arguments.rounds, arguments.hits)
            print(f"a hit: native {native * 1000:.0f} us of CPU with its connection, imaginary {imaginary * 1000:.0f} us:"
                  f" {ratio:.3f}", flush=True)
        with Dialects(arguments.program, root) as server:
            idle = server.peak_bytes()
            statuses = crowd(server, post, body, arguments.posts)
            counts = {status: statuses.count(status) for status in sorted(set(statuses))}
            print(f"{arguments.posts} posts at once: statuses {counts}, peak {server.peak_bytes() / MEGABYTE:.0f} MB"
                  f" ({idle / MEGABYTE:.0f} MB before), {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
