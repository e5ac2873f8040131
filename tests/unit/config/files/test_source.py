"""Sources: hosts, headers, defaults."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tests.unit.config.refused import error

from adce_async.config.files.source import SourceConfig


def test_defaults_of_a_source() -> None:
    source = SourceConfig()
    assert source.model_dump() == {
        "enabled": True,
        "description": "",
        "terms": "",
        "hosts": (),
        "headers": {},
        "user_agent": None,
        "timeout_seconds": None,
        "connect_timeout_seconds": 10,
        "read_timeout_seconds": 30,
        "retry": SourceConfig().retry.model_dump(),
        "rate_limit": None,
        "max_concurrent": None,
        "respect_robots": True,
        "max_response_bytes": None,
        "max_header_bytes": None,
        "max_headers": None,
        "keepalive": True,
    }


def test_old_names_of_a_source() -> None:
    source = SourceConfig.model_validate({"timeout": 5, "limits": {"requests_per_second": 2}})
    assert source.timeout_seconds == 5
    assert source.rate_limit is not None
    assert source.rate_limit.requests_per_second == 2


@pytest.mark.parametrize("host", ["a.test", "A.Test", "site.api.espn.com", "localhost", "127.0.0.1", "a-b.test."])
def test_hosts(host: str) -> None:
    assert SourceConfig.model_validate({"hosts": [host]}).hosts == (host.lower().rstrip("."),)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "https://a.test",
        "a.test/x",
        "a.test:80",
        "a b",
        "a_b",
        "-a.test",
        "a..test",
        "*.a.test",
        "ünï.test",
        "a" * 64,
        5,
    ],
)
def test_no_hosts(host: Any) -> None:
    assert "hosts.0: expected a bare host name" in error(SourceConfig, {"hosts": [host]})


@pytest.mark.parametrize("headers", [{"X-Y": "a\r\nEvil: 1"}, {"X Y": "a"}, {"X-Y": 5}, {"": "a"}])
def test_no_headers(headers: Any) -> None:
    with pytest.raises(ValidationError):
        SourceConfig.model_validate({"headers": headers})
