"""ESPN: which listing and which summary is accepted, and what a listing names."""

from __future__ import annotations

import copy
from collections import Counter

import orjson
import pytest
from tests.unit.sources.espn_bodies import (
    CANCELED,
    FINAL,
    LIVE,
    POSTPONED,
    PRE,
    as_page,
    event,
    game,
    listing_of,
    play,
    scoreboard,
    summary,
)

from adce_async.errors import (
    BlockedError,
    NotFoundError,
    NotYetError,
    PermanentError,
    RefusedError,
    ScrapeError,
    TransientError,
    UnreadableError,
)
from adce_async.model.coverage import ItemState
from adce_async.scraping.base import Want
from adce_async.sources.espn import SCRAPERS, SOURCE, EspnScoreboard, EspnSummary

SCOREBOARD = EspnScoreboard("espn_scoreboard", "espn", **{k: SCRAPERS["espn_scoreboard"][k] for k in ("url", "params")})
SUMMARY = EspnSummary("espn_summary", "espn", **{k: SCRAPERS["espn_summary"][k] for k in ("url", "params")})


def accepted(document: object, date: str = "2024-12-15") -> list:
    SCOREBOARD.check(as_page(document), listing_of(date))
    return list(SCOREBOARD.discover(as_page(document), listing_of(date)).items)


def refused(document: object, date: str = "2024-12-15", error: type[ScrapeError] = RefusedError) -> str:
    with pytest.raises(error) as caught:
        SCOREBOARD.check(as_page(document), listing_of(date))
    assert type(caught.value) in (error, UnreadableError)
    assert caught.value.status == 200
    return caught.value.reason


def refused_summary(document: object, want: Want, error: type[ScrapeError] = RefusedError) -> str:
    with pytest.raises(error) as caught:
        SUMMARY.check(as_page(document), want)
    assert type(caught.value) in (error, UnreadableError)
    return caught.value.reason


def test_urls():
    fields = {"season": "2024-25", "date": "2024-12-15", "game_id": "401705066"}
    assert SCOREBOARD.url_for(fields) == "https://site.api.espn.com/apis/site/v2/sports/basketball/nba/scoreboard"
    assert SCOREBOARD.params_for(fields) == {"dates": "20241215", "limit": "1000"}
    assert SUMMARY.url_for(fields).endswith("/nba/summary")
    assert SUMMARY.params_for(fields) == {"event": "401705066"}
    assert "site.api.espn.com" in SOURCE["hosts"]
    assert all(entry["source"] == SOURCE["name"] for entry in SCRAPERS.values())


def test_a_listing_names_its_games():
    (item,) = accepted(scoreboard(event("401")))
    assert item.state is ItemState.FINAL
    assert dict(item.fields) == {
        "game_id": "401",
        "date": "2024-12-15",
        "season": "2024-25",
        "season_type": "2",
        "home": "LAL",
        "away": "NO",
    }


def test_the_same_game_twice_is_one_game():
    assert len(accepted(scoreboard(event("1"), event("2"), event("1")))) == 2


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (FINAL, ItemState.FINAL),
        (FINAL | {"detail": "Final/OT"}, ItemState.FINAL),
        (PRE, ItemState.SCHEDULED),
        (LIVE, ItemState.LIVE),
        (POSTPONED, ItemState.POSTPONED),
        (POSTPONED | {"state": "pre"}, ItemState.POSTPONED),
        (POSTPONED | {"completed": True}, ItemState.POSTPONED),
        (CANCELED, ItemState.CANCELLED),
        (FINAL | {"completed": False}, ItemState.LIVE),
        (FINAL | {"state": "in"}, ItemState.LIVE),
        (FINAL | {"completed": "true"}, ItemState.LIVE),
        ({"name": "STATUS_FORFEIT", "state": "post", "completed": True}, ItemState.LIVE),
        ({"name": "STATUS_SUSPENDED", "state": "post", "completed": False}, ItemState.LIVE),
        ({"name": "STATUS_END_PERIOD", "state": "in", "completed": False}, ItemState.LIVE),
    ],
)
def test_only_a_status_that_says_so_three_times_is_final(status, state):
    items = accepted(scoreboard(event("1", status=status), event("2")))
    assert [item.state for item in items] == [state, ItemState.FINAL]
    settled = state in (ItemState.FINAL, ItemState.POSTPONED, ItemState.CANCELLED)
    assert SCOREBOARD.discover(as_page(scoreboard(event(status=status))), listing_of("2024-12-15")).settled is settled


