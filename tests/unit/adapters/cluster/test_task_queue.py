"""What the queue of a cluster does beside the laws that all queues have."""

from __future__ import annotations

import pytest
from tests.cluster import Cluster

from adce_async.adapters.cluster.task_queue import ClusterQueue
from adce_async.testing.example_tasks import claimed, task


@pytest.mark.looptime(False)
class TestQueue(Cluster):
    async def test_others_see_that_the_plan_has_changed_and_that_a_claim_is_no_change(self) -> None:
        async with self.database() as database, ClusterQueue(database, node="one") as queue:
            before = await queue.change()
            await queue.replace([task("a")])
            planned = await queue.change()
            await claimed(queue, "a")
            assert before < planned == await queue.change()

    async def test_a_plan_of_several_thousands_is_there_whole(self) -> None:
        async with self.database() as database, ClusterQueue(database, node="one") as queue:
            for _ in range(2):
                await queue.replace([task(f"k{number}") for number in range(12_000)])
                assert len(await queue.tasks()) == 12_000
