from __future__ import annotations

from adce_async.web.page.curves import HEIGHT, curve


def test_a_curve_spans_its_time_and_begins_at_nothing() -> None:
    made = curve("stored", "", [(0.0, 1.0), (5.0, 4.0), (10.0, 2.0), (99.0, 9.0)], since=0.0, until=10.0)
    assert made.path == f"M0,{HEIGHT * 3 / 4:g} L150,0 L300,{HEIGHT / 2:g}"
    assert (made.last, made.most, made.least, len(made.points)) == (2.0, 4.0, 1.0, 3)


def test_what_is_all_high_is_shown_from_its_lowest_on() -> None:
    assert curve("complete", "%", [(0.0, 98.0), (10.0, 99.0)], since=0.0, until=10.0).path == "M0,60 L300,0"


def test_nothing_known_and_no_change_are_curves_too() -> None:
    empty = curve("a", "", [], since=0.0, until=10.0)
    assert (empty.path, empty.last) == ("", None)
    assert curve("a", "", [(0.0, 0.0), (10.0, 0.0)], since=0.0, until=10.0).path == "M0,60 L300,60"
