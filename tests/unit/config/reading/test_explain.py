"""Errors of pydantic in plain words."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from adce_async.config.files.autonomous import AutonomousConfig
from adce_async.config.files.keys import is_secret
from adce_async.config.files.scraper_config import ScraperConfig
from adce_async.config.reading.explain import explain, got


def said(model: Any, **written: Any) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(written)
    return [f"{'.'.join(path)}: {message}" for path, message, _ in explain(caught.value, model)]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "got no value"),
        (False, "got false"),
        (1.5, "got 1.5"),
        ("x", "got 'x' (text)"),
        ("it's", 'got "it\'s" (text)'),
        ("x" * 100, f"got '{'x' * 57}...' (text)"),
        ({}, "got a section"),
        ([], "got a list"),
        ((), "got a list"),
    ],
)
def test_what_is_there(value: Any, text: str) -> None:
    assert got(value) == text


def test_wrong_values_say_what_was_expected() -> None:
    assert said(AutonomousConfig, reconciliation_interval_minutes="abc", max_retries=-1, enabled="maybe") == [
        "enabled: got 'maybe' (text); expected true or false",
        "reconciliation_interval_minutes: got 'abc' (text); expected a number of minutes, 0.01 or greater, at most 525600 (a year)",
        "max_retries: got -1; expected a whole number, 0 or greater, at most 1e12",
    ]


def test_sections_and_lists() -> None:
    assert said(AutonomousConfig, health_check=5, maintenance={"windows": "x"}, rate_limiting=[]) == [
        "rate_limiting: got a list; expected a section with keys of its own",
        "health_check: got 5; expected a section with keys of its own",
        "maintenance.windows: got 'x' (text); expected a list",
    ]
    assert said(ScraperConfig, sources=[]) == ["sources: got a list; expected a section with keys of its own"]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"max_retry": 1}, "max_retry: unknown key; did you mean 'max_retries'?"),
        ({"health_check": {"prt": 1}}, "health_check.prt: unknown key; did you mean 'port'?"),
        ({"port": 1}, "port: unknown key; did you mean 'health_check.port'?"),
        ({"failures": 1}, "failures: unknown key; did you mean 'rate_limiting.breaker.failures'?"),
        (
            {"reconciliation_interval_hour": 1},
            "reconciliation_interval_hour: unknown key; did you mean 'reconciliation_",
        ),
        ({"zzz": 1}, "zzz: unknown key"),
        (
            {"metrics": {"zzz": 1}},
            "metrics.zzz: unknown key; known here: cloudwatch, dims_integration, prometheus",
        ),
        (
            {"rate_limiting": {"source_limits": {"a": {"requests_per_minute": 1, "brst": 1}}}},
            "rate_limiting.source_limits.a.brst: unknown key; did you mean 'burst_size'?",
        ),
        (
            {"scheduled_tasks": {"x": {"schedule": "@daily", "timezon": "UTC"}}},
            "scheduled_tasks.x.timezon: unknown key; did you mean 'timezone'?",
        ),
    ],
)
def test_unknown_keys_name_the_nearest(written: dict[str, Any], message: str) -> None:
    (found,) = said(AutonomousConfig, **written)
    assert found.startswith(message)


def test_missing_keys_say_what_they_are() -> None:
    (cron,) = said(AutonomousConfig, scheduled_tasks={"x": {}})
    assert cron.startswith(
        "scheduled_tasks.x.schedule: missing; expected a cron expression of five fields (minute hour"
    )
    assert said(ScraperConfig, scrapers={"x": {"uses": "a.b:C"}}) == [
        "scrapers.x.source: missing; expected the name of a source: letters, digits, '_' and '-'"
    ]


def test_errors_of_several_fields_are_told_one_by_one() -> None:
    found = said(ScraperConfig, scrapers={"x": {"source": "a", "url": "https://a.test/", "check": {"title": "t"}}})
    assert found == ["scrapers.x.check.title: has no meaning for 'format: json'; expected it with html only"]


def test_secrets_are_not_shown() -> None:
    (found,) = said(AutonomousConfig, alerts={"channels": {"slack": {"webhook_url": "https://SECRET with space"}}})
    assert "SECRET" not in found
    assert is_secret("sources.x.headers.Authorization")
    assert not is_secret("tokens_are_fine.port")
