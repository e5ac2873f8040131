"""A screen that is drawn anew, until Ctrl-C."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

import click


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)


def watching(screen: Callable[[], str], every: float, wait: Callable[[float], object] = _wait) -> int:
    """Draw `screen()` every so many seconds; on a terminal in its place, else one after another.

    Ctrl-C (also while it waits) is the usual end, and no failure.
    """
    try:
        if sys.stdout.isatty():
            _in_place(screen, every, wait)
        while True:
            click.echo(f"{screen()}\n")
            wait(every)
    except KeyboardInterrupt:
        return 0


def _in_place(screen: Callable[[], str], every: float, wait: Callable[[float], object]) -> None:
    from rich.live import Live
    from rich.text import Text

    with Live(Text(screen()), auto_refresh=False, screen=True) as drawn:
        while True:
            wait(every)
            drawn.update(Text(screen()), refresh=True)
