"""How long attempts usually take, of those that were recorded: what a plan reckons with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from adce_async.model.task import AttemptRecord, Verdict

PAUSE_SECONDS = 60.0
"""Attempts that begin after such a pause may have asked for robots.txt first, as may those that begin beside them."""
MOST_MEDIANS = 5.0
"""Attempts that took more times the median than this have waited for something, mostly for a token."""


def usual_seconds(attempts: Iterable[AttemptRecord]) -> dict[str, float]:
    """What an attempt that came to something takes, by scraper."""
    taken: defaultdict[str, list[float]] = defaultdict(list)
    first: defaultdict[str, list[float]] = defaultdict(list)
    ends: dict[str, tuple[float, float]] = {}
    for attempt in sorted(attempts, key=_start):
        start, end = _start(attempt), attempt.at
        first_end, last_end = ends.get(attempt.source, (0.0, 0.0))
        if start > last_end + PAUSE_SECONDS:
            first_end = end
        ends[attempt.source] = first_end, max(last_end, end)
        if attempt.verdict in (Verdict.STORED, Verdict.UNCHANGED):
            (first if start < first_end else taken)[attempt.scraper].append(attempt.seconds)
    return {scraper: _usual(sorted(seconds)) for scraper, seconds in (first | taken).items()}


def _start(attempt: AttemptRecord) -> float:
    return attempt.at - attempt.seconds


def _usual(seconds: Sequence[float]) -> float:
    most = MOST_MEDIANS * seconds[(len(seconds) - 1) // 2]
    usual = [each for each in seconds if each <= most]
    return sum(usual) / len(usual)
