"""A simulated year in which everything goes wrong, from a seed: what it takes by the wall, and that nothing is lost."""

from __future__ import annotations

import json
import os
import sys

from benchmarks.harness import Figure, SkippedError, last_line, say

BOUND = "a year within 600 s, 0 violations, nothing lost, wrong or parked in the end"
SEED = "ADCE_YEAR_SEED"
"""Names the variable with the seed; without it, 1."""


def run(*, quick: bool = False) -> list[Figure]:
    """One year; `quick`: a month of it."""
    days, seed = (31, 1) if quick else (365, int(os.environ.get(SEED, "1")))
    command = [sys.executable, "-m", "tests.scenario.year", str(days), str(seed)]
    try:
        seen = json.loads(last_line(command))
    except SkippedError as error:
        raise AssertionError(f"seed {seed}: {error}") from error
    if seen["problems"]:
        say(f"seed {seed} fails, and repeats with {' '.join(command[1:])}: {seen['problems']}")
    say(f"seed {seed}: {seen['requests']} requests, {seen['passes']} passes, {seen['happened']}, trace {seen['trace']}")
    bad = sum(len(seen[name]) for name in ("lost", "wrong", "parked", "died"))
    return [
        Figure(f"{days} days", seen["cpu"], "s", "bound", 600.0, at_most=1.0, note=f"CPU, seed {seed}"),
        Figure("memory at its largest", seen["memory"], "MB", "bound", 400.0, at_most=1.0),
        Figure("requests beyond a limit", seen["violations"], "", "bound", 0.0, at_most=1.0),
        Figure("objects lost, wrong or parked; deaths", bad, "", "bound", 0.0, at_most=1.0),
    ]
