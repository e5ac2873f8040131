"""docs/sources.md: each source, each data type, and what is retired."""

from __future__ import annotations

from tests.unit.cli.conftest import Desk


def test_only_sources_that_come_with_the_program_are_in_it(desk: Desk) -> None:
    out, _ = desk.adce("scrapers", "document")
    headings = [line.removeprefix("## ") for line in out.splitlines() if line.startswith("## ")]
    assert headings == ["basketball_reference", "espn", "hoopr", "kaggle", "nba_api"]
    assert "ant.test" not in out


def test_it_says_terms_limits_and_what_is_not_asked(desk: Desk) -> None:
    out, _ = desk.adce("scrapers", "document")
    for text in (
        "- Terms: ",
        "- Limits as shipped: ",
        "- robots.txt: obeyed",
        "Addresses that are known and not asked:",
    ):
        assert out.count(text) >= 5, text
    assert "Not asked any more; the checks still judge what older lakes hold:" in out


def test_data_types_are_rows_with_key_and_scraper(desk: Desk) -> None:
    out, _ = desk.adce("scrapers", "document")
    rows = [line for line in out.splitlines() if line.startswith("| ") and "`espn_summary`" in line]
    assert any("`espn_summary`" in row and "/summary?event={game_id}`" in row for row in rows)
    assert all(row.count(" | ") == 5 for row in rows)
