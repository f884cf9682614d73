#!/usr/bin/env python3
"""Server CPU of a rendition asked for in the words of imaginary, beside the native words; and of pictures that are posted.

    make bench-dialects
    benches/dialects.py target/release/image-proxy photo.jpg [--rounds 7] [--requests 20] [--posts 64]

One server has both dialects and no cache. Rounds ask for the same rendition in turns, first in one dialect, then in the
other, and every second round the other way around; what counts is the median of the ratios of CPU time (from the scheduler,
by /proc). Every request is for another name of the photo, so that nothing is shared. Both must give the same bytes. The same
is done for hits of a cache in memory, on a second server. Then the photo is posted: CPU for each, and the peak of memory of a
server that has to do with so many at once. Needs python3.
"""

import argparse
import http.client
import itertools
import os
import statistics
import sys
import tempfile
import threading
from pathlib import Path

sys.dont_write_bytecode = True
from serving import MEGABYTE, Server, free_port, peak_bytes  # noqa: E402

NATIVE = "/{name}?w={width}"
IMAGINARY = "/imaginary/resize?width={width}&file={name}"
POST = "/imaginary/resize?width={width}"


def unlike(body, number=itertools.count()):
    """The same picture in other bytes, so that nothing of it is shared."""
    return body + next(number).to_bytes(4, "big")


class Dialects:
    """A server with both dialects."""

    def __init__(self, program, root, **more):
        port = free_port()
        environment = {
            "IMAGE_PROXY_BIND_ADDRESS": f"127.0.0.1:{port}",
            "IMAGE_PROXY_ROOT_PATH": str(root),
            "IMAGE_PROXY_DIALECTS": "imaginary=/imaginary",
            # Theirs refuses photos above 18 megapixels unless it is told another bound.
            "IMAGE_PROXY_IMAGINARY_ARGS": f"-mount {root} -max-allowed-resolution 100",
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

    def cpu_seconds(self):
        """CPU time of all threads that there are."""
        threads = Path(f"/proc/{self.server.process.pid}/task").iterdir()
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9

    def cost(self, targets, body=None):
        """CPU of one request, in milliseconds."""
        before = self.cpu_seconds()
        for target in targets:
            status, _ = self.ask(target, body and unlike(body))
            if status != 200:
                sys.exit(f"{target}: status {status}")
        return (self.cpu_seconds() - before) * 1000 / len(targets)

    def peak_bytes(self):
        return peak_bytes(self.server.process.pid)


def compare(server, words, rounds):
    """The median cost of each way to ask, and of the ratio of the second to the first; `words` gives the targets of a round."""
    costs = []
    for number in range(rounds):
        both = [0, 1] if number % 2 == 0 else [1, 0]
        measured = {way: server.cost(words(way, number)) for way in both}
        costs.append([measured[0], measured[1]])
    first, second = (statistics.median(column) for column in zip(*costs))
    return first, second, statistics.median(second / first for first, second in costs)


def crowd(server, target, body, number):
    """Posts as many at once; the statuses."""
    statuses, gate = [], threading.Barrier(number)

    def post():
        gate.wait()
        statuses.append(server.ask(target, unlike(body))[0])

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
    ways = NATIVE, IMAGINARY
    with tempfile.TemporaryDirectory(prefix="dialects-") as root:
        names = [f"{number}{photo.suffix}" for number in range(2 * arguments.rounds * arguments.requests + 2)]
        (Path(root) / names[0]).write_bytes(body)
        for name in names[1:]:
            os.link(Path(root) / names[0], Path(root) / name)

        def target(way, name):
            return ways[way].format(name=name, width=arguments.width)

        def once(way, number):
            """Names that were never asked for."""
            first = 1 + (2 * number + way) * arguments.requests
            return [target(way, name) for name in names[first : first + arguments.requests]]

        post = POST.format(width=arguments.width)
        with Dialects(arguments.program, root) as server:
            if server.ask(target(0, names[0]))[1] != server.ask(target(1, names[-1]))[1]:
                sys.exit("the two dialects give other bytes")
            native, imaginary, ratio = compare(server, once, arguments.rounds)
            print(f"a rendition of {photo.name}: native {native:.2f} ms of CPU, imaginary {imaginary:.2f} ms: {ratio:.3f}")
            server.ask(post, body)
            costs = [server.cost([post] * arguments.requests, body) for _ in range(arguments.rounds)]
            print(f"the same, posted: {statistics.median(costs):.2f} ms of CPU", flush=True)
        with Dialects(arguments.program, root, IMAGE_PROXY_ENABLE_CACHE="true") as server:
            for way in range(len(ways)):
                server.ask(target(way, names[0]))
            native, imaginary, ratio = compare(server, lambda way, _: [target(way, names[0])] * arguments.hits, arguments.rounds)
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
