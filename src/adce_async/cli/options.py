"""The global options as given, and the exit codes.

0 done and complete; 1 failure; 2 something that a person must fix first; 3 gaps left; 130 Ctrl-C.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adce_async.config.settings import Overrides

FAILURE, FIX_ME, GAPS_LEFT, INTERRUPTED = 1, 2, 3, 130
THREAD_NAME = "adce-thread"
"""Of the threads of the event loop's executor."""


@dataclass
class Globals:
    """The global options as given."""

    config_dir: Path | None
    inventory_dir: Path | None
    state_dir: Path | None
    lake: str | None
    mirror: str | None
    log_level: str | None
    log_format: str | None
    settings: dict[str, object] = field(default_factory=dict)

    def overrides(self, **settings: object) -> Overrides:
        """For `config.load`; `settings`: dotted keys (with `__` for the dot) set by flags, None: not given."""
        from adce_async.config.settings import Overrides

        given = {name.replace("__", "."): value for name, value in settings.items() if value is not None}
        return Overrides(
            config_dir=self.config_dir,
            inventory_dir=self.inventory_dir,
            state_dir=self.state_dir,
            lake=self.lake,
            mirror=self.mirror,
            log_level=self.log_level,
            log_format=self.log_format,
            settings={**self.settings, **given},
        )
