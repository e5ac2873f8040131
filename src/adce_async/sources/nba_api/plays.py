"""Play-by-play of stats.nba.com, V3 and V2, and that of cdn.nba.com.

That of cdn.nba.com ends with an action `game`/`end`. Those of stats.nba.com have none: there the last period that is
played must have ended, must be the fourth or a later one, and must not have left the score level. Actions are not
numbered in a row, V2 rows not even in ascending order, and a score stands only where it changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from adce_async.errors import NotYetError, RefusedError
from adce_async.model.facts import GameFacts, SideFacts
from adce_async.scraping.base import Page, Want
from adce_async.scraping.blocked import judging
from adce_async.scraping.declarative import dig
from adce_async.sources.nba_api import ids
from adce_async.sources.nba_api.base import NbaScraper, expect_game
from adce_async.sources.nba_api.envelope import number, opened, parameters, refuse_disagreement, tables

_END_OF_PERIOD = 13
"""`EVENTMSGTYPE` of V2."""
_QUARTERS = 4


@dataclass(frozen=True, slots=True)
class _Play:
    """A play of any of the shapes. `at_home`: the team is the home team, if the play says so."""

    period: int
    ends_period: bool
    score: tuple[int, int] | None
    """Home, away."""
    team: str = ""
    at_home: bool | None = None


class NbaPlayByPlay(NbaScraper):
    """Each play of a finished game (field `game_id`): V3 as it is asked for, V2 as it lies in old lakes."""

    def check(self, page: Page, want: Want) -> None:
        """The game asked for, to its end."""
        with judging(page, html_due=False):
            body = opened(page)
            if "resultSets" in body or "resultSet" in body:
                game_id, plays = _opened_v2(body, want)
            else:
                game_id, actions = _opened(body, want)
                plays = list(map(_play, actions))
            _refuse_unended(game_id, plays)

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        """The score that the last play states."""
        body = page.json()
        if "resultSets" in body:
            table = tables(body)["PlayByPlay"]
            return _facts(str(table.column("GAME_ID")[0]), list(map(_play_v2, table.records())))
        return _facts(str(dig(body, "game.gameId")), list(map(_play, dig(body, "game.actions"))))

    def table_reader(self, data_type: str) -> str:
        """See `Scraper.table_reader`."""
        return "adce_async.sources.nba_api.tables_of_games:play_by_play"


class NbaCdnPlayByPlay(NbaScraper):
    """The play-by-play of cdn.nba.com for a finished game (field `game_id`), from 2019-20 on."""

    def check(self, page: Page, want: Want) -> None:
        """The game asked for, to its end."""
        with judging(page, html_due=False):
            _, actions = _opened(opened(page), want)
            if not any(dig(one, "actionType") == "game" and dig(one, "subType") == "end" for one in actions):
                raise NotYetError(f"game.actions: {len(actions)} of them, none of which ends the game")

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        """The score that the last play states."""
        actions = dig(page.json(), "game.actions")
        return _facts(str(dig(page.json(), "game.gameId")), list(_scored(map(_play, actions))))

    def table_reader(self, data_type: str) -> str:
        """See `Scraper.table_reader`."""
        return "adce_async.sources.nba_api.tables_of_games:play_by_play"


def _opened(body: dict[str, Any], want: Want) -> tuple[str, list[Any]]:
    game = body.get("game")
    if not isinstance(game, dict):
        raise RefusedError("game: not there")
    game_id = expect_game("game.gameId", want, game.get("gameId"))
    actions = game.get("actions")
    if not isinstance(actions, list):
        raise RefusedError("game.actions: not there")
    if not actions:
        raise NotYetError("game.actions: none")
    return game_id, actions


def _opened_v2(body: dict[str, Any], want: Want) -> tuple[str, list[_Play]]:
    refuse_disagreement(body, {"GameID": want.fields["game_id"]} if "game_id" in want.fields else {})
    table = tables(body).get("PlayByPlay")
    if table is None or not table.rows:
        raise RefusedError("PlayByPlay: expected rows, found none")
    for game_id in table.distinct("GAME_ID"):
        expect_game("GAME_ID", want, game_id)
    first, last = (number(parameters(body).get(name)) or 0 for name in ("StartPeriod", "EndPeriod"))
    if first > 1 or 0 < last < _QUARTERS:
        raise RefusedError(f"a stretch of a game: periods {first} to {last}")
    return str(table.column("GAME_ID")[0]), list(map(_play_v2, table.records()))


def _play(action: Any) -> _Play:
    home, away = number(dig(action, "scoreHome")), number(dig(action, "scoreAway"))
    return _Play(
        period=number(dig(action, "period")) or 0,
        ends_period=dig(action, "actionType") == "period" and dig(action, "subType") == "end",
        score=None if home is None or away is None else (home, away),
        team=ids.team(dig(action, "teamTricode")),
        at_home={"h": True, "v": False}.get(str(dig(action, "location"))),
    )


def _play_v2(row: dict[str, Any]) -> _Play:
    """Of V2, `SCORE` is `away - home`; who is at home shows in the column that describes what a player did."""
    away, _, home = str(row.get("SCORE") or "").partition(" - ")
    points = number(home), number(away)
    described = [bool(row.get(f"{side}DESCRIPTION")) for side in ("HOME", "VISITOR")]
    return _Play(
        period=number(row.get("PERIOD")) or 0,
        ends_period=number(row.get("EVENTMSGTYPE")) == _END_OF_PERIOD,
        score=None if points[0] is None or points[1] is None else (points[0], points[1]),
        team=ids.team(row.get("PLAYER1_TEAM_ABBREVIATION")),
        at_home=described[0] if sum(described) == 1 else None,
    )


def _scored(plays: Iterable[_Play]) -> Iterable[_Play]:
    """Plays of cdn.nba.com, which says whose a play is but not who is at home: that team's score grows."""
    before = (0, 0)
    for play in plays:
        score = play.score or before
        grown = score[0] > before[0], score[1] > before[1]
        yield _Play(play.period, play.ends_period, play.score, play.team, grown[0] if sum(grown) == 1 else None)
        before = score


def _refuse_unended(game_id: str, plays: Sequence[_Play]) -> None:
    last = max(play.period for play in plays)
    score = _last_score(plays)
    what = f"{len(plays)} plays up to period {last}, at {score[0]}:{score[1]}" if score else f"{len(plays)} plays"
    if last < _QUARTERS and ids.season_type_of(game_id) in ids.OF_RECORD:
        raise NotYetError(f"not the end of the game: {what}")
    if score is None or score[0] == score[1] or not any(p.ends_period for p in plays if p.period == last):
        raise NotYetError(f"not the end of the game: {what}")


def _last_score(plays: Sequence[_Play]) -> tuple[int, int] | None:
    return next((play.score for play in reversed(plays) if play.score is not None), None)


def _facts(game_id: str, plays: Sequence[_Play]) -> tuple[GameFacts, ...]:
    score = _last_score(plays)
    home, away = (_most(play.team for play in plays if play.at_home is side) for side in (True, False))
    if score is None or not home or not away or home == away:
        return ()
    sides = SideFacts(home, last_play=score[0]), SideFacts(away, last_play=score[1])
    return (GameFacts(game_id, "", *sides, final=True, season_type=ids.season_type_of(game_id)),)


def _most(teams: Iterable[str]) -> str:
    """The team that most plays name: a technical foul may be described on the other side."""
    named = Counter(team for team in teams if team)
    return named.most_common(1)[0][0] if named else ""
