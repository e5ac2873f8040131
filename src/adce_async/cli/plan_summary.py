"""What a plan comes to, in words: how much, until when, what binds, and what it can't foresee."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adce_async.cli.render import duration
from adce_async.model.coverage import Coverage
from adce_async.model.days import iso
from adce_async.planning.forecast import Forecast
from adce_async.planning.simulation import GLOBAL, SLOTS
from adce_async.planning.unforeseen import Unforeseen

MOST_LINES = 8
"""Listings of which is said what they would bring to light; the rest are counted."""
MOST_NAMES = 4


def plan_summary(seen: Forecast, coverage: Sequence[Coverage], parked: int, *, now: float) -> str:
    """One sentence or two. `parked`: gaps that are on the dead-letter list; `now`: seconds since the epoch.

    >>> plan_summary(Forecast((), 0.0, None), [], 0, now=0.0)
    'nothing to do: nothing is expected'
    """
    total = Coverage.total(coverage)
    gaps = total.missing + total.stale + total.small + total.invalid
    waiting = gaps - parked - len(seen.planned)
    beside = [f"{number(parked)} parked (`adce parked`)"] if parked else []
    if not seen.planned:
        if not total.expected:
            return "nothing to do: nothing is expected"
        if not gaps:
            return f"nothing to do: complete, {number(total.expected)} of {number(total.expected)} objects are there"
        beside += [f"{number(waiting)} not asked for again yet"] if waiting > 0 else []
        return f"nothing to do now: of {count(gaps, 'gap')}, {', '.join(beside) or 'none can be filled now'}"
    requests = len({each.task.request for each in seen.planned}) if seen.requests is None else seen.requests
    beside += [f"{number(waiting)} beyond the caps or not asked for again yet"] if waiting > 0 else []
    done = f"done in {duration(seen.eta_seconds)} at the earliest ({iso(now + seen.eta_seconds)})"
    binds = {GLOBAL: "the global limits decide", SLOTS: f"{SLOTS} decides", None: "nothing binds"}
    said = binds.get(seen.bound_by, f"the limits of {seen.bound_by} decide")
    text = f"{count(len(seen.planned), 'task')} in {count(requests, 'request')}, {done}; {said}"
    return f"{text}; {', '.join(beside)}" if beside else text


def unforeseen_lines(ahead: Sequence[Unforeseen]) -> Iterator[str]:
    """A sentence for each listing that is not there, the greatest first."""
    ranked = sorted(ahead, key=lambda each: -(each.games or 0))
    for each in ranked[:MOST_LINES]:
        yield f"not in it yet: {_brings(each)}"
    if len(ranked) > MOST_LINES:
        yield f"not in it yet: what {len(ranked) - MOST_LINES} more data types would bring to light (--json)"


def _brings(each: Unforeseen) -> str:
    source = each.parent.partition(".")[0]
    names = [name.removeprefix(f"{source}.") for name in each.data_types]
    types = ", ".join(names[:MOST_NAMES]) + (f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else "")
    seasons = f" of {each.seasons[0]}" if each.seasons else ""
    if len(each.seasons) > 1:
        seasons = f" of {len(each.seasons)} seasons from {each.seasons[0]} to {each.seasons[-1]}"
    why = f"{count(each.listings, 'object')} of {each.parent} {'is' if each.listings == 1 else 'are'} not stored"
    if each.games is None:
        return f"{source} {types}{seasons}: {why}"
    about = f"about {count(each.requests or 0, 'request')} for about {count(each.games, 'game')}{seasons}"
    return f"{about} ({source} {types}): {why}"


def number(value: int) -> str:
    """With commas.

    >>> number(170000)
    '170,000'
    """
    return f"{value:,}"


def count(value: int, noun: str) -> str:
    """A number of things.

    >>> count(1, "task"), count(1230, "game")
    ('1 task', '1,230 games')
    """
    return f"{number(value)} {noun}{'' if value == 1 else 's'}"
