"""A service that answers what a test wants, where commands look for one."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator, Mapping

from tests.unit.cli.conftest import Desk

STATUS = {
    "status": "degraded",
    "version": "0",
    "uptime_seconds": 7260.0,
    "components": {
        "reconciler": {"status": "healthy", "last_beat": "2026-11-28T12:00:00Z", "detail": "next pass in 60 s"},
        "source ant": {"status": "degraded", "last_beat": None, "detail": "cooling for 9 s: HTTP 429"},
    },
    "reconciliation_cycles": 14,
    "last_reconciliation": {"gaps": 3},
    "next_reconciliation_in_seconds": 61.0,
    "queue": {"waiting": 2, "running": 1},
    "running": [{"request": "ant_items?id=1", "keys": ["ant/1.json"], "source": "ant"}],
    "paused_because": None,
    "paused_sources": {},
}
COVERAGE = {"at": "2026-11-28T12:00:00Z", "rows": [], "totals": {"expected": 3, "stored": 1, "missing": 2, "stale": 0, "small": 0, "invalid": 0,
                                   "completeness_pct": 33.3}}  # fmt: skip


@contextlib.contextmanager
def served(desk: Desk, documents: Mapping[str, object]) -> Iterator[str]:
    """Within the block a service answers with `documents` (by path), and its URL stands where commands look for it."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = documents.get(self.path)
            body = json.dumps(found if found is not None else {"error": "not found"}).encode()
            self.send_response(404 if found is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        place = desk.inventory / "adce.url"
        place.write_text(url)
        try:
            yield url
        finally:  # a test that fails must not leave a thread that nothing ends
            server.shutdown()
            thread.join()
            place.unlink()
