"""nba.com's box scores and play-by-play: which body is accepted as which game, and what it says of it."""

from __future__ import annotations

import contextlib
import copy

import orjson
import pytest

from adce_async.errors import NotFoundError, NotYetError, PermanentError, RefusedError, ScrapeError, UnreadableError
from adce_async.model.facts import GameFacts, SideFacts
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.registry import load_builtins, make_scraper

ENTRIES = load_builtins(["adce_async.sources.nba_api"]).scrapers

GAME, OTHER = "0022400561", "0022400562"

KINDS = {
    "box_score": "boxScoreTraditional",
    "box_score_advanced": "boxScoreAdvanced",
    "box_score_misc": "boxScoreMisc",
    "box_score_scoring": "boxScoreScoring",
    "box_score_usage": "boxScoreUsage",
    "box_score_four_factors": "boxScoreFourFactors",
    "box_score_player_track": "boxScorePlayerTrack",
    "box_score_hustle": "boxScoreHustle",
    "box_score_defensive": "boxScoreDefensive",
    "box_score_matchups": "boxScoreMatchups",
}


def scraper(name: str) -> Scraper:
    return make_scraper(f"nba_api_{name}", ENTRIES[f"nba_api_{name}"])


def as_page(document: object) -> Page:
    return Page("https://stats.nba.com/x", document if isinstance(document, bytes) else orjson.dumps(document))


def game(game_id: str = GAME, **fields: str) -> Want:
    return Want(f"{game_id}.json", "x", {"game_id": game_id, **fields})


def refused(name: str, document: object, want: Want | None = None, error: type[ScrapeError] = RefusedError) -> str:
    with pytest.raises(error) as caught:
        scraper(name).check(as_page(document), want or game())
    assert type(caught.value) in (error, UnreadableError), caught.value
    assert caught.value.status == 200
    return caught.value.reason


def accepted(name: str, document: object, want: Want | None = None) -> tuple[GameFacts, ...]:
    scraper(name).check(as_page(document), want or game())
    return scraper(name).facts(as_page(document), want or game())


def side(code: str, *points: int, minutes: str = "240:00") -> dict:
    players = [{"personId": n, "statistics": {"points": one}} for n, one in enumerate(points)]
    return {"teamTricode": code, "players": players, "statistics": {"minutes": minutes, "points": sum(points)}}


def box(root: str = "boxScoreTraditional", game_id: object = GAME, **sides: dict) -> dict:
    teams = {"homeTeam": side("PHI", 100, 19), "awayTeam": side("NYK", 125)} | sides
    return {"meta": {"version": 1}, root: {"gameId": game_id, **teams}}


