"""A bare aiohttp loop on uvloop that makes the promises of the lake; see the package's docstring.

Each object appears whole or not at all (a temporary file that is renamed), is on disk, with a row that tells where it
came from, before it counts as done; files are synced and rows committed in groups of 50 ms, in a thread.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import uvloop
import work

GROUP_SECONDS = 0.05
_TABLE = "CREATE TABLE objects (key TEXT PRIMARY KEY, url TEXT, at REAL, sha256 TEXT, size INTEGER) WITHOUT ROWID"


class Store:
    """What was written and is not on disk yet, and the table of what is."""

    def __init__(self) -> None:
        self.done = 0
        self._turn = asyncio.Lock()  # the last commit waits for one that is under way
        self._written: list[tuple[Path, tuple[object, ...]]] = []
        self._database = sqlite3.connect(Path(work.FOLDER, "objects.db"), check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute(_TABLE)

    def put(self, name: str, url: str, body: bytes) -> None:
        """Check and write one body."""
        work.check(name, body)
        digest = hashlib.sha256(body).hexdigest()
        for path in work.files(name):
            fresh = path.with_name(f".{path.name}")
            fresh.write_bytes(body)
            fresh.replace(path)
            self._written.append((path, (path.name, url, time.time(), digest, len(body))))

    async def commit(self) -> None:
        """Bring to disk what was written since the last time."""
        async with self._turn:
            group, self._written = self._written, []
            if group:
                await asyncio.to_thread(self._sync, group)
                self.done += len(group)

    def _sync(self, group: list[tuple[Path, tuple[object, ...]]]) -> None:
        for path in (*(path for path, _ in group), Path(work.FOLDER)):
            descriptor = os.open(path, os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)
        with self._database:
            self._database.executemany("REPLACE INTO objects VALUES (?, ?, ?, ?, ?)", [row for _, row in group])


async def fetch_all(names: list[str]) -> None:
    """The work."""
    store, left = Store(), iter(names)
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as settling:
        committing = settling.create_task(_commit(store), name="commit")
        async with asyncio.TaskGroup() as group:
            for number in range(work.CONCURRENCY):
                group.create_task(_worker(session, left, store), name=f"worker {number}")
        committing.cancel()
    await store.commit()
    if store.done != sum(len(work.files(name)) for name in names):
        raise SystemExit(f"stored {store.done}")


async def _commit(store: Store) -> None:
    while True:
        await asyncio.sleep(GROUP_SECONDS)
        await asyncio.shield(store.commit())


async def _worker(session: aiohttp.ClientSession, left: Iterator[str], store: Store) -> None:
    for name in left:
        url = work.address(name)
        async with session.get(url) as response:
            response.raise_for_status()
            store.put(name, url, await response.read())


if __name__ == "__main__":
    names = work.ids()
    began, cpu = time.perf_counter(), time.process_time()
    uvloop.run(fetch_all(names))
    print(json.dumps({"wall": time.perf_counter() - began, "cpu": time.process_time() - cpu}))
