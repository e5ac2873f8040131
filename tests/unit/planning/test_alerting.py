"""Once when it begins, once when it is over, and within the cool-down not again."""

from __future__ import annotations

from adce_async.planning.alerting import Gate

COOLDOWN = 900.0


def told(gate: Gate, *steps: tuple[str, float]) -> list[tuple[str, float, int]]:
    """`steps`: raised, recovered or due, and when."""
    found = []
    for what, at in steps:
        if what == "raised":
            alerts = [gate.raised("lake", "full", at)]
        elif what == "recovered":
            alerts = [gate.recovered("lake", "full", at)]
        else:
            alerts = [*gate.due(at), *(gate.gone(at) if what == "gone" else ())]
        found += [(alert.kind, at, alert.times) for alert in alerts if alert]
    return found


def test_once_each_way() -> None:
    steps = [("raised", 0.0), ("due", 10.0), ("due", 5000.0), ("recovered", 6000.0), ("due", 9000.0)]
    assert told(Gate(COOLDOWN), *steps) == [("raised", 0.0, 1), ("recovered", 6000.0, 1)]


def test_what_comes_and_goes_is_told_once_and_counted() -> None:
    steps = [("raised", 0.0), ("recovered", 10.0)]
    for n in range(1, 4):
        steps += [("raised", n * 100.0), ("recovered", n * 100.0 + 50)]
    steps += [("raised", 800.0), ("due", 899.0), ("due", 900.0), ("recovered", 1000.0)]
    assert told(Gate(COOLDOWN), *steps) == [
        ("raised", 0.0, 1), ("recovered", 10.0, 1), ("raised", 900.0, 4), ("recovered", 1000.0, 1),
    ]  # fmt: skip


def test_what_is_over_before_it_was_told_is_never_told() -> None:
    steps = [("raised", 0.0), ("recovered", 10.0), ("raised", 20.0), ("recovered", 30.0), ("due", 2000.0)]
    assert told(Gate(COOLDOWN), *steps) == [("raised", 0.0, 1), ("recovered", 10.0, 1)]


def test_a_clock_that_is_set_back_silences_nothing() -> None:
    assert told(Gate(COOLDOWN), ("raised", 1e9), ("recovered", 1e9 + 1), ("raised", 0.0))[-1] == ("raised", 0.0, 1)


def test_a_restart_tells_nothing_twice_and_that_it_is_over() -> None:
    before = Gate(COOLDOWN)
    assert told(before, ("raised", 0.0))
    after = Gate(COOLDOWN)
    after.restore(before.remembered())
    assert told(after, ("raised", 100.0), ("gone", 500.0), ("recovered", 600.0)) == [("recovered", 600.0, 1)]
    another = Gate(COOLDOWN)
    another.restore(before.remembered())
    assert told(another, ("gone", 500.0), ("gone", 600.0)) == [("recovered", 500.0, 1)]


def test_what_is_over_is_forgotten() -> None:
    gate = Gate(COOLDOWN)
    told(gate, ("raised", 0.0), ("recovered", 10.0), ("due", 2000.0))
    assert gate.remembered() == {}
