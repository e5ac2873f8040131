"""The suite itself: it finds broken stores of judgements out."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

import pytest

from adce_async.ports import Judgement
from adce_async.testing.memory_verifications import MemoryVerifications
from adce_async.testing.verifications_contract import VerificationsContract


class KeepsTheFirst(MemoryVerifications):
    async def save(self, judged: Mapping[str, Judgement]) -> None:
        self.judged = {**judged, **self.judged}


class IgnoresPrefix(MemoryVerifications):
    def _under(self, prefix: str) -> dict[str, Judgement]:
        return self.judged


class NamesFactsOfInvalidOnes(MemoryVerifications):
    async def facts(self, prefix: str) -> Mapping[str, tuple[str, str]]:
        return {key: (one.tag, one.facts) for key, one in self._under(prefix).items() if one.facts}


class ForgetsNothing(MemoryVerifications):
    async def forget(self, keys: Collection[str]) -> None:
        pass


class AcceptsAll(MemoryVerifications):
    async def accepted(self, prefix: str) -> Mapping[str, str]:
        return {key: one.tag for key, one in self._under(prefix).items()}


@pytest.mark.parametrize("broken", [KeepsTheFirst, IgnoresPrefix, NamesFactsOfInvalidOnes, ForgetsNothing, AcceptsAll])
async def test_a_broken_one_is_found_out(broken: type[MemoryVerifications]) -> None:
    found_out = 0
    for name, law in inspect.getmembers(VerificationsContract, inspect.isfunction):
        if not name.startswith("test_"):
            continue
        kept = broken()

        class Suite(VerificationsContract):
            @asynccontextmanager
            async def open(self, kept: MemoryVerifications = kept) -> AsyncIterator[MemoryVerifications]:
                yield kept

        try:
            await law(Suite())
        except AssertionError:
            found_out += 1
    assert found_out
