from __future__ import annotations

import pytest

from adce_async.adapters.s3.bucket import Bucket
from adce_async.adapters.s3.lock_holder import this_process
from adce_async.adapters.s3.lock_place import LockObject
from adce_async.testing.clock import FakeClock

pytestmark = pytest.mark.looptime(False)


async def test_a_lock_is_written_on_conditions_only(bucket: Bucket) -> None:
    place, me = LockObject(bucket), this_process("a", FakeClock())
    assert await place.read() is None
    first = await place.write(me, "")
    assert first is not None
    assert await place.write(me, "") is None
    second = await place.write(me, first)
    assert second not in (None, first)
    assert await place.write(me, first) is None
    held = await place.read()
    assert held is not None
    assert (held.tag, held.holder) == (second, me)
    assert held.age is not None
    await place.remove()
    assert await place.read() is None
    assert await bucket.head("nba/.adce/lock") is None
