"""File systems, as a lake in a folder needs them: walking, making, syncing, errors in plain words. All of it blocks."""

# ruff: noqa: PTH116 - paths are texts here: making Path objects takes longer than the system calls

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import structlog

from adce_async.errors import InvalidKeyError
from adce_async.model.keys import validate_key

log = structlog.get_logger("adce.lake")

MOST_NAMES_SAID = 10
"""Names that can't be keys which are said, of all that a lake has."""

VOLUME_FOLDERS = frozenset(
    {"lost+found", ".snapshot", ".snapshots", ".zfs", "$RECYCLE.BIN", "System Volume Information"}
)
"""What file systems themselves put at the top of a volume: never part of a lake, and mostly not for us to read."""

COSMETIC = frozenset(
    {
        errno.EPERM, errno.EACCES, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP,
        errno.ENOSYS, errno.EBADF, errno.EISDIR, errno.ENOTTY,
    }
)  # fmt: skip
"""How file systems say that they don't know a call, or not for this user."""

PROBE_BYTES = 65_536
"""More than what a file system finds room for in places that it has already."""

OF_ITS_NAME = frozenset({errno.ENAMETOOLONG, errno.EISDIR, errno.EILSEQ, errno.EINVAL, errno.ELOOP})
"""What keeps one object from being stored and says nothing about the others."""

_ADVICE = {
    errno.ENOSPC: "no space is left on its disk: free some",
    errno.EDQUOT: "the disk quota is used up: free some space or raise it",
    errno.EFBIG: "is larger than the file system or the process's limit (ulimit -f) allows: raise that",
    errno.EROFS: "its file system is read-only: mount it writable",
    errno.EACCES: "permission denied: give it to the service's user (chown, chmod)",
    errno.EPERM: "not permitted: give it to the service's user (chown, chmod)",
    errno.ENOENT: "is gone: was the folder moved, or its disk unmounted?",
    errno.ENOTDIR: "a part of its path is a file, not a folder: move that file away",
    errno.EEXIST: "a part of its path is a file, not a folder: move that file away",
    errno.EISDIR: "is a folder, not a file: move it away",
    errno.EXDEV: "lies on another file system than the lake's .adce folder: mount the lake as one",
    errno.EMFILE: "too many open files: raise the limit (ulimit -n)",
    errno.EIO: "its disk could not be read or written: see the system's log",
    errno.ENOLCK: "its file system gives no locks, which keep two instances apart: use another, or mount it with locks",
    errno.EINVAL: "its file system does not take this name or call: use another one, such as a local disk",
    errno.ENOTSUP: "its file system does not know this call: use another one, such as a local disk",
    errno.ENOSYS: "its file system does not know this call: use another one, such as a local disk",
    errno.ENAMETOOLONG: "its name is longer than its file system takes",
    errno.EILSEQ: "its file system has no way to write this name: mount it with UTF-8 names",
    errno.ELOOP: "symbolic links on its path lead to each other: remove them",
}


class Leniency:
    """Calls that no promise depends on and some file systems refuse: said once each, for `place`; then it goes on."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._said: set[str] = set()

    @contextlib.contextmanager
    def towards(self, call: str, effect: str) -> Iterator[None]:
        """Let be if `call` is refused inside, which has the `effect`; other errors go through."""
        try:
            yield
        except OSError as error:
            self.forgive(error, call, effect)

    def forgive(self, error: OSError, call: str, effect: str) -> None:
        """What `towards` does about an error; for calls that are made so often that a `with` costs too much."""
        if error.errno not in COSMETIC:
            raise error
        if call not in self._said:
            self._said.add(call)
            log.warning("a call is refused", by=str(self._place), call=call, why=error.strerror, effect=effect)


class UnusableNames:
    """Files of the lake whose names can't be keys: left out of it, and the first few of them said once each."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._said: set[str] = set()
        self.met = 0
        """How often one was met."""

    def left_out(self, name: str) -> None:
        """Say so of `name`, unless it has been said or that many have been said that a lake full of them is known."""
        self.met += 1
        if name in self._said or len(self._said) >= MOST_NAMES_SAID:
            return
        self._said.add(name)
        more = {"more": "further ones are not named"} if len(self._said) == MOST_NAMES_SAID else {}
        log.warning("a file is left out", lake=str(self._place), name=name, why="its name can't be a key", **more)


