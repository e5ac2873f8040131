"""Variables of the environment: their names, their values, their typing errors."""

from __future__ import annotations

from typing import Any

import pytest

from adce_async.config.files.autonomous import AutonomousConfig
from adce_async.config.files.reconciliation import ReconciliationConfig
from adce_async.config.reading.documents import parse_value
from adce_async.config.reading.environment import RESERVED, environment_layers, tidied

MODELS = {"autonomous_config": AutonomousConfig, "reconciliation_config": ReconciliationConfig}


def read(**environ: str) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    layers, problems = environment_layers(environ, MODELS, parse_value)
    return layers["autonomous_config"].data, layers["reconciliation_config"].data, [str(p) for p in problems]


@pytest.mark.parametrize(
    ("name", "text", "data"),
    [
        ("ADCE_RECONCILIATION_INTERVAL_MINUTES", "5", {"reconciliation_interval_minutes": 5}),
        ("ADCE_HEALTH_CHECK__PORT", "9090", {"health_check": {"port": 9090}}),
        ("ADCE_ENABLED", "false", {"enabled": False}),
        (
            "ADCE_RATE_LIMITING__SOURCE_LIMITS__ESPN__REQUESTS_PER_MINUTE",
            "10",
            {"rate_limiting": {"source_limits": {"espn": {"requests_per_minute": 10}}}},
        ),
        (
            "ADCE_RATE_LIMITING__SOURCE_LIMITS__ESPN",
            "{requests: 1, per: 12seconds}",
            {"rate_limiting": {"source_limits": {"espn": {"requests": 1, "per": "12seconds"}}}},
        ),
        (
            "ADCE_TASK_PROCESSING__PRIORITY_ORDER",
            "[HIGH, LOW, MEDIUM, CRITICAL]",
            {"task_processing": {"priority_order": ["HIGH", "LOW", "MEDIUM", "CRITICAL"]}},
        ),
        (
            "ADCE_SCHEDULED_TASKS__NIGHTLY__SCHEDULE",
            "'0 2 * * *'",
            {"scheduled_tasks": {"nightly": {"schedule": "0 2 * * *"}}},
        ),
        (
            "ADCE_ALERTS__CHANNELS__SLACK__CHANNEL",
            "#nba-alerts",
            {"alerts": {"channels": {"slack": {"channel": "#nba-alerts"}}}},
        ),
        ("ADCE_HEALTH_CHECK_PORT", "1", {"health_check_port": 1}),
        ("ADCE_RECONCILIATION_INTERVAL_HOURS", "1", {"reconciliation_interval_hours": 1}),
        ("ADCE_TEST_MODE", "true", {"test_mode": True}),
        (
            "ADCE_TASK_PROCESSING__PRIORITY_WEIGHTING__AGE_MULTIPLIER",
            "2",
            {"task_processing": {"priority_weighting": {"age_multiplier": 2}}},
        ),
    ],
)
def test_names_are_dotted_keys_in_upper_case(name: str, text: str, data: dict[str, Any]) -> None:
    assert read(**{name: text}) == (data, {}, [])


def test_what_is_not_in_the_first_file_is_looked_for_in_the_second() -> None:
    assert read(ADCE_S3__BUCKET="some-bucket", ADCE_GAP_DETECTION__CRITICAL_THRESHOLD_DAYS="3") == (
        {},
        {"s3": {"bucket": "some-bucket"}, "gap_detection": {"critical_threshold_days": 3}},
        [],
    )


def test_every_value_knows_its_variable() -> None:
    layers, _ = environment_layers({"ADCE_RATE_LIMITING__BREAKER": "{failures: 2}"}, MODELS, parse_value)
    place = layers["autonomous_config"].origin(("rate_limiting", "breaker", "failures"))
    assert str(place) == "environment ADCE_RATE_LIMITING__BREAKER"


