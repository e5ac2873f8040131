"""`adce demo` from its first line to its last, in virtual time, with the simulated sources on the same event loop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adce_async.cli import logs
from adce_async.cli.demo import _show_verified, play, try_next
from adce_async.cli.options import Globals
from adce_async.demo.config import demo_config
from adce_async.demo.faults import KINDS
from adce_async.demo.server import Server, serve
from adce_async.demo.worlds import DEMO_NOON, demo_world
from adce_async.engine.reconciling.verifier import Report, Row
from adce_async.planning.verify import Discrepancy
from adce_async.supervisor import Stop
from adce_async.testing.clock import FakeClock


class Here:
    """Simulated sources in this process."""

    def __init__(self, server: Server, once_done: Callable[[], Awaitable[object]]) -> None:
        self.url = server.url
        self._server = server
        self._once_done = once_done

    async def report(self) -> dict[str, Any]:
        await self._once_done()
        return self._server.report()


async def test_a_week_of_five_sources_is_filled_verified_and_polite(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAGGLE_USERNAME", "somebody")
    monkeypatch.delenv("KAGGLE_KEY", raising=False)
    # for the whole process, and for ever: other tests here look at log lines
    monkeypatch.setattr(logs, "configure", lambda *_: None)
    servers: list[Server] = []
    said: list[str] = []
    seen: list[tuple[str, float]] = []
    staying: list[asyncio.Task[None]] = []

    async def once_done() -> None:
        """Somebody looks at its page, and ends it while it stays."""
        said.append(capsysbinary.readouterr().out.decode())
        url = re.search(r"watch it at (\S+)/\n", said[0])[1]
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{url}/") as page,
            session.get(f"{url}/coverage") as row,
        ):
            seen.append((await page.text(), (await row.json())["totals"]["completeness_pct"]))
        staying.append(asyncio.get_running_loop().create_task(long_after(url)))

    async def long_after(url: str) -> None:
        await asyncio.sleep(600)
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{url}/health") as health,
            session.get(f"{url}/") as page,
            session.get(f"{url}/openapi.json") as api,
            session.get(f"{url}/metrics") as metrics,
        ):
            assert (health.status, (await health.json())["status"]) == (200, "healthy")
            assert "data-post" not in await page.text()
            assert not [path for path, ways in (await api.json())["paths"].items() if "post" in ways]
            assert metrics.status == 200
        signal.raise_signal(signal.SIGINT)

    @contextlib.asynccontextmanager
    async def here() -> AsyncIterator[Here]:
        async with serve(demo_world()) as server:
            servers.append(server)
            yield Here(server, once_done)

    # a signal bounds the time that the process may take to end: this one has other tests to run
    monkeypatch.setattr(Stop, "_bound", lambda _stop, _seconds, _number: None)
    lake = tmp_path / "lake"
    given = Globals(tmp_path, tmp_path, None, str(lake), None, "ERROR", "console")
    code = await play(given, tmp_path, None, here(), FakeClock(DEMO_NOON), stay=True)
    await staying[0]
    told = "".join([*said, capsysbinary.readouterr().out.decode()])
    assert code == 0, told
    ((page, complete),) = seen
    assert complete == 100
    assert "all 489 objects are there" in page
    report = servers[0].report()
    assert report["totals"]["violations"] == 0, report["violations"]
    assert report["faults"] == dict.fromkeys(sorted(set(KINDS) - {"status_404"}), 1)
    assert 35 < report["duration"] < 60
    stored = {str(path.relative_to(lake)) for path in lake.rglob("*") if path.is_file() and ".adce" not in path.parts}
    assert len(stored) == 489
    assert (
        f"{len(stored)} objects of 5 sources read again and verified, 0 invalid; the sources agree on each sc" in told
    )
    assert "complete, and not one request too many\n" in told
    assert re.search(r"its page stays at http://127.0.0.1:\d+/ until Ctrl-C\n", told)
    # only the day with a game under way, which the script asks for, was not ready
    made = {name: site.made for name, site in servers[0].sources._sites.items()}
    assert made == {"espn": 1, "basketball_reference": 0, "nba_api": 0, "hoopr": 0, "kaggle": 0}
    assert (os.environ["KAGGLE_USERNAME"], os.environ.get("KAGGLE_KEY")) == ("somebody", None)


def test_what_to_try_next_works_as_it_is_pasted(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "the demo's", tmp_path / "elsewhere"
    lake = tmp_path / "a lake"
    for name, text in demo_config(demo_world(), str(lake)).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (lake / "espn_box_scores").mkdir(parents=True)
    (lake / "espn_schedules").mkdir()
    (lake / "espn_schedules" / "20241209.json").write_text("{}")
    elsewhere.mkdir()
    coverage, verify, tables, plan = (pasted(line, elsewhere) for line in try_next(folder))
    assert "1 stored" in coverage
    assert "1 objects: 0 verified, 1 invalid" in verify
    assert "0 objects, 0 of them read now, 1 broken left out" in tables
    assert (elsewhere / "nba" / "config").is_dir()
    assert "tasks" in plan


def pasted(line: str, folder: Path) -> str:
    """What a shell shows for it."""
    return subprocess.run(line, check=False, shell=True, cwd=folder, text=True, stdout=subprocess.PIPE).stdout


def test_what_does_not_agree_is_shown_and_counts(capsys: pytest.CaptureFixture[str]) -> None:
    row = Row("espn", "box_score", objects=3, verified=2, invalid=1)
    finding = Discrepancy("across_sources", "2024-12-15 BOS: espn has one score, nba_api another")
    assert _show_verified(Report([row], [], [])) is True
    assert _show_verified(Report([row], [("a/1.json", "no plays")], [])) is False
    assert _show_verified(Report([row], [], [finding])) is False
    assert _show_verified(None) is False
    said = capsys.readouterr().out
    assert "2 objects of 1 sources read again and verified, 1 invalid; the sources agree" in said
    assert "invalid: a/1.json: no plays" in said
    assert "across_sources: 2024-12-15 BOS" in said
    assert "NOT in agreement: 1 findings" in said
