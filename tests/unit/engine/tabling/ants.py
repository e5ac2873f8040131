"""A source whose bodies are rows already: `{"id": ..., "games": [...]}`; and what goes through a whole run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from adce_async.adapters.tables.folder import TableFolder
from adce_async.engine.reconciling.survey import Surveyor
from adce_async.engine.tabling.maker import Made, TableMaker
from adce_async.engine.tabling.subjects import SubjectFinder
from adce_async.errors import RefusedError
from adce_async.model.coverage import DataType
from adce_async.model.dimensions import Declared, ListDimension
from adce_async.model.keys import PathPattern
from adce_async.model.lake_tables import Rows
from adce_async.ports import Provenance
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.testing.clock import FakeClock
from adce_async.testing.memory_queue import MemoryDiscoveries
from adce_async.testing.memory_store import MemoryStore
from adce_async.testing.memory_verifications import MemoryVerifications

SEASON = "2024-25"


class Ants(Scraper):
    """Reads `schedules` of its bodies. `read`: the keys that were, in order."""

    version = "1"
    read: list[str]

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.read = []

    def check(self, page: Page, want: Want) -> None:
        with page.open() as body:
            found = json.load(body)["id"]
        if found != want.fields["id"]:
            raise RefusedError(f"id {found}")

    def table_reader(self, data_type: str) -> str:
        return "" if data_type == "other" else "tests.unit.engine.tabling.ants:reader"


class StreamedAnts(Ants):
    stream = True


def reader(scraper: Scraper, page: Page, want: Want) -> Rows:
    assert isinstance(scraper, Ants)
    scraper.read.append(want.key)
    with page.open() as body:
        return {"schedules": [{"game_id": str(game), "state": "final"} for game in json.load(body)["games"]]}


def body(number: int, *games: object) -> bytes:
    return json.dumps({"id": str(number), "games": games}).encode()


class Lake:
    """Ten ants are declared; what is `put` was stored by us."""

    def __init__(self, folder: Path, scraper: type[Ants] = Ants, count: int = 10) -> None:
        pattern = PathPattern("ant/{season}/{id}.json")
        data_type = DataType("ant", "items", "ants", pattern)
        numbers = ListDimension("id", tuple(map(str, range(1, count + 1))))
        self.declared = [Declared(data_type, (SEASON,), (numbers,))]
        self.scraper = scraper("ants", "ant")
        self.store = MemoryStore()
        self.verifications = MemoryVerifications()
        self.clock = FakeClock(2_000_000_000.0)
        self.folder = folder

    async def put(self, number: int, content: bytes | None = None, *, at: float = 1000.0) -> None:
        provenance = Provenance("u", at, "ants", "1")
        await self.store.put(key(number), content if content is not None else body(number, number), provenance)

    @property
    def finder(self) -> SubjectFinder:
        scrapers = {"ants": self.scraper}
        surveyor = Surveyor(self.declared, scrapers, self.store, MemoryDiscoveries(), self.clock, self.verifications)
        return SubjectFinder(surveyor, self.declared, scrapers)

    async def make(self, **more: Any) -> Made:
        """One run; what it has read is in `scraper.read`."""
        self.scraper.read.clear()
        with TableFolder(self.folder) as files:
            return await TableMaker(self.finder, self.store, files, self.clock).run(**more)


def key(number: int) -> str:
    return f"ant/{SEASON}/{number}.json"
