"""Bounds of the histories."""

from __future__ import annotations

import pytest
from tests.cluster import Cluster

from adce_async.adapters.cluster.history import ClusterHistory
from adce_async.adapters.history_rows import MAX_AGE_SECONDS
from adce_async.testing.state_contract import NOON, made


@pytest.mark.looptime(False)
class TestHistory(Cluster):
    async def test_it_is_bounded_by_count_and_by_age(self) -> None:
        async with self.database() as database:
            await ClusterHistory(database).record([made("stored", at=NOON - MAX_AGE_SECONDS - 1), made("stored")])
            assert len(await ClusterHistory(database).recent()) == 1
            few = ClusterHistory(database, max_rows=3)
            await few.record([made("stored", key=f"k{number}") for number in range(9)])
            assert [each.key for each in await few.recent()] == ["k8", "k7", "k6"]
