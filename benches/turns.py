#!/usr/bin/env python3
"""What two servers need for the same paths, asked in turns: time, bytes, and of processes on this machine CPU and memory.

    benches/turns.py http://127.0.0.1:8080 http://127.0.0.1:8000 /_/w:400/plain/local:///photo-{}.jpg
    benches/turns.py --processes PID PID http://127.0.0.1:8080 http://127.0.0.1:8000 PATH

Each round asks each server once for each path, the one that goes first changing, so that whatever else the machine does hits
both alike. {} in a path is the number of the round, from 0: copies of one file have nothing that is kept from the round before.
Times are medians, CPU is the mean of all rounds, memory the most that was ever held. A process counts with all that
it started. What differs in status or type is said, and has no figures.
"""

import argparse
import statistics
import time
import urllib.error
import urllib.request

from serving import MEGABYTE, cpu_seconds, peak_bytes


def ask(url: str) -> tuple[str, int, float]:
    """What came, in short, how long it is in bytes, and how long it took in milliseconds."""
    begin = time.perf_counter()
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            length = len(answer.read())
            told = f"{answer.status} {answer.headers.get_content_type()}"
    except urllib.error.HTTPError as error:
        told, length = str(error.code), len(error.read())
    return told, length, (time.perf_counter() - begin) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("servers", nargs=2, metavar="server")
    parser.add_argument("paths", nargs="+", metavar="path")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--processes", nargs=2, type=int, metavar="PID")
    options = parser.parse_args()
    for path in options.paths:
        times: tuple[list[float], list[float]] = ([], [])
        spent = [0.0, 0.0]
        cpu = (lambda place: cpu_seconds(options.processes[place]) * 1000) if options.processes else (lambda place: 0.0)
        told, lengths = ["", ""], [0, 0]
        for turn in range(options.rounds + 1):
            for place in (0, 1) if turn % 2 else (1, 0):
                before = cpu(place)
                told[place], lengths[place], took = ask(options.servers[place] + path.replace("{}", str(turn)))
                # The first of each opens files.
                if turn:
                    times[place].append(took)
                    spent[place] += cpu(place) - before
        if told[0] != told[1]:
            print(f"{path}: {told[0]} and {told[1]}")
            continue
        first, second = (statistics.median(each) for each in times)
        figures = [f"{first:.1f} ms and {second:.1f} ms, {second / first:.2f} times", f"{lengths[0]:,} and {lengths[1]:,} bytes"]
        if options.processes and spent[0]:
            each = [total / options.rounds for total in spent]
            figures.append(f"CPU {each[0]:.1f} ms and {each[1]:.1f} ms, {each[1] / each[0]:.2f} times")
        print(f"{path}: {told[0]}: {'; '.join(figures)}")
    if options.processes:
        print("memory, at most: {:.0f} MB and {:.0f} MB".format(*(peak_bytes(each) / MEGABYTE for each in options.processes)))


if __name__ == "__main__":
    main()
