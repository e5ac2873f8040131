from __future__ import annotations

import contextlib
import errno
import os
import sys
import threading

import pytest

from adce_async.cli import logpipe
from adce_async.cli.logpipe import LogPipe, stderr_piped


@pytest.fixture
def ends():
    read, write = os.pipe()
    yield read, write
    for number in (read, write):
        with contextlib.suppress(OSError):
            os.close(number)


def read_until(number: int, text: bytes) -> bytes:
    found = b""
    while text not in found:
        chunk = os.read(number, 65_536)
        assert chunk, found
        found += chunk
    return found


def test_lines_arrive_whole_and_in_order(ends) -> None:
    read, write = ends
    pipe = LogPipe(write)
    for number in range(500):
        pipe.write(f"line {number}\n")
    pipe.write("ein Baß\udcff\n")
    assert pipe.drain()
    lines = read_until(read, b"udcff\n").decode().splitlines()
    assert lines == [*(f"line {number}" for number in range(500)), "ein Baß\\udcff"]


def test_a_full_pipe_holds_nobody_and_what_is_dropped_is_counted_and_said(ends) -> None:
    read, write = ends
    pipe = LogPipe(write, most=200_000)
    line = "x" * 999 + "\n"
    for _ in range(1000):
        pipe.write(line)  # a megabyte; nobody reads
    assert not pipe.drain(0.05)
    found = bytearray()
    reader = threading.Thread(target=lambda: found.extend(read_until(read, b"again")))
    reader.start()
    assert pipe.drain(10.0)
    pipe.write("again\n")
    reader.join(10.0)
    # the thread may have found room once in between, and then it was said twice
    said = sum(int(text.split()[0]) for text in found.decode().splitlines() if "dropped" in text)
    kept = found.count(b"x" * 999)
    assert said == 1000 - kept
    assert 200 <= kept < 1000


def test_a_reader_who_has_gone_is_forgotten(ends) -> None:
    read, write = ends
    os.close(read)
    pipe = LogPipe(write)
    pipe.write("one\n")
    assert pipe.drain()
    pipe.write("two\n")
    assert pipe.drain()


def test_a_full_disk_is_waited_for(ends, monkeypatch) -> None:
    read, write = ends
    monkeypatch.setattr(logpipe, "RETRY_SECONDS", 0.0)
    full = [True]
    real = os.write

    def writes(number, data):
        if full.pop() if full else False:
            raise OSError(errno.ENOSPC, "full")
        return real(number, data)

    monkeypatch.setattr(os, "write", writes)
    pipe = LogPipe(write)
    pipe.write("lost\n")
    assert pipe.drain()
    pipe.write("kept\n")
    assert pipe.drain()
    assert read_until(read, b"kept\n").decode().splitlines()[-1] == "kept"


def test_stderr_is_piped_within_and_complete_afterwards(capfd) -> None:
    with stderr_piped():
        sys.stderr.write("one\n")
        assert isinstance(sys.stderr, LogPipe)
    sys.stderr.write("two\n")
    assert capfd.readouterr().err == "one\ntwo\n"
