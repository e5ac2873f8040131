"""What is remembered of objects, by several at once."""

from __future__ import annotations

import asyncio

import pytest
from tests.cluster import Cluster

from adce_async.adapters.cluster.records import ClusterState, ClusterVerifications
from adce_async.ports import Judgement


@pytest.mark.looptime(False)
class TestRecords(Cluster):
    async def test_two_that_judge_the_same_objects_at_once_do_not_wait_for_each_other(self) -> None:
        async with self.database() as database:
            kept = ClusterVerifications(database)
            keys = [f"ant/{number}" for number in range(200)]
            there, back = ({key: Judgement("e") for key in order} for order in (keys, reversed(keys)))
            await asyncio.gather(kept.save(there), kept.save(back))
            assert len(await kept.accepted("ant/")) == 200

    async def test_texts_may_hold_what_no_text_of_the_database_can(self) -> None:
        async with self.database() as database:
            state = ClusterState(database)
            await state.set_text("a", "\0")
            assert await state.get_text("a") == "\0"
