"""The schema of a cluster."""

from __future__ import annotations

import pytest
from tests.cluster import Cluster

from adce_async.adapters.cluster.schema import MIGRATIONS
from adce_async.adapters.task_rows import COLUMNS


@pytest.mark.looptime(False)
class TestSchema(Cluster):
    async def test_it_is_made_once_and_has_the_columns_of_a_task_in_their_order(self) -> None:
        for _ in range(2):
            async with self.database() as database:
                assert await database.rows("SELECT version FROM schema_version") == [(len(MIGRATIONS),)]
                names = await database.rows(
                    "SELECT column_name FROM information_schema.columns"
                    " WHERE table_schema = current_schema() AND table_name = 'task' ORDER BY ordinal_position"
                )
        wanted = COLUMNS.split(", ")
        assert [name for (name,) in names][: len(wanted)] == wanted
