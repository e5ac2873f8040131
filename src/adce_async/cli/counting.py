"""How far a command has got with many objects: `what` it does, how many of them are done."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

import structlog

log = structlog.get_logger("adce.progress")

SAY_SECONDS = 5.0
DRAW_SECONDS = 0.1

Progress = Callable[[int, int], None]


@contextlib.contextmanager
def counting(what: str, *, quiet: bool) -> Iterator[Progress]:
    """A bar if stderr is a terminal, a plain line every few seconds otherwise."""
    if not sys.stderr.isatty() or quiet:
        yield _at_most_every(
            SAY_SECONDS, lambda done, total: log.info(what, done=done, of=total) if done < total else None
        )
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(file=sys.stderr)) as drawn:
        bar = drawn.add_task(what, total=None)
        yield _at_most_every(DRAW_SECONDS, lambda done, total: drawn.update(bar, completed=done, total=total))


def _at_most_every(seconds: float, show: Progress) -> Progress:
    """`show`, but not each time: it is called for each object; the last time always."""
    last = time.monotonic()

    def maybe(done: int, total: int) -> None:
        nonlocal last
        if done == total or time.monotonic() - last >= seconds:
            last = time.monotonic()
            show(done, total)

    return maybe
