from __future__ import annotations

from adce_async.planning.holds import Holds


def test_it_is_open_when_the_last_one_lets_go() -> None:
    holds = Holds()
    assert (bool(holds), holds.why) == (False, "")
    holds.hold("a", "first")
    holds.hold("b", "second")
    assert holds.why == "first; second"
    holds.hold("a", "")
    holds.hold("nobody", "")
    assert (bool(holds), holds.why, holds.of("b"), holds.of("a")) == (True, "second", "second", "")
    holds.hold("b", "")
    assert not holds


def test_only_what_is_news_is_news() -> None:
    holds = Holds()
    assert not holds.hold("a", "")
    assert holds.hold("a", "first")
    assert not holds.hold("a", "first")
    assert holds.hold("a", "another reason")
    assert holds.hold("a", "")
    assert not holds.hold("a", "")
