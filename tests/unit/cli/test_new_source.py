"""`adce scrapers new`: what it writes works as it is."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from adce_async.app import builtins
from adce_async.cli.commands import new
from adce_async.config.reading.load import load
from adce_async.config.settings import Overrides
from adce_async.errors import FixMeError
from adce_async.model.seasons import given_by


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(new, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


PATHS = ["items/{id}", "{season}/{game_id}", "{season_end}/{kind}/{id}", "{season_end}", "{season_start}/{season_end}"]
PATHS += ["{date}", "{date_compact}", "{year}/{month}/{day}/{id}", "{season_end}/{date_compact}", "fixed"]


@pytest.mark.parametrize("body_format", ["json", "html", "csv", "parquet"])
@pytest.mark.parametrize("path", PATHS)
def test_the_yaml_is_valid_and_short(
    body_format: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = printed("ant", "--format", body_format, "--url", f"https://ant.example/{path}.{body_format}")
    assert len(text.splitlines()) < 30
    for folder in ("config", "inventory"):
        (tmp_path / folder).mkdir()
    config, inventory = text.split("# inventory/data_inventory.yaml")
    (tmp_path / "config" / "scraper_config.yaml").write_text(config)
    (tmp_path / "inventory" / "data_inventory.yaml").write_text(inventory)
    monkeypatch.chdir(tmp_path)
    known = builtins()
    settings = load(Overrides(), {}, builtin_scrapers=known.scrapers.keys(), builtin_sources=known.sources.keys())
    assert [one for one in settings.warnings if "there is no such file" not in one.message] == []
    declared = settings.inventory.expected_coverage["ant"].data_types["items"]
    assert declared.scraper in settings.scraping.scrapers
    assert declared.pattern.text.startswith("ant/items/")
    assert set(declared.pattern.fields) == {*declared.dimensions, *(["season"] if "season" in path else [])}
    assert all(given_by(field) == field for field in declared.pattern.fields)


@pytest.mark.parametrize("path", ["{season_end}/{date_compact}/{id}", "fixed"])
def test_the_module_passes_its_own_test(tmp_path: Path, path: str) -> None:
    printed("ant", "--code", "--into", str(tmp_path), "--url", f"https://ant.example/{path}.json")
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
        timeout=100,
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
        ("ant", "--url", 'https://ant.example/{id}?q="x"'),
        ("ant", "--code", "--url", 'https://ant.example/{id}?q="x"'),
        ("ant", "--url", "https://ant.example/{id}\\d"),
        ("ant", "--url", "https://{id}.example/a"),
        ("ant", "--url", "https://an_t.example/{id}"),
        ("ant", "--url", "https://[ant/{id}"),
        ("ant", "--url", "https://ant.example/{id}#a"),
        ("ant", "--code", "--format", "csv"),
    ],
)
def test_mistakes_are_named(arguments: tuple[str, ...]) -> None:
    with pytest.raises(FixMeError, match=r"expected|begins with") as caught:
        printed(*arguments)
    assert "\n" not in str(caught.value)
