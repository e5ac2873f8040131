"""Basketball-Reference: which schedule is accepted as which month, playoffs or team, and what it names."""

from __future__ import annotations

import pytest
from tests.unit.sources.basketball_reference.bodies import (
    BOTH,
    HEADING,
    PLAYOFFS,
    SCRAPERS,
    SITE,
    as_page,
    box,
    hidden,
    html,
    items_of,
    play_by_play,
    plays,
    refused,
    row,
    schedule,
    scorebox,
    want,
)

from adce_async.model.coverage import ItemState
from adce_async.scraping.base import Want
from adce_async.sources.basketball_reference.pages import day_of_game

SCHEDULE = SCRAPERS["schedule"]

BOX_SCORE = SCRAPERS["box_score"]

PLAY_BY_PLAY = SCRAPERS["play_by_play"]

GAME = "201710170CLE"


def month(name: str, season: str = "2017-18", **more: str) -> Want:
    return want("schedule", season=season, month=name, **more)


def game(game_id: str = GAME, season: str = "2017-18") -> Want:
    return want("x", season=season, game_id=game_id)


def test_a_month_names_its_games():
    body = schedule(row(GAME), HEADING, PLAYOFFS, row("201710170GSW", ("", ""), None))
    first, second = items_of(SCHEDULE, body, month("october"))
    assert dict(first.fields) == {
        "game_id": GAME,
        "date": "2017-10-17",
        "season": "2017-18",
        "season_type": "regular",
        "home": "CLE",
        "away": "BOS",
    }
    assert (first.state, second.state) == (ItemState.FINAL, ItemState.SCHEDULED)
    assert second.fields["game_id"] == "201710170GSW"
    assert second.fields["season_type"] == "playoffs"


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({}, ItemState.FINAL),
        ({"remarks": "In-Season Tournament"}, ItemState.FINAL),
        ({"points": ("", "")}, ItemState.SCHEDULED),
        ({"points": ("99", "")}, ItemState.SCHEDULED),
        ({"link": None}, ItemState.SCHEDULED),
        ({"points": ("", ""), "link": None, "remarks": "Postponed"}, ItemState.POSTPONED),
        ({"points": ("", ""), "link": None, "remarks": "Game cancelled"}, ItemState.CANCELLED),
        ({"points": ("", ""), "link": None, "remarks": "Play-In Game"}, ItemState.SCHEDULED),
    ],
)
def test_final_is_a_game_with_scores_and_a_box_score(changed, state):
    (item,) = items_of(SCHEDULE, schedule(row(GAME, **changed)), month("october"))
    assert item.state is state
    assert item.scored is (changed == {"link": None})
    assert len(SCHEDULE.facts(as_page(schedule(row(GAME, **changed))), month("october"))) == (state is ItemState.FINAL)


def test_old_games_are_final_without_a_box_score():
    page = {"path": "/leagues/NBA_1996_games.html", "title": "1995-96 NBA Schedule"}
    (item,) = items_of(SCHEDULE, schedule(row("199511030BOS", link=None), **page), month("november", "1995-96"))
    assert item.state is ItemState.FINAL
    page = {"path": "/leagues/NBA_1997_games.html", "title": "1996-97 NBA Schedule"}
    (item,) = items_of(SCHEDULE, schedule(row("199611010BOS", link=None), **page), month("november", "1996-97"))
    assert item.state is ItemState.SCHEDULED


def test_the_link_must_be_that_of_the_game():
    body = schedule(row(GAME).replace(f"/boxscores/{GAME}.html", "/boxscores/201710180CLE.html"))
    (item,) = items_of(SCHEDULE, body, month("october"))
    assert item.state is ItemState.SCHEDULED


def test_the_visitors_follow_from_their_link_too():
    link = '<td data-stat="visitor_team_name"><a href="https://www.basketball-reference.com/teams/PHO/2018.html">'
    body = schedule(row(GAME).replace(f'<td data-stat="visitor_team_name" csk="BOS.{GAME}">', link))
    (item,) = items_of(SCHEDULE, body, month("october"))
    assert item.fields["away"] == "PHO"
    (facts,) = SCHEDULE.facts(as_page(body), month("october"))
    assert (facts.home.team, facts.home.points, facts.away.team, facts.away.points) == ("CLE", 102, "PHX", 99)
    assert (facts.game_id, facts.date, facts.final, facts.season_type) == (GAME, "2017-10-17", True, "regular")


@pytest.mark.parametrize(
    ("remarks", "season_type"),
    [
        ("Play-In Game", "play_in"),
        ("In-Season Tournament", "regular"),
        ("NBA Cup Semifinal", "regular"),
        ("In-Season Tournament Championship", "cup_final"),
        ("NBA Cup Final", "cup_final"),
        ("at London, England", "regular"),
    ],
)
def test_remarks_tell_what_a_game_was(remarks, season_type):
    (item,) = items_of(SCHEDULE, schedule(row(GAME, remarks=remarks)), month("october"))
    assert item.fields["season_type"] == season_type


