"""A folder with the four files, and what loading them says."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from adce_async.config.reading.load import load
from adce_async.config.settings import Overrides, Settings
from adce_async.errors import ConfigError

FOLDERS = {
    "autonomous_config": "config",
    "scraper_config": "config",
    "reconciliation_config": "config",
    "data_inventory": "inventory",
}
SCRAPING = """
sources:
  ant:
    hosts: [ant.test]
scrapers:
  ant_items:
    source: ant
    url: "https://ant.test/items/{id}.json"
    check: {required: [rows]}
"""
INVENTORY = """
expected_coverage:
  ant:
    data_types:
      items:
        scraper: ant_items
        path_pattern: ant/{id}.json
        dimensions: {id: [1, 2]}
"""


class Project:
    """A current directory with `config/` and `inventory/`; files are written by their name without the ending."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in set(FOLDERS.values()):
            (root / folder).mkdir()
        for name in FOLDERS:
            self.write(**{name: ""})
        self.write(scraper_config=SCRAPING, data_inventory=INVENTORY)

    def path(self, name: str) -> Path:
        return self.root / FOLDERS[name] / f"{name}.yaml"

    def write(self, **texts: str) -> Project:
        for name, text in texts.items():
            self.path(name).write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return self

    def load(
        self, environ: Mapping[str, str] | None = None, *, builtin: tuple[str, ...] = (), **given: Any
    ) -> Settings:
        return load(Overrides(**given), environ or {}, builtin_sources=builtin, builtin_scrapers=builtin)

    def problems(self, environ: Mapping[str, str] | None = None, **given: Any) -> list[str]:
        """Each problem as a line; none if the files load."""
        try:
            self.load(environ, **given)
        except ConfigError as error:
            return [str(problem) for problem in error.problems]
        return []

    def warnings(self, environ: Mapping[str, str] | None = None, **given: Any) -> list[str]:
        """All but those of what has no effect yet, which `test_unheard` looks at."""
        said = [str(warning) for warning in self.load(environ, **given).warnings]
        return [line for line in said if "has no effect yet" not in line]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path)
