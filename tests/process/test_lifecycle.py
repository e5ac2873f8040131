"""The service from start to end, as systemd, a container and people see it."""

from __future__ import annotations

import json
import re
import signal
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from tests.process.conftest import Desk, end, wait_for, wait_for_line
from tests.process.warm import LIMIT

from adce_async.service import pid_file


def complete(desk: Desk) -> dict[str, Any] | None:
    """What `adce status` says, once nothing is missing."""
    status = dict(json.loads(desk.run("status", "--json", expect=0).stdout))
    return status if status["complete"] else None


def test_started_looked_at_refused_twice_restarted_and_stopped(desk: Desk, upstream) -> None:
    desk.mirror = upstream().url
    desk.ants(3)
    said = desk.run("start", expect=0).stdout
    pid = int(re.findall(r"pid (\d+)", said)[0])
    try:
        assert desk.run("start", expect=0).stdout.startswith(f"runs already (pid {pid}): http://127.0.0.1:")
        status = wait_for(lambda: complete(desk), "it is complete", pause=0.1)
        assert (status["pid"], status["runs"], status["status"]) == (pid, True, "healthy")
        assert desk.stored() == {"ant/1.json", "ant/2.json", "ant/3.json"}
        refused = desk.run("run", expect=2).stderr
        assert f"another instance (pid {pid}, since " in refused
        again = int(re.findall(r"started \(pid (\d+)\)", desk.run("restart", expect=0).stdout)[0])
        assert again != pid
        pid = again
        assert "stored" in desk.run("logs", "-n", "1000", expect=0).stdout
    finally:
        stopped = desk.run("stop", expect=0).stdout
    assert stopped == f"stopped (pid {pid})\n"
    assert pid_file.read(desk.inventory / "adce.pid") is None
    assert not (desk.inventory / "adce.url").exists()
    assert desk.run("status", "--json", expect=1).stdout.count('"stopped"') == 1


def test_a_start_that_fails_says_why_in_the_words_and_with_the_code_of_the_service(desk: Desk) -> None:
    desk.ants(1)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        desk.write("config/autonomous_config.yaml", {"health_check": {"port": port}})
        done = desk.run("start", expect=2)
    assert done.stderr.startswith(f"health_check.port: 127.0.0.1:{port} can't be used: ")
    assert len(done.stderr.splitlines()) == 1


def heard(manager: socket.socket, text: str) -> list[str]:
    """What was said until somebody said `text`."""
    said: list[str] = []
    while text not in said:
        said += manager.recv(4096).decode().split("\n")
    return said


def test_a_service_manager_hears_of_start_life_reload_and_end(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.ants(1)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(LIMIT)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "600000")
        with desk.started("run") as process:
            assert "READY=1" in heard(manager, "READY=1")
            heard(manager, "WATCHDOG=1")
            process.send_signal(signal.SIGHUP)
            heard(manager, "RELOADING=1")
            assert "READY=1" in heard(manager, "READY=1")
            process.send_signal(signal.SIGTERM)
            heard(manager, "STOPPING=1")
            process.communicate(timeout=LIMIT)
            assert process.returncode == 0


@pytest.mark.parametrize("after", [0.0, 0.05, 0.15, 0.3, 0.5, 0.8])
def test_sigterm_is_heeded_whenever_it_comes(desk: Desk, after: float) -> None:
    desk.ants(1)
    with desk.started_cold("run") as process:
        time.sleep(after)
        assert end(process) in (0, -signal.SIGTERM)
    assert not (desk.inventory / "adce.pid").exists()


def test_its_log_file_is_rotated_and_has_no_secrets(desk: Desk, upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.mirror = upstream().url
    desk.ants(200)
    log = desk.folder / "logs" / "adce.log"
    monkeypatch.setenv("ADCE_TOKEN", "hunter2-hunter2-hunter2")
    desk.write(
        "config/autonomous_config.yaml",
        {"health_check": {"port": 0}, "logging": {"file": str(log), "max_bytes": 2000, "backups": 2}},
    )
    with desk.started("run") as process:
        for _ in range(200):  # in the lake they are earlier; the stop is to be the last that there is to say
            wait_for_line(process, " stored ")
        assert end(process) == 0
    files = sorted(path.name for path in log.parent.iterdir())
    assert files == ["adce.log", "adce.log.1", "adce.log.2"]
    assert all(path.stat().st_size <= 2000 for path in log.parent.iterdir())
    text = "".join(path.read_text() for path in log.parent.iterdir())
    assert "stop asked" in text
    assert "hunter2" not in text
