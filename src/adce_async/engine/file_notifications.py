"""Told by the system when a file is saved: by inotify on Linux, which costs nothing while nothing happens; elsewhere by
`watchfiles`, whose thread looks again and again.
"""

from __future__ import annotations

import asyncio
import errno
import sys
from collections.abc import AsyncGenerator, Collection
from pathlib import Path

LOOK_MS = 60
"""Milliseconds between two looks of `watchfiles`: each one wakes a thread, and a change is told after at most three."""


def saved(folder: Path, names: Collection[str]) -> AsyncGenerator[None, None]:
    """Yields whenever one of the files `names` in `folder` was written, moved there or away, or deleted.

    Files need not be there. One that is written and not closed is not told of on Linux, and nothing is that another
    machine does to a shared folder. Raises OSError or RuntimeError where the system tells nothing (any more).
    """
    return _by_inotify(folder, names) if sys.platform == "linux" else _by_looks(folder, names)


async def _by_inotify(folder: Path, names: Collection[str]) -> AsyncGenerator[None, None]:
    from inotify_simple import INotify, flags  # noqa: PLC0415 - Linux alone has it

    # not what is modified: a database that lies beside them is, with each commit
    wanted = flags.CLOSE_WRITE | flags.MOVED_FROM | flags.MOVED_TO | flags.DELETE | flags.MOVE_SELF | flags.ONLYDIR
    over = flags.IGNORED | flags.MOVE_SELF
    loop, some = asyncio.get_running_loop(), asyncio.Event()
    with INotify(nonblocking=True) as inotify:
        inotify.add_watch(folder, wanted)
        loop.add_reader(inotify.fileno(), some.set)
        try:
            while True:
                await some.wait()
                some.clear()
                events = inotify.read(timeout=0)
                if any(event.name in names or event.mask & flags.Q_OVERFLOW for event in events):
                    yield
                if any(event.mask & over for event in events):
                    raise FileNotFoundError(errno.ENOENT, "the folder is not there any more", str(folder))
        finally:
            loop.remove_reader(inotify.fileno())


async def _by_looks(folder: Path, names: Collection[str]) -> AsyncGenerator[None, None]:
    import watchfiles  # noqa: PLC0415 - a thread and several megabytes, where they are needed

    async for _ in watchfiles.awatch(
        folder,
        watch_filter=lambda _change, name: Path(name).name in names,
        recursive=False,
        step=LOOK_MS,
        debounce=LOOK_MS,
    ):
        yield
