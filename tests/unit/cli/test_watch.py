"""A screen that is drawn anew until Ctrl-C."""

from __future__ import annotations

import io
import sys

import pytest

from adce_async.cli.watch import watching


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def until_ctrl_c(rounds: int):
    left = [rounds]

    def wait(seconds: float) -> None:
        assert seconds == 2.0
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt

    return wait


def test_ctrl_c_is_its_usual_end(capsys: pytest.CaptureFixture[str]) -> None:
    screens = iter("abc")
    assert watching(lambda: next(screens), 2.0, until_ctrl_c(2)) == 0
    assert capsys.readouterr().out == "a\n\nb\n\n"


def test_on_a_terminal_it_is_drawn_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", terminal := Terminal())
    monkeypatch.setenv("TERM", "xterm")
    screens = iter(["[first]", "[second]", "[third]"])
    assert watching(lambda: next(screens), 2.0, until_ctrl_c(3)) == 0
    said = terminal.getvalue()
    assert "[first]" in said
    assert "[second]" in said
    assert "\x1b[?1049h" in said  # the screen before it comes back
    assert "\x1b[?1049l" in said
