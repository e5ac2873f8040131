"""Basketball-Reference: which page is accepted as which month or game, and what they say of games."""

from __future__ import annotations

import pytest
from tests.unit.sources.basketball_reference.bodies import (
    BOTH,
    SCRAPERS,
    as_page,
    box,
    hidden,
    html,
    play_by_play,
    plays,
    refused,
    scorebox,
    team_table,
    want,
)

from adce_async.errors import NotYetError, RefusedError
from adce_async.model.days import DAY, end_of_eastern_day
from adce_async.scraping.base import Want
from adce_async.sources.basketball_reference.pages import day_of_game

BOX_SCORE = SCRAPERS["box_score"]

PLAY_BY_PLAY = SCRAPERS["play_by_play"]

GAME = "201710170CLE"


def game(game_id: str = GAME, season: str = "2017-18") -> Want:
    return want("x", season=season, game_id=game_id)


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
