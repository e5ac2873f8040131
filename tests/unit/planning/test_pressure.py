"""Levels of a resource, and that they do not come and go with each breath."""

from __future__ import annotations

from adce_async.planning.pressure import Bounds, Level

MEMORY = Bounds(80.0, 100.0)
DISK = Bounds(10.0, 1.0, little=True)


def test_the_level_of_a_value() -> None:
    assert [MEMORY.level(value) for value in (79.0, 80.0, 99.9, 100.0)] == [
        Level.FINE, Level.WARNING, Level.WARNING, Level.LIMIT,
    ]  # fmt: skip
    assert [DISK.level(value) for value in (11.0, 10.0, 1.1, 1.0)] == [
        Level.FINE, Level.WARNING, Level.WARNING, Level.LIMIT,
    ]  # fmt: skip


def test_a_level_is_left_only_when_it_is_well_below() -> None:
    assert MEMORY.level(91.0, Level.LIMIT) is Level.LIMIT
    assert MEMORY.level(89.0, Level.LIMIT) is Level.WARNING
    assert MEMORY.level(73.0, Level.WARNING) is Level.WARNING
    assert MEMORY.level(71.0, Level.WARNING) is Level.FINE
    assert MEMORY.level(71.0, Level.LIMIT) is Level.FINE
    assert DISK.level(1.05, Level.LIMIT) is Level.LIMIT
    assert DISK.level(1.2, Level.LIMIT) is Level.WARNING
    assert DISK.level(11.5, Level.WARNING) is Level.FINE


def test_without_a_bound_there_is_no_level() -> None:
    assert Bounds().level(1e18) is Level.FINE
    assert Bounds(80.0).level(1e18) is Level.WARNING
