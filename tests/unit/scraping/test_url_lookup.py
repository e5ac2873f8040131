from __future__ import annotations

from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.url_lookup import scrapers_for_url


class Any(Scraper):
    def check(self, page: Page, want: Want) -> None:
        raise NotImplementedError


DAY = Any("day", "ant", "https://ant.test/scoreboard", {"dates": "{date_compact}", "limit": "1000"})
MONTH = Any("month", "ant", "https://ant.test/leagues/NBA_{season_end}_games-{month}.html")
SEASON = Any("season", "ant", "https://ant.test/leagues/NBA_{season_end}_{table}.html")
GAME = Any("game", "ant", "https://ant.test/boxscores/{game_id}.html?full=1")
INDEX = Any("index", "ant", "https://ant.test/boxscores/", {"month": "{month}", "day": "{day}", "year": "{year}"})
ALL = (DAY, MONTH, SEASON, GAME, INDEX)


def found(url: str) -> list[tuple[str, dict[str, str]]]:
    return [(match.scraper.name, dict(match.fields)) for match in scrapers_for_url(url, ALL)]


def test_fields_come_from_path_and_query_whatever_their_order() -> None:
    expected = [("day", {"date_compact": "20241215", "date": "2024-12-15"})]
    assert found("https://ant.test/scoreboard?limit=1000&dates=20241215&groups=") == expected
    assert found("https://ant.test/scoreboard?dates=20241215") == expected


def test_the_surest_comes_first() -> None:
    names = [name for name, _ in found("https://ant.test/leagues/NBA_2018_games-october.html")]
    assert names == ["month", "season"]


def test_dates_and_seasons_are_put_together_again() -> None:
    [(_, fields)] = found("https://ant.test/boxscores/?month=1&day=5&year=2018")
    assert fields["date"] == "2018-01-05"
    [(_, fields)] = found("https://ant.test/leagues/NBA_2018_totals.html")
    assert fields["season"] == "2017-18"


def test_what_nobody_asks_has_no_owner() -> None:
    for url in (
        "https://bee.test/scoreboard?dates=20241215",
        "https://ant.test/scoreboard",
        "https://ant.test/scoreboard?dates=20241315",
        "https://ant.test/boxscores/a/b.html",
        "http://ant.test/boxscores/1.html",
        "",
    ):
        assert found(url) == [], url


def test_odd_parameters_are_counted() -> None:
    odd = {
        "https://ant.test/scoreboard?dates=20241215&limit=7": 1,
        "https://ant.test/scoreboard?dates=20241215&limit=7&groups=50": 2,
        "https://ant.test/scoreboard?dates=20241215": 0,
    }
    assert {url: scrapers_for_url(url, ALL)[0].odd for url in odd} == odd


def test_a_fixed_part_of_the_query_may_stand_in_the_url() -> None:
    assert found("https://ant.test/boxscores/201801010CHI.html?full=1") == [("game", {"game_id": "201801010CHI"})]
    assert found("https://ant.test/boxscores/201801010CHI.html") == [("game", {"game_id": "201801010CHI"})]


def test_what_is_no_address_has_no_owner() -> None:
    assert found("https://[x/y") == []


def test_values_that_a_key_may_replace_are_fields_and_others_may_be_blank() -> None:
    table = Any(
        "table", "ant", "https://ant.test/table", {"Season": "{season}", "Mode": "Totals", "Team": "", "L": "0"}
    )
    table.open_params = {"Mode": "mode", "Team": "team"}
    table.blank_fields = True
    url = "https://ant.test/table?"
    fields = {
        "Season=2024-25&Mode=Totals&Team=": ({"season": "2024-25"}, 0),
        "Season=2024-25&Mode=PerGame&Team=7": ({"season": "2024-25", "mode": "PerGame", "team": "7"}, 0),
        "Season=&L=10": ({}, 1),
        "": ({}, 0),
    }
    for query, (expected, odd) in fields.items():
        [match] = scrapers_for_url(url + query, [table])
        assert (dict(match.fields), match.odd) == (expected, odd)
