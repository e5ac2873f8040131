from __future__ import annotations

from pathlib import Path

from adce_async.adapters import process_figures
from adce_async.adapters.process_figures import memory_bytes, open_files, open_files_limit


def test_memory_grows_with_what_is_held() -> None:
    before = memory_bytes()
    held = bytearray(40_000_000)
    held[::4096] = b"x" * len(held[::4096])
    assert memory_bytes() - before > 30_000_000
    assert 10_000_000 < before < 10_000_000_000


def test_where_the_system_does_not_say_the_most_counts(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(process_figures, "_STATM", tmp_path / "none")
    assert memory_bytes() > 10_000_000


def test_open_files_are_counted_within_their_limit() -> None:
    before = open_files()
    with Path(__file__).open() as _, Path(__file__).open() as _:
        assert open_files() == before + 2
    assert 0 < before < open_files_limit()
