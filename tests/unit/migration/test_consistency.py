"""What refers to something that is not there is switched off, and so on until all of it fits."""

from __future__ import annotations

from tests.unit.migration.conftest import OldFolder, run

INVENTORY = """
expected_coverage:
  hoopr:
    seasons: ["2004-05"]
    data_types:
      play_by_play:
        path_patterns: ["hoopr_parquet/play_by_play/nba_data_{year}.parquet"]
  nobody:
    seasons: ["2004-05"]
    data_types:
      throws:
        scraper: curling_results
        path_patterns: ["curling/{season}.html"]
"""
SCRAPERS = """
scrapers:
  curling_results:
    base_url: https://curling.test/stats
    url_pattern: /seasons/{year}.html
    table_id: results
"""


def test_whatever_the_old_files_said_the_new_ones_fit_together(old: OldFolder) -> None:
    old.whole()
    assert run("migrate", old.root, "--output", old.root / "adce") == 0
    assert old.problems() == []


def test_what_fits_is_left_as_it_is_and_what_does_not_is_off_or_out(old: OldFolder) -> None:
    old.write("inventory/data_inventory.yaml", INVENTORY)
    old.write("config/scraper_config.yaml", SCRAPERS)
    rows = old.rows()
    assert rows["hoopr.play_by_play"].outcome in ("taken", "renamed")
    assert run("migrate", old.root, "--output", old.root / "adce") == 0
    assert old.problems() == []
    assert {row.outcome for name, row in rows.items() if name.startswith("nobody")} <= {"off", "dropped", "taken"}
