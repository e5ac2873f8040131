"""Days of the whole service as it is shipped, with faults, in virtual time; `python -m tests.scenario.service_days DAYS SEED`.

The world of `year.py` with outages and refusals until two hours before the end, but on a machine that is left alone:
each look and each pass comes as often as with the shipped settings.
"""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import json
import logging
import math
import sys
import tempfile
import time
from pathlib import Path

import structlog
from tests.scenario.machine import no_threads
from tests.scenario.virtual_time import VirtualLoop
from tests.scenario.year import HOUR, Plan, Result, Year, configure

from adce_async.adapters.process_figures import memory_bytes
from adce_async.cli.common import collect_seldom
from adce_async.model.days import DAY

CALM = 2 * HOUR


@dataclasses.dataclass
class Days:
    """What they came to. `seconds`: by the wall; `cpu`: of a core; `memory`: MB at the end of the first day and of the last,
    without the bodies of the lake, which this machine keeps in memory."""

    result: Result
    passes_a_day: list[int]
    longest_pause: float
    """Seconds between two passes, at most."""
    memory: tuple[float, float]
    seconds: float
    cpu: float


async def days_of_service(days: float, seed: int) -> Days:
    """The service lives for so many days, or for a part of one."""
    with tempfile.TemporaryDirectory() as folder:
        year = Year(Plan(seed, days, calm=min(CALM, days * DAY / 2)), Path(folder))
        configure(year.machine.folder, look=None)
        memory: list[float] = []
        began, cpu = time.perf_counter(), time.process_time()
        with no_threads():
            async with year.machine.life():
                for _ in range(math.ceil(days)):
                    await asyncio.sleep(min(days, 1.0) * DAY)
                    lake = sum(map(len, year.machine.store.bodies.values()))
                    memory.append((memory_bytes() - lake) / 1e6)
            result = await year.result()
        passes = year.machine.passes
        return Days(
            result,
            [sum(n * DAY <= at - passes[0] < (n + 1) * DAY for at in passes) for n in range(math.ceil(days))],
            max(later - earlier for earlier, later in itertools.pairwise(passes)),
            (memory[0], memory[-1]), time.perf_counter() - began, time.process_time() - cpu,
        )  # fmt: skip


if __name__ == "__main__":
    collect_seldom()  # as `adce run` does
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        found = runner.run(days_of_service(int(sys.argv[1]), int(sys.argv[2])))
    sys.stdout.write(json.dumps(dataclasses.asdict(found) | {"problems": found.result.problems()}) + "\n")
