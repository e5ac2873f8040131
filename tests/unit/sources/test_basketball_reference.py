"""Basketball-Reference: which page is accepted as which month or game, and what they say of games."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.unit.sources.bref_bodies import (
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
    linked,
    play_by_play,
    plays,
    refused,
    row,
    schedule,
    scorebox,
    team_table,
    want,
)

from adce_async.errors import BlockedError, NotFoundError, NotYetError, RefusedError
from adce_async.model.coverage import ItemState
from adce_async.model.days import DAY, end_of_eastern_day
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


def test_urls():
    assert SCHEDULE.url_for({"season": "2017-18", "month": "october"}) == f"{SITE}/leagues/NBA_2018_games-october.html"
    assert SCHEDULE.url_for({"season": "1999-00", "month": "may"}) == f"{SITE}/leagues/NBA_2000_games-may.html"
    assert SCHEDULE.url_for({"season": "2019-20", "month": "october-2020"}).endswith(
        "/NBA_2020_games-october-2020.html"
    )
    assert SCHEDULE.url_for({"season": "1948-49", "month": "march"}) == f"{SITE}/leagues/BAA_1949_games-march.html"
    assert SCHEDULE.url_for({"season": "1949-50", "month": "march"}) == f"{SITE}/leagues/NBA_1950_games-march.html"
    aba = {"season": "1975-76", "month": "march", "league": "ABA"}
    assert SCHEDULE.url_for(aba) == f"{SITE}/leagues/ABA_1976_games-march.html"
    assert BOX_SCORE.url_for({"game_id": GAME}) == f"{SITE}/boxscores/{GAME}.html"
    assert PLAY_BY_PLAY.url_for({"game_id": GAME}) == f"{SITE}/boxscores/pbp/{GAME}.html"


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


def test_box_scores_of_all_layouts():
    BOX_SCORE.check(as_page(box()), game())
    quarters = team_table("box-BOS-q1-basic") + team_table("box-CLE-ot1-basic") + team_table("box-CLE-game-advanced")
    BOX_SCORE.check(as_page(box(scorebox("99", "102") + quarters + BOTH)), game())
    old = team_table("box_bos_basic") + team_table("box_bos_advanced") + team_table("box_cle_basic")
    BOX_SCORE.check(as_page(box(scorebox("99", "102") + old)), game())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (scorebox("99", "102"), "basic tables of 2 teams, found none"),
        (scorebox("99", "102") + team_table("box-CLE-game-basic"), "found ['CLE']"),
        (scorebox("99", "102") + BOTH + team_table("box-NYK-game-basic"), "basic tables of 2 teams"),
        (scorebox("99", "102") + BOTH.replace("CLE", "NYK"), "expected home team CLE"),
        (scorebox("99", "102") + BOTH.replace("Team Totals", "x").replace("tfoot", "tbody"), "no team totals"),
        (scorebox("99", "102") + BOTH.replace('"pts">102', '"pts">'), "no team totals"),
        (scorebox("99", "102") + BOTH.replace('<td data-stat="pts">0</td>', ""), "at least 5 players, found 0"),
    ],
)
def test_half_a_box_score_is_refused(content, reason):
    assert reason in refused(BOX_SCORE, box(content), game())


NEW_LINE = (
    '<table id="line_score"><thead><tr class="over_header"><th colspan="6">Scoring</th></tr>'
    '<tr><th data-stat="team">x</th><th data-stat="1">1</th><th data-stat="OT">OT</th></tr></thead><tbody>'
    '<tr><th data-stat="team"><a href=\'/teams/BOS/2018.html\'>BOS</a></th><td data-stat="1">90</td>'
    '<td data-stat="1OT">9</td><td data-stat="T"><strong>99</strong></td></tr>'
    '<tr><th data-stat="team"><a href=\'/teams/CLE/2018.html\'>CLE</a></th><td data-stat="1">90</td>'
    '<td data-stat="1OT">12</td><td data-stat="T"><strong>102</strong></td></tr></tbody></table>'
)
OLD_LINE = (
    '<table id="line_score"><caption>Line Score</caption><tr><th>&nbsp;</th><th colspan="2">Scoring</th></tr>'
    '<tr class="thead"><th></th><th>1</th><th>T</th></tr>'
    '<tr><td><a href="/teams/BOS/2018.html">BOS</a></td><td>90</td><td>9</td><td><strong>99</strong></td></tr>'
    '<tr><td><a href="/teams/CLE/2018.html">CLE</a></td><td>90</td><td>12</td><td><strong>102</strong></td></tr></table>'
)


@pytest.mark.parametrize("line_score", [NEW_LINE, OLD_LINE])
def test_facts_of_a_box_score(line_score):
    tables = team_table("box-BOS-game-basic", 11, points="9") + team_table("box-CLE-game-basic", 6, points="17")
    body = box(scorebox("99", "102") + hidden(line_score) + tables)
    (facts,) = BOX_SCORE.facts(as_page(body), game())
    assert (facts.game_id, facts.date, facts.final, facts.season_type) == (GAME, "2017-10-17", True, "")
    assert (facts.away.team, facts.away.points, facts.away.periods, facts.away.player_points) == (
        "BOS", 99, (90, 9), 99,
    )  # fmt: skip
    assert (facts.home.team, facts.home.points, facts.home.periods, facts.home.player_points) == (
        "CLE", 102, (90, 12), 102,
    )  # fmt: skip


def test_what_an_old_box_score_does_not_record_is_left_out():
    tables = team_table("box-BOS-game-basic", points="") + team_table("box-CLE-game-basic", points="17")
    body = box(scorebox("99", "102") + hidden(NEW_LINE.replace(">9<", "><")) + tables)
    (facts,) = BOX_SCORE.facts(as_page(body), game())
    assert (facts.away.periods, facts.away.player_points) == ((), None)
    assert (facts.home.periods, facts.home.player_points) == ((90, 12), 119)
    (facts,) = BOX_SCORE.facts(as_page(box()), game())
    assert (facts.home.periods, facts.away.periods) == ((), ())
    unnamed = box(scorebox("99", "102").replace("/teams/", "/t/") + BOTH)
    assert BOX_SCORE.facts(as_page(unnamed), game()) == ()
    elsewhere = box(scorebox("99", "102", teams=("BOS", "NYK")) + BOTH)
    assert BOX_SCORE.facts(as_page(elsewhere), game()) == ()


@pytest.mark.parametrize("name", ["box_score", "play_by_play", "shot_chart", "plus_minus"])
def test_a_game_of_another_season_or_day_is_not_the_one_of_the_key(name):
    for wrong in ({"season": "2016-17"}, {"date": "2018-01-02"}):
        asked = want(name, **{"game_id": "201801010CHI", "season": "2017-18", "date": "2018-01-01"} | wrong)
        assert f"expected a game of {next(iter(wrong.values()))}" in refused(SCRAPERS[name], html("/", "x", ""), asked)


def test_a_title_tells_of_the_playoffs():
    body = box().replace("Celtics vs", "2018 NBA Finals Game 4: Celtics vs")
    assert BOX_SCORE.facts(as_page(body), game())[0].season_type == "playoffs"


@pytest.mark.parametrize("scores", [(), ("",) * 2, ("99",), ("99", "")])
def test_a_game_without_a_final_score_is_not_yet(scores):
    refused(BOX_SCORE, box(scorebox(*scores) + BOTH), game(), NotYetError)
    refused(PLAY_BY_PLAY, play_by_play(scorebox(*scores) + plays()), game(), NotYetError)


def test_play_by_play():
    PLAY_BY_PLAY.check(as_page(play_by_play(scorebox("99", "102") + plays())), game())
    for content, reason in [
        ("", "no play-by-play recorded"),
        (plays(quarters=3), "expected four quarters, found ['1st Q', '2nd Q', '3rd Q']"),
        (plays(each=20), "at least 100 plays, found 81"),
    ]:
        assert reason in refused(PLAY_BY_PLAY, play_by_play(scorebox("99", "102") + content), game())


def test_facts_of_play_by_play_skip_rows_with_a_clock_only():
    body = play_by_play(scorebox("99", "102") + plays(score="97-102"))
    (facts,) = PLAY_BY_PLAY.facts(as_page(body), game())
    assert (facts.away.team, facts.away.points, facts.away.last_play) == ("BOS", 99, 97)
    assert (facts.home.team, facts.home.points, facts.home.last_play) == ("CLE", 102, 102)
    (facts,) = PLAY_BY_PLAY.facts(as_page(play_by_play(scorebox("99", "102") + plays(score=""))), game())
    assert (facts.away.last_play, facts.home.last_play) == (None, None)


def test_plays_may_come_later_than_the_score():
    """On the night of the game they are on their way; what is not there two days later is not recorded."""
    body = play_by_play(scorebox("99", "102")).encode()
    over = end_of_eastern_day(day_of_game(GAME))
    refused(PLAY_BY_PLAY, as_page(body, over + DAY), game(), NotYetError)
    refused(PLAY_BY_PLAY, as_page(body, over + 3 * DAY), game(), RefusedError)


def shots(*teams: str, shot: str = '<div class="tooltip make" style="top:1px;left:2px;">x</div>') -> str:
    return "".join(f'<div class="shot-area" id="shots-{team}">{shot}</div><table></table>' for team in teams)


def test_shot_charts():
    chart = SCRAPERS["shot_chart"]
    path = f"/boxscores/shot-chart/{GAME}.html"
    for content in (shots("BOS", "CLE"), hidden(shots("BOS", "CLE"))):
        chart.check(as_page(html(path, "Celtics vs Cavaliers", content)), game())
    for content in ("", shots("CLE"), shots("BOS", "NYK"), shots("BOS", "CLE", shot="")):
        assert "shots of CLE" in refused(chart, html(path, "x", content), game())
    assert "canonical" in refused(chart, html(f"/boxscores/{GAME}.html", "x", shots("BOS", "CLE")), game())
    early = as_page(html(path, "x", ""), end_of_eastern_day(day_of_game(GAME)))
    refused(chart, early, game(), NotYetError)


def test_plus_minus():
    scraper = SCRAPERS["plus_minus"]
    path = f"/boxscores/plus-minus/{GAME}.html"
    one = '<div class="player"><span>A</span></div><div class="player-plusminus"><div style="width:9px">+1</div></div>'
    for content in (one * 10, f"<!-- <table></table> {one * 10} -->"):
        scraper.check(as_page(html(path, "Celtics vs Cavaliers", content)), game())
    assert "at least 10, found 9" in refused(scraper, html(path, "x", one * 9), game())
    assert "canonical" in refused(scraper, html(path.replace("CLE", "BOS"), "x", one * 10), game())


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


def test_another_page_is_refused():
    assert "canonical" in refused(BOX_SCORE, box(game_id="201710180CLE"), game())
    assert "canonical" in refused(BOX_SCORE, play_by_play(scorebox("99", "102") + plays()), game())
    assert "canonical" in refused(PLAY_BY_PLAY, box(), game())
    assert "cut short" in refused(BOX_SCORE, box().replace("</html>", ""), game())


@pytest.mark.parametrize("name", sorted(SCRAPERS))
def test_what_stands_in_for_a_page_is_told_by_kind(name):
    fields = {"season": "2017-18", "month": "october", "date": "2017-10-17", "game_id": GAME}
    asked = want(name, **fields, team="CLE", player_slug="jamesle01")
    scraper = SCRAPERS[name]
    refused(scraper, html("/404.html", "Page Not Found (404 error)", ""), asked, NotFoundError)
    refused(scraper, html("/404.html", "Sorry", ""), asked, NotFoundError)
    refused(scraper, html("/players/", "List of all the NBA and ABA Players", ""), asked, NotFoundError)
    refused(scraper, html("/429.html", "Rate Limited Request (429 error)", ""), asked, BlockedError)
    long_head = html("/429.html", "Rate Limited Request (429 error)", "").replace(
        "<head>", f"<head><script>{'x' * 70_000}</script>"
    )
    refused(scraper, long_head, asked, BlockedError)
    refused(scraper, "<html><head><title>Just a moment...</title></head></html>", asked, BlockedError)
    refused(scraper, html("/", "Basketball Statistics & History", linked("stats", "/players/a/a.html")), asked)


@pytest.mark.parametrize("cut", range(1, 16))
def test_no_prefix_is_accepted(cut):
    for scraper, body, asked in [
        (SCHEDULE, schedule(row(GAME)), month("october")),
        (BOX_SCORE, box(), game()),
        (PLAY_BY_PLAY, play_by_play(scorebox("99", "102") + plays()), game()),
    ]:
        whole = body.rstrip()
        refused(scraper, whole[: len(whole) * cut // 16], asked)
        refused(scraper, whole[:-1], asked)


def test_the_versions_say_what_changed():
    assert {name: SCRAPERS[name].version for name in ("schedule", "box_score", "play_by_play")} == {
        "schedule": "3",
        "box_score": "1",
        "play_by_play": "1",
    }
    assert Counter(type(one).__name__ for one in SCRAPERS.values())["BasketballReferenceSchedule"] == 2
