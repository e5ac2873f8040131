"""Small calls that block, several at a time: for them the way to a thread costs more than what is done there."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Generic, TypeVar

AT_ONCE = 32
"""The most that go together."""
TURNS = 6
"""Turns of the loop for which the first of a batch waits for others.

They take no time where the loop is at rest. Where it is busy, they halve the ways to threads, each of which costs as
much as several small calls: both threads want the interpreter's lock at once.
"""

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Together(Generic[Asked, Answer]):
    """What is asked in a few turns of the loop, or while a batch is at work, becomes a batch.

    `do_each`: works off a batch in a thread of `threads`, and says of each what came of it, or what it failed of.
    """

    def __init__(self, threads: Executor, do_each: Callable[[Sequence[Asked]], Sequence[Answer | Exception]]) -> None:
        self._threads = threads
        self._do_each = do_each
        self._waiting: deque[tuple[Asked, asyncio.Future[Answer]]] = deque()
        self._at_work = False

    async def ask(self, asked: Asked) -> Answer:
        """What came of it; raises what it failed of."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((asked, done))
        if not self._at_work:
            self._at_work = True
            loop.call_soon(self._gather, loop, TURNS)
        return await done

    def _gather(self, loop: asyncio.AbstractEventLoop, turns: int) -> None:
        if turns <= 1 or len(self._waiting) >= AT_ONCE:
            self._next_batch()
        else:
            loop.call_soon(self._gather, loop, turns - 1)

    def _next_batch(self) -> None:
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), AT_ONCE))]
        if not batch:
            self._at_work = False
            return
        run = asyncio.get_running_loop().run_in_executor(self._threads, self._do_each, [asked for asked, _ in batch])

        def resolve(came: asyncio.Future[Sequence[Answer | Exception]]) -> None:
            failure = came.exception()
            results = [failure] * len(batch) if failure else came.result()
            for (_, done), result in zip(batch, results, strict=True):
                if done.done():
                    continue
                if isinstance(result, BaseException):
                    done.set_exception(result)
                else:
                    done.set_result(result)
            self._next_batch()

        run.add_done_callback(resolve)
