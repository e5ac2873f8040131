from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from adce_async.app import State, open_state
from adce_async.cli.main import cli
from adce_async.clock import SystemClock
from adce_async.config.reading.load import load
from adce_async.config.settings import Overrides
from adce_async.model.task import Outcome, Verdict
from adce_async.policies import resource_rules
from adce_async.testing.example_tasks import task

PARKED = {
    "ant/1.json": ("ant", "ant_items", "HTTP 404 from ant.test"),
    "ant/2.json": ("ant", "ant_pages", "no rows: expected at least 1"),
    "bee/1.json": ("bee", "bee_items", "HTTP 404 from bee.test"),
}


class Desk:
    """A user's folder; `adce` runs a command in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in ("config", "inventory"):
            (folder / name).mkdir()
        (folder / "inventory/data_inventory.yaml").write_text("expected_coverage: {}")

    def adce(self, *words: str, expect: int) -> Result:
        given = [
            "--config-dir", str(self._folder / "config"), "--inventory-dir", str(self._folder / "inventory"),
            "--lake", (self._folder / "lake").as_uri(),
        ]  # fmt: skip
        done = CliRunner().invoke(cli, [*given, *words], standalone_mode=False)
        code = getattr(done.exception, "exit_code", 99) if done.exception else done.return_value or 0
        assert code == expect, done.output
        return done

    def parked(self) -> set[str]:
        return {entry["key"] for entry in json.loads(self.adce("parked", "--json", expect=0).stdout)["parked"]}

    def park(self) -> None:
        asyncio.run(self._with_state(self._park))

    async def _with_state(self, do) -> None:
        given = Overrides(
            config_dir=self._folder / "config", inventory_dir=self._folder / "inventory",
            lake=(self._folder / "lake").as_uri(),
        )  # fmt: skip
        async with open_state(resource_rules(load(given, {})), SystemClock(), exclusive=True) as state:
            await do(state)

    async def _park(self, state: State) -> None:
        tasks = [replace(task(key), source=source, scraper=scraper) for key, (source, scraper, _) in PARKED.items()]
        await state.queue.add(tasks)
        claims = await state.queue.claim(list(PARKED), now=0.0, until=1e12)
        reasons = {key: reason for key, (_, _, reason) in PARKED.items()}
        await state.queue.settle(
            [Outcome(c.task.key, Verdict.PARKED, reasons[c.task.key], token=c.token) for c in claims]
        )


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.park()
    assert desk.parked() == set(PARKED)
    return desk


@pytest.mark.parametrize(
    ("options", "back"),
    [
        (("--source", "ANT"), {"ant/1.json", "ant/2.json"}),
        (("--scraper", "bee_items"), {"bee/1.json"}),
        (("--reason", "http 404"), {"ant/1.json", "bee/1.json"}),
        (("--source", "ant", "--reason", "404"), {"ant/1.json"}),
        (("--all",), set(PARKED)),
        (("ant/2.json",), {"ant/2.json"}),
    ],
)
def test_what_is_selected_comes_back_and_nothing_else(desk: Desk, options: tuple[str, ...], back: set[str]) -> None:
    said = desk.adce("parked", "retry", *options, expect=0).stdout
    assert {line.partition(":")[0] for line in said.splitlines()} == back
    assert desk.parked() == set(PARKED) - back


@pytest.mark.parametrize(
    "options", [("--source", "cow"), ("--reason", "429"), ("--source", "bee", "--scraper", "ant_items")]
)
def test_where_nothing_matches_it_is_said(desk: Desk, options: tuple[str, ...]) -> None:
    assert "nothing parked matches" in desk.adce("parked", "retry", *options, expect=1).stdout
    assert desk.parked() == set(PARKED)


def test_all_of_nothing_is_done(desk: Desk) -> None:
    desk.adce("parked", "retry", "--all", expect=0)
    assert "nothing is parked" in desk.adce("parked", "retry", "--all", expect=0).stdout


@pytest.mark.parametrize(
    "options", [(), ("ant/1.json", "--all"), ("ant/1.json", "--source", "ant"), ("--all", "--reason", "x")]
)
def test_keys_options_and_all_do_not_mix(desk: Desk, options: tuple[str, ...]) -> None:
    refused = desk.adce("parked", "retry", *options, expect=2).exception
    assert isinstance(refused, click.UsageError)
    assert "give KEYS, or --source" in refused.message
    assert desk.parked() == set(PARKED)
