"""`adce scrapers new`: what it writes works as it is."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from adce_async.cli.new_source import new
from adce_async.config.inventory import InventoryConfig
from adce_async.config.scraper import ScraperConfig
from adce_async.errors import FixMeError


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(new, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


@pytest.mark.parametrize("body_format", ["json", "html", "csv", "parquet"])
@pytest.mark.parametrize("path", ["items/{id}", "{season}/{game_id}", "{season_end}/{kind}/{id}", "fixed"])
def test_the_yaml_is_valid_and_short(body_format: str, path: str) -> None:
    text = printed("ant", "--format", body_format, "--url", f"https://ant.example/{path}.{body_format}")
    assert len(text.splitlines()) < 30
    config, inventory = text.split("# inventory/data_inventory.yaml")
    scrapers = ScraperConfig.model_validate(yaml.safe_load(config)).scrapers
    declared = InventoryConfig.model_validate(yaml.safe_load(inventory)).expected_coverage["ant"]
    assert declared.data_types["items"].scraper in scrapers
    assert declared.data_types["items"].pattern.text.startswith("ant/items/")


def test_the_module_passes_its_own_test(tmp_path: Path) -> None:
    printed("ant", "--code", "--into", str(tmp_path), "--url", "https://ant.example/{season}/{id}.json")
    assert importlib.util.spec_from_file_location("ant_source", tmp_path / "ant_source.py")
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-o",
            "asyncio_mode=auto",
            "test_ant_source.py",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "4 passed" in run.stdout


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "ant_source.py").write_text("mine")
    with pytest.raises(FixMeError, match="is there already"):
        printed("ant", "--code", "--into", str(tmp_path))
    assert (tmp_path / "ant_source.py").read_text() == "mine"


@pytest.mark.parametrize(
    "arguments",
    [
        ("Ant",),
        ("ant", "--data-type", "a b"),
        ("ant", "--url", "https://ant.example/{Id}"),
        ("ant", "--url", "items/{id}"),
        ("ant", "--url", "ftp://ant.example/{id}"),
        ("ant", "--code", "--format", "csv"),
    ],
)
def test_mistakes_are_named(arguments: tuple[str, ...]) -> None:
    with pytest.raises(FixMeError, match=r"expected|begins with"):
        printed(*arguments)
