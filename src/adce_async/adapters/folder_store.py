"""A lake in a folder as both see it, who owns it and who only looks: opening, closing, reading."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from adce_async.adapters.lake_index import OWN, LakeIndex
from adce_async.adapters.together import Together
from adce_async.clock import SystemClock
from adce_async.model.coverage import StoredObject
from adce_async.model.keys import is_valid, validate_key
from adce_async.ports import Clock

T = TypeVar("T")


class FolderStore:
    """The reading half of `ports.ObjectStore` over the folder `root`; an async context manager.

    Whoever derives from it says in `_open` how `_index` comes about, and what has to be closed.
    """

    list_requests = 0

    def __init__(self, root: Path, *, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._root = Path(os.path.realpath(root))
        self._own = self._root / OWN
        self._threads = ThreadPoolExecutor(8, "adce-store")
        self._looks = Together(self._threads, self._look_each)
        self._index: LakeIndex
        self._opened: ExitStack
        self.recovered: str | None = None

    @property
    def unusable_names(self) -> int:
        """Names that listings have left out."""
        return self._index.unusable_names

    async def __aenter__(self) -> Self:
        await self._in_thread(self._open)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self._opened.close)  # ends the threads of our own, too

    def _open(self) -> None:
        """Make `_index`, and `_opened`, which closes the lake. In a worker thread; raises FixMeError."""
        raise NotImplementedError

    async def list(self, prefix: str = "") -> AsyncIterator[Sequence[StoredObject]]:
        """Batches of at most 2,000 objects, each read in a thread when it is asked for.

        Symbolic links to files within the lake count as objects, those to folders are not followed.
        """
        batches = self._index.batches(prefix)
        while batch := await self._in_thread(lambda: next(batches, None)):
            yield batch

    async def head(self, key: str) -> StoredObject | None:
        """The object, or None if there is none."""
        validate_key(key)
        return await self._in_thread(lambda: self._index.head(key))

    async def heads(self, keys: Collection[str]) -> Mapping[str, StoredObject]:
        """Those of `keys` that are there; calls at the same time share the way to a thread."""
        return await self._looks.ask([key for key in keys if is_valid(key)])

    async def get(self, key: str) -> bytes | None:
        """The body, or None if there is none."""
        validate_key(key)
        return await self._in_thread(lambda: self._index.get(key))

    @asynccontextmanager
    async def local_copy(self, key: str) -> AsyncIterator[Path | None]:
        """The object's own file; None if there is none."""
        validate_key(key)
        status = await self._in_thread(lambda: self._index.status(key))
        yield None if status is None else self._root / key

    async def provenance(self, key: str) -> Mapping[str, object] | None:
        """What was kept with the object; None also if somebody else has changed it since."""
        validate_key(key)
        row = await self._in_thread(lambda: self._index.row(key))
        return None if row is None else row.provenance()

    def _look_each(self, asked: Sequence[Sequence[str]]) -> Sequence[Mapping[str, StoredObject]]:
        found = self._index.heads({key for keys in asked for key in keys})
        return [{key: found[key] for key in keys if key in found} for keys in asked]

    async def _in_thread(self, do: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, do)
