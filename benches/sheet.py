#!/usr/bin/env python3
"""Draws what the parameters do, from the shipped pictures: docs/img/parameters.svg and docs/img/order.svg; and what
IMAGE_PROXY_SHARPEN=auto does to ten of them: docs/img/sharpen.svg.

    make sheet
    benches/sheet.py target/release/image-proxy docs/img

Each picture is a rendition that the program makes now; the SVG files hold them as they came, with their query below.
"""

import argparse
import base64
import html
import os
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

CELL_WIDTH, CELL_HEIGHT, CAPTION, COLUMNS = 176, 132, 34, 5
# Queries that show one parameter each, with the picture that shows it best.
PARAMETERS = [
    ("nature/dandelion.jpg", "w=160"),
    ("nature/dandelion.jpg", "w=120&h=120&fit=contain"),
    ("nature/dandelion.jpg", "w=120&h=120&fit=cover"),
    ("nature/dandelion.jpg", "w=120&h=120&fit=pad&bg=lightgray"),
    ("nature/dandelion.jpg", "w=120&h=120&fit=stretch"),
    ("people/astronaut.jpg", "w=120&h=120&fit=cover&gravity=north"),
    ("people/astronaut.jpg", "w=120&h=120&fit=cover&gravity=smart"),
    ("people/astronaut.jpg", "w=120&h=120&fit=cover&fp-x=0.5&fp-y=0.2"),
    ("people/astronaut.jpg", "rect=60,40,240,180&w=160"),
    ("people/astronaut.jpg", "ar=16:9&w=160"),
    ("science/handwriting.png", "trim=60&w=160&bg=white"),
    ("space/rocket.png", "w=140&rotate=20&bg=white"),
    ("space/rocket.png", "w=160&flip=h"),
    ("space/rocket.png", "w=130&pad=12&bg=orange"),
    ("icons/camera.png", "w=120&bg=3366cc"),
    ("animals/cat.webp", "w=160&bw=1"),
    ("animals/cat.webp", "w=160&blur=4"),
    ("animals/cat.webp", "w=160&sharpen=2"),
    ("animals/cat.webp", "w=160&brightness=40"),
    ("animals/cat.webp", "w=160&contrast=60"),
    ("animals/cat.webp", "w=160&saturation=80"),
    ("animals/cat.webp", "w=160&hue=120"),
    ("animals/cat.webp", "w=160&gamma=2"),
    ("animals/cat.webp", "w=160&tint=teal"),
    ("animals/cat.webp", "w=160&sepia=100"),
    ("animals/cat.webp", "w=160&invert=1"),
    ("animals/cat.webp", "w=160&opacity=40&bg=white"),
    ("animals/cat.webp", "w=160&pixelate=8"),
    ("animals/cat.webp", "w=120&h=120&fit=cover&radius=max&bg=white"),
    ("animals/cat.webp", "w=160&radius=24&bg=white"),
    ("nature/dandelion.jpg", "w=160&wm=icons/camera.png"),
    ("nature/dandelion.jpg", "w=160&wm=icons/camera.png&wm_tile=1&wm_opacity=40"),
    ("nature/dandelion.jpg", "w=160&text=Dandelion&text_size=16"),
    ("nature/dandelion.jpg", "w=160&text=Dandelion&text_size=16&text_outline=2,black"),
    ("nature/dandelion.jpg", "w=160&format=jpeg&q=8"),
]
# One parameter more at each step, in the order of work.
ORDER = [
    "w=160",
    "rect=20,0,340,440&w=160",
    "rect=20,0,340,440&rotate=-8&w=160",
    "rect=20,0,340,440&rotate=-8&flip=h&w=160",
    "rect=20,0,340,440&rotate=-8&flip=h&w=120&h=120&fit=cover",
    "rect=20,0,340,440&rotate=-8&flip=h&w=120&h=120&fit=cover&sepia=80",
    "rect=20,0,340,440&rotate=-8&flip=h&w=120&h=120&fit=cover&sepia=80&wm=icons/camera.png&wm_size=40",
    "rect=20,0,340,440&rotate=-8&flip=h&w=120&h=120&fit=cover&sepia=80&wm=icons/camera.png&wm_size=40&pad=6",
    "rect=20,0,340,440&rotate=-8&flip=h&w=120&h=120&fit=cover&sepia=80&wm=icons/camera.png&wm_size=40&pad=6&radius=20",
    "rect=20,0,340,440&rotate=-8&flip=h&w=120&h=120&fit=cover&sepia=80&wm=icons/camera.png&wm_size=40&pad=6&radius=20&bg=gold",
]
# What becomes less than half as large, of every kind.
REDUCED = [
    "nature/dandelion.jpg",
    "nature/dandelion-close-up.avif",
    "nature/dandelion-field.jxl",
    "space/hubble-deep-field.jpg",
    "space/rocket.png",
    "summer%20trip/caf%C3%A9.jpg",
    "people/astronaut.jpg",
    "people/photographer.jpg",
    "animals/cat.webp",
    "icons/camera.png",
]
STAGES = ["upright", "rect", "rotate", "flip", "fit", "effects", "overlays", "pad", "radius", "bg"]


