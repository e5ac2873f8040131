"""Floods of one line: bounded, counted, told."""

from __future__ import annotations

from adce_async.cli.log_repeats import MOST_LINES, Repeats


def test_the_same_line_is_written_so_often_a_minute_and_its_count_is_told_once() -> None:
    repeats: Repeats[str] = Repeats(3)
    written = [repeats.admit("a", f"a{n}", n * 0.1) for n in range(100)]
    assert written == [True] * 3 + [False] * 97
    assert list(repeats.over(59.9)) == []
    assert list(repeats.over(60.0)) == [("a99", 97)]
    assert list(repeats.over(1000.0)) == []
    assert repeats.admit("a", "a100", 61.0)


def test_lines_that_differ_are_no_repetition() -> None:
    repeats: Repeats[str] = Repeats(1)
    assert all(repeats.admit(n, "", 0.0) for n in range(50))


def test_a_line_that_comes_back_every_minute_is_never_held_back() -> None:
    repeats: Repeats[str] = Repeats(1)
    assert all(repeats.admit("a", "", 60.0 * n) for n in range(50))


def test_windows_end_in_the_order_in_which_they_began_also_those_of_lines_that_came_back() -> None:
    repeats: Repeats[str] = Repeats(1)
    for at in (0.0, 61.0):
        for name in ("a", "b") if at else ("a",):
            repeats.admit(name, name, at)
            repeats.admit(name, name, at)
        told = list(repeats.over(at + 60.0 if at else 60.5))
        assert told == ([("a", 1), ("b", 1)] if at else [("a", 1)])


def test_none_is_held_back_where_nobody_wants_it() -> None:
    repeats: Repeats[str] = Repeats(0)
    assert all(repeats.admit("a", "", 0.0) for _ in range(1000))


def test_what_is_remembered_is_bounded_and_what_was_held_back_is_the_last_to_be_forgotten() -> None:
    repeats: Repeats[str] = Repeats(1)
    repeats.admit("flood", "flood", 0.0)
    repeats.admit("flood", "flood", 0.0)
    for n in range(3 * MOST_LINES):
        repeats.admit(n, "", 1.0)
    assert len(repeats._seen) == MOST_LINES
    assert list(repeats.all()) == [("flood", 1)]
    assert list(repeats.all()) == []
