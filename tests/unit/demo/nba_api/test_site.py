"""nba.com's bodies: the members of the captured ones, their types, and facts that agree with each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from adce_async.demo.league import Game, League
from adce_async.demo.nba_api.site import Nba
from adce_async.demo.site import Answer, Ask, akamai_denied

LEAGUE = League(7, dt.date(2024, 12, 9), dt.date(2024, 12, 29))
SITE = Nba(LEAGUE)
GAMES = LEAGUE.games(dt.date(2024, 12, 15))
OVERTIME = next(game for day in LEAGUE.days() for game in LEAGUE.games(day) if len(game.home_periods) == 5)
REFERER = {"referer": "https://www.nba.com/"}
SOME = [*GAMES[:2], OVERTIME]
SEASON = {"LeagueID": "00", "Season": "2024-25"}
LOG = {"SeasonType": "Regular Season", "Counter": "0", "Sorter": "DATE", "DateFrom": "", "DateTo": ""}


def stats(endpoint: str, **query: str) -> Any:
    answer = stats_answer(endpoint, **query)
    assert answer.status == 200, answer.body
    return orjson.loads(answer.body)


def stats_answer(endpoint: str, **changes: Any) -> Answer:
    options = {name: changes.pop(name) for name in ("now", "held") if name in changes}
    return SITE.answer(Ask("stats.nba.com", f"/stats/{endpoint}", changes, REFERER, **options))


def cdn(path: str, headers: dict[str, str] = REFERER, **options: Any) -> Answer:
    return SITE.answer(Ask("cdn.nba.com", f"/static/json/{path}", {}, headers, **options))


def live(kind: str, game: Game, **options: Any) -> Any:
    answer = cdn(f"liveData/{kind}/{kind}_{game.nba_id}.json", **options)
    assert answer.status == 200
    return orjson.loads(answer.body)


def rows(body: Any) -> list[dict[str, Any]]:
    (result,) = body["resultSets"]
    return [dict(zip(result["headers"], row, strict=True)) for row in result["rowSet"]]


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


@pytest.mark.parametrize("game", SOME, ids=lambda game: game.nba_id)
def test_a_box_score_adds_up_to_the_result(game: Game) -> None:
    v3 = stats("boxscoretraditionalv3", GameID=game.nba_id)["boxScoreTraditional"]
    cdn_box = live("boxscore", game)["game"]
    assert v3["gameId"] == cdn_box["gameId"] == game.nba_id
    assert (cdn_box["gameStatus"], cdn_box["gameStatusText"]) == (3, "Final/OT" if game is OVERTIME else "Final")
    for side, team, periods in (
        ("homeTeam", game.home, game.home_periods),
        ("awayTeam", game.away, game.away_periods),
    ):
        points = sum(periods)
        assert (v3[side]["teamId"], v3[side]["teamTricode"]) == (team.nba_id, team.nba)
        assert cdn_box[side]["score"] == v3[side]["statistics"]["points"] == points
        assert [one["score"] for one in cdn_box[side]["periods"]] == list(periods)
        lines = [one["statistics"] for one in v3[side]["players"]]
        for name in ("points", "assists", "reboundsTotal", "threePointersMade", "freeThrowsAttempted"):
            assert sum(one[name] for one in lines) == v3[side]["statistics"][name]
            assert v3[side]["starters"][name] + v3[side]["bench"][name] == v3[side]["statistics"][name]
            of_cdn = [one["statistics"][name] for one in cdn_box[side]["players"]]
            assert of_cdn == [one[name] for one in lines]
        minutes = 240 + 25 * (len(periods) - 4)
        assert v3[side]["statistics"]["minutes"] == f"{minutes}:00"
        assert cdn_box[side]["statistics"]["minutes"] == f"PT{minutes}M00.00S"
        assert [one["comment"] for one in v3[side]["players"]].count("DNP - Coach's Decision") == 3
    margin = max(play - other for play, other in margins(game))
    assert cdn_box["homeTeam"]["statistics"]["biggestLead"] == max(0, margin)


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


def test_listings_agree_with_the_league() -> None:
    schedule = stats("scheduleleaguev2", **SEASON)["leagueSchedule"]
    assert (schedule["seasonYear"], schedule["leagueId"]) == ("2024-25", "00")
    listed = {one["gameId"]: one for day in schedule["gameDates"] for one in day["games"]}
    games = [game for day in LEAGUE.days() for game in LEAGUE.games(day)]
    assert list(listed) == [game.nba_id for game in games]
    for game in games:
        one = listed[game.nba_id]
        assert one["gameCode"] == f"{game.day:%Y%m%d}/{game.away.nba}{game.home.nba}"
        assert (one["homeTeam"]["score"], one["awayTeam"]["score"]) == (game.home_points, game.away_points)
    board = stats("scoreboardv3", GameDate="2024-12-15", LeagueID="00")["scoreboard"]
    assert board["gameDate"] == "2024-12-15"
    assert [one["gameId"] for one in board["games"]] == [game.nba_id for game in GAMES]
    top = board["games"][0]["gameLeaders"]["homeLeaders"]
    line = next(
        one for one in live("boxscore", GAMES[0])["game"]["homeTeam"]["players"] if one["personId"] == top["personId"]
    )
    assert line["statistics"]["points"] == top["points"]
    assert cdn("staticData/scheduleLeagueV2.json").body == stats_answer("scheduleleaguev2", **SEASON).body
    assert cdn("staticData/scheduleLeagueV2_1.json").status == 200
    assert stats("scheduleleaguev2", LeagueID="00", Season="2022-23")["leagueSchedule"]["gameDates"] == []


def test_the_log_has_a_row_for_each_side_or_player() -> None:
    teams = rows(stats("leaguegamelog", **SEASON, **LOG, Direction="ASC", PlayerOrTeam="T"))
    games = [game for day in LEAGUE.days() for game in LEAGUE.games(day)]
    assert len(teams) == 2 * len(games)
    points = {(row["GAME_ID"], row["MATCHUP"]): (row["PTS"], row["WL"]) for row in teams}
    for game in games:
        home = points[game.nba_id, f"{game.home.nba} vs. {game.away.nba}"]
        away = points[game.nba_id, f"{game.away.nba} @ {game.home.nba}"]
        assert (home[0], away[0]) == (game.home_points, game.away_points)
        assert {home[1], away[1]} == {"W", "L"}
    players = rows(stats("leaguegamelog", **SEASON, **LOG, Direction="DESC", PlayerOrTeam="P"))
    assert len(players) == 20 * len(games)
    assert players[0]["GAME_DATE"] == "2024-12-29"
    assert sum(row["PTS"] for row in players) == sum(row["PTS"] for row in teams)


def test_standings_and_players_are_counted_from_the_games() -> None:
    games = [game for day in LEAGUE.days() for game in LEAGUE.games(day)]
    table = rows(stats("leaguestandingsv3", **SEASON, SeasonType="Regular Season", SeasonYear=""))
    assert len(table) == 30
    assert sum(row["WINS"] for row in table) == sum(row["LOSSES"] for row in table) == len(games)
    assert sum(row["TotalPoints"] for row in table) == sum(game.home_points + game.away_points for game in games)
    for row in table:
        parts = [tuple(map(int, row[name].split("-"))) for name in ("HOME", "ROAD")]
        assert [sum(part) for part in zip(*parts, strict=True)] == [row["WINS"], row["LOSSES"]]
        assert row["Dec"] == row["Record"]
    index = rows(stats("playerindex", **SEASON))
    assert len(index) == len(rows(stats("commonallplayers", **SEASON))) == 390
    best = max(index, key=lambda row: row["PTS"] or 0)
    log = rows(stats("leaguegamelog", **SEASON, **LOG, Direction="ASC", PlayerOrTeam="P"))
    own = [row["PTS"] for row in log if row["PLAYER_ID"] == best["PERSON_ID"]]
    assert best["PTS"] == round(sum(own) / len(own), 1)


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


def test_todays_scoreboard_is_that_of_yesterday_until_noon() -> None:
    def day(hour: int) -> str:
        now = dt.datetime(2024, 12, 16, hour + 5, tzinfo=dt.UTC).timestamp()
        body = orjson.loads(cdn("liveData/scoreboard/todaysScoreboard_00.json", now=now).body)
        return str(body["scoreboard"]["gameDate"])

    assert [day(hour) for hour in (9, 11, 12, 18)] == ["2024-12-15", "2024-12-15", "2024-12-16", "2024-12-16"]


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
    robots = SITE.answer(Ask("stats.nba.com", "/robots.txt"))
    assert (robots.status, robots.headers["location"]) == (301, "https://www.nba.com/robots.txt")
    assert SITE.answer(Ask("cdn.nba.com", "/robots.txt")).status == 403


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


def test_live_actions_are_built_like_the_captured_ones(captures: Any) -> None:
    real = orjson.loads(captures.body("nba_cdn", "playbyplay_0022500776_final.json"))["game"]["actions"]
    ours = live("playbyplay", OVERTIME)["game"]["actions"]
    members: dict[tuple[str, str], set[str]] = {}
    for action in real:
        members.setdefault((action["actionType"], action["subType"]), set()).update(action)
    rare = {"descriptor", "area", "areaDetail", "officialId", "foulDrawnPlayerName", "foulDrawnPersonId"}
    for action in ours:
        kind = (action["actionType"], action["subType"])
        assert kind in members, kind
        assert set(action) <= members[kind], kind
        always = set.intersection(*(set(one) for one in real if (one["actionType"], one["subType"]) == kind))
        assert always - rare <= set(action), kind


@pytest.mark.parametrize(
    ("file", "endpoint", "query"),
    [
        ("leaguegamelog_2025-26_partial_T.json", "leaguegamelog", {**LOG, "Direction": "ASC", "PlayerOrTeam": "T"}),
        ("commonallplayers_2025-26.json", "commonallplayers", {}),
        ("playerindex_2025-26.json", "playerindex", {}),
        ("leaguestandingsv3_2025-26.json", "leaguestandingsv3", {"SeasonType": "Regular Season", "SeasonYear": ""}),
    ],
)
def test_tables_have_the_columns_of_the_captured_ones(captures: Any, file: str, endpoint: str, query: Any) -> None:
    real, ours = orjson.loads(captures.body("nba_stats", file)), stats(endpoint, **SEASON, **query)
    assert (ours["resource"], set(ours["parameters"])) == (real["resource"], set(real["parameters"]))
    (theirs,), (result,) = real["resultSets"], ours["resultSets"]
    assert (result["name"], result["headers"]) == (theirs["name"], theirs["headers"])
    for number, header in enumerate(theirs["headers"]):
        kinds = {type(row[number]) for row in theirs["rowSet"]} | {type(None)}  # drafts, which this league has none of
        assert {type(row[number]) for row in result["rowSet"]} <= kinds, header
