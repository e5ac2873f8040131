"""A marked secret, every command, and every kind of answer that goes wrong: it is nowhere in what was written."""

from __future__ import annotations

import base64
import json
import os
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.process.conftest import LIMIT, Desk

KEY = "mark3d-s3cret-of-the-source-0123456789"
PROXY = "mark3d-pr0xy-passw0rd-0123456789"
TOKEN = "KGAT_mark3d-tok3n-0123456789"
BASIC = base64.b64encode(f"someone:{KEY}".encode()).decode()
ECHO = f"you sent Authorization: Basic {BASIC} and {KEY}"


def reply(status: str = "200 OK", body: str | bytes = b"", *headers: str) -> bytes:
    data = body if isinstance(body, bytes) else body.encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(data)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + data


SIGNED = "https://ant.test/signed/x?X-Amz-Signature=mark3d-signature-1&id=1"
ANSWERS: dict[str, bytes] = {
    "garbage": f"{ECHO}\r\n\r\n".encode(),
    "status": f"HTTP/1.1 abc {KEY}\r\n\r\n".encode(),
    "reason": reply(f"500 {KEY}"),
    "header": reply("200 OK", b"", f"no header {BASIC}"),
    "long": reply("200 OK", b"", f"X: {KEY}{'x' * 200_000}"),
    "many": reply("200 OK", b"", *(f"X{n}: {KEY}" for n in range(600))),
    "chunk": f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{KEY}\r\n".encode(),
    "gzip": reply("200 OK", ECHO, "Content-Encoding: gzip"),
    "short": f"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{ECHO}".encode(),
    "silent": b"",
    "cookie": reply("200 OK", ECHO, f"Set-Cookie: a b {KEY}=1; x"),
    "elsewhere": reply("302 Found", b"", f"Location: https://bee.test/{KEY}?sig={BASIC}"),
    "nowhere": reply("302 Found", b"", f"Location: http://[{KEY}"),
    "login": reply("302 Found", b"", f"Location: https://me:{KEY}@ant.test/"),
    "loop": reply("302 Found", b"", f"Location: /items/loop.json?key={KEY}"),
    "signed": reply("302 Found", b"", f"Location: {SIGNED}"),
    "echo": reply("200 OK", json.dumps({"id": ECHO, "rows": []})),
    "text": reply("200 OK", ECHO),
    "title": reply("200 OK", f"<html><title>Access Denied {ECHO}</title>"),
    "denied": reply("403 Forbidden", json.dumps({"code": 403, "message": ECHO})),
    "html": reply("404 Not Found", ECHO),
    "account": reply("401 Unauthorized", json.dumps({"code": 401, "message": ECHO})),
    "kept": reply("200 OK", json.dumps({"id": "kept", "rows": [1]}), f'ETag: "{KEY}"', f"Content-Type: a/{BASIC}"),
}


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        path = self.rfile.readline().decode().split(" ")[1]
        while self.rfile.readline().strip():
            pass
        name = path.rpartition("/")[2].partition(".")[0]
        if "/signed/" in path:
            answer = reply("200 OK", json.dumps({"id": "signed", "rows": [1]}))
        elif path.endswith("robots.txt"):
            answer = reply("200 OK", f"# {ECHO}\n")
        else:
            answer = ANSWERS[name]
        self.wfile.write(answer)


@pytest.fixture
def mirror() -> Iterator[str]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


BUGGY = f"""
from adce_async.scraping.base import Scraper

class Buggy(Scraper):
    async def scrape(self, task, ctx):
        raise ValueError("can't work with Bearer {TOKEN} of https://a.test/?q={KEY}")

    def check(self, page, want):
        raise ValueError("{KEY}")
"""


