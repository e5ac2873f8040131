"""The audit's arithmetic: by hand, and against brute force over all intervals."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adce_async.demo.limit_audit import MAX_LISTED, MAX_SOURCES, LimitAudit, Meter, lower_bound_seconds
from adce_async.model.limits import Limits, Window

TEN_A_MINUTE = Limits((Window(10, 60.0),), burst=10)


def feed(limits: Limits, times: list[float], tolerance: float = 0.0) -> tuple[Meter, list[list[str]]]:
    meter = Meter(limits, tolerance)
    return meter, [meter.arrived(at) for at in times]


def audit_at(times: list[float], limits: Limits, **options: Any) -> tuple[LimitAudit, list[float | None]]:
    clock = iter(times)
    audit = LimitAudit({"espn": limits}, Limits(), time=lambda: next(clock), **options)
    return audit, [audit.arrived("espn", "GET x") for _ in times]


def test_a_window_is_half_open() -> None:
    meter, broken = feed(Limits((Window(2, 10.0),), burst=9), [0, 1, 10, 11])
    assert broken == [[], [], [], []]
    assert meter.windows[0].worst == 2


def test_a_moment_too_early_is_a_violation_and_the_worst_window_is_kept() -> None:
    meter, broken = feed(Limits((Window(2, 10.0),), burst=9), [0, 1, 9.99, 30, 50, 70])
    assert broken == [[], [], ["10s"], [], [], []]
    assert (meter.windows[0].worst, meter.violations) == (3, 1)


def test_the_bucket_that_lets_119_through_is_caught() -> None:
    limits = Limits((Window(60, 60.0),), burst=60)
    arrivals = [0.0] * 60 + [float(second) for second in range(1, 60)]
    meter, _ = feed(limits, arrivals)
    assert meter.windows[0].worst == 119
    assert meter.violations == 59


def test_min_delay_and_its_smallest_gap() -> None:
    meter, broken = feed(Limits(min_delay=3.0), [0, 3, 5.5, 8.5])
    assert broken == [[], [], ["min_delay"], []]
    assert meter.smallest_delay == 2.5


def test_burst_is_what_a_leaky_bucket_admits() -> None:
    limits = Limits((Window(60, 60.0),), burst=3)
    assert feed(limits, [0, 0, 0, 1, 2])[1] == [[], [], [], [], []]
    assert feed(limits, [0, 0, 0, 0.9])[1][3] == ["burst"]


def test_tolerance_forgives_only_as_much_as_it_says() -> None:
    limits = Limits((Window(1, 1.0),), min_delay=1.0)
    assert feed(limits, [0, 0.9991], tolerance=0.001)[1][1] == []
    assert feed(limits, [0, 0.9980], tolerance=0.001)[1][1] == ["second", "min_delay", "burst"]
    assert feed(limits, [0, 0.9991])[1][1] == ["second", "min_delay", "burst"]


def test_added_up_intervals_are_no_violation() -> None:
    times = [0.0]
    for _ in range(100_000):
        times.append(times[-1] + 0.1)
    meter, _ = feed(Limits((Window(10, 1.0),), min_delay=0.1), times)
    assert meter.violations == 0


arrivals = st.lists(st.integers(0, 12), min_size=1, max_size=25).map(
    lambda gaps: [sum(gaps[: n + 1]) / 4 for n in range(len(gaps))]
)
some_limits = st.builds(
    Limits,
    windows=st.lists(
        st.builds(Window, st.integers(1, 5), st.integers(1, 30).map(lambda quarters: quarters / 4)),
        max_size=3,
        unique_by=lambda window: window.seconds,
    ).map(tuple),
    burst=st.integers(1, 4),
    min_delay=st.integers(0, 8).map(lambda quarters: quarters / 4),
)


def too_full(limits: Limits, times: list[float], last: int) -> bool:
    """Whether some interval that ends with the arrival `last` is too full, by counting each of them."""
    exact = [Fraction(at) for at in times[: last + 1]]
    at = exact[-1]
    for window in limits.windows:
        if sum(other > at - Fraction(window.seconds) for other in exact) > window.limit:
            return True
    if last and at - exact[-2] < Fraction(limits.min_delay):
        return True
    shortest = min(limits.windows, key=lambda w: w.seconds, default=None)
    if shortest is None:
        return False
    rate = Fraction(shortest.limit) / Fraction(shortest.seconds)
    return any(len(exact) - n > limits.burst + rate * (at - start) for n, start in enumerate(exact))


@given(times=arrivals, limits=some_limits)
def test_verdicts_agree_with_brute_force(times: list[float], limits: Limits) -> None:
    meter, broken = feed(limits, times)
    assert [bool(names) for names in broken] == [too_full(limits, times, n) for n in range(len(times))]
    for window in meter.windows:
        length = window.window.seconds
        assert window.worst == max(sum(start <= at < start + length for at in times) for start in times)


@given(limits=some_limits, requests=st.integers(1, 20))
def test_the_lower_bound_is_reached_and_cannot_be_beaten(limits: Limits, requests: int) -> None:
    plan = [lower_bound_seconds(limits, n) for n in range(1, requests + 1)]
    assert feed(limits, plan)[0].violations == 0
    # each arrival of the plan, a little earlier, would break a limit: so no plan is quicker
    for n, at in enumerate(plan):
        if n and at > plan[n - 1] + 0.01:
            assert feed(limits, [*plan[:n], at - 0.01])[0].violations == 1


@pytest.mark.parametrize(
    ("limits", "requests", "seconds"),
    [
        (Limits(), 1000, 0.0),
        (TEN_A_MINUTE, 10, 0.0),
        (TEN_A_MINUTE, 11, 60.0),
        (Limits((Window(10, 60.0),)), 11, 60.0),
        (Limits((Window(10, 60.0),)), 10, 54.0),
        (Limits((Window(20, 60.0), Window(500, 3600.0)), burst=3, min_delay=3.0), 501, 3600.0),
        (TEN_A_MINUTE, 0, 0.0),
    ],
)
def test_lower_bounds_by_hand(limits: Limits, requests: int, seconds: float) -> None:
    assert lower_bound_seconds(limits, requests) == pytest.approx(seconds)


def test_nothing_is_refused_unless_it_is_enforced() -> None:
    limits = Limits((Window(1, 10.0),))
    assert audit_at([0, 1], limits)[1] == [None, None]
    assert audit_at([0, 1], limits, enforce=True)[1] == [
        None,
        pytest.approx(19.0),
    ]  # the refused one fills the bucket, too


def test_retry_after_is_when_the_next_one_would_be_in_order() -> None:
    limits = Limits((Window(2, 10.0),), burst=2)
    audit, answers = audit_at([0, 0, 4, 14, 14], limits, enforce=True)
    assert answers == [None, None, pytest.approx(6.0), None, 10.0]
    assert audit.report()["sources"]["espn"]["violations"] == 2


def test_jail_refuses_everything_until_it_ends() -> None:
    limits = Limits((Window(1, 1.0),))
    _, answers = audit_at([0, 0.5, 3, 100, 101.5], limits, enforce=True, jail_seconds=60)
    assert answers[0] is None
    assert answers[1] == 60
    assert answers[2] == pytest.approx(57.5)
    assert answers[3:] == [None, None]


def test_jail_does_not_grow_while_one_is_in_it() -> None:
    limits = Limits((Window(1, 1.0),))
    _, answers = audit_at([0, 0.5, 0.6, 60.55], limits, enforce=True, jail_seconds=60)
    assert answers == [None, 60, pytest.approx(59.9), None]


def test_the_report_names_everything() -> None:
    times = iter([0.0, 0.0, 5.0, 5.0])
    limits = {"espn": Limits((Window(1, 10.0),), min_delay=1.0)}
    audit = LimitAudit(limits, Limits((Window(3, 60.0),), burst=9), time=lambda: next(times))
    for source in ("espn", "kaggle", "espn", "kaggle"):
        audit.arrived(source, f"GET {source}")
        audit.answered(source, 200 if source == "espn" else None)
    report = audit.report()
    espn = report["sources"]["espn"]
    assert espn["requests"] == 2
    assert espn["by_status"] == {"200": 2}
    assert espn["windows"] == {"10s": {"worst": 2, "limit": 1}}
    assert espn["min_delay"] == {"smallest": 5.0, "limit": 1.0}
    assert espn["burst"] == {"worst": 1.5, "limit": 1, "leak": 0.1}
    assert (espn["first_at"], espn["last_at"], espn["lower_bound_seconds"]) == (0.0, 5.0, 10.0)
    assert report["sources"]["kaggle"]["by_status"] == {"none": 2}
    assert report["totals"]["windows"] == {"minute": {"worst": 4, "limit": 3}}
    assert report["totals"]["violations"] == 2
    assert report["duration"] == 5.0
    assert [(one["source"], one["limits"]) for one in report["violations"]] == [
        ("espn", ["10s", "burst"]),
        ("kaggle", ["overall minute"]),
    ]


def test_memory_is_bounded() -> None:
    now = 0.0
    audit = LimitAudit({"espn": Limits((Window(5, 86_400.0),))}, Limits(), time=lambda: now)
    for n in range(30_000):
        audit.arrived("espn" if n % 2 else f"made-up-{n}", "x" * 10_000)
    report = audit.report()
    assert report["totals"]["requests"] == 30_000
    assert report["sources"]["espn"]["windows"]["day"]["worst"] == 10_000
    assert len(report["sources"]) == MAX_SOURCES + 1
    assert len(report["violations"]) == MAX_LISTED
    assert all(len(one["what"]) <= 200 for one in report["violations"])


def test_reset_forgets() -> None:
    audit, _ = audit_at([0, 0], Limits((Window(1, 10.0),)), enforce=True, jail_seconds=60)
    audit.reset()
    assert audit.report()["sources"] == {}
    assert audit.report()["totals"]["requests"] == 0
