"""Old files in, new files out: nothing unaccounted for, what is stored counts, and the new ones are clean."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tests.yaml_text import parsed

from .conftest import GAPS, OldFolder, run

PREDECESSOR = Path(__file__).resolve().parents[4] / "shared" / "predecessor_files"


def test_new_files_lie_beside_the_old_ones_which_stay_as_they_are(old: OldFolder, capsys: pytest.CaptureFixture[str]):
    old.whole()
    before = {path: path.read_bytes() for path in old.root.rglob("*.*") if path.is_file()}
    assert run("migrate", old.root) == 0
    assert {path: path.read_bytes() for path in before} == before
    new = old.root / "adce"
    assert sorted(str(path.relative_to(new)) for path in new.rglob("*.*")) == [
        "config/autonomous_config.yaml", "config/reconciliation_config.yaml", "config/scraper_config.yaml",
        "inventory/data_inventory.yaml", "inventory/gaps.json",
    ]  # fmt: skip
    out = capsys.readouterr().out
    assert f"next: adce --config-dir {new}/config --inventory-dir {new}/inventory config check" in out


def test_config_check_on_the_new_files_is_clean(old: OldFolder, capsys: pytest.CaptureFixture[str]):
    assert run("migrate", old.whole().root) == 0
    capsys.readouterr()
    assert old.check() == 0
    told = capsys.readouterr()
    assert "no effect any more" not in told.err
    assert "old form" not in told.err
    assert told.out.splitlines()[-1].startswith("valid:")


def test_what_is_stored_under_old_keys_counts(old: OldFolder, capsys: pytest.CaptureFixture[str]):
    run("migrate", old.whole().root)
    for key in (
        "hoopr_parquet/play_by_play/nba_data_2004.parquet",
        "hoopr_parquet/play_by_play/nba_data_2008.parquet",
        "basketball_reference/advanced_totals/2021/player_advanced_totals.json",
        "curling/2020.html",
    ):
        path = old.root / "lake" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 200)
    capsys.readouterr()
    assert old.check("coverage", "--json") == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    stored = {(row["source"], row["data_type"], row["season"]) for row in rows if row["stored"]}
    assert stored == {
        ("hoopr", "play_by_play", "2003-04"),
        ("hoopr", "play_by_play", "2007-08"),
        ("basketball_reference", "season_advanced", "2020-21"),
        ("curling", "results", "2019-20"),
    }


def test_every_scraper_data_type_key_and_task_has_a_row(old: OldFolder):
    old.whole()
    rows = old.rows()
    scrapers = parsed((old.root / "config/scraper_config.yaml").read_text())["scrapers"]
    assert {f"scrapers.{name}" for name in scrapers} <= rows.keys()
    coverage = parsed((old.root / "inventory/data_inventory.yaml").read_text())["expected_coverage"]
    assert {f"{source}.{name}" for source, held in coverage.items() for name in held["data_types"]} <= rows.keys()
    for name in ("autonomous_config", "reconciliation_config"):
        data = parsed((old.root / f"config/{name}.yaml").read_text())
        assert set(_leaves(data)) <= rows.keys()
    assert sum(what.startswith("task ") for what in rows) == len(GAPS["tasks"])
    assert all(row.why for row in rows.values() if row.outcome in ("off", "dropped"))


def _leaves(data: object, path: str = "") -> list[str]:
    if not isinstance(data, dict) or not data:
        return [path]
    return [leaf for key, value in data.items() for leaf in _leaves(value, f"{path}.{key}" if path else key)]


def test_a_second_run_changes_nothing_and_a_changed_file_is_not_replaced(
    old: OldFolder, capsys: pytest.CaptureFixture[str]
):
    run("migrate", old.whole().root)
    new = old.root / "adce" / "config" / "autonomous_config.yaml"
    first, when = new.read_bytes(), new.stat().st_mtime_ns
    assert run("migrate", old.root) == 0
    assert (new.read_bytes(), new.stat().st_mtime_ns) == (first, when)
    new.write_bytes(first + b"# mine\n")
    capsys.readouterr()
    assert run("migrate", old.root) == 2
    told = capsys.readouterr()
    assert told.err.splitlines() == [
        f"{new}: is there and differs from what would be written; --force replaces it, --output DIR writes elsewhere"
    ]
    assert new.read_bytes().endswith(b"# mine\n")
    assert run("migrate", old.root, "--force") == 0
    assert new.read_bytes() == first


def test_a_queue_that_the_service_has_written_since_is_left_alone(old: OldFolder):
    run("migrate", old.whole().root)
    gaps = old.root / "adce" / "inventory" / "gaps.json"
    gaps.write_text("{}")
    assert run("migrate", old.root) == 0
    assert gaps.read_text() == "{}"


@pytest.mark.parametrize("folder", ["old", "old/config", "old/inventory", "old/config/../config"])
def test_any_of_the_folders_may_be_named(old: OldFolder, folder: str):
    old.whole()
    assert run("migrate", folder) == 0
    assert (old.root / "adce" / "inventory" / "data_inventory.yaml").exists()


def test_files_without_folders_around_them_and_some_missing(old: OldFolder):
    old.write("scraper_config.yaml", "scrapers: {espn: {base_url: 'https://site.api.espn.com', storage: {}}}")
    assert run("migrate", old.root) == 0
    assert [path.name for path in (old.root / "adce").rglob("*.*")] == ["scraper_config.yaml"]


def test_json_says_the_same(old: OldFolder, capsys: pytest.CaptureFixture[str]):
    assert run("migrate", old.whole().root, "--json", "--output", old.root / "there") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["output"] == str(old.root / "there")
    assert len(document["written"]) == 5
    assert sum(document["counts"].values()) == len(document["rows"])
    assert {"file", "line", "what", "outcome", "new", "why"} == document["rows"][0].keys()
    assert run("migrate", old.root, "--json", "--output", old.root / "there") == 0
    assert len(json.loads(capsys.readouterr().out)["unchanged"]) == 5


def test_no_value_is_told_and_new_files_are_as_private_as_the_old_ones(
    old: OldFolder, capsys: pytest.CaptureFixture[str]
):
    old.whole()
    (old.root / "config" / "autonomous_config.yaml").chmod(0o600)
    assert run("migrate", old.root) == 0
    told = capsys.readouterr()
    assert "SECRET" not in told.out + told.err
    new = old.root / "adce" / "config" / "autonomous_config.yaml"
    assert "SECRET" in new.read_text()
    assert new.stat().st_mode & 0o777 == 0o600


def test_an_empty_folder_and_one_that_is_not_there(old: OldFolder, capsys: pytest.CaptureFixture[str]):
    assert run("migrate", old.root) == 2
    assert "no old files in it" in capsys.readouterr().err
    assert run("migrate", old.root / "nowhere") == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_said(old: OldFolder, capsys: pytest.CaptureFixture[str]):
    old.whole().root.chmod(0o555)
    try:
        assert run("migrate", old.root) == 0
        assert "the new files go to ./adce" in capsys.readouterr().err
        assert Path("adce/config/scraper_config.yaml").exists()
    finally:
        old.root.chmod(0o755)


def test_an_output_that_is_a_file_or_the_old_folder(old: OldFolder, capsys: pytest.CaptureFixture[str]):
    old.whole().write("file", "x")
    assert run("migrate", old.root, "--output", old.root / "file" / "below") == 2
    assert "--output DIR" in capsys.readouterr().err
    assert run("migrate", old.root, "--output", old.root, "--force") == 2
    assert "is one of the old files" in capsys.readouterr().err


def test_new_files_go_through_as_they_are(old: OldFolder, capsys: pytest.CaptureFixture[str]):
    old.write(
        "config/scraper_config.yaml",
        """
        sources: {ant: {hosts: [ant.test]}}
        scrapers:
          ant_items: {source: ant, url: "https://ant.test/{id}.json", check: {required: [rows]}}
        """,
    )
    old.write(
        "inventory/data_inventory.yaml",
        """
        expected_coverage:
          ant:
            data_types:
              items: {scraper: ant_items, path_pattern: "ant/{id}.json", dimensions: {id: [1, 2]}}
        """,
    )
    assert run("migrate", old.root) == 0
    assert old.check() == 0
    assert "6 sources" in capsys.readouterr().out


@pytest.fixture
def predecessor() -> Path:
    if not PREDECESSOR.is_dir():
        pytest.skip(f"no files of the predecessor at {PREDECESSOR}: they are not part of the repository")
    return PREDECESSOR


def test_the_real_files_of_the_predecessor(predecessor: Path, old: OldFolder, capsys: pytest.CaptureFixture[str]):
    assert run("migrate", predecessor, "--output", old.root / "adce", "--json") == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    named = {row["what"] for row in rows}
    scrapers = parsed((predecessor / "config/scraper_config.yaml").read_text())["scrapers"]
    coverage = parsed((predecessor / "inventory/data_inventory.yaml").read_text())["expected_coverage"]
    types = [f"{source}.{name}" for source, held in coverage.items() for name in held["data_types"]]
    assert len(scrapers) == 133
    assert {f"scrapers.{name}" for name in scrapers} | set(types) <= named
    for name in ("autonomous_config", "reconciliation_config"):
        assert set(_leaves(parsed((predecessor / f"config/{name}.yaml").read_text()))) <= named
    assert not [row for row in rows if "docs/add-a-source.md says how to add one" in (row["why"] or "")]
    assert old.check() == 0
    assert "any more" not in capsys.readouterr().err
