"""ESPN: what listings, team schedules and summaries say about games."""

from __future__ import annotations

import copy

import pytest
from tests.unit.sources.espn.bodies import (
    FINAL,
    LAKERS,
    LIVE,
    PELICANS,
    POSTPONED,
    PRE,
    as_page,
    event,
    game,
    listing_of,
    play,
    players,
    scoreboard,
    side,
    summary,
)

from adce_async.model.facts import GameFacts, SideFacts
from adce_async.scraping.base import Want
from adce_async.sources.espn import EspnCdnGame, EspnScoreboard, EspnSummary, EspnTeamSchedule

SCOREBOARD = EspnScoreboard("espn_scoreboard", "espn")
SUMMARY = EspnSummary("espn_summary", "espn")
CDN = EspnCdnGame("espn_cdn_box_score", "espn")
SCHEDULE = EspnTeamSchedule("espn_team_schedule", "espn")


def listed(*events: dict) -> tuple[GameFacts, ...]:
    return SCOREBOARD.facts(as_page(scoreboard(*events)), listing_of("2024-12-15"))


def told(body: dict) -> GameFacts:
    (facts,) = SUMMARY.facts(as_page(body), game("401"))
    return facts


def test_a_listed_game():
    (facts,) = listed(event())
    assert facts == GameFacts(
        "401",
        "2024-12-15",
        SideFacts("LAL", 110, (30, 20, 30, 30)),
        SideFacts("NOP", 104, (24, 30, 30, 20)),
        final=True,
        season_type="regular",
    )


def test_the_same_game_twice_is_told_once():
    assert len(listed(event("1"), event("2"), event("1"))) == 2


@pytest.mark.parametrize(
    ("status", "scores", "scored"),
    [
        (LIVE, ("101", "99"), True),
        ({"name": "STATUS_FORFEIT", "state": "post", "completed": True}, ("2", "0"), True),
        ({"name": "STATUS_SUSPENDED", "state": "post", "completed": False}, ("55", "50"), True),
        (PRE, ({"value": 90.0}, {"value": 80.0}), True),
        (PRE, ("0", "0"), False),
        (PRE, (None, None), False),
        (LIVE, ("101", None), False),
        (LIVE, ("--", "99"), False),
        (FINAL, ("101", "99"), False),
        (POSTPONED, ("101", "99"), False),
    ],
)
def test_both_listings_say_which_unfinished_games_have_a_score(status, scores, scored):
    sides = [side("home", "13", "LAL", scores[0]), side("away", "3", "NO", scores[1])]
    one = event(status=status, sides=sides)
    (listed,) = SCOREBOARD.discover(as_page(scoreboard(one)), listing_of("2024-12-15")).items
    assert listed.scored is scored
    team = {"team": {"id": "13"}, "events": [one | {"seasonType": {"type": 2}}]}
    found = SCHEDULE.discover(as_page(team), Want("k", "team_schedule", {"team_id": "13"})).items
    if status in (PRE, LIVE) and not scored:
        assert found == (), "games to come would make it stale for ever"
    else:
        assert [(item.state, item.scored, dict(item.fields)) for item in found] == [
            (listed.state, scored, dict(listed.fields))
        ]


@pytest.mark.parametrize("status", [PRE, LIVE, POSTPONED, FINAL | {"completed": False}])
def test_nothing_is_known_of_the_score_before_the_end(status):
    (facts,) = listed(event(status=status))
    assert (facts.final, facts.home, facts.away) == (False, SideFacts("LAL"), SideFacts("NOP"))


def test_what_is_not_recorded_is_not_zero():
    (facts,) = listed(event(sides=(side("home", "13", "LAL", None), side("away", "3", "NO", ""))))
    assert (facts.home.points, facts.home.periods, facts.away.points) == (None, (), None)
    half_known = side("home", "13", "LAL", "99", (20, 30))
    half_known["linescores"][1] = {"displayValue": "-"}
    (facts,) = listed(event(sides=(half_known, PELICANS)))
    assert (facts.home.points, facts.home.periods) == (99, ())
    assert listed(event(sides=(LAKERS,))) == ()
    assert listed(event(sides=(LAKERS, side("away", "3", "")))) == ()


