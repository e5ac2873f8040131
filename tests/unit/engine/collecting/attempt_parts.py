"""What an attempt works with, in memory: scripted answers of the source `ant`, a lake, one scraper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tests.unit.engine.judged import Wall, limiter

from adce_async.engine.collecting.context import Context
from adce_async.engine.collecting.handle import AttemptHandle
from adce_async.engine.collecting.services import AttemptServices, Recent
from adce_async.errors import NotModifiedError, RefusedError
from adce_async.model.coverage import DataType, Discovery, Item, ItemState
from adce_async.model.dimensions import Declared, ListDimension
from adce_async.model.keys import PathPattern
from adce_async.model.task import Task
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.testing.example_tasks import task
from adce_async.testing.memory_queue import MemoryDiscoveries
from adce_async.testing.memory_store import MemoryStore
from adce_async.testing.memory_verifications import MemoryVerifications
from adce_async.testing.scripted import Script, ScriptedRequest, ScriptedSources

URL = "https://ant.test/1"
DECLARED = Declared(DataType("ant", "items", "ant_items", PathPattern("ant/{id}.json")), (), (ListDimension("id", ()),))


class Items(Scraper):
    """Refuses what begins with `bad`; `game` in it names a game."""

    def check(self, page: Page, want: Want) -> None:
        if page.start(3) == b"bad" or page.body == want.key.encode():
            raise RefusedError("a bad body")

    def discover(self, page: Page, want: Want) -> Discovery | None:
        return Discovery((Item({"game_id": "1"}, ItemState.FINAL),)) if b"game" in page.start(100) else None


def item(number: int, **changes: object) -> Task:
    return replace(task(f"ant/{number}.json", data_type="items", fields={"id": str(number)}), **changes)  # type: ignore[arg-type]


class Bench:
    """`script`: what `ant` answers."""

    def __init__(self, script: Script = lambda _ask: b"good", min_bytes: Mapping[str, int] | None = None) -> None:
        self.store, self.discoveries, self.verifications = MemoryStore(), MemoryDiscoveries(), MemoryVerifications()
        self.limiter = limiter()
        self.sources = ScriptedSources(script, {"ant": self.limiter}, Wall())
        self.scraper = Items("ant_items", "ant", "https://ant.test/{id}")
        self.services = AttemptServices(
            self.sources, {"ant": self.limiter}, self.store, self.discoveries, self.verifications, Recent(), Wall(),
            dict(min_bytes or {}),
        )  # fmt: skip

    def context(self, *tasks: Task, permits: int = 0) -> Context:
        return Context(self.services, AttemptHandle(tasks, permits=permits), self.scraper)

    @property
    def asked(self) -> list[ScriptedRequest]:
        return self.sources.log


def not_modified(ask: ScriptedRequest) -> bytes | NotModifiedError:
    """304 to who has a validator."""
    return NotModifiedError() if "If-None-Match" in ask.headers else b"new"
