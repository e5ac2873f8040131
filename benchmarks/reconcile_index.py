"""A lake of 10 million objects by a report of S3 Inventory: the first pass, and later ones in which little changes."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from adce_async.engine.reconciling.indexed_survey import IndexedSurveyor
from adce_async.engine.reconciling.stored_index import IndexRules, StoredIndex
from adce_async.engine.reconciling.survey import Surveyor
from adce_async.model.coverage import DataType
from adce_async.model.days import DAY
from adce_async.model.dimensions import Declared, ListDimension
from adce_async.model.keys import PathPattern
from adce_async.model.stored_change import StoredChange
from adce_async.model.stored_columns import StoredColumns
from adce_async.planning.plan import PlanRules, plan
from adce_async.ports import ReportRules, StoredReport
from adce_async.testing.clock import FakeClock
from adce_async.testing.memory_store import MemoryStore
from benchmarks.harness import Figure, child, say
from benchmarks.reconcile import SEASONS, TYPES, NoDiscoveries

BOUND = "10 million keys from a Parquet report: under 15 s and 600 MB; 1,000 changes, or the clock alone: under 0.3 s"
MILLION, TEN_MILLION = 1_000_000, 10_000_000
CHANGES = 1000
OLD, NEW = 1.7e9, 1.7e9 + 60 * DAY
FRESH_DAYS = 90.0
"""The clock starts a minute before the first of the objects is older than that."""


def make(folder: Path, objects: int) -> list[Path]:
    """The data files of a report, a data type each; one key in a thousand is missing."""
    games = objects // len(TYPES) // len(SEASONS)
    ids = pa.array([str(401000000 + game) for game in range(games) if game % 1000 != 999], pa.string())
    files = []
    for number, name in enumerate(TYPES):
        path = folder / f"{number}.parquet"
        schema = pa.schema(
            [
                ("key", pa.string()),
                ("size", pa.int64()),
                ("last_modified_date", pa.timestamp("ms")),
                ("e_tag", pa.string()),
            ]
        )
        with pq.ParquetWriter(path, schema) as writer:
            for season in SEASONS:
                keys = pc.binary_join_element_wise(f"espn_{name}/{season}/", ids, ".json", "")
                count = len(keys)
                times = pa.array(range(int(OLD * 1000), int(OLD * 1000) + count * 1000, 1000), pa.int64())
                tags = pc.utf8_lpad(pa.array(range(number, number + count)).cast(pa.string()), 32, "0")
                writer.write_table(
                    pa.table(
                        [keys, pa.repeat(5000, count).cast(pa.int64()), times.cast(pa.timestamp("ms")), tags],
                        schema=schema,
                    )
                )
        files.append(path)
    return files


def read(files: list[Path]) -> Iterator[StoredColumns]:
    """As columns, by row groups."""
    for path in files:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(131_072):
                times = batch.column("last_modified_date").cast(pa.int64())
                yield StoredColumns(
                    batch.column("key"),
                    batch.column("size"),
                    pc.divide(times.cast(pa.float64()), 1000.0),
                    batch.column("e_tag"),
                )


class Report:
    """`ports.StoredReport` over those files, and the one who finds it."""

    source, as_of = "a report", NEW

    def __init__(self, files: list[Path]) -> None:
        self._files = files

    def apply(self, rules: ReportRules) -> None:
        """It is where it is."""

    async def batches(self) -> AsyncIterator[StoredColumns]:
        for columns in read(self._files):
            yield columns

    async def newest(self, *, not_before: float, not_after: float = 0.0, had: float = -1.0) -> StoredReport | None:
        return self


def bare(files: list[Path]) -> float:
    """Seconds to read them and do nothing."""
    began = time.perf_counter()
    for columns in read(files):
        len(columns)
    return time.perf_counter() - began


def peak_mb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 / 1e6


async def look(folder: str, objects: int) -> dict[str, float]:
    """The passes, one after another, in seconds; and the peak of this process in MB."""
    games = objects // len(TYPES) // len(SEASONS)
    ids = ListDimension("game_id", tuple(str(401000000 + game) for game in range(games)))
    declared = [
        Declared(
            DataType(
                "espn", name, "espn_summary", PathPattern(f"espn_{name}/{{season}}/{{game_id}}.json"),
                min_bytes=100, freshness_seconds=None if name != TYPES[0] else FRESH_DAYS * DAY,
            ),
            SEASONS,
            (ids,),
        )
        for name in TYPES
    ]  # fmt: skip
    files = [Path(folder) / f"{number}.parquet" for number in range(len(TYPES))]
    clock = FakeClock(OLD + FRESH_DAYS * DAY - 60)
    reading = bare(files)
    store = MemoryStore()
    index = StoredIndex(store, clock, Path(folder) / "index", Report(files), IndexRules(1e9, 1e9))
    whole = Surveyor(declared, {}, store, NoDiscoveries(), clock)
    rules = PlanRules("2024-25")
    eyes = IndexedSurveyor(whole, index, store, clock, declared, {}, rules=rules)

    async def once() -> tuple[float, int]:
        began = time.perf_counter()
        survey = await eyes.look()
        plan(survey.findings, rules, now=clock.now(), first_detected={})
        return time.perf_counter() - began, survey.gaps

    cpu = time.process_time()
    first, gaps = await once()
    cpu = time.process_time() - cpu
    quiet, _ = await once()
    keys = [f"espn_{TYPES[n % 3]}/{SEASONS[n % len(SEASONS)]}/{401000000 + n % 990}.json" for n in range(CHANGES)]
    index.apply_changes(
        StoredChange(key, removed=n % 2 == 0, size=7, etag="x", at=NEW + 70 * DAY) for n, key in enumerate(keys)
    )
    changed, after = await once()
    clock.jump(120)
    aged, later = await once()
    index.close()
    return {
        "first": first, "cpu": cpu, "quiet": quiet, "changed": changed, "aged": aged, "mb": peak_mb(), "read": reading,
        "gaps": gaps, "gaps_after": after, "gaps_later": later,
    }  # fmt: skip


def measure(objects: int) -> dict[str, float]:
    folder = Path(tempfile.mkdtemp(prefix="adce-reconcile-"))
    try:
        child(_make, str(folder), objects)
        return child(look, str(folder), objects)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _make(folder: str, objects: int) -> dict[str, float]:
    """In a process of its own: what it takes in memory is not the pass's."""
    return {"files": len(make(Path(folder), objects))}


def run(*, quick: bool = False, big: bool = False) -> list[Figure]:
    """A million keys; 10 million with `big`."""
    found = measure(TEN_MILLION if big else MILLION // (10 if quick else 1))
    say(f"{found}")
    name = "10 million keys" if big else "a million keys"
    return [
        Figure(f"{name}: first pass from a report", found["first"], "s", "bound", 15.0, at_most=1.0),
        Figure(f"{name}: the same beside bare reading", found["first"] / found["read"], "x", "reading it", 1.0),
        Figure(f"{name}: peak of the process", found["mb"], "MB", "bound", 600.0, at_most=1.0),
        Figure(f"{name}: a pass with {CHANGES} changes", found["changed"], "s", "bound", 0.3, at_most=1.0),
        Figure(f"{name}: a pass in which only the clock has moved", found["aged"], "s", "bound", 0.3, at_most=1.0),
        Figure(f"{name}: a pass in which nothing has changed", found["quiet"], "s", "bound", 0.3, at_most=1.0),
    ]
