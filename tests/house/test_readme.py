"""What the README promises exists: make targets, commands, files."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from adce_async.cli.main import cli

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
    command = cli.commands[words[0]]
    while isinstance(command, click.Group) and len(words) > 1 and words[1] in command.commands:
        words = words[1:]
        command = command.commands[words[0]]
    with command.make_context(words[0], words[1:], resilient_parsing=True):
        pass
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words[1:] if word.startswith("--")} <= known


def test_its_files_exist() -> None:
    for name in re.findall(r"\]\(([^)]+)\)", README) + re.findall(r"`((?:config|inventory)/[a-z_]+\.yaml)`", README):
        assert (ROOT / name).exists(), name


def all_commands(group: click.Group = cli, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Each command as its words, groups included."""
    yield above
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from all_commands(command, (*above, name))
        else:
            yield (*above, name)


def test_each_command_explains_itself_and_imports_nothing_for_it() -> None:
    """A process each would take half a minute; one that has asked for all of them has imported what any of them does."""
    commands = list(all_commands())
    assert ("config", "show") in commands
    assert ("run",) in commands
    code = (
        "import sys; from adce_async.cli.main import _main\n"
        f"for words in {commands!r}: assert _main([*words, '--help']) == 0, words\n"
        "print(sorted(name for name in sys.modules if name.startswith('adce_async')))\n"
        "print([name for name in sys.modules if name in ('aiohttp', 'asyncio', 'pydantic', 'rich', 'structlog', 'yaml')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=100)
    assert done.stderr == ""
    assert done.stdout.count("Usage: adce") == len(commands)
    ours, theirs = done.stdout.splitlines()[-2:]
    cli = [
        f"adce_async.cli{name}"
        for name in (
            "",
            ".command_kinds",
            ".commands",
            ".early_signals",
            ".main",
            ".metrics_commands",
            ".numbers",
            ".options",
            ".service_commands",
            ".streams",
            ".tables_commands",
        )
    ]
    config = ["adce_async.config", "adce_async.config.reading", "adce_async.config.reading.tidy"]
    plain = ["adce_async", *cli, *config, "adce_async.errors", "adce_async.redaction"]
    assert (ours, theirs) == (str(plain), "[]")
