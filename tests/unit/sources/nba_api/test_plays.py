"""nba.com: which play-by-play is accepted as which game, and what it says of it."""

from __future__ import annotations

import orjson
import pytest

from adce_async.errors import NotYetError, RefusedError, ScrapeError, UnreadableError
from adce_async.model.facts import GameFacts, SideFacts
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.registry import load_builtins, make_scraper

ENTRIES = load_builtins(["adce_async.sources.nba_api"]).scrapers

GAME, OTHER = "0022400561", "0022400562"


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


def result_sets(said: dict, **sets: tuple) -> dict:
    return {
        "resource": "x",
        "parameters": said,
        "resultSets": [
            {"name": n, "headers": list(h), "rowSet": [list(r) for r in rows]} for n, (h, rows) in sets.items()
        ],
    }


def play(period: int, home: object = "", away: object = "", kind: str = "Made Shot", sub: str = "", **more) -> dict:
    return {"period": period, "scoreHome": home, "scoreAway": away, "actionType": kind, "subType": sub} | more


HOME, AWAY = {"teamTricode": "PHI", "location": "h"}, {"teamTricode": "NYK", "location": "v"}


def pbp(*last: dict, game_id: object = GAME, periods: int = 4) -> dict:
    actions = [play(1, "0", "0", "period", "start"), play(1, "2", "0", **HOME), play(1, "2", "3", **AWAY)]
    actions += [play(n, "50", "50", "period", "end") for n in range(1, periods)]
    return {"meta": {}, "game": {"gameId": game_id, "actions": [*actions, *last]}}


END = play(4, "116", "117", "period", "end")


@pytest.mark.parametrize("name", ["play_by_play", "play_by_play_v2"])
def test_plays_reach_the_end(name):
    missed = play(4, "", "", "Missed Shot", "Jump Shot", **HOME)
    (facts,) = accepted(name, pbp(missed, END, missed))  # a late correction may stand behind the end
    assert facts == GameFacts(
        GAME, "", SideFacts("PHI", last_play=116), SideFacts("NYK", last_play=117), final=True, season_type="regular"
    )
    overtime = pbp(play(4, "110", "110", "period", "end"), play(5, "119", "125", "period", "end"), periods=4)
    assert accepted(name, overtime)[0].home.last_play == 119
    refused(name, pbp(END), game(OTHER))
    refused(name, {"meta": {}})
    refused(name, {"game": {"gameId": GAME}})
    refused(name, pbp(END, game_id="1022400561"), game("1022400561"))


@pytest.mark.parametrize(
    "document",
    [
        pbp(periods=3),  # halftime
        pbp(periods=4),
        pbp(play(4, "100", "98", **HOME)),
        pbp(play(4, "110", "110", "period", "end")),  # overtime follows
        pbp(play(4, "110", "110", "period", "end"), play(5, "112", "110", **HOME)),
        {"game": {"gameId": GAME, "actions": []}},
        {"game": {"gameId": GAME, "actions": [play(4, kind="period", sub="end")]}},
    ],
)
def test_plays_of_a_game_under_way(document):
    refused("play_by_play", document, error=NotYetError)


def test_an_all_star_game_may_have_fewer_periods():
    short = pbp(play(1, "40", "41", "period", "end"), game_id="0032400001", periods=1)
    accepted("play_by_play", short, game("0032400001"))
    refused("play_by_play", pbp(play(1, "40", "41", "period", "end"), periods=1), error=NotYetError)


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


@pytest.mark.parametrize("name", ["play_by_play", "play_by_play_v2"])
def test_plays_of_the_old_shape(name):
    (facts,) = accepted(name, pbp_v2(END_V2, StartPeriod=0, EndPeriod=10))
    assert (facts.home, facts.away) == (SideFacts("PHI", last_play=119), SideFacts("NYK", last_play=125))
    refused(name, pbp_v2((GAME, 10, 13, 2, None, None, "60 - 50", None)), error=NotYetError)
    refused(name, pbp_v2((GAME, 10, 13, 4, None, None, "60 - 60", None)), error=NotYetError)
    refused(name, pbp_v2((GAME, 10, 1, 4, None, None, "61 - 60", None)), error=NotYetError)
    assert "a stretch of a game" in refused(name, pbp_v2(END_V2, StartPeriod=4, EndPeriod=4))
    assert "a stretch of a game" in refused(name, pbp_v2(END_V2, StartPeriod=1, EndPeriod=2))
    assert "expected" in refused(name, pbp_v2(END_V2), game(OTHER))
    assert "expected" in refused(name, pbp_v2((OTHER, *END_V2[1:])))
    assert "expected rows" in refused(name, result_sets({"GameID": GAME}, PlayByPlay=(V2, [])))
    assert "an empty object" in refused(name, {})
    assert "not there" in refused(name, {"resource": "playbyplay", "parameters": {"GameID": GAME}, "resultSet": None})


def test_plays_of_cdn_end_with_the_game():
    name, end = "cdn_play_by_play", play(4, "116", "117", "game", "end")
    teams = [{"teamTricode": "PHI"}, {"teamTricode": "NYK"}]
    shots = [play(1, "2", "0", **teams[0]), play(1, "2", "3", **teams[1]), play(1, "2", "3", "foul", **teams[0])]
    document = {"meta": {}, "game": {"gameId": GAME, "actions": [*shots, END, end]}}
    (facts,) = accepted(name, document)
    assert (facts.home, facts.away) == (SideFacts("PHI", last_play=116), SideFacts("NYK", last_play=117))
    refused(name, document, game(OTHER))
    document["game"]["actions"].pop()
    assert "none of which ends the game" in refused(name, document, error=NotYetError)
    refused(name, {"game": {"gameId": GAME, "actions": []}}, error=NotYetError)


def test_whose_plays_cannot_be_told_have_no_facts():
    bare = pbp(END)
    for action in bare["game"]["actions"]:
        action.pop("location", None)
    assert accepted("play_by_play", bare) == ()


def shots(period: int = 4, team: int = 7, **said: object) -> dict:
    asked = {"GameID": GAME, "TeamID": 7, "LeagueID": "00", "Season": "2024-25", "SeasonType": "Regular Season"}
    rows = [(GAME, team, 1), (GAME, team, period)]
    return result_sets(
        asked | said, Shot_Chart_Detail=(("GAME_ID", "TEAM_ID", "PERIOD"), rows), LeagueAverages=((), [])
    )
