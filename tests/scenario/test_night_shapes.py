"""A night as ESPN and nba.com really tell it: shipped configuration and scrapers, the simulated league, virtual time."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from urllib.parse import urlsplit

from tests.scenario.night import HOUR, until

from adce_async.app import Parts, Ports, assemble, builtins
from adce_async.config.files.inventory import InventoryConfig
from adce_async.config.reading.load import load
from adce_async.config.settings import Overrides
from adce_async.demo.espn.site import Espn
from adce_async.demo.league import Game, League
from adce_async.demo.nba_api.site import Nba
from adce_async.demo.site import Request
from adce_async.engine.reconciling.triggers import Timer
from adce_async.errors import BlockedError, NotFoundError, ScrapeError
from adce_async.model.days import eastern_day, from_iso
from adce_async.policies import engine_rules
from adce_async.scraping.registry import build
from adce_async.testing.clock import FakeClock
from adce_async.testing.memory_queue import MemoryDiscoveries, MemoryHistory, MemoryQueue, MemoryState
from adce_async.testing.memory_store import MemoryStore
from adce_async.testing.memory_verifications import MemoryVerifications
from adce_async.testing.scripted import ScriptedRequest, ScriptedSources, worst_window

ROOT = Path(__file__).parents[2]
DAY = dt.date(2025, 1, 15)
START = from_iso("2025-01-15T15:00:00Z")
"""Ten in the morning."""
LEAGUE = League(7, DAY, DAY, 12)
WATCHED = {
    "espn": ("schedule", "box_score", "play_by_play", "team_stats", "win_probability"),
    "nba_api": ("schedule", "live_scoreboard", "box_score", "play_by_play"),
}


def script(clock: FakeClock):
    sites = {"espn": Espn(LEAGUE), "nba_api": Nba(LEAGUE)}

    def answer(ask: ScriptedRequest) -> bytes | ScrapeError:
        parts = urlsplit(ask.url.partition("&")[0])
        headers = {"referer": "https://www.nba.com/"}
        said = sites[ask.source].answer(Request(parts.netloc, parts.path, ask.params, headers, clock.now()))
        if said.status == 404:
            return NotFoundError("HTTP 404", status=404)
        return said.body if said.status == 200 else BlockedError(f"HTTP {said.status}", status=said.status)

    return answer


def parts_in(folder: Path) -> Parts:
    known = builtins()
    settings = load(
        Overrides(config_dir=ROOT / "config", inventory_dir=folder), {},
        builtin_scrapers=known.scrapers.keys(), builtin_sources=known.sources.keys(),
    )  # fmt: skip
    shipped = load(
        Overrides(config_dir=ROOT / "config", inventory_dir=ROOT / "inventory"), {},
        builtin_scrapers=known.scrapers.keys(), builtin_sources=known.sources.keys(),
    ).inventory.expected_coverage  # fmt: skip
    coverage = {
        source: shipped[source].model_copy(
            update={"seasons": ("2024-25",), "data_types": {name: shipped[source].data_types[name] for name in names}}
        )
        for source, names in WATCHED.items()
    }
    settings = settings.__class__(
        **{name: getattr(settings, name) for name in settings.__dataclass_fields__ if name != "inventory"},
        inventory=InventoryConfig.model_construct(expected_coverage=coverage),
    )
    clock = FakeClock(START)
    catalog = build(settings, known, eastern_day(START))
    ports = Ports(
        clock, MemoryStore(), MemoryQueue(), MemoryDiscoveries(), MemoryVerifications(), MemoryState(), MemoryHistory(),
        fetcher=lambda limiters: ScriptedSources(script(clock), limiters, clock, latency=0.3), chance=lambda: 0.5,
    )  # fmt: skip
    return assemble(engine_rules(settings, catalog, eastern_day(START)), catalog, ports)


async def late(parts: Parts, game: Game) -> dict[str, float]:
    """Seconds from the end of `game` to each of its objects."""
    keys = {
        **{f"espn_{kind}/{game.event_id}.json": kind for kind in ("box_scores", "play_by_play", "team_stats")},
        f"nba_api_playbyplay/play_by_play_{game.nba_id}.json": "plays",
        f"nba_api_comprehensive/boxscores_traditional/traditional_{game.nba_id}.json": "box",
    }
    found = {key: await parts.ports.store.head(key) for key in keys}
    return {key: float("inf") if one is None else one.modified - game.ends_at for key, one in found.items()}


async def test_each_final_is_in_the_lake_within_a_minute(tmp_path: Path) -> None:
    parts = parts_in(tmp_path)

    async def look() -> None:
        await parts.reconciler.run()
        await parts.pool.refresh()

    loop = asyncio.get_running_loop()
    timer = Timer(look, lambda: 900.0, lambda *_: None, lambda *_: None)
    async with parts.pool.running():
        tasks = [loop.create_task(timer.run()), loop.create_task(parts.live.run())]
        await until(17.0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    too_late = {}
    for game in LEAGUE.games(DAY):
        found = await late(parts, game)
        too_late |= {key: seconds for key, seconds in found.items() if not 0 <= seconds <= 60}
    assert too_late == {}
    sources = parts.fetcher
    assert isinstance(sources, ScriptedSources)
    for name, limits in ((one, parts.rules.sources[one].limits) for one in WATCHED):
        for window in limits.windows:
            assert worst_window(sources.sent(name), window.seconds) <= window.limit
    boards = [ask.at for ask in sources.log if "todaysScoreboard" in ask.url]
    assert worst_window(boards, 60.0) <= 3
    assert worst_window(boards, HOUR) <= 125
