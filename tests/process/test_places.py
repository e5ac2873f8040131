"""The service on a unix socket, with TLS, and where looking needs a token: the other commands find it all the same."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from tests.process.conftest import Desk, end, wait_for_line


def certificate(folder: Path) -> dict[str, str]:
    files = {"certificate": str(folder / "cert.pem"), "key": str(folder / "key.pem")}
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
         "-subj", "/CN=adce", "-keyout", files["key"], "-out", files["certificate"]],
        check=True, capture_output=True,
    )  # fmt: skip
    return files


@pytest.mark.parametrize("kind", ["socket", "tls"])
def test_status_finds_the_service(desk: Desk, upstream, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    place: dict[str, object] = (
        {"socket": str(desk.folder / "s")} if kind == "socket" else {"tls": certificate(desk.folder)}
    )
    desk.write("config/autonomous_config.yaml", {"health_check": {"port": 0, "public": False, **place}})
    desk.mirror = upstream().url
    desk.ants(2)
    refused = desk.run("run", expect=2)
    assert "health_check.public: is false, and there is no token to read with" in refused.stderr
    monkeypatch.setenv("ADCE_READ_TOKEN", "only-for-looking")
    with desk.started("run") as process:
        wait_for_line(process, "serving")
        env = {"ADCE_READ_TOKEN": "only-for-looking"}
        said = json.loads(desk.run("status", "--json", env=env, expect=0).stdout)
        assert said["status"] == "healthy"
        assert said["url"].startswith("unix:/" if kind == "socket" else "https://127.0.0.1:")
        assert desk.run("health", env={"ADCE_READ_TOKEN": ""}).returncode == 1
        assert end(process) == 0