def test_a_status_that_contradicts_itself_is_not_settled():
    (item,) = accepted(scoreboard(event(status=FINAL) | {"status": {"type": LIVE}}))
    assert item.state is ItemState.LIVE


@pytest.mark.parametrize(
    ("tip", "day"),
    [
        ("2024-12-16T02:30Z", "2024-12-15"),  # 21:30 Eastern time
        ("2024-12-15T17:00Z", "2024-12-15"),
        ("2024-12-15T05:00Z", "2024-12-15"),  # midnight
        ("2025-10-03T09:30Z", "2025-10-02"),  # 05:30, listed under the day before
        ("2025-10-03T09:30Z", "2025-10-03"),
        ("2022-09-30T10:00Z", "2022-09-30"),  # a game in Japan
    ],
)
def test_a_day_is_eastern_and_ends_in_the_morning(tip, day):
    assert accepted(scoreboard(event(date=tip), calendar=()), day)


@pytest.mark.parametrize(
    ("tip", "day"),
    [
        ("2024-12-16T02:30Z", "2024-12-16"),
        ("2024-12-15T04:59Z", "2024-12-15"),
        ("2024-12-16T17:00Z", "2024-12-15"),
        ("2024-12-16T12:00Z", "2024-12-15"),  # 07:00
        ("2023-12-16T02:30Z", "2024-12-15"),
    ],
)
def test_the_listing_of_another_day_is_refused(tip, day):
    assert f"expected a game of {day}" in refused(scoreboard(event("1", date=tip)), day)
    assert refused(scoreboard(event("1", date=f"{day}T18:00Z"), event("2", date=tip)), day)


def test_a_stated_day_must_be_the_one_asked_for():
    assert accepted(scoreboard(event(), day={"date": "2024-12-15"}))
    assert "day.date" in refused(scoreboard(event(), day={"date": "2024-12-14"}))


def test_a_day_without_games_is_legal_unless_its_own_calendar_has_some():
    assert accepted(scoreboard(), "2025-02-14") == []
    assert "2024-12-15" in refused(scoreboard(), "2024-12-15")
    no_calendar = scoreboard()
    del no_calendar["leagues"][0]["calendar"]
    assert accepted(no_calendar) == []
    not_all = scoreboard()
    not_all["leagues"][0]["calendarIsWhitelist"] = False
    assert accepted(not_all) == []
    by_week = scoreboard()
    by_week["leagues"][0]["calendar"] = [{"label": "Week 1"}]
    assert accepted(by_week) == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"code": 404, "message": "x"}, NotFoundError),
        ({"error": {"code": 404, "message": "x"}}, NotFoundError),
        ({"error": {"code": 429, "message": "x"}}, BlockedError),
        ({"code": 403}, BlockedError),
        ({"code": 503}, TransientError),
        ({"code": 400, "message": "Failed to get events endpoint."}, RefusedError),
        ({"code": "odd"}, RefusedError),
        ({}, RefusedError),
        ([], RefusedError),
        ({"leagues": [], "events": []}, RefusedError),
        ({"leagues": [{"slug": "wnba"}], "events": []}, RefusedError),
        ({"leagues": [{"slug": "nba"}]}, RefusedError),
        ({"leagues": [{"slug": "nba"}], "events": {}}, RefusedError),
        ({"leagues": [{"slug": "nba"}], "events": [None]}, RefusedError),
        (scoreboard(event(uid="s:40~l:59~e:1")), RefusedError),
        (scoreboard(event(date="soon")), RefusedError),
        (scoreboard(event(date=None)), RefusedError),
        (scoreboard(event(date="0001-01-01T00:00Z")), RefusedError),
        (scoreboard(event(season={})), RefusedError),
        (scoreboard(event(competitions=[], status={})), RefusedError),
        (scoreboard(event(game_id="")), RefusedError),
        (b"<html><head><title>Access Denied</title>", BlockedError),
        (b"<html><head><title>ESPN</title>", RefusedError),
        (b"", RefusedError),
    ],
)
def test_what_is_no_listing_is_refused_by_kind(body, error):
    refused(body, error=error)
    refused_summary(body, game("401"), error=error)


