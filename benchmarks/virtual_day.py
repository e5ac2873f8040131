"""A simulated day of the engine with faults, and a month, in virtual time: what they take by the wall clock."""

from __future__ import annotations

import json
import sys

from benchmarks.harness import Figure, SkippedError, last_line, say

BOUND = "a day within 5 s, a month within 60 s"


def wall(days: int) -> float:
    """Seconds by the wall."""
    seen = json.loads(last_line([sys.executable, "-m", "tests.scenario.day", str(days)]))
    if seen["stored"] < 0.99 * seen["of"]:
        raise SkippedError(f"not collected: {seen}")
    return float(seen["seconds"])


def run(*, quick: bool = False) -> list[Figure]:
    """The best of the rounds of a day; a month once."""
    days = [wall(1) for _ in range(1 if quick else 3)]
    say(f"days: {days}")
    figures = [Figure("a day", min(days), "s", "bound", 5.0, at_most=1.0, note="best round")]
    if not quick:
        figures.append(Figure("a month", wall(30), "s", "bound", 60.0, at_most=1.0, note="one round"))
    return figures
