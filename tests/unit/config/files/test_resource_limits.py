"""Bounds of what is taken: named, and never none at all."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.config.refused import error

from adce_async.config.files.resource_limits import ResourceLimits


def test_bounds_by_default() -> None:
    assert ResourceLimits().model_dump() == {
        "max_response_bytes": 67_108_864,
        "max_gap_file_bytes": 16_777_216,
        "max_header_bytes": 131_072,
        "max_headers": 500,
        "max_memory_mb": 2048,
        "memory_warning_mb": None,
        "disk_space_threshold_gb": 1,
        "disk_space_minimum_gb": 0.1,
        "open_files_warning_percent": 80,
        "open_files_limit_percent": 95,
        "loop_lag_warning_seconds": 1,
        "loop_lag_limit_seconds": 10,
    }


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (
            {"max_response_bytes": -1},
            "max_response_bytes: expected a whole number of bytes, 0 or greater, at most 1125899906842624 (1 PiB)",
        ),
        (
            {"max_response_bytes": 1.5},
            "max_response_bytes: expected a whole number of bytes, 0 or greater, at most 1125899906842624 (1 PiB)",
        ),
        ({"max_header_bytes": 1023}, "max_header_bytes: expected a number of bytes, 1024 to 16777216"),
        ({"max_header_bytes": 16_777_217}, "max_header_bytes: expected a number of bytes, 1024 to 16777216"),
        ({"max_headers": 0}, "max_headers: expected a whole number, greater than 0, at most 1e12"),
    ],
)
def test_what_is_no_bound(written: dict[str, Any], problem: str) -> None:
    assert error(ResourceLimits, written) == problem


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ({"memory_warning_mb": 3000}, "memory_warning_mb: got 3000; expected at most 'max_memory_mb' (2048)"),
        ({"disk_space_minimum_gb": 2}, "disk_space_minimum_gb: got 2; expected at most 'disk_space_threshold_gb' (1)"),
        (
            {"disk_space_threshold_gb": 0},
            "disk_space_minimum_gb: got 0.1; expected at most 'disk_space_threshold_gb' (0)",
        ),
        ({"open_files_warning_percent": 99}, "expected at most 'open_files_limit_percent' (95)"),
        ({"loop_lag_warning_seconds": 11}, "expected at most 'loop_lag_limit_seconds' (10)"),
    ],
)
def test_a_warning_comes_before_its_limit(written: dict[str, float], problem: str) -> None:
    assert problem in error(ResourceLimits, written)


def test_memory_may_be_without_a_limit() -> None:
    assert ResourceLimits.model_validate({"max_memory_mb": 0, "memory_warning_mb": 3000}).max_memory_mb == 0
