"""Asking the running service, or finding that none runs."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from adce_async.cli.service_client import ask
from adce_async.config.reading.load import load
from adce_async.config.settings import Overrides, Settings


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = {"/rate-limits": b'{"ant": {"tokens": 1}}', "/list": b"[1]", "/text": b"busy"}.get(self.path, b"{")
        self.send_response(200)
        self.send_header("Content-Type", "application/json" if self.path != "/text" else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "config").mkdir()
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory/data_inventory.yaml").write_text("expected_coverage: {}")
    return load(
        Overrides(
            config_dir=tmp_path / "config", inventory_dir=tmp_path / "inventory", lake=(tmp_path / "lake").as_uri()
        ),
        {},
    )


def say(settings: Settings, url: str) -> None:
    path = settings.paths.url_file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{url}\n")


def test_a_service_that_runs_answers(settings: Settings, url: str) -> None:
    say(settings, url)
    assert ask(settings, "/rate-limits") == {"ant": {"tokens": 1}}


@pytest.mark.parametrize("path", ["/text", "/broken"])
def test_what_is_no_document_is_no_answer(settings: Settings, url: str, path: str) -> None:
    say(settings, url)
    assert ask(settings, path) is None


def test_without_a_service_there_is_no_answer(settings: Settings) -> None:
    assert ask(settings, "/health") is None
    say(settings, "http://127.0.0.1:1")  # nobody is there any more
    assert ask(settings, "/health") is None