@pytest.mark.parametrize(
    ("tip", "date"), [("2024-12-16T02:30Z", "2024-12-15"), ("2025-10-03T09:30Z", "2025-10-03"), ("soon", "")]
)
def test_a_date_is_the_eastern_day_of_the_tip(tip, date):
    (facts,) = listed(event(date=tip))
    assert facts.date == date


@pytest.mark.parametrize(
    ("number", "name"), [(1, "preseason"), (2, "regular"), (3, "playoffs"), (5, "play_in"), (4, ""), (None, "")]
)
def test_parts_of_a_season(number, name):
    (facts,) = listed(event(season={"year": 2025, "type": number}))
    assert facts.season_type == name


STARS = (side("home", "111836", "LEB", "163"), side("away", "111837", "DUR", "160"))


@pytest.mark.parametrize(
    ("sides", "extra", "name"),
    [
        (STARS, {}, "all_star"),
        ((LAKERS, PELICANS), {"type": {"abbreviation": "ALLSTAR"}}, "all_star"),
        ((LAKERS, PELICANS), {"notes": [{"headline": "73rd NBA All-Star Game"}]}, "all_star"),
        ((LAKERS, PELICANS), {"notes": [{"headline": "NBA Cup Championship"}]}, "cup_final"),
        ((LAKERS, PELICANS), {"notes": [{"headline": "NBA In-Season Tournament Championship"}]}, "cup_final"),
        ((LAKERS, PELICANS), {"notes": [{"headline": "NBA Cup - Group Play"}]}, "regular"),
        ((LAKERS, PELICANS), {"notes": [{"headline": "Championship ring night"}]}, "regular"),
        ((LAKERS, side("away", "99", "RMD", "80")), {}, "regular"),
    ],
)
def test_what_hides_in_the_regular_season(sides, extra, name):
    one = event(sides=sides)
    one["competitions"][0] |= extra
    (facts,) = listed(one)
    assert facts.season_type == name
    preseason = one | {"season": {"year": 2025, "type": 1}}
    (facts,) = listed(preseason)
    assert facts.season_type == "preseason"


def test_a_summary_adds_players_and_plays():
    facts = told(summary())
    assert facts.home == SideFacts("LAL", 110, (30, 20, 30, 30), player_points=110, last_play=110)
    assert facts.away == SideFacts("NOP", 104, (24, 30, 30, 20), player_points=104, last_play=104)
    assert (facts.game_id, facts.date, facts.final, facts.season_type) == ("401", "2024-12-15", True, "regular")
    cup = summary()
    cup["header"]["gameNote"] = "NBA Cup Championship"
    assert told(cup).season_type == "cup_final"


def test_a_summary_says_what_it_holds_even_if_it_contradicts_itself():
    odd = summary(plays=[play("Shot", 4, 110, 104), play("Foul", 4, 108, 103), play("Note", 4, None, None)])
    odd["boxscore"]["players"] = [players("13", "50", "--"), players("3", "--")]
    facts = told(odd)
    assert (facts.home.last_play, facts.away.last_play) == (108, 103)
    assert (facts.home.player_points, facts.away.player_points) == (50, None)


def test_a_summary_of_an_old_game_has_no_plays():
    facts = told(summary(plays=[], boxscore={}))
    assert (facts.home.points, facts.home.player_points, facts.home.last_play) == (110, None, None)


def test_the_content_network_wraps_the_same_game():
    wrapped = as_page({"gameId": "401", "gamepackageJSON": summary()})
    assert CDN.facts(wrapped, game("401")) == (told(summary()),)
    assert CDN.facts(as_page({}), game("401")) == ()


