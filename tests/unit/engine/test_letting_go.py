"""Large lists are emptied beside the loop, small ones at once."""

from __future__ import annotations

import threading
import weakref

import pytest

from adce_async.engine.letting_go import SOME, let_go


class Thing:
    """Notes the thread in which it is freed."""

    def __init__(self, threads: set[int]) -> None:
        weakref.finalize(self, lambda: threads.add(threading.get_ident()))


@pytest.mark.parametrize(("count", "aside"), [(1, False), (SOME + 1, True)])
async def test_what_is_let_go_is_freed_and_the_loop_frees_few_only(count: int, aside: bool) -> None:
    threads: set[int] = set()
    things, others = [Thing(threads) for _ in range(count)], [1, 2]
    await let_go(things, others)
    assert things == others == []
    assert len(threads) == 1
    assert (threading.get_ident() not in threads) is aside
