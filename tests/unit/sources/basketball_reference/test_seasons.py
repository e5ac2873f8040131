"""Basketball-Reference: pages of a season, of players, teams and franchises."""

from __future__ import annotations

import datetime as dt

import pytest
from tests.unit.sources.basketball_reference.bodies import (
    SCRAPERS,
    as_page,
    hidden,
    html,
    items_of,
    linked,
    players,
    refused,
    teams,
    want,
)

from adce_async.errors import FixMeError, NotYetError
from adce_async.model.days import start_of_eastern_day
from adce_async.sources.basketball_reference import BasketballReferenceSeason

SEASON = {"season": "2017-18"}

LINKS = "".join(f'<div class="first_place"><a href="{link}">x</a></div>' for link in players())

MOVES = '<ul class="page_index"><li><span>July 1, 2017</span><p>signed <a href="/players/a/a.html">A</a></p></li></ul>'

COACHES = [f"/coaches/abcde{number:02d}c.html" for number in range(8)]

# data type -> (path, title, content)
PAGES = {
    "season_totals": ("_totals", "Player Stats: Totals", linked("totals_stats", *players())),
    "season_per_game": ("_per_game", "Player Stats: Per Game", linked("per_game_stats", *players())),
    "season_per_minute": ("_per_minute", "Player Stats: Per 36 Minutes", linked("per_minute_stats", *players())),
    "season_per_poss": ("_per_poss", "Player Stats: Per 100 Possessions", linked("per_poss", *players())),
    "season_advanced": ("_advanced", "Player Stats: Advanced", linked("advanced", *players())),
    "season_play_by_play": ("_play-by-play", "Player Stats: Play-by-Play", linked("pbp_stats", *players())),
    "season_shooting": ("_shooting", "Player Stats: Shooting", linked("shooting", *players())),
    "season_adj_shooting": ("_adj_shooting", "Player Stats: Adjusted Shooting", linked("adj-shooting", *players())),
    "season_leaders": ("_leaders", "Leaders", f'<div id="leaders_pts">{LINKS}</div>'),
    "rookies": ("_rookies", "Rookies", linked("rookies", *players(2))),
    "coaches": ("_coaches", "Coaches", linked("NBA_coaches", *COACHES)),
    "team_ratings": ("_ratings", "Team Ratings", linked("ratings", *teams())),
    "transactions": ("_transactions", "Transactions", MOVES),
    "season_summary": ("", "Season Summary", linked("divs_standings_E", *teams())),
    "standings": ("_standings", "Standings", linked("expanded_standings", *teams())),
}


def page_of(data_type: str, content: str | None = None, *, year="2018", season="2017-18", league="NBA") -> str:
    path, title, usual = PAGES[data_type]
    content = usual if content is None else content
    return html(f"/leagues/{league}_{year}{path}.html", f"{season} {league} {title}", content)


@pytest.mark.parametrize("data_type", PAGES)
def test_pages_of_a_season(data_type):
    scraper, asked = SCRAPERS[data_type], want(data_type, **SEASON)
    body = page_of(data_type)
    scraper.check(as_page(body), asked)
    path = f"/leagues/NBA_2018{PAGES[data_type][0]}.html"
    assert scraper.url_for(SEASON) == f"https://www.basketball-reference.com{path}"
    scraper.check(as_page(body), want(data_type))  # a key without a season
    if "<table" in PAGES[data_type][2]:
        scraper.check(as_page(page_of(data_type, hidden(PAGES[data_type][2]))), asked)
    assert "canonical" in refused(scraper, page_of(data_type, year="2019"), asked)
    assert "title" in refused(scraper, page_of(data_type, season="2018-19"), asked)
    assert "cut short" in refused(scraper, body.rstrip()[:-1], asked)
    assert "expected at least" in refused(scraper, page_of(data_type, ""), asked)


@pytest.mark.parametrize("data_type", PAGES)
def test_no_page_of_a_season_passes_for_another(data_type):
    for other in PAGES:
        if other != data_type:
            assert "canonical" in refused(SCRAPERS[other], page_of(data_type), want(other, **SEASON))
            path = PAGES[other][0]
            misnamed = html(f"/leagues/NBA_2018{path}.html", f"2017-18 NBA {PAGES[other][1]}", PAGES[data_type][2])
            if {data_type, other} != {"season_summary", "standings"}:
                assert "expected at least" in refused(SCRAPERS[other], misnamed, want(other, **SEASON))


