#!/usr/bin/env python3
"""Server CPU of a page's worth of renditions of one original at once (a `srcset`), beside the same ones alone.

    make bench-burst
    benches/burst.py target/release/image-proxy photo.jpg [another.jpg ...] [--rounds 3] [--widths 320,480,640]

Each round asks a fresh server for all renditions at once, and then for each of them another fresh server, so that nothing
is cached or shared. What counts is the ratio of the CPU time (user and system, from /proc) of the burst to the sum of the
lone ones; both must give the same bytes. The stages are sums of Server-Timing, in milliseconds: times on the clock, which
grow where the cores have other work to do. Needs python3; settings come from the environment (IMAGE_PROXY_WEBP_EFFORT=2).
"""

import argparse
import os
import re
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

sys.dont_write_bytecode = True
from serving import Server, free_port  # noqa: E402

WIDTHS = "320,480,640,960,1280,1920"
FORMATS = "jpeg,webp,avif"
STAGES = ["queue_wait", "read", "decode", "resize", "colour", "encode"]


class Fresh:
    """A server of its own for one measurement."""

    def __init__(self, program, root):
        port = free_port()
        environment = {
            "IMAGE_PROXY_BIND_ADDRESS": f"127.0.0.1:{port}",
            "IMAGE_PROXY_ROOT_PATH": str(root),
            "RUST_LOG": "WARN",
        }
        self.server = Server("image-proxy", [program], port, [], environment)
        self.address = f"http://127.0.0.1:{port}"
        self.before = self.server.cpu_seconds()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.stop()

    def get(self, target):
        """The bytes and the stages, in milliseconds."""
        with urllib.request.urlopen(self.address + target) as answer:
            stages = re.findall(r"(\w+);dur=([\d.]+)", answer.headers.get("Server-Timing", ""))
            return answer.read(), {name: float(time) for name, time in stages}

    def used(self):
        return self.server.cpu_seconds() - self.before


def together(program, root, targets):
    """All targets at once, each on a connection of its own."""
    answers, gate = {}, threading.Barrier(len(targets))
    with Fresh(program, root) as fresh:
        def ask(target):
            gate.wait()
            answers[target] = fresh.get(target)

        threads = [threading.Thread(target=ask, args=[target]) for target in targets]
        started = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.monotonic() - started
        return answers, fresh.used(), took


def alone(program, root, targets):
    """Each target from a server that has nothing else to do."""
    answers, used, took = {}, 0, 0
    for target in targets:
        with Fresh(program, root) as fresh:
            started = time.monotonic()
            answers[target] = fresh.get(target)
            took += time.monotonic() - started
            used += fresh.used()
    return answers, used, took


def stages(answers):
    sums = {stage: sum(times.get(stage, 0) for _, times in answers.values()) for stage in STAGES}
    return "  ".join(f"{stage} {total:.0f}" for stage, total in sums.items() if total >= 0.5)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("originals", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--widths", default=WIDTHS, help="values of `size`")
    parser.add_argument("--formats", default=FORMATS)
    arguments = parser.parse_args()
    sizes = [(width, form) for width in arguments.widths.split(",") for form in arguments.formats.split(",")]
    for original in arguments.originals:
        targets = [f"/{original.name}?size={width}&format={form}" for width, form in sizes]
        costs = []
        with tempfile.TemporaryDirectory(prefix="burst-") as root:
            (Path(root) / original.name).write_bytes(original.read_bytes())
            for _ in range(arguments.rounds):
                burst, used, took = together(arguments.program, root, targets)
                lone, lone_used, lone_took = alone(arguments.program, root, targets)
                different = [target for target in targets if burst[target][0] != lone[target][0]]
                if different:
                    sys.exit(f"other bytes in a burst than alone: {different}")
                costs.append((used, lone_used, took, lone_took))
        used, lone_used, took, lone_took = (statistics.median(column) for column in zip(*costs))
        ratio = statistics.median(burst / lone for burst, lone, *_ in costs)
        print(f"\n{original.name}: {len(targets)} renditions at once {used:.2f} s of CPU, each alone {lone_used:.2f} s:"
              f" {ratio:.2f}  (on the clock {took:.2f} and {lone_took:.2f} s)")
        print(f"  at once, ms: {stages(burst)}\n  alone, ms:   {stages(lone)}", flush=True)


if __name__ == "__main__":
    main()
