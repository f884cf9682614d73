#!/usr/bin/env python3
"""What `q=auto` and its words come to: scores, bytes beside a fixed quality, how far a quality carries, and CPU time.

    benches/targets.py target/release/image-proxy --score "cargo bench --quiet --bench score --"
    benches/targets.py target/release/image-proxy --score "..." --curve

The pictures are those of benches/encoders and every second one of benches/smart, made PNG of at most 1600 pixels a side, so
that no quality of their own bounds them. `--curve` prints the mean scores that src/pipeline/target/curve.rs has, over the
first of these alone. Scores are SSIMULACRA2 beside the rendition as PNG. CPU is user and system time of the server, all
threads, by /proc; for that the originals are asked as they are.
"""

import argparse
import csv
import os
import shlex
import shutil
import statistics
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path

import smart

HERE = Path(__file__).resolve().parent
FORMATS = ["jpeg", "webp", "avif"]
TARGETS = {"low": 55, "medium-low": 63, "medium": 70, "medium-high": 75, "high": 80}
COPY_PIXELS = 250_000
SHIPPED = [
    "people/astronaut.jpg",
    "people/photographer.jpg",
    "nature/dandelion.jpg",
    "nature/dandelion-close-up.avif",
    "nature/grass.png",
    "animals/cat.webp",
    "summer trip/café.jpg",
    "space/hubble-deep-field.jpg",
    "space/rocket.png",
    "science/retina.tiff",
    "science/handwriting.png",
    "icons/camera.png",
    "icons/monkey.svg",
]
CURVE = [1, 5, 10, 20, 30, 40, 50, 60, 70, 75, 80, 85, 90, 95, 100]
BATCH = 24


