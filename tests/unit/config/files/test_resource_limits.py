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
    }


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ({"max_response_bytes": -1}, "max_response_bytes: expected a whole number of bytes, 0 or greater"),
        ({"max_response_bytes": 1.5}, "max_response_bytes: expected a whole number of bytes, 0 or greater"),
        ({"max_header_bytes": 1023}, "max_header_bytes: expected a number of bytes, 1024 to 16777216"),
        ({"max_header_bytes": 16_777_217}, "max_header_bytes: expected a number of bytes, 1024 to 16777216"),
        ({"max_headers": 0}, "max_headers: expected a whole number, greater than 0"),
    ],
)
def test_what_is_no_bound(written: dict[str, Any], problem: str) -> None:
    assert error(ResourceLimits, written) == problem
