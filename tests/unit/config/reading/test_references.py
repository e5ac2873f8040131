"""Dimensions that derive from other data types: declared, and no circle."""

from __future__ import annotations

from tests.unit.config.made import inventory

from adce_async.config.reading.references import reference_problems


def test_references_across_sources_are_found() -> None:
    assert reference_problems(
        inventory(espn={"schedule": {"id": [1]}}, ant={"box": {"id": {"from": "espn.schedule"}}})
    ) == []  # fmt: skip


def test_a_reference_to_nothing_names_the_nearest() -> None:
    ((key, message),) = reference_problems(inventory(ant={"schedule": {"id": [1]}, "box": {"id": {"from": "shedule"}}}))
    assert ".".join(key) == "expected_coverage.ant.data_types.box.dimensions.id.from"
    assert message == "no data type 'ant.shedule' is declared and enabled; did you mean 'ant.schedule'?"


def test_a_reference_to_what_could_not_be_read_is_not_reported_again() -> None:
    assert reference_problems(inventory(ant={"box": {"id": {"from": "schedule"}}}), {"ant.schedule"}) == []


def test_circles_are_reported_once() -> None:
    circle = inventory(ant={"a": {"id": {"from": "b"}}, "b": {"id": {"from": "c"}}, "c": {"id": {"from": "a"}}})
    assert reference_problems(circle) == [
        (
            ("expected_coverage", "ant", "data_types", "c", "dimensions", "id"),
            "derives from itself by way of 'ant.a'; expected no circle",
        )
    ]
    own = inventory(ant={"a": {"id": {"from": "a"}}})
    assert [message for _, message in reference_problems(own)] == [
        "derives from itself by way of 'ant.a'; expected no circle"
    ]
