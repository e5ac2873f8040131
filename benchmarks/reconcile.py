"""One look at a large lake: time and memory beyond listing it."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from adce_async.clock import SystemClock
from adce_async.engine.reconciling.survey import Surveyor
from adce_async.model.coverage import DataType, Discovery, StoredObject
from adce_async.model.dimensions import Declared, ListDimension
from adce_async.model.keys import PathPattern
from adce_async.testing.memory_store import MemoryStore
from benchmarks.harness import Figure, child, rss_mb, say

BOUND = "172,905 objects: under 0.5 s and 150 MB beyond listing them; 10 million (--big): under 15 s and 600 MB"
OBJECTS, BIG = 172_905, 10_000_000
TYPES = ("box_score", "play_by_play", "shot_chart")
SEASONS = tuple(f"{year}-{(year + 1) % 100:02}" for year in range(2001, 2025))


class Lake(MemoryStore):
    """Lists objects that are made while it is read, as a listing does; nothing of it is kept."""

    def __init__(self, games: int) -> None:
        super().__init__()
        self._games = games

    async def list(self, prefix: str = "") -> AsyncIterator[Sequence[StoredObject]]:
        """A thousand at a time; one in a thousand is missing."""
        batch: list[StoredObject] = []
        name = prefix.partition("/")[0].removeprefix("espn_")
        for season in SEASONS:
            for game in range(self._games):
                if game % 1000 != 999:
                    key = f"espn_{name}/{season}/{401000000 + game}.json"
                    batch.append(StoredObject(key, 5000, f"{game:x}-1388", 1.7e9, True))
                if len(batch) == 1000:
                    yield batch
                    batch = []
        yield batch


class NoDiscoveries:
    """Nothing is derived here."""

    async def load(self, prefix: str) -> Mapping[str, tuple[str, Discovery]]:
        return {}

    async def save(self, found: Mapping[str, tuple[str, Discovery]]) -> None:
        return None


def _peak_mb() -> float:
    """(`ru_maxrss` of Linux is that of the process that started this one, if that was larger.)"""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 / 1e6


async def look(objects: int) -> dict[str, float]:
    """Listing alone, then a look; CPU seconds, and MB that the look adds at its peak."""
    games = objects // len(TYPES) // len(SEASONS)
    ids = ListDimension("game_id", tuple(str(401000000 + game) for game in range(games)))
    declared = [
        Declared(
            DataType("espn", name, "espn_summary", PathPattern(f"espn_{name}/{{season}}/{{game_id}}.json")),
            SEASONS,
            (ids,),
        )
        for name in TYPES
    ]
    lake = Lake(games)
    began = time.process_time()
    for each in declared:
        async for _batch in lake.list(each.data_type.pattern.prefix):
            pass
    listing = time.process_time() - began
    gc.collect()
    before = rss_mb()
    began = time.process_time()
    survey = await Surveyor(declared, {}, lake, NoDiscoveries(), SystemClock()).look()
    seconds = time.process_time() - began - listing
    return {
        "seconds": seconds,
        "mb": _peak_mb() - before,
        "listing": listing,
        "listed": survey.listed,
        "gaps": survey.gaps,
    }


def run(*, quick: bool = False, big: bool = False) -> list[Figure]:
    """Best time (CPU seconds of all threads), worst memory."""
    rounds = [child(look, OBJECTS) for _ in range(1 if quick else 5)]
    say(f"{rounds}")
    figures = _figures("172,905 objects", rounds, 0.5, 150.0)
    if big:
        rounds = [child(look, BIG)]
        say(f"{rounds}")
        figures += _figures("10 million objects", rounds, 15.0, 600.0)
    median = statistics.median(one["seconds"] / one["listing"] for one in rounds)
    return [*figures, Figure("looking", median, "x", "making the listing", 1.0, note="median of ratios")]


def _figures(name: str, rounds: Sequence[dict[str, float]], seconds: float, megabytes: float) -> list[Figure]:
    best, worst = min(one["seconds"] for one in rounds), max(one["mb"] for one in rounds)
    return [
        Figure(f"{name}: CPU time beyond listing", best, "s", "bound", seconds, at_most=1.0, note="best"),
        Figure(f"{name}: memory beyond listing", worst, "MB", "bound", megabytes, at_most=1.0, note="worst"),
    ]