def serve(program, **settings):
    """Starts the program on a free port and returns it with its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    environment = {**os.environ, "IMAGE_PROXY_BIND_ADDRESS": address, "IMAGE_PROXY_ROOT_PATH": "data/images", **settings}
    process = subprocess.Popen([program], env=environment, stdout=subprocess.DEVNULL)
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://{address}/ready").read()
            return process, address
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"{program} does not serve")


def rendition(address, path, query):
    """A rendition as a data URI; one that is not asked to be small in another way comes as WebP."""
    coding = "" if "format=" in query else "&format=webp&q=70"
    with urllib.request.urlopen(f"http://{address}/{path}?{query}{coding}") as answer:
        body, media_type = answer.read(), answer.headers["Content-Type"]
    return f"data:{media_type};base64,{base64.b64encode(body).decode()}"


def lines(caption, width=30):
    """A caption in lines of so many letters, broken where parameters end."""
    broken, line = [], ""
    for part in caption.split("&"):
        longer = f"{line}&{part}" if line else part
        if len(longer) > width and line:
            broken.append(line + "&")
            longer = part
        line = longer
    return [*broken, line]


def sheet(cells, columns=COLUMNS):
    """An SVG of pictures with captions below."""
    rows = -(-len(cells) // columns)
    pitch = CELL_HEIGHT + CAPTION
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{columns * CELL_WIDTH}" height="{rows * pitch}" '
        'font-family="ui-monospace, monospace" font-size="9">',
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for index, (picture, caption) in enumerate(cells):
        left, top = index % columns * CELL_WIDTH, index // columns * pitch
        drawn.append(
            f'<image x="{left + 8}" y="{top + 4}" width="{CELL_WIDTH - 16}" height="{CELL_HEIGHT - 8}" href="{picture}"/>'
        )
        for number, line in enumerate(lines(caption)):
            drawn.append(f'<text x="{left + 8}" y="{top + CELL_HEIGHT + 8 + 10 * number}">{html.escape(line)}</text>')
    return "\n".join([*drawn, "</svg>", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    process, address = serve(arguments.program)
    try:
        cells = [(rendition(address, path, query), query) for path, query in PARAMETERS]
        (arguments.folder / "parameters.svg").write_text(sheet(cells))
        portrait = "people/astronaut.jpg"
        cells = [(rendition(address, portrait, query), stage) for query, stage in zip(ORDER, STAGES, strict=True)]
        (arguments.folder / "order.svg").write_text(sheet(cells))
        pairs = [[rendition(address, path, "size=160&q=85&format=webp"), "off"] for path in REDUCED]
    finally:
        process.terminate()
    process, address = serve(arguments.program, IMAGE_PROXY_SHARPEN="auto")
    try:
        cells = [
            cell
            for pair, path in zip(pairs, REDUCED, strict=True)
            for cell in (pair, (rendition(address, path, "size=160&q=85&format=webp"), "auto"))
        ]
        (arguments.folder / "sharpen.svg").write_text(sheet(cells, 4))
    finally:
        process.terminate()


if __name__ == "__main__":
    main()
