"""Connections to a cluster's database, and what is said when there are none."""

from __future__ import annotations

import asyncio
import contextlib
import signal

import pytest
from tests.cluster import Cluster
from tests.postgres_server import PostgresServer

from adce_async.adapters.cluster.database import ClusterDatabase
from adce_async.errors import FixMeError, QueueError
from adce_async.redaction import redact


@pytest.mark.looptime(False)
class TestDatabase(Cluster):
    async def test_a_missing_schema_is_said_with_what_to_do(self) -> None:
        with pytest.raises(FixMeError, match=r"has no schema test_.*adce cluster migrate"):
            await ClusterDatabase(self.dsn, schema=self.schema).__aenter__()

    async def test_a_newer_schema_is_left_alone(self) -> None:
        async with self.database() as database:
            await database.execute("UPDATE schema_version SET version = 99")
        with pytest.raises(FixMeError, match="newer version"):
            await self.database().__aenter__()

    async def test_what_fails_has_changed_nothing(self) -> None:
        async with self.database() as database:
            with pytest.raises(QueueError, match="division by zero"):
                async with database.transaction() as cursor:
                    await cursor.execute("INSERT INTO state VALUES ('a', '')")
                    await cursor.execute("SELECT 1 / 0")
            assert await database.rows("SELECT * FROM state") == []

    async def test_who_does_not_answer_is_given_up(self) -> None:
        async with self.database() as database:
            await database.rows("SELECT 1")
            database.answers_within = 0.3
            with pytest.raises(QueueError, match="PostgreSQL at "):
                await database.rows("SELECT pg_sleep(60)")
            database.answers_within = 60
            assert await database.rows("SELECT 1") == [(1,)]

    async def test_a_large_answer_comes_whole(self) -> None:
        async with self.database() as database:
            assert len(await database.rows("SELECT generate_series(1, 2500)")) == 2500

    async def test_connections_that_were_cut_are_made_anew(self) -> None:
        async with self.database() as database:
            await database.rows("SELECT 1")
            async with self.database() as other:
                await other.rows(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'adce' AND pid <> pg_backend_pid()"
                )
            assert await database.rows("SELECT 2") == [(2,)]

    async def test_a_server_that_is_away_is_said_why_and_asked_again_with_the_next_question(
        self, postgres: PostgresServer
    ) -> None:
        async with self.database() as database:
            await asyncio.to_thread(postgres.stop, signal.SIGQUIT)
            try:
                for _ in range(2):
                    with pytest.raises(QueueError, match=r"^PostgreSQL at .*(refused|closed)[^\n]*$"):
                        await database.rows("SELECT 1")
            finally:
                await asyncio.to_thread(postgres.start)
            # what was tried a moment before it was back may still be told
            answers: list[tuple[int]] = []
            async with asyncio.timeout(60):
                while not answers:
                    with contextlib.suppress(QueueError):
                        answers = await database.rows("SELECT 1")
            assert answers == [(1,)]


@pytest.mark.looptime(False)
async def test_no_password_is_said(postgres: PostgresServer) -> None:
    dsn = "postgresql://me:geheim@127.0.0.1:1/lake"
    with pytest.raises(QueueError, match=r"^PostgreSQL at 127\.0\.0\.1:1/lake: .*refused") as raised:
        await ClusterDatabase(dsn).__aenter__()
    assert "geheim" not in str(raised.value)
    there = postgres.dsn.rpartition("/")[0].replace("of-nobody", "geheim")
    with pytest.raises(FixMeError, match=r"^cluster\.dsn: PostgreSQL at .* does not exist") as mistake:
        await ClusterDatabase(f"{there}/nowhere").__aenter__()
    assert "geheim" not in str(mistake.value)


@pytest.mark.looptime(False)
@pytest.mark.parametrize(
    ("dsn", "why"),
    [
        ("no dsn, with geheim in it", 'missing "..." in connection info string'),
        ("https://me:geheim@db.test/lake", 'missing "..." in connection info string'),
        ("postgresql://[geheim", 'end of string reached when looking for matching "..."'),
        ("postgresql://db.test/lake?user=me&geheim=x", "option 2 after the '?' is none of PostgreSQL's"),
        ("postgresql://db.test/lake?password=ge&heim", 'missing key/value separator "..."'),
        ('postgresql://me:geheim "heim@db.test/lake', 'unexpected spaces found in "...", use percent-encoded'),
    ],
)
async def test_what_is_no_dsn_is_said_without_it(dsn: str, why: str) -> None:
    with pytest.raises(FixMeError) as raised:
        await ClusterDatabase(dsn).__aenter__()
    text = redact(str(raised.value))
    assert text.startswith(f"cluster.dsn: that is no DSN ({why}")
    assert "; expected postgresql://HOST/DATABASE?user=NAME (a password" in text
    assert "heim" not in text


@pytest.mark.looptime(False)
@pytest.mark.parametrize(
    ("rest", "why"),
    [
        (":port/lake", 'invalid integer value "port"'),
        (":99999/lake", "invalid port number"),
        (":1/lake?sslmode=foo", "invalid sslmode value"),
        (":1/lake?keepalives=x", 'invalid integer value "x"'),
        (":1/lake?service=none-such", "not found"),
    ],
)
async def test_a_value_that_no_server_could_mend_is_a_mistake_and_nothing_that_passes(rest: str, why: str) -> None:
    with pytest.raises(FixMeError, match=rf"^cluster\.dsn: .*{why}"):
        await ClusterDatabase(f"postgresql://127.0.0.1{rest}").__aenter__()
