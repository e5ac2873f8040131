"""Shared fixtures: virtual time in every async test, the captures where they are, no warnings."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.register_assert_rewrite("adce_async.testing")  # before anybody imports it: failed laws show their values

import structlog  # noqa: E402
from _pytest.doctest import DoctestModule  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402
from tests import aws_models, postgres_server  # noqa: E402
from tests.process.warm import LIMIT, Warm  # noqa: E402
from tests.s3_server import PROGRAM, S3Server, running  # noqa: E402

from adce_async.redaction import SECRETS  # noqa: E402

# Where nothing may write bytecode (images for containers often say so), each of the processes that tests start would
# compile the whole program again, and each run all tests.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# What a shell starts in the background inherits that Ctrl-C is nothing to it, and so would all that we start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine makes no property false: how long its examples take to make is nobody's business.
settings.register_profile("on any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("on any machine")

aws_models.keep()

# What nobody reads need not be drawn: frames, locals and colours take a quarter of a second for each traceback.
structlog.get_config()["processors"][-1].exception_formatter = structlog.dev.plain_traceback

PROCESSES = {Path(__file__).parent / "process", Path(__file__).parent / "browser"}
"""Where tests wait for processes: several each, and each has `LIMIT`."""
SERVERS = {"_s3_process", "postgres", "warm"}
"""Fixtures that are processes: who uses them is slow, too, and marked so."""
CAPTURES = Path(__file__).resolve().parents[2] / "shared" / "captures"


class Captures:
    """Bodies that were really received, by file; they lie beside the repository, not in it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def body(self, folder: str, file: str) -> bytes:
        return (self.root / folder / file).read_bytes()

    def manifest(self, folder: str) -> list[dict[str, Any]]:
        return list(json.loads((self.root / folder / "MANIFEST.json").read_text())["files"])


@pytest.hookimpl(wrapper=True)
def pytest_collect_file() -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Examples stand in the docstrings of the program: those of tests are not looked through for any."""
    found = yield
    return [each for each in found if not isinstance(each, DoctestModule)]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """looptime lets the loop turn 42 times in vain before each jump of its clock, which would be most of the time that
    a virtual day takes. One turn is enough: the loop has something to wait for only when nobody is ready to run."""
    for item in items:
        waits = bool(PROCESSES.intersection(item.path.parents))
        if waits and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(2 * LIMIT))
        if waits or SERVERS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("processes")
        if item.get_closest_marker("looptime") is None:
            item.add_marker(pytest.mark.looptime(noop_cycles=0))


def pytest_collection_finish() -> None:
    """What is there by now stays until the end: the collector of garbage needs not look through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def captures() -> Captures:
    if not CAPTURES.is_dir():
        pytest.skip(f"no captured responses at {CAPTURES}: they are not part of the repository")
    return Captures(CAPTURES)


@pytest.fixture(scope="session")
def _s3_process() -> Iterator[S3Server]:
    if not PROGRAM.exists():
        pytest.skip("no S3 server: `make setup` installs one")
    with running() as server:
        yield server


@pytest.fixture
def s3_server(_s3_process: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """A real S3 server (with SQS, SNS, EventBridge), and credentials for it in the environment.

    Virtual time would not wait for it: mark tests and classes that use it with `@pytest.mark.looptime(False)`.
    """
    for name, value in _s3_process.environment.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    return _s3_process


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgres_server.PostgresServer]:
    """A real PostgreSQL. As with S3: `@pytest.mark.looptime(False)`."""
    if postgres_server.programs() is None:
        pytest.skip("no PostgreSQL server: `make setup` installs one where it may")
    with postgres_server.running() as server:
        yield server


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """Starts processes that have the program imported when they begin."""
    warm = Warm()
    yield warm
    warm.close()


@pytest.fixture(autouse=True)
def _nothing_secret_is_known() -> Iterator[None]:
    """What one test makes known as secret is none in the next."""
    yield
    SECRETS.forget()


@pytest.fixture(autouse=True)
def _logs_of_each_test_are_its_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a command configures (`cli.logs`) holds for its process; here it would hide lines from later tests."""
    configure = structlog.configure

    def without_cache(**options: Any) -> None:
        configure(**options | {"cache_logger_on_first_use": False})

    monkeypatch.setattr(structlog, "configure", without_cache)
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session", autouse=True)
def _no_stray_event_loop() -> None:
    """looptime asks for the event loop of synchronous tests, too; Python 3.11 makes one unless it was told that
    there is none."""
    asyncio.set_event_loop(None)
