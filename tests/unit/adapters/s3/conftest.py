"""Buckets of a real S3 server, and a way to them on which things go wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from botocore.retries.standard import ExponentialBackoff
from tests.s3_proxy import FaultyS3, faulty
from tests.s3_server import S3Server

from adce_async.adapters.s3.bucket import Bucket
from adce_async.adapters.s3.client import Aws
from adce_async.adapters.s3.place import Place
from adce_async.model.aws import AwsSettings


class Lake:
    """A fresh lake behind a proxy."""

    def __init__(self, server: S3Server, proxy: FaultyS3, folder: Path) -> None:
        self.bucket = server.new_bucket()
        self.url = f"s3://{self.bucket}/nba"
        self.proxy = proxy
        self.settings = AwsSettings(endpoint_url=proxy.url)
        self.direct = AwsSettings(endpoint_url=server.url)
        self.folder = folder / "state"

    @property
    def place(self) -> Place:
        return Place.of(self.url)


@pytest.fixture(autouse=True)
def _who_is_asked_again_is_asked_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between attempts botocore waits for seconds, which prove nothing here."""
    monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda _self, _context: 0.01)


@pytest.fixture
async def proxy(s3_server: S3Server) -> AsyncIterator[FaultyS3]:
    async with faulty(s3_server.url) as made:
        yield made


@pytest.fixture
def lake(s3_server: S3Server, proxy: FaultyS3, tmp_path: Path) -> Lake:
    return Lake(s3_server, proxy, tmp_path)


@pytest.fixture
async def bucket(lake: Lake) -> AsyncIterator[Bucket]:
    async with Aws(lake.settings) as aws:
        yield Bucket(await aws.s3(), lake.place)
