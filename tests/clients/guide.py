#!/usr/bin/env python3
"""Holds docs/guide to the truth: guide.py PROGRAM IMAGES PAGES CLIENTS

The pages are the only source: their files are unpacked below CLIENTS, where node_modules is, and run by the script of the page's
name in CLIENTS/guide, which prints the HTML that comes of them. A server with the settings of the page is asked for every picture in
that HTML, and in the page's own. Commands are run too: those of `console` print what stands below them.

A file is a block of code behind a line that begins with its name; "at its end" appends to it, "in place of" is another one, in the
folder `instead`. What stands in a section "Signed URLs" is tried with the settings of that section.
"""

import html.parser
import os
import re
import shlex
import shutil
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass

from check import dimensions, look, running

BLOCK = re.compile(r"(?:^`([^`\n]+)`([^\n]*):\n\n)?^```([\w-]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SITE = "http://localhost:8000"
# A browser that shows WebP; AVIF takes a debug build too long, and is asked for by name where a page offers it.
BROWSER = "image/webp,image/apng,image/*,*/*;q=0.8"


@dataclass(frozen=True)
class Block:
    """A block of code: the name of its file, what is said of that, its language, its text, and whether it is of signed URLs."""

    name: str
    said: str
    language: str
    text: str
    is_signed: bool


def blocks_of(page: str) -> list[Block]:
    found = []
    for section in re.split(r"^(?=## )", page, flags=re.MULTILINE):
        is_signed = section.startswith("## Signed URLs")
        found += [Block(*(part or "" for part in block.groups()), is_signed) for block in BLOCK.finditer(section)]
    return found


def settings_of(blocks: list[Block]) -> dict[str, str]:
    """Those of the service in the compose file, or of a block for a shell. Where it listens and what it serves is ours to say."""
    found: dict[str, str] = {}
    for block in blocks:
        if block.language == "yaml":
            found |= {name: value.strip("\"'") for name, value in re.findall(r"(IMAGE_PROXY_\w+): (.+)", block.text)}
        if block.language == "sh":
            found |= dict(word.split("=", 1) for word in shlex.split(block.text) if word.startswith("IMAGE_PROXY_"))
    found = {name: value for name, value in found.items() if not name.endswith(("_BIND_ADDRESS", "_ROOT_PATH"))}
    if "IMAGE_PROXY_CACHE_DISK_PATH" in found:
        found["IMAGE_PROXY_CACHE_DISK_PATH"] = "./cache"
    return found


def unpack(blocks: list[Block], folder: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for block in blocks:
        if not block.name:
            continue
        path = os.path.join(folder, "instead" if "in place of" in block.said else "", block.name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "a" if "at its end" in block.said else "w", encoding="utf-8") as file:
            file.write(block.text)


class Pictures(html.parser.HTMLParser):
    """Collects the URLs in `<img>` and `<source>`, each with its descriptor, its type, and the element's sides where it has them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str, tuple[int, int] | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("img", "source"):
            return
        has = {name.lower(): value or "" for name, value in attrs}
        sides = [has.get(side, "") for side in ("width", "height")]
        element = (int(sides[0]), int(sides[1])) if all(side.isdigit() for side in sides) else None
        candidates = [(has.get("src", ""), "")]
        candidates += [tuple(part.split()) for part in re.split(r",\s+", has.get("srcset", "").strip()) if part]
        for url, *descriptor in candidates:
            if url and not url.startswith("data:"):
                self.found.append((url, (descriptor or [""])[0], has.get("type", ""), element))


def original(url: urllib.parse.SplitResult, images: str) -> tuple[str, int, int]:
    """The type and dimensions of the picture that a URL is of: the longest end of its path, or of one in its query, that is a file."""
    query = urllib.parse.parse_qs(url.query)
    for path in [*query.get("url", []), *query.get("href", []), urllib.parse.unquote(url.path)]:
        parts = path.split("/")
        for start in range(len(parts)):
            file = os.path.join(images, *parts[start:])
            if os.path.isfile(file):
                with open(file, "rb") as opened:
                    return dimensions(opened.read())
    raise ValueError(f"{url.geturl()} is of no picture")


def wanted(url: str, descriptor: str, kind: str, element: tuple[int, int] | None, images: str) -> tuple[str, int, float, int]:
    """
    What a page promises of a URL: types, width, height. The width is that of the descriptor, of the URL, or of the element. Nothing is
    wider than its original; one that would be, and is cut to a shape, may be a pixel narrower, which is the last value.
    """
    parts = urllib.parse.urlsplit(url)
    target = urllib.parse.unquote(f"{parts.path}?{parts.query}")
    type_of_original, width, height = original(parts, images)
    said = re.search(r"[?&/,](?:w|width|resize|fit|s)[=_](\d+)", target)
    if descriptor.endswith("w"):
        most = int(descriptor[:-1])
    else:
        most = int(said[1]) if said else (element or (width, height))[0]
    named = re.search(r"[?&/](?:format|fm|f)[=_](avif|webp|jpe?g|png)", target)
    if kind:
        kind = kind.removeprefix("image/")
    elif named:
        kind = named[1].replace("jpg", "jpeg")
    else:
        # Of what a browser shows, that is taken which is smaller (docs/formats.md, Negotiation).
        kind = f"webp {type_of_original}" if "auto" in target or "/_next/image" in target else type_of_original
    return (kind, min(most, width), min(most, width) * (element[1] / element[0] if element else height / width), int(most > width))


def faults_in(page: str, base: str, images: str) -> tuple[int, list[str]]:
    """How many URLs some HTML has, and what is wrong with them."""
    pictures = Pictures()
    pictures.feed(page)
    found = list(dict.fromkeys(pictures.found))
    faults = []
    for url, descriptor, kind, element in found:
        parts = urllib.parse.urlsplit(url)
        kind, width, height, slack = wanted(url, descriptor, kind, element, images)
        try:
            came = look(base + parts.path + (f"?{parts.query}" if parts.query else ""), BROWSER)
        except urllib.error.HTTPError as error:
            faults.append(f"{url}: {error.code} {error.read()[:200]!r}")
            continue
        # The element's sides are rounded themselves.
        is_as_wide = abs(came[1] - width) <= slack
        if came[0] not in kind.split() or not is_as_wide or abs(came[2] - height) > 1 + width / 400:
            faults.append(f"{url} {descriptor}: {came}, not {(kind, width, round(height))}")
    return (len(found), faults)


def refusals(page: str, base: str) -> list[str]:
    """Which URLs of signed HTML are answered without their signatures as well, which none may be."""
    pictures = Pictures()
    pictures.feed(page)
    faults = []
    for url in dict.fromkeys(url for url, *_ in pictures.found):
        parts = urllib.parse.urlsplit(url)
        query = re.sub(r"&sig=[\w-]{43}", "", parts.query)
        try:
            urllib.request.urlopen(f"{base}{parts.path}?{query}", timeout=60).read()
            faults.append(f"{url} needs no signature")
        except urllib.error.HTTPError as error:
            if error.code != 403:
                faults.append(f"{url} without its signature: {error.code}")
    return faults


def run_script(clients: str, page: str, folder: str, base: str, *arguments: str) -> str | None:
    """The HTML that the snippets of a page make; empty where there is no script, and None where there is nothing to run it with."""
    for ending, program in ((".mjs", "node"), (".php", "php")):
        script = os.path.join(clients, "guide", page + ending)
        if not os.path.exists(script):
            continue
        if not shutil.which(program):
            print(f"no {program} here: the snippets of docs/guide/{page}.md are not run", file=sys.stderr)
            return None
        command = [program, script, folder, base, *arguments]
        done = subprocess.run(command, cwd=folder, env=os.environ | {"IMAGES_SECRET": "a-long-secret"}, stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"docs/guide/{page}.md: {' '.join(command)} ended with {done.returncode}")
        return done.stdout
    return ""


def run_commands(block: Block, folder: str, base: str) -> list[str]:
    """What is wrong with the commands of a block. A block for a shell is run as one; of a console, what is printed is compared."""
    text = block.text.replace(SITE, base)
    environment = os.environ | {"PATH": f"{os.path.join(folder, 'bin')}:{os.environ['PATH']}"}
    if block.language == "sh":
        shell = ["bash", "-euo", "pipefail", "-c", text]
        done = subprocess.run(shell, cwd=folder, env=environment, capture_output=True, text=True)
        return [f"{block.text}: {done.returncode} {done.stderr}"] if done.returncode else []
    faults = []
    for step in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, printed = step.partition("\n")
        done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True)
        if done.stdout.rstrip("\n") != printed.rstrip("\n"):
            faults.append(f"{command}\nprints {done.stdout!r} {done.stderr!r}, not {printed!r}")
    return faults


def check_page(program: str, images: str, clients: str, page: str, text: str) -> tuple[int, int, list[str]]:
    """How many URLs and blocks of commands a page has, and what is wrong with them."""
    blocks = blocks_of(text)
    folder = os.path.join(clients, "guide", "pages", page)
    unpack(blocks, folder)
    os.makedirs(os.path.join(folder, "bin"))
    os.symlink(program, os.path.join(folder, "bin", "image-proxy"))
    usual = settings_of([block for block in blocks if not block.is_signed])
    commands = [block for block in blocks if block.language == "console"]
    commands += [block for block in blocks if block.language == "sh" and re.search(r"curl|image-proxy ", block.text)]
    if not shutil.which("curl"):
        print(f"no curl here: the commands of docs/guide/{page}.md are not run", file=sys.stderr)
        commands = []
    faults = []
    with running(program, images, usual) as base:
        made = run_script(clients, page, folder, base)
        for block in commands:
            faults += run_commands(block, folder, base)
        was_run = made is not None
        made = (made or "") + "".join(block.text for block in blocks if block.language == "html")
        for name in os.listdir(folder):
            if name.endswith(".html"):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    made += file.read()
        count, wrong = faults_in(made, base, images)
        faults += wrong
    signed = settings_of([block for block in blocks if block.is_signed])
    if signed:
        with running(program, images, usual | signed) as base:
            made = run_script(clients, page, folder, base, "signed") or ""
            more, wrong = faults_in(made, base, images)
            count += more
            faults += wrong + refusals(made, base)
    if was_run and not count:
        faults.append(f"docs/guide/{page}.md asks for no picture")
    return (count, len(commands), faults)


def main() -> int:
    program, images, pages, clients = map(os.path.abspath, sys.argv[1:])
    has_failed = False
    for file in sorted(os.listdir(pages)):
        if not file.endswith(".md") or file == "README.md":
            continue
        with open(os.path.join(pages, file), encoding="utf-8") as opened:
            count, commands, faults = check_page(program, images, clients, file.removesuffix(".md"), opened.read())
        for why in faults:
            print(why, file=sys.stderr)
        print(f"docs/guide/{file}: {count} URLs and {commands} blocks of commands were tried, {len(faults)} are wrong")
        has_failed |= bool(faults)
    return 1 if has_failed else 0


if __name__ == "__main__":
    sys.exit(main())
