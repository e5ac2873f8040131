from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from adce_async.adapters.prometheus import PrometheusFigures
from adce_async.model.figures import Family, Reading

FAMILIES = (Family("adce_depth", "How deep", ("source",)), Family("adce_asked", "How often", counts=True))


def read(figures: PrometheusFigures) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(figures.render().decode())
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_what_is_read_is_as_of_now_and_what_happens_is_counted() -> None:
    depth = {"ant": 3.0}

    def now():
        yield Reading("adce_asked", 7)
        for source, value in depth.items():
            yield Reading("adce_depth", value, {"source": source})

    figures = PrometheusFigures(FAMILIES, now)
    figures.task("ant_items", "stored", 0.2)
    figures.task("ant_items", "stored", 20.0)
    figures.task("ant_items", "released", None)
    figures.cycle(2.0)
    figures.failure("ant", "5xx")
    figures.lag(0.02)
    found = read(figures)
    assert found["adce_depth", "ant"] == 3
    assert found["adce_asked_total",] == 7
    assert found["adce_tasks_total", "stored", "ant_items"] == 2
    assert found["adce_tasks_total", "released", "ant_items"] == 1
    assert found["adce_task_duration_seconds_count", "ant_items"] == 2
    assert found["adce_task_duration_seconds_bucket", "0.25", "ant_items"] == 1
    assert found["adce_cycle_duration_seconds_sum",] == 2
    assert found["adce_task_failures_total", "5xx", "ant"] == 1
    assert found["adce_event_loop_lag_seconds_bucket", "0.025"] == 1
    assert found["adce_event_loop_lag_seconds_bucket", "0.01"] == 0
    depth.clear()
    assert ("adce_depth", "ant") not in read(figures)
    assert "version=" in figures.content_type


def test_what_is_counted_can_be_looked_up() -> None:
    counted = {name: (kind, labels) for name, kind, labels, _ in PrometheusFigures((), tuple).counted()}
    assert counted["adce_tasks_total"] == ("counter", ("scraper", "outcome"))
    assert counted["adce_event_loop_lag_seconds"] == ("histogram", ())
