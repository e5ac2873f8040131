"""A real S3 server for tests: a process of its own, one for all tests of a worker."""

from __future__ import annotations

import itertools
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

PROGRAM = Path(__file__).resolve().parents[1] / ".venv" / "cloud" / "bin" / "ministack"
SERVICES = "s3,sqs,sns,events,cloudwatch,monitoring,cloudformation"
READY_SECONDS = 60.0


class S3Server:
    """`url`: its endpoint. `environment`: what a process needs to find and use it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._number = itertools.count(1)
        self.environment = {
            "AWS_ACCESS_KEY_ID": "AKIATESTKEYOFNOBODY1",
            "AWS_SECRET_ACCESS_KEY": "secret+of/nobody+that/tests+sign/with/123",
            "AWS_ENDPOINT_URL": url,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def new_bucket(self) -> str:
        """The name of a fresh, empty bucket."""
        name = f"lake-{os.getpid()}-{next(self._number)}"
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}/{name}", method="PUT"), timeout=30):
            return name


@contextmanager
def running() -> Iterator[S3Server]:
    """The server, until the block is left."""
    port = free_port()
    environment = os.environ | {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "SERVICES": SERVICES,
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "ERROR",
    }
    process = subprocess.Popen([str(PROGRAM)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        server = S3Server(f"http://127.0.0.1:{port}")
        _wait_until_it_answers(server.url, process)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, f"{PROGRAM} ended with {process.returncode}"
        try:
            with urllib.request.urlopen(url, timeout=30):
                return
        except urllib.error.HTTPError:
            return  # any answer is one
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"{PROGRAM} does not answer at {url}")
