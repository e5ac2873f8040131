"""guardrails: what is shown of them, and what is asked of the service."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adce_async.adapters.history_sqlite import SqliteHistory
from adce_async.adapters.state_sqlite import SqliteState
from adce_async.adapters.writer import SqliteWriter
from adce_async.cli.main import cli
from adce_async.clock import SystemClock
from adce_async.engine.guardrails import ASKED, Guardrails
from adce_async.planning.guardrails import GuardrailRules

pytestmark = pytest.mark.looptime(False)


def adce(folder: Path, *arguments: str) -> Result:
    given = ["--config-dir", str(folder), "--inventory-dir", str(folder), "--lake", (folder / "lake").as_uri()]
    return CliRunner().invoke(cli, [*given, "guardrails", *arguments], catch_exceptions=False)


async def _service(folder: Path, *, memory: bool) -> str | None:
    """One look of a service; what it had been asked for."""
    async with SqliteWriter(folder / "adce.db", clock=SystemClock(), exclusive=True) as writer:
        state = SqliteState(writer)
        asked = await state.get_text(ASKED)

        async def be_safe(_why: str) -> None:
            pass

        watch = Guardrails(
            GuardrailRules(safe_mode="on_trigger"), clock=SystemClock(), state=state, history=SqliteHistory(writer),
            be_safe=be_safe, tell=lambda _name, _text: None,
        )  # fmt: skip
        await watch.begin()
        await watch.look(idle=True, memory=memory)
        await watch.end()
        return asked


def test_what_is_met_is_shown_and_a_person_restores(tmp_path: Path) -> None:
    assert adce(tmp_path).stdout == "safe mode: off\nno trigger is met\n"
    asyncio.run(_service(tmp_path, memory=True))
    out = adce(tmp_path).stdout
    assert "safe mode: on since " in out
    assert "met: memory: memory is at its limit" in out
    assert "safe mode begins: memory is at its limit" in out
    assert adce(tmp_path, "--restore").exit_code == 0
    asked = asyncio.run(_service(tmp_path, memory=False))
    assert asked is not None
    assert asked.startswith("restore ")
    found = json.loads(adce(tmp_path, "--json").stdout)
    assert found["safe_mode"] == {"on": False, "since": None, "why": ""}
    assert found["triggers"] == {}
    assert [entry["what"].split(":")[0] for entry in found["history"]] == ["safe mode ends", "safe mode begins"]


def test_what_was_asked_is_told_to_programs(tmp_path: Path) -> None:
    assert json.loads(adce(tmp_path, "--safe", "--json").stdout) == {"asked": "safe"}


def test_both_at_once_make_no_sense(tmp_path: Path) -> None:
    done = adce(tmp_path, "--restore", "--safe")
    assert done.exit_code == 2
    assert "exclude each other" in done.output
