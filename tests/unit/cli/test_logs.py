"""Log lines: for people or as JSON, without secrets, and never in the way of what runs. (In a process of its own:
what is configured stays so.)"""

from __future__ import annotations

import json
import subprocess
import sys

from adce_async.cli.logs import _dropped_json, _dropped_text

PROGRAM = """
import logging, sys, warnings
import structlog
from adce_async.cli import logs
from adce_async.redaction import SECRETS

SECRETS.learn("hunter2-hunter2")
logs.configure(*sys.argv[1:])
log = structlog.get_logger("adce.test")
log.debug("not asked for")
log.info("pass done", gaps=3, why="asked with hunter2-hunter2")
try:
    {}["key"]
except KeyError:
    log.exception("broken")
logging.getLogger("library").warning("theirs: hunter2-hunter2")
logging.getLogger("aiohttp.client").warning("a cookie")
logging.getLogger("library").info("chatter")
print("done")
"""


def run(*arguments: str, program: str = PROGRAM) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False, timeout=30
    )


def test_json_is_one_object_a_line() -> None:
    done = run("INFO", "json")
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(line["event"], line["level"]) for line in lines] == [
        ("pass done", "info"), ("broken", "error"), (lines[2]["event"], "warning"),
    ]  # fmt: skip
    assert lines[0]["gaps"] == 3
    assert all(line["timestamp"].endswith("Z") for line in lines)
    assert "KeyError" in lines[1]["exception"]
    assert lines[2]["event"].startswith("theirs: ")
    assert "hunter2" not in done.stderr


def test_people_get_text_from_the_level_that_they_ask_for() -> None:
    done = run("warning", "console")
    assert "pass done" not in done.stderr
    assert "broken" in done.stderr
    assert "a cookie" not in done.stderr
    assert "\x1b" not in done.stderr  # no colours where nobody sees them
    assert "hunter2" not in done.stderr
    assert "not asked for" in run("debug", "console").stderr


def test_lines_that_nobody_read_are_counted_in_the_form_of_the_others() -> None:
    assert json.loads(_dropped_json(3))["count"] == 3
    assert _dropped_text(3).endswith("count=3\n")


def test_nobody_who_listens_is_no_reason_to_fail() -> None:
    done = run(
        "INFO", "console", program=PROGRAM.replace("import logging", "import os; os.close(2)\nimport logging", 1)
    )
    assert (done.returncode, done.stdout) == (0, "done\n")
