"""What the queue of a cluster does beside the laws that all queues have."""

from __future__ import annotations

import pytest
from tests.cluster import Cluster

from adce_async.adapters.cluster.task_queue import ClusterQueue
from adce_async.model.task import Verdict
from adce_async.testing.example_tasks import NOON, attempt, claimed, task


@pytest.mark.looptime(False)
class TestQueue(Cluster):
    async def test_others_see_that_the_plan_has_changed_and_that_a_claim_is_no_change(self) -> None:
        async with self.database() as database, ClusterQueue(database, node="one") as queue:
            before = await queue.change()
            await queue.replace([task("a")])
            planned = await queue.change()
            await claimed(queue, "a")
            assert before < planned == await queue.change()

    async def test_what_others_have_stored_since_a_pass_began_is_not_planned_by_it(self) -> None:
        async with self.database() as database, ClusterQueue(database, node="one") as leader:
            async with ClusterQueue(database, node="two") as other:
                await leader.replace([task("a"), task("b")])
                leader.pass_begins()
                await attempt(other, "a", Verdict.STORED)
                await leader.replace([task("a"), task("b")])
                assert [t.key for t in await leader.tasks()] == ["b"]
                await database.execute("UPDATE settled SET at = at - 5")
                leader.pass_begins()
                await leader.replace([task("a"), task("b")])
                assert {t.key for t in await leader.tasks()} == {"a", "b"}

    async def test_claims_that_ran_out_come_back_without_anybody_asking_for_their_keys(self) -> None:
        async with self.database() as database, ClusterQueue(database, node="one") as queue:
            await queue.replace([task("a"), task("b")])
            await claimed(queue, "a", until=NOON + 60)
            await claimed(queue, "b", until=NOON + 600)
            before = await queue.change()
            assert await queue.sweep(NOON + 60) == 0
            assert await queue.change() == before
            assert await queue.sweep(NOON + 61) == 1
            assert [(t.key, t.lost_leases) for t in await queue.tasks()] == [("a", 1)]
            assert await queue.change() > before

    async def test_a_plan_of_several_thousands_is_there_whole(self) -> None:
        async with self.database() as database, ClusterQueue(database, node="one") as queue:
            for _ in range(2):
                await queue.replace([task(f"k{number}") for number in range(12_000)])
                assert len(await queue.tasks()) == 12_000
