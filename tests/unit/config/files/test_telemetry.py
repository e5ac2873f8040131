"""Logs and figures."""

from __future__ import annotations

import re
from pathlib import Path

from tests.unit.config.refused import error

import adce_async
from adce_async.config.files.telemetry import COMPONENTS, Logging, Metrics


def test_bare_values() -> None:
    assert Metrics.model_validate({"prometheus": False, "dims_integration": {"enabled": False}}) == Metrics(
        prometheus=False, dims_integration=False
    )


def test_formats_of_logs() -> None:
    assert Logging.model_validate({"format": "JSON"}).format == "json"
    assert error(Logging, {"format": "xml"}) == "format: expected console or json"


def test_levels_of_components_in_any_case() -> None:
    assert Logging.model_validate({"levels": {"Survey": "debug", "pool": "warn"}}).levels == {
        "survey": "DEBUG", "pool": "WARNING",
    }  # fmt: skip
    assert "expected one of accounts, " in error(Logging, {"levels": {"surveyor": "DEBUG"}})
    assert "expected DEBUG, INFO" in error(Logging, {"levels": {"survey": "loud"}})


def test_each_who_writes_log_lines_can_be_given_a_level() -> None:
    """Who makes a logger of a new name enters it in COMPONENTS."""
    sources = Path(adce_async.__file__).parent.rglob("*.py")
    named = {name for path in sources for name in re.findall(r'get_logger\("adce\.(\w+)"\)', path.read_text())}
    assert named <= set(COMPONENTS)
    assert "libraries" in COMPONENTS


def test_cloudwatch_is_told_once_a_minute_at_most_under_a_name_that_it_takes() -> None:
    assert "expected a number of seconds, 60 to 3600" in error(Metrics, {"cloudwatch": {"interval_seconds": 30}})
    for namespace in ("AWS/EC2", "with space", "", "x" * 256):
        assert "cloudwatch.namespace: " in error(Metrics, {"cloudwatch": {"namespace": namespace}})
    assert "cloudwatch.prices.alarm_month" in error(Metrics, {"cloudwatch": {"prices": {"alarm_month": -1}}})
