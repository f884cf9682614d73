#!/usr/bin/env python3
"""Asks a server for what front-end libraries make, and looks at each picture: check.py PROGRAM IMAGES LINES...

LINES are files with lines of JSON, as urls.mjs and urls.py print them. A URL may be at any host: that is the server's here.
"""

import contextlib
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator

ACCEPT = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
DIALECTS = (
    "next,vercel,netlify,astro,amplify,weserv=/weserv,cloudflare,ipx,cloudinary=/demo/image/upload,imagekit=/ik,storyblok=/sb,"
    "thumbor=/thumbor,imgproxy=/imgproxy"
)
# Whose meaning counts where vendors disagree: a prefix each.
ACCENTS = {"imgix": "imgix", "shopify": "shopify", "contentful": "contentful", "keycdn": "sharp", "directus": "sharp", "bunny": "bunny"}


def dimensions(body: bytes) -> tuple[str, int, int]:
    """The type of a picture, its width and its height; those of AVIF as its first property of that name says."""
    if body[:8] == b"\x89PNG\r\n\x1a\n":
        return ("png", *struct.unpack(">II", body[16:24]))
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        if body[12:16] == b"VP8X":
            return ("webp", int.from_bytes(body[24:27], "little") + 1, int.from_bytes(body[27:30], "little") + 1)
        if body[12:16] == b"VP8L":
            bits = int.from_bytes(body[21:25], "little")
            return ("webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        width, height = struct.unpack("<HH", body[26:30])
        return ("webp", width & 0x3FFF, height & 0x3FFF)
    if body[4:12] == b"ftypavif":
        place = body.index(b"ispe")
        return ("avif", *struct.unpack(">II", body[place + 8 : place + 16]))
    if body[:2] == b"\xff\xd8":
        place = 2
        while body[place + 1] not in (0xC0, 0xC1, 0xC2):
            place += 2 + int.from_bytes(body[place + 2 : place + 4], "big")
        height, width = struct.unpack(">HH", body[place + 5 : place + 9])
        return ("jpeg", width, height)
    return ("unknown", 0, 0)


def target(line: dict) -> str:
    """The path of a URL on the server, and its query."""
    url = urllib.parse.urlsplit(line["url"])
    path = url.path
    client = line["client"]
    if "weserv" in client or "wsrv" in client:
        path = "/weserv/"
    if client.startswith("imgproxy") and not path.startswith("/imgproxy/"):
        path = f"/imgproxy{path}"
    accent = next((accent for name, accent in ACCENTS.items() if name in client), None)
    if accent:
        path = f"/{accent}{path}"
    if "directus" in client or "supabase" in client:
        path = path.replace("/storage/v1/render/image/public", "").replace("/storage/v1/object/public", "")
    return path + (f"?{url.query}" if url.query else "")


def look(url: str, accept: str = ACCEPT) -> tuple[str, int, int]:
    """What is there: the type of a picture and its dimensions, or the type of a text without any."""
    request = urllib.request.Request(url, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=60) as answer:
        kind, width, height = dimensions(answer.read())
        return (answer.headers.get_content_type() if kind == "unknown" else kind, width, height)


def fault(base: str, line: dict) -> str | None:
    """What is wrong with the answer to a line."""
    try:
        kind, width, height = look(base + target(line))
    except urllib.error.HTTPError as error:
        return f"{error.code} {error.read()[:200]!r}"
    if kind not in line["type"].split() or (width, height) != (line["width"], line["height"]):
        return f"{kind} of {width}x{height}"
    return None


@contextlib.contextmanager
def running(program: str, images: str, settings: dict[str, str]) -> Iterator[str]:
    """A server, by its address, until it is no longer needed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    environment = os.environ | {"IMAGE_PROXY_ROOT_PATH": os.path.abspath(images)} | settings
    environment["IMAGE_PROXY_BIND_ADDRESS"] = f"127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder, open(os.path.join(folder, "log"), "w+", encoding="utf-8") as log:
        server = subprocess.Popen(
            [os.path.abspath(program)], cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=log
        )
        try:
            while server.poll() is None:
                try:
                    urllib.request.urlopen(f"{base}/health", timeout=60).read()
                    break
                except (urllib.error.URLError, ConnectionError):
                    continue
            if server.poll() is not None:
                log.seek(0)
                raise RuntimeError(f"the server ended with {settings}: {log.read()}")
            yield base
        finally:
            server.terminate()
            server.wait()


def main() -> int:
    program, images, *files = sys.argv[1:]
    lines = [json.loads(text) for file in files for text in open(file, encoding="utf-8") if text.strip()]
    accents = ",".join(f"native({accent})=/{accent}" for accent in sorted(set(ACCENTS.values())))
    settings = {
        "IMAGE_PROXY_DIALECTS": f"{DIALECTS},{accents}",
        "IMAGE_PROXY_OWN_HOSTS": "example.com",
        "IMAGE_PROXY_THUMBOR_KEY": "open sesame",
    }
    with running(program, images, settings) as base:
        faults = [(line, why) for line in lines if (why := fault(base, line))]
    for line, why in faults:
        print(f"{line['client']}: {target(line)}: {why}, not {line['type']} of {line['width']}x{line['height']}", file=sys.stderr)
    print(f"{len(lines) - len(faults)} of {len(lines)} URLs of client libraries are answered rightly")
    return 1 if faults or not lines else 0


if __name__ == "__main__":
    sys.exit(main())
