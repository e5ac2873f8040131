"""One minute is one request: totals first, within the bounds of the service, and priced."""

from __future__ import annotations

import pytest

from adce_async.model.cloudwatch import METRICS, MOST_DATA, MOST_VALUES, Datum, Prices
from adce_async.planning.cloudwatch import REQUEST_VALUES, Batch, monthly, name_of, series_count


def found(data: list[Datum]) -> dict[tuple[str, ...], list[float]]:
    return {(datum.name, *datum.dimensions.values()): list(datum.values) for datum in data}


def test_counts_are_told_in_total_and_by_what_they_are_of() -> None:
    batch = Batch()
    for scraper, name in (
        ("a", "TasksCompleted"),
        ("a", "TasksFailed"),
        ("b", "TasksCompleted"),
        ("b", "TasksCompleted"),
    ):
        batch.count(name, by=scraper)
    data = found(batch.data(5.0))
    assert data["TasksCompleted",] == [3]
    assert data["TasksCompleted", "b"] == [2]
    assert data["TasksFailed",] == [1]
    assert data["TaskSuccessRate",] == [75]
    assert data["TaskSuccessRate", "a"] == [50]
    assert data["TaskSuccessRate", "b"] == [100]


def test_a_quiet_minute_tells_that_nothing_happened_and_no_rate() -> None:
    data = Batch().data(5.0)
    assert {datum.name for datum in data} == {name for name, metric in METRICS.items() if metric.always}
    assert all(list(datum.values) == [0.0] and datum.at == 5.0 and not datum.dimensions for datum in data)


def test_totals_alone_where_the_breakdown_is_not_wanted() -> None:
    batch = Batch(breakdown=False)
    batch.count("TaskCount", by="a")
    batch.observe("TaskDuration", 2.0, "a")
    batch.gauge("QueueDepth", 7, "HIGH")
    batch.gauge("QueueDepth", 9)
    data = batch.data(0.0)
    assert not [datum for datum in data if datum.dimensions]
    assert found(data)["QueueDepth",] == [9]
    assert found(data)["TaskDuration",] == [2.0]


def test_durations_are_values_with_counts_of_their_own() -> None:
    batch = Batch()
    for number in range(1000):
        batch.observe("TaskDuration", 0.2 + number / 100.0, "a")
    (total, by) = (datum for datum in batch.data(0.0) if datum.name == "TaskDuration")
    assert (total.dimensions, by.dimensions) == ({}, {"Scraper": "a"})
    assert (total.unit, sum(total.counts), sum(by.counts)) == ("Seconds", 1000, 1000)
    assert 50 < len(total.values) <= MOST_VALUES
    assert total.values[-1] == pytest.approx(10.19, rel=0.02)


def test_a_request_has_its_bounds_however_many_scrapers_there_are() -> None:
    batch = Batch()
    for scraper in range(3 * MOST_DATA):
        for number in range(20):
            batch.observe("TaskDuration", 1.0 + number * scraper, f"s{scraper}")
    data = batch.data(0.0)
    assert len(data) <= MOST_DATA
    assert data[0].dimensions == {}
    assert sum(len(datum.values) for datum in data) <= REQUEST_VALUES
    assert batch.dropped > 0
    assert "TaskCount" in {datum.name for datum in data}


def test_only_what_is_published_has_a_name() -> None:
    with pytest.raises(KeyError):
        Batch().count("TasksDone")
    with pytest.raises(KeyError, match="no dimension"):
        name_of("ResidentMemory", "a")


def test_a_month_costs_what_its_parts_cost() -> None:
    members = {"Scraper": 10, "Source": 5, "Priority": 4, "Kind": 4}
    totals = len(METRICS)
    assert series_count(members, breakdown=False) == totals
    by = sum(members[metric.by] for metric in METRICS.values() if metric.by)
    assert series_count(members, breakdown=True) == totals + by
    cost = monthly(100, 60.0, Prices(0.3, 0.01, 0.1, 3.0, "then"), alarms=5, dashboards=1)
    assert cost.requests == 43_800
    assert [round(dollars, 3) for *_, dollars in cost.lines()] == [30.0, 0.438, 0.5, 3.0]
    assert cost.total == pytest.approx(33.938)
