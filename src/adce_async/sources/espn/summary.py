"""The summary of a game: one body that is its box score, its team statistics, its plays and its win probability.

The keys of a summary do not tell whether its game is over, only its status does: a live one can hold 388 plays.
Games of 2001-02 have no plays, and old ones no win probability: ESPN has none, so nobody need ask for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from adce_async.errors import NotFoundError, NotYetError, RefusedError
from adce_async.model.facts import GameFacts, SideFacts
from adce_async.scraping.base import Page, Want
from adce_async.scraping.declarative import dig
from adce_async.sources.espn.facts import event_facts, play_scores, player_points
from adce_async.sources.espn.parts import NBA, EspnPage, expect, expect_rows, expect_season, refuse_unfinished, rows

_LAST_QUARTER = 4


class EspnSummary(EspnPage):
    """All about one finished game (field `game_id`); what must be in it depends on the data type asked for.

    `play_by_play`, `win_probability`, `team_stats` and `box_score` are parts of it; any other name means the whole.
    """

    version: ClassVar[str] = "2"

    def judge(self, body: dict[str, Any], want: Want) -> None:
        """The game asked for, final, with the part that the data type names."""
        game_id = want.fields["game_id"]
        expect("header.id", game_id, dig(body, "header.id"))
        game = dig(body, "header.competitions.0")
        expect("header.competitions.0.id", game_id, dig(game, "id"))
        if (league := dig(body, "header.league.uid")) is not None:
            expect("header.league.uid", NBA, league)
        expect_season("header.season.year", want, dig(body, "header.season.year"))
        refuse_unfinished(dig(game, "status.type"), "header.competitions.0.status")
        scores = _final_scores(game)
        part = want.data_type.lower()
        if "play_by_play" in part or "pbp" in part:
            _check_plays(body, scores)
        elif "win_prob" in part:
            if not rows(body, "winprobability"):
                raise NotFoundError("winprobability: none recorded")
        elif "team" in part:
            _check_teams(body)
        else:
            _check_players(body, game)
            if rows(body, "plays") and not ("box" in part or "player" in part):
                _check_plays(body, scores)

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        """The game, with the sums of its players' points and the score of its last play."""
        return page.once(_facts_of_page)

    def table_reader(self, data_type: str) -> str:
        """See `Scraper.table_reader`; no table has win probabilities."""
        return "" if "win_prob" in data_type.lower() else "adce_async.sources.espn.tables:summary"


class EspnCdnGame(EspnSummary):
    """The same game by way of the content network, wrapped into `gamepackageJSON`."""

    version: ClassVar[str] = "1"

    def judge(self, body: dict[str, Any], want: Want) -> None:
        """What `EspnSummary` asks of what is wrapped."""
        inner = body.get("gamepackageJSON")
        if not isinstance(inner, dict):
            raise RefusedError(f"gamepackageJSON: expected an object, found {type(inner).__name__}")
        super().judge(inner, want)

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        """As of `EspnSummary`."""
        return page.once(_facts_of_wrapped)


def _final_scores(game: Any) -> dict[str, str]:
    """The score of `home` and of `away`."""
    scores = {str(dig(one, "homeAway")): str(dig(one, "score")) for one in rows(game, "competitors")}
    if set(scores) != {"home", "away"} or not all(score.isdecimal() for score in scores.values()):
        raise RefusedError(f"header.competitions.0.competitors: expected two scores, found {scores}")
    return scores


def _check_players(body: dict[str, Any], game: Any) -> None:
    teams = expect_rows(body, "boxscore.players")
    if len(teams) != 2:
        raise RefusedError(f"boxscore.players: expected 2 teams, found {len(teams)}")
    for number in range(2):
        athletes = expect_rows(body, f"boxscore.players.{number}.statistics.0.athletes")
        if not any(dig(athlete, "stats") for athlete in athletes):
            raise RefusedError(f"boxscore.players.{number}: {len(athletes)} players, none with statistics")
    sides = {str(dig(one, "team.id")) for one in rows(game, "competitors")}
    found = {str(dig(team, "team.id")) for team in teams}
    if "None" not in sides | found and sides != found:
        raise RefusedError(f"boxscore.players: expected teams {sorted(sides)}, found {sorted(found)}")


def _check_teams(body: dict[str, Any]) -> None:
    for number in range(2):
        expect_rows(body, f"boxscore.teams.{number}.statistics")


def _check_plays(body: dict[str, Any], scores: Mapping[str, str]) -> None:
    """The plays reach the fourth period, and the final score where they state scores at all.

    Which play states it does not matter: old feeds have no "End Game", and put late corrections behind it.
    """
    plays = rows(body, "plays")
    if not plays:
        raise RefusedError("plays: no play-by-play recorded")
    final = (int(scores["home"]), int(scores["away"]))
    stated = (reached for play in reversed(plays) if (reached := play_scores(play)) is not None)
    last = next(
        stated, None
    )  # mostly the final one already: only what is wrong, or corrected late, is read to its start
    if (last not in (None, final) and final not in stated) or not any(map(_late, reversed(plays))):
        to = "an unknown score" if last is None else "{}-{}".format(*last)
        raise NotYetError(f"plays: {len(plays)} of them, to {to}, do not reach the end at {final[0]}-{final[1]}")


def _late(play: Any) -> bool:
    # a step for each of hundreds of plays: `dig` would take three times as long
    if not isinstance(play, dict):
        return False
    period, kind = play.get("period"), play.get("type")
    number = period.get("number") if isinstance(period, dict) else None
    text = kind.get("text") if isinstance(kind, dict) else None
    return text == "End Game" or (isinstance(number, int) and number >= _LAST_QUARTER)


def _facts_of_page(page: Page) -> tuple[GameFacts, ...]:
    return _facts(page.json())


def _facts_of_wrapped(page: Page) -> tuple[GameFacts, ...]:
    return _facts(dig(page.json(), "gamepackageJSON"))


def _facts(body: Any) -> tuple[GameFacts, ...]:
    game = event_facts(dig(body, "header"), dig(body, "header.season.type"))
    if game is None:
        return ()
    points = player_points(body)
    last = next((found for play in reversed(rows(body, "plays")) if (found := play_scores(play))), (None, None))
    ids = {
        str(dig(one, "homeAway")): str(dig(one, "team.id")) for one in rows(body, "header.competitions.0.competitors")
    }

    def told(side: SideFacts, name: str, reached: int | None) -> SideFacts:
        return SideFacts(side.team, side.points, side.periods, points.get(ids.get(name, "")), reached)

    return (replace(game, home=told(game.home, "home", last[0]), away=told(game.away, "away", last[1])),)
