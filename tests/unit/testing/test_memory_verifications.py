"""What the memory of judgements can do beyond its port (whose laws are run in tests/contract)."""

from __future__ import annotations

from adce_async.ports import Judgement
from adce_async.testing.memory_verifications import MemoryVerifications


async def test_calls_are_counted_and_what_is_known_can_be_looked_at() -> None:
    kept = MemoryVerifications()
    await kept.save({"a/1": Judgement("e1"), "a/2": Judgement("e2", "id: another one", "[]")})
    await kept.save({"a/2": Judgement("e3", "", "[[1]]")})
    assert (kept.saved, kept.judged["a/2"].tag) == (2, "e3")
    assert dict(await kept.accepted("a/")) == {"a/1": "e1", "a/2": "e3"}
    assert dict(await kept.refused("")) == {}
    assert dict(await kept.facts("a/")) == {"a/2": ("e3", "[[1]]")}
    await kept.forget(["a/2", "elsewhere"])
    assert kept.judged.keys() == {"a/1"}
