"""Small bodies are written several at a time: for them the way to a thread costs more than the write."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor

from adce_async.ports import Provenance

SMALL_BYTES = 262_144
"""Bodies up to here go together, ..."""
SMALL_AT_ONCE = 32
"""... but not more than this."""

Put = tuple[str, bytes, Provenance]


class SmallPuts:
    """What is put while a batch is written becomes the next batch.

    `write_each`: writes a batch in a thread of `threads`, and says of each put whether its content was new, or what
    it failed of.
    """

    def __init__(self, threads: Executor, write_each: Callable[[Sequence[Put]], Sequence[bool | Exception]]) -> None:
        self._threads = threads
        self._write_each = write_each
        self._waiting: deque[tuple[Put, asyncio.Future[bool]]] = deque()
        self._writing = False

    async def put(self, put: Put) -> bool:
        """True if its content was new; raises what it failed of."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[bool] = loop.create_future()
        self._waiting.append((put, done))
        if not self._writing:
            self._writing = True
            loop.call_soon(self._next_batch)  # soon: all that put in this turn of the loop go together
        return await done

    def _next_batch(self) -> None:
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), SMALL_AT_ONCE))]
        if not batch:
            self._writing = False
            return
        puts = [put for put, _ in batch]
        run = asyncio.get_running_loop().run_in_executor(self._threads, self._write_each, puts)

        def resolve(written: asyncio.Future[Sequence[bool | Exception]]) -> None:
            failure = written.exception()
            results = [failure] * len(batch) if failure else written.result()
            for (_, done), result in zip(batch, results, strict=True):
                if done.done():
                    continue
                if isinstance(result, BaseException):
                    done.set_exception(result)
                else:
                    done.set_result(result)
            self._next_batch()

        run.add_done_callback(resolve)
