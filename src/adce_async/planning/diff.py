"""What lies between SHOULD and IS: one data type and season at a time, as set algebra on keys."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from adce_async.model.adoption import Copies
from adce_async.model.coverage import (
    Coverage,
    DataType,
    Expectation,
    Findings,
    Gap,
    GapKind,
    StoredObject,
)
from adce_async.model.days import DAY, HOUR, LATE_HOURS, end_of_eastern_day, iso
from adce_async.model.seasons import season_range
from adce_async.planning.expectations import Expectations
from adce_async.planning.listing import Waiting

NO_COPIES = Copies()
RELIST_SECONDS = DAY
"""How often a listing with unfinished games, or an object that contradicts itself, is asked again where its data type
names no freshness."""
RECOLLECTED_WITHIN = 7 * DAY
"""So long after its day a game's objects are stored once more: nobody corrects it any more, and old lakes stay as they
are."""
_NAMED = 3
"""Games that a reason names."""


def diff(
    data_type: DataType,
    season: str | None,
    expectations: Iterable[Expectation],
    stored: Mapping[str, StoredObject],
    *,
    now: float,
    unsettled: Mapping[str, Waiting] | None = None,
    invalid: Mapping[str, str] | None = None,
    verified: Collection[str] = frozenset(),
    copies: Copies = NO_COPIES,
) -> Findings:
    """Coverage and gaps of one data type and season.

    `unsettled`: listings whose items can still change (`planning.listing`). `invalid`: keys whose stored body is known
    to be wrong, with the reason. `verified`: keys whose body somebody else has stored, and which was found good since.
    `copies`: when objects of others were copied: their times say nothing of when they were fetched.
    An object that closed before it was stored is never stale, however old it is.
    """
    coverage = Coverage(data_type.source, data_type.name, season, required=data_type.required)
    findings = Findings(data_type, coverage)
    wrong, waiting = invalid or {}, unsettled or {}
    expected = Expectations.of(expectations)
    coverage.expected = len(expected)
    plain = not wrong and not waiting and data_type.freshness_seconds is None and not recollects(data_type, season, now)
    for number, key in enumerate(expected.keys):
        found = stored.get(key)
        if found is not None and plain and found.size >= data_type.min_bytes:  # nearly all of a lake that is complete
            coverage.stored += 1
            coverage.verified += found.verified or key in verified
            continue
        expectation = expected[number]
        if found is None:
            coverage.missing += 1
            findings.gaps.append(missing(expectation))
            continue
        coverage.stored += 1
        if expectation.key not in wrong:
            coverage.verified += found.verified or expectation.key in verified
        gap = flaw(expectation, found, data_type, now=now, invalid=wrong, unsettled=waiting, copies=copies)
        if gap is not None:
            findings.gaps.append(gap)
            _count(coverage, gap.kind)
    return findings


def missing(expectation: Expectation) -> Gap:
    """The gap where nothing is stored."""
    return Gap(expectation, GapKind.MISSING, "not in the lake")


def flaw(
    expectation: Expectation,
    found: StoredObject,
    data_type: DataType,
    *,
    now: float,
    invalid: Mapping[str, str],
    unsettled: Mapping[str, Waiting],
    copies: Copies = NO_COPIES,
) -> Gap | None:
    """What is wrong with a stored object; None if nothing is. See `diff`.

    `planning.comparison` says the same of many objects at once.
    """
    copied = not found.verified and copies.hold(found.modified)
    freshness = data_type.freshness_seconds
    modified = 0.0 if copied else found.modified
    wait = RELIST_SECONDS if freshness is None else freshness
    if expectation.key in invalid:
        # what we have fetched ourselves is what the source says: it needs time to say something else
        ask_from = found.modified + wait if found.verified else 0.0
        return Gap(expectation, GapKind.INVALID, invalid[expectation.key], ask_from)
    if found.size < data_type.min_bytes:
        reason = f"{found.size} bytes, at least {data_type.min_bytes} expected"
        return Gap(expectation, GapKind.SMALL, reason)
    if (waiting := unsettled.get(expectation.key)) is not None:
        if waiting.is_open:
            reason = "lists games that were not final when it was stored"
            return Gap(expectation, GapKind.STALE, reason, ask_from=modified + wait)
        if now - modified >= max(wait, waiting.seconds):
            games = ", ".join(waiting.games[:_NAMED])
            more = f" and {len(waiting.games) - _NAMED} more" if len(waiting.games) > _NAMED else ""
            return Gap(expectation, GapKind.STALE, f"lists games that never became final: {games}{more}")
    return _too_old(expectation, modified, data_type, now, copied=copied)


def _too_old(expectation: Expectation, modified: float, data_type: DataType, now: float, *, copied: bool) -> Gap | None:
    """`modified`: when its content was known to be current; of what was `copied`, nobody knows."""
    freshness, age = data_type.freshness_seconds, now - modified
    provisional = data_type.recollect_seconds is not None and is_provisional(expectation.closes, modified, now)
    if copied and (provisional or freshness is not None):
        return Gap(expectation, GapKind.STALE, "its time is that of a copy: nobody knows when it was fetched")
    if provisional and data_type.recollect_seconds is not None and age >= data_type.recollect_seconds:
        return Gap(expectation, GapKind.STALE, f"stored in the night of its game, {age / HOUR:.0f} hours ago")
    if freshness is None or age <= freshness:
        return None
    if expectation.closes is not None and modified >= expectation.closes:
        return None
    return Gap(expectation, GapKind.STALE, f"stored {iso(modified)}, older than {freshness / DAY:g} days")


def is_provisional(closes: float | None, modified: float, now: float) -> bool:
    """True if an object was stored before the night of its game was over, less than a week ago.

    `closes`: the end of the game's day. What is stored once more a day later is not provisional any more.
    """
    return closes is not None and modified < closes + LATE_HOURS and now < closes + RECOLLECTED_WITHIN


def recollects(data_type: DataType, season: str | None, now: float) -> bool:
    """True if objects of `season` may have to be stored once more: of those long over none is looked at for it."""
    if data_type.recollect_seconds is None:
        return False
    return season is None or now < end_of_eastern_day(season_range(season)[1]) + RECOLLECTED_WITHIN


def _count(coverage: Coverage, kind: GapKind) -> None:
    match kind:
        case GapKind.STALE:
            coverage.stale += 1
        case GapKind.SMALL:
            coverage.small += 1
        case GapKind.INVALID:
            coverage.invalid += 1
        case GapKind.MISSING:
            coverage.missing += 1
