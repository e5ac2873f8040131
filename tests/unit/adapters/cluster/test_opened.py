"""What a node has of its cluster."""

from __future__ import annotations

import pytest
from tests.cluster import Cluster

from adce_async.adapters.cluster.opened import open_cluster
from adce_async.errors import FixMeError
from adce_async.testing.cluster_contract import beat
from adce_async.testing.example_tasks import claimed, task


@pytest.mark.looptime(False)
class TestOpened(Cluster):
    async def test_some_texts_are_each_nodes_own(self) -> None:
        async with self.database():
            pass
        async with open_cluster(self.dsn, "one", "/one", schema=self.schema) as one:
            async with open_cluster(self.dsn, "two", "/two", schema=self.schema) as two:
                for name in ("guardrails", "throttle ant", "doubts ant", "breaker ant"):
                    await one.texts.set_text(name, "of one")
                assert await two.texts.get_text("guardrails") is None
                for name in ("throttle ant", "doubts ant", "breaker ant"):
                    assert await two.texts.get_text(name) == "of one"
                assert one.leases.session != two.leases.session

    async def test_who_has_the_name_of_another_process_touches_nothing_of_it(self) -> None:
        async with self.database():
            pass
        async with open_cluster(self.dsn, "one", "/one", schema=self.schema) as one:
            await beat(one.leases)
            await one.queue.replace([task("a")])
            tokens = await claimed(one.queue, "a")
            with pytest.raises(FixMeError, match="another process goes by the name one"):
                await open_cluster(self.dsn, "one", "/elsewhere", schema=self.schema).__aenter__()
            assert await one.queue.renew(tokens, 9e9) == []  # it is still held
            async with open_cluster(self.dsn, "one", "/one", schema=self.schema) as again:  # the same one, restarted
                assert await again.queue.renew(tokens, 9e9) == ["a"]

    async def test_who_looks_from_a_machine_has_what_its_node_remembers_for_itself(self) -> None:
        async with self.database():
            pass
        async with open_cluster(self.dsn, "one", "/one", schema=self.schema) as one:
            await beat(one.leases)
            async with open_cluster(self.dsn, "one", "/a/shell", works=False, schema=self.schema) as shell:
                await shell.texts.set_text("guardrails asked", "restore by ada")
            assert await one.texts.get_text("guardrails asked") == "restore by ada"
