"""A task that somebody drops into gaps.json of a service at rest: seconds until its request is at the server."""

from __future__ import annotations

import json
import statistics
import time
from pathlib import Path

from benchmarks.harness import Figure, configure, folder, get_json, say, serving
from benchmarks.idle import service, wait, wait_for_complete

BOUND = "the request comes within 0.2 s (the contract is 10 s)"
ITEMS = 20


def drop(path: Path, key: str) -> float:
    """Ask for `key` as another program does; the moment at which the file is there."""
    document = {"version": 1, "tasks": [{"id": key, "scraper": "ant_items", "keys": [key], "force": True}]}
    aside = path.with_suffix(".mine")
    aside.write_text(json.dumps(document))
    aside.replace(path)
    return time.monotonic()


def last_request(url: str) -> float:
    """When the server saw the last one, by the system's monotonic clock."""
    return float(get_json(f"{url}/__report__")["totals"]["last_at"])


def run(*, quick: bool = False) -> list[Figure]:
    """Median and worst of the tries."""
    tries = 3 if quick else 15
    seen = []
    with folder() as root, serving("-m", "benchmarks.audit_server", "{}") as url:
        configure(root, {"ant": ITEMS})
        with service(root, url) as process:
            wait_for_complete(process)
            for number in range(tries):
                wait(1.0 + 0.037 * number)  # at any moment between two looks of the watcher
                began = drop(root / "inventory/gaps.json", f"ant/{number % ITEMS + 1}.json")
                while last_request(url) < began and time.monotonic() < began + 15:
                    wait(0.02)
                seen.append(last_request(url) - began)
    say(f"gap_file: {', '.join(f'{seconds:.3f}' for seconds in seen)} s")
    return [
        Figure("from the file to the request", statistics.median(seen), "s", "bound", 0.2, at_most=1.0, note="median"),
        Figure("the same, worst", max(seen), "s", "the contract", 10.0, at_most=1.0, note=f"of {tries}"),
    ]
