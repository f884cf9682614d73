#!/usr/bin/env python3
"""How much of the subject `gravity=smart` keeps, beside the middle and beside sharp; and a sheet of what it keeps.

    benches/smart.py target/release/image-proxy --sheet docs/img/smart.svg
    benches/smart.py target/release/image-proxy --sharp FOLDER_WITH_NODE_MODULES

The subjects of benches/smart/marks.tsv are boxes in percent of the picture, marked by eye before any result was seen: all of
a thing or an animal, and of one that the picture cuts, the head. The pictures are those of data/images and of packages of
Debian, which are fetched once (`apt-get download`). Comparing needs numpy and Pillow; sharp needs Node.
"""

import argparse
import base64
import csv
import html
import io
import json
import os
import socket
import struct
import subprocess
import time
import urllib.parse
import urllib.request
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
RATIOS = [("1:1", 360, 360), ("9:16", 202, 360), ("16:9", 360, 202)]
# What may be shown again: CC0 and public domain (data/images/LICENSES.md), CC-BY-4.0 (the copyright file of the package).
SHEET = [
    ("data/images", "people/astronaut.jpg"),
    ("data/images", "people/photographer.jpg"),
    ("data/images", "space/rocket.png"),
    ("data/images", "animals/cat.webp"),
    ("lomiri-wallpapers-16.04", "usr/share/backgrounds/seeding_by_Clements_Engelhardt.jpg"),
    ("lomiri-wallpapers-16.04", "usr/share/backgrounds/friends_by_Aitzol_Berasategi.jpg"),
    ("lomiri-wallpapers-16.04", "usr/share/backgrounds/Picture_0B_by_freespace.jpg"),
    ("lomiri-wallpapers-16.04", "usr/share/backgrounds/sunset_by_Aitzol_Berasategi.jpg"),
]
HEIGHT, CAPTION = 96, 18
COLUMNS = [
    ("the whole", 132, "w=132&h=96"),
    ("1:1, the middle", 96, "w=96&h=96&fit=cover"),
    ("1:1, smart", 96, "w=96&h=96&fit=cover&gravity=smart"),
    ("9:16, the middle", 54, "w=54&h=96&fit=cover"),
    ("9:16, smart", 54, "w=54&h=96&fit=cover&gravity=smart"),
    ("16:9, the middle", 132, "w=132&h=74&fit=cover"),
    ("16:9, smart", 132, "w=132&h=74&fit=cover&gravity=smart"),
]

def resources(path):
    """The files of a resource file of Qt (https://doc.qt.io/qt-6/resources.html): version 1 to 3, plain or by zlib."""
    data = path.read_bytes()
    version, tree, start, names = struct.unpack(">IIII", data[4:20])
    size = 22 if version >= 2 else 14

    def walk(index, prefix):
        at = tree + index * size
        name_at, flags = struct.unpack(">IH", data[at : at + 6])
        (length,) = struct.unpack(">H", data[names + name_at : names + name_at + 2])
        name = data[names + name_at + 6 : names + name_at + 6 + 2 * length].decode("utf-16-be") if index else ""
        if flags & 2:
            count, first = struct.unpack(">II", data[at + 6 : at + 14])
            for child in range(first, first + count):
                yield from walk(child, f"{prefix}{name}/")
        else:
            (offset,) = struct.unpack(">I", data[at + 10 : at + 14])
            (length,) = struct.unpack(">I", data[start + offset : start + offset + 4])
            content = data[start + offset + 4 : start + offset + 4 + length]
            yield prefix + name, zlib.decompress(content[4:]) if flags & 1 else content

    yield from walk(0, "")


