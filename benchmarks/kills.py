"""kill -9 at random moments under load: nothing lost, nothing half, nothing stuck, no limit exceeded."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

from benchmarks.harness import Figure, SkippedError, arguments, configure, folder, get_json, say, serving
from benchmarks.idle import service

BOUND = "0 tasks lost, 0 half objects, 0 requests beyond any limit"
LIMITS: dict[str, tuple[list[tuple[int, float]], int, float]] = {"ant": ([(120, 3.0)], 20, 0.0)}
ITEMS_A_KILL = 25
"""A life of the service lasts about a second, and the limit allows 40 requests in one."""


def half_objects(lake: Path, seen: set[Path]) -> int:
    """New objects that are no whole item; what was looked at is remembered in `seen`."""
    bad = 0
    for path in set((lake / "ant").glob("*.json")) - seen:
        seen.add(path)
        try:
            bad += json.loads(path.read_bytes())["id"] != path.stem
        except ValueError:
            bad += 1
    return bad


def damaged(database: Path) -> bool:
    """Whether SQLite finds anything wrong with it."""
    if not database.exists():
        return False
    connection = sqlite3.connect(database)
    try:
        return bool(connection.execute("PRAGMA quick_check").fetchone()[0] != "ok")
    finally:
        connection.close()


def run(*, quick: bool = False) -> list[Figure]:
    """Start, kill at a random moment, look; in the end let it finish."""
    kills = 10 if quick else 200
    items = kills * ITEMS_A_KILL
    chance = random.Random(1)
    bad = broken = 0
    seen: set[Path] = set()
    with folder() as root, serving("-m", "benchmarks.audit_server", json.dumps(LIMITS)) as url:
        speaks = {"ant": {"requests": 120, "per": 3.0, "burst_size": 20}}
        configure(root, {"ant": items}, speaks, rate_limiting={"enabled": True})
        for number in range(kills):
            with service(root, url) as process:
                threading.Event().wait(chance.uniform(0.3, 2.0))
                process.kill()
                process.communicate()
            bad += half_objects(root / "lake", seen)
            broken += damaged(root / "inventory" / "adce.db")
            if number % 20 == 19:
                say(f"{number + 1} kills, {len(seen)} of {items} objects")
        done = subprocess.run(
            [sys.executable, "-m", "adce_async", *arguments(root, url), "run", "--once"],
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        if done.returncode not in (0, 3):
            raise SkippedError(done.stderr[-1000:])
        bad += half_objects(root / "lake", seen)
        report = get_json(f"{url}/__report__")
    repeated = report["totals"]["requests"] - items
    return [
        Figure(f"tasks lost or stuck after {kills} kills", items - len(seen), "", "bound", 0, at_most=0),
        Figure("half objects", bad, "", "bound", 0, at_most=0),
        Figure("damaged databases", broken, "", "bound", 0, at_most=0),
        Figure("requests beyond a limit", report["totals"]["violations"], "", "bound", 0, at_most=0),
        Figure("requests repeated a kill", repeated / kills, "", "slots", 5, at_most=1.0, note="all kills"),
    ]
