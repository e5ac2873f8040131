"""Totals of all players of a season."""

from __future__ import annotations

import orjson
from tests.unit.demo.fetched import scraper

from adce_async.scraping.base import Page, Want
from adce_async.scraping.table_rows import integer
from adce_async.sources.nba_api.tables_of_seasons import season_totals


def page(mode: str, **filters: object) -> Page:
    headers = ["PLAYER_ID", "PLAYER_NAME", "TEAM_ABBREVIATION", "AGE", "GP", "MIN", "FGM", "TOV", "PTS"]
    row = [203999, "Nikola Jokić", "DEN", 30.0, 70, 2571.5, 786, 230, 2071]
    said = {"PerMode": mode, "MeasureType": "Base", "SeasonType": "Regular Season", "Month": 0} | filters
    tables = [{"name": "LeagueDashPlayerStats", "headers": headers, "rowSet": [row]}]
    return Page("u", orjson.dumps({"parameters": said, "resultSets": tables}))


def test_totals_are_read_and_averages_are_not() -> None:
    name = next(name for name in names() if scraper(name).table_reader("x").endswith("season_totals"))
    found = scraper(name)
    want = Want("k", "season_totals", {"season": "2024-25"})
    (row,) = season_totals(found, page("Totals"), want)["season_totals"]
    assert (row["player"], row["games"], row["minutes"], row["points"]) == ("Nikola Jokić", 70, 2571.5, 2071)
    assert (row["season_type"], row["age"], row["turnovers"]) == ("regular", integer(30.0), 230)
    assert season_totals(found, page("PerGame"), want) == {}
    assert season_totals(found, page("Totals", LastNGames=10), want) == {}
    assert season_totals(found, page("Totals", VsConference="East"), want) == {}


def names() -> list[str]:
    from tests.unit.demo.fetched import BUILTINS

    return [name for name in BUILTINS.scrapers if name.startswith("nba_api_")]
