"""The real Prometheus loads what is shipped: each alert fires when it should, each query of the dashboard is one that it
answers, and an alert of a source that fails goes all the way from the service to who is told."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import threading
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.ports import free_port
from tests.process.conftest import Desk, end, wait_for, wait_for_line
from tests.process.test_service import url_of

from adce_async.cli.metrics import shipped

UNPACKED = Path(__file__).resolve().parents[2] / ".venv" / "prometheus" / "usr" / "bin"
TEMPLATE = Path("/usr/share/prometheus/alertmanager/email.tmpl")
LONG = ("AdceCriticalTasksStale", "AdcePaused", "AdceCoverageFalls")
"""Alerts that take longer than hours: looked at each five minutes instead of each minute."""


def program(name: str) -> str:
    unpacked = UNPACKED / name
    found = str(unpacked) if unpacked.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"no {name}: `make setup` fetches one where it can")
    return found


# -- the rules alone, in the time of promtool

WHERE = 'instance="a",job="adce"'
HERE = {"instance": "a", "job": "adce"}
FIRES: dict[str, tuple[dict[str, str], str, dict[str, str]]] = {
    "AdceDown": ({f"up{{{WHERE}}}": "0x10"}, "5m", HERE),
    "AdceUnhealthy": ({f"adce_healthy{{{WHERE}}}": "0x10"}, "5m", HERE),
    "AdceDegraded": ({f"adce_healthy{{{WHERE}}}": "0.5x60"}, "45m", HERE),
    "AdceReconcilerStopped": ({f"adce_last_cycle_age_seconds{{{WHERE}}}": "7300x20"}, "10m", HERE),
    "AdceHighErrorRate": (
        {f'adce_tasks_total{{{WHERE},outcome="{outcome}"}}': "0+1x60" for outcome in ("stored", "retry")}, "50m", {}
    ),
    "AdceSourceNotAnswering": ({f'adce_breaker_open{{{WHERE},source="ant"}}': "1x20"}, "15m", {**HERE, "source": "ant"}),
    "AdceSourceCooling": ({f'adce_source_cooling{{{WHERE},source="ant"}}': "1x90"}, "80m", {**HERE, "source": "ant"}),
    "AdceThrottled": ({f'adce_throttled_total{{{WHERE},source="ant"}}': "0+1x30"}, "30m", {"source": "ant"}),
    "AdceRateLimitNear": (
        {f'adce_rate_limit_utilization{{{WHERE},source="ant",window="hour"}}': "1x60"}, "45m",
        {"source": "ant", "window": "hour"},
    ),
    "AdceCriticalTasksStale": (
        {f'adce_queue_depth{{{WHERE},priority="CRITICAL"}}': "3x100", f"adce_uptime_seconds{{{WHERE}}}": "0+300x100"}, "7h",
        {**HERE, "priority": "CRITICAL"},
    ),
    "AdceQueueStuck": (
        {f'adce_queue_depth{{{WHERE},priority="LOW"}}': "3x300", f"adce_uptime_seconds{{{WHERE}}}": "0+60x300",
         f'adce_tasks_total{{{WHERE},outcome="stored"}}': "5x300", f"adce_paused{{{WHERE}}}": "0x300"}, "3h",
        {"instance": "a"},
    ),
    "AdceParked": ({f"adce_tasks_parked{{{WHERE}}}": "101x100"}, "90m", HERE),
    "AdcePaused": ({f"adce_paused{{{WHERE}}}": "1x160"}, "13h", HERE),
    "AdceSafeMode": ({f"adce_safe_mode{{{WHERE}}}": "1x10"}, "1m", HERE),
    "AdceCoverageFalls": (
        {f'adce_coverage_expected{{{WHERE},source="ant"}}': "100x400",
         f'adce_coverage_stored{{{WHERE},source="ant"}}': "100x300 80x100"}, "28h",
        {"source": "ant"},
    ),
    "AdceSlow": (
        {f'adce_cycle_duration_seconds_bucket{{{WHERE},le="{le}"}}': values
         for le, values in (("300", "0x200"), ("900", "0+1x200"), ("+Inf", "0+1x200"))}, "100m", {},
    ),
    "AdceEventLoopHeld": (
        {f'adce_event_loop_lag_seconds_bucket{{{WHERE},le="{le}"}}': values
         for le, values in (("1.0", "0x100"), ("2.5", "0+60x100"), ("+Inf", "0+60x100"))}, "40m", {},
    ),
    "AdceMemory": ({f"adce_resident_memory_bytes{{{WHERE}}}": "1.7e9x30"}, "20m", HERE),
}  # fmt: skip
"""Alert -> the series that it fires by, when it does, with which labels."""
WELL = {
    f"up{{{WHERE}}}": "1x400",
    f"adce_healthy{{{WHERE}}}": "1x400",
    f"adce_last_cycle_age_seconds{{{WHERE}}}": "600x400",
    f'adce_tasks_total{{{WHERE},outcome="stored"}}': "0+9x400",
    f'adce_tasks_total{{{WHERE},outcome="retry"}}': "0+1x400",
    f'adce_breaker_open{{{WHERE},source="ant"}}': "0x400",
    f'adce_source_cooling{{{WHERE},source="ant"}}': "0x400",
    f'adce_throttled_total{{{WHERE},source="ant"}}': "5x400",
    f'adce_rate_limit_utilization{{{WHERE},source="ant",window="hour"}}': "0.5x400",
    f'adce_queue_depth{{{WHERE},priority="CRITICAL"}}': "5 3 0 5 3 0 5 3 0x390",
    f'adce_queue_depth{{{WHERE},priority="LOW"}}': "5000x400",
    f"adce_uptime_seconds{{{WHERE}}}": "0+60x400",
    f"adce_safe_mode{{{WHERE}}}": "0x400",
    f"adce_tasks_parked{{{WHERE}}}": "7x400",
    f"adce_paused{{{WHERE}}}": "0x400",
    f'adce_coverage_expected{{{WHERE},source="ant"}}': "100x400",
    f'adce_coverage_stored{{{WHERE},source="ant"}}': "97x200 98x200",
    f'adce_cycle_duration_seconds_bucket{{{WHERE},le="300"}}': "0+1x400",
    f'adce_cycle_duration_seconds_bucket{{{WHERE},le="+Inf"}}': "0+1x400",
    f'adce_event_loop_lag_seconds_bucket{{{WHERE},le="0.001"}}': "0+60x400",
    f'adce_event_loop_lag_seconds_bucket{{{WHERE},le="+Inf"}}': "0+60x400",
    f"adce_resident_memory_bytes{{{WHERE}}}": "7.2e7x400",
}
"""What it looks like where nothing is wrong."""


def severity(alert: str) -> str:
    found = re.search(rf"alert: {alert}\n.*?severity: (\w+)", shipped("prometheus-rules.yml"), re.DOTALL)
    assert found, alert
    return found[1]


def labels_of(alert: str, labels: dict[str, str]) -> str:
    named = {"alertname": alert, "alertstate": "firing", "severity": severity(alert), **labels}
    return f"ALERTS{{{','.join(f'{name}={json.dumps(value)}' for name, value in named.items())}}}"


def test_each_alert_fires_when_it_should_and_none_when_all_is_well(tmp_path: Path) -> None:
    text = shipped("prometheus-rules.yml")
    assert re.findall(r"alert: (\w+)", text) == list(FIRES)
    (tmp_path / "prometheus-rules.yml").write_text(text)
    (tmp_path / "prometheus.yml").write_text(shipped("prometheus.yml"))

    def case(series: dict[str, str], expressions: list[dict[str, object]], every: str) -> dict[str, object]:
        given = [{"series": name, "values": values} for name, values in series.items()]
        return {"interval": every, "input_series": given, "promql_expr_test": expressions}

    def fires(alert: str, every: str) -> dict[str, object]:
        series, at, labels = FIRES[alert]
        expected = {"labels": labels_of(alert, labels), "value": 1}
        query = f'ALERTS{{alertname="{alert}",alertstate="firing"}}'
        return case(series, [{"expr": query, "eval_time": at, "exp_samples": [expected]}], every)

    def quiet(*times: str) -> list[dict[str, object]]:
        return [{"expr": 'ALERTS{alertstate="firing"}', "eval_time": at, "exp_samples": []} for at in times]

    short = [fires(alert, "1m") for alert in FIRES if alert not in LONG] + [case(WELL, quiet("45m", "2h"), "1m")]
    long = [fires(alert, "5m") for alert in LONG] + [case(WELL, quiet("3h", "26h"), "5m")]
    tool = program("promtool")
    for every, tests in (("1m", short), ("5m", long)):
        document = {"rule_files": ["prometheus-rules.yml"], "evaluation_interval": every, "tests": tests}
        (tmp_path / f"tests-{every}.yml").write_text(json.dumps(document))
    for words in (("check", "config", "prometheus.yml"), ("test", "rules", "tests-1m.yml", "tests-5m.yml")):
        done = subprocess.run([tool, *words], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=50)
        assert done.returncode == 0, done.stdout + done.stderr


# -- from a source that fails to who is told


@contextlib.contextmanager
def started(*words: str, folder: Path) -> Iterator[None]:
    with (folder / f"{Path(words[0]).name}.log").open("w") as log:
        process = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def told() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A webhook: its URL, and the alerts that came."""
    alerts: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            alerts.extend(json.loads(body)["alerts"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", alerts
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def until(look: Callable[[], Any], what: str) -> Any:
    def reached() -> Any:
        with contextlib.suppress(OSError):  # not yet
            return look()

    return wait_for(reached, what, pause=0.1)


class Monitoring:
    """Prometheus and Alertmanager that look each second, with the shipped rules, but for how long each waits."""

    def __init__(self, folder: Path, service: str, webhook: str) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{free_port()}"
        self._alertmanager = f"http://127.0.0.1:{free_port()}"
        folder.mkdir()
        rules = re.sub(r"( +for:) \w+", r"\1 1s", shipped("prometheus-rules.yml"))
        (folder / "prometheus-rules.yml").write_text(rules)
        config = (
            shipped("prometheus.yml")
            .replace("30s", "1s")
            .replace("127.0.0.1:8080", urllib.parse.urlsplit(service).netloc)
        )
        config = config.replace("127.0.0.1:9093", urllib.parse.urlsplit(self._alertmanager).netloc)
        (folder / "prometheus.yml").write_text(config)
        route = {"receiver": "us", "group_by": ["alertname", "source"], "group_wait": "0s", "group_interval": "1s"}
        receivers = [{"name": "us", "webhook_configs": [{"url": webhook, "send_resolved": True}]}]
        (folder / "alertmanager.yml").write_text(json.dumps({"route": route, "receivers": receivers}))

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        server, manager = (urllib.parse.urlsplit(url).netloc for url in (self.url, self._alertmanager))
        with (
            started(
                program("prometheus-alertmanager"), "--config.file=alertmanager.yml", f"--web.listen-address={manager}",
                "--cluster.listen-address=", "--storage.path=alerts", folder=self.folder,
            ),
            started(
                program("prometheus"), "--config.file=prometheus.yml", f"--web.listen-address={server}",
                "--storage.tsdb.path=series", "--rules.alert.resend-delay=1s", folder=self.folder,
            ),
        ):  # fmt: skip
            yield

    def ask(self, path: str, **parameters: str) -> Any:
        with urllib.request.urlopen(
            f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}", timeout=5
        ) as answer:
            return json.load(answer)["data"]

    def firing(self) -> set[str]:
        return {each["labels"]["alertname"] for each in self.ask("alerts")["alerts"] if each["state"] == "firing"}


def test_a_source_that_does_not_answer_is_told_to_people_and_the_dashboard_has_its_figures(desk: Desk) -> None:
    program("prometheus")
    if not TEMPLATE.exists():
        pytest.skip(f"no {TEMPLATE}, without which Debian's Alertmanager does not start")
    desk.ants(4)
    service = {
        "retry_delay_seconds": 0.2, "health_check": {"port": 0, "check_interval_seconds": 1},
        "rate_limiting": {"breaker": {"failures": 2, "open_seconds": 60}},
    }  # fmt: skip
    desk.write("config/autonomous_config.yaml", service)
    with told() as (webhook, alerts), desk.started("run") as process:
        url = url_of(wait_for_line(process, "serving"))
        threading.Thread(target=process.stderr.read, daemon=True).start()  # type: ignore[union-attr]
        monitoring = Monitoring(desk.folder / "monitoring", url, webhook)
        with monitoring.running():
            until(lambda: "AdceSourceNotAnswering" in monitoring.firing(), "the alert fires")
            (alert, *_) = until(
                lambda: [each for each in alerts if each["labels"]["alertname"] == "AdceSourceNotAnswering"],
                "it is told",
            )
            assert alert["labels"]["source"] == "ant"
            assert alert["annotations"]["summary"] == "ant does not answer"
            assert "AdceDown" not in monitoring.firing()
            answered = answers(monitoring)
            assert answered >= {"Health", "Coverage", "Tasks waiting", "Queue depth by priority", "Rate-limit utilisation",
                                "Coverage by source", "Memory", "Gaps by kind"}  # fmt: skip
            assert end(process) == 0
            until(lambda: "AdceDown" in monitoring.firing(), "it is seen that the service has gone")


def answers(monitoring: Monitoring) -> set[str]:
    """The panels for whose queries there are figures; all of them are understood."""
    found = set()
    for panel in json.loads(shipped("grafana.json"))["panels"]:
        for target in panel["targets"]:
            query = target["expr"].replace("$instance", ".*")
            query = query.replace("$__rate_interval", "10s").replace("$__range", "1m")
            assert "$" not in query, query
            if monitoring.ask("query", query=query)["result"]:
                found.add(panel["title"])
    return found
