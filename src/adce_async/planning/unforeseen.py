"""What a plan can't foresee: items that stand in listings which are not stored yet.

How many games these are is estimated by how many the league played in the season; of a season under way, by how much of
it is over. It is meant for people: "about 1,230 games".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from adce_async.model.coverage import Coverage
from adce_async.model.days import eastern_day
from adce_async.model.dimensions import Calendar, CalendarDimension, Declared, DerivedDimension, ListDimension
from adce_async.model.season_games import regular_season_games
from adce_async.model.seasons import season_days, season_months, season_range

_GAME = "game_id"


@dataclass(frozen=True, slots=True)
class Unforeseen:
    """What stands in `listings` objects of `parent` (`espn.schedule`) that are not there, or can't be read."""

    parent: str
    listings: int
    seasons: tuple[str, ...]
    data_types: tuple[str, ...]
    """Qualified names of those whose keys come of it."""
    games: int | None
    """About so many; None where it is no games that they name, or nothing is known."""
    requests: int | None
    """About so many for these games, one for each scraper."""

    def as_dict(self) -> dict[str, object]:
        """An entry of `plan --json`."""
        return {
            "listed_by": self.parent,
            "listings_missing": self.listings,
            "seasons": list(self.seasons),
            "data_types": list(self.data_types),
            "games": self.games,
            "requests": self.requests,
        }


def unforeseen(declared: Sequence[Declared], coverage: Iterable[Coverage], *, now: float) -> list[Unforeseen]:
    """An entry for each data type that others derive from and that is not there whole, in the order of `declared`."""
    rows: dict[str, list[Coverage]] = {}
    for row in coverage:
        if row.missing + row.invalid:
            rows.setdefault(f"{row.source}.{row.data_type}", []).append(row)
    found = []
    for parent in declared:
        name = parent.data_type.qualified
        children = [each for each in declared if name in each.parents]
        # of a data type that has fewer seasons than its parent, those that it lacks say nothing
        open_rows = [row for row in rows.get(name, ()) if any(_takes(each, row) for each in children)]
        if open_rows:
            found.append(_entry(parent, children, open_rows, now))
    return found


def _takes(child: Declared, row: Coverage) -> bool:
    return row.season is None or not child.seasons or row.season in child.seasons


def _entry(parent: Declared, children: Sequence[Declared], rows: Sequence[Coverage], now: float) -> Unforeseen:
    of_games = [each for each in children if _names_games(each, parent.data_type.qualified)]
    games: int | None = None
    requests = 0.0
    if of_games:
        estimates = [(row, _games(parent, row, now)) for row in rows]
        known = [(row, count) for row, count in estimates if count is not None]
        if known:
            games = round(sum(count for _, count in known))
            for row, count in known:
                requests += count * len({each.data_type.scraper for each in of_games if _takes(each, row)})
    return Unforeseen(
        parent.data_type.qualified,
        sum(row.missing + row.invalid for row in rows),
        tuple(sorted({row.season for row in rows if row.season is not None})),
        tuple(each.data_type.qualified for each in children),
        games,
        None if games is None else round(requests),
    )


def _names_games(child: Declared, parent: str) -> bool:
    return any(
        isinstance(each, DerivedDimension) and each.parent == parent and _GAME in (each.field, each.item_field)
        for each in child.dimensions
    )


def _games(parent: Declared, row: Coverage, now: float) -> float | None:
    """How many games stand in what of `row` is not there."""
    season = row.season or (parent.seasons[-1] if parent.seasons else None)
    played = None if season is None else regular_season_games(season)
    if season is None or played is None or _of_another_league(parent):
        return None
    whole = played * 1.0
    keys = row.expected
    for each in parent.dimensions:
        if isinstance(each, CalendarDimension) and each.calendar is Calendar.SEASON_MONTHS:
            keys = len(list(season_months(season)))
            break
        if each.field == "date":
            keys = len(list(season_days(season)))
            break
    else:
        whole *= _elapsed(season, now)
    return min(whole, whole * (row.missing + row.invalid) / max(1, keys))


def _of_another_league(parent: Declared) -> bool:
    leagues = [each.values for each in parent.dimensions if isinstance(each, ListDimension) and each.field == "league"]
    return any(value != "NBA" for values in leagues for value in values)


def _elapsed(season: str, now: float) -> float:
    """Which part of a season (0 to 1) is over."""
    first, last = season_range(season)
    return min(1.0, max(0.0, (eastern_day(now) - first).days / max(1, (last - first).days)))
