"""The tasks of games that are on: the look at their listing, and what is missing once they are over. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from adce_async.model.coverage import Coverage, DataType, Expectation, Findings, Gap, GapKind, Item, Priority
from adce_async.model.dimensions import Declared
from adce_async.model.task import LOOK_TIER, Origin, Task
from adce_async.planning.expand import expand
from adce_async.planning.live import games_of


def look_at(data_type: DataType, expectation: Expectation, *, stored: bool, now: float) -> Task:
    """Ask for a listing ahead of all else; as if it were stale, so that it is asked for with a condition."""
    return Task(
        key=expectation.key,
        source=data_type.source,
        scraper=data_type.scraper,
        data_type=data_type.name,
        season=expectation.season,
        fields=expectation.fields,
        kind=GapKind.STALE if stored else GapKind.MISSING,
        priority=Priority.CRITICAL,
        detected_at=now,
        due=expectation.closes or expectation.due,
        reason="its games are on",
        tier=LOOK_TIER,
        freshness_seconds=data_type.freshness_seconds,
        fingerprint=data_type.fingerprint,
        origin=Origin.LIVE,
    )


def all_of(
    children: Iterable[Declared], listing: DataType, season: str | None, games: Sequence[Item], *, now: float
) -> Iterator[Findings]:
    """What `children` have of `games` that the `listing` of `season` named, as if nothing of it were there.

    What comes of other listings as well is left to a pass, which knows those.
    """

    def items_of(parent: str, _season: str | None) -> Sequence[Item]:
        return games if parent == games_of(listing) else ()

    for child in children:
        for of in child.seasons_to_expand:
            if of is not None and season is not None and of != season:
                continue
            expected = expand(child, of, now=now, items_of=items_of)
            gaps = [Gap(each, GapKind.MISSING, "its game has just ended") for each in expected]
            if gaps:
                name = child.data_type
                yield Findings(name, Coverage(name.source, name.name, of, expected=len(gaps)), gaps)
