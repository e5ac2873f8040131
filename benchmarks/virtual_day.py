"""A simulated day with faults, and a month, in virtual time: what they take of a core, and that they are as promised.

Twice: the engine with 2,800 tasks to work off (`tests.scenario.day`), and the whole service with the shipped settings
(`tests.scenario.service_days`): its 96 passes a day at the interval, and those that a schedule and a queue that has run
dry ask for; outages, refusals, resets and lying bodies of all kinds.

Where work is much, the guardrail `more than 10 throttlings a day` is met on such a day, and rightly: it counts how
often sources refuse us, over all of them and within any 24 hours, and the engine's script refuses a hundredth of its
requests. It is told; safe mode begins only where it is configured.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from benchmarks.harness import Figure, SkippedError, last_line, say

BOUND = (
    "a day within 5 s, a month within 60 s, of a core; passes on time, over 95 % success, no limit passed, memory flat"
)
MOST_MB = 30.0
"""A month may leave so much more memory in use than its first day did."""


def engine(days: int) -> float:
    """CPU seconds."""
    seen = json.loads(last_line([sys.executable, "-m", "tests.scenario.day", str(days)]))
    if seen["stored"] < 0.99 * seen["of"]:
        raise SkippedError(f"not collected: {seen}")
    return float(seen["cpu"])


def service(days: int, seed: int = 1) -> dict[str, Any]:
    """What `tests.scenario.service_days` says. Raises AssertionError where it is not as promised."""
    seen: dict[str, Any] = json.loads(
        last_line([sys.executable, "-m", "tests.scenario.service_days", str(days), str(seed)])
    )
    bad = [
        *seen["problems"],
        *[f"{count} passes on a day" for count in seen["passes_a_day"] if not 96 <= count < 2 * 96],
    ]
    bad += [f"{seen['longest_pause']} s without a pass"] if seen["longest_pause"] > 901.0 else []
    bad += [f"{share:.1%} failed"] if (share := seen["result"]["failed_share"]) > 0.05 else []
    if bad:
        raise AssertionError(f"{days} days, seed {seed}: {'; '.join(bad)}")
    say(f"{days} days of the service: {seen['result']['requests']} requests, {seen['result']['passes']} passes, {seen}")
    return seen


def run(*, quick: bool = False) -> list[Figure]:
    """The best of the rounds of a day; a month once."""
    rounds = 1 if quick else 3
    day, whole = min(engine(1) for _ in range(rounds)), min(service(1)["cpu"] for _ in range(rounds))
    figures = [
        Figure("a day of the engine", day, "s", "bound", 5.0, at_most=1.0, note="CPU"),
        Figure("a day of the service", whole, "s", "bound", 5.0, at_most=1.0, note="CPU"),
    ]
    if not quick:
        seen = service(30)
        first, last = seen["memory"]
        figures += [
            Figure("a month of the service", seen["cpu"], "s", "bound", 60.0, at_most=1.0, note="CPU, one round"),
            Figure("memory that a month adds to a day", last - first, "MB", "bound", MOST_MB, at_most=1.0),
        ]
    return figures