def test_a_box_score_tells_points_and_their_sums():
    assert accepted("box_score", box()) == (
        GameFacts(
            GAME, "", SideFacts("PHI", 119, player_points=119), SideFacts("NYK", 125, player_points=125),
            final=True, season_type="regular",
        ),
    )  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_box_score_is_of_its_kind_and_of_its_game(name):
    good = box(KINDS[name])
    accepted(name, good)
    assert "gameId: expected" in refused(name, good, game(OTHER))
    for other in {*KINDS.values()} - {KINDS[name]}:
        assert "expected boxscore" in refused(name, box(other))
    for cut in range(1, 16):
        body = orjson.dumps(good)
        refused(name, body[: len(body) * cut // 16])
    assert "an empty object" in refused(name, {})
    refused(name, {"meta": {}, KINDS[name]: None})
    refused(name, box(KINDS[name], homeTeam={"teamTricode": "PHI"}))
    for players in ([], [{"personId": 1, "statistics": None}]):
        assert "none with statistics" in refused(
            name, box(KINDS[name], awayTeam={"teamTricode": "NYK", "players": players}), error=NotYetError
        )


def test_matchups_stand_in_place_of_statistics():
    def team(code: str) -> dict:
        return {"teamTricode": code, "players": [{"personId": 1, "matchups": [{"personId": 2, "statistics": {}}]}]}

    accepted("box_score_matchups", box("boxScoreMatchups", homeTeam=team("PHI"), awayTeam=team("NYK")))


@pytest.mark.parametrize("game_id", ["22400561", 22400561, "", None, "2022400561", "1022400561", "00224005611"])
def test_only_ids_of_the_nba_with_their_zeros_are_games(game_id):
    refused("box_score", box(game_id=game_id))
    if isinstance(game_id, str):  # nor if that is what somebody asked for
        refused("box_score", box(game_id=game_id), game(game_id))
    assert "ten digits" in refused("box_score", box(game_id=game_id or 0), Want("k", "x", {}))


def test_a_game_without_an_id_asked_for_is_only_of_the_nba():
    assert accepted("box_score", box(), Want("k", "x", {"season": "2024-25"}))


@pytest.mark.parametrize(
    ("minutes", "game_id", "ok"),
    [
        ("240:00", GAME, True),
        ("265:00", GAME, True),
        ("233:00", GAME, True),  # what hustle statistics add up to
        ("214:59", GAME, False),
        ("120:00", GAME, False),
        ("PT120M00.00S", GAME, False),
        ("PT240M00.00S", GAME, True),
        ("1:53", "0042400101", False),
        ("1:53", "0062300001", False),
        ("190:00", "0012400001", True),  # exhibitions may be shorter
        ("60:00", "0032400001", True),
        ("120:00", "0029500001", True),  # before exact minutes
        ("120:00", "0029600001", False),
        ("", GAME, True),
        (None, GAME, True),
        (240, GAME, True),
    ],
)
def test_minutes_tell_a_game_under_way(minutes, game_id, ok):
    document = box(game_id=game_id, homeTeam=side("PHI", 60, minutes=minutes))
    if ok:
        accepted("box_score", document, game(game_id))
    else:
        assert "no whole game" in refused("box_score", document, game(game_id), NotYetError)


def test_a_box_score_without_points_has_not_begun():
    assert "no points" in refused("box_score", box(homeTeam=side("PHI", 0, minutes="0:00")), error=NotYetError)


PLAYER = ("GAME_ID", "TEAM_ID", "TEAM_ABBREVIATION", "PTS")

TEAM = ("GAME_ID", "TEAM_ID", "TEAM_ABBREVIATION", "MIN", "PTS")


def result_sets(said: dict, **sets: tuple) -> dict:
    return {
        "resource": "x",
        "parameters": said,
        "resultSets": [
            {"name": n, "headers": list(h), "rowSet": [list(r) for r in rows]} for n, (h, rows) in sets.items()
        ],
    }


def box_v2(game_id: object = GAME, minutes: str = "240:00", **said: object) -> dict:
    players = [(game_id, 2, "NYK", 100), (game_id, 2, "NYK", 25), (game_id, 1, "PHI", 119), (game_id, 1, "PHI", None)]
    totals = [(game_id, 1, "PHI", minutes, 119), (game_id, 2, "NYK", minutes, 125)]
    return result_sets({"GameID": game_id} | said, PlayerStats=(PLAYER, players), TeamStats=(TEAM, totals))


@pytest.mark.parametrize("name", ["box_score", "box_score_v2"])
def test_the_old_shape_counts_too(name):
    (facts,) = accepted(name, box_v2())
    assert (facts.home, facts.away) == (
        SideFacts("PHI", 119, player_points=119),
        SideFacts("NYK", 125, player_points=125),
    )
    assert "GameID: expected" in refused(name, box_v2(), game(OTHER))
    wrong_rows = box_v2()
    wrong_rows["resultSets"][0]["rowSet"][0][0] = OTHER
    assert "GAME_ID: expected" in refused(name, wrong_rows)
    refused(name, box_v2("2021900490"), game("2021900490"))
    refused(name, box_v2("22400561"))


def test_what_the_dead_endpoint_answers_is_refused():
    empty = box_v2()
    for table in empty["resultSets"]:
        table["rowSet"] = []
    assert "expected 2 teams, found 0" in refused("box_score_v2", empty)
    assert "expected 2 teams, found 0" in refused("box_score", empty)
    one_team = box_v2()
    one_team["resultSets"][1]["rowSet"].pop()
    assert "expected 2 teams, found 1" in refused("box_score_v2", one_team)
    lacking = box_v2()
    lacking["resultSets"].pop()
    assert "expected TeamStats" in refused("box_score_v2", lacking)


@pytest.mark.parametrize(
    ("said", "ok"),
    [
        ({"RangeType": 0, "StartPeriod": 0, "EndPeriod": 10, "StartRange": 0, "EndRange": 28800}, True),
        ({"RangeType": 0, "StartPeriod": 1, "EndPeriod": 1, "StartRange": 0, "EndRange": 0}, True),
        ({"RangeType": 2, "StartPeriod": 1, "EndPeriod": 10, "StartRange": 0, "EndRange": 55800}, True),
        ({"RangeType": 2, "StartPeriod": 0, "EndPeriod": 0, "StartRange": 28800, "EndRange": 28940}, False),
        ({"RangeType": 2, "StartPeriod": 0, "EndPeriod": 0, "StartRange": 0, "EndRange": 14400}, False),
        ({"RangeType": 1, "StartPeriod": 1, "EndPeriod": 10, "StartRange": 0, "EndRange": 0}, True),
        ({"RangeType": 1, "StartPeriod": 4, "EndPeriod": 4, "StartRange": 0, "EndRange": 0}, False),
        ({"RangeType": 1, "StartPeriod": 1, "EndPeriod": 2, "StartRange": 0, "EndRange": 0}, False),
    ],
)
def test_a_stretch_of_a_game_is_no_box_score(said, ok):
    if ok:
        accepted("box_score_v2", box_v2(**said))
    else:
        assert "a stretch of a game" in refused("box_score_v2", box_v2(**said))


def test_minutes_of_the_old_shape_tell_too():
    assert "no whole game" in refused("box_score_v2", box_v2(minutes="118:20"), error=NotYetError)


def scored(code: str, *periods: int) -> dict:
    quarters = [{"period": n, "score": one} for n, one in enumerate(periods, 1)]
    players = [{"personId": 1, "statistics": {"points": sum(periods)}}]
    return {"teamTricode": code, "score": sum(periods), "periods": quarters, "players": players}


def one_game(status: object = 3, text: str = "Final", game_id: str = GAME, **sides: dict) -> dict:
    teams = {"homeTeam": scored("PHI", 30, 20, 30, 20), "awayTeam": scored("NYK", 25, 25, 25, 35)} | sides
    return {"gameId": game_id, "gameCode": "20250115/NYKPHI", "gameStatus": status, "gameStatusText": text, **teams}


def wrapped(name: str, document: dict) -> dict:
    return {"meta": {}, "boxScoreSummary": document} if name == "box_score_summary" else {"meta": {}, "game": document}


@pytest.mark.parametrize("name", ["box_score_summary", "cdn_box_score"])
def test_a_status_says_whether_a_game_is_over(name):
    (facts,) = accepted(name, wrapped(name, one_game()))
    assert (facts.date, facts.home, facts.away) == (
        "2025-01-15",
        SideFacts("PHI", 100, (30, 20, 30, 20), 100),
        SideFacts("NYK", 110, (25, 25, 25, 35), 110),
    )
    accepted(name, wrapped(name, one_game(text="Final ")))
    accepted(name, wrapped(name, one_game(text="Final/OT")))
    refused(name, wrapped(name, one_game()), game(OTHER))
    refused(name, {"meta": {}})
    for status, text in ((1, "7:30 pm ET"), (2, "Q4 01:12"), (2, "Halftime"), (None, ""), ("3", "Final")):
        assert "not final" in refused(name, wrapped(name, one_game(status, text)), error=NotYetError)
    assert "not played" in refused(name, wrapped(name, one_game(1, "PPD")), error=NotFoundError)
    assert "never played" in refused(name, wrapped(name, one_game(1, "Cancelled")), error=PermanentError)
    never = one_game(1, "TBD", "0021201214")
    assert "never played" in refused(name, wrapped(name, never), game("0021201214"), PermanentError)
    for cut in range(1, 16):
        body = orjson.dumps(wrapped(name, one_game()))
        refused(name, body[: len(body) * cut // 16])


def test_quarters_that_are_not_recorded_are_none():
    for periods in ([], None, [{"period": 1, "score": None}], [{"period": n, "score": 0} for n in range(1, 5)]):
        team = scored("PHI", 30, 20, 30, 20) | {"periods": periods, "players": [{"statistics": {"points": None}}]}
        (facts,) = accepted("box_score_summary", wrapped("box_score_summary", one_game(homeTeam=team)))
        assert facts.home == SideFacts("PHI", 100)


def test_a_summary_without_points_is_refused():
    team = scored("PHI") | {"score": None}
    assert "has no points" in refused("box_score_summary", wrapped("box_score_summary", one_game(homeTeam=team)))


def test_a_box_score_of_cdn_has_players_of_both_teams():
    for players in (None, [], [{"personId": 1}]):
        team = scored("PHI", 100) | {"players": players}
        assert "homeTeam.players" in refused("cdn_box_score", wrapped("cdn_box_score", one_game(homeTeam=team)))


def summary_v2(status: int = 3, period: int | None = 5, **said: object) -> dict:
    game_columns = (
        "GAME_ID",
        "GAMECODE",
        "GAME_STATUS_ID",
        "GAME_STATUS_TEXT",
        "HOME_TEAM_ID",
        "VISITOR_TEAM_ID",
        "LIVE_PERIOD",
    )
    line_columns = (
        "TEAM_ID",
        "TEAM_ABBREVIATION",
        "PTS_QTR1",
        "PTS_QTR2",
        "PTS_QTR3",
        "PTS_QTR4",
        "PTS_OT1",
        "PTS_OT2",
        "PTS",
    )
    return result_sets(
        {"GameID": GAME} | said,
        GameSummary=(game_columns, [(GAME, "20250115/NYKPHI", status, "Final", 1, 2, period)]),
        LineScore=(line_columns, [(2, "NYK", 30, 30, 25, 24, 16, 0, 125), (1, "PHI", 21, 26, 38, 24, 10, 0, 119)]),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["box_score_summary", "box_score_summary_v2"])
def test_a_summary_of_the_old_shape(name):
    (facts,) = accepted(name, summary_v2())
    assert facts == GameFacts(
        GAME, "2025-01-15", SideFacts("PHI", 119, (21, 26, 38, 24, 10)), SideFacts("NYK", 125, (30, 30, 25, 24, 16)),
        final=True, season_type="regular",
    )  # fmt: skip
    assert accepted(name, summary_v2(period=None))[0].home.periods == (21, 26, 38, 24, 10)
    assert accepted(name, summary_v2(period=6))[0].home.periods == (21, 26, 38, 24, 10, 0)
    refused(name, summary_v2(), game(OTHER))
    refused(name, summary_v2(GameID=OTHER))
    refused(name, summary_v2(status=2), error=NotYetError)
    for number in (0, 1):
        empty = summary_v2()
        empty["resultSets"][number]["rowSet"] = []
        assert "expected rows" in refused(name, empty)


def play(period: int, home: object = "", away: object = "", kind: str = "Made Shot", sub: str = "", **more) -> dict:
    return {"period": period, "scoreHome": home, "scoreAway": away, "actionType": kind, "subType": sub} | more


HOME, AWAY = {"teamTricode": "PHI", "location": "h"}, {"teamTricode": "NYK", "location": "v"}


def pbp(*last: dict, game_id: object = GAME, periods: int = 4) -> dict:
    actions = [play(1, "0", "0", "period", "start"), play(1, "2", "0", **HOME), play(1, "2", "3", **AWAY)]
    actions += [play(n, "50", "50", "period", "end") for n in range(1, periods)]
    return {"meta": {}, "game": {"gameId": game_id, "actions": [*actions, *last]}}


END = play(4, "116", "117", "period", "end")

V2 = (
    "GAME_ID",
    "EVENTNUM",
    "EVENTMSGTYPE",
    "PERIOD",
    "HOMEDESCRIPTION",
    "VISITORDESCRIPTION",
    "SCORE",
    "PLAYER1_TEAM_ABBREVIATION",
)


def pbp_v2(*rows: tuple, game_id: object = GAME, **said: object) -> dict:
    first = [
        (game_id, 9, 1, 1, "Maxey shot", None, "0 - 2", "PHI"),
        (game_id, 8, 1, 1, None, "Hart shot", "3 - 2", "NYK"),
    ]
    return result_sets({"GameID": game_id} | said, PlayByPlay=(V2, [*first, *rows]), AvailableVideo=(("X",), [(1,)]))


END_V2 = (GAME, 10, 13, 4, None, None, "125 - 119", None)


def rotation(out: float = 28800.0, game_id: str = GAME) -> dict:
    columns, rows = ("GAME_ID", "OUT_TIME_REAL"), [(game_id, 7200.0), (game_id, out)]
    return result_sets({"GameID": game_id, "LeagueID": "00"}, AwayTeam=(columns, rows), HomeTeam=(columns, rows))


def shots(period: int = 4, team: int = 7, **said: object) -> dict:
    asked = {"GameID": GAME, "TeamID": 7, "LeagueID": "00", "Season": "2024-25", "SeasonType": "Regular Season"}
    rows = [(GAME, team, 1), (GAME, team, period)]
    return result_sets(
        asked | said, Shot_Chart_Detail=(("GAME_ID", "TEAM_ID", "PERIOD"), rows), LeagueAverages=((), [])
    )


def documents() -> list[tuple[str, dict, Want]]:
    return [
        ("box_score", box(), game()),
        ("box_score", box_v2(), game()),
        ("box_score_advanced", box("boxScoreAdvanced"), game()),
        ("box_score_summary", wrapped("box_score_summary", one_game()), game()),
        ("box_score_summary_v2", summary_v2(), game()),
        ("cdn_box_score", wrapped("cdn_box_score", one_game()), game()),
        ("play_by_play", pbp(END), game()),
        ("play_by_play", pbp_v2(END_V2), game()),
        ("cdn_play_by_play", pbp(END, play(4, "116", "117", "game", "end")), game()),
        ("game_rotation", rotation(), game()),
        ("shot_chart", shots(), game(team_id="7")),
    ]


@pytest.mark.parametrize("number", range(len(documents())))
def test_whatever_member_is_wrong_nothing_breaks(number):
    """A damaged body is accepted or refused; it never ends in another error, nor do its facts."""
    name, document, want = documents()[number]
    accepted(name, document, want)
    for path in paths(document):
        for value in (None, [], {}, "", 7, ["x"], {"a": 1}):
            damaged = copy.deepcopy(document)
            parent = damaged
            for step in path[:-1]:
                parent = parent[step]
            parent[path[-1]] = value
            with contextlib.suppress(ScrapeError):
                accepted(name, damaged, want)


def paths(value, path=()):
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in inner:
        yield (*path, step)
        yield from paths(child, (*path, step))
