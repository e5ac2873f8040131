"""A mixed queue of five sources with five slots, in real time, over the least time that their limits allow.

`backoff: pace`, the default, gives up each source's bursts once its window is nearly full. That costs a part of
`burst / rate` seconds in all, however long the queue: nothing in a drain of hours, a third of the difference in 20 s.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

from adce_async.demo.limit_audit import lower_bound_seconds
from adce_async.engine.events import TaskSettled
from adce_async.service.runs import run_once
from adce_async.supervisor import Stop
from benchmarks.audit_server import spoken
from benchmarks.harness import Figure, SkippedError, child, configure, folder, get_json, say, serving
from benchmarks.ours import parts_at

BOUND = "at most 1.02 of the longest lower bound of the sources' limits, and no request beyond any limit"
SECONDS = 20.0

# windows, burst, minimum delay: the shapes of the real sources, quicker, but not so quick that the guard of 20 ms,
# which is there against jitter on the way, would be more than a hundredth of any of them
LIMITS: Mapping[str, tuple[list[tuple[int, float]], int, float]] = {
    "espn": ([(40, 5.0)], 10, 0.0),
    "nba": ([(20, 5.0)], 5, 0.0),
    "reference": ([(20, 60.0)], 3, 2.5),
    "hoopr": ([(30, 5.0)], 8, 0.0),
    "kaggle": ([(10, 20.0)], 1, 0.0),
}


def items_for(name: str, seconds: float) -> int:
    """As many items as the limits allow in about `seconds`."""
    limits = spoken(name, LIMITS[name])
    count = 1
    while lower_bound_seconds(limits, count + 1) <= seconds:
        count += 1
    return count


async def drain(url: str, root: str) -> dict[str, object]:
    """Fill the lake: seconds from the first pass to the last outcome."""
    ended = time.monotonic()

    async with parts_at(root, url) as parts:

        def settled(_events: object) -> None:
            nonlocal ended
            ended = time.monotonic()

        async with parts.events.feeding("benchmark", settled, TaskSettled):
            began = time.monotonic()
            result = await run_once(parts, Stop(), max_wait=10.0)
    complete = result.report is not None and result.report.complete
    return {"seconds": ended - began, "complete": complete}


def run(*, quick: bool = False) -> list[Figure]:
    """Best of the rounds for the time (a busy machine only adds to it), all violations of all rounds."""
    seconds, rounds = (6.0, 1) if quick else (SECONDS, 2)
    items = {name: items_for(name, seconds) for name in LIMITS}
    say(f"{sum(items.values())} items: {items}")
    bound = max(lower_bound_seconds(spoken(name, LIMITS[name]), count) for name, count in items.items())
    speaks = {
        name: {"requests": windows[0][0], "per": windows[0][1], "burst_size": burst}
        | ({"min_delay_seconds": delay} if delay else {})
        for name, (windows, burst, delay) in LIMITS.items()
    }
    kept = {"paced": {"enabled": True}, "unpaced": {"enabled": False}}
    seen: dict[str, list[float]] = {name: [] for name in kept}
    violations = 0
    for _ in range(rounds):
        for name, backoff in kept.items():
            with folder() as root, serving("-m", "benchmarks.audit_server", json.dumps(LIMITS)) as url:
                rules = {"enabled": True, "backoff": backoff}
                configure(root, items, speaks, max_concurrent_scrapers=5, rate_limiting=rules)
                result = child(drain, url, str(root))
                report = get_json(f"{url}/__report__")
            if not result["complete"] or report["totals"]["requests"] != sum(items.values()):
                raise SkippedError(f"not drained with one request an item: {result}, {report['totals']}")
            seen[name].append(float(str(result["seconds"])))
            violations += report["totals"]["violations"]
            by_source = {
                source: round(one["last_at"] - one["first_at"], 2) for source, one in report["sources"].items()
            }
            say(f"{name}: {seen[name][-1]:.3f} s, lower bound {bound:.3f} s; first to last request: {by_source}")
    return [
        Figure("time to drain", min(seen["unpaced"]), "s", "lower bound", bound, at_most=1.02, note="best round"),
        Figure(
            "the same with `backoff: pace`",
            min(seen["paced"]),
            "s",
            "lower bound",
            bound,
            at_most=1.02,
            note="best round",
        ),
        Figure("requests beyond a limit", violations, "", "none", 0.0, at_most=0.0, note="all rounds"),
    ]
