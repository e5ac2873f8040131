"""Tables for people. In a pipe they are as wide as they are, and nothing is left out.

On a terminal keys, names and numbers wrap only where a column alone is too wide: columns that can be spared go where
there is no room for them, and a last line names these; long texts fold in the columns that are made for it.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import textwrap
from collections.abc import Collection, Iterable, Iterator, Sequence

import click
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

GAP = 2
"""Spaces between columns."""
GOOD_FOLD, LEAST_FOLD = 40, 20
"""Characters that a folding column gets before others find room beside it, and in any case."""


LEAST_SQUEEZED = 8
"""Characters that are left to any column, on the narrowest terminal."""


def show_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    right: Collection[str] = (),
    spare: Sequence[str] = (),
    fold: Collection[str] = (),
    see: str = "",
) -> str:
    """The table as text for stdout, which may be a terminal or not; see `lines`."""
    on_terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if on_terminal else None
    drawn = list(lines(columns, rows, width=width, right=right, spare=spare, fold=fold, see=see))
    if on_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        drawn[0] = click.style(drawn[0], bold=True)
    return "\n".join(drawn) + "\n"


def lines(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    width: int | None = None,
    right: Collection[str] = (),
    spare: Sequence[str] = (),
    fold: Collection[str] = (),
    see: str = "",
) -> Iterator[str]:
    r"""The lines of a table: its header, its rows, and what had to be left out.

    `width`: characters of the terminal, None for a pipe; `right`: aligned to the right; `spare`: columns that can be
    left out, the most important first; `fold`: columns of long texts; `see`: the command that has everything.

    >>> print(*lines(("key", "why"), [("a/1.json", "cut short"), ("b", None)]), sep="\n")
    key       why
    a/1.json  cut short
    b         -
    """
    cells = [[_text(cell) for cell in row] for row in rows]
    by_name = {name: [row[n] for row in cells] for n, name in enumerate(columns)}
    widths = {name: max(map(cell_len, (name, *below))) for name, below in by_name.items()}
    if width is not None:
        widths = _fitting(by_name, widths, width, spare, fold)
    yield from _drawn({name: by_name[name] for name in widths}, widths, right)
    left_out = [_named(name, below) for name, below in by_name.items() if name not in widths]
    if left_out and width is not None:
        has_them = f"a wider terminal or `{see}` has them" if see else "a wider terminal has them"
        yield from textwrap.wrap(f"not shown for lack of room: {', '.join(left_out)}; {has_them}", width)


def _fitting(
    by_name: dict[str, list[str]], natural: dict[str, int], width: int, spare: Sequence[str], fold: Collection[str]
) -> dict[str, int]:
    """The columns for which there is room, with their widths. What is the same in all rows is the first to go."""
    least = {name: min(wide, GOOD_FOLD) if name in fold else wide for name, wide in natural.items()}
    kept = [name for name in natural if name not in spare]
    for name in sorted(spare, key=lambda name: _same(by_name[name])):
        if sum(map(least.__getitem__, kept)) + least[name] + GAP * len(kept) <= width:
            kept.append(name)
    folding = sorted((name for name in kept if name in fold), key=natural.__getitem__)
    room = width - GAP * (len(kept) - 1) - sum(least[name] for name in kept if name not in fold)
    for number, name in enumerate(folding):
        least[name] = min(natural[name], max(room // (len(folding) - number), LEAST_FOLD))
        room -= least[name]
    _squeeze(least, kept, width)
    return {name: least[name] for name in natural if name in kept}


def _squeeze(wide: dict[str, int], kept: Sequence[str], width: int) -> None:
    """Fold the widest of what is too wide by itself, such as a key of 200 characters; nothing of it is lost."""
    while (over := sum(wide[name] for name in kept) + GAP * (len(kept) - 1) - width) > 0:
        widest = max(kept, key=wide.__getitem__)
        second = max((wide[name] for name in kept if name != widest), default=0)
        narrower = max(wide[widest] - over, min(second, wide[widest] - 1), LEAST_SQUEEZED)
        if narrower >= wide[widest]:
            return
        wide[widest] = narrower


def _drawn(by_name: dict[str, list[str]], widths: dict[str, int], right: Collection[str]) -> Iterator[str]:
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0))
    for name, wide in widths.items():
        table.add_column(Text(name), justify="right" if name in right else "left", width=wide, overflow="fold")
    for row in zip(*by_name.values(), strict=True):
        table.add_row(*map(Text, row))
    text = io.StringIO()
    Console(file=text, color_system=None, width=sum(widths.values()) + GAP * len(widths)).print(table)
    yield from (line.rstrip() for line in text.getvalue().splitlines())


def _named(name: str, below: list[str]) -> str:
    return f"{name} ({below[0]} in all rows)" if _same(below) and below[0] else name


def _same(below: list[str]) -> bool:
    return len(below) > 1 and len(set(below)) == 1


def _text(cell: object) -> str:
    """One line without control characters: a reason may quote what a server sent."""
    return "-" if cell is None else "".join(c if c.isprintable() else " " for c in str(cell))
