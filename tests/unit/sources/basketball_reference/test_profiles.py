"""Basketball-Reference: pages of one player, one team, one franchise."""

from __future__ import annotations

from tests.unit.sources.basketball_reference.bodies import (
    SCRAPERS,
    as_page,
    html,
    linked,
    players,
    refused,
    want,
)

SEASON = {"season": "2017-18"}


def player_page(path="/players/j/jamesle01.html", title="LeBron James Stats, Height, Weight, Position") -> str:
    return html(path, title, '<div id="meta"><h1>LeBron James</h1></div>')


def test_a_player():
    scraper, asked = SCRAPERS["player"], want("player", player_slug="jamesle01")
    assert scraper.url_for({"player_slug": "jamesle01"}).endswith("/players/j/jamesle01.html")
    scraper.check(as_page(player_page()), asked)
    scraper.check(as_page(player_page(title="LeBron James Stats")), asked)
    scraper.check(as_page(player_page()), want("player"))
    school = player_page(title="LeBron James - High School, Amateur, and Exhibition Stats")
    assert "title" in refused(scraper, school, asked)
    assert "title" in refused(scraper, player_page(title="LeBron James 2018-19 Game Log"), asked)
    assert "canonical" in refused(scraper, player_page("/players/j/jamesle02.html"), asked)
    assert "cut short" in refused(scraper, player_page().rstrip()[:-1], asked)


def test_a_game_log_is_judged_though_it_is_not_asked_for():
    scraper = SCRAPERS["player_game_log"]
    asked = want("x", player_slug="westbru01", season="2018-19")
    log = '<table id="{}"><tbody><tr><td><a href="/boxscores/201810160GSW.html">d</a></td></tr></tbody></table>'
    for path in ("/players/w/westbru01/gamelog/2019/", "/players/w/westbru01/gamelog/2019"):
        for name in ("player_game_log_reg", "pgl_basic"):
            body = html(path, "Russell Westbrook 2018-19 Game Log", log.format(name))
            scraper.check(as_page(body), asked)
    assert "canonical" in refused(scraper, body, want("x", player_slug="westbru01", season="2019-20"))
    assert "title" in refused(scraper, body.replace("2018-19", "2017-18"), asked)
    assert "no games" in refused(scraper, body.replace("/boxscores/", "/b/"), asked)


def test_a_team():
    scraper, asked = SCRAPERS["team"], want("team", team="HOU", **SEASON)
    body = html("/teams/HOU/2018.html", "2017-18 Houston Rockets Roster and Stats", linked("roster", *players(1)))
    scraper.check(as_page(body), asked)
    assert "canonical" in refused(scraper, body, want("team", team="HOU", season="2016-17"))
    assert "canonical" in refused(scraper, body, want("team", team="BOS", **SEASON))
    assert "title" in refused(scraper, body.replace("2017-18 H", "2016-17 H"), asked)
    assert "no players" in refused(scraper, body.replace("/players/", "/p/"), asked)


def test_a_franchise_has_had_other_names():
    scraper = SCRAPERS["franchise"]
    title = "Brooklyn Nets Historical Statistics and All-Time Top Leaders"
    body = html(
        "/teams/NJN/", title, linked("NJN", "/teams/BRK/2026.html", "/teams/NJN/2012.html", "/teams/NYA/1968.html")
    )
    for team in ("BRK", "NJN", "NYA"):
        scraper.check(as_page(body), want("franchise", team=team))
    scraper.check(as_page(body), want("franchise"))
    assert scraper.url_for({"team": "BRK"}).endswith("/teams/BRK/")
    assert "expected seasons of BOS" in refused(scraper, body, want("franchise", team="BOS"))
    assert "found none" in refused(scraper, body.replace('id="NJN"', 'id="BRK"'), want("franchise", team="BRK"))
    assert "canonical" in refused(scraper, body.replace('/teams/NJN/"', '/teams/NJN/2012.html"'), want("x", team="NJN"))
