"""migrate: writes new files beside the old ones, and never over anything of a person's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.cli.conftest import Desk

OLD = """
scrapers:
  espn:
    base_url: https://site.api.espn.com/apis/site/v2/sports/basketball/nba
    rate_limit: {requests_per_second: 0.25, burst_size: 2}
"""


@pytest.fixture
def old(desk: Desk) -> Path:
    folder = desk.folder / "old"
    (folder / "config").mkdir(parents=True)
    (folder / "config" / "scraper_config.yaml").write_text(OLD)
    return folder


def test_new_files_lie_beside_the_old_ones_which_stay(desk: Desk, old: Path) -> None:
    done = desk.json("migrate", str(old))
    assert done["output"] == str(old / "adce")
    assert "scraper_config.yaml" in {Path(path).name for path in done["written"]}
    assert (old / "config" / "scraper_config.yaml").read_text() == OLD
    assert sum(done["counts"].values()) == len(done["rows"])
    assert done["next"].endswith("config check")


def test_the_same_again_writes_nothing(desk: Desk, old: Path) -> None:
    first = desk.json("migrate", str(old))
    again = desk.json("migrate", str(old))
    assert (again["written"], sorted(again["unchanged"])) == ([], sorted(first["written"]))


def test_what_a_person_has_changed_stays_unless_forced(desk: Desk, old: Path) -> None:
    changed = Path(desk.json("migrate", str(old))["written"][0])
    changed.write_text("# mine\n")
    _, err = desk.adce("migrate", str(old), expect=2)
    assert f"{changed}: is there and differs from what would be written" in err
    assert changed.read_text() == "# mine\n"
    desk.adce("migrate", str(old), "--force")
    assert changed.read_text() != "# mine\n"


def test_the_old_files_themselves_are_never_written(desk: Desk, old: Path) -> None:
    _, err = desk.adce("migrate", str(old), "--output", str(old), "--force", expect=2)
    assert "is one of the old files" in err
    assert (old / "config" / "scraper_config.yaml").read_text() == OLD


def test_a_folder_without_old_files_is_named(desk: Desk) -> None:
    (desk.folder / "empty").mkdir()
    _, err = desk.adce("migrate", str(desk.folder / "empty"), expect=2)
    assert "no old files in it; expected one of" in err


def test_people_get_a_table_a_file_and_the_next_step(desk: Desk, old: Path) -> None:
    out, _ = desk.adce("migrate", str(old), "--output", str(desk.folder / "new"))
    assert out.splitlines()[0].startswith("scraper_config.yaml:")
    assert out.splitlines()[-1].startswith("next: adce --config-dir ")
    assert json.dumps(str(desk.folder / "new"))[1:-1] in out
