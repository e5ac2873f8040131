"""What a source was asked, as far as can be told where the journal that knew it is lost: never less than it was."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, repeat

from adce_async.model.limits import Limits

REQUESTS_OF_AN_ATTEMPT = 2
"""Redirects, robots.txt and second tries on a dead connection stand in no history."""


def estimated(attempts: Iterable[float], limits: Limits, running: int, now: float) -> list[float]:
    """Times of the requests behind `attempts` (times of their ends), oldest first, in wall-clock seconds.

    `running`: attempts that may have been under way when the journal was lost; they count as made now. More than
    `limits` allow is not assumed: they were kept then, too.
    """
    longest = max((window.seconds for window in limits.windows), default=limits.min_delay)
    newest_first = sorted((min(at, now) for at in attempts if at > now - longest), reverse=True)
    at_once = min(running, min((window.limit for window in limits.windows), default=1))
    kept: list[float] = []
    for at in chain(repeat(now, at_once), newest_first):
        for _ in range(REQUESTS_OF_AN_ATTEMPT):
            if all(len(kept) < each.limit or kept[-each.limit] - at >= each.seconds for each in limits.windows):
                kept.append(at)
    kept.reverse()
    return kept
