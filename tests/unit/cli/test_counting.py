"""How far a command has got is said now and then, not for each object."""

from __future__ import annotations

from adce_async.cli.counting import _at_most_every


def test_progress_is_shown_now_and_then_and_at_the_end() -> None:
    shown: list[tuple[int, int]] = []
    show = _at_most_every(3600.0, lambda done, total: shown.append((done, total)))
    for done in range(101):
        show(done, 100)
    assert shown == [(100, 100)]
