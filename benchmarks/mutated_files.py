"""10,000 mutated configuration and queue files: each is taken or refused in words, and no value is silently wrong."""

from __future__ import annotations

import json
import sys

from benchmarks.harness import Figure, last_line, say

BOUND = "10,000 mutated files, never a traceback or a silently wrong value"


def run(*, quick: bool = False) -> list[Figure]:
    """Half of them configuration, half queue files; the first that goes wrong ends it, with what repeats it."""
    count = 200 if quick else 10_000
    seen = json.loads(last_line([sys.executable, "-m", "tests.scenario.mutated", str(count), "1"]))
    say(str(seen))
    judged = seen["count"]
    return [
        Figure("files judged", judged, "", "bound", count, at_least=1.0),
        Figure("seconds", seen["seconds"], "s", "bound", 900.0, at_most=1.0),
    ]
