#!/usr/bin/env python3
"""Holds the first screen of a README to the truth: first_screen.py PROGRAM IMAGES README MAKEFILE

Every link to localhost in its tables is asked of a server as `make run` starts it, with the settings of its row: what comes is what
the last column says. Every command below them is run.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

from check import look, running

HOST = "http://localhost:8000"
TYPES = {
    "JPEG": "jpeg",
    "WebP": "webp",
    "AVIF": "avif",
    "PNG": "png",
    "JSON": "application/json",
    "HTML": "text/html",
    "text": "text/plain",
}


def settings_of_make_run(makefile: str) -> dict[str, str]:
    """What the recipe of `run` sets; where it listens is ours to say, and so is the folder."""
    recipe = re.search(r"^run:.*\n((?:\t.*\n|[^\t\n].*\\\n)*)", makefile, re.MULTILINE)[0]
    found = dict(re.findall(r"(IMAGE_PROXY_\w+)=(\S+)", recipe))
    return {name: value for name, value in found.items() if not name.endswith(("_BIND_ADDRESS", "_ROOT_PATH"))}


def expected(text: str) -> tuple[int, str, int, int]:
    """What the last column of a row begins with: a status, or a type, with or without dimensions."""
    if status := re.match(r"4\d\d\b(?! by)", text):
        return (int(status[0]), "", 0, 0)
    name = re.search(rf"\b({'|'.join(TYPES)})\b", text)
    if not name:
        raise ValueError(f"no type in {text!r}")
    sides = re.search(r"(\d+) by (\d+) pixels", text)
    return (200, TYPES[name[1]], *(map(int, sides.groups()) if sides else (0, 0)))


def answer(url: str) -> tuple[int, str, int, int]:
    try:
        return (200, *look(url))
    except urllib.error.HTTPError as error:
        return (error.code, "", 0, 0)


def with_version(base: str, url: str) -> str:
    """VERSION in a URL is what `?info` tells."""
    if "VERSION" not in url:
        return url
    with urllib.request.urlopen(f"{url.split('?')[0]}?info") as told:
        url = url.replace("VERSION", json.load(told)["version"])
    with urllib.request.urlopen(url) as picture:
        if "immutable" not in picture.headers["Cache-Control"]:
            raise ValueError(f"{url}: {picture.headers['Cache-Control']}")
    return url


def check_row(base: str, row: str) -> list[str]:
    """What is wrong with a row. All its URLs are asked in order; a refusal is the answer to the last."""
    wanted = expected(row.strip(" |").rsplit("|", 1)[1].strip())
    links = [base + link for link in re.findall(rf"\]\({HOST}([^)\s]*)\)", row)]
    faults = []
    for link in links:
        should = wanted if wanted[0] == 200 or link == links[-1] else (200, "jpeg", 0, 0)
        came = answer(with_version(base, link))
        sides = came if should[2] or not came[2] else (*came[:2], 0, 0)
        if sides != should:
            faults.append(f"{link}: {came}, not {should}")
    return faults


def check_tables(program: str, images: str, screen: str, usual: dict[str, str]) -> tuple[int, list[str]]:
    rows = [line for line in screen.splitlines() if line.startswith("| ") and f"]({HOST}" in line]
    faults = []
    for own in dict.fromkeys(tuple(settings_of(row)) for row in rows):
        with running(program, images, usual | dict(own)) as base:
            faults += [fault for row in rows if tuple(settings_of(row)) == own for fault in check_row(base, row)]
    return (len(rows), faults)


def settings_of(row: str) -> list[tuple[str, str]]:
    words = [word for code in re.findall(r"`(IMAGE_PROXY_[^`]*)`", row) for word in shlex.split(code)]
    return [tuple(word.split("=", 1)) for word in words]


def run(program: str, command: str, base: str, images: str, screen: str) -> str | None:
    """What is wrong with a command of the screen, which is run where its paths lead somewhere."""
    words = shlex.split(command.replace(HOST, base) if " --server " in command else command, comments=True)
    keys = dict(pair for row in screen.splitlines() for pair in settings_of(row) if pair[0] == "IMAGE_PROXY_SIGNING_KEYS")
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(os.path.join(folder, "data"))
        os.symlink(os.path.abspath(images), os.path.join(folder, "data", "images"))
        with open(os.path.join(folder, "urls.txt"), "w", encoding="utf-8") as urls:
            urls.write("/nature/dandelion.jpg?w=400\nhttps://example.com/space/rocket.png?w=200\n")
        done = subprocess.run(
            [os.path.abspath(program), *words[1:]], cwd=folder, env=os.environ | keys, capture_output=True, text=True
        )
        if done.returncode != 0:
            return f"{command}: status {done.returncode}: {done.stderr[-300:]}"
        if "-o" in words:
            name = words[words.index("-o") + 1]
            kind, width, height = look(f"file://{os.path.join(folder, name)}")
            return None if (kind, width, height) == ("webp", 400, 300) else f"{command}: {kind} of {width}x{height}"
    if words[1] == "sign" and done.stdout.strip() not in screen:
        return f"{command}: printed {done.stdout.strip()}, which is not in the table"
    if words[1] in ("info", "explain"):
        json.loads(done.stdout)
    return None


def main() -> int:
    program, images, readme, makefile = sys.argv[1:]
    with open(readme, encoding="utf-8") as file:
        screen = file.read().split("\n- [How to use]", 1)[0]
    with open(makefile, encoding="utf-8") as file:
        usual = settings_of_make_run(file.read())
    rows, faults = check_tables(program, images, screen, usual)
    blocks = re.findall(r"^```sh\n(.*?)^```$", screen, re.MULTILINE | re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines() if line.startswith("image-proxy ")]
    with running(program, images, usual) as base:
        faults += [why for command in commands if (why := run(program, command, base, images, screen))]
    for why in faults:
        print(why, file=sys.stderr)
    print(f"{rows} rows and {len(commands)} commands of the README's first screen were tried, {len(faults)} are wrong")
    return 1 if faults or not rows or not commands else 0


if __name__ == "__main__":
    sys.exit(main())
