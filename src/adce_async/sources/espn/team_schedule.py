"""The games of a team. Asked without a season, it is the current part of the current one: in June the playoffs only.

It names no games for other data types: that would make it stale for as long as its season has games to come.
"""

from __future__ import annotations

from typing import Any, ClassVar

from adce_async.errors import RefusedError
from adce_async.model.facts import GameFacts
from adce_async.scraping.base import Page, Want
from adce_async.scraping.declarative import dig
from adce_async.sources.espn.facts import event_facts
from adce_async.sources.espn.parts import EspnPage, expect, expect_season, expect_team, rows, statuses

_REGULAR = "2"
"""The one part of a season that every team plays."""


class EspnTeamSchedule(EspnPage):
    """The games of one team (field `team_id`: its id or its abbreviation), finished or not.

    Fields `season` and `season_type` (ESPN's number: 1 preseason, 2 regular season, 3 playoffs, 5 play-in) are
    compared where the key has them.
    """

    version: ClassVar[str] = "1"

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

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        """Each game once, with the scores of the finished ones."""
        games = {str(dig(event, "id")): event for event in rows(page.json(), "events")}
        return tuple(one for event in games.values() if (one := event_facts(event, dig(event, "seasonType.type"))))


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