@pytest.mark.parametrize(
    ("data_type", "table"),
    [
        ("season_per_poss", "per_poss_stats"),
        ("season_shooting", "shooting_stats"),
        ("season_adj_shooting", "adj_shooting"),
        ("season_advanced", "advanced_stats"),
    ],
)
def test_tables_that_were_renamed(data_type, table):
    SCRAPERS[data_type].check(as_page(page_of(data_type, linked(table, *players()))), want(data_type, **SEASON))


def test_the_table_of_the_playoffs_is_not_that_of_the_season():
    body = page_of("season_totals", linked("totals_stats_post", *players()))
    assert "found 0" in refused(SCRAPERS["season_totals"], body, want("x", **SEASON))
    both = linked("totals_stats", *players(11)) + linked("totals_stats_post", *players())
    assert len(items_of(SCRAPERS["season_totals"], page_of("season_totals", both), want("x", **SEASON))) == 11


def test_players_of_a_season_are_named_once():
    traded = [*players(10), players(1)[0], players(1)[0]]
    for body in (linked("totals_stats", *traded), hidden(linked("totals_stats", *traded))):
        found = items_of(SCRAPERS["season_totals"], page_of("season_totals", body), want("x", **SEASON))
        assert [item.fields["player_slug"] for item in found] == [f"abcde{number:02d}" for number in range(10)]
        assert {item.fields["season"] for item in found} == {"2017-18"}
    absolute = [f"https://www.basketball-reference.com{link}" for link in players()]  # as a browser saves it
    body = page_of("season_per_game", linked("per_game_stats", *absolute, stat="player"))
    assert len(items_of(SCRAPERS["season_per_game"], body, want("x", **SEASON))) == 12


CHAMPION = '<div id="meta"><p><strong>League Champion</strong>: <a href="/teams/AAA/2018.html">A</a></p></div>'

SERIES = '<table id="all_playoffs"><tbody><tr><td><a href="/playoffs/2018-nba-finals-a-vs-b.html">x</a></td></tr></tbody></table>'


def test_a_season_names_its_teams_and_how_far_it_has_got():
    scraper, asked = SCRAPERS["season_summary"], want("season_summary", **SEASON)
    table = linked("divs_standings_E", *teams(), "/teams/ZZZ/2017.html")
    codes = [f"AA{letter}" for letter in "ABCDEFGH"]
    found = [dict(item.fields) for item in items_of(scraper, page_of("season_summary", table), asked)]
    assert found == [{"team": code, **SEASON} for code in codes]
    begun = page_of("season_summary", table + hidden(SERIES))
    assert dict(items_of(scraper, begun, asked)[-1].fields) == {"playoffs": "NBA", **SEASON}
    over = page_of("season_summary", CHAMPION + table + hidden(SERIES))
    assert [dict(item.fields) for item in items_of(scraper, over, asked)[-2:]] == [
        {"playoffs": "NBA", **SEASON},
        {"decided": "NBA", **SEASON},
    ]
    projected = page_of("season_summary", table + hidden('<table id="all_playoffs"><tbody></tbody></table>'))
    assert "playoffs" not in items_of(scraper, projected, asked)[-1].fields
    assert items_of(scraper, begun, want("season_summary")) == []
    assert "found 6" in refused(scraper, page_of("season_summary", linked("standings", *teams(count=6))), asked)


def test_the_years_of_the_baa_and_the_aba():
    scraper = SCRAPERS["season_summary"]
    table = linked("divs_standings_E", *teams("1947"))
    body = page_of("season_summary", table, year="1947", season="1946-47", league="BAA")
    assert len(items_of(scraper, body, want("x", season="1946-47"))) == 8
    aba = {"season": "1975-76", "league": "ABA"}
    assert scraper.url_for(aba).endswith("/leagues/ABA_1976.html")
    body = page_of(
        "season_summary", linked("divs_standings_", *teams("1976")), year="1976", season="1975-76", league="ABA"
    )
    assert len(items_of(scraper, body, want("x", **aba))) == 8
    assert "canonical" in refused(scraper, body, want("x", season="1975-76"))


