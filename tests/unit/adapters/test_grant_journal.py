from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from tests.process.warm import Speaking, Warm

from adce_async.adapters.grant_journal import RESERVE_BYTES, FileGrantJournal, read_grants
from adce_async.errors import FixMeError, StoreError


def times_after_reopening(path: Path, source: str) -> list[float]:
    with closing(FileGrantJournal(path)) as journal:
        return journal.load(source)


def filled(path: Path, count: int = 3) -> None:
    with closing(FileGrantJournal(path)) as journal:
        for at in range(count):
            journal.record("ant", float(at))
            journal.record("bee", at + 0.5)


def test_a_request_that_counts_under_several_names_is_written_in_one_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, writes, real = tmp_path / "requests", [], os.pwrite
    with closing(FileGrantJournal(path)) as journal:
        journal.load("ant")
        monkeypatch.setattr(os, "pwrite", lambda *of: writes.append(of) or real(*of))
        journal.record("ant", 1.0, "_global")
        journal.record("bee", 2.0, "_global")
    assert len(writes) == 2
    with closing(FileGrantJournal(path)) as journal:
        assert [journal.load(name) for name in ("ant", "bee", "_global")] == [[1.0], [2.0], [1.0, 2.0]]


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """No file can grow beyond `size` bytes, as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_sources_are_kept_apart_and_survive(tmp_path: Path) -> None:
    path = tmp_path / "state" / "adce.grants"
    for _ in range(2):  # what was loaded is not written again
        filled(path)
    with closing(FileGrantJournal(path)) as journal:
        assert journal.load("ant") == [0.0, 1.0, 2.0, 0.0, 1.0, 2.0]
        assert journal.load("bee") == [0.5, 1.5, 2.5, 0.5, 1.5, 2.5]
        assert journal.load("cow") == []
        assert journal.recovered is None
    journal.close()


def test_order_is_that_of_recording_even_if_the_clock_was_set_back(tmp_path: Path) -> None:
    path = tmp_path / "grants"
    with closing(FileGrantJournal(path)) as journal:
        for at in (5.0, 9.0, 1.0, 2.0):
            journal.record("ant", at)
    assert times_after_reopening(path, "ant") == [5.0, 9.0, 1.0, 2.0]


def test_its_size_follows_what_was_sent(tmp_path: Path) -> None:
    path = tmp_path / "grants"
    with closing(FileGrantJournal(path)) as journal:
        for source in ("ant", "bee", "cow"):
            journal.load(source)
        assert path.stat().st_size == RESERVE_BYTES
        for at in range(10_000):
            journal.record("ant", at / 100)
        assert path.stat().st_size < 10_000 * 30 + 2 * RESERVE_BYTES
    assert path.stat().st_size < 10_000 * 30


def test_it_forgets_what_no_limit_asks_for_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "grants"
    with closing(FileGrantJournal(path, seconds=1000.0, segment=100_000)) as journal:
        for at in range(50_000):
            journal.record("ant", float(at))
            journal.record("_global", float(at))
    sizes = [each.stat().st_size for each in sorted(tmp_path.iterdir())]
    assert len(sizes) == 2
    assert sum(sizes) < 2 * 100_000 + 2 * RESERVE_BYTES
    for source in ("ant", "_global"):
        kept = times_after_reopening(path, source)
        assert kept == [kept[0] + n for n in range(len(kept))]
        assert kept[0] < 50_000 - 1000
        assert kept[-1] == 49_999
        assert read_grants(path)[source] == kept


def test_a_window_that_is_full_is_never_forgotten_however_large_the_file(tmp_path: Path) -> None:
    path = tmp_path / "grants"
    with closing(FileGrantJournal(path, seconds=3600.0, segment=1000)) as journal:
        for at in range(7000):
            journal.record("ant", at / 2)  # within an hour
    assert len(times_after_reopening(path, "ant")) == 7000


def test_a_crash_between_two_files_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "grants"
    filled(path)
    path.replace(tmp_path / "grants.1")
    with closing(FileGrantJournal(path)) as journal:
        assert (journal.load("ant"), journal.recovered) == ([0.0, 1.0, 2.0], None)
        journal.record("ant", 3.0)
    assert times_after_reopening(path, "ant") == [0.0, 1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a journal"),
        (b"x", "not a journal"),
        (b"not a journal of ours" * 100, "not a journal"),
        (b"\0" * 5000, "not a journal"),
        (b"adcegrnt" + b"\xff" * 500, "written by an earlier version"),
        (b"adce requests 3\n1.0 ant 00000000\n", "line 2 is not readable"),
        (b"adce requests 3\n\n", "line 2 is not readable"),
    ],
)
def test_what_is_no_journal_is_set_aside_and_named(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "grants"
    path.write_bytes(content)
    with closing(FileGrantJournal(path)) as journal:
        assert journal.load("ant") == []
        assert f"{path} was damaged (grants: {said}" in (journal.recovered or "")
        assert "set aside as grants.broken, a new one was made" in (journal.recovered or "")
    assert (tmp_path / "grants.broken").read_bytes() == content
    filled(path)
    assert times_after_reopening(path, "ant") == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("name", ["grants", "grants.1"])
def test_damage_in_the_middle_makes_all_of_it_doubtful(tmp_path: Path, name: str) -> None:
    path = tmp_path / "grants"
    filled(path)
    path.replace(tmp_path / "grants.1")
    filled(path)
    data = bytearray((tmp_path / name).read_bytes())
    data[60] ^= 1
    (tmp_path / name).write_bytes(data)
    with closing(FileGrantJournal(path)) as journal:
        assert "set aside as grants.1.broken and grants.broken" in (journal.recovered or "")
        assert (journal.load("ant"), journal.load("bee")) == ([], [])
        journal.adopt("ant", [7.0, 8.0])  # what its owner can tell of it
        journal.adopt("bee", [])
        assert journal.load("ant") == [7.0, 8.0]
    assert times_after_reopening(path, "ant") == [7.0, 8.0]


def test_a_record_that_was_being_written_costs_only_itself_however_often(tmp_path: Path) -> None:
    path = tmp_path / "grants"
    filled(path)
    for cut in range(1, 20):
        with closing(FileGrantJournal(path)) as journal:
            assert journal.recovered is None
            journal.record("ant", 100.0)
        data = path.read_bytes()
        path.write_bytes(data[:-cut] + b"\0" * 50)  # what was reserved
    assert times_after_reopening(path, "ant") == [0.0, 1.0, 2.0]
    assert times_after_reopening(path, "bee") == [0.5, 1.5, 2.5]


def test_names_of_any_alphabet_fit(tmp_path: Path) -> None:
    path = tmp_path / "grants"
    names = ["s" * 500, "é" * 124, "_global", "two words", "a\nb", "%20"]
    with closing(FileGrantJournal(path)) as journal:
        for at, name in enumerate(names):
            journal.record(name, float(at))
    assert [times_after_reopening(path, name) for name in names] == [[float(at)] for at in range(len(names))]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FixMeError, match="journal of requests"):
        FileGrantJournal(tmp_path / "file" / "grants")


def test_a_full_disk_is_told_when_there_is_time_for_it(tmp_path: Path) -> None:
    path = tmp_path / "grants"
    with closing(FileGrantJournal(path)) as journal:
        while path.stat().st_size == RESERVE_BYTES and len(path.read_bytes().rstrip(b"\0")) < RESERVE_BYTES * 3 / 4:
            journal.record("ant", 1.0)
        with disk_of(RESERVE_BYTES):
            with pytest.raises(FixMeError, match="journal of requests can't be written"):
                journal.load("ant")
            served = 0
            with pytest.raises(StoreError, match="journal of requests can't be written"):
                while True:
                    journal.record("ant", 2.0)
                    served += 1
            assert served > 300  # from what was reserved
        journal.record("ant", 3.0)  # there is space again
    kept = times_after_reopening(path, "ant")
    assert kept[-served - 1 :] == [2.0] * served + [3.0]


def test_where_no_new_file_can_be_begun_the_old_one_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "grants"
    with closing(FileGrantJournal(path, seconds=1.0, segment=100)) as journal:
        (tmp_path / "grants.new").mkdir()
        for at in range(3000):
            journal.record("ant", float(at))
    assert times_after_reopening(path, "ant") == [float(at) for at in range(3000)]


KILLED = """
import sys
from pathlib import Path
from adce_async.adapters.grant_journal import FileGrantJournal

journal = FileGrantJournal(Path(sys.argv[1]), 500.0, segment=50_000)
for number in range(10_000_000):
    journal.record("ant", float(number))
    if number % 50 == 0:
        print(number, flush=True)
"""


def test_what_was_recorded_survives_kill_9(tmp_path: Path, warm: Warm) -> None:
    path = tmp_path / "grants"
    with Speaking(warm, KILLED, path) as process:
        said = 0
        while said < 5000:
            said = int(process.stdout.readline())
        # what it said after we stopped reading was recorded too; the pipe holds the rest
        rest = process.rest()
    last = int(rest[-2]) if len(rest) > 1 else said
    times = times_after_reopening(path, "ant")
    assert times == [times[0] + n for n in range(len(times))]
    assert len(times) >= 500
    assert times[-1] >= last