def test_others_variables_and_empty_ones_are_no_business_of_ours() -> None:
    others = dict.fromkeys(RESERVED, "x") | {"ADCE_TOKEN": "x", "ADCE_TOKEN_FILE": "x", "ADCE_DEMO_SPEED": "x"}
    assert read(**others, HOME="/", adce_enabled="x", ADCE_MAX_RETRIES="", ADCE_UNKNOWN="") == ({}, {}, [])


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ADCE_RECONCILATION_INTERVAL_MINUTES", "; did you mean ADCE_RECONCILIATION_INTERVAL_MINUTES?"),
        ("ADCE_HEALTH_CHECK__PROT", "; did you mean ADCE_HEALTH_CHECK__PORT?"),
        (
            "ADCE_RATE_LIMITING__SOURCE_LIMITS__ESPN__REQUEST_PER_MINUTE",
            "; did you mean ADCE_RATE_LIMITING__SOURCE_LIMITS__ESPN__REQUESTS_PER_MINUTE?",
        ),
        ("ADCE_LAKES", "; did you mean ADCE_LAKE?"),
        ("ADCE_GAP_DETEKTION__CRITICAL_THRESHOLD_DAYS", "; did you mean ADCE_GAP_DETECTION__CRITICAL_THRESHOLD_DAYS?"),
        ("ADCE_TASK_QUEUE__TASK_TTL", "; did you mean ADCE_TASK_QUEUE__TASK_TTL_DAYS?"),
        ("ADCE_QQQ", "; expected ADCE_ and a key of autonomous_config.yaml"),
        ("ADCE_", "; expected ADCE_ and a key of autonomous_config.yaml"),
    ],
)
def test_an_unknown_name_is_an_error_that_names_the_nearest(name: str, meant: str) -> None:
    assert read(**{name: "1"}) == ({}, {}, [f"environment: {name}: unknown variable{meant}"])


def test_a_value_that_cannot_be_read() -> None:
    (problem,) = read(ADCE_MAX_RETRIES="[1")[2]
    assert problem.startswith("environment ADCE_MAX_RETRIES: max_retries: got '[1'; not valid YAML: ")


def test_a_secret_is_not_repeated() -> None:
    (problem,) = read(ADCE_ALERTS__CHANNELS__SLACK__WEBHOOK_URL="[https://SECRET")[2]
    assert "SECRET" not in problem


def test_two_variables_that_cannot_both_be_meant() -> None:
    (problem,) = read(ADCE_HEALTH_CHECK="5", ADCE_HEALTH_CHECK__PORT="1")[2]
    assert problem.removeprefix("environment ADCE_HEALTH_CHECK__PORT: health_check.port: ") == (
        "another variable sets the section around it to a plain value"
    )


@pytest.mark.parametrize(
    ("name", "text", "data"),
    [
        ("ADCE_HEALTH_CHECK__PORT", '"9090"', {"health_check": {"port": 9090}}),
        ("ADCE_HEALTH_CHECK__PORT", "'9090'\r", {"health_check": {"port": 9090}}),
        ("ADCE_ENABLED", '"false"\r\n', {"enabled": False}),
        ("ADCE_TASK_PROCESSING__PRIORITY_ORDER", "'[HIGH, LOW]'", {"task_processing": {"priority_order": ["HIGH", "LOW"]}}),
        ("ADCE_RATE_LIMITING__SOURCE_LIMITS__ESPN", "'{\"requests\": 1}'", {"rate_limiting": {"source_limits": {"espn": {"requests": 1}}}}),
        ("ADCE_ALERTS__CHANNELS__SLACK__CHANNEL", '"a: b"', {"alerts": {"channels": {"slack": {"channel": "a: b"}}}}),
        ("ADCE_METRICS__CLOUDWATCH__NAMESPACE", '"123"', {"metrics": {"cloudwatch": {"namespace": "123"}}}),
        ("ADCE_ENABLED", '""', {}),
        ("ADCE_ENABLED", " \r", {}),
    ],
)  # fmt: skip
def test_values_as_env_files_pass_them(name: str, text: str, data: dict[str, Any]) -> None:
    ours = tidied({name: text})
    layers, problems = environment_layers(ours.values, MODELS, parse_value, ours.quoted)
    assert problems == ours.problems == []
    assert layers["autonomous_config"].data == data


def test_what_is_dropped_is_said() -> None:
    ours = tidied({"ADCE_A": '"1"', "ADCE_B": "1\r", "ADCE_C": "", "ADCE_D": " 1 ", "OTHER": '"1"\r', "ADCE_E": "1"})
    assert ours.values == {"ADCE_A": "1", "ADCE_B": "1", "ADCE_D": "1", "ADCE_E": "1"}
    assert [str(each) for each in ours.warnings] == [
        "environment ADCE_A: the quotes around it are dropped: env files take them for a part of the value",
        "environment ADCE_B: the carriage return at its end is dropped: save the env file with Unix line ends",
        "environment ADCE_C: is empty: counts as not set",
    ]


def test_a_name_with_a_byte_order_mark_is_named() -> None:
    (problem,) = tidied({"\ufeffADCE_LAKE": "/data"}).problems
    assert str(problem).startswith("environment: ADCE_LAKE: has an invisible character in its name")
