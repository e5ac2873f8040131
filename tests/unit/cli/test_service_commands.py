"""The commands around the service are declared, with the options that documents promise."""

from __future__ import annotations

from tests.unit.cli.conftest import Desk

from adce_async.cli.service_commands import SERVICE_COMMANDS, service

OPTIONS = {
    "status": {"--json", "--watch", "--every"}, "explain": {"--json"}, "health": {"--json"}, "tasks": {"--json", "--limit"}, "logs": {"--follow", "--lines"},
    "start": {"--wait"}, "stop": {"--now"}, "restart": {"--wait"}, "service": set(),
    "guardrails": {"--json", "--restore", "--safe"},
}  # fmt: skip


def test_each_is_there_with_its_options() -> None:
    found = {
        command.name: {opt for p in command.params for opt in p.opts if opt.startswith("--")}
        for command in SERVICE_COMMANDS
    }
    assert found == OPTIONS
    assert set(service.commands) == {"install", "uninstall"}
    for command in service.commands.values():
        assert {"--systemd", "--launchd"} <= {opt for p in command.params for opt in p.opts}


def test_a_component_that_there_is_not_is_named(desk: Desk) -> None:
    _, err = desk.adce("--log-level", "surveyor=DEBUG", "status", expect=2)
    assert "command line: logging.levels.surveyor" in err
