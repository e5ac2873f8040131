"""A user's folder, and the command line in this process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import structlog

from adce_async.cli import logs
from adce_async.cli.main import _main

SCRAPERS = {
    "sources": {"ant": {"hosts": ["ant.test"], "rate_limit": {"requests": 10, "per": "20seconds", "burst_size": 2}}},
    "scrapers": {
        "ant_items": {
            "source": "ant",
            "url": "https://ant.test/items/{id}.json",
            "format": "json",
            "check": {"equals": {"id": "{id}"}, "required": ["rows"]},
            "description": "items of ants",
        }
    },
}
INVENTORY = {
    "expected_coverage": {
        "ant": {
            "data_types": {
                "items": {
                    "scraper": "ant_items",
                    "path_pattern": "ant/{id}.json",
                    "dimensions": {"id": ["1", "2", "3"]},
                    "required": True,
                }
            }
        }
    }
}


class Desk:
    """Three items of one source are declared; the lake is empty until something is `put` there."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.lake = folder / "lake"
        self.inventory = folder / "inventory"
        self._capsys = capsys
        self.write("config/scraper_config.yaml", SCRAPERS)
        self.write("inventory/data_inventory.yaml", INVENTORY)

    def write(self, name: str, document: Mapping[str, object]) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document))

    def put(self, number: int, body: object = None) -> None:
        (self.lake / "ant").mkdir(parents=True, exist_ok=True)
        (self.lake / "ant" / f"{number}.json").write_text(json.dumps(body or {"id": str(number), "rows": [1]}))

    def adce(self, *words: str, expect: int = 0) -> tuple[str, str]:
        """What a command writes to stdout and stderr."""
        given = [
            "--config-dir", str(self.folder / "config"), "--inventory-dir", str(self.inventory),
            "--lake", self.lake.as_uri(),
        ]  # fmt: skip
        self._capsys.readouterr()
        with structlog.testing.capture_logs():
            code = _main([*given, *words])
        said = self._capsys.readouterr()
        assert code == expect, said
        return said.out, said.err

    def json(self, *words: str, expect: int = 0) -> Any:
        return json.loads(self.adce(*words, "--json", expect=expect)[0])


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    # for the whole process, and for ever: other tests look at log lines
    monkeypatch.setattr(logs, "configure", lambda *_: None)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path, capsys)