@pytest.mark.parametrize(
    ("season", "game_id", "season_type"),
    [
        ("2017-18", "201803010CLE", "regular"),
        ("2017-18", "201804010CLE", "regular"),
        ("2017-18", "201805010CLE", "playoffs"),
        ("2017-18", "201806010CLE", "playoffs"),
        ("1973-74", "197404050CLE", "playoffs"),
        ("1974-75", "197504050CLE", "regular"),
        ("1979-80", "198004020CLE", "playoffs"),
        ("1998-99", "199905030CLE", "regular"),
        ("2020-21", "202105100CLE", "regular"),
        ("2020-21", "202107080PHO", "playoffs"),
        ("2019-20", "202007310ORL", "regular"),
        ("2019-20", "202009010ORL", "playoffs"),
        ("2019-20", "202010110MIA", "playoffs"),
        ("1947-48", "194804010BLB", "playoffs"),
    ],
)
def test_a_month_without_the_line_is_told_by_the_calendar(season, game_id, season_type):
    day = day_of_game(game_id)
    year = season[:2] + season[5:]
    league = "BAA" if year == "1948" else "NBA"
    name = f"{day:%B}".lower() + ("-2020" if day.month == 10 else "")
    body = schedule(row(game_id), path=f"/leagues/{league}_{year}_games.html", title=f"{season} {league} Schedule")
    (item,) = items_of(SCHEDULE, body, month(name, season))
    assert item.fields["season_type"] == season_type


def test_what_stands_above_the_line_is_the_regular_season():
    page = {"path": "/leagues/NBA_1972_games.html", "title": "1971-72 NBA Schedule"}
    body = schedule(row("197204010BOS"), PLAYOFFS, row("197204020BOS"), **page)
    found = items_of(SCHEDULE, body, month("april", "1971-72"))
    assert [item.fields["season_type"] for item in found] == ["regular", "playoffs"]


def test_the_aba_has_no_regular_games_of_the_nba():
    page = {"path": "/leagues/ABA_1976_games.html", "title": "1975-76 ABA Schedule"}
    body = schedule(row("197604080KEN", away="INA"), PLAYOFFS, row("197604090KEN", away="INA"), **page)
    asked = month("april", "1975-76", league="ABA")
    first, second = items_of(SCHEDULE, body, asked)
    assert "season_type" not in first.fields
    assert second.fields["season_type"] == "playoffs"
    assert [one.season_type for one in SCHEDULE.facts(as_page(body), asked)] == ["", "playoffs"]
    assert "canonical" in refused(SCHEDULE, body, month("april", "1975-76"))


def test_months_of_a_season_that_had_two_octobers():
    page = {"path": "/leagues/NBA_2020_games.html", "title": "2019-20 NBA Schedule"}
    first, last = schedule(row("201910220TOR"), **page), schedule(row("202010110MIA"), **page)
    assert items_of(SCHEDULE, first, month("october-2019", "2019-20"))
    assert items_of(SCHEDULE, last, month("october-2020", "2019-20"))
    assert "october-2020" in refused(SCHEDULE, first, month("october-2020", "2019-20"))
    assert "october-2019" in refused(SCHEDULE, last, month("october-2019", "2019-20"))
    for either in (first, last):
        assert "october" in refused(SCHEDULE, either, month("october", "2019-20"))
    begins = want("season_schedule", season="2019-20")
    SCRAPERS["season_schedule"].check(as_page(first), begins)
    assert "first games of 2019-20" in refused(SCRAPERS["season_schedule"], last, begins)


def test_the_years_of_the_baa():
    body = schedule(row("194611010TRH", away="NYK"), path="/leagues/BAA_1947_games.html", title="1946-47 BAA Schedule")
    (item,) = items_of(SCHEDULE, body, month("november", "1946-47"))
    assert item.fields["home"] == "TRH"


def test_the_canonical_link_may_name_the_month():
    body = schedule(row(GAME), path="/leagues/NBA_2018_games-october.html")
    assert items_of(SCHEDULE, body, month("october"))


def test_a_key_that_does_not_tell_is_not_compared():
    assert items_of(SCHEDULE, schedule(row(GAME)), want("schedule"))[0].fields["season"] == "2017-18"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (schedule(row("201711010CHO")), "expected games of october, found 201711010CHO"),
        (schedule(row(GAME), row("201711010CHO")), "expected games of october"),
        (schedule(row("201810170CLE")), "expected games of 2017-18"),
        (schedule(), "no games"),
        (schedule(HEADING, PLAYOFFS), "no games"),
        (schedule(row(GAME), path="/leagues/NBA_2019_games.html"), "canonical link"),
        (schedule(row(GAME), path="/leagues/NBA_2018_games-november.html"), "canonical link"),
        (schedule(row(GAME), path="/playoffs/NBA_2018.html"), "canonical link"),
        (schedule(row(GAME), title="2018-19 NBA Schedule"), "title"),
        (schedule(row(GAME)).replace('id="schedule"', 'id="other"'), "table#schedule: not there"),
        (schedule(row("Tue, Oct 17")), "expected the id of a game"),
        (schedule(row("201713990CLE")), "201713990CLE"),
        (schedule(row(GAME)).replace("</html>", ""), "cut short"),
        (schedule(row(GAME)).replace(SITE, "https://evil.test"), "canonical link"),
        ("{}", "canonical link"),
        ("", "canonical link"),
    ],
)
def test_another_or_a_broken_month_is_refused(body, reason):
    assert reason in refused(SCHEDULE, body, month("october"))


