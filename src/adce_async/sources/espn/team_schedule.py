"""The games of a team. Asked without a season, it is the current part of the current one: in June the playoffs only.

Of its games it names those that have begun: the others would make it stale for as long as its season has games to come.
"""

from __future__ import annotations

from typing import Any, ClassVar

from adce_async.errors import RefusedError
from adce_async.model.coverage import SETTLED_STATES, Discovery, Item
from adce_async.model.facts import GameFacts
from adce_async.model.seasons import season_of_end_year
from adce_async.scraping.base import Page, Want
from adce_async.scraping.declarative import dig
from adce_async.sources.espn.facts import day_of, event_facts, listed_item
from adce_async.sources.espn.parts import EspnPage, expect, expect_season, expect_team, rows, statuses

_REGULAR = "2"
"""The one part of a season that every team plays."""


class EspnTeamSchedule(EspnPage):
    """The games of one team (field `team_id`: its id or its abbreviation), finished or not.

    Fields `season` and `season_type` (ESPN's number: 1 preseason, 2 regular season, 3 playoffs, 5 play-in) are
    compared where the key has them.
    """

    version: ClassVar[str] = "2"

    def judge(self, body: dict[str, Any], want: Want) -> None:
        """The schedule of the team, the season and the part asked for; each game one of that team's."""
        team_id = want.fields["team_id"]
        expect_team("team", team_id, dig(body, "team"))
        asked = dig(body, "requestedSeason") or dig(body, "season")
        expect_season("requestedSeason.year", want, dig(asked, "year"))
        if (part := want.fields.get("season_type")) is not None:
            expect("requestedSeason.type", part, dig(asked, "type"))
        events = dig(body, "events")
        if not isinstance(events, list):
            raise RefusedError("events: expected a list, found none")
        if not events and str(dig(asked, "type")) == _REGULAR:
            raise RefusedError("events: none, but every team plays in the regular season")
        for event in events:
            _check_event(event, team_id, want)

    def discover(self, page: Page, want: Want) -> Discovery:
        """Each game that is settled or has a score, with its `game_id`, `date`, `season`, `season_type`, both teams."""
        games = {str(dig(event, "id")): event for event in rows(page.json(), "events")}
        items = (_item(game_id, event) for game_id, event in games.items())
        return Discovery(tuple(item for item in items if item.scored or item.state in SETTLED_STATES))

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        """Each game once, with the scores of the finished ones."""
        games = {str(dig(event, "id")): event for event in rows(page.json(), "events")}
        return tuple(one for event in games.values() if (one := event_facts(event, dig(event, "seasonType.type"))))


def _item(game_id: str, event: Any) -> Item:
    year = dig(event, "season.year")
    fields = {
        "game_id": game_id,
        "date": day_of(dig(event, "date") or dig(event, "competitions.0.date")),
        "season": season_of_end_year(year) if isinstance(year, int) else "",
        "season_type": dig(event, "seasonType.type"),
    }
    return listed_item(event, {name: str(value) for name, value in fields.items() if value})


def _check_event(event: Any, team_id: str, want: Want) -> None:
    game_id = dig(event, "id")
    if not str(game_id).isdecimal():
        raise RefusedError(f"an event without an id: found {game_id!r}")
    expect_season(f"event {game_id}: season.year", want, dig(event, "season.year"))
    if not statuses(event):
        raise RefusedError(f"event {game_id}: no status")
    teams = [dig(one, "team") for one in rows(event, "competitions.0.competitors")]
    names = {str(dig(team, name)).upper() for team in teams for name in ("id", "abbreviation")}
    if team_id.upper() not in names:
        raise RefusedError(f"event {game_id}: expected a game of {team_id}, found {sorted(names)}")