def test_a_page_where_data_is_due_is_called_one():
    assert "an HTML page, titled 'ESPN'" in refused(b"<html><head><title>ESPN</title>")
    assert "an HTML page, titled 'ESPN'" in refused_summary(b"<html><head><title>ESPN</title>", game("401"))


@pytest.mark.parametrize("kind", ["box_score", "play_by_play", "espn.pbp", "team_stats", "win_probability", "game"])
def test_one_summary_serves_all_its_data_types(kind):
    SUMMARY.check(as_page(summary()), game("401", kind))
    assert SUMMARY.discover(as_page(summary()), game("401", kind)) is None
    assert "header.id" in refused_summary(summary("402"), game("401", kind))
    refused_summary(summary(status=LIVE), game("401", kind), NotYetError)


def test_a_game_or_a_day_of_another_season_than_the_keys_is_refused():
    wrong = Want("k", "box_score", {"season": "2023-24", "game_id": "401"})
    with pytest.raises(RefusedError, match=r"header\.season\.year: expected 2024"):
        SUMMARY.check(as_page(summary()), wrong)
    day = Want("k", "schedule", {"season": "2023-24", "date": "2024-12-15"})
    with pytest.raises(RefusedError, match=r"season\.year: expected 2024"):
        SCOREBOARD.check(as_page(scoreboard(event())), day)


def test_another_game_inside_is_refused():
    other = summary()
    other["header"]["competitions"][0]["id"] = "402"
    assert "competitions.0.id" in refused_summary(other, game("401"))
    nfl = summary()
    nfl["header"]["league"]["uid"] = "s:20~l:28"
    assert "league" in refused_summary(nfl, game("401"))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (PRE, NotYetError),
        (LIVE, NotYetError),
        (FINAL | {"completed": False}, NotYetError),
        ({"name": "STATUS_SUSPENDED", "state": "post", "completed": False}, NotYetError),
        (POSTPONED, NotFoundError),
        (CANCELED, PermanentError),
        (None, RefusedError),
    ],
)
def test_a_game_that_is_not_final_is_refused_by_kind(status, error):
    refused_summary(summary(status=status), game("401"), error)


def test_a_box_score_has_two_teams_with_statistics():
    good = summary()
    for damage in (
        {"players": []},
        {"players": good["boxscore"]["players"][:1]},
        {"players": good["boxscore"]["players"] * 2},
        {"players": [good["boxscore"]["players"][0], {"statistics": []}]},
        {"players": [good["boxscore"]["players"][0], {"statistics": [{"athletes": []}]}]},
        {"players": [good["boxscore"]["players"][0], {"statistics": [{"athletes": [{"stats": []}]}]}]},
        {"teams": good["boxscore"]["teams"]},
    ):
        assert "boxscore.players" in refused_summary(summary(boxscore=damage), game("401"))
        SUMMARY.check(as_page(summary(boxscore=damage)), game("401", "play_by_play"))


def test_final_scores_are_there():
    for competitors in ([], [{"homeAway": "home", "score": "1"}], [{"homeAway": "home"}, {"homeAway": "away"}]):
        bad = summary()
        bad["header"]["competitions"][0]["competitors"] = competitors
        assert "two scores" in refused_summary(bad, game("401"))


