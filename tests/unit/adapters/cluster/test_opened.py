"""What a node has of its cluster."""

from __future__ import annotations

import pytest
from tests.cluster import Cluster

from adce_async.adapters.cluster.opened import open_cluster


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
