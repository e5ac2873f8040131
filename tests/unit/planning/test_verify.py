"""Invariants of games, made up and real ones; a year of three sources' results held against each other."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adce_async.model.facts import GameFacts, SideFacts
from adce_async.model.game_results import GameResult
from adce_async.model.teams import NBA_TEAM_IDS
from adce_async.planning.verify import Discrepancy, Ledger, broken

LATER = dt.date(2026, 8, 1)
TEAMS = tuple(NBA_TEAM_IDS.values())


def side(team: str, periods: tuple[int, ...]) -> SideFacts:
    points = sum(periods)
    return SideFacts(team, points, periods, player_points=points, last_play=points)


def game(home: SideFacts, away: SideFacts, **more: object) -> GameFacts:
    return GameFacts("401", "2024-12-15", home, away, **{"final": True, "season_type": "regular", **more})  # type: ignore[arg-type]


GOOD = game(side("BOS", (28, 30, 24, 30)), side("NYK", (25, 25, 25, 30)))

periods = st.lists(st.integers(4, 50), min_size=4, max_size=7).map(tuple)
games = (
    st.tuples(periods, periods)
    .filter(lambda both: sum(both[0]) != sum(both[1]))
    .map(lambda both: game(side("BOS", both[0]), side("NYK", both[1])))
)
numbers = ("points", "periods", "player_points", "last_play")
left_out = st.sets(st.tuples(st.sampled_from(("home", "away")), st.sampled_from(numbers)))


def without(facts: GameFacts, fields: set[tuple[str, str]]) -> GameFacts:
    for which, name in fields:
        nothing: object = () if name == "periods" else None
        facts = replace(facts, **{which: replace(getattr(facts, which), **{name: nothing})})
    return facts


@given(games, left_out)
def test_what_goes_together_is_not_broken_whatever_is_not_recorded(
    facts: GameFacts, fields: set[tuple[str, str]]
) -> None:
    assert broken(without(facts, fields)) == ()


@given(games, st.sampled_from(("player_points", "last_play")), st.integers(1, 30))
def test_a_number_that_differs_from_the_final_score_is_told_with_both(facts: GameFacts, name: str, more: int) -> None:
    wrong = replace(facts.away, **{name: facts.away.points + more})
    (line,) = broken(replace(facts, away=wrong))
    assert line.startswith("game 401: NYK: ")
    assert str(facts.away.points) in line
    assert str(facts.away.points + more) in line


@given(games, st.integers(1, 30))
def test_periods_that_do_not_sum_to_the_final_score_are_told(facts: GameFacts, more: int) -> None:
    wrong = replace(facts.home, periods=(*facts.home.periods[:-1], facts.home.periods[-1] + more))
    (line,) = broken(replace(facts, home=wrong))
    assert f"its periods sum to {sum(wrong.periods)} (" in line
    assert f"the final score is {facts.home.points}" in line


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (replace(GOOD, home=replace(GOOD.home, team="")), "expected two different teams, found '' and 'NYK'"),
        (replace(GOOD, home=replace(GOOD.home, team="NYK")), "expected two different teams, found 'NYK' and 'NYK'"),
        (game(SideFacts("BOS", 98), SideFacts("NYK", 98)), "a final game is no tie: BOS 98, NYK 98"),
        (game(SideFacts("BOS", 0), SideFacts("NYK", 98)), "BOS: 0 points in a final game"),
    ],
)
def test_two_teams_points_and_no_tie(wrong: GameFacts, told: str) -> None:
    assert broken(wrong) == (f"game 401: {told}",)


def test_each_broken_invariant_has_a_line() -> None:
    bad = SideFacts("BOS", 112, (28, 30, 24, 28), player_points=111, last_play=109)
    assert len(broken(game(bad, replace(bad, team="NYK", points=113)))) == 6


@given(games)
def test_a_game_that_is_not_final_is_never_broken(facts: GameFacts) -> None:
    live = replace(facts, final=False, home=replace(facts.home, points=0, player_points=3, team=""))
    assert broken(live) == ()


# -- between objects ---------------------------------------------------------------------------------------------


def result(points: int = 112, *, game_id: str = "1", date: str = "2024-12-15", kind: str = "regular") -> GameResult:
    return GameResult(game_id, date, kind, "BOS", points, "NYK", 105)


def found(ledger: Ledger, *, today: dt.date = LATER, whole: bool = True) -> list[Discrepancy]:
    return ledger.discrepancies(today=today, whole=lambda _source, _season: whole)


def disagreements(ledger: Ledger) -> list[Discrepancy]:
    return found(ledger, whole=False)


def test_objects_of_a_source_state_the_same_score() -> None:
    ledger = Ledger()
    for key in ("schedule", "box", "plays"):
        ledger.add("espn", key, [result()])
    assert disagreements(ledger) == []
    ledger.add("espn", "other", [result(113)])
    (one,) = disagreements(ledger)
    assert (one.kind, one.keys, one.sources) == ("within_source", ("schedule", "other"), ("espn",))
    assert "BOS 112, NYK 105 (schedule)" in one.message
    assert "BOS 113, NYK 105 (other)" in one.message


def test_an_id_without_its_zeros_is_the_same_game() -> None:
    ledger = Ledger()
    ledger.add("nba_api", "a", [result(game_id="0022400561")])
    ledger.add("nba_api", "b", [result(113, game_id="22400561")])
    ledger.add("nba_api", "c", [result(114, game_id="0022400562")])
    assert [one.keys for one in disagreements(ledger)] == [("a", "b")]


def test_which_team_is_at_home_is_no_matter_and_neither_is_what_it_is_called() -> None:
    ledger = Ledger()
    ledger.add("espn", "a", [GameResult("1", "", "", "PAR", 112, "NYK", 105)])
    ledger.add("espn", "b", [GameResult("1", "", "", "NYK", 105, "PAR", 112)])
    ledger.add("espn", "c", [GameResult("1", "", "", "NEW", 105, "PAR", 112)])
    assert disagreements(ledger) == []
    ledger.add("espn", "d", [GameResult("1", "", "", "NYK", 112, "PAR", 105)])  # swapped
    ledger.add("espn", "e", [GameResult("1", "", "", "NEW", 104, "PAR", 112)])
    assert [one.keys for one in disagreements(ledger)] == [("a", "d"), ("a", "e")]


def test_sources_are_joined_by_day_and_home_team_and_none_is_right() -> None:
    ledger = Ledger()
    ledger.add("espn", "e1", [result(game_id="401")])
    ledger.add("basketball_reference", "b1", [result(111, game_id="202412150BOS")])
    ledger.add("nba_api", "n1", [result(game_id="0022400561")])
    (one,) = disagreements(ledger)
    assert one.kind == "across_sources"
    assert one.keys == ("e1", "b1", "n1")
    for said in ("espn has BOS 112, NYK 105 (e1)", "basketball_reference has BOS 111, NYK 105 (b1)"):
        assert said in one.message


def test_another_day_or_no_day_is_not_joined_but_a_later_object_may_tell_it() -> None:
    ledger = Ledger()
    ledger.add("espn", "e1", [result(date="2024-12-16")])
    ledger.add("nba_api", "n1", [result(111, date="")])
    assert disagreements(ledger) == []
    ledger.add("nba_api", "n2", [result(111, date="2024-12-16")])
    assert [one.keys for one in disagreements(ledger)] == [("e1", "n2")]


def test_where_nobody_is_at_home_sources_are_joined_by_either_team() -> None:
    for points, keys in ((112, []), (113, [("e", "n")])):
        ledger = Ledger()
        neutral = GameResult("2", "2024-12-15", "regular", "NYK", 105, "BOS", points, sides_known=False)
        ledger.add("nba_api", "n", [neutral])
        ledger.add("espn", "e", [result()])
        assert [one.keys for one in disagreements(ledger)] == keys


def test_listings_of_a_source_are_counted_each_by_itself() -> None:
    ledger = Ledger()
    ledger.add("nba_api", "a", season(1230), listing="nba_api.game_log")
    ledger.add("nba_api", "b", season(7), listing="nba_api.scoreboard")
    whole = {("nba_api.game_log", "2023-24")}
    assert ledger.discrepancies(today=LATER, whole=lambda *one: one in whole) == []
    (one,) = found(ledger)
    assert one.message.startswith("nba_api.scoreboard 2023-24: 7 final")


def test_two_home_games_of_a_day_cannot_be_told_apart() -> None:
    ledger = Ledger()
    ledger.add("espn", "e", [result(game_id="1"), result(90, game_id="2")])
    ledger.add("nba_api", "n", [result(90)])
    assert disagreements(ledger) == []


# -- a season ----------------------------------------------------------------------------------------------------


DAYS = "espn.schedule"
"""A data type whose objects together list a season."""


def season(count: int, *, end_year: int = 2024) -> list[GameResult]:
    """So many games between thirty teams, before the new year."""
    first = dt.date(end_year - 1, 10, 24)
    return [
        GameResult(str(22_300_000 + n), (first + dt.timedelta(days=n % 40)).isoformat(), "regular", TEAMS[n % 30], 100, TEAMS[(n + 7) % 30], 90)
        for n in range(count)
    ]  # fmt: skip


@pytest.mark.parametrize(("count", "told"), [(1230, 0), (1229, 1), (1231, 1)])
def test_a_season_that_is_over_has_all_its_games(count: int, told: int) -> None:
    ledger = Ledger()
    ledger.add("espn", "a", season(600), listing=DAYS)
    ledger.add("espn", "b", season(count), listing=DAYS)  # a game that is listed twice is one game
    assert len(found(ledger)) == told
    for one in found(ledger):
        assert one.kind == "season_games"
        assert one.message == f"espn.schedule 2023-24: {count} final regular-season games are listed, 1230 were played"


def test_a_season_under_way_or_declared_in_part_is_not_counted() -> None:
    ledger = Ledger()
    ledger.add("espn", "a", season(1206), listing=DAYS)
    assert found(ledger, today=dt.date(2024, 6, 17)) == []
    assert len(found(ledger, today=dt.date(2024, 6, 18))) == 1
    assert found(ledger, whole=False) == []


def test_only_schedules_and_only_the_regular_season_are_counted() -> None:
    ledger = Ledger()
    ledger.add("espn", "a", season(1230), listing=DAYS)
    ledger.add("espn", "team/BOS.json", [result(game_id="w", date="2024-01-02")])
    ledger.add("espn", "box/x.json", [result(game_id="x", date="2024-01-02")])
    ledger.add("espn", "b", [result(game_id="y", date="2024-05-02", kind="playoffs")], listing=DAYS)
    ledger.add("espn", "c", [result(game_id="z", date="2024-01-02", kind="")], listing=DAYS)
    assert found(ledger) == []


def test_all_star_game_and_cup_final_do_not_count_whatever_they_are_called() -> None:
    ledger = Ledger()
    ledger.add("espn", "a", season(1230), listing=DAYS)
    ledger.add("espn", "b", [GameResult("star", "2024-02-18", "regular", "EAST", 211, "WEST", 186)], listing=DAYS)
    ledger.add("espn", "c", [GameResult("final", "2023-12-09", "regular", "LAL", 123, "IND", 109)], listing=DAYS)
    final_day = sum(one.date == "2023-12-09" for one in season(1230))
    assert final_day == 0, "no other game is played on that day"
    assert found(ledger) == []


def test_games_without_a_date_are_of_the_season_of_their_object() -> None:
    ledger = Ledger()
    ledger.add("espn", "a", [one._replace(date="") for one in season(12)], listing=DAYS, season="2023-24")
    ledger.add("espn", "b", [one._replace(date="soon") for one in season(12)], listing=DAYS)
    assert [one.message for one in found(ledger)] == [
        "espn.schedule 2023-24: 12 final regular-season games are listed, 1230 were played"
    ]


# -- what was really played ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def year(captures) -> dict[str, list[GameResult]]:
    """2023-24 as three sources have it, from the captured crosswalk: 1,230 games and the final of the cup."""
    text = captures.body("schedules", "crosswalk_2023-24.csv").decode()
    ids = {"nba_api": "nba_game_id", "espn": "espn_event_id", "basketball_reference": "bbref_game_id"}
    of: dict[str, list[GameResult]] = {source: [] for source in ids}
    for row in csv.DictReader(io.StringIO(text)):
        for source, column in ids.items():
            if row[column]:
                score = (row["home_tricode"], int(row["home_score"]), row["away_tricode"], int(row["away_score"]))
                of[source].append(GameResult(row[column], row["game_date_et"], "regular", *score))
    return of


def ledger_of(year: dict[str, list[GameResult]]) -> Ledger:
    ledger = Ledger()
    for source, results in year.items():
        for number in range(0, len(results), 100):
            ledger.add(source, f"{source}/{number}", results[number : number + 100], listing=f"{source}.schedule")
    return ledger


def test_a_real_season_of_three_sources_is_whole_and_agrees(year) -> None:
    assert {source: len(results) for source, results in year.items()} == {
        "nba_api": 1230,
        "espn": 1231,
        "basketball_reference": 1231,
    }
    joined = [{(one.date, one.home) for one in results} for results in year.values()]
    assert len(set.intersection(*joined)) == 1230
    assert found(ledger_of(year)) == []


def test_one_wrong_score_and_one_lost_game_are_found_in_a_real_season(year) -> None:
    spoiled = {source: list(results) for source, results in year.items()}
    wrong = spoiled["espn"][500]
    spoiled["espn"][500] = wrong._replace(home_points=wrong.home_points + 1)
    del spoiled["basketball_reference"][700]
    across, season_games = found(ledger_of(spoiled))
    assert across.message.startswith(f"{wrong.date} {wrong.home}: ")
    assert across.keys == ("nba_api/500", "espn/500", "basketball_reference/500")
    assert "basketball_reference.schedule 2023-24: 1229 final" in season_games.message


@pytest.mark.parametrize(
    ("date", "codes"),
    [
        ("2004-11-10", {"basketball_reference": "NOH", "nba_api": "NOH", "espn": "NOP"}),
        ("2005-11-10", {"basketball_reference": "NOK", "nba_api": "NOK", "espn": "NOP"}),
        ("2007-11-10", {"basketball_reference": "NOH", "nba_api": "NOH", "espn": "NOP"}),
        ("2010-11-10", {"basketball_reference": "NJN", "nba_api": "NJN", "espn": "BKN"}),
        ("1995-11-10", {"basketball_reference": "CHH", "nba_api": "CHH", "hoopr": "CHA"}),
        ("1972-11-10", {"basketball_reference": "KCO", "nba_api": "KCK"}),
        ("1946-11-10", {"basketball_reference": "TRH", "nba_api": "HUS"}),
        ("1950-11-10", {"basketball_reference": "WSC", "nba_api": "WAS"}),
    ],
)
def test_sources_are_compared_by_the_teams_of_the_time(date: str, codes: dict[str, str]) -> None:
    for lie in (0, 1):
        ledger = Ledger()
        for n, (source, code) in enumerate(codes.items()):
            points = 100 + lie * (n == 0)
            ledger.add(source, f"{source}/x{n}", [GameResult(f"x{n}", date, "regular", code, points, "BOS", 90)])
        assert [one.kind for one in found(ledger)] == ["across_sources"] * lie


def test_a_code_that_no_team_has_is_named_once_and_loses_nothing() -> None:
    ledger = Ledger()
    for n, date in enumerate(("2004-11-10", "2004-11-12", "2005-11-10")):
        ledger.add("espn", f"espn/x{n}.json", [GameResult(f"x{n}", date, "", "BOS", 100, "X\x1bZ" * 40, 90)])
    ledger.add("espn", "espn/y.json", [GameResult("y", "2015-11-10", "regular", "SEA", 100, "BOS", 90)])
    ledger.add("espn", "espn/z.json", [GameResult("z", "", "regular", "QQQ", 100, "BOS", 90)])
    lines = [one.message for one in found(ledger)]
    assert all(one.kind == "unknown_team" for one in found(ledger))
    assert lines[0] == "espn: 'SEA' is no team of 2015-16 (game y, espn/y.json)"
    assert [line.split(" is no team of ")[1] for line in lines[1:]] == [
        "2004-05 (game x0, espn/x0.json)",
        "2005-06 (game x2, espn/x2.json)",
    ]
    assert all(line.isprintable() and len(line) < 200 for line in lines)
    ledger.add("nba_api", "nba/y.json", [GameResult("n", "2015-11-10", "regular", "SEA", 101, "BOS", 90)])
    assert "across_sources" in [one.kind for one in found(ledger)]


def test_squads_and_guests_are_no_teams_and_no_finding() -> None:
    ledger = Ledger()
    squads = [("EAST", "WEST", "regular"), ("LEB", "DUR", ""), ("MEL", "OKC", "preseason"), ("EAST", "BOS", "all_star")]
    for n, (home, away, kind) in enumerate(squads):
        ledger.add("espn", f"espn/x{n}", [GameResult(f"x{n}", "2024-02-18", kind, home, 211, away, 186)])
    assert found(ledger) == []
    for n in range(9):
        ledger.add("ant", f"ant/x{n}", [GameResult(f"x{n}", f"2024-01-0{n + 1}", "regular", "AA", 111, "BB", 86)])
    assert [one.message[:10] for one in found(ledger)] == ["ant: 'AA' ", "ant: 'BB' "], "a source with names of its own"
