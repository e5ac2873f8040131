"""The suites themselves: they find broken stores out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest

from adce_async.model.coverage import Discovery
from adce_async.ports import DiscoveryCache, History, StateStore
from adce_async.testing.memory_queue import MemoryDiscoveries, MemoryHistory, MemoryState
from adce_async.testing.state_contract import DiscoveryCacheContract, HistoryContract, StateStoreContract


class LoadsAll(MemoryDiscoveries):
    async def load(self, prefix: str) -> Mapping[str, tuple[str, Discovery]]:
        return self.found


class FirstText(MemoryState):
    async def set_text(self, name: str, text: str) -> None:
        self.texts.setdefault(name, text)


class CountsAll(MemoryHistory):
    async def success_rates(self, now: float, half_life: float) -> Mapping[str, float]:
        return await super().success_rates(now, 1e9)


async def test_a_cache_that_ignores_the_prefix_is_found_out() -> None:
    class Suite(DiscoveryCacheContract):
        @asynccontextmanager
        async def open(self) -> AsyncIterator[DiscoveryCache]:
            yield LoadsAll()

    with pytest.raises(AssertionError):
        await Suite().test_a_prefix_selects()


async def test_a_state_that_keeps_the_first_text_is_found_out() -> None:
    state = FirstText()

    class Suite(StateStoreContract):
        @asynccontextmanager
        async def open(self) -> AsyncIterator[StateStore]:
            yield state

    with pytest.raises(AssertionError):
        await Suite().test_the_last_text_counts()


async def test_a_history_that_forgets_nothing_is_found_out() -> None:
    class Suite(HistoryContract):
        @asynccontextmanager
        async def open(self) -> AsyncIterator[History]:
            yield CountsAll()

    with pytest.raises(AssertionError):
        await Suite().test_the_past_weighs_less()