def test_a_team_schedule_tells_the_games_of_a_team():
    body = {"events": [event("1") | {"seasonType": {"type": 3}}, event("2", status=PRE)]}
    first, second = SCHEDULE.facts(as_page(body), Want("k", "team_schedule", {"team_id": "13"}))
    assert (first.home.points, first.season_type, first.final) == (110, "playoffs", True)
    assert (second.home.points, second.season_type, second.final) == (None, "", False)
    score = {"value": 95.0, "displayValue": "95"}
    body = {"events": [event("1", sides=(side("home", "13", "LAL", score), PELICANS))]}
    (facts,) = SCHEDULE.facts(as_page(body), Want("k", "team_schedule", {"team_id": "13"}))
    assert facts.home.points == 95


def test_whatever_member_is_odd_nothing_breaks():
    """facts() is asked of accepted bodies only, but accepted does not mean that every member is of its usual kind."""
    for scraper, body in [(SCOREBOARD, scoreboard(event())), (SUMMARY, summary()), (SCHEDULE, {"events": [event()]})]:
        for path in _paths(body):
            for value in (None, [], {}, "", 7, 1.5, True, [None], [{}]):
                damaged = copy.deepcopy(body)
                parent = damaged
                for step in path[:-1]:
                    parent = parent[step]
                parent[path[-1]] = value
                assert isinstance(scraper.facts(as_page(damaged), game("401")), tuple)


def _paths(value, path=()):
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in inner:
        yield (*path, step)
        yield from _paths(child, (*path, step))


def test_captured_finals(captures):
    body = as_page(captures.body("espn", "scoreboard_20241215_final.json"))
    facts = SCOREBOARD.facts(body, listing_of("2024-12-15"))
    finals = {f"{one.away.team}@{one.home.team}": (one.away.points, one.home.points) for one in facts}
    assert finals == {
        "NOP@IND": (104, 119),
        "BOS@WAS": (112, 98),
        "NYK@ORL": (100, 91),
        "MIN@SAS": (106, 92),
        "POR@PHX": (109, 116),
        "DAL@GSW": (143, 133),
        "MEM@LAL": (110, 116),
    }
    for one in facts:
        assert (one.final, one.date, one.season_type) == (True, "2024-12-15", "regular")
        assert sum(one.home.periods) == one.home.points
        assert sum(one.away.periods) == one.away.points


def test_captured_summary(captures):
    page = as_page(captures.body("espn", "summary_401772994_final.json"))
    (facts,) = SUMMARY.facts(page, game("401772994"))
    assert facts == GameFacts(
        "401772994",
        "2025-05-31",
        SideFacts("IND", 125, (25, 33, 34, 33), player_points=125, last_play=125),
        SideFacts("NYK", 108, (24, 30, 23, 31), player_points=108, last_play=108),
        final=True,
        season_type="playoffs",
    )
    before = as_page(captures.body("espn", "summary_401772994_pre.json"))
    (facts,) = SUMMARY.facts(before, game("401772994"))
    assert (facts.final, facts.home, facts.away) == (False, SideFacts("IND"), SideFacts("NYK"))


@pytest.mark.parametrize(
    ("file", "games", "final", "score"),
    [
        ("team_schedule_LAL_2025.json", 5, 5, ("401767821", "LAL", 95, "MIN", 117)),
        ("team_schedule_LAL_2026_post.json", 13, 6, ("401869190", "LAL", 107, "HOU", 98)),
    ],
)
def test_captured_team_schedules(captures, file, games, final, score):
    facts = SCHEDULE.facts(as_page(captures.body("espn", file)), Want("k", "team_schedule", {"team_id": "13"}))
    assert (len(facts), sum(one.final for one in facts)) == (games, final)
    first = facts[0]
    assert (first.game_id, first.home.team, first.home.points, first.away.team, first.away.points) == score
    assert {one.season_type for one in facts} == {"playoffs"}
    assert all((one.home.points is not None) is one.final for one in facts)
