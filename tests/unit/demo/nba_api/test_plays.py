"""nba.com's play-by-play, simulated: both shapes run up to the result."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from typing import Any

import orjson
import pytest

from adce_async.demo.league import Game, League
from adce_async.demo.nba_api.plays import play_by_play
from adce_async.demo.nba_api.site import Nba
from adce_async.demo.plays import Kind, plays_of
from adce_async.demo.site import GameState, Request, Response

LEAGUE = League(7, dt.date(2024, 12, 9), dt.date(2024, 12, 29))

SITE = Nba(LEAGUE)

GAMES = LEAGUE.games(dt.date(2024, 12, 15))

OVERTIME = next(game for day in LEAGUE.days() for game in LEAGUE.games(day) if len(game.home_periods) == 5)

REFERER = {"referer": "https://www.nba.com/"}

SOME = [*GAMES[:2], OVERTIME]


def stats(endpoint: str, **query: str) -> Any:
    answer = stats_answer(endpoint, **query)
    assert answer.status == 200, answer.body
    return orjson.loads(answer.body)


def stats_answer(endpoint: str, **changes: Any) -> Response:
    options = {name: changes.pop(name) for name in ("now", "held") if name in changes}
    return SITE.answer(Request("stats.nba.com", f"/stats/{endpoint}", changes, REFERER, **options))


def cdn(path: str, headers: dict[str, str] = REFERER, **options: Any) -> Response:
    return SITE.answer(Request("cdn.nba.com", f"/static/json/{path}", {}, headers, **options))


def live(kind: str, game: Game, **options: Any) -> Any:
    answer = cdn(f"liveData/{kind}/{kind}_{game.nba_id}.json", **options)
    assert answer.status == 200
    return orjson.loads(answer.body)


def margins(game: Game) -> list[tuple[int, int]]:
    actions = live("playbyplay", game)["game"]["actions"]
    return [(int(one["scoreHome"]), int(one["scoreAway"])) for one in actions]


@pytest.mark.parametrize("game", SOME, ids=lambda game: game.nba_id)
def test_both_play_by_plays_run_up_to_the_result(game: Game) -> None:
    v3 = stats("playbyplayv3", GameID=game.nba_id)["game"]["actions"]
    told = [one for one in v3 if one["scoreHome"]]
    assert (told[-1]["scoreHome"], told[-1]["scoreAway"]) == (str(game.home_points), str(game.away_points))
    assert (v3[-1]["actionType"], v3[-1]["subType"]) == ("period", "end")
    assert [one["actionId"] for one in v3] == list(range(1, len(v3) + 1))
    assert len({one["actionNumber"] for one in v3}) < len(v3)  # a steal has the number of its turnover
    starts = [one["period"] for one in v3 if (one["actionType"], one["subType"]) == ("period", "start")]
    assert starts == list(range(1, len(game.home_periods) + 1))
    actions = live("playbyplay", game)["game"]["actions"]
    assert (actions[-1]["actionType"], actions[-1]["subType"]) == ("game", "end")
    assert margins(game)[-1] == (game.home_points, game.away_points)
    made = [one for one in actions if one["actionType"] in ("2pt", "3pt") and one["shotResult"] == "Made"]
    assert len(made) == sum(one["actionType"] == "Made Shot" for one in v3)
    box = live("boxscore", game)["game"]
    for side in ("homeTeam", "awayTeam"):
        for player in box[side]["players"]:
            last = [one for one in actions if one["personId"] == player["personId"] and "pointsTotal" in one]
            assert (last[-1]["pointsTotal"] if last else 0) == player["statistics"]["points"]


def told() -> list[dict[str, Any]]:
    return list(play_by_play(OVERTIME, GameState.OVER, OVERTIME.ends_at)["game"]["actions"])


def test_each_play_is_told_as_what_it_is() -> None:
    plays = Counter(play.kind for play in plays_of(OVERTIME))
    kinds = Counter(action["actionType"] for action in told())
    assert (kinds["Made Shot"], kinds["Missed Shot"]) == (plays[Kind.MAKE], plays[Kind.MISS])
    assert kinds["Rebound"] == plays[Kind.OFFENSIVE_REBOUND] + plays[Kind.DEFENSIVE_REBOUND]
    assert (kinds["Free Throw"], kinds["Foul"]) == (plays[Kind.FREE_THROW], plays[Kind.FOUL])
    assert (kinds["Turnover"], kinds["Timeout"]) == (plays[Kind.TURNOVER], plays[Kind.TIMEOUT])
    assert (kinds["Substitution"], kinds["Jump Ball"]) == (plays[Kind.SUBSTITUTION], plays[Kind.JUMP_BALL])
    assert kinds["period"] == 2 * len(OVERTIME.home_periods)


def test_fouls_and_turnovers_are_counted_by_player_and_by_team() -> None:
    for kind, pattern in (("Foul", r"\(P(\d+)\.T(\d+)\)"), ("Turnover", r"\(P(\d+)\.T(\d+)\)")):
        last: Counter[object] = Counter()
        for action in told():
            if action["actionType"] == kind:
                match = re.search(pattern, action["description"])
                assert match, action
                for of, count in ((action["personId"], match[1]), (action["teamTricode"], match[2])):
                    last[of] += 1
                    assert last[of] == int(count)
        assert last


def test_a_player_is_named_by_his_last_name_and_a_timeout_by_its_team() -> None:
    for action in told():
        if action["actionType"] == "Timeout":
            assert action["teamId"] == 0
            assert action["personId"] in (OVERTIME.home.nba_id, OVERTIME.away.nba_id)
        elif action["playerName"] and action["actionType"] != "Substitution":
            assert action["playerName"] in action["description"]
