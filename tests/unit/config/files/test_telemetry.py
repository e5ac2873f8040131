"""Logs and figures."""

from __future__ import annotations

from tests.unit.config.refused import error

from adce_async.config.files.telemetry import Logging, Metrics


def test_bare_values() -> None:
    assert Metrics.model_validate({"prometheus": False, "dims_integration": {"enabled": False}}) == Metrics(
        prometheus=False, dims_integration=False
    )


def test_formats_of_logs() -> None:
    assert Logging.model_validate({"format": "JSON"}).format == "json"
    assert error(Logging, {"format": "xml"}) == "format: expected console or json"
