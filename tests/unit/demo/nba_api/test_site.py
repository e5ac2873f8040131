"""nba.com's bodies: the members of the captured ones, their types, and facts that agree with each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from adce_async.demo.league import Game, League
from adce_async.demo.nba_api.site import Nba
from adce_async.demo.site import Request, Response, akamai_denied

LEAGUE = League(7, dt.date(2024, 12, 9), dt.date(2024, 12, 29))

SITE = Nba(LEAGUE)

GAMES = LEAGUE.games(dt.date(2024, 12, 15))

OVERTIME = next(game for day in LEAGUE.days() for game in LEAGUE.games(day) if len(game.home_periods) == 5)

REFERER = {"referer": "https://www.nba.com/"}

SEASON = {"LeagueID": "00", "Season": "2024-25"}


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


def leaves(document: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(path, type) of all values of a document, list indices left out."""
    match document:
        case dict():
            for name, value in document.items():
                yield f"{path}.{name}", "dict" if isinstance(value, dict) else type(value).__name__
                yield from leaves(value, f"{path}.{name}")
        case list():
            for value in document:
                yield from leaves(value, path)


def paths(document: Any) -> set[str]:
    return {path for path, _ in leaves(document)}


def test_a_game_under_way_and_one_to_come() -> None:
    game = GAMES[-1]
    before, within = {"now": game.tip_off - 60}, {"now": game.tip_off + 60}
    assert cdn(f"liveData/boxscore/boxscore_{game.nba_id}.json", **before).status == 403
    assert (
        stats("boxscoretraditionalv3", GameID=game.nba_id, **before)["boxScoreTraditional"]["homeTeam"]["players"] == []
    )
    assert stats("playbyplayv3", GameID=game.nba_id, **before)["game"]["actions"] == []
    box = live("boxscore", game, **within)["game"]
    assert (box["gameStatus"], box["homeTeam"]["score"]) == (2, sum(game.home_periods[:2]))
    actions = live("playbyplay", game, **within)["game"]["actions"]
    assert (actions[-1]["actionType"], actions[-1]["period"]) == ("period", 2)
    tiles = stats("scoreboardv3", GameDate="2024-12-15", LeagueID="00", **before)["scoreboard"]["games"]
    assert tiles[-1]["gameStatus"] == 1
    assert tiles[-1]["gameStatusText"].endswith("m ET")
    held = stats("scheduleleaguev2", **SEASON, held=True)["leagueSchedule"]["gameDates"]
    assert [one["gameStatus"] for day in held for one in day["games"]].count(2) == 1
    none_yet = stats("leaguestandingsv3", **SEASON, SeasonType="Regular Season", SeasonYear="", now=0.0)
    assert none_yet["resultSets"][0]["rowSet"] == []
    assert len(none_yet["resultSets"][0]["headers"]) == 92


def test_what_is_refused() -> None:
    path = f"liveData/boxscore/boxscore_{GAMES[0].nba_id}.json"
    assert cdn(path, headers={}).body == akamai_denied(f"http://cdn.nba.com/static/json/{path}").body
    for missing in ("liveData/boxscore/boxscore_0022499999.json", "liveData/boxscore/playbyplay_1.json", "x"):
        answer = cdn(missing)
        assert (answer.status, answer.content_type) == (403, "application/xml")
        assert b"<Code>AccessDenied</Code>" in answer.body
    assert stats_answer("boxscoretraditionalv3").status == 400
    assert stats_answer("scoreboardv3", GameDate="12/15/2024", LeagueID="00").status == 400
    assert stats_answer("playbyplayv3", GameID="0022499999").status == 500
    assert stats_answer("playbyplayv2", GameID=GAMES[0].nba_id).body == b"{}"
    assert stats_answer("nosuchendpoint").status == 404
    robots = SITE.answer(Request("stats.nba.com", "/robots.txt"))
    assert (robots.status, robots.headers["location"]) == (301, "https://www.nba.com/robots.txt")
    assert SITE.answer(Request("cdn.nba.com", "/robots.txt")).status == 403


MAY_BE_EMPTY = ("roadcasters.", ".officials.", "broadcasterList.", ".pbOdds", "weeks.")

"""Lists that the league has nothing for."""


@pytest.mark.parametrize(
    ("folder", "file", "made"),
    [
        ("nba_stats", "boxscoretraditionalv3_0022500165.json", lambda: stats("boxscoretraditionalv3", GameID=GAMES[0].nba_id)),
        ("nba_stats", "playbyplayv3_0022400561.json", lambda: stats("playbyplayv3", GameID=OVERTIME.nba_id)),
        ("nba_stats", "scoreboardv3_2025-11-05.json", lambda: stats("scoreboardv3", GameDate="2024-12-15", LeagueID="00")),
        ("nba_cdn", "boxscore_0022500776_final.json", lambda: live("boxscore", GAMES[0])),
        ("nba_cdn", "scheduleLeagueV2_2025-26_asof_2025-07-17_partial.json", lambda: stats("scheduleleaguev2", **SEASON)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_members_and_types_are_those_of_the_captured_ones(captures: Any, folder: str, file: str, made: Any) -> None:
    real, ours = orjson.loads(captures.body(folder, file)), made()
    missing = {path for path in paths(real) - paths(ours) if not any(part in path for part in MAY_BE_EMPTY)}
    known = {".game.homeTeam.players.notPlayingDescription", ".game.awayTeam.players.notPlayingDescription"}
    known |= {".game.homeTeam.statistics.biggestLeadScore", ".game.awayTeam.statistics.biggestLeadScore"}
    assert missing <= known
    assert paths(ours) - paths(real) <= known | {path for path in paths(ours) if "weeks." in path}
    types = {path: {kind for at, kind in leaves(real) if at == path} for path in paths(real)}
    for path, kind in leaves(ours):
        assert path not in types or kind in types[path], path
