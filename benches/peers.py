#!/usr/bin/env python3
"""CPU time, bytes and SSIMULACRA2 of renditions, beside sharp from npm in a bare Node server.

    make bench-peers
    benches/peers.py target/release/image-proxy --cases jpeg400,webp800 --rounds 10

Both servers run at once and take turns, a few requests at a time, so that whatever else the machine does hits both alike.
What counts is the ratio of the medians of CPU time per request, read from /proc for all processes of a server. The
pictures are made from data/images. Needs node and npm, and fetches sharp once; scores come from `--score`, a program that
takes pairs of files and prints a line for each (`cargo bench --bench score`).
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from serving import MEGABYTE, Server, free_port, peak_bytes

HERE = Path(__file__).parent
SHARP_VERSION = "0.35.5"
# Name: what it shows, original, size, format, what sharp is told besides, and the aim for the ratio.
CASES = {
    "jpeg400": ("12 MP JPEG to 400 px JPEG", "12mp.jpg", 400, "jpeg", "&quality=80", 0.6),
    "progressive400": ("12 MP progressive JPEG to 400 px JPEG", "12mp-progressive.jpg", 400, "jpeg", "&quality=80", 0.15),
    "jpeg800": ("2 MP JPEG to 800 px JPEG", "2mp.jpg", 800, "jpeg", "&quality=80", 0.45),
    "large800": ("24 MP JPEG to 800 px JPEG", "24mp.jpg", 800, "jpeg", "&quality=80", None),
    "webp800": ("12 MP JPEG to 800 px WebP", "12mp.jpg", 800, "webp", "&quality=80", 0.75),
    "alpha400": ("PNG with alpha to 400 px WebP", "alpha.png", 400, "webp", "&quality=80", 0.55),
    "webp2jpeg": ("2 MP WebP to 400 px JPEG", "2mp.webp", 400, "jpeg", "&quality=80", 0.8),
    "avif2jpeg": ("2 MP AVIF to 400 px JPEG", "2mp.avif", 400, "jpeg", "&quality=80", 0.8),
    "avif800": ("2 MP JPEG to 800 px AVIF", "2mp.jpg", 800, "avif", "&quality=60", 0.04),
    "avif800fast": ("the same beside sharp's effort 0", "2mp.jpg", 800, "avif", "&quality=60&effort=0", 0.8),
    "png2png": ("PNG photo to 800 px PNG", "photo.png", 800, "png", "", 0.3),
    "animation": ("animated GIF to 120 px WebP", "animation.gif", 120, "webp", "&quality=80&animated", 0.9),
}


def fetched_sharp():
    """The folder with sharp, installed by npm where it is missing."""
    folder = HERE.parent / "target" / "peers"
    if not (folder / "node_modules/sharp").is_dir():
        for program in ["node", "npm"]:
            if not shutil.which(program):
                sys.exit(f"{program} is missing (in Debian: apt-get install nodejs npm)")
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", f"sharp@{SHARP_VERSION}"]
        subprocess.run(command, cwd=folder, check=True)
    shutil.copy(HERE / "peers/sharp.mjs", folder)
    return folder


def fetch(url):
    with urllib.request.urlopen(url) as answer:
        return answer.read()


def fresh(folder, name):
    """Another name for the same file: what was decoded for one of them is of no use to the others."""
    path = folder / f"{uuid.uuid4()}-{name}"
    os.link(folder / name, path)
    return path.name


def load(server, query, names, connections):
    """CPU milliseconds a request of one turn."""
    before = server.cpu_seconds()
    urls = [f"http://127.0.0.1:{server.port}/{name}?{query}" for name in names]
    with ThreadPoolExecutor(connections) as threads:
        list(threads.map(fetch, urls))
    return (server.cpu_seconds() - before) / len(names) * 1e3


def measure(case, ours, sharp, folder, arguments):
    _, name, size, output, extra, _ = CASES[case]
    queries = {ours: f"size={size}&format={output}", sharp: f"size={size}&format={output}{extra}"}
    bodies = {
        server.name: fetch(f"http://127.0.0.1:{server.port}/{name}?{query}") for server, query in queries.items()
    }
    taken = {server.name: [] for server in queries}
    for number in range(arguments.rounds):
        turned = list(queries)[:: -1 if number % 2 else 1]
        for server in turned:
            names = [fresh(folder, name) for _ in range(arguments.requests)]
            taken[server.name].append(load(server, queries[server], names, arguments.connections))
    return bodies, {name: statistics.median(costs) for name, costs in taken.items()}


def scores(case, bodies, folder, arguments):
    """SSIMULACRA2 of ours and sharp's against a whole decode."""
    _, name, size, output, _, _ = CASES[case]
    if not arguments.score or output == "png" or case == "animation":
        return "-", "-"
    reference = folder / "reference.png"
    subprocess.run(["node", "sharp.mjs", "refer", folder, name, str(size), reference], cwd=fetched_sharp(), check=True)
    pairs = []
    for number, body in enumerate(bodies.values()):
        path = folder / f"{number}.{output}"
        path.write_bytes(body)
        pairs += [reference, path]
    printed = subprocess.run([*arguments.score.split(), *map(str, pairs)], capture_output=True, text=True, check=True)
    return printed.stdout.split()[-2:]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=4)
    parser.add_argument("--connections", type=int, default=2)
    parser.add_argument("--originals", help="a folder with pictures of your own by the names in CASES")
    parser.add_argument("--score")
    arguments = parser.parse_args()
    sharp_folder = fetched_sharp()
    with tempfile.TemporaryDirectory(prefix="peers-") as folder:
        images = HERE.parent / "data/images"
        if arguments.originals:
            shutil.copytree(arguments.originals, folder, dirs_exist_ok=True)
        else:
            subprocess.run(["node", "sharp.mjs", "make", images, folder], cwd=sharp_folder, check=True)
        ports, servers = [free_port(), free_port()], []
        environment = {
            "IMAGE_PROXY_BIND_ADDRESS": f"127.0.0.1:{ports[0]}",
            "IMAGE_PROXY_ROOT_PATH": folder,
            "IMAGE_PROXY_JPEG_QUALITY": "80",
            "IMAGE_PROXY_AVIF_QUALITY": "80",
            "RUST_LOG": "WARN",
        }
        try:
            servers.append(Server("image-proxy", [arguments.program], ports[0], [], environment))
            script = sharp_folder / "sharp.mjs"
            servers.append(Server("sharp", ["node", script, "serve", folder, str(ports[1])], ports[1], []))
            print("| Rendition | CPU ms, ours | CPU ms, sharp | Ratio | Aim | Bytes, ours / sharp | SSIMULACRA2, ours / sharp |")
            print("| --- | --- | --- | --- | --- | --- | --- |")
            for case in arguments.cases.split(","):
                bodies, costs = measure(case, *servers, Path(folder), arguments)
                ours, sharp = scores(case, bodies, Path(folder), arguments)
                title, aim = CASES[case][0], CASES[case][-1]
                ratio = costs["image-proxy"] / costs["sharp"]
                lengths = " / ".join(f"{len(body):,}" for body in bodies.values())
                print(
                    f"| {title} | {costs['image-proxy']:.1f} | {costs['sharp']:.1f} | {ratio:.2f} | {aim or ''} "
                    f"| {lengths} | {ours} / {sharp} |",
                    flush=True,
                )
            held = [f"{server.name} {peak_bytes(server.process.pid) / MEGABYTE:.0f} MB" for server in servers]
            print(f"\nThe most memory that was held: {', '.join(held)}.")
        finally:
            for server in servers:
                server.stop()


if __name__ == "__main__":
    main()
