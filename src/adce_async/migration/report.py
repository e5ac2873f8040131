"""What became of each scraper, data type, key and task: one row each, with why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from adce_async.errors import Problem

Outcome = Literal["taken", "renamed", "added", "off", "dropped"]
OUTCOMES: tuple[Outcome, ...] = ("taken", "renamed", "added", "off", "dropped")
"""As it was; under another name; new, because something taken needs it; there, but switched off; not there."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing of the old files. `what`: its name or dotted key; `new`: ours, if there is one."""

    file: str
    line: int | None
    what: str
    outcome: Outcome
    new: str = ""
    why: str = ""

    def document(self) -> dict[str, object]:
        """For `--json`."""
        return {
            "file": self.file,
            "line": self.line,
            "what": self.what,
            "outcome": self.outcome,
            "new": self.new or None,
            "why": self.why or None,
        }


@dataclass(slots=True)
class Migration:
    """The new files, and the account of the old ones."""

    rows: list[Row] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    """Path below the output folder -> text."""
    problems: list[Problem] = field(default_factory=list)
    """What could not be read."""

    def counts(self) -> dict[Outcome, int]:
        """How many rows of each outcome."""
        return {outcome: sum(row.outcome == outcome for row in self.rows) for outcome in OUTCOMES}


def placed(rows: Iterable[Row]) -> list[Row]:
    """In the order of the file; what has no line comes last."""
    return sorted(rows, key=lambda row: (row.line is None, row.line or 0))
