"""Told by the system when a file is saved: by inotify on Linux, which costs nothing while nothing happens; elsewhere by
`watchfiles`, whose thread looks again and again.
"""

from __future__ import annotations

import asyncio
import errno
import re
import sys
from collections.abc import AsyncGenerator, Collection
from pathlib import Path

LOOK_MS = 60
"""Milliseconds between two looks of `watchfiles`: each one wakes a thread, and a change is told after at most three."""


LOCAL = frozenset(
    ["bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "jfs", "overlay", "ramfs", "reiserfs", "tmpfs", "xfs", "zfs"]
)
"""File systems that no other machine writes to; of any other the system may tell a part."""
MOUNTS = Path("/proc/self/mountinfo")


def tells_all(folder: Path, names: Collection[str] = ()) -> bool:
    """True if whoever writes the files `names` does it in `folder`, on this machine, so that the system tells of it.

    Blocking. False where that is not known: on any system but Linux, for a link to a file that lies elsewhere, for a
    file that is mounted by itself (into a container, most often).
    """
    try:
        lines = MOUNTS.read_text(errors="surrogateescape").splitlines()
        place = folder.resolve()
    except OSError:
        return False
    kinds: dict[Path, str] = {}
    for line in lines:  # as in proc(5): `36 35 98:0 / /mnt/a\040b rw master:1 - ext4 /dev/sda1 rw`; the last is on top
        mount, _, kind = line.partition(" - ")
        point = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), mount.split(" ")[4])
        kinds[Path(point)] = kind.split(" ")[0]
    if any(place / name in kinds or (place / name).is_symlink() for name in names):
        return False
    return next((kinds[each] in LOCAL for each in (place, *place.parents) if each in kinds), False)


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
