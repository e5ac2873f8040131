"""Claims of several nodes."""

from __future__ import annotations

import pytest
from tests.cluster import Cluster

from adce_async.adapters.cluster import claims
from adce_async.adapters.cluster.task_queue import ClusterQueue
from adce_async.model.task import Outcome, Verdict
from adce_async.testing.example_tasks import NOON, claimed, task


def test_what_no_text_can_hold_is_replaced() -> None:
    assert claims.storable("a\0b") == "a\ufffdb"


@pytest.mark.looptime(False)
class TestClaims(Cluster):
    async def test_a_node_that_comes_back_loses_its_own_claims_only(self) -> None:
        async with self.database() as database, ClusterQueue(database, node="one") as one:
            await one.replace([task("a"), task("b")])
            await claimed(one, "a")
            async with ClusterQueue(database, node="two") as two:
                await claimed(two, "b")
                assert [t.key for t in await two.tasks()] == []
            async with ClusterQueue(database, node="one") as again:
                assert [(t.key, t.lost_leases) for t in await again.tasks()] == [("a", 1)]

    async def test_who_owns_the_source_no_more_settles_nothing(self) -> None:
        async with self.database() as database, ClusterQueue(database, node="one", session="s") as queue:
            await queue.replace([task("a"), task("b")])
            tokens = await claimed(queue, "a", "b")
            lease = "INSERT INTO source_lease VALUES ('ant', 'one', 's', 1, %s, 0, '', 0)"
            await database.execute(lease, (NOON,))
            assert await queue.settle([Outcome("a", Verdict.STORED, token=tokens["a"])]) == ["a"]
            await database.execute("UPDATE source_lease SET expires_at = extract(epoch FROM now()) + 60")
            assert await queue.settle([Outcome("a", Verdict.STORED, token=tokens["a"])]) == []
            await database.execute("UPDATE source_lease SET session = 'other'")
            assert await queue.settle([Outcome("b", Verdict.STORED, token=tokens["b"])]) == ["b"]
