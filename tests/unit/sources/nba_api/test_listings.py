"""nba.com's scoreboards and schedules: which listing is accepted, which games it names, and what waits for them."""

from __future__ import annotations

import copy
from collections import Counter

import orjson
import pytest

from adce_async.errors import NotYetError, RefusedError, ScrapeError, TransientError, UnreadableError
from adce_async.model.coverage import Item, ItemState
from adce_async.model.days import from_iso
from adce_async.model.facts import GameFacts, SideFacts
from adce_async.planning.listing import read_listing
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.registry import load_builtins, make_scraper

ENTRIES = load_builtins(["adce_async.sources.nba_api"]).scrapers
SCHEDULES = ("schedule", "cdn_schedule", "cdn_schedule_1")


def scraper(name: str) -> Scraper:
    return make_scraper(f"nba_api_{name}", ENTRIES[f"nba_api_{name}"])


def as_page(document: object) -> Page:
    return Page("https://stats.nba.com/x", document if isinstance(document, bytes) else orjson.dumps(document))


def day(date: str = "2025-11-05") -> Want:
    return Want(f"{date}.json", "scoreboard", {"season": "2025-26", "date": date})


def season(name: str = "2025-26") -> Want:
    return Want(f"{name}.json", "schedule", {"season": name})


def refused(name: str, document: object, want: Want, error: type[ScrapeError] = RefusedError) -> str:
    with pytest.raises(error) as caught:
        scraper(name).check(as_page(document), want)
    assert type(caught.value) in (error, UnreadableError), caught.value
    return caught.value.reason


def items(name: str, document: object, want: Want) -> list[Item]:
    scraper(name).check(as_page(document), want)
    found = scraper(name).discover(as_page(document), want)
    assert found is not None
    return list(found.items)


def team(code: str, number: int, score: object = 0, **more: object) -> dict:
    return {"teamTricode": code, "teamId": number, "score": score} | more


def game(game_id: str = "0022500171", status: object = 3, text: str = "Final", **more: object) -> dict:
    sides = {"homeTeam": team("CLE", 39, 132), "awayTeam": team("PHI", 55, 121)}
    return (
        {"gameId": game_id, "gameCode": "20251105/PHICLE", "gameStatus": status, "gameStatusText": text} | sides | more
    )


def board(*games: dict, date: str = "2025-11-05", made: str = "2025-11-06T04:00:00.0Z", league: str = "00") -> dict:
    return {"meta": {"time": made}, "scoreboard": {"gameDate": date, "leagueId": league, "games": list(games)}}


def schedule(*games: dict, name: str = "2025-26", made: str = "2025-11-06T04:00:00.0Z", league: str = "00") -> dict:
    days = [
        {"gameDate": "11/05/2025 00:00:00", "games": [{"gameDateEst": "2025-11-05T00:00:00Z"} | one]} for one in games
    ]
    return {"meta": {"time": made}, "leagueSchedule": {"seasonYear": name, "leagueId": league, "gameDates": days}}


TBD = {"homeTeam": team("", 0), "awayTeam": team("", 0), "gameCode": ""}


