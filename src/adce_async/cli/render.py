"""Tables and summaries for people; `--json` for programs."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Mapping, Sequence

import click
import orjson

from adce_async.engine.summary import Summary
from adce_async.model.coverage import Coverage


def show_json(document: object) -> None:
    """`document` on stdout."""
    write_all(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def write_all(data: bytes) -> None:
    """All of `data` on stdout. Unbuffered (PYTHONUNBUFFERED, as containers have it) a write may take only a part."""
    sys.stdout.flush()
    left = memoryview(data)
    while left:
        left = left[sys.stdout.buffer.write(left) :]
    sys.stdout.buffer.flush()


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: frozenset[int] = frozenset()) -> None:
    """A table on stdout; columns in `right` are aligned to the right."""
    from rich.console import Console
    from rich.table import Table

    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for number, name in enumerate(columns):
        drawn.add_column(name, justify="right" if number in right else "left", no_wrap=number == 0)
    for row in rows:
        drawn.add_row(*(_text(cell) for cell in row))
    if sys.stdout.isatty():
        Console(highlight=False).print(drawn)
    else:  # a pipe has no width: never wrap there
        text = io.StringIO()
        Console(file=text, highlight=False, width=240).print(drawn)
        write_all(text.getvalue().encode())


def _text(cell: object) -> str:
    from rich.markup import escape

    return escape("-" if cell is None else str(cell))


def coverage_table(rows: Sequence[Coverage]) -> None:
    """HAVE against SHOULD."""
    table(
        (
            "source",
            "data type",
            "season",
            "required",
            "expected",
            "stored",
            "missing",
            "stale",
            "small",
            "invalid",
            "verified",
            "complete",
        ),
        (
            (
                row.source,
                row.data_type,
                row.season,
                "yes" if row.required else "",
                row.expected,
                row.stored,
                row.missing,
                row.stale,
                row.small,
                row.invalid,
                row.verified,
                f"{row.completeness_pct:g} %",
            )
            for row in rows
        ),
        right=frozenset(range(4, 12)),
    )


def duration(seconds: float) -> str:
    """Seconds for people.

    >>> duration(3.21), duration(75), duration(7260)
    ('3.2 s', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    if seconds < 3600:
        return f"{int(seconds // 60)} min {int(seconds % 60)} s"
    return f"{int(seconds // 3600)} h {int(seconds % 3600 // 60)} min"


def summary_text(summary: Summary) -> None:
    """The execution summary: counts, by priority, by scraper, rate limiting per source."""
    click.echo(
        f"{summary.total} tasks: {summary.completed} completed, {summary.failed} failed, "
        f"{summary.skipped} skipped, in {duration(summary.seconds)}"
    )
    for title, counts in (("priority", summary.by_priority), ("scraper", summary.by_scraper)):
        if counts:
            table((title, "outcomes"), ((name, _counts(row)) for name, row in sorted(counts.items())))
    limits_table(summary.limits)


def limits_table(limits: Mapping[str, Mapping[str, object]]) -> None:
    """Rate limiting per source."""
    rows = [
        (
            name,
            row["requests_total"],
            row["throttled_total"],
            _windows(row["windows"]),
            row["breaker"],
            row["cooling_until"],
        )
        for name, row in limits.items()
        if row["requests_total"] or name != "_global"
    ]
    if rows:
        table(
            ("source", "requests", "throttled", "used / limit", "breaker", "cooling until"),
            rows,
            right=frozenset({1, 2}),
        )


def live_table(limits: Mapping[str, Mapping[str, object]]) -> None:
    """How the sources are doing now, as `/rate-limits` has it."""
    table(
        (
            "source",
            "tokens",
            "rate",
            "used / limit",
            "waiting",
            "breaker",
            "cooling until",
            "why",
            "requests",
            "throttled",
        ),
        (
            (
                name,
                f"{row['tokens']:g} of {row['capacity']}",
                "-" if row["rate"] is None else f"{row['rate']:.3g}/s",
                _windows(row["windows"]),
                row["waiting"],
                row["breaker"],
                row["cooling_until"],
                row.get("cooling_reason"),
                row["requests_total"],
                row["throttled_total"],
            )
            for name, row in limits.items()
        ),
        right=frozenset({4, 8, 9}),
    )


def _windows(windows: object) -> str:
    assert isinstance(windows, Mapping)
    return ", ".join(f"{name} {window['used']}/{window['limit']}" for name, window in windows.items()) or "no limit"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