def test_plays_reach_the_end_of_the_game():
    want = game("401", "play_by_play")
    old = [play("Jumpball", 1, 0, 0), play("Shot", 4, 110, 104), play("Defensive Rebound", 4, 110, 104)]
    SUMMARY.check(as_page(summary(plays=old)), want)
    SUMMARY.check(as_page(summary(plays=[play("Shot", 5, 110, 104)])), want)
    for plays in (old[:1], [play("Shot", 3, 110, 104)], [play("Shot", 4, 108, 104)], [play("Shot", 4, 104, 110)]):
        assert "do not reach the end" in refused_summary(summary(plays=plays), want, NotYetError)
    for plays in ([], None, {}):
        assert "no play-by-play recorded" in refused_summary(summary(plays=plays), want)
    SUMMARY.check(as_page(summary(plays=[])), game("401"))


def test_the_last_score_is_the_final_score_wherever_it_stands():
    want = game("401", "play_by_play")
    end = play("End Game", 4, 110, 104)
    late_correction = [play("Shot", 4, 110, 104), *(play("Foul", 4, 108, 104) for _ in range(9))]
    SUMMARY.check(as_page(summary(plays=late_correction)), want)
    other_game = summary(plays=[play("Shot", 4, 99, 98), end | {"homeScore": 99, "awayScore": 98}])
    assert "to 99-98" in refused_summary(other_game, want, NotYetError)
    without_scores = [play("Shot", 4, None, None), play("End Game", 4, None, None)]
    SUMMARY.check(as_page(summary(plays=without_scores)), want)
    assert "do not reach" in refused_summary(summary(plays=[play("Shot", 2, None, None)]), want, NotYetError)


def test_any_other_data_type_is_the_whole_summary():
    want = game("401", "games")
    SUMMARY.check(as_page(summary()), want)
    SUMMARY.check(as_page(summary(plays=[], winprobability=[])), want)
    assert "boxscore.players" in refused_summary(summary(boxscore={}), want)
    half = summary(plays=[play("Shot", 2, 50, 48)])
    assert "do not reach the end" in refused_summary(half, want, NotYetError)
    SUMMARY.check(as_page(half), game("401", "box_score"))


def test_the_box_score_of_other_teams_is_refused():
    other = summary()
    other["boxscore"]["players"][0]["team"]["id"] = "7"
    assert "expected teams ['13', '3'], found ['13', '7']" in refused_summary(other, game("401"))
    del other["boxscore"]["players"][0]["team"]
    SUMMARY.check(as_page(other), game("401"))


def test_other_parts():
    for none in ([], None, {}):
        missing = refused_summary(summary(winprobability=none), game("401", "win_probability"), NotFoundError)
        assert "none recorded" in missing
    teams = {"teams": [{"statistics": [1]}, {"statistics": []}]}
    assert "boxscore.teams.1" in refused_summary(summary(boxscore=teams), game("401", "team_stats"))


