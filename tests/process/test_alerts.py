"""People are told by the running service: through a webhook that is said nowhere, and through a program."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from tests.process.conftest import Desk, end, wait_for, wait_for_line

SECRET = "T0HOOKSECRET0"


class Hook(BaseHTTPRequestHandler):
    posted: list[dict[str, str]] = []  # noqa: RUF012 - made anew by each test

    def do_POST(self) -> None:
        self.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hook() -> Iterator[str]:
    Hook.posted = []
    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/services/{SECRET}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_source_that_does_not_answer_is_told_through_each_channel(
    desk: Desk, hook: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = desk.folder / "alerts"
    program = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read())"
    channels = {
        "slack": {"enabled": True, "channel": "#data"},
        "command": {"enabled": True, "argv": [sys.executable, "-c", program, str(out)]},
    }
    settings = {
        "retry_delay_seconds": 0.2,
        "health_check": {"port": 0, "check_interval_seconds": 0.5},
        "alerts": {"channels": channels},
    }
    desk.write("config/autonomous_config.yaml", settings)
    desk.ants(3)  # and nobody is there to answer
    monkeypatch.setenv("ADCE_ALERTS__CHANNELS__SLACK__WEBHOOK_URL", hook)
    with desk.started("run") as process:
        said = [wait_for_line(process, "trouble")]
        wait_for(lambda: Hook.posted and out.is_file() and out.read_text().endswith("\n"), "both are told")
        process.terminate()
        assert process.stderr is not None
        said += list(process.stderr)
        assert end(process) == 0
    first = Hook.posted[0]
    assert first["channel"] == "#data"
    assert "robots.txt of ant.test: trouble" in first["text"]
    told = json.loads(out.read_text().splitlines()[0])
    assert (told["kind"], told["name"]) == ("raised", "robots.txt of ant.test")
    assert SECRET not in "".join(said)
    assert not [path for path in desk.folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
