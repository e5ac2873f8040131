"""The helpers fail where a queue does not do what they ask for."""

from __future__ import annotations

from dataclasses import fields

import pytest

from adce_async.model.task import Task, Verdict
from adce_async.testing.example_tasks import attempt, claimed, queued, task
from adce_async.testing.memory_queue import MemoryQueue


async def test_an_attempt_at_what_is_not_there_fails() -> None:
    with pytest.raises(ValueError, match="expected 1"):
        await attempt(MemoryQueue(), "a", Verdict.STORED)


async def test_what_is_claimed_is_not_queued() -> None:
    queue = MemoryQueue()
    await queue.add([task("a"), task("b")])
    assert (await claimed(queue, "b", "unknown")).keys() == {"b"}
    assert await queued(queue) == {"a": task("a")}


def test_a_field_that_is_lost_on_the_way_would_be_seen() -> None:
    plain = Task("", "", "", "", None, {}, task("a").kind, task("a").priority, 0.0, 0.0)
    assert [field.name for field in fields(Task) if getattr(task("a"), field.name) == getattr(plain, field.name)] == [
        "kind", "priority", "origin", "force", "attempts", "lost_leases", "not_before",
    ]  # fmt: skip
