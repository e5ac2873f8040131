"""A cluster's database of its own for each test."""

from __future__ import annotations

import pytest
from tests.postgres_server import PostgresServer

from adce_async.adapters.cluster.database import IDLE_SECONDS, ClusterDatabase


class Cluster:
    """For test classes to derive from; marked with `@pytest.mark.looptime(False)`, as all that waits for a server."""

    @pytest.fixture(autouse=True)
    def _place(self, postgres: PostgresServer) -> None:
        self.dsn, self.schema = postgres.dsn, postgres.new_schema()

    def database(self, idle: float = IDLE_SECONDS) -> ClusterDatabase:
        """To be entered; entered again, it is the same one."""
        return ClusterDatabase(self.dsn, schema=self.schema, connections=2, migrate=True, idle=idle)
