"""A SQLite state into a cluster and back: nothing is lost either way."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cluster import Cluster

from adce_async.adapters.cluster.leases import Leases
from adce_async.adapters.cluster.moving import TABLES, bring_in, sent_to, take_out
from adce_async.adapters.cluster.task_queue import ClusterQueue
from adce_async.adapters.coverage_sqlite import SqliteCoverageHistory
from adce_async.adapters.history_sqlite import SqliteHistory
from adce_async.adapters.queue_sqlite import SqliteQueue
from adce_async.adapters.state_sqlite import SqliteDiscoveries, SqliteState
from adce_async.adapters.verifications_sqlite import SqliteVerifications
from adce_async.adapters.writer import SqliteWriter
from adce_async.errors import FixMeError
from adce_async.model.coverage import Coverage, Discovery
from adce_async.model.task import Verdict
from adce_async.ports import Judgement, Note
from adce_async.testing.cluster_contract import beat
from adce_async.testing.example_tasks import NOON, attempt, claimed, task
from adce_async.testing.state_contract import made


async def _something_of_everything(writer: SqliteWriter) -> None:
    async with SqliteQueue(writer) as queue:
        await queue.replace([task("a"), task("b", force=True, season=None), task("c"), task("d")])
        await attempt(queue, "a", Verdict.RETRY, not_before=NOON + 5)
        await attempt(queue, "c", Verdict.PARKED, at=NOON, head="\0<html>")
        await claimed(queue, "d")
        await queue.remember(["a", "b"], NOON)
    await SqliteDiscoveries(writer).save({"k": ("e", Discovery())})
    await SqliteState(writer).set_text("t", "ß\0")
    history = SqliteHistory(writer)
    await history.record([made("retry", key=key) for key in ("first", "second")])
    await history.note(Note(NOON, "action", "paused"))
    await SqliteVerifications(writer).save({"k": Judgement("t", "bad")})
    await SqliteCoverageHistory(writer).record([Coverage("ant", "items", None, expected=2, missing=2)], NOON, 0.0)


async def _all(writer: SqliteWriter) -> dict[str, list[tuple[object, ...]]]:
    def read(connection):
        return {
            table: connection.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2").fetchall()
            for table, columns in TABLES.items()
        }

    return await writer.read(read)


@pytest.mark.looptime(False)
class TestMoving(Cluster):
    async def test_there_and_back_it_is_the_same(self, tmp_path: Path) -> None:
        async with SqliteWriter(tmp_path / "one.db") as one, self.database() as database:
            await _something_of_everything(one)
            counts = await bring_in(one, database, {"ant": [NOON, NOON + 1]})
            assert (counts["task"], counts["parked"], counts["sent"]) == (3, 1, 2)
            assert await sent_to(database) == {"ant": [NOON, NOON + 1]}
            async with ClusterQueue(database, node="one") as queue:
                tokens = await claimed(queue, "a")
                assert tokens["a"] == 4  # greater than each that was given before
            async with SqliteWriter(tmp_path / "two.db") as two:
                await take_out(database, two)
                before, after = await _all(one), await _all(two)
            before["parked"] = [(*row[:7], "\ufffd<html>", *row[8:]) for row in before["parked"]]
            assert after == before

    async def test_neither_end_may_hold_anything_and_nobody_may_be_at_work(self, tmp_path: Path) -> None:
        async with SqliteWriter(tmp_path / "one.db") as one, self.database() as database:
            await _something_of_everything(one)
            await bring_in(one, database, {})
            with pytest.raises(FixMeError, match="the cluster has a state already"):
                await bring_in(one, database, {})
            with pytest.raises(FixMeError, match="there is a state already"):
                await take_out(database, one)
            await beat(Leases(database, "seven", "/seven"))
            with pytest.raises(FixMeError, match="at work in the cluster: seven"):
                await take_out(database, one)