class Bench:
    """A server over a folder, and the means to score what it sends."""

    def __init__(self, program, score, folder, root):
        self.score, self.folder = shlex.split(score or ""), folder
        self.server, self.address = smart.serve(program, root)
        (folder / "sent").mkdir(exist_ok=True)

    def get(self, name, query):
        url = f"http://{self.address}/{urllib.parse.quote(name)}?{query}"
        with urllib.request.urlopen(url) as answer:
            return answer.read(), answer.headers

    def saved(self, name, query, ending):
        """A rendition in a file; its path, its length and what is said of its quality."""
        path = self.folder / "sent" / f"{len(os.listdir(self.folder / 'sent'))}.{ending}"
        content, headers = self.get(name, query)
        path.write_bytes(content)
        return path, len(content), headers.get("x-image-proxy-quality", "")

    def scores(self, pairs):
        found = []
        for at in range(0, len(pairs), BATCH):
            paths = [str(path) for pair in pairs[at : at + BATCH] for path in pair]
            lines = subprocess.run([*self.score, *paths], check=True, capture_output=True, text=True).stdout.split()
            found += [float(line) for line in lines]
        shutil.rmtree(self.folder / "sent")
        (self.folder / "sent").mkdir()
        return found

    def cpu(self):
        """Milliseconds of all threads."""
        tasks = Path(f"/proc/{self.server.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e6

    def spent(self, work):
        # What is kept for the next rendition is given up after a second.
        time.sleep(1.2)
        before = self.cpu()
        work()
        return self.cpu() - before


def originals(folder):
    """The pictures as they are, by name: the shipped ones first."""
    with open(HERE / "smart/marks.tsv", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["package"] != "data/images"]
    names = smart.gathered(rows[::2], folder)
    for number, path in enumerate(SHIPPED):
        name = f"s{number:02}{Path(path).suffix}"
        shutil.copy(HERE.parent / "data/images" / path, folder / "root" / name)
    return [f"s{number:02}{Path(path).suffix}" for number, path in enumerate(SHIPPED)] + sorted(names.values())


def lossless(bench, names, folder):
    """A folder of the same pictures as PNG."""
    (folder / "lossless").mkdir(exist_ok=True)
    sides = {}
    for name in names:
        png = f"{Path(name).stem}.png"
        content, _ = bench.get(name, "size=1600&format=png&bg=white")
        (folder / "lossless" / png).write_bytes(content)
        sides[png] = (int.from_bytes(content[16:20]), int.from_bytes(content[20:24]))
    return sides


def copy_width(sides):
    width, height = sides
    return min(width, int(width * (COPY_PIXELS / (width * height)) ** 0.5))


def score_all(bench, wanted):
    """Scores, lengths and headers of (name, width, format, query)."""
    pairs, told, references = [], [], {}
    for name, width, kind, query in wanted:
        if (name, width) not in references:
            references[name, width] = bench.saved(name, f"w={width}&format=png", "png")[0]
        path, length, header = bench.saved(name, f"w={width}&format={kind}&{query}", kind)
        pairs.append((references[name, width], path))
        told.append((length, header))
    return [(score, *rest) for score, rest in zip(bench.scores(pairs), told)]


def curve(bench, sides):
    for kind in FORMATS:
        names = [name for name in sides if name.startswith("s")]
        wanted = [(name, copy_width(sides[name]), kind, f"q={q}") for q in CURVE for name in names]
        scores = [score for score, *_ in score_all(bench, wanted)]
        for at, q in enumerate(CURVE):
            part = scores[at * len(names) : (at + 1) * len(names)]
            print(f"{kind} ({q}, {statistics.mean(part):.1f}), from {min(part):.1f} to {max(part):.1f}")


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def targets(bench, sides):
    print("| Format | Target | Mean score | Within 2 | Error, 90 % and worst | Said to miss | Below by more, unsaid |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for kind in FORMATS:
        for word, target in TARGETS.items():
            wanted = [(name, copy_width(size), kind, f"q={word}") for name, size in sides.items()]
            told = score_all(bench, wanted)
            errors = {name: score - target for name, (score, *_) in zip(sides, told)}
            missed = {name for name, (_, _, header) in zip(sides, told) if "missed" in header}
            within = sum(abs(error) <= 2 for error in errors.values()) / len(errors)
            sizes = sorted(abs(error) for error in errors.values())
            unsaid = sum(error < -2 and name not in missed for name, error in errors.items())
            worst = max(errors.values(), key=abs)
            print(
                f"| {kind} | {word} ({target}) | {statistics.mean(score for score, *_ in told):.1f} | {within:.0%} |"
                f" {quantile(sizes, 0.9):.1f}, {worst:+.1f} | {len(missed)} | {unsaid} |",
                flush=True,
            )


def carry(bench, sides):
    """The same original at other sizes, with the quality that was found on its copy."""
    widths = [100, 200, 400, 800, 1200]
    print("| Format | " + " | ".join(f"{width} px" for width in widths) + " |")
    print("| --- |" + " --- |" * len(widths))
    for kind in FORMATS:
        cells = []
        for width in widths:
            names = [name for name, (wide, _) in sides.items() if wide >= width]
            told = score_all(bench, [(name, width, kind, "q=medium") for name in names])
            errors = [score - TARGETS["medium"] for score, _, header in told if "missed" not in header]
            within = sum(abs(error) <= 2 for error in errors) / len(errors)
            nearly = sum(abs(error) <= 4 for error in errors) / len(errors)
            cells.append(f"{statistics.mean(errors):+.1f}, {within:.0%}, {nearly:.0%} of {len(errors)}")
        print(f"| {kind} | " + " | ".join(cells) + " |", flush=True)


def fixed(bench, sides):
    """Bytes beside the one quality that has no picture more than two points below the target, of those that can be met."""
    print("| Format | Target | Pictures | Fixed quality | Bytes, searched for / fixed |")
    print("| --- | --- | --- | --- | --- |")
    for kind in FORMATS:
        for word in ("medium",):
            wanted = [(name, copy_width(size), kind, f"q={word}") for name, size in sides.items()]
            told = dict(zip(sides, score_all(bench, wanted)))
            names = [name for name, (_, _, header) in told.items() if "missed" not in header]
            low, high = 20, 95
            while low < high:
                middle = (low + high) // 2
                wanted = [(name, copy_width(sides[name]), kind, f"q={middle}") for name in names]
                is_enough = all(score >= TARGETS[word] - 2 for score, *_ in score_all(bench, wanted))
                low, high = (low, middle) if is_enough else (middle + 1, high)
            lengths = [len(bench.get(n, f"w={copy_width(sides[n])}&format={kind}&q={low}")[0]) for n in names]
            ratio = sum(told[name][1] for name in names) / sum(lengths)
            print(f"| {kind} | {word} | {len(names)} | {low} | {ratio:.2f} |", flush=True)


def cpu(bench, names):
    """A first rendition that searches beside one that does not, of an original that nobody has asked for; and later ones."""
    print("| Format | Search: mean, 90 %, most, ms | Afterwards: q=auto / its number |")
    print("| --- | --- | --- |")
    for kind in FORMATS:
        extra, later = [], []
        for name in names[::4]:
            bench.get(name, f"w=90&format=png&v={kind}")
            query = f"w=400&format={kind}"
            alone = min(bench.spent(lambda: bench.get(name, f"{query}&q=61&effort=6")) for _ in range(2))
            extra.append(bench.spent(lambda: bench.get(name, f"{query}&q=auto&effort=6")) - alone)
            number = bench.get(name, f"{query}&q=auto")[1]["x-image-proxy-quality"].split(";")[0]
            widths = range(300, 312)
            searched = bench.spent(lambda: [bench.get(name, f"w={w}&format={kind}&q=auto") for w in widths])
            plain = bench.spent(lambda: [bench.get(name, f"w={w}&format={kind}&q={number}") for w in widths])
            later.append((searched, plain))
        ratio = sum(searched for searched, _ in later) / sum(plain for _, plain in later)
        print(
            f"| {kind} | {statistics.mean(extra):.0f}, {quantile(extra, 0.9):.0f}, {max(extra):.0f} | {ratio:.3f} |",
            flush=True,
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("--score", help="a command that scores pairs of files")
    parser.add_argument("--folder", type=Path, default=Path("/tmp/image-proxy-smart"), help="for what is fetched")
    parser.add_argument("--curve", action="store_true", help="print the curve of a usual picture, and nothing else")
    parser.add_argument("--only", default="targets,carry,fixed,cpu", help="what is measured")
    parser.add_argument("--formats", default=",".join(FORMATS), help="for which formats")
    arguments = parser.parse_args()
    FORMATS[:] = arguments.formats.split(",")
    names = originals(arguments.folder)
    as_they_are = Bench(arguments.program, arguments.score, arguments.folder, arguments.folder / "root")
    benches = [as_they_are]
    try:
        sides = lossless(as_they_are, names, arguments.folder)
        bench = Bench(arguments.program, arguments.score, arguments.folder, arguments.folder / "lossless")
        benches.append(bench)
        print(f"{len(sides)} pictures", flush=True)
        if arguments.curve:
            curve(bench, sides)
            return
        for part in arguments.only.split(","):
            if part == "cpu":
                cpu(as_they_are, names)
            else:
                {"targets": targets, "carry": carry, "fixed": fixed}[part](bench, sides)
    finally:
        for bench in benches:
            bench.server.terminate()


if __name__ == "__main__":
    main()
