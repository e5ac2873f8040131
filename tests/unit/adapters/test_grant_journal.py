from __future__ import annotations

import resource
import signal
import struct
import subprocess
import sys
import zlib
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


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        (10, 3, [5.0, 6.0, 7.0]),
        (10, 20, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]),
        (3, 5, [5.0, 5.0, 5.0, 6.0, 7.0]),  # two that no record is left of count as made later, never as not made
        (3, 10, [5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 6.0, 7.0]),  # there were eight in all
    ],
)
def test_the_capacity_may_change(tmp_path: Path, before: int, after: int, kept: list[float]) -> None:
    path = tmp_path / "grants"
    filled(path, capacity=before, count=8)
    assert times_after_reopening(path, "ant", after) == kept
    assert times_after_reopening(path, "ant", after) == kept


def test_sources_differ_in_how_many_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "grants"
    for _ in range(2):
        journal = MmapGrantJournal(path, 10, {"ant": 3000, "bee": 2})
        for source in ("ant", "bee", "cow"):
            journal.load(source)
        for at in range(3000):
            journal.record("ant", float(at))
            journal.record("bee", float(at))
        journal.close()
    assert path.stat().st_size == 64 + 3 * 256 + (3000 + 10 + 10) * 24
    journal = MmapGrantJournal(path, 10, {"ant": 3000})
    assert journal.load("ant") == [float(at) for at in range(3000)]
    assert journal.load("bee") == [float(at) for at in range(2990, 3000)]
    journal.record("bee", 3000.0)
    assert journal.load("bee")[-2:] == [2999.0, 3000.0]
    journal.close()


def test_what_the_first_version_wrote_is_read(tmp_path: Path) -> None:
    def section(name: bytes, times: list[float]) -> bytes:
        bodies = [struct.pack("<Qd", number, at) for number, at in enumerate(times)]
        records = b"".join(body + struct.pack("<I4x", zlib.crc32(body)) for body in bodies)
        return struct.pack("<252sI", name, zlib.crc32(name)) + records.ljust(4 * 24, b"\0")

    path = tmp_path / "grants"
    path.write_bytes(struct.pack("<8sII48x", b"adcegrnt", 1, 4) + section(b"ant", [1.0, 2.0]) + section(b"bee", [3.0]))
    assert [times_after_reopening(path, source) for source in ("ant", "bee")] == [[1.0, 2.0], [3.0]]


@pytest.mark.parametrize("content", [b"", b"x", b"not a journal of ours" * 100, b"adcegrnt" + b"\xff" * 500])
def test_what_is_no_journal_is_set_aside_and_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "grants"
    path.write_bytes(content)
    journal = MmapGrantJournal(path)
    assert (journal.load("ant"), journal.known) == ([], frozenset())
    assert f"{path} was damaged (" in (journal.recovered or "")
    assert "set aside as grants.broken, a new one was made" in (journal.recovered or "")
    journal.close()
    assert (tmp_path / "grants.broken").read_bytes() == content
    filled(path)
    assert times_after_reopening(path, "ant") == [0.0, 1.0, 2.0]


def damaged(path: Path, data: bytes) -> tuple[str, set[str]]:
    """What is said of the damage, and whose past is known in spite of it."""
    path.write_bytes(data)
    journal = MmapGrantJournal(path, 100)
    journal.close()
    return journal.recovered or "", set(journal.known)


def test_a_half_written_record_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "grants"
    filled(path)
    data = bytearray(path.read_bytes())
    struct.pack_into("<d", data, 64 + 256 + 24 + 8, 77.0)  # the second time of the first source
    assert damaged(path, data + b"\0" * 10) == ("", {"ant", "bee"})
    assert times_after_reopening(path, "ant") == [0.0, 2.0, 2.0]  # it was made, at the latest when the next one was


def test_a_damaged_section_is_named_and_the_others_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "grants"
    filled(path)
    data = bytearray(path.read_bytes())
    data[64 + 256 + 24 : 64 + 256 + 72] = b"?" * 48  # the second and the third record of the first source
    said, known = damaged(path, bytes(data))
    assert ("ant: 2 records are not readable" in said, known) == (True, {"bee"})
    assert times_after_reopening(path, "bee") == [0.5, 1.5, 2.5]
    filled(tmp_path / "other")
    data = bytearray((tmp_path / "other").read_bytes())
    data[(len(data) - 64) // 2 + 64 + 252] ^= 1  # the checksum of the second source's name
    said, known = damaged(path, bytes(data))
    assert ("not readable" in said, known) == (True, {"ant"})


def test_a_section_that_was_being_added_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "grants"
    filled(path)
    whole = path.read_bytes()
    journal = MmapGrantJournal(path, 100)
    journal.load("cow")
    journal.close()
    added = path.read_bytes()
    for length in (len(whole) + 10, len(whole) + 256, len(added) - 1, len(added)):
        assert damaged(path, whole + added[len(whole) : length]) == ("", {"ant", "bee"})
    assert damaged(path, added) == ("", {"ant", "bee", "cow"})


@pytest.mark.parametrize("length", [64, 100, 320, 1000])
def test_what_is_left_of_a_file_that_was_cut_is_no_whole_journal(tmp_path: Path, length: int) -> None:
    path = tmp_path / "grants"
    filled(path)
    said, known = damaged(path, path.read_bytes()[:length])
    assert ("it ends after 0 of 2 sources" in said, known) == (True, set())


def test_a_cut_file_keeps_its_whole_sections(tmp_path: Path) -> None:
    path = tmp_path / "grants"
    filled(path)
    data = path.read_bytes()
    said, known = damaged(path, data[:-1])
    assert ("it ends after 1 of 2 sources" in said, known) == (True, {"ant"})
    assert times_after_reopening(path, "ant") == [0.0, 1.0, 2.0]
    assert times_after_reopening(path, "bee") == []


def test_names_of_any_alphabet_fit_up_to_a_length(tmp_path: Path) -> None:
    path = tmp_path / "grants"
    journal = MmapGrantJournal(path, 10)
    names = ["s" * 248, "é" * 124, "_global"]
    for at, name in enumerate(names):
        journal.record(name, float(at))
    with pytest.raises(ValueError, match="248 bytes"):
        journal.record("s" * 249, 0.0)
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
