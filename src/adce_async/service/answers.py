"""The four questions of who looks at the page, with answers in a few words: well, complete, doing what, done when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten

from adce_async.model.coverage import Coverage
from adce_async.model.days import eastern_day, iso
from adce_async.planning.outlook import Outlook
from adce_async.web.page.rendering import duration

MOST_CHARACTERS = 70
"""Of a reason in an answer."""
STOPPING = ("storage", "lake", "queue", "reconciler")
"""Troubles in which nothing gets on, whatever the sources do."""
GOOD, HELD, BAD, NEUTRAL = "good", "held", "bad", "neutral"


@dataclass(frozen=True, slots=True)
class Answer:
    """One of them. `mood`: good, held, bad or neutral."""

    question: str
    short: str
    detail: str
    mood: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What they follow from; seconds are from `now` on, which is since the epoch."""

    now: float
    health: str
    """healthy, degraded or unhealthy."""
    troubles: Sequence[tuple[str, str]]
    uptime: float
    total: Coverage | None
    """None before the first pass."""
    stored_since: int
    """Since that pass."""
    parked: int
    waiting: int
    """Requests."""
    running: int
    paused: str
    outlook: Outlook
    next_ready: float
    """Until the first of those that wait may be tried."""
    next_pass: float | None
    sources: Sequence[Mapping[str, object]] = ()
    """With source, queued, trouble, held, waits."""
    passes: bool = True
    """False: the settings say that nobody looks at the lake."""
    lately: int = 0
    """Attempts that ended within the last minute."""
    unforeseen: int = 0
    """Requests, about, for games of schedules that are not there yet."""


def answers(seen: Seen) -> tuple[Answer, ...]:
    """In the order in which they are asked."""
    return _well(seen), _complete(seen), _doing(seen), _done(seen)


def when(now: float, seconds: float) -> str:
    """The time in `seconds`, to the minute; with its day if that is another one.

    >>> when(0.0, 30.0), when(0.0, 3600.0), when(0.0, 100_000.0)
    ('in 30 s', 'at 01:00 UTC', 'at 1970-01-02 03:46 UTC')
    """
    if seconds < 90:
        return f"in {duration(seconds)}"
    at = iso(now + seconds)
    same_day = eastern_day(now) == eastern_day(now + seconds)
    return f"at {at[11:16] if same_day else at[:16].replace('T', ' ')} UTC"


def named(troubles: Sequence[tuple[str, str]]) -> str:
    """What stops everything first, then sources; three at most."""
    names = sorted((name for name, _ in troubles), key=_weight)
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _weight(name: str) -> tuple[bool, bool]:
    return name not in STOPPING, not name.startswith("source ")


def bound_by(outlook: Outlook) -> str:
    """What decides when it is done.

    >>> bound_by(Outlook(9.0, "ant", "20 a minute")), bound_by(Outlook(9.0, "ant", "closed until then"))
    ('ant allows 20 a minute', 'ant is closed until then')
    """
    verb = "is" if outlook.because.startswith("closed") else "allows"
    return f"{outlook.source or 'all sources together'} {verb} {outlook.because}"


def nothing_is_kept(troubles: Sequence[tuple[str, str]]) -> bool:
    """True if nothing can be stored or written down, so that nobody knows when it is done."""
    return any(name in ("storage", "lake", "queue") for name, _ in troubles)


def is_stuck(troubles: Sequence[tuple[str, str]], health: str) -> bool:
    """True if nobody looks at the lake any more, though somebody should."""
    return health == "unhealthy" and any(name == "reconciler" for name, _ in troubles)


def _well(seen: Seen) -> Answer:
    if seen.health == "healthy":
        return Answer("Well?", "Yes", f"up for {duration(seen.uptime)}", GOOD)
    first = next(iter(seen.troubles), ("", ""))[1]
    first = shorten(first, 2 * MOST_CHARACTERS, placeholder=" ...")
    detail = f"{named(seen.troubles)}{f': {first}' if len(seen.troubles) == 1 else ''}"
    if seen.health == "degraded":
        return Answer("Well?", "At work, with trouble", detail, HELD)
    return Answer("Well?", "No", detail, BAD)


def _complete(seen: Seen) -> Answer:
    ask, total = "Complete?", seen.total
    if total is None:
        return Answer(ask, "Not known yet", _look(seen, "the first look at the lake is under way"), NEUTRAL)
    if not total.expected:
        return Answer(ask, "Nothing is expected", "the inventory asks for nothing, or its schedules are missing", HELD)
    if not total.gaps and seen.stored_since:
        detail = f"all {total.expected:,} of the last look are there; the next one finds what follows"
        return Answer(ask, "As far as is known", detail, GOOD)
    if not total.gaps:
        return Answer(ask, "Yes", f"all {total.expected:,} objects are there", GOOD)
    since = f"; {seen.stored_since:,} stored since the last look" if seen.stored_since else ""
    parked = f"; {seen.parked:,} parked" if seen.parked else ""
    old = "; as of the last look" if is_stuck(seen.troubles, seen.health) else ""
    ahead = "; games that are not listed yet come on top" if seen.unforeseen else ""
    detail = f"{total.gaps:,} of {total.expected:,} are missing or not well{since}{parked}{old}{ahead}"
    return Answer(ask, f"{total.completeness_pct:g} %", detail, HELD)


