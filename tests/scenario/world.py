"""The whole engine in virtual time: memory adapters, scripted sources, everything else as in the service."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from adce_async.engine.collecting.attempt import AttemptPolicy, Attempts
from adce_async.engine.collecting.canary import Canary
from adce_async.engine.collecting.context import Means, Recent
from adce_async.engine.collecting.doubts import Doubts
from adce_async.engine.dispatching.breaker import Breaker
from adce_async.engine.dispatching.lanes import Lane, Lanes
from adce_async.engine.dispatching.pool import PoolRules, WorkerPool
from adce_async.engine.fetching.limiter import RateLimiter
from adce_async.engine.reconciling.reconciler import Files, PassReport, Reconciler
from adce_async.engine.reconciling.survey import Surveyor
from adce_async.engine.reconciling.verifier import Report, Verifier
from adce_async.errors import RefusedError
from adce_async.model.coverage import DataType, Discovery, Item, ItemState
from adce_async.model.dimensions import Declared, Dimension, ListDimension, parents_first
from adce_async.model.keys import PathPattern
from adce_async.model.limits import Limits, Pacing, Window
from adce_async.model.task import Outcome, Task
from adce_async.planning.plan import PlanRules
from adce_async.planning.retry import RetryPolicy
from adce_async.ports import Clock
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.testing.clock import FakeClock
from adce_async.testing.memory_queue import MemoryDiscoveries, MemoryHistory, MemoryQueue, MemoryState
from adce_async.testing.memory_store import MemoryStore
from adce_async.testing.memory_verifications import MemoryVerifications
from adce_async.testing.scripted import Script, ScriptedSources


class Items(Scraper):
    """`{"id": ..., "games": {...}}`: checks the id, discovers games."""

    def check(self, page: Page, want: Want) -> None:
        if str(page.json().get("id")) != want.fields.get("id", want.fields.get("game_id")):
            raise RefusedError(f"id: expected {dict(want.fields)}, found {page.json().get('id')!r}")

    def discover(self, page: Page, want: Want) -> Discovery | None:
        games = page.json().get("games")
        if games is None:
            return None
        return Discovery(tuple(Item({"game_id": name}, ItemState(state)) for name, state in games.items()))


def item(number: object, **more: object) -> bytes:
    return json.dumps({"id": str(number), **more}).encode()


def echo(ask) -> bytes:
    """The right body for any item."""
    return item(ask.url.rsplit("/", 1)[1])


def per(limit: int, seconds: float, **more: object) -> Limits:
    return Limits((Window(limit, seconds),), **more)  # type: ignore[arg-type]


def items_of(source: str, count: int, *, name: str = "items", **rules: object) -> Declared:
    data_type = DataType(source, name, f"{source}_items", PathPattern(f"{source}/{{id}}.json"), **rules)  # type: ignore[arg-type]
    return Declared(data_type, (), (ListDimension("id", tuple(str(n) for n in range(count))),))


def derived(source: str, name: str, *dimensions: Dimension, **rules: object) -> Declared:
    data_type = DataType(source, name, f"{source}_items", PathPattern(f"{source}-{name}/{{game_id}}.json"), **rules)  # type: ignore[arg-type]
    return Declared(data_type, (), dimensions)


class World:
    """Parts as `app` wires them, with fakes at the edges."""

    def __init__(
        self,
        folder: Path,
        declared: Sequence[Declared],
        limits: dict[str, Limits],
        script: Script = echo,
        *,
        overall: Limits | None = None,
        pacing: Pacing | None = None,
        size: int = 5,
        latency: float = 0.1,
        grace: float = 30.0,
        queue: MemoryQueue | None = None,
        store: MemoryStore | None = None,
        clock: Clock | None = None,
        kind: type[Scraper] = Items,
        keep: Callable[[], Awaitable[None]] | None = None,
        state: MemoryState | None = None,
        more: Mapping[str, str] | None = None,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.clock = clock or FakeClock()
        self.store = store or MemoryStore()
        self.queue = queue or MemoryQueue()
        self.history = MemoryHistory()
        self.outcomes: list[tuple[Task, Outcome]] = []
        self.troubles: list[tuple[str, str]] = []
        parent = RateLimiter("_global", overall or Limits(), self.clock)
        self.limiters = {
            name: RateLimiter(name, each, self.clock, parent, pacing=pacing) for name, each in limits.items()
        }
        self.scrapers: dict[str, Scraper] = {}
        self.sources = ScriptedSources(script, self.limiters, self.clock, latency=latency)
        scrapers = {f"{name}_items": kind(f"{name}_items", name, f"https://{name}.test/{{id}}") for name in limits}
        scrapers |= {name: kind(name, of, f"https://{name}.test/{{id}}") for name, of in (more or {}).items()}
        for scraper in scrapers.values():
            scraper.url_fields = lambda fields: {"id": fields.get("id") or fields["game_id"]}  # type: ignore[method-assign]
        self.scrapers.update(scrapers)
        self.lanes = Lanes({name: Lane(name, each, Breaker(), loop.time) for name, each in self.limiters.items()})
        discoveries, recent = MemoryDiscoveries(), Recent()
        self.discoveries = discoveries
        self.verifications = MemoryVerifications()
        declared = parents_first(tuple(declared))
        means = Means(
            fetcher=self.sources,
            throttles=self.limiters,
            store=self.store,
            discoveries=discoveries,
            verifications=self.verifications,
            recent=recent,
            clock=self.clock,
            min_bytes={d.data_type.qualified: d.data_type.min_bytes for d in declared},
        )
        self.state = state or MemoryState()
        self.doubts = Doubts(
            {name: each.source for name, each in scrapers.items()},
            self.clock,
            Canary(declared, scrapers, means, chance=lambda: 0.5),
            self.state,
        )

        async def keep_all() -> None:
            await self.doubts.keep()
            if keep is not None:
                await keep()

        attempts = Attempts(
            doubts=self.doubts,
            scrapers=scrapers,
            means=means,
            policy=AttemptPolicy(timeout=60.0, retry=RetryPolicy()),
            chance=lambda: 0.5,
        )
        self.pool = WorkerPool(
            rules=PoolRules(size=size, grace=grace),
            queue=self.queue,
            store=self.store,
            history=self.history,
            attempts=attempts,
            lanes=self.lanes,
            clock=self.clock,
            on_outcome=lambda task, outcome: self.outcomes.append((task, outcome)),
            on_trouble=lambda name, text: self.troubles.append((name, text)) if text else None,
            keep=keep_all,
            doubts=self.doubts,
        )
        for limiter in (parent, *self.limiters.values()):
            limiter.on_change = self.pool.poke
        surveyor = Surveyor(declared, scrapers, self.store, discoveries, self.clock, self.verifications)
        self.verifier = Verifier(
            surveyor=surveyor,
            declared=declared,
            scrapers=scrapers,
            store=self.store,
            verifications=self.verifications,
            clock=self.clock,
        )
        self.files = Files(folder / "gaps.json", folder / "coverage.json")
        self.reconciler = Reconciler(
            surveyor=surveyor,
            declared=declared,
            rules=PlanRules("2024-25"),
            queue=self.queue,
            store=self.store,
            state=self.state,
            metrics=Silent(),
            clock=self.clock,
            recent=recent,
            files=self.files,
        )

    async def look(self) -> PassReport:
        report = await self.reconciler.run()
        await self.pool.refresh()
        return report

    async def fill(self, max_wait: float = 120.0, rounds: int = 5) -> PassReport:
        """As `run --once` does."""
        report = await self.look()
        async with self.pool.running():
            for _ in range(rounds):
                if self.pool.seconds_to_next() > max_wait:
                    break
                await self.pool.drained(max_wait)
                report = await self.look()
        return report

    async def verify(self, **options: object) -> Report:
        """As `verify` does."""
        return await self.verifier.run(**options)  # type: ignore[arg-type]

    async def keys(self) -> set[str]:
        return {stored.key async for batch in self.store.list() for stored in batch}


class Silent:
    async def publish(self, metrics) -> None:
        pass
