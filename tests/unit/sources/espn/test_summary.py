"""ESPN: which summary is accepted as which game."""

from __future__ import annotations

import copy

import orjson
import pytest
from tests.unit.sources.espn.bodies import (
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
    NotFoundError,
    NotYetError,
    PermanentError,
    RefusedError,
    ScrapeError,
    UnreadableError,
)
from adce_async.scraping.base import Want
from adce_async.sources.espn import SCRAPERS, SOURCE, EspnScoreboard, EspnSummary

SCOREBOARD = EspnScoreboard("espn_scoreboard", "espn", **{k: SCRAPERS["espn_scoreboard"][k] for k in ("url", "params")})

SUMMARY = EspnSummary("espn_summary", "espn", **{k: SCRAPERS["espn_summary"][k] for k in ("url", "params")})


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
