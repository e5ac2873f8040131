"""`adce init`: what is shipped, where there is nothing yet."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adce_async.cli.init import shipped
from adce_async.cli.main import cli
from adce_async.errors import FixMeError

ROOT = Path(__file__).resolve().parents[3]
FILES = {
    "autonomous_config": "config",
    "scraper_config": "config",
    "reconciliation_config": "config",
    "data_inventory": "inventory",
}


def init(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments), catch_exceptions=False)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_is_shipped_is_what_the_repository_has() -> None:
    for name, folder in FILES.items():
        assert shipped(name) == (ROOT / folder / f"{name}.yaml").read_text()


def test_it_writes_all_four_files_and_says_what_comes_next(here: Path) -> None:
    said = init("init").stdout
    for name, folder in FILES.items():
        assert (here / folder / f"{name}.yaml").read_text() == shipped(name)
    assert [line.strip() for line in said.splitlines() if line.startswith("  ")] == [
        "adce config check",
        "adce plan",
        "adce run --once",
    ]


def test_what_is_there_stays_as_it_is(here: Path) -> None:
    (here / "my lake" / "config").mkdir(parents=True)
    mine = here / "my lake" / "config" / "scraper_config.yaml"
    mine.write_text("sources: {}\n")
    (here / "my lake" / "config" / "autonomous_config.yaml").symlink_to("nowhere")
    said = init("init", "my lake").stdout
    assert "my lake/config/scraper_config.yaml: is there already, and stays as it is" in said
    assert "my lake/config/autonomous_config.yaml: is there already" in said
    assert "wrote my lake/inventory/data_inventory.yaml" in said
    assert "  cd 'my lake'" in said
    assert mine.read_text() == "sources: {}\n"
    assert "nothing had to be written" in init("init", "my lake").stdout


def test_it_follows_the_options_that_name_folders(here: Path) -> None:
    said = init("--config-dir", "c d", "--inventory-dir", str(here / "i"), "init").stdout
    assert (here / "c d" / "scraper_config.yaml").exists()
    assert (here / "i" / "data_inventory.yaml").exists()
    assert f"  adce --config-dir 'c d' --inventory-dir {here / 'i'} plan" in said


def test_a_file_in_place_of_a_folder_is_a_persons_business(here: Path) -> None:
    (here / "file").write_text("")
    with pytest.raises(FixMeError, match="can't be written: Not a directory"):
        init("init", "file")
    (here / "config").write_text("")
    with pytest.raises(FixMeError, match="is there and is no folder"):
        init("init")