@pytest.mark.parametrize(
    ("name", "document", "want"),
    [("scoreboard", board(game()), day()), ("cdn_scoreboard", board(game()), day())]
    + [(name, schedule(game()), season()) for name in SCHEDULES],
)
def test_a_listing_names_its_games_and_their_scores(name, document, want):
    (item,) = items(name, document, want)
    assert item.state is ItemState.FINAL
    assert dict(item.fields) == {
        "game_id": "0022500171",
        "record_id": "0022500171",
        "date": "2025-11-05",
        "season": "2025-26",
        "season_type": "regular",
        "home": "CLE",
        "away": "PHI",
        "home_id": "39",
        "away_id": "55",
    }
    assert scraper(name).facts(as_page(document), want) == (
        GameFacts(
            "0022500171", "2025-11-05", SideFacts("CLE", 132), SideFacts("PHI", 121), final=True, season_type="regular"
        ),
    )
    for cut in range(1, 16):
        body = orjson.dumps(document)
        refused(name, body[: len(body) * cut // 16], want)


def test_quarters_of_a_scoreboard():
    periods = [{"period": n, "score": score} for n, score in enumerate((41, 29, 37, 25), 1)]
    document = board(game(homeTeam=team("CLE", 39, 132, periods=periods)))
    (facts,) = scraper("scoreboard").facts(as_page(document), day())
    assert (facts.home.periods, facts.away.periods) == ((41, 29, 37, 25), ())


def test_the_day_is_the_one_asked_for():
    assert items("scoreboard", board(), day()) == []
    assert "gameDate: expected" in refused("scoreboard", board(), day("2025-11-06"))
    assert "gameDate: expected" in refused("scoreboard", board(date=""), day())
    assert "leagueId" in refused("scoreboard", board(league="10"), day())
    assert "ten digits" in refused("scoreboard", board(game("2022500171")), day())
    assert "ten digits" in refused("scoreboard", board(game("22500171")), day())
    refused("scoreboard", {"meta": {}, "scoreboard": {"gameDate": "2025-11-05", "leagueId": "00"}}, day())
    refused("scoreboard", {"meta": {}}, day())
    refused("scoreboard", {"Message": "An error has occurred."}, day(), TransientError)
    assert items("scoreboard", board(game()), Want("k", "scoreboard", {}))


def test_yesterdays_games_are_not_todays():
    """cdn.nba.com shows yesterday's until about noon, Eastern time."""
    assert "found '2025-11-05'" in refused("cdn_scoreboard", board(game()), day("2025-11-06"), NotYetError)
    assert items("cdn_scoreboard", board(game()), day())
    assert items("cdn_scoreboard", board(game()), Want("nba_api/cdn/scoreboard.json", "cdn_scoreboard", {}))


@pytest.mark.parametrize(
    ("status", "text", "state"),
    [
        (1, "7:30 pm ET", ItemState.SCHEDULED),
        (1, "TBD", ItemState.SCHEDULED),
        (2, "Q2 07:15", ItemState.LIVE),
        (3, "Final", ItemState.FINAL),
        (3, "Final ", ItemState.FINAL),
        (3, "Final/OT2", ItemState.FINAL),
        (1, "PPD", ItemState.POSTPONED),
        (1, "Postponed", ItemState.POSTPONED),
        (1, "Cancelled", ItemState.CANCELLED),
        (None, "", ItemState.SCHEDULED),
        (3, None, ItemState.FINAL),
    ],
)
def test_states(status, text, state):
    (item,) = items("scoreboard", board(game(status=status, text=text)), day())
    assert item.state is state
    (item,) = items("schedule", schedule(game(status=status, text=text, postponedStatus="Y")), season())
    assert item.state is state
    assert len(scraper("schedule").facts(as_page(schedule(game(status=status, text=text))), season())) == (
        state is ItemState.FINAL
    )


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_season_is_the_one_asked_for(name):
    """At cdn.nba.com there is only the current one."""
    assert "seasonYear: expected '2024-25', found '2025-26'" in refused(name, schedule(game()), season("2024-25"))
    assert "leagueId" in refused(name, schedule(game(), league="20"), season())
    assert "no games yet" in refused(name, schedule(), season(), NotYetError)
    assert "ten digits" in refused(name, schedule(game("1022500171")), season())
    refused(name, {"meta": {}, "leagueSchedule": None}, season())
    refused(name, {"meta": {}, "leagueSchedule": {"seasonYear": "2025-26", "leagueId": "00"}}, season())
    assert items(name, schedule(game()), Want("k", "schedule", {}))


def test_exhibitions_are_named_but_not_of_record():
    games = [game(f"00{kind}2500001") for kind in "123456"]
    found = items("schedule", schedule(*games), season())
    assert [item.fields["season_type"] for item in found] == [
        "preseason", "regular", "all_star", "playoffs", "play_in", "cup_final",
    ]  # fmt: skip
    assert [item.fields["season_type"] for item in found if "record_id" not in item.fields] == ["preseason", "all_star"]


NO_SCORE = {"homeTeam": team("CLE", 39, 0), "awayTeam": team("PHI", 55, 0)}


@pytest.mark.parametrize(
    ("more", "late"),
    [
        (NO_SCORE, ItemState.POSTPONED),
        ({"homeTeam": team("CLE", 39, None), "awayTeam": team("PHI", 55, None)}, ItemState.POSTPONED),
        (NO_SCORE | {"ifNecessary": True}, ItemState.POSTPONED),
        (TBD, ItemState.POSTPONED),
        ({"status": 2, "text": "Q4 00:00.0"}, ItemState.FINAL),
        ({"status": 1, "text": "7:00 pm ET"}, ItemState.FINAL),
        ({"status": None, "text": ""}, ItemState.FINAL),
    ],
)
def test_nothing_waits_for_ever_and_nothing_played_is_dropped(more, late):
    """What is unfinished long after its day, by the listing's own clock, was played if there is a score, else not."""
    unfinished = game(**({"status": 1, "text": "7:30 pm ET"} | more))
    for name, document, want in (("schedule", schedule, season()), ("scoreboard", board, day())):
        for made, state in (("2025-11-06T23:00:00Z", None), ("2025-12-01 09:50:39.5039", late)):
            found = scraper(name).discover(as_page(document(unfinished, made=made)), want)
            assert found is not None
            assert not found.settled
            (item,) = read_listing(found, fetched=None).items
            assert item.state is (state or found.items[0].state)
    for made in ("", "soon"):
        found = scraper("schedule").discover(as_page(schedule(unfinished, made=made)), season())
        assert found is not None
        assert found.made is None


def test_a_cup_game_before_the_draw_has_no_teams():
    (item,) = items("schedule", schedule(game(status=1, text="TBD", **TBD)), season())
    assert "home" not in item.fields
    assert "home_id" not in item.fields
    assert item.fields["game_id"] == "0022500171"


def test_a_game_that_is_known_to_be_never_played():
    (item,) = items("schedule", schedule(game("0021201214", 1, "TBD"), name="2012-13"), season("2012-13"))
    assert item.state is ItemState.CANCELLED


def test_a_final_without_a_point_was_called_off():
    nothing = {"homeTeam": team("MIN", 1, 0), "awayTeam": team("GSW", 2, 0)}
    (item,) = items("schedule", schedule(game(**nothing)), season())
    assert item.state is ItemState.POSTPONED
    unknown = {"homeTeam": team("MIN", 1, None), "awayTeam": team("GSW", 2, None)}
    (item,) = items("schedule", schedule(game(**unknown)), season())
    assert item.state is ItemState.FINAL
    assert scraper("schedule").facts(as_page(schedule(game(**unknown))), season()) == ()


def test_a_moved_game_is_one_game():
    moved = [game(status=1, text="PPD"), game() | {"gameDateEst": "2025-11-07T00:00:00Z"}]
    for games in (moved, moved[::-1]):
        (item,) = items("schedule", schedule(*games), season())
        assert (item.state, item.fields["date"]) == (ItemState.FINAL, "2025-11-07")
        assert len(scraper("schedule").facts(as_page(schedule(*games)), season())) == 1


def test_the_day_of_a_game_without_its_own_is_its_groups():
    (item,) = items("schedule", schedule(game(gameDateEst="")), season())
    assert item.fields["date"] == "2025-11-05"


def test_old_codes_of_teams_are_read():
    (item,) = items("schedule", schedule(game(homeTeam=team("PHL", 55, 1))), season())
    assert item.fields["home"] == "PHI"


# the scoreboard of old lakes


def board_v2(*games: object, league: str = "00", date: str = "11/05/2025") -> dict:
    header = {"name": "GameHeader", "headers": ["GAME_ID"], "rowSet": [[one] for one in games]}
    said = {"GameDate": date, "LeagueID": league, "DayOffset": "0"}
    return {"resource": "scoreboardV2", "parameters": said, "resultSets": [header]}


def test_the_old_scoreboard_is_judged():
    check = scraper("scoreboard_v2").check
    check(as_page(board_v2("0022500171", "0022500172")), day())
    check(as_page(board_v2("0022500171", date="2025-11-05")), day())
    check(as_page(board_v2()), day())
    check(as_page(board_v2("0022500171")), Want("k", "x", {}))
    assert "3 rows of 2 games" in refused("scoreboard_v2", board_v2("0022500171", "0022500172", "0022500171"), day())
    assert "LeagueID" in refused("scoreboard_v2", board_v2("2022500171", league="20"), day())
    assert "ten digits" in refused("scoreboard_v2", board_v2("2022500171"), day())
    assert "ten digits" in refused("scoreboard_v2", board_v2(22500171), day())
    assert "GameDate" in refused("scoreboard_v2", board_v2("0022500171"), day("2025-11-06"))
    assert "GameHeader" in refused("scoreboard_v2", board_v2() | {"resultSets": []}, day())
    refused("scoreboard_v2", {}, day())


@pytest.mark.parametrize(
    ("status", "text", "points", "state", "scored"),
    [
        (3, "Final", (132, 121), ItemState.FINAL, False),
        (2, "Q4 00:00.0", (132, 121), ItemState.LIVE, True),
        (1, "7:00 pm ET", (132, 121), ItemState.SCHEDULED, True),
        (1, "7:00 pm ET", (None, None), ItemState.SCHEDULED, False),
        (1, "PPD", (0, 0), ItemState.POSTPONED, False),
        (3, "Final", (0, 0), ItemState.POSTPONED, False),
    ],
)
def test_the_old_scoreboard_names_its_games(status, text, points, state, scored):
    columns = ["GAME_DATE_EST", "GAME_ID", "GAME_STATUS_ID", "GAME_STATUS_TEXT", "HOME_TEAM_ID", "VISITOR_TEAM_ID"]
    header = {"name": "GameHeader", "headers": columns}
    header["rowSet"] = [["2025-11-05T00:00:00", "0022500171", status, text, 39, 55]]
    lines = {"name": "LineScore", "headers": ["GAME_ID", "TEAM_ID", "TEAM_ABBREVIATION", "PTS"]}
    lines["rowSet"] = [["0022500171", 55, "PHI", points[1]], ["0022500171", 39, "CLE", points[0]]]
    (item,) = items("scoreboard_v2", board_v2() | {"resultSets": [header, lines]}, day())
    assert (item.state, item.scored) == (state, scored)
    new = items("scoreboard", board(game()), day())[0]
    assert dict(item.fields) == dict(new.fields)


def test_the_old_scoreboard_without_its_lines_still_names_its_games():
    (item,) = items("scoreboard_v2", board_v2("0022500171"), day())
    assert item.state is ItemState.SCHEDULED
    assert item.fields["date"] == "2025-11-05"
    assert "home" not in item.fields


@pytest.mark.parametrize(
    ("name", "document", "want"),
    [
        ("scoreboard", board(game(), game("0022500172", 1, "7:30 pm ET")), day()),
        ("cdn_scoreboard", board(game()), day()),
        ("schedule", schedule(game(), game("0022500172", 1, "TBD", **TBD)), season()),
        ("scoreboard_v2", board_v2("0022500171"), day()),
    ],
)
def test_whatever_member_is_wrong_nothing_breaks(name, document, want):
    outcomes: Counter[str] = Counter()
    for path in paths(document):
        for value in (None, [], {}, "", 7, ["x"], {"a": 1}):
            damaged = copy.deepcopy(document)
            parent = damaged
            for step in path[:-1]:
                parent = parent[step]
            parent[path[-1]] = value
            try:
                scraper(name).check(as_page(damaged), want)
                scraper(name).discover(as_page(damaged), want)
                scraper(name).facts(as_page(damaged), want)
                outcomes["accepted"] += 1
            except ScrapeError as error:
                outcomes[type(error).__name__] += 1
    assert outcomes["accepted"] > 5
    assert outcomes["RefusedError"] > 5


def paths(value, path=()):
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in inner:
        yield (*path, step)
        yield from paths(child, (*path, step))


@pytest.mark.parametrize(
    ("more", "starts"),
    [
        ({"gameTimeUTC": "2025-11-06T00:30:00Z"}, "2025-11-06T00:30:00Z"),
        ({"gameTimeUTC": "1900-01-01T00:30:00Z", "gameDateTimeUTC": "2025-11-06T00:00:00Z"}, "2025-11-06T00:00:00Z"),
        ({"gameTimeUTC": "1900-01-01T00:30:00Z"}, None),
        ({"gameTimeUTC": "2025-11-06T05:00:00Z", "gameStatusText": "TBD"}, None),
        ({"gameTimeUTC": 7}, None),
    ],
)
def test_a_game_to_come_says_when_it_begins_if_its_source_knows(more, starts):
    (item,) = items("scoreboard", board(game(status=1, text="7:30 pm ET", gameTimeUTC=None) | more), day())
    assert item.state is ItemState.SCHEDULED
    assert item.starts == (starts and from_iso(starts))
