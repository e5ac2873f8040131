"""The whole engine in virtual time: memory adapters, scripted sources, everything else as in the service."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adce_async.app import Ports, assemble
from adce_async.engine.cluster.membership import Membership
from adce_async.engine.collecting.attempt import AttemptPolicy
from adce_async.engine.dispatching.pool import PoolRules
from adce_async.engine.events import Event, Subscription, TaskSettled, TroubleRaised
from adce_async.engine.fetching.wire import SourceHttp
from adce_async.engine.reconciling.reconciler import Files, PassReport
from adce_async.engine.reconciling.verifier import Report
from adce_async.errors import RefusedError
from adce_async.model.coverage import DataType, Discovery, Item, ItemState
from adce_async.model.dimensions import Declared, Dimension, ListDimension, parents_first
from adce_async.model.keys import PathPattern
from adce_async.model.limits import Limits, Pacing, Window
from adce_async.model.task import Outcome, Task
from adce_async.planning.plan import PlanRules
from adce_async.planning.retry import RetryPolicy
from adce_async.policies import EngineRules, SourceRules
from adce_async.ports import Clock, TaskQueue
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.registry import Catalog
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


def echo(ask: Any) -> bytes:
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
    """The real wiring (`app.assemble`) with fakes at the edges."""

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
        queue: TaskQueue | None = None,
        store: MemoryStore | None = None,
        clock: Clock | None = None,
        kind: type[Scraper] = Items,
        state: MemoryState | None = None,
        more: Mapping[str, str] | None = None,
        node: Membership | None = None,
    ) -> None:
        """`node`: of a cluster, with what all of its nodes see in common."""
        self.clock = clock or FakeClock()
        self.store = store or MemoryStore()
        self.queue = queue or MemoryQueue()
        self.history = MemoryHistory()
        self.state = state or MemoryState()
        self.discoveries = MemoryDiscoveries()
        self.verifications = MemoryVerifications()
        self.files = Files(folder / "gaps.json", folder / "coverage.json")
        scrapers = {f"{name}_items": kind(f"{name}_items", name, f"https://{name}.test/{{id}}") for name in limits}
        scrapers |= {name: kind(name, of, f"https://{name}.test/{{id}}") for name, of in (more or {}).items()}
        for scraper in scrapers.values():
            scraper.url_fields = lambda fields: {"id": fields.get("id") or fields["game_id"]}  # type: ignore[method-assign]
        self.scrapers: dict[str, Scraper] = dict(scrapers)
        self.rules = EngineRules(
            files=self.files,
            plan=PlanRules("2024-25"),
            overall=overall or Limits(),
            sources={
                name: SourceRules(SourceHttp(name, frozenset({f"{name}.test"})), each, pacing)
                for name, each in limits.items()
            },
            pool=PoolRules(size=size, grace=grace),
            attempt=AttemptPolicy(timeout=60.0, retry=RetryPolicy()),
        )
        self.catalog = Catalog({}, self.scrapers, {}, parents_first(tuple(declared)))
        self.ports = Ports(
            self.clock, self.store, self.queue, self.discoveries, self.verifications, self.state, self.history,
            fetcher=lambda limiters: ScriptedSources(script, limiters, self.clock, latency=latency),
            chance=lambda: 0.5, **({"membership": node, "ownership": node, "journal": node.quotas} if node else {}),  # type: ignore[arg-type]
        )  # fmt: skip
        self.parts = parts = assemble(self.rules, self.catalog, self.ports)
        assert isinstance(parts.fetcher, ScriptedSources)
        self.sources = parts.fetcher
        self.limiters, self.parent, self.lanes = parts.limiters, parts.overall, parts.lanes
        self.doubts, self.pool = parts.doubts, parts.pool
        self.reconciler, self.verifier = parts.reconciler, parts.verifier
        self._heard = Subscription("world", (TaskSettled, TroubleRaised), 1_000_000)
        parts.events.add(self._heard)
        self._events: list[Event] = []

    @property
    def outcomes(self) -> list[tuple[Task, Outcome]]:
        """What was settled so far."""
        return [(event.task, event.outcome) for event in self._all() if isinstance(event, TaskSettled)]

    @property
    def troubles(self) -> list[tuple[str, str]]:
        """What has gone wrong so far: component and what."""
        return [(event.name, event.text) for event in self._all() if isinstance(event, TroubleRaised)]

    def _all(self) -> Sequence[Event]:
        self._events += self._heard.take()
        return self._events

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
