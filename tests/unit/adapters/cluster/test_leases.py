"""Leases beside their laws: restarts, names, what becomes of claims."""

from __future__ import annotations

import asyncio

import pytest
from tests.cluster import Cluster

from adce_async.adapters.cluster.database import ClusterDatabase
from adce_async.adapters.cluster.leases import TURN, Leases
from adce_async.adapters.cluster.task_queue import ClusterQueue
from adce_async.errors import FixMeError, QueueError
from adce_async.testing.cluster_contract import LEASE, beat
from adce_async.testing.example_tasks import claimed, task


@pytest.mark.looptime(False)
class TestLeases(Cluster):
    async def test_claims_come_back_with_the_source_and_all_are_told(self) -> None:
        async with self.database() as database, ClusterQueue(database, node="one") as queue:
            await queue.replace([task("a"), task("b", source="bee")])
            one, two = Leases(database, "one", "/one"), Leases(database, "two", "/two")
            assert (await beat(one, ["ant", "bee"])).view.sources[0].need == 1
            await claimed(queue, "a", "b")
            before = (await beat(two)).view.change
            await database.execute("UPDATE source_lease SET expires_at = 1 WHERE source = 'ant'")
            assert list((await beat(two, ["ant"])).ours) == ["ant"]
            assert [(t.key, t.lost_leases) for t in await queue.tasks()] == [("a", 1)]
            assert (await beat(two, held=["ant"])).view.change > before

    async def test_what_is_handed_over_comes_back_without_a_loss(self) -> None:
        async with self.database() as database, ClusterQueue(database, node="one") as queue:
            await queue.replace([task("a")])
            one = Leases(database, "one", "/one")
            await beat(one, ["ant"])
            await claimed(queue, "a")
            await beat(one, releases=["ant"])
            assert [(t.key, t.lost_leases) for t in await queue.tasks()] == [("a", 0)]
            said = [(source, owner, why) for _, source, owner, why in await one.handovers()]
            assert said == [("ant", "one", "it was free"), ("ant", "", "handed over by one")]

    async def test_a_node_that_is_started_again_takes_its_own_back_at_once(self) -> None:
        async with self.database() as database:
            await beat(Leases(database, "one", "/one"), ["ant"])
            again = await beat(Leases(database, "one", "/one"), ["ant"])
            assert (list(again.ours), again.leads, len(again.taken["ant"])) == (["ant"], True, 3)

    async def test_two_machines_of_one_name_are_told(self) -> None:
        async with self.database() as database:
            await beat(Leases(database, "one", "/here"))
            with pytest.raises(FixMeError, match="another process goes by the name one"):
                await beat(Leases(database, "one", "/there"))
            await database.execute("UPDATE node SET expires_at = expires_at - %s", (LEASE + 1,))
            await beat(Leases(database, "one", "/there"))

    async def test_who_falls_silent_in_the_middle_of_its_turn_holds_up_the_others_for_as_long_as_they_can_wait(
        self,
    ) -> None:
        async with self.database(idle=0.2) as cut, self.database() as database:
            with pytest.raises(QueueError, match="idle-in-transaction timeout"):
                async with cut.transaction() as cursor:
                    await cursor.execute(TURN)
                    async with asyncio.timeout(8):  # less than the server would wait by itself
                        assert list((await beat(Leases(database, "two", "/two"), ["ant"])).ours) == ["ant"]

    async def test_a_source_whose_tasks_are_held_is_taken_later_and_holds_up_nobody(self) -> None:
        async with self.database(idle=60) as holder, self.database(idle=1) as database:
            queue = ClusterQueue(database, node="one")
            await queue.replace([task("a")])
            await beat(Leases(database, "one", "/one"))
            await claimed(queue, "a")
            two = Leases(database, "two", "/two")
            async with holder.transaction() as cursor:
                await cursor.execute("SELECT FROM task WHERE key = 'a' FOR UPDATE")
                assert list((await beat(two, ["bee", "ant"])).ours) == ["bee"]
            again = await beat(two, ["ant"], held=["bee"])
            assert (set(again.ours), set(again.taken)) == ({"ant", "bee"}, {"ant"})

    async def test_a_plan_that_is_being_made_holds_up_no_beat(self) -> None:
        async with self.database(idle=60) as holder, self.database(idle=4) as database:
            queue = ClusterQueue(database, node="one")
            await queue.replace([task("a")])
            two = Leases(database, "two", "/two")
            await beat(two)
            async with holder.transaction() as cursor:
                await cursor.execute("SELECT FROM task WHERE key = 'a' FOR UPDATE")
                plan = asyncio.create_task(queue.replace([task("a", attempts=1, tier=2), task("b")]))
                await self._waits(holder_of=database)
                assert list((await beat(two, ["bee"])).ours) == ["bee"]
                assert not plan.done()
            await plan

    async def _waits(self, holder_of: ClusterDatabase) -> None:
        """Until a plan waits for a row."""
        plans = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%%INSERT INTO task%%'"
        async with asyncio.timeout(20):
            while True:
                if await holder_of.rows(plans):
                    return
                await asyncio.sleep(0.01)
