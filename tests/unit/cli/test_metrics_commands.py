"""The commands are there, explained, and import what does the work only when they are called."""

from __future__ import annotations

from adce_async.cli.metrics_commands import METRICS_COMMANDS


def test_each_is_explained() -> None:
    names = {command.name: sorted(command.commands) for command in METRICS_COMMANDS}  # type: ignore[attr-defined]
    assert names == {"metrics": ["cost", "dashboards", "document"], "cloudwatch": ["apply"]}
    for group in METRICS_COMMANDS:
        assert group.short_help
        for command in group.commands.values():  # type: ignore[attr-defined]
            assert command.help
