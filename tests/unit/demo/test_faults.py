"""The script of faults: which request meets which fault."""

from __future__ import annotations

import pytest

from adce_async.demo.faults import KINDS, Fault, FaultScript, parse_fault
from adce_async.errors import FixMeError


def met(fault: Fault, requests: int) -> list[int]:
    return [ordinal for ordinal in range(1, requests + 1) if fault.meets(ordinal)]


def test_first_every_and_times() -> None:
    assert met(Fault("reset"), 9) == [1]
    assert met(Fault("reset", first=3, times=2), 9) == [3, 4]
    assert met(Fault("reset", first=2, every=3, times=None), 9) == [2, 5, 8]
    assert met(Fault("reset", every=4, times=2), 99) == [1, 5]


def test_only_matching_requests_count() -> None:
    script = FaultScript([Fault("reset", "espn", "summary", first=2)])
    targets = ["h/summary?event=1", "h/scoreboard", "h/summary?event=2", "h/summary?event=3"]
    assert script.next_for("kaggle", "h/summary") is None
    assert [script.next_for("espn", target) is not None for target in targets] == [False, False, True, False]


def test_a_request_meets_the_first_fault_that_is_due_and_all_count_it() -> None:
    script = FaultScript([Fault("reset", first=2), Fault("hang", first=2), Fault("slow", first=3)])
    kinds = [getattr(script.next_for("espn", "x"), "kind", None) for _ in range(4)]
    assert kinds == [None, "reset", "slow", None]
    assert script.served == {"reset": 1, "slow": 1}
    script.reset()
    assert script.served == {}
    assert script.next_for("espn", "x") is None


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_command_line_form(kind: str) -> None:
    assert parse_fault(kind) == Fault(kind)
    text = f"{kind}:source=espn,match=event=401,first=3,every=2,times=5,seconds=1.5,to=https://x.test/y"
    assert parse_fault(text) == Fault(kind, "espn", "event=401", 3, 2, 5, 1.5, "https://x.test/y")
    assert parse_fault(f"{kind}:times=always").times is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("explode", "'explode': expected one of"),
        ("hang:secs=3", "'secs=3' is none of"),
        ("hang:seconds", "'seconds' is none of"),
        ("hang:first=x", "first expects a number, not 'x'"),
        ("hang:first=0", "counted from 1"),
        ("hang:kind=reset", "'kind=reset' is none of"),
    ],
)
def test_a_wrong_fault_says_what_was_expected(text: str, says: str) -> None:
    with pytest.raises(FixMeError, match=says):
        parse_fault(text)
