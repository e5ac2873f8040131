"""A real PostgreSQL server for tests: a cluster in a temporary folder, a process of its own, one for each worker."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

READY_SECONDS = 60.0
SETTINGS = ("fsync=off", "synchronous_commit=on", "full_page_writes=off", "max_connections=100", "shared_buffers=64MB")


def programs() -> Path | None:
    """The folder with `initdb` and `postgres`; None if there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).resolve().parent if elsewhere else None


class PostgresServer:
    """`dsn`: of its database. It can be stopped and started again, at the same place."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.dsn = f"postgresql://adce:of-nobody@127.0.0.1:{self.port}/postgres"
        self._number = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        # the server refuses to run as root
        self._as: dict[str, object] = {"cwd": "/", "user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        bin_folder = programs()
        assert bin_folder is not None
        self._bin = bin_folder

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def new_schema(self) -> str:
        """A name that nobody has used yet."""
        return f"test_{os.getpid()}_{next(self._number)}"

    def new_database(self) -> str:
        """The DSN of a fresh one."""
        import psycopg

        name = self.new_schema()
        statement = f"CREATE DATABASE {name}"
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(statement.encode())
        return self.dsn.rpartition("/")[0] + f"/{name}"

    def initialise(self) -> None:
        if self._as:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        command = [self._bin / "initdb", "-D", self.folder / "data", "-U", "adce", "-A", "trust", "-E", "UTF8", "-N"]
        subprocess.run([*command, "--locale=C.UTF-8"], check=True, capture_output=True, timeout=60, **self._as)  # type: ignore[call-overload]

    def start(self) -> None:
        settings = [part for setting in SETTINGS for part in ("-c", setting)]
        command = [self._bin / "postgres", "-D", self.folder / "data", "-p", str(self.port), "-h", "127.0.0.1"]
        self._process = subprocess.Popen(  # type: ignore[call-overload]
            [*command, "-k", self.folder, *settings], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self._as
        )
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            assert self._process is not None
            assert self._process.poll() is None, f"postgres ended with {self._process.returncode}"
            ready = subprocess.run(
                [self._bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)], timeout=30, check=False
            )
            if ready.returncode == 0:
                return
            time.sleep(0.05)
        raise AssertionError("postgres does not answer")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: at once, in order; SIGQUIT: as in a crash."""
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


@contextmanager
def running() -> Iterator[PostgresServer]:
    """The server, until the block is left."""
    folder = Path(tempfile.mkdtemp(prefix="adce-pg-"))
    try:
        server = PostgresServer(folder)
        server.initialise()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
