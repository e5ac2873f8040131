"""The HTTP server of the service."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.config.refused import error

from adce_async.config.files.health_check import HealthCheck


@pytest.mark.parametrize("port", [-1, 65536, "8080", 80.5, True])
def test_ports(port: Any) -> None:
    assert error(HealthCheck, {"port": port}) == "port: expected a port number, 0 to 65535 (0: any free port)"


def test_it_listens_to_this_machine_only_by_default() -> None:
    assert (HealthCheck().enabled, HealthCheck().host, HealthCheck().port) == (True, "127.0.0.1", 8080)


@pytest.mark.parametrize("share", [-0.1, 1.1, "10%"])
def test_a_rate_of_errors_is_a_share(share: Any) -> None:
    said = error(HealthCheck, {"alert_thresholds": {"error_rate_threshold": share}})
    assert said == "alert_thresholds.error_rate_threshold: expected a number from 0 to 1"


def test_a_socket_has_no_tls() -> None:
    files = {"certificate": "c.pem", "key": "k.pem"}
    said = error(HealthCheck, {"socket": "/run/adce.sock", "tls": files})
    assert said.removeprefix(": ") == "tls: is served on a port, and 'socket' is set; expected one of both"


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ({"host": "nonsense host"}, "host"),
        ({"host": "http://x"}, "host"),
        ({"check_interval_seconds": 100_000}, "check_interval_seconds"),
        ({"check_interval_seconds": 0.001}, "check_interval_seconds"),
    ],
)
def test_what_nobody_can_listen_on_or_look_by_is_refused(written: dict[str, object], key: str) -> None:
    assert error(HealthCheck, written).startswith(f"{key}: expected ")
    for host in ("::1", "0.0.0.0", "localhost", "fe80::1%eth0", "a-b.c"):
        assert HealthCheck.model_validate({"host": host}).host == host