def _doing(seen: Seen) -> Answer:
    ask = "Doing what?"
    look = "" if seen.next_pass is None else f"the next look at the lake is in {duration(seen.next_pass)}"
    look = _look(seen, look)
    waiting = f"{seen.waiting:,} wait" if seen.waiting else "nothing waits"
    if seen.paused:
        return Answer(ask, "Paused", f"{seen.paused}; {waiting}", HELD)
    if seen.running or (seen.lately and _free(seen)):
        rest = f"; {', '.join(_kept_names(seen))} rest" if _kept(seen) else ""
        lately = f"{seen.lately:,} answers in the last minute, " if seen.lately else ""
        return Answer(ask, "Fetching", f"{lately}{seen.running} running, {waiting}{_at_its_limit(seen)}{rest}", GOOD)
    if seen.waiting:
        return Answer(ask, "Waiting", f"{waiting}; {_why_nothing_runs(seen)}", HELD if _kept(seen) else NEUTRAL)
    if seen.total is None:
        looking = seen.passes and not is_stuck(seen.troubles, seen.health)
        return Answer(ask, "Looking at the lake" if looking else "Nothing", look, NEUTRAL)
    return Answer(ask, "Nothing", look or "nothing waits", NEUTRAL)


def _look(seen: Seen, else_: str) -> str:
    """Why nobody looks at the lake, or `else_`."""
    if not seen.passes:
        return "nobody looks at the lake: the settings say so"
    return "looking at the lake has stopped" if is_stuck(seen.troubles, seen.health) else else_


def _why_nothing_runs(seen: Seen) -> str:
    kept = _kept(seen)
    if kept:
        return "; ".join(kept[:3]) + (f"; and {len(kept) - 3} more" if len(kept) > 3 else "")
    if seen.next_ready > 1:
        return f"the next one is tried {when(seen.now, seen.next_ready)}"
    return "; ".join(f"{row['source']}: {row['waits']}" for row in seen.sources if row["queued"] and row["waits"])


def _kept(seen: Seen) -> list[str]:
    """Why sources with work do none: in trouble, or held by somebody."""
    return [f"{row['source']}: {_short(str(row['held'] or row['trouble']))}" for row in seen.sources if _is_kept(row)]


def _kept_names(seen: Seen) -> list[str]:
    return [str(row["source"]) for row in seen.sources if _is_kept(row)]


def _free(seen: Seen) -> list[Mapping[str, object]]:
    """Sources with work that nothing but their limits keeps from it."""
    return [row for row in seen.sources if row["queued"] and not _is_kept(row)]


def _at_its_limit(seen: Seen) -> str:
    waits = [f"{row['source']}: {row['waits']}" for row in _free(seen) if row["waits"]]
    return f"; {'; '.join(waits[:2])}" if waits else ""


def _short(text: str) -> str:
    """The first clause of a trouble: all of it stands below.

    >>> _short("breaker open after 5 failures; one probe in 48 s; robots.txt of a.test can't be had")
    'breaker open after 5 failures'
    """
    return shorten(text.partition(";")[0], MOST_CHARACTERS, placeholder=" ...")


def _is_kept(row: Mapping[str, object]) -> bool:
    return bool(row["queued"] and (row["held"] or row["trouble"]))


def _done(seen: Seen) -> Answer:
    ask, total = "Done when?", seen.total
    if seen.paused and seen.waiting:
        return Answer(ask, "Not while it is paused", f"{seen.waiting:,} wait", HELD)
    if seen.waiting and nothing_is_kept(seen.troubles):
        return Answer(ask, "Not known", "once something can be stored again", HELD)
    if seen.waiting:
        seconds = max(seen.outlook.seconds, seen.next_ready)
        held = [str(row["source"]) for row in seen.sources if row["queued"] and row["held"]]
        ill = [str(row["source"]) for row in seen.sources if row["queued"] and row["trouble"] and not row["held"]]
        parts = [bound_by(seen.outlook)] if seen.outlook.because else []
        parts += [f"not what waits for {', '.join(held)}"] if held else []
        parts += [f"if {', '.join(ill)} serves again"] if ill else []
        parts += [f"with about {seen.unforeseen:,} requests for games not listed yet"] if seen.unforeseen else []
        if held and not seen.outlook.seconds:
            return Answer(ask, "Not while it is held", ", ".join(held), HELD)
        if ill and seconds < 1:
            return Answer(ask, "Not known", f"once {', '.join(ill)} serves again", HELD)
        short = f"{when(seen.now, seconds)[:1].upper()}{when(seen.now, seconds)[1:]}"
        return Answer(ask, short, "at the earliest" + "".join(f"; {each}" for each in parts), NEUTRAL)
    if total is None:
        return Answer(ask, "Not known yet", "", NEUTRAL)
    if not total.gaps:
        after = "until the next look at the lake" if seen.stored_since else "nothing is left to do"
        return Answer(ask, "Done", after, GOOD)
    if seen.running:
        return Answer(ask, "Soon", f"the last {seen.running} are under way", NEUTRAL)
    if seen.parked:
        return Answer(ask, "Not by itself", f"{seen.parked:,} parked: they need a person", HELD)
    after = "" if seen.next_pass is None else f", in {duration(seen.next_pass)}"
    return Answer(ask, "Not planned yet", f"the next look at the lake plans what is left{after}", NEUTRAL)
