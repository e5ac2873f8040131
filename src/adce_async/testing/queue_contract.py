"""The laws of `ports.TaskQueue` as a test suite, for any adapter; needs pytest and pytest-asyncio (mode auto).

class TestMyQueue(TaskQueueContract):
    @asynccontextmanager
    async def open(self):
        async with MyQueue(...) as queue:
            yield queue
"""

# ruff: noqa: D102 - a test's name says its law

from __future__ import annotations

import abc
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from adce_async.model.coverage import GapKind, Priority
from adce_async.model.task import Origin, Outcome, Verdict
from adce_async.ports import QueueCounts, TaskQueue
from adce_async.testing.claims_contract import ClaimsContract
from adce_async.testing.example_tasks import NOON, attempt, claimed, queued, task


class TaskQueueContract(ClaimsContract):
    """Subclass it as `Test...` and say how to open the adapter."""

    @abc.abstractmethod
    def open(self) -> AbstractAsyncContextManager[TaskQueue]:
        """The adapter, empty at first; opened again within one test, it goes on as after a crash."""

    async def test_tasks_come_back_as_they_were(self) -> None:
        tasks = [
            task("a"),
            task("b", season=None, freshness_seconds=None, fields={}, force=True, origin=Origin.FILE, not_before=NOON),
            task("c", kind=GapKind.MISSING, priority=Priority.CRITICAL, attempts=2, lost_leases=1),
        ]
        async with self.open() as queue:
            await queue.replace(tasks)
            assert await queued(queue) == {t.key: t for t in tasks}
        async with self.open() as queue:
            assert await queued(queue) == {t.key: t for t in tasks}

    async def test_law_1_a_key_is_there_once(self) -> None:
        async with self.open() as queue:
            await queue.replace([task("a", tier=1), task("a", tier=2)])
            await queue.add([task("a", tier=3)])
            assert await queued(queue) == {"a": task("a", tier=3)}
            await attempt(queue, "a", Verdict.PARKED, at=NOON)
            await queue.replace([task("a")])
            await queue.add([task("a")])
            assert await queued(queue) == {}
            assert await queue.counts() == QueueCounts(queued=0, leased=0, parked=1)

    async def test_law_2_replace_is_the_plan(self) -> None:
        async with self.open() as queue:
            await queue.replace([task("a"), task("b")])
            await queue.replace([task("b", reason="now small"), task("c")])
            assert await queued(queue) == {"b": task("b", reason="now small"), "c": task("c")}
            await queue.replace([])
            assert await queued(queue) == {}

    async def test_law_2_known_keys_keep_what_they_went_through(self) -> None:
        async with self.open() as queue:
            await queue.replace([task("a", detected_at=NOON)])
            await attempt(queue, "a", Verdict.RETRY, not_before=NOON + 300)
            await queue.replace([task("a", detected_at=NOON + 900)])
            assert await queued(queue) == {"a": task("a", attempts=1, not_before=NOON + 300)}
            await queue.replace([task("a", detected_at=NOON - 900)])
            assert (await queued(queue))["a"].detected_at == NOON - 900

    async def test_law_2_claimed_and_asked_for_tasks_stay(self) -> None:
        async with self.open() as queue:
            await queue.replace([task("claimed"), task("queued")])
            await queue.add([task("asked", origin=Origin.FILE)])
            token = (await claimed(queue, "claimed"))["claimed"]
            await queue.replace([])
            assert await queued(queue) == {"asked": task("asked", origin=Origin.FILE)}
            await queue.settle([Outcome("claimed", Verdict.RELEASED, token=token)])
            assert (await queued(queue)).keys() == {"asked", "claimed"}

    async def test_law_2_a_plan_does_not_change_what_was_asked_for(self) -> None:
        asked = task("a", origin=Origin.FILE, force=True, priority=Priority.CRITICAL, detected_at=NOON)
        async with self.open() as queue:
            await queue.add([asked])
            await queue.replace([task("a", priority=Priority.LOW, detected_at=NOON - 60)])
            assert await queued(queue) == {"a": replace(asked, detected_at=NOON - 60)}
            await queue.replace([])
            assert (await queued(queue)).keys() == {"a"}

    async def test_law_2_a_parked_key_waits_for_another_fingerprint(self) -> None:
        async with self.open() as queue:
            await queue.replace([task("a", fingerprint="f1")])
            await attempt(queue, "a", Verdict.PARKED, at=NOON, reason="no such game")
            await queue.replace([task("a", fingerprint="f1", reason="still missing")])
            assert [parked.key for parked in await queue.parked()] == ["a"]
            await queue.replace([task("a", fingerprint="f2")])
            assert await queued(queue) == {"a": task("a", fingerprint="f2")}
            assert await queue.parked() == []

    async def test_law_2_a_forced_key_is_unparked(self) -> None:
        async with self.open() as queue:
            await queue.replace([task("a"), task("b")])
            for key in ("a", "b"):
                await attempt(queue, key, Verdict.PARKED, at=NOON)
            await queue.replace([task("a", force=True)])
            await queue.add([task("b", force=True, origin=Origin.FILE)])
            assert (await queued(queue)).keys() == {"a", "b"}
            assert await queue.parked() == []

    async def test_law_3_add_drops_nothing(self) -> None:
        async with self.open() as queue:
            await queue.replace([task("a")])
            await attempt(queue, "a", Verdict.RETRY, not_before=NOON + 300)
            await queue.add([task("b"), task("a", origin=Origin.FILE)])
            kept = task("a", origin=Origin.FILE, attempts=1, not_before=NOON + 300)
            assert await queued(queue) == {"a": kept, "b": task("b")}
            assert await queue.tasks(Origin.FILE) == [kept]
            assert await queue.tasks(Origin.LIVE) == []

    async def test_law_3_what_a_person_forces_starts_afresh(self) -> None:
        forced = task("a", origin=Origin.FILE, force=True)
        async with self.open() as queue:
            await queue.replace([task("a")])
            await attempt(queue, "a", Verdict.RETRY, not_before=NOON + 300)
            await queue.add([forced])
            assert await queued(queue) == {"a": forced}

    async def test_law_6_everything_survives_opening_again(self) -> None:
        async with self.open() as queue:
            await queue.replace([task("a"), task("b")])
            await queue.add([task("c", origin=Origin.FILE)])
            await attempt(queue, "a", Verdict.RETRY, not_before=NOON + 30)
            await attempt(queue, "b", Verdict.PARKED, at=NOON)
            await queue.remember(["a", "b"], NOON - 7200)
        async with self.open() as queue:
            assert await queued(queue) == {
                "a": task("a", attempts=1, not_before=NOON + 30),
                "c": task("c", origin=Origin.FILE),
            }
            assert [parked.key for parked in await queue.parked()] == ["b"]
            assert await queue.remember(["a", "c"], NOON) == {"a": NOON - 7200, "c": NOON}

    async def test_the_dead_letter_list_is_oldest_first(self) -> None:
        async with self.open() as queue:
            await queue.replace([task(key) for key in "abc"])
            for key, at in (("a", 3.0), ("b", 1.0), ("c", 2.0)):
                await attempt(queue, key, Verdict.PARKED, at=at)
            assert [parked.key for parked in await queue.parked()] == ["b", "c", "a"]

    async def test_unpark_strikes_off_and_the_next_pass_plans_anew(self) -> None:
        async with self.open() as queue:
            await queue.replace([task("a"), task("b")])
            for key in ("a", "b"):
                await attempt(queue, key, Verdict.PARKED, at=NOON)
            assert list(await queue.unpark(["unknown", "a", "a"])) == ["a"]
            assert [parked.key for parked in await queue.parked()] == ["b"]
            assert await queued(queue) == {}
            await queue.replace([task("a"), task("b")])
            assert await queued(queue) == {"a": task("a")}

    async def test_what_is_forgiven_is_as_if_it_had_never_been_attempted(self) -> None:
        async with self.open() as queue:
            await queue.replace([task(key) for key in "abcd"])
            await attempt(queue, "a", Verdict.RETRY, not_before=NOON + 60)
            await attempt(queue, "b", Verdict.PARKED, at=NOON)
            await claimed(queue, "d")
            await queue.forgive(["a", "b", "c", "d", "unknown"])
            assert await queued(queue) == {"a": task("a"), "c": task("c")}
            assert await queue.parked() == []
            await queue.add([task("b")])
            assert await queued(queue) == {key: task(key) for key in "abc"}

    async def test_gaps_are_remembered_from_when_they_were_seen_first(self) -> None:
        async with self.open() as queue:
            assert await queue.remember(["a", "b"], NOON) == {"a": NOON, "b": NOON}
            assert await queue.remember(iter(["b", "c"]), NOON + 60) == {"b": NOON, "c": NOON + 60}
            assert await queue.remember(["a", "b"], NOON + 120) == {"a": NOON + 120, "b": NOON}

    async def test_a_remembered_age_wins_over_a_later_detection(self) -> None:
        async with self.open() as queue:
            await queue.remember(["a", "b"], NOON - 3600)
            await queue.replace([task("a", detected_at=NOON)])
            await queue.add([task("b", detected_at=NOON - 7200)])
            ages = {key: t.detected_at for key, t in (await queued(queue)).items()}
            assert ages == {"a": NOON - 3600, "b": NOON - 7200}

    async def test_nothing_is_done_with_nothing(self) -> None:
        async with self.open() as queue:
            await queue.add([])
            assert list(await queue.settle([])) == []
            assert list(await queue.renew({}, NOON)) == []
            assert list(await queue.claim([], now=NOON, until=NOON)) == []
            assert list(await queue.unpark([])) == []
            assert await queue.remember([], NOON) == {}
            assert await queue.counts() == QueueCounts(0, 0, 0)