@pytest.mark.parametrize("cut", range(1, 16))
def test_no_prefix_is_accepted(cut):
    for scraper, document, want in [
        (SCOREBOARD, scoreboard(event()), listing_of("2024-12-15")),
        (SUMMARY, summary(), game("401", "play_by_play")),
    ]:
        body = orjson.dumps(document)
        with pytest.raises(RefusedError):
            scraper.check(as_page(body[: len(body) * cut // 16]), want)


def test_whatever_member_is_missing_nothing_breaks():
    """A body without one of its members is accepted or refused; it never ends in another error."""
    for scraper, document, want in [
        (SCOREBOARD, scoreboard(event()), listing_of("2024-12-15")),
        (SUMMARY, summary(), game("401", "play_by_play")),
        (SUMMARY, summary(), game("401")),
    ]:
        for path in _paths(document):
            for value in (None, [], {}, "", 7):
                damaged = copy.deepcopy(document)
                parent = damaged
                for step in path[:-1]:
                    parent = parent[step]
                parent[path[-1]] = value
                try:
                    scraper.check(as_page(damaged), want)
                    scraper.discover(as_page(damaged), want)
                except ScrapeError:
                    pass


def _paths(value, path=()):
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in inner:
        yield (*path, step)
        yield from _paths(child, (*path, step))


CAPTURED_DAYS = {
    "scoreboard_20241215_final.json": ("2024-12-15", {"final": 7}),
    "scoreboard_20250214_no_games.json": ("2025-02-14", {}),
    "scoreboard_20250529_playoff_final.json": ("2025-05-29", {"final": 1}),
    "scoreboard_20260502_live_playoff.json": ("2026-05-02", {"live": 1}),
}
KEYS = [(SCOREBOARD, listing_of(day), file) for file, (day, _) in CAPTURED_DAYS.items()] + [
    (SUMMARY, game("401772994", kind), "summary_401772994_final.json") for kind in ("box_score", "play_by_play")
]


@pytest.mark.parametrize("file", CAPTURED_DAYS)
def test_captured_days(captures, file):
    day, states = CAPTURED_DAYS[file]
    items = accepted(captures.body("espn", file), day)
    assert Counter(str(item.state) for item in items) == states


def test_captured_games(captures):
    items = accepted(captures.body("espn", "scoreboard_20241215_final.json"))
    assert dict(items[-1].fields) == {
        "game_id": "401736814",
        "date": "2024-12-15",
        "season": "2024-25",
        "season_type": "2",
        "home": "LAL",
        "away": "MEM",
    }
    (live,) = accepted(captures.body("espn", "scoreboard_20260502_live_playoff.json"), "2026-05-02")
    assert (live.fields["season"], live.fields["season_type"]) == ("2025-26", "3")


@pytest.mark.parametrize("kind", ["box_score", "play_by_play", "team_stats", "win_probability"])
def test_captured_summary_is_accepted_when_final(captures, kind):
    SUMMARY.check(as_page(captures.body("espn", "summary_401772994_final.json")), game("401772994", kind))
    before = captures.body("espn", "summary_401772994_pre.json")
    assert "STATUS_SCHEDULED" in refused_summary(before, game("401772994", kind), NotYetError)


@pytest.mark.parametrize(
    ("file", "error"),
    [
        ("DERIVED_truncated_scoreboard.json", RefusedError),
        ("SYNTHETIC_403_akamai_access_denied.html", BlockedError),
        ("error_404_core_coach.json", NotFoundError),
    ],
)
def test_captured_failures(captures, file, error):
    refused(captures.body("espn", file), error=error)


def test_no_captured_body_passes_for_another_key(captures):
    """Wrong day, wrong game, wrong endpoint, wrong sport.

    The one empty listing carries no date of its own: only days of its own season, by its calendar, can be told.
    """
    tried = 0
    for entry in captures.manifest("espn"):
        body = as_page(captures.body("espn", entry["file"]))
        for scraper, want, own in KEYS:
            other_season = (
                entry["file"] == "scoreboard_20250214_no_games.json" and want.fields.get("date") == "2026-05-02"
            )
            if entry["file"] == own or other_season:
                continue
            tried += 1
            with pytest.raises(ScrapeError):
                scraper.check(body, want)
    assert tried > 80


@pytest.mark.parametrize("number", range(len(KEYS)))
def test_no_prefix_of_a_captured_body_is_accepted(captures, number):
    scraper, want, file = KEYS[number]
    body = captures.body("espn", file).rstrip()
    scraper.check(as_page(body), want)
    for part in range(1, 16):
        with pytest.raises(RefusedError):
            scraper.check(as_page(body[: len(body) * part // 16]), want)
    with pytest.raises(RefusedError):
        scraper.check(as_page(body[:-1]), want)
