"""Log lines: for people or as JSON, without secrets, and never in the way of what runs. (In processes of their own:
what is configured stays so.)"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.process.warm import Warm

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


def test_json_is_one_object_a_line(warm: Warm) -> None:
    done = warm.run_code(PROGRAM, "INFO", "json")
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(line["event"], line["level"]) for line in lines] == [
        ("pass done", "info"), ("broken", "error"), (lines[2]["event"], "warning"),
    ]  # fmt: skip
    assert lines[0]["gaps"] == 3
    assert all(line["timestamp"].endswith("Z") for line in lines)
    assert "KeyError" in lines[1]["exception"]
    assert lines[2]["event"].startswith("theirs: ")
    assert "hunter2" not in done.stderr


def test_people_get_text_from_the_level_that_they_ask_for(warm: Warm) -> None:
    done = warm.run_code(PROGRAM, "warning", "console")
    assert "pass done" not in done.stderr
    assert "broken" in done.stderr
    assert "a cookie" not in done.stderr
    assert "\x1b" not in done.stderr  # no colours where nobody sees them
    assert "hunter2" not in done.stderr
    assert "not asked for" in warm.run_code(PROGRAM, "debug", "console").stderr


def test_nobody_who_listens_is_no_reason_to_fail() -> None:
    program = PROGRAM.replace("import logging", "import os; os.close(2)\nimport logging", 1)
    done = subprocess.run(
        [sys.executable, "-c", program, "INFO", "console"], capture_output=True, text=True, check=False, timeout=100
    )
    assert (done.returncode, done.stdout) == (0, "done\n")


FILED = """
import json, os, sys
import structlog
from pathlib import Path
from adce_async.cli import logs
from adce_async.config.reading.load import load
from adce_async.config.settings import Overrides
from adce_async.redaction import SECRETS

SECRETS.learn("hunter2-hunter2")
log = structlog.get_logger("adce.reconciler")
other = structlog.get_logger("adce.survey")

def settings(text):
    Path("config").mkdir(exist_ok=True)
    Path("config/autonomous_config.yaml").write_text("logging: " + text)
    return load(Overrides(config_dir=Path("config"), inventory_dir=Path("config"), lake="file:///x"), {})

def begin(text, **options):
    found = settings(text)
    given = found.service.logging
    logs.configure(given.level, given.format, given.levels, given.repeats_per_minute)
    return logs.filed(found, **options)
"""


def test_a_log_file_has_the_lines_of_stderr_without_colours_and_secrets(tmp_path: Path, warm: Warm) -> None:
    done = warm.run_code(
        FILED
        + """
with begin("{file: logs/adce.log}"):
    log.info("pass done", why="asked with hunter2-hunter2")
log.info("after it")
""",
        cwd=tmp_path,
    )
    assert done.stderr.splitlines()[0] == (tmp_path / "logs/adce.log").read_text().splitlines()[0]
    assert "hunter2" not in (tmp_path / "logs/adce.log").read_text()
    assert len((tmp_path / "logs/adce.log").read_text().splitlines()) == 1
    assert "after it" in done.stderr


def test_alone_nothing_goes_to_stderr_and_the_default_file_is_used(tmp_path: Path, warm: Warm) -> None:
    done = warm.run_code(
        FILED
        + """
with begin("{format: json}", default=Path("state/adce.log"), alone=True):
    log.info("pass done")
log.info("after it")
""",
        cwd=tmp_path,
    )
    assert [json.loads(line)["event"] for line in done.stderr.splitlines()] == ["after it"]
    assert json.loads((tmp_path / "state/adce.log").read_text())["logger"] == "reconciler"


def test_a_file_that_cannot_be_written_is_said_before_anything_runs(tmp_path: Path, warm: Warm) -> None:
    (tmp_path / "logs").write_text("a file")
    done = warm.run_code(
        FILED
        + """
from adce_async.errors import FixMeError
try:
    with begin("{file: logs/adce.log}"):
        print("not reached")
except FixMeError as error:
    print(error)
""",
        cwd=tmp_path,
    )
    assert done.stdout.startswith("logging.file: logs/adce.log: can't be written: ")


def test_levels_of_components_hold_and_can_be_changed_while_lines_are_written(tmp_path: Path, warm: Warm) -> None:
    done = warm.run_code(
        FILED
        + """
with begin("{levels: {SURVEY: DEBUG, reconciler: ERROR}}"):
    log.info("one"), other.debug("two")
    logs.apply(settings("{level: WARNING, levels: {reconciler: debug}}"))
    log.debug("three"), other.info("four"), other.warning("five")
    logs.set_level_of("DEBUG", "survey")
    log.debug("six"), other.debug("seven")
    logs.set_level_of("ERROR", "")
    log.warning("eight"), other.warning("nine"), other.error("ten")
""",
        cwd=tmp_path,
    )
    said = ["two", "three", "five", "six", "seven", "ten"]
    assert [line.rsplit(" ", 1)[-1] for line in done.stderr.splitlines()] == said


def test_a_file_can_be_named_renamed_and_taken_away_while_lines_are_written(tmp_path: Path, warm: Warm) -> None:
    warm.run_code(
        FILED
        + """
with begin("{}"):
    log.info("nowhere")
    for name in ("a", "b", None, "a"):
        logs.apply(settings(f"{{file: {name}, backups: 2}}" if name else "{}"))
        log.info(f"in {name}")
""",
        cwd=tmp_path,
    )
    assert [line.rsplit(" ", 2)[-2:] for line in (tmp_path / "a").read_text().splitlines()] == [["in", "a"]] * 2
    assert [line.rsplit(" ", 2)[-2:] for line in (tmp_path / "b").read_text().splitlines()] == [["in", "b"]]


def test_a_flood_of_one_line_is_counted_and_its_count_is_said(tmp_path: Path, warm: Warm) -> None:
    done = warm.run_code(
        FILED
        + """
with begin("{repeats_per_minute: 3, format: json}"):
    for _ in range(50):
        log.warning("the same", source="espn")
    for number in range(5):
        log.warning("another", number=number)
""",
        cwd=tmp_path,
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"] for line in lines] == [
        *["the same"] * 3, *["another"] * 5, "the same (the same 47 times more within a minute)",
    ]  # fmt: skip
    assert (lines[-1]["repeated"], lines[-1]["source"], lines[-1]["level"]) == (47, "espn", "warning")


def test_what_an_attempt_is_bound_to_is_said_in_each_of_its_lines(tmp_path: Path, warm: Warm) -> None:
    done = warm.run_code(
        FILED
        + """
import logging
with begin("{format: json}"):
    structlog.contextvars.bind_contextvars(source="espn", key="a.json")
    log.info("one")
    log.info("two", key="another")
    logging.getLogger("library").warning("three")
""",
        cwd=tmp_path,
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(line["source"], line["key"]) for line in lines] == [
        ("espn", "a.json"),
        ("espn", "another"),
        ("espn", "a.json"),
    ]
