"""A lake in a folder that is open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adce_async.adapters.store_local import LocalStore
from adce_async.testing.clock import FakeClock


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return tmp_path / "lake"


@pytest.fixture
async def store(lake: Path) -> AsyncIterator[LocalStore]:
    async with LocalStore(lake, clock=FakeClock()) as store:
        yield store