def prepare(desk: Desk) -> None:
    check = {"equals": {"id": "{id}"}, "required": ["rows"], "min_rows": {"rows": 1}}
    limit = {"requests_per_second": 1000, "burst_size": 100}
    quick = {"cooldown_initial_seconds": 0.2, "cooldown_max_seconds": 0.2, "breaker": {"failures": 1000}}
    service = {"retry_delay_seconds": 0.1, "rate_limiting": quick, "health_check": {"port": 0}}
    desk.write("config/autonomous_config.yaml", service)
    desk.write(
        "config/scraper_config.yaml",
        {
            "sources": {
                "ant": {
                    "hosts": ["ant.test"],
                    "rate_limit": limit,
                    "headers": {"Authorization": f"Basic {BASIC}", "X-Api-Key": KEY},
                    "read_timeout_seconds": 3,
                },
                "bug": {"hosts": ["bug.test"], "rate_limit": limit},
            },
            "scrapers": {
                "ant_items": {
                    "source": "ant",
                    "url": "https://ant.test/items/{id}.json?of={id}",
                    "params": {"api_key": KEY},
                    "check": check,
                },
                "buggy": {"source": "bug", "uses": "buggy:Buggy", "url": "https://bug.test/{id}"},
            },
        },
    )
    (desk.folder / "buggy.py").write_text(BUGGY)
    (desk.folder / ".kaggle").mkdir()
    file = desk.folder / ".kaggle" / "access_token"
    file.write_text(TOKEN)
    file.chmod(0o600)
    items = {"scraper": "ant_items", "path_pattern": "ant/{id}.json", "dimensions": {"id": list(ANSWERS)}}
    bugs = {"scraper": "buggy", "path_pattern": "bug/{id}.json", "dimensions": {"id": ["1"]}}
    desk.write(
        "inventory/data_inventory.yaml",
        {"expected_coverage": {"ant": {"data_types": {"items": items}}, "bug": {"data_types": {"items": bugs}}}},
    )


COMMANDS = [
    ["--log-level", "debug", "run", "--once", "--max-wait", "2"],
    ["--log-format", "json", "run", "--once", "--max-wait", "1", "--json"],
    ["scrape", "ant_items", "id=signed", "--save"],
    ["scrape", "ant_items", "id=echo"],
    ["scrape", "ant_items", "id=gzip"],
    ["scrape", "buggy", "id=1"],
    ["reconcile", "--json"],
    ["execute", "--max-wait", "1"],
    ["verify", "--json"],
    ["coverage", "--json"],
    ["plan", "--json"],
    ["parked"],
    ["parked", "--json"],
    ["parked", "retry", "ant/echo.json"],
    ["sources", "--json"],
    ["scrapers", "--json"],
    ["config", "check"],
    ["config", "check", "--json"],
    ["config", "show", "--all", "--json"],
    ["config", "schema"],
    ["--mirror", f"http://me:{KEY}@[", "config", "check"],
]
CODE = """
import json, os, sys
from adce_async.cli import main
from adce_async.cli.streams import without_secrets
main.SECRETS.learn_named(os.environ)
for words in json.loads(sys.argv[1]):
    with without_secrets():
        print("exit", main._main(words), flush=True)
"""


def run(desk: Desk, commands: list[list[str]], **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", CODE, json.dumps(commands)],
        cwd=desk.folder,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=True,
        env={
            **{name: value for name, value in os.environ.items() if not name.upper().endswith("_PROXY")},
            "PYTHONPATH": str(desk.folder),
            "HOME": str(desk.folder),
            **environment,
        },
    )
    return done.stdout + done.stderr


def assert_nowhere(desk: Desk, written: str) -> None:
    forms = [KEY, BASIC, PROXY, TOKEN, "mark3d-signature-1", KEY[:20], BASIC[:24]]
    for form in [
        *forms,
        base64.b64encode(TOKEN.encode()).decode()[:24],
        base64.b64encode(PROXY.encode()).decode()[:24],
    ]:
        assert form not in written
        for path in written_files(desk):
            assert form.encode() not in path.read_bytes(), (form, path)


def written_files(desk: Desk) -> list[Path]:
    return [*desk.inventory.rglob("*.*"), *(path for path in (desk.lake / ".adce").rglob("*") if path.is_file())]


def test_a_secret_is_nowhere_in_what_is_written(desk: Desk, mirror: str) -> None:
    prepare(desk)
    written = run(desk, COMMANDS, ADCE_MIRROR=mirror, HTTPS_PROXY=f"http://user:{PROXY}@127.0.0.1:1")
    assert written.count("exit ") == len(COMMANDS)
    for reason in (
        "a bug in scraper buggy: ValueError",
        "what is no HTTP",
        "max_header_bytes",
        "bee.test",
        "403",
        "***",
    ):
        assert reason in written
    assert desk.stored() == {"ant/kept.json", "ant/signed.json"}
    assert_nowhere(desk, written)


def test_a_proxy_that_refuses_is_not_named_with_its_login(desk: Desk) -> None:
    prepare(desk)
    proxy = f"http://user:{PROXY}@127.0.0.1:1"
    written = run(desk, [["run", "--once", "--max-wait", "1"], ["scrape", "ant_items", "id=echo"]], HTTPS_PROXY=proxy)
    assert "no connection to ant.test: the proxy: " in written
    assert_nowhere(desk, written)
