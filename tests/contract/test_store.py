"""The laws of the lake over its adapters."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.s3_server import S3Server

from adce_async.adapters.s3.store import S3Store
from adce_async.adapters.store_local import LocalStore
from adce_async.model.aws import AwsSettings
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


@pytest.mark.looptime(False)
class TestS3Store(ObjectStoreContract):
    @pytest.fixture(autouse=True)
    def _lake(self, s3_server: S3Server, tmp_path: Path) -> None:
        self.lake = f"s3://{s3_server.new_bucket()}/nba/lake"
        self.settings = AwsSettings(endpoint_url=s3_server.url)
        self.folder = tmp_path / "state"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[ObjectStore]:
        async with S3Store(self.lake, self.settings, self.folder) as store:
            yield store
