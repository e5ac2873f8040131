"""A template and its parameters make what CloudFormation would make of them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from adce_async.cli.metrics import template
from adce_async.model.cloudwatch import METRICS
from adce_async.model.coverage import Priority
from adce_async.planning.cloud_template import ALARM, DASHBOARD, count, resolve

GIVEN = {"AWS::Region": "eu-west-1"}


def test_what_is_not_given_is_the_default_and_nothing_is_left_out() -> None:
    small: dict[str, Any] = {
        "Parameters": {"Name": {"Default": "n"}, "Topic": {"Default": ""}},
        "Conditions": {"Has": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Topic"}, ""]}]}},
        "Resources": {
            "A": {
                "Type": ALARM,
                "Properties": {
                    "AlarmName": {"Fn::Sub": "${Name}-x"},
                    "AlarmActions": {"Fn::If": ["Has", [{"Ref": "Topic"}], {"Ref": "AWS::NoValue"}]},
                },
            }
        },
    }
    (bare,) = resolve(small, {})
    assert (bare.name, dict(bare.properties)) == ("n-x", {"AlarmName": "n-x"})
    (told,) = resolve(small, {"Topic": "arn:t", "Name": "m"})
    assert dict(told.properties) == {"AlarmName": "m-x", "AlarmActions": ["arn:t"]}


def test_what_is_not_understood_is_refused() -> None:
    with pytest.raises(ValueError, match="Fn::Join"):
        resolve({"Resources": {"A": {"Type": ALARM, "Properties": {"AlarmName": {"Fn::Join": []}}}}}, {})
    with pytest.raises(KeyError):
        resolve({"Resources": {"A": {"Type": ALARM, "Properties": {"AlarmName": {"Ref": "Nobody"}}}}}, {})


def test_each_shipped_alarm_is_about_a_metric_that_is_told() -> None:
    made = resolve(template(), {**GIVEN, "AlarmTopic": "arn:aws:sns:eu-west-1:123456789012:t", "Namespace": "N"})
    alarms = [each.properties for each in made if each.type == ALARM]
    assert len(alarms) == count(template(), ALARM) >= 8
    assert len({alarm["AlarmName"] for alarm in alarms}) == len(alarms)
    for alarm in alarms:
        assert alarm["Namespace"] == "N"
        metric = METRICS[alarm["MetricName"]]
        for dimension in alarm.get("Dimensions", ()):
            assert dimension["Name"] == metric.by
            assert dimension["Value"] in Priority.__members__
        assert alarm["AlarmActions"] == alarm["OKActions"] == ["arn:aws:sns:eu-west-1:123456789012:t"]
        assert ("Statistic" in alarm) != ("ExtendedStatistic" in alarm)
        assert alarm["Period"] * alarm["EvaluationPeriods"] <= 86_400 * 7


def test_the_shipped_dashboard_shows_metrics_that_are_told() -> None:
    (board,) = (each for each in resolve(template(), GIVEN) if each.type == DASHBOARD)
    body = json.loads(board.properties["DashboardBody"])
    named: set[str] = set()
    for widget in body["widgets"]:
        properties = widget["properties"]
        assert properties["region"] == "eu-west-1"
        previous = ""
        for metric in properties["metrics"]:
            if isinstance(metric[0], dict):
                (name,) = re.findall(r'MetricName="(\w+)"', metric[0]["expression"])
                (by,) = re.findall(r"\{ADCE/Orchestrator,(\w+)\}", metric[0]["expression"])
                assert METRICS[name].by == by
            else:
                name = previous if metric[0] == "..." else metric[1]
                if len(metric) > 2 and metric[0] != "..." and isinstance(metric[2], str):
                    assert METRICS[name].by == metric[2]
            previous = name
            named.add(name)
    assert named <= METRICS.keys()
    assert named >= {"QueueDepth", "TaskCount", "TaskSuccessRate", "TasksFailed", "TaskDuration", "RateLimitUtilization",
                     "ReconciliationDuration", "OrchestratorDuration", "Coverage"}  # fmt: skip
