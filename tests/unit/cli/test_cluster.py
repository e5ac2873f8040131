"""`adce cluster`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.postgres_server import PostgresServer

from adce_async.cli.main import cli


@pytest.mark.looptime(False)
def test_it_makes_the_schema_and_shows_who_is_there(
    tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADCE_CLUSTER__DSN", postgres.new_database())
    here = ["--config-dir", str(tmp_path), "--inventory-dir", str(tmp_path), "--state-dir", str(tmp_path / "state")]

    def adce(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, [*here, "cluster", *arguments])
        return done.exit_code, done.stdout

    assert adce("migrate")[0] == 0
    assert adce("migrate")[0] == 0
    code, text = adce("status", "--json")
    assert (code, json.loads(text)["nodes"]) == (0, [])
    code, text = adce("status")
    assert (code, text.splitlines()[-1]) == (0, "0 of 0 nodes at work, leader: none")
    code, text = adce("export", "--json")
    assert (code, json.loads(text)["rows"]["task"]) == (0, 0)
    code, text = adce("import")
    assert (code, "all of it is in the cluster now" in text) == (0, True)