def test_the_first_month_is_told_by_its_games():
    first = SCRAPERS["season_schedule"]
    asked = want("season_schedule", season="2017-18")
    assert first.url_for({"season": "2017-18"}) == f"{SITE}/leagues/NBA_2018_games.html"
    assert len(items_of(first, schedule(row(GAME)), asked)) == 1
    assert "first games" in refused(first, schedule(row("201711010CHO")), asked)
    page = {"path": "/leagues/NBA_1988_games.html", "title": "1987-88 NBA Schedule"}
    assert items_of(first, schedule(row("198711060BOS"), **page), want("x", season="1987-88"))
    assert "first games" in refused(first, schedule(row("198712060BOS"), **page), want("x", season="1987-88"))


def test_playoff_games_are_told_by_their_title():
    playoffs = SCRAPERS["playoffs_games"]
    asked = want("playoffs_games", season="2017-18")
    page = {"path": "/playoffs/NBA_2018.html", "title": "2018 NBA Playoffs Schedule and Results"}
    body = schedule(row("201804140GSW", away="SAS"), **page)
    (item,) = items_of(playoffs, body, asked)
    assert item.fields["season_type"] == "playoffs"
    assert [one.season_type for one in playoffs.facts(as_page(body), asked)] == ["playoffs"]
    assert "title" in refused(playoffs, body.replace("Playoffs Schedule", "Playoffs Summary"), asked)
    assert "canonical" in refused(playoffs, body, want("playoffs_games", season="2018-19"))
    assert "no games" in refused(playoffs, schedule(**page), asked)
    assert "expected games of 2017-18" in refused(playoffs, schedule(row("201904140GSW"), **page), asked)


def test_tables_in_comments_count():
    table = schedule(row(GAME)).replace("<table", "<!--\n<table").replace("</table>", "</table>\n-->")
    assert len(items_of(SCHEDULE, table, month("october"))) == 1
    BOX_SCORE.check(as_page(box(scorebox("99", "102") + hidden(BOTH))), game())
    PLAY_BY_PLAY.check(as_page(play_by_play(scorebox("99", "102") + hidden(plays()))), game())


TEAM_ROW = (
    '<tr><th data-stat="g">1</th><td data-stat="date_game" csk="2017-10-17">Tue</td>'
    '<td data-stat="box_score_text"><a href="/boxscores/201710170CLE.html">Box Score</a></td>'
    '<td data-stat="game_location"></td><td data-stat="opp_name"><a href="/teams/BOS/2018.html">Boston</a></td>'
    '<td data-stat="pts">102</td><td data-stat="opp_pts">99</td></tr>'
)


def team_games(*rows: str, playoffs: str = "") -> str:
    late = f'<table id="games_playoffs"><tbody>{playoffs}</tbody></table>' if playoffs else ""
    table = f'<table id="games"><tbody>{"".join(rows)}{HEADING}</tbody></table>{late}'
    return html("/teams/CLE/2018_games.html", "2017-18 Cleveland Cavaliers Schedule and Results", table)


def test_a_teams_schedule():
    scraper = SCRAPERS["team_schedule"]
    asked = want("team_schedule", season="2017-18", team="CLE")
    away = TEAM_ROW.replace("201710170CLE", "201710180BOS").replace('location">', 'location">@')
    future = TEAM_ROW.replace(">102<", "><").replace(">99<", "><")
    body = team_games(*[TEAM_ROW] * 9, away, future, playoffs=away.replace("201710180", "201804180"))
    scraper.check(as_page(body), asked)
    facts = scraper.facts(as_page(body), asked)
    assert len(facts) == 11
    assert (facts[0].home.team, facts[0].home.points, facts[0].away.team, facts[0].away.points) == (
        "CLE", 102, "BOS", 99,
    )  # fmt: skip
    assert (facts[9].home.team, facts[9].home.points, facts[9].away.team, facts[9].away.points) == (
        "BOS", 99, "CLE", 102,
    )  # fmt: skip
    assert [one.season_type for one in facts] == [""] * 10 + ["playoffs"]
    assert "canonical" in refused(scraper, body, want("team_schedule", season="2017-18", team="BOS"))
    assert "canonical" in refused(scraper, body, want("team_schedule", season="2018-19", team="CLE"))
    assert "title" in refused(scraper, body.replace("Schedule and Results", "Roster and Stats"), asked)
    assert "at least 10 games" in refused(scraper, team_games(*[TEAM_ROW] * 9), asked)
