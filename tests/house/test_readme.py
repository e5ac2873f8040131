"""What the README promises exists: make targets, commands, files."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from adce_async.cli.main import COMMANDS, LazyGroup, cli

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()


def test_its_make_targets_exist() -> None:
    named = set(re.findall(r"`?make ([a-z]+)", README)) - {"it"}
    assert {"demo", "test", "run", "setup"} <= named
    assert named <= set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))


def test_ci_runs_its_test_command() -> None:
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == "make test"


@pytest.mark.parametrize("line", re.findall(r"^adce (.*?)(?:\s+#.*)?$", README, re.MULTILINE))
def test_its_commands_are_understood(line: str) -> None:
    words = line.split()
    command = LazyGroup.get_command(cli, cli.make_context("adce", ["--help"], resilient_parsing=True), words[0])
    assert command is not None, line
    with command.make_context(words[0], words[1:], resilient_parsing=True):
        pass
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words[1:] if word.startswith("--")} <= known


def test_its_files_exist() -> None:
    for name in re.findall(r"\]\(([^)]+)\)", README) + re.findall(r"`((?:config|inventory)/[a-z_]+\.yaml)`", README):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command: str) -> None:
    done = CliRunner().invoke(cli, [command, "--help"])
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: ")


def test_the_parts_that_are_listed_by_help_are_not_imported_for_it() -> None:
    code = "import sys; from adce_async.cli.main import _main; _main(['--help']); print([m for m in sys.modules if m in ('aiohttp', 'pydantic', 'rich', 'yaml')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.splitlines()[-1] == "[]"
