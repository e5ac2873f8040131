"""The log file: bounded, never in the way, and where logrotate expects it."""

from __future__ import annotations

from pathlib import Path

import pytest
import structlog

from adce_async.cli.log_file import LogFile
from adce_async.errors import FixMeError


def filled(path: Path, lines: int, most: int, backups: int) -> list[str]:
    file = LogFile(path, most, backups)
    for number in range(lines):
        file.write(f"{number:09d}\n")
    file.close()
    return sorted(found.name for found in path.parent.iterdir())


def test_it_is_rotated_when_it_has_grown_and_so_many_are_kept(tmp_path: Path) -> None:
    assert filled(tmp_path / "log", 1000, 1000, 3) == ["log", "log.1", "log.2", "log.3"]
    assert all(found.stat().st_size <= 1000 for found in tmp_path.iterdir())
    text = "".join((tmp_path / name).read_text() for name in ("log.3", "log.2", "log.1", "log"))
    numbers = [int(line) for line in text.splitlines()]
    assert numbers == list(range(numbers[0], 1000))  # nothing is lost in between
    assert len(numbers) > 300


@pytest.mark.parametrize(("most", "backups"), [(0, 5), (1_000_000, 5)])
def test_it_is_not_rotated_where_nobody_wants_it(tmp_path: Path, most: int, backups: int) -> None:
    assert filled(tmp_path / "log", 1000, most, backups) == ["log"]
    assert len((tmp_path / "log").read_text().splitlines()) == 1000


def test_what_is_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("from yesterday\n")
    filled(tmp_path / "log", 1, 1000, 1)
    assert (tmp_path / "log").read_text() == "from yesterday\n000000000\n"


def test_after_logrotate_it_is_opened_anew(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "log", 0, 0)
    file.write("one\n")
    assert file.drain()
    (tmp_path / "log").rename(tmp_path / "log-20261128")
    file.write("two\n")
    assert file.drain()
    (tmp_path / "log").unlink()
    file.write("three\n")
    file.close()
    assert (tmp_path / "log-20261128").read_text() == "one\n"
    assert (tmp_path / "log").read_text() == "three\n"


def test_bounds_can_be_changed_while_it_is_written(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "log", 0, 0)
    file.write("x" * 99 + "\n")
    assert file.drain()
    file.resize(50, 1)
    file.write("y\n")
    file.close()
    assert (tmp_path / "log.1").stat().st_size == 100
    assert (tmp_path / "log").read_text() == "y\n"


def test_a_folder_that_is_gone_costs_lines_that_are_counted_and_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adce_async.cli.log_file.RETRY_SECONDS", 0.0)
    file = LogFile(tmp_path / "logs" / "log", 0, 0)
    with structlog.testing.capture_logs() as said:
        for number in range(3):
            file.write(f"{number}\n")
            file.drain()
    assert [(line["event"], line["why"]) for line in said] == [
        ("the log file can't be written", "No such file or directory")
    ]
    (tmp_path / "logs").mkdir()
    file.write("again\n")
    file.close()
    lines = (tmp_path / "logs" / "log").read_text().splitlines()
    assert "dropped" in lines[0]
    assert lines[-1] == "again"


def test_a_line_in_any_script_is_kept_and_no_separator_of_unicode_ends_it(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "log", 10, 1)
    file.write("ab\u2028\udcff\n")
    file.close()
    assert (tmp_path / "log").read_bytes() == "ab\u2028\\udcff\n".encode()


def test_it_is_checked_before_it_is_needed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FixMeError, match=r"can.t be written: (Not a directory|File exists)"):
        LogFile(tmp_path / "file" / "log", 0, 0).check()
    LogFile(tmp_path / "new" / "log", 0, 0).check()
    assert (tmp_path / "new" / "log").exists()
