"""metrics: what CloudWatch would cost, and the files that come with the program."""

from __future__ import annotations

import json
import re

import pytest
from tests.unit.cli.conftest import Desk

from adce_async.cli.metrics import FILES, shipped, template
from adce_async.planning.cloud_template import ALARM, count
from adce_async.resources import counted_figures
from adce_async.service.figures import FAMILIES


def test_a_month_is_priced_by_the_configured_prices(desk: Desk) -> None:
    found = desk.json("metrics", "cost")
    lines = {line["what"]: line for line in found["lines"]}
    assert found["enabled"] is False
    assert lines["PutMetricData requests"]["count"] == 43_800
    assert lines["alarms"]["count"] == count(template(), ALARM)
    assert found["month"] == pytest.approx(sum(line["month"] for line in lines.values()))
    metrics = lines["custom metrics"]["count"]
    assert lines["custom metrics"]["month"] == pytest.approx(0.3 * metrics)
    desk.write("config/autonomous_config.yaml", {
        "metrics": {"cloudwatch": {"breakdown": False, "interval_seconds": 120, "prices": {"metric_month": 1}}}
    })  # fmt: skip
    lines = {line["what"]: line for line in desk.json("metrics", "cost")["lines"]}
    assert lines["PutMetricData requests"]["count"] == 21_900
    assert lines["custom metrics"]["count"] < metrics
    assert lines["custom metrics"]["month"] == lines["custom metrics"]["count"]


def test_the_table_says_when_the_prices_were_so_and_that_nothing_is_sent(desk: Desk) -> None:
    out, _ = desk.adce("metrics", "cost")
    assert re.search(r"custom metrics +\d+ +0\.3 +\d+\.\d\d", out)
    assert "2025, us-east-1" in out
    assert "nothing is sent" in " ".join(out.split())


def test_files_are_written_once_and_what_is_different_stays(desk: Desk) -> None:
    folder = desk.folder / "monitoring"
    desk.adce("metrics", "dashboards", "--into", str(folder))
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    out, _ = desk.adce("metrics", "dashboards", "--into", str(folder))
    assert out.count("is as it should be") == len(FILES)
    mine = folder / "prometheus.yml"
    mine.write_text("mine: 1\n")
    _, err = desk.adce("metrics", "dashboards", "--into", str(folder), expect=2)
    assert "--force" in err
    assert mine.read_text() == "mine: 1\n"
    desk.adce("metrics", "dashboards", "--into", str(folder), "--force")
    assert mine.read_text() == shipped("prometheus.yml")


def test_where_nothing_can_be_written_one_line_says_so(desk: Desk) -> None:
    (desk.folder / "file").write_text("")
    _, err = desk.adce("metrics", "dashboards", "--into", str(desk.folder / "file" / "x"), expect=2)
    assert "can't be written" in err


# -- what the files ask for is what is exported


def exported() -> dict[str, set[str]]:
    """Name of a series -> its labels."""
    found = {f"{each.name}_total" if each.counts else each.name: set(each.labels) for each in FAMILIES}
    for name, kind, labels, _ in counted_figures():
        if kind == "histogram":
            found |= {f"{name}_bucket": {*labels, "le"}, f"{name}_sum": set(labels), f"{name}_count": set(labels)}
        else:
            found[name] = set(labels)
    return found


def check(expression: str) -> set[str]:
    """The series of ours that it names; each is exported, with the labels that are asked for."""
    known, named = exported(), set()
    for name, selector in re.findall(r"\b(adce_\w+)(\{[^}]*\})?", expression):
        assert name in known, f"{name} in {expression}"
        asked = set(re.findall(r"(\w+)\s*(?:=~|!=|=)", selector))
        assert asked <= known[name] | {"instance", "job"}, expression
        named.add(name)
    labels = {label for name in named for label in known[name]} | {"instance", "job"}
    for group in re.findall(r"\bby \(([^)]*)\)", expression):
        assert {label.strip() for label in group.split(",")} <= labels, expression
    return named


def test_each_query_of_the_dashboard_is_about_what_is_exported() -> None:
    board = json.loads(shipped("grafana.json"))
    named: set[str] = set()
    panels = board["panels"]
    for panel in panels:
        for target in panel["targets"]:
            named |= check(target["expr"])
            for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
                assert re.search(rf"by \([^)]*\b{label}\b|^(?!.*\bsum\b)", target["expr"]), panel["title"]
    titles = {panel["title"] for panel in panels}
    assert titles >= {"Queue depth by priority", "Execution rate", "Success by scraper", "Cycle times",
                      "Rate-limit utilisation", "Error distribution", "Coverage by source"}  # fmt: skip
    assert len({panel["id"] for panel in panels}) == len(panels)
    boxes = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in panels]
    assert len(set(boxes)) == len(boxes)
    assert all(p["gridPos"]["x"] + p["gridPos"]["w"] <= 24 for p in panels)
    assert len(named) > 15


def test_each_rule_is_about_what_is_exported() -> None:
    text = shipped("prometheus-rules.yml")
    assert len(check(text)) > 10
    alerts = re.findall(r"- alert: (\w+)", text)
    assert len(set(alerts)) == len(alerts) >= 10
    assert text.count("severity:") == text.count("summary:") == text.count("description:") == len(alerts)
