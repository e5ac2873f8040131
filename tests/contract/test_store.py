"""The laws of the lake over its adapters."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from adce_async.adapters.store_local import LocalStore
from adce_async.ports import ObjectStore
from adce_async.testing.memory_store import MemoryStore
from adce_async.testing.store_contract import ObjectStoreContract


class TestMemoryStore(ObjectStoreContract):
    @pytest.fixture(autouse=True)
    def _store(self) -> None:
        self.store = MemoryStore(batch=7)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[ObjectStore]:
        yield self.store


class TestLocalStore(ObjectStoreContract):
    @pytest.fixture(autouse=True)
    def _lake(self, tmp_path: Path) -> None:
        self.lake = tmp_path / "deep" / "lake"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[ObjectStore]:
        async with LocalStore(self.lake) as store:
            yield store