def fetched(package, folder):
    """The files of a package of Debian, unpacked."""
    target = folder / package
    if not target.exists():
        subprocess.run(["apt-get", "download", package], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        (archive,) = folder.glob(f"{package}_*.deb")
        subprocess.run(["dpkg-deb", "-x", archive.name, package], cwd=folder, check=True)
        for bundle in target.glob("usr/share/gcompris-qt/rcc/*.rcc"):
            for name, content in resources(bundle):
                place = target / name.removeprefix("/gcompris/src/activities/").lstrip("/")
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
    return target


def gathered(rows, folder):
    """A folder to serve with all pictures, by number; returns their names."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "root").mkdir(exist_ok=True)
    names = {}
    for number, row in enumerate(rows):
        package, picture = row["package"], row["picture"]
        base = HERE.parent / package if package == "data/images" else fetched(package, folder)
        name = f"{number:02}{Path(picture).suffix}"
        (folder / "root" / name).write_bytes((base / picture).read_bytes())
        names[package, picture] = name
    return names


def serve(program, root):
    """Starts the program on a free port and returns it with its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    environment = {**os.environ, "IMAGE_PROXY_BIND_ADDRESS": address, "IMAGE_PROXY_ROOT_PATH": str(root)}
    server = subprocess.Popen([program], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(200):
        try:
            socket.create_connection(tuple(address.split(":")), timeout=1).close()
            break
        except OSError:
            time.sleep(0.05)
    return server, address


def get(address, name, query):
    with urllib.request.urlopen(f"http://{address}/{urllib.parse.quote(name)}?{query}") as answer:
        return answer.read(), answer.headers["content-type"]


def window(address, name, width, height, wish):
    """The part that a cover shows, as shares of the picture: found by looking for it in the whole."""
    import numpy
    from PIL import Image

    query = f"w={width}&h={height}&format=png"
    whole, part = (
        numpy.asarray(Image.open(io.BytesIO(get(address, name, f"{query}&{fit}")[0])).convert("RGB"), dtype=int)
        for fit in ("fit=outside", f"fit=cover{wish}")
    )
    (rows, columns), (high, wide) = whole.shape[:2], part.shape[:2]
    places = [(left, top) for left in range(columns - wide + 1) for top in range(rows - high + 1)]
    left, top = min(places, key=lambda at: abs(whole[at[1] : at[1] + high, at[0] : at[0] + wide] - part).sum())
    return left / columns, top / rows, wide / columns, high / rows


def share(box, part):
    """How much of a box lies in a part."""
    left, top, width, height = part
    across = max(0, min(box[2], left + width) - max(box[0], left)) / (box[2] - box[0])
    down = max(0, min(box[3], top + height) - max(box[1], top)) / (box[3] - box[1])
    return across * down


def compare(rows, names, address, folder, sharp):
    boxes = [[float(row[side]) / 100 for side in ("left", "top", "right", "bottom")] for row in rows]
    files = [names[row["package"], row["picture"]] for row in rows]
    methods = {}
    for method, wish in (("smart", "&gravity=smart"), ("middle", "")):
        methods[method] = [[window(address, name, w, h, wish) for _, w, h in RATIOS] for name in files]
    if sharp:
        paths = json.dumps([str(folder / "root" / name) for name in files])
        sizes = json.dumps([[w, h] for _, w, h in RATIOS])
        for strategy in ("attention", "entropy"):
            command = ["node", HERE / "smart/sharp.mjs", strategy, sizes, paths]
            lines = subprocess.run(command, cwd=sharp, check=True, capture_output=True, text=True)
            methods[f"sharp, {strategy}"] = [json.loads(line) for line in lines.stdout.splitlines()]
    print(f"| Mean share of the subject, {len(rows)} pictures | " + " | ".join(name for name, *_ in RATIOS) + " |")
    print("| --- |" + " --- |" * len(RATIOS))
    for method, windows in methods.items():
        means = [
            sum(share(box, parts[index]) for box, parts in zip(boxes, windows)) / len(rows)
            for index in range(len(RATIOS))
        ]
        print(f"| {method} | " + " | ".join(f"{mean:.3f}" for mean in means) + " |")


def sheet(names, address, path):
    width = sum(column for _, column, _ in COLUMNS) + 8 * len(COLUMNS)
    parts, y = [], CAPTION
    x = 0
    for caption, column, _ in COLUMNS:
        parts.append(f'<text x="{x}" y="12">{html.escape(caption)}</text>')
        x += column + 8
    for key in SHEET:
        x = 0
        for _, column, query in COLUMNS:
            content, kind = get(address, names[key], f"{query}&dpr=1.5&format=webp&q=60")
            text = base64.b64encode(content).decode()
            parts.append(f'<image x="{x}" y="{y}" width="{column}" height="{HEIGHT}" href="data:{kind};base64,{text}"/>')
            x += column + 8
        y += HEIGHT + 8
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y}" font-family="sans-serif" font-size="10">'
    path.write_text("\n".join([head, '<rect width="100%" height="100%" fill="#fff"/>', *parts, "</svg>"]) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/image-proxy-smart"), help="for what is fetched")
    parser.add_argument("--sharp", type=Path, help="a folder whose node_modules has sharp")
    parser.add_argument("--sheet", type=Path, help="the SVG file to draw; nothing is compared then")
    arguments = parser.parse_args()
    with open(HERE / "smart/marks.tsv", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    if arguments.sheet:
        rows = [row for row in rows if (row["package"], row["picture"]) in SHEET]
    names = gathered(rows, arguments.folder)
    server, address = serve(arguments.program, arguments.folder / "root")
    try:
        if arguments.sheet:
            sheet(names, address, arguments.sheet)
        else:
            compare(rows, names, address, arguments.folder, arguments.sharp)
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
