from __future__ import annotations

import resource
import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from adce_async.adapters.grant_journal import MmapGrantJournal
from adce_async.errors import FixMeError


def times_after_reopening(path: Path, source: str, capacity: int = 100) -> list[float]:
    journal = MmapGrantJournal(path, capacity)
    try:
        return journal.load(source)
    finally:
        journal.close()


def filled(path: Path, capacity: int = 100, count: int = 3) -> None:
    journal = MmapGrantJournal(path, capacity)
    for at in range(count):
        journal.record("ant", float(at))
        journal.record("bee", at + 0.5)
    journal.close()


def test_sources_are_kept_apart_and_survive(tmp_path: Path) -> None:
    path = tmp_path / "state" / "adce.grants"
    filled(path)
    assert times_after_reopening(path, "ant") == [0.0, 1.0, 2.0]
    assert times_after_reopening(path, "bee") == [0.5, 1.5, 2.5]
    assert times_after_reopening(path, "cow") == []


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "grants"
    filled(path, capacity=4, count=10)
    assert times_after_reopening(path, "ant", 4) == [6.0, 7.0, 8.0, 9.0]
    assert path.stat().st_size < 1000


def test_order_is_that_of_recording_even_if_the_clock_was_set_back(tmp_path: Path) -> None:
    journal = MmapGrantJournal(tmp_path / "grants", 3)
    for at in (5.0, 9.0, 1.0, 2.0):
        journal.record("ant", at)
    assert journal.load("ant") == [9.0, 1.0, 2.0]
    journal.close()
    journal.close()


@pytest.mark.parametrize(("before", "after"), [(10, 3), (3, 10)])
def test_the_capacity_may_change(tmp_path: Path, before: int, after: int) -> None:
    path = tmp_path / "grants"
    filled(path, capacity=before, count=8)
    assert times_after_reopening(path, "ant", after) == [5.0, 6.0, 7.0]


@pytest.mark.parametrize("content", [b"", b"x", b"not a journal of ours" * 100, b"adcegrnt" + b"\xff" * 500])
def test_what_is_no_journal_is_set_aside(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "grants"
    path.write_bytes(content)
    assert times_after_reopening(path, "ant") == []
    assert (tmp_path / "grants.broken").read_bytes() == content
    filled(path)
    assert times_after_reopening(path, "ant") == [0.0, 1.0, 2.0]


def test_damaged_records_and_sections_cost_only_themselves(tmp_path: Path) -> None:
    path = tmp_path / "grants"
    filled(path)
    data = bytearray(path.read_bytes())
    section = (len(data) - 64) // 2
    name = 256
    struct.pack_into("<d", data, 64 + name + 24 + 8, 77.0)  # the second time of the first source, half written
    data[64 + section + 252] ^= 1  # the checksum of the second source's name
    path.write_bytes(data + b"\0" * 10)
    assert times_after_reopening(path, "ant") == [0.0, 2.0]
    assert times_after_reopening(path, "bee") == []


def test_a_cut_file_keeps_its_whole_sections(tmp_path: Path) -> None:
    path = tmp_path / "grants"
    filled(path)
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    assert times_after_reopening(path, "ant") == [0.0, 1.0, 2.0]
    assert times_after_reopening(path, "bee") == []


def test_names_of_any_alphabet_fit_up_to_a_length(tmp_path: Path) -> None:
    path = tmp_path / "grants"
    journal = MmapGrantJournal(path, 10)
    names = ["s" * 252, "é" * 126, "_global"]
    for at, name in enumerate(names):
        journal.record(name, float(at))
    with pytest.raises(ValueError, match="252 bytes"):
        journal.record("s" * 253, 0.0)
    journal.close()
    assert [times_after_reopening(path, name, 10) for name in names] == [[0.0], [1.0], [2.0]]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FixMeError, match="journal of requests"):
        MmapGrantJournal(tmp_path / "file" / "grants")


def test_a_full_disk_is_told_when_there_is_time_for_it(tmp_path: Path) -> None:
    path = tmp_path / "grants"
    journal = MmapGrantJournal(path, 100)
    assert journal.load("ant") == []
    size = path.stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, before[1]))  # as if the disk were full
    try:
        with pytest.raises(FixMeError, match="journal of requests can't be written"):
            journal.load("bee")
        journal.record("ant", 1.0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    journal.record("bee", 2.0)
    assert (journal.load("ant"), journal.load("bee")) == ([1.0], [2.0])
    journal.close()
    assert times_after_reopening(path, "bee") == [2.0]


KILLED = """
import sys
from pathlib import Path
from adce_async.adapters.grant_journal import MmapGrantJournal

journal = MmapGrantJournal(Path(sys.argv[1]), 1000)
for number in range(10_000_000):
    journal.record("ant", float(number))
    if number % 50 == 0:
        print(number, flush=True)
"""


def test_what_was_recorded_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "grants"
    with subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = 0
        while said < 5000:
            said = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        # what it said after we stopped reading was recorded too; the pipe holds the rest
        rest = process.stdout.read().split()
    last = int(rest[-2]) if len(rest) > 1 else said
    times = times_after_reopening(path, "ant", 1000)
    assert len(times) in {999, 1000}  # the one that was being written may be missing
    assert times == [times[0] + n for n in range(len(times))]
    assert times[-1] >= last
