"""The last lines of a log, and those that come."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from tests.unit.cli.conftest import Desk

from adce_async.cli.log_reader import _BLOCK, followed, last


@pytest.mark.parametrize("count", [0, 1, 3, 50, 5000])
def test_the_last_lines_of_a_file_of_any_size(tmp_path: Path, count: int) -> None:
    path = tmp_path / "log"
    lines = [f"{number:06d} {'x' * 50}\n" for number in range(4000)]
    path.write_text("".join(lines))
    assert path.stat().st_size > 3 * _BLOCK
    assert list(last(path, count)) == lines[max(0, len(lines) - count) :]


@pytest.mark.parametrize(
    ("text", "wanted"), [("", []), ("a", ["a"]), ("a\nb", ["a\n", "b"]), ("a\nb\n", ["a\n", "b\n"])]
)
def test_a_short_file_is_all_of_it(tmp_path: Path, text: str, wanted: list[str]) -> None:
    (tmp_path / "log").write_text(text)
    assert list(last(tmp_path / "log", 10)) == wanted


def test_bytes_that_are_no_text_are_shown_escaped(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"a\xff\n")
    assert list(last(tmp_path / "log", 10)) == ["a\\xff\n"]


class Steps(threading.Event):
    """A pause that does the next thing instead of waiting, and ends after the last."""

    def __init__(self, *steps) -> None:
        super().__init__()
        self.steps = list(steps)

    def wait(self, timeout: float | None = None) -> bool:
        if not self.steps:
            return True
        self.steps.pop(0)()
        return False


def test_what_is_written_later_is_followed_through_rotation_truncation_and_halves(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("old\nlast\n")

    def add(text: str) -> None:
        with path.open("a") as file:
            file.write(text)

    def rotate() -> None:
        add("before\n")
        path.rename(tmp_path / "log.1")
        path.write_text("after\n")

    steps = Steps(
        lambda: add("half"), lambda: add(" whole\n"), rotate, lambda: path.write_text("cut\n"), path.unlink,
        lambda: path.write_text("new\n"),
    )  # fmt: skip
    assert list(followed(path, 1, steps)) == ["last\n", "half whole\n", "before\n", "after\n", "cut\n", "new\n"]


def test_a_file_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "log"
    assert list(followed(path, 1, Steps(lambda: path.write_text("a\nb\n")))) == ["a\n", "b\n"]


def test_the_command_finds_the_file_of_the_settings_or_of_start_or_says_where_logs_are(desk: Desk) -> None:
    out, err = desk.adce("logs", expect=1)
    assert out == ""
    assert "set 'logging.file'" in err
    (desk.inventory / "adce.log").write_text("of start\n")
    assert desk.adce("logs")[0] == "of start\n"
    desk.write("config/autonomous_config.yaml", {"logging": {"file": str(desk.folder / "named.log")}})
    assert "nothing has been logged yet" in desk.adce("logs", expect=1)[1]
    (desk.folder / "named.log").write_text("one\ntwo\nthree\n")
    assert desk.adce("logs", "-n", "2")[0] == "two\nthree\n"