def test_numbers_of_a_season_under_way_are_on_their_way():
    body = page_of("season_totals", linked("totals_stats")).encode()
    scraper, asked = SCRAPERS["season_totals"], want("season_totals", **SEASON)
    refused(scraper, as_page(body, start_of_eastern_day(dt.date(2017, 10, 17))), asked, NotYetError)
    assert "expected at least 10" in refused(scraper, as_page(body, start_of_eastern_day(dt.date(2018, 7, 1))), asked)


def test_rookies_are_not_their_season_statistics():
    body = page_of("rookies").replace("Rookies |", "Rookies - Season Stats |")
    assert "title" in refused(SCRAPERS["rookies"], body, want("rookies", **SEASON))


def test_an_address_of_no_kind_is_said_when_it_is_loaded():
    with pytest.raises(FixMeError, match="no page of a season"):
        BasketballReferenceSeason("x", "basketball_reference", "https://www.basketball-reference.com/friv/x.html")


SERIES_OF = linked("all_playoffs", *teams(count=2))


def test_playoffs_are_told_by_their_title():
    scraper, asked = SCRAPERS["playoffs"], want("playoffs", **SEASON)
    body = html("/playoffs/NBA_2018.html", "2018 NBA Playoffs Summary", SERIES_OF)
    scraper.check(as_page(body), asked)
    assert scraper.url_for({"season": "1974-75", "league": "ABA"}).endswith("/playoffs/ABA_1975.html")
    for title in ("Schedule and Results", "Leaders", "Stats: Totals", "Standings"):
        other = body.replace("Playoffs Summary", f"Playoffs {title}")
        assert "title" in refused(scraper, other, asked)
    assert "canonical" in refused(scraper, body, want("playoffs", season="2016-17"))
    assert "expected at least 2" in refused(scraper, body.replace("all_playoffs", "x"), asked)


def test_awards():
    scraper, asked = SCRAPERS["awards"], want("awards", season="1973-74")
    body = html("/awards/awards_1974.html", "1973-74 NBA & ABA Awards Voting", linked("mvp", *players(5)))
    scraper.check(as_page(body), asked)
    assert scraper.url_for({"season": "1973-74"}).endswith("/awards/awards_1974.html")
    assert "canonical" in refused(scraper, body, want("awards", season="1974-75"))
    assert "at least 5" in refused(scraper, body.replace("/players/", "/p/"), asked)


def test_a_draft_is_of_the_summer_before_the_season():
    scraper = SCRAPERS["draft"]
    assert scraper.url_for({"season": "2024-25"}).endswith("/draft/NBA_2024.html")
    assert scraper.url_for({"season": "1949-50"}).endswith("/draft/BAA_1949.html")
    assert scraper.url_for({"season": "1950-51"}).endswith("/draft/NBA_1950.html")
    body = html("/draft/BAA_1949.html", "1949 BAA Draft", linked("stats", *players(5), stat="player"))
    scraper.check(as_page(body), want("draft", season="1949-50"))
    assert "canonical" in refused(scraper, body, want("draft", season="1948-49"))
    assert "title" in refused(scraper, body.replace("1949 BAA Draft", "1948 BAA Draft"), want("x", season="1949-50"))


@pytest.mark.parametrize("path", ["/allstar/NBA_2018.html", "/allstar/201802182NBA.html"])
def test_the_all_star_game_may_be_called_by_its_day(path):
    scraper, asked = SCRAPERS["all_star"], want("all_star", **SEASON)
    body = html(path, "2018 NBA All-Star Game Box Score", linked("Team_A", *players()))
    scraper.check(as_page(body), asked)
    assert scraper.url_for(SEASON).endswith("/allstar/NBA_2018.html")
    assert "canonical" in refused(scraper, body, want("all_star", season="2018-19"))
    assert "title" in refused(scraper, body.replace("2018 NBA All-Star", "2019 NBA All-Star"), asked)
    voting = body.replace(path, "/allstar/NBA_2018_voting.html")
    assert "canonical" in refused(scraper, voting, asked)
