"""What systemd is told, over a real socket of its kind."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from adce_async.service.notify import Notifier


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(5)
        yield listening


def test_each_kind_of_message_is_in_the_words_of_the_protocol(manager: socket.socket, tmp_path: Path) -> None:
    notifier = Notifier(str(tmp_path / "notify"))
    assert notifier.listened_to
    for send in (notifier.ready, notifier.alive, notifier.stopping):
        send()
    notifier.status("two\nlines  of text " + "x" * 500)
    notifier.reloading()
    said = [manager.recv(4096).decode() for _ in range(5)]
    assert said[:3] == ["READY=1", "WATCHDOG=1", "STOPPING=1"]
    assert said[3].startswith("STATUS=two lines of text xxx")
    assert len(said[3]) == len("STATUS=") + 200
    first, second = said[4].split("\n")
    assert first == "RELOADING=1"
    assert int(second.removeprefix("MONOTONIC_USEC=")) > 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="abstract names are Linux's")
def test_an_abstract_name_is_understood() -> None:
    name = f"adce-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0{name}")
        listening.settimeout(5)
        Notifier(f"@{name}").ready()
        assert listening.recv(100) == b"READY=1"


def test_the_environment_says_whom_and_how_often_and_children_do_not_inherit_it() -> None:
    environ = {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid()), "HOME": "/"}
    notifier = Notifier.of(environ)
    assert (notifier.listened_to, notifier.watchdog_seconds) == (True, 30.0)
    assert environ == {"HOME": "/"}


@pytest.mark.parametrize(
    "environ",
    [
        {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"},  # meant for another process
        {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "0"},
        {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "soon"},
        {"WATCHDOG_USEC": "30000000"},
        {"NOTIFY_SOCKET": ""},
        {},
    ],
)
def test_a_watchdog_that_is_not_ours_or_none_is_none(environ: dict[str, str]) -> None:
    assert Notifier.of(dict(environ)).watchdog_seconds is None


def test_nobody_who_listens_is_no_failure_and_said_once(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "gone"))
    notifier = Notifier(str(tmp_path / "gone"))  # a manager that is just being started anew
    with structlog.testing.capture_logs() as lines:
        notifier.ready()
        notifier.alive()
    assert [line["event"] for line in lines] == ["the service manager was not told"]
    assert notifier.listened_to
    with structlog.testing.capture_logs() as lines:
        Notifier(None).ready()
    assert lines == []


def test_who_listened_to_the_start_only_is_told_no_more(tmp_path: Path) -> None:
    notifier = Notifier(str(tmp_path / "nobody"))
    with structlog.testing.capture_logs() as lines:
        notifier.ready()
    assert (lines, notifier.listened_to) == ([], False)