def describe(path: str | os.PathLike[str], doing: str, error: OSError) -> str:
    """One line: the path, what was tried, what is wrong, what to do."""
    advice = _ADVICE.get(error.errno or 0, error.strerror or str(error))
    return f"{os.fspath(path)}: {doing}: {advice}"


def walk(root: Path, prefix: str, own: str, skip: Callable[[str], None]) -> Iterator[tuple[str, os.stat_result]]:
    """Key and status of each file below `root` whose key begins with `prefix`, but for the folder `own` in it.

    Reads no folder that the prefix rules out, and holds one folder open at a time. A file that vanishes meanwhile is
    left out; a folder that can't be read, or has vanished, raises OSError. `skip` is told names that can't be keys.
    """
    base, slash, start = prefix.rpartition("/")
    folder = f"{root}/{base}" if base else str(root)
    if slash and not _is_folder(base, folder):
        return
    folders = [(folder, f"{base}/" if base else "", start)]
    while folders:
        folder, base, start = folders.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                key = base + entry.name
                if not entry.name.startswith(start) or key == own or (not base and entry.name in VOLUME_FOLDERS):
                    continue
                try:
                    validate_key(key)
                except InvalidKeyError:
                    skip(key)
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append((entry.path, f"{key}/", ""))
                elif status := file_status(entry.path, root, own, entry):
                    yield key, status


def _is_folder(base: str, folder: str) -> bool:
    """True if the folder of a prefix is there, and not by way of a symbolic link."""
    try:
        validate_key(base)
        return os.path.realpath(folder) == folder and stat.S_ISDIR(os.stat(folder).st_mode)
    except (InvalidKeyError, FileNotFoundError, NotADirectoryError):
        return False


def file_status(path: str, root: Path, own: str, entry: os.DirEntry[str] | None = None) -> os.stat_result | None:
    """The status of a file, None if there is none; a symbolic link is followed if it ends at a file of the lake.

    `entry`, where there is one, saves asking the system what it has told already.
    """
    try:
        if entry is not None and entry.is_file(follow_symlinks=False):
            return entry.stat(follow_symlinks=False)
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            target = Path(os.path.realpath(path))
            if not target.is_relative_to(root) or target.is_relative_to(root / own):
                return None
            status = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:  # links that lead to each other
            return None
        raise
    return status if stat.S_ISREG(status.st_mode) else None


def sync(path: str) -> None:
    """Bring a file or a folder to disk, if it is still there."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_alone(presence: int) -> bool:
    """True if no other process has the lake open; the lock keeps others from doing what is for one alone."""
    try:
        fcntl.flock(presence, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def probe(path: str) -> None:
    """See that files can be made, brought to disk and renamed there; nothing stays. Raises OSError."""
    there = f"{path}-renamed"
    try:
        with open(path, "xb") as file:  # noqa: PTH123
            file.write(bytes(PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
        os.replace(path, there)  # noqa: PTH105
    except OSError as error:
        error.filename = error.filename or path  # `fsync` and `write` name none
        raise
    finally:
        for name in (path, there):
            with contextlib.suppress(OSError):
                os.unlink(name)  # noqa: PTH108


def create(path: str, body: bytes, at: int, lenient: Leniency) -> os.stat_result:
    """Write a new file that was modified at `at` (nanoseconds). By its descriptor: paths take longer."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        left = memoryview(body)
        while left:
            left = left[os.write(descriptor, left) :]
        set_time(descriptor, at, lenient)
        return os.fstat(descriptor)
    finally:
        os.close(descriptor)


def set_time(file: int | str, at: int, lenient: Leniency) -> None:
    """Make `at` (nanoseconds) the time of a file, where its file system lets us."""
    try:
        os.utime(file, ns=(at, at))
    except OSError as error:
        lenient.forgive(error, "utime", "files don't bear the time they were fetched at; the lake's index does")


def link(path: Path, other: str) -> None:
    """A second name for the file, if it has but one; a copy on file systems that know no such thing.

    No two objects may ever share a file: times belong to the file, and each object has its own.
    """
    if path.parent == Path(other).parent and path.stat().st_nlink == 1:
        try:
            os.link(path, other)
            return
        except OSError as error:
            if error.errno not in COSMETIC | {errno.EMLINK, errno.EXDEV}:
                raise
    shutil.copyfile(path, other)


def status_before(path: str) -> os.stat_result | None:
    """The status of the regular file that a put is going to replace, None if there is none."""
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status if stat.S_ISREG(status.st_mode) else None
