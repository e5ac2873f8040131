"""Processes that begin where imports end.

What starts Python imports the program for half a second, which is most of what a short command costs. Here one
interpreter, `python warm.py FD`, imports it once and forks: each command is still a process of its own, with its own
files, environment and exit code. It has one thread and no event loop, so that nothing is lost by forking.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self, TextIO

PROGRAM = "adce_async"
SERVER = "adce_async.demo.server"
CODE = "-c"
LATER = ("aiobotocore.session", "encodings.utf_8_sig", "uvloop")
"""What of others is imported by functions."""
LIMIT = 100.0
"""Seconds that any process of these tests may take; none comes near, unless many others use the machine."""


class Warm:
    """The interpreter that forks, for as long as the tests run. Not to be used by two threads."""

    def __init__(self, *before: str) -> None:
        """`before`: a command that is given a command to run, such as `setpriv`."""
        self._channel, theirs = socket.socketpair()
        with theirs:
            command = [*before, sys.executable, __file__, str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()])

    def run(
        self, arguments: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """`adce ARGUMENTS` from its start to its end; `env` is added to ours."""
        return self._run(PROGRAM, arguments, env, cwd)

    def run_code(self, code: str, *arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """`python -c CODE ARGUMENTS` from its start to its end."""
        return self._run(CODE, [code, *map(str, arguments)], None, cwd)

    def _run(
        self, module: str, arguments: Sequence[str], env: Mapping[str, str] | None, cwd: Path | None
    ) -> subprocess.CompletedProcess[str]:
        with tempfile.TemporaryFile("w+") as stdout, tempfile.TemporaryFile("w+") as stderr:
            process = self.start(module, arguments, env=env, cwd=cwd, stdout=stdout.fileno(), stderr=stderr.fileno())
            code = process.wait(LIMIT)
            stdout.seek(0)
            stderr.seek(0)
            return subprocess.CompletedProcess(list(arguments), code, stdout.read(), stderr.read())

    def start(
        self,
        module: str,
        arguments: Sequence[str],
        *,
        stdout: int,
        stderr: int,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Forked:
        """`python -m MODULE ARGUMENTS` (CODE: `python -c ARGUMENTS`); `stdout` and `stderr` are file descriptors, `env` is added to ours."""
        ours, theirs = os.pipe()
        message = json.dumps([module, list(arguments), {**os.environ, **(env or {})}, str(cwd or Path.cwd())]).encode()
        socket.send_fds(self._channel, [len(message).to_bytes(4, "big")], [stdout, stderr, theirs])
        self._channel.sendall(message)
        os.close(theirs)
        return Forked(ours)

    def close(self) -> None:
        """It ends when nobody can ask it any more."""
        self._channel.close()
        self._process.wait(timeout=10)


class Forked:
    """A process that was forked."""

    def __init__(self, status: int) -> None:
        self._status = os.fdopen(status, "rb", buffering=0)
        self.pid = int.from_bytes(self._status.read(4) or b"", "big")
        assert self.pid, "the interpreter that forks has ended"

    def wait(self, timeout: float) -> int:
        """The exit code. Kills what does not end in time and raises TimeoutError."""
        try:
            ended, _, _ = select.select([self._status], [], [], timeout)
            if not ended:
                os.kill(self.pid, signal.SIGKILL)
                raise TimeoutError(f"process {self.pid} did not end in {timeout} s")
            return int.from_bytes(self._status.read(4) or b"", "big", signed=True)
        finally:
            self._status.close()

    def has_ended(self) -> bool:
        return bool(select.select([self._status], [], [], 0)[0])

    def send_signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class Speaking:
    """`python -c CODE ARGUMENTS` while it runs, forked: what it says can be read from `stdout`."""

    def __init__(self, warm: Warm, code: str, *arguments: object) -> None:
        ours, theirs = os.pipe()
        self.stdout = os.fdopen(ours)
        self._process = warm.start(CODE, [code, *map(str, arguments)], stdout=theirs, stderr=2)
        os.close(theirs)
        self.pid = self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Kill it."""
        with self.stdout:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(LIMIT)

    def has_ended(self) -> bool:
        return self._process.has_ended()

    def rest(self) -> list[str]:
        """Kill it; all lines that it had still said."""
        self._process.send_signal(signal.SIGKILL)
        return self.stdout.readlines()


