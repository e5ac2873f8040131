"""What people see on a terminal: nothing cut, nothing squeezed, at any width; and readers that leave early."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios
from collections.abc import Mapping

import pytest
from tests.process.conftest import LIMIT, Desk, end, wait_for_line
from tests.process.test_verify_command import HELD_OF, go_on, prepare_to_hold, wait_until_held
from tests.process.warm import PROGRAM

TERMINAL = {"TERM": "xterm", "COLUMNS": "", "NO_COLOR": ""}


def shown(desk: Desk, width: int, *arguments: str, env: Mapping[str, str] | None = None) -> list[str]:
    """The lines that a terminal of `width` columns shows."""
    ours, theirs = pty.openpty()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    process = desk.warm.start(
        PROGRAM, desk.words(arguments), stdout=theirs, stderr=nowhere, env={**TERMINAL, **(env or {})}
    )
    os.close(theirs)
    read = b""
    try:
        while chunk := os.read(ours, 65536):
            read += chunk
    except OSError:  # how Linux says that the other side is closed
        pass
    process.wait(LIMIT)
    os.close(ours)
    os.close(nowhere)
    return read.decode().replace("\r\n", "\n").splitlines()


def plain(lines: list[str]) -> list[str]:
    return [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines]


@pytest.mark.parametrize("command", ["plan", "coverage", "verify", "sources", "scrapers"])
def test_no_table_is_squeezed(desk: Desk, command: str) -> None:
    width = 80
    desk.ants(12)
    lines = plain(shown(desk, width, command))
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    assert "\u2026" not in text
    whole = {
        "plan": ["key ", "score", "ant/12.json", "eta"],
        "coverage": ["data type", "complete", "items", "0 %"],
        "verify": ["newly judged", "items"],
        "sources": ["basketball_reference", "500/hour", "min delay"],
        "scrapers": ["basketball_reference_season_adj_shooting", "https://ant.test/items/{id}.json"],
    }
    assert [word for word in whole[command] if word not in text] == []
    left_out = "not shown for lack of room" in text
    assert left_out == (width < {"plan": 110, "coverage": 102, "verify": 0, "sources": 190, "scrapers": 150}[command])
    assert not left_out or f"`adce {command} --json` has them" in text.replace("\n", " ")


def test_a_dry_run_of_the_queue_lists_it(desk: Desk) -> None:
    desk.ants(2)
    desk.run("reconcile", expect=3)
    header, first, second = plain(shown(desk, 80, "execute", "--dry-run"))
    assert (header.split(), first.split()) == (["priority", "source", "key"], ["HIGH", "ant", "ant/1.json"])
    tasks = json.loads(desk.run("execute", "--dry-run", "--json", expect=0).stdout)["tasks"]
    assert [list(task.values()) for task in tasks] == [first.split(), second.split()]


def test_bold_only_where_it_is_wanted(desk: Desk) -> None:
    desk.ants(1)
    assert shown(desk, 200, "coverage")[0].startswith("\x1b[1msource")
    assert shown(desk, 200, "coverage", env={"NO_COLOR": "1"})[0].startswith("source")
    assert shown(desk, 200, "coverage", env={"TERM": "dumb"})[0].startswith("source")


def test_a_terminal_that_lacks_a_character(desk: Desk) -> None:
    text = desk.folder.joinpath("inventory/data_inventory.yaml")
    desk.ants(1)
    text.write_text(text.read_text().replace('"1"', '"\u00e9\u65e5"'))
    for encoding, key in (("ascii", "ant/\\xe9\\u65e5.json"), ("latin-1", "ant/\u00e9\\u65e5.json")):
        done = subprocess.run(
            desk.command("plan"), capture_output=True, env={**os.environ, "PYTHONIOENCODING": encoding}, check=False
        )
        assert (done.returncode, key in done.stdout.decode("latin-1")) == (0, True), done.stderr


def test_a_reader_that_leaves_early_is_no_trouble(desk: Desk) -> None:
    desk.ants(6000)
    with subprocess.Popen(desk.command("plan", "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read().decode()
        process.wait(LIMIT)
    assert "Traceback" not in said
    assert "BrokenPipe" not in said


@pytest.mark.parametrize("redirected", [">/dev/full", ">&-", ">&- 2>&-", "<&-"])
def test_output_that_cannot_be_written(desk: Desk, redirected: str) -> None:
    desk.ants(1)
    command = " ".join(map("'{}'".format, desk.command("plan")))
    done = subprocess.run(["/bin/sh", "-c", f"{command} {redirected}"], capture_output=True, text=True, check=False)
    if redirected == ">/dev/full":
        assert (done.returncode, done.stderr.splitlines()[-1]) == (1, "adce: OSError: No space left on device")
    else:
        assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr


def test_the_service_ends_although_nobody_reads_its_log_any_more(desk: Desk, upstream) -> None:
    desk.mirror = upstream().url
    desk.ants(3)
    with desk.started("run") as process:
        wait_for_line(process, "pass done")
        assert process.stderr is not None
        process.stderr.close()
        process.stderr = None
        assert end(process) == 0


def test_ctrl_c_says_how_far_verify_came(desk: Desk) -> None:
    prepare_to_hold(desk)
    with desk.started("verify", cwd=desk.folder) as process:
        wait_until_held(desk)
        process.send_signal(signal.SIGINT)
        go_on(desk)
        _, said = process.communicate(timeout=LIMIT)
    assert process.returncode == 130
    last = said.strip().splitlines()[-1]
    found = re.fullmatch(rf"stopped early: (\d+) of {HELD_OF} objects judged; run it again to go on", last)
    assert found, said
    assert int(found[1]) < HELD_OF


def test_a_single_run_that_is_ended_early_counts_anew(desk: Desk, upstream) -> None:
    desk.mirror = upstream("--latency", "0.3", "--fault", "status_404:match=/items/1.json,times=99").url
    desk.ants(200)  # not to be done before it is told
    with desk.started("run", "--once") as process:
        wait_for_line(process, "gave up")
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=LIMIT)
    assert process.returncode == 3
    last = said.splitlines()[-1]
    assert re.fullmatch(r"stopped early: \d+ tasks still queued, 1 parked; run it again to go on", last), said
