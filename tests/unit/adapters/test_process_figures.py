from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from adce_async.adapters import process_figures
from adce_async.adapters.process_figures import memory_bytes, open_files, open_files_limit

GROW = """
from adce_async.adapters.process_figures import memory_bytes
before = memory_bytes()
held = b"x" * 40_000_000
print(before, memory_bytes() - before)
"""


def test_memory_grows_with_what_is_held() -> None:
    """(In a process of its own: in this one there is room that others have left.)"""
    done = subprocess.run([sys.executable, "-c", GROW], capture_output=True, text=True, check=True, timeout=60)
    before, grown = map(int, done.stdout.split())
    assert 30_000_000 < grown < 60_000_000
    assert 5_000_000 < before < 1_000_000_000


def test_where_the_system_does_not_say_the_most_counts(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(process_figures, "_STATM", tmp_path / "none")
    assert memory_bytes() > 10_000_000


def test_open_files_are_counted_within_their_limit() -> None:
    before = open_files()
    with Path(__file__).open() as _, Path(__file__).open() as _:
        assert open_files() == before + 2
    assert 0 < before < open_files_limit()