class Running:
    """`python -m MODULE ARGUMENTS` while it runs, forked: what of `subprocess.Popen` the tests use."""

    def __init__(self, warm: Warm, module: str, arguments: Sequence[str], cwd: Path | None = None) -> None:
        ours, theirs = os.pipe()
        with Path(os.devnull).open("w") as nowhere:
            self._process = warm.start(module, arguments, cwd=cwd, stdout=nowhere.fileno(), stderr=theirs)
        os.close(theirs)
        self.pid = self._process.pid
        self.returncode: int | None = None
        self.stderr: TextIO | None = os.fdopen(ours)

    def poll(self) -> int | None:
        return self.wait(0) if self.returncode is None and self._process.has_ended() else self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            self._process.send_signal(number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float = LIMIT) -> int:
        """The exit code. Kills what does not end in time and raises TimeoutError."""
        if self.returncode is None:
            self.returncode = self._process.wait(timeout)
        return self.returncode

    def communicate(self, timeout: float = LIMIT) -> tuple[None, str]:
        """What it still says until it ends."""
        said = ""
        if self.stderr is not None and not self.stderr.closed:
            with self.stderr:
                said = self.stderr.read()
        self.wait(timeout)
        return None, said


def serve(channel: socket.socket) -> None:
    """Fork whatever is asked for until nobody is left to ask."""
    os.environ["JE_ARROW_MALLOC_CONF"] = "background_thread:false"  # pyarrow would begin one, only by being imported
    _import_all()
    tasks = Path("/proc/self/task")
    assert not tasks.is_dir() or len(list(tasks.iterdir())) == 1, (
        "what other threads hold would be held for ever in forks"
    )
    gc.freeze()  # what never changes is not to be looked through, nor copied, in each of them
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that wait
    while True:
        size, files, _, _ = socket.recv_fds(channel, 4, 3)
        if not size:
            return
        message = b""
        while missing := int.from_bytes(size, "big") - len(message):
            message += channel.recv(missing)
        if os.fork() == 0:
            channel.close()
            _begin(*files, *json.loads(message))
            return
        for each in files:
            os.close(each)


def _import_all() -> None:
    """The whole program, with what its commands import only where they use it: sources, AWS, PostgreSQL, tables."""
    for found in pkgutil.walk_packages(importlib.import_module(PROGRAM).__path__, f"{PROGRAM}."):
        if not found.name.endswith(".__main__"):
            importlib.import_module(found.name)
    for name in LATER:
        importlib.import_module(name)
    sys.path[0] = str(Path(__file__).parents[1])
    aws_models = importlib.import_module("aws_models")
    aws_models.keep()
    aws_models.read()


def _begin(
    stdout: int, stderr: int, status: int, module: str, arguments: list[str], environ: dict[str, str], folder: str
) -> None:
    """Fork once more: one is the process, the other tells how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid:
        os.write(status, pid.to_bytes(4, "big"))
        os.close(stdout)
        os.close(stderr)
        _until_it_ends_or_nobody_cares(pid, status)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        with contextlib.suppress(BrokenPipeError):
            os.write(status, code.to_bytes(4, "big", signed=True))
        os._exit(0)
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    for each in (stdout, stderr, status):
        os.close(each)
    # those of the interpreter know what its own files are: to be sought in, or a terminal
    sys.stdout = sys.__stdout__ = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    sys.argv[1:] = arguments
    sys.path[0] = folder  # as `python -m` has it
    try:
        _run(module)
    except SystemExit as leave:
        if leave.code is not None and not isinstance(leave.code, int):
            raise
        _end(leave.code or 0)
    _end(0)


def _run(module: str) -> None:
    if module == CODE:
        main = types.ModuleType("__main__")
        sys.modules["__main__"] = main
        exec(compile(sys.argv.pop(1), "<string>", "exec"), main.__dict__)
    else:
        sys.modules.pop(module, None)  # it is to run once more, as `__main__`
        runpy.run_module(module, run_name="__main__", alter_sys=True)


def _end(code: int) -> None:
    """What the interpreter does at its end, but for taking itself apart: that would copy all that was shared."""
    threading._shutdown()  # waits for threads
    atexit._run_exitfuncs()
    gc.collect()  # what is left unclosed says so
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _until_it_ends_or_nobody_cares(pid: int, status: int) -> None:
    """Tests that are ended by force leave no process behind."""
    if not hasattr(os, "pidfd_open"):
        return
    process = os.pidfd_open(pid)
    both = select.poll()
    both.register(process, select.POLLIN)
    both.register(status, 0)  # that nobody can read it any more is told in any case
    if process not in (ready for ready, _ in both.poll()):
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
