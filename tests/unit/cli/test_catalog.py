"""sources, scrapers: what is known, and whose an address is."""

from __future__ import annotations

from tests.unit.cli.conftest import Desk

from adce_async.cli.catalog import describe
from adce_async.model.limits import Limits, Window


def test_sources_have_the_limits_that_hold(desk: Desk) -> None:
    rows = {row["name"]: row for row in desk.json("sources")["sources"]}
    ant = rows["ant"]
    assert ant["limits"] == [{"requests": 10, "per_seconds": 20.0}]
    assert (ant["hosts"], ant["burst"], ant["scrapers"], ant["now"]) == (["ant.test"], 2, ["ant_items"], None)
    assert {"espn", "nba_api", "basketball_reference", "hoopr", "kaggle"} < rows.keys()
    assert rows["espn"]["said_by"] != []


def test_the_table_of_sources_names_each(desk: Desk) -> None:
    out, _ = desk.adce("sources")
    line = next(line for line in out.splitlines() if line.startswith("ant"))
    assert "10/20s" in line
    assert "obeyed" in line


def test_a_scraper_says_what_it_asks_and_fills(desk: Desk) -> None:
    found = desk.json("scrapers")
    row = next(row for row in found["scrapers"] if row["name"] == "ant_items")
    assert (row["source"], row["host"], row["format"]) == ("ant", "ant.test", "json")
    assert row["check"] == {"equals": {"id": "{id}"}, "required": ["rows"]}
    assert (row["data_types"], row["key_pattern"], row["fields"]) == (["ant.items"], "ant/{id}.json", ["id"])
    assert (row["required"], row["dimensions"]) == (True, {"id": ["1", "2", "3"]})
    assert "ant" in found["sources"]
    assert [each["name"] for each in found["data_types"] if each["source"] == "ant"] == ["ant.items"]


def test_an_address_leads_back_to_its_scraper(desk: Desk) -> None:
    (row,) = desk.json("scrapers", "--url", "https://ant.test/items/7.json")["scrapers"]
    assert (row["name"], row["fields_of_url"]) == ("ant_items", {"id": "7"})
    _, err = desk.adce("scrapers", "--url", "https://nobody.test/", expect=1)
    assert "no scraper owns https://nobody.test/" in err


def test_limits_in_words() -> None:
    assert describe(Limits((Window(60, 60.0), Window(3000, 3600.0)))) == "60/minute, 3000/hour"
    assert describe(Limits()) == "none"
