"""Old scrapers: one of ours, a declared one, or not taken, with why."""

from __future__ import annotations

import pytest
from tests.yaml_text import parsed

from .conftest import OldFolder, run


def test_each_is_one_of_ours_or_says_why_not(old: OldFolder):
    rows = old.whole().rows()

    def outcome(name: str) -> tuple[str, str]:
        row = rows[f"scrapers.{name}"]
        return row.outcome, row.new or row.why

    assert outcome("espn_incremental_simple") == ("renamed", "espn_scoreboard, espn_summary")
    assert outcome("basketball_reference_play_by_play_data") == ("renamed", "basketball_reference_play_by_play")
    assert outcome("basketball_reference_g_league_awards")[1] == "no source of the G League comes with the program"
    assert outcome("load_into_db")[0] == "off"
    assert outcome("strange_feed")[1].startswith("says not what to fetch")
    assert rows["global.aws.region"].outcome == "dropped"


def test_the_stricter_limit_holds_on(old: OldFolder):
    new = parsed(old.whole().migrate().files["config/scraper_config.yaml"])
    assert new["sources"]["espn"]["rate_limit"] == {"requests_per_second": 0.25, "burst_size": 2}
    assert old.rows()["scrapers.espn_incremental_simple.rate_limit"].new == "sources.espn.rate_limit"


def test_one_that_says_enough_is_declared(old: OldFolder):
    new = parsed(old.whole().migrate().files["config/scraper_config.yaml"])
    assert new["sources"]["curling"] == {"hosts": ["curling.test"], "timeout_seconds": 12}
    assert new["scrapers"] == {
        "curling_results": {
            "source": "curling",
            "url": "https://curling.test/stats/seasons/{season_end}.html",
            "format": "html",
            "check": {"required": ["#results"]},
            "rate_limit": {"requests_per_second": 0.1},
        }
    }
    types = parsed(old.migrate().files["inventory/data_inventory.yaml"])["expected_coverage"]["curling"]
    assert types["data_types"]["results"]["scraper"] == "curling_results"
    assert types["data_types"]["throws"]["enabled"] is False


def test_an_unknown_one_is_found_by_its_address(old: OldFolder):
    old.write(
        "config/scraper_config.yaml",
        """
        scrapers:
          mine: {base_url: "https://www.basketball-reference.com", url_pattern: "/boxscores/pbp/{id}.html"}
          logs: {base_url: "https://www.basketball-reference.com", url_pattern: "/players/{x}/{y}/gamelog/{z}/"}
          none: {base_url: "https://www.basketball-reference.com", url_pattern: "/nowhere/{id}.html"}
        """,
    )
    rows = old.rows()
    assert rows["scrapers.mine"].new == "basketball_reference_play_by_play"
    assert rows["scrapers.logs"].why.startswith("robots.txt disallows it")
    assert rows["scrapers.none"].outcome == "off"


@pytest.mark.parametrize(
    "entry",
    [
        "null",
        "[]",
        "text",
        "{}",
        "{base_url: 5}",
        "{base_url: 'https://[', url_pattern: /x, table_id: t}",
        "{base_url: 'https://me:SECRET@a.test', url_pattern: '/{id}.html', table_id: t}",
        "{base_url: 'ftp://a.test', url_pattern: '/{id}.html', table_id: t}",
        "{base_url: 'https://a.test', url_pattern: '/{X}/{id!r}.html', table_id: t}",
        "{base_url: 'https://a.test', url_pattern: '/{id}.html', table_id: 'a b'}",
        "{base_url: 'https://a.test', url_pattern: '/{id}.html', table_id: t, rate_limit: {requests_per_second: 0}}",
        "{base_url: 'https://a.test', url_pattern: '/{id}.html', table_id: t, rate_limit: x, timeout: never}",
        "{base_url: 'https://a.test', url_pattern: '/{id}.html', table_id: t, headers: {Authorization: SECRET}}",
        "{base_url: 'https://site.api.espn.com', rate_limit: {requests_per_second: .inf, burst_size: -1}}",
        "{source: ant}",
        "{source: espn, url: 'https://elsewhere.test/x', check: {required: [a]}}",
        "{base_url: 'https://site.api.espn.com', rate_limit: {requests_per_second: fast}, data_type: [1]}",
    ],
)
@pytest.mark.parametrize("name", ["espn", "unheard_of"])
def test_odd_entries_give_files_that_load(old: OldFolder, name: str, entry: str, capsys: pytest.CaptureFixture[str]):
    old.write("config/scraper_config.yaml", f"scrapers:\n  {name}: {entry}\n")
    assert run("migrate", old.root) == 0
    told = capsys.readouterr()
    assert "SECRET" not in told.out + told.err
    assert old.problems() == []
    assert any(row.what == f"scrapers.{name}" for row in old.migrate().rows)
