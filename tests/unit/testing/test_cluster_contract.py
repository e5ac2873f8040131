"""The laws of a cluster refuse what breaks them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from adce_async.testing.cluster_contract import ClusterContract, Nodes
from adce_async.testing.memory_cluster import MemoryCluster, Place


class Trusting(MemoryCluster):
    """Believes that who says nothing has sent nothing."""

    def _count_ahead(self, now):
        pass


class Generous(MemoryCluster):
    """Gives each what it wants."""

    def _grow(self, had, wanted, now, beat):
        return wanted, ()


class Lasting(MemoryCluster):
    """Leaves to each what it once had, whether or not it knows of it."""

    def _renew(self, beat, now):
        held = [source for source, lease in self._place.leases.items() if lease.session == self.session]
        super()._renew(replace(beat, held=dict.fromkeys(held, 1) | dict(beat.held)), now)


class Laws(ClusterContract):
    def __init__(self, kind: type[MemoryCluster]) -> None:
        self._kind = kind

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Nodes]:
        place = Place(asyncio.get_running_loop().time)
        yield lambda name: self._kind(place, name)

    async def elapse(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def test_who_trusts_or_gives_too_much_fails() -> None:
    with pytest.raises(AssertionError):
        await Laws(Trusting).test_law_2_who_takes_over_knows_what_was_sent_and_what_may_have_been()
    with pytest.raises(AssertionError):
        await Laws(Lasting).test_law_2_who_does_not_know_what_it_was_given_is_given_it_anew()
    with pytest.raises(AssertionError):
        await Laws(Generous).test_law_3_shares_are_never_more_than_the_whole()
