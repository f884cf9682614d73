#!/usr/bin/env python3
"""Median times of two servers for the same paths, asked in turns.

    benches/turns.py http://127.0.0.1:8080 http://127.0.0.1:8000 /_/w:400/plain/local:///animals/cat.webp

Each round asks each server once for each path, the one that goes first changing, so that whatever else the machine does hits
both alike. What differs in status or type is said, and has no time.
"""

import argparse
import statistics
import time
import urllib.error
import urllib.request


def ask(url: str) -> tuple[str, float]:
    """What came, in short, and how long it took in milliseconds."""
    begin = time.perf_counter()
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            answer.read()
            told = f"{answer.status} {answer.headers.get_content_type()}"
    except urllib.error.HTTPError as error:
        told = str(error.code)
    return told, (time.perf_counter() - begin) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("servers", nargs=2, metavar="server")
    parser.add_argument("paths", nargs="+", metavar="path")
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    for path in options.paths:
        times: tuple[list[float], list[float]] = ([], [])
        told = ["", ""]
        for turn in range(options.rounds + 1):
            for place in (0, 1) if turn % 2 else (1, 0):
                told[place], took = ask(options.servers[place] + path)
                # The first of each opens files.
                if turn:
                    times[place].append(took)
        if told[0] != told[1]:
            print(f"{path}: {told[0]} and {told[1]}")
            continue
        first, second = (statistics.median(each) for each in times)
        print(f"{path}: {told[0]}: {first:.1f} ms and {second:.1f} ms, {second / first:.2f} times")


if __name__ == "__main__":
    main()
