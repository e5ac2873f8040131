"""Tables and summaries for people; `--json` for programs."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence

import click
import orjson

from adce_async.engine.summary import Summary
from adce_async.model.coverage import COUNTS, Coverage
from adce_async.model.days import iso
from adce_async.model.trend import PastCoverage
from adce_async.redaction import redact

MAX_NAMED = 10
"""Findings that are named on the terminal; the rest are counted."""


def show_json(document: object) -> None:
    """`document` on stdout."""
    write_all(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def write_all(data: bytes) -> None:
    """All of `data` on stdout. Unbuffered (PYTHONUNBUFFERED, as containers have it) a write may take only a part."""
    sys.stdout.flush()
    left = memoryview(redact(data.decode(errors="surrogateescape")).encode(errors="surrogateescape"))
    while left:
        left = left[sys.stdout.buffer.write(left) :]
    sys.stdout.buffer.flush()


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    right: Collection[str] = (),
    spare: Sequence[str] = (),
    fold: Collection[str] = (),
    see: str = "",
) -> None:
    """A table on stdout; see `tables.lines` for the options."""
    from adce_async.cli.tables import show_table  # a service that shows none does without rich

    drawn = show_table(columns, rows, right=right, spare=spare, fold=fold, see=see)
    write_all(drawn.encode(sys.stdout.encoding or "utf-8", "backslashreplace"))


def never_final(lines: Sequence[str]) -> None:
    """Games with a score that their listings never called final: they are asked for, and named here."""
    for line in lines[:MAX_NAMED]:
        click.echo(f"never final: {line}", err=True)
    if len(lines) > MAX_NAMED:
        click.echo(f"never final: {len(lines) - MAX_NAMED} more, see `adce coverage --json`", err=True)


def text(line: str) -> None:
    """A sentence; on a terminal it is broken between words."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns
        line = "\n".join(textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)) or line
    click.echo(line)


def coverage_table(
    rows: Sequence[Coverage], *, see: str = "adce coverage --json", past: PastCoverage | None = None
) -> None:
    """HAVE against SHOULD, and its totals; and what has changed since `past`."""
    counts = COUNTS
    change = () if past is None else ("change",)
    table(
        ("source", "data type", "season", "required", *counts, "complete", *change),
        (
            (
                row.source,
                row.data_type,
                row.season,
                "yes" if row.required else "",
                *(getattr(row, name) for name in counts),
                _per_cent(row),
                *(() if past is None else (_changed(past.change(row)),)),
            )
            for row in rows
        ),
        right={*counts, "complete", *change},
        spare=(
            "season",
            "complete",
            "missing",
            "expected",
            "stored",
            "invalid",
            "stale",
            "verified",
            "small",
            "required",
            *change,
        ),
        see=see,
    )
    if rows:
        text(totals(rows))
    if rows and past is not None:
        all_of_them = past.change_of_all(rows)
        names = ("expected", "stored", "gaps")
        text(f"since {iso(past.since)}: {', '.join(f'{all_of_them[name]:+d} {name}' for name in names)}")


def _changed(change: Mapping[str, object]) -> str | None:
    """Stored objects since then; of what has stayed the same, nothing."""
    stored = change["stored"]
    return f"{stored:+d} stored" if isinstance(stored, int) and stored else None


def _per_cent(row: Coverage) -> str | None:
    return None if row.completeness_pct is None else f"{row.completeness_pct:g} %"


def totals(rows: Sequence[Coverage]) -> str:
    """One line on all rows.

    >>> totals([Coverage("ant", "items", None, expected=3, stored=2, missing=1, stale=1), Coverage("ant", "b", None)])
    'total: 3 expected, 2 stored, 1 missing, 1 stale, 0 verified; 33.33 % complete; 1 of 2 rows expect nothing yet'
    """
    total = Coverage.total(rows)
    counts = [(name, getattr(total, name)) for name in COUNTS]
    always = ("expected", "stored", "missing", "verified")
    said = ", ".join(f"{count} {name}" for name, count in counts if count or name in always)
    complete = _per_cent(total)
    idle = sum(1 for row in rows if not row.expected)
    rest = [f"{complete} complete" if complete else "nothing is expected yet"]
    if idle and complete:
        rest.append(f"{idle} of {len(rows)} rows expect nothing yet")
    return "; ".join([f"total: {said}", *rest])


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
    """Rate limiting per source that was asked, or may not be."""
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
        if row["requests_total"] or row["cooling_until"]
    ]
    if rows:
        table(
            ("source", "requests", "throttled", "used / limit", "breaker", "cooling until"),
            rows,
            right={"requests", "throttled"},
            spare=("requests", "throttled", "breaker", "cooling until"),
            fold={"used / limit"},
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
                _rate(row["rate"], row.get("configured_rate")),
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
        right={"waiting", "requests", "throttled"},
        spare=("cooling until", "why", "breaker", "waiting", "requests", "throttled", "tokens", "rate"),
        fold={"used / limit", "why"},
        see="adce sources --json",
    )


def _rate(now: object, configured: object) -> str:
    """After refusals it is less than what is configured."""
    if not isinstance(now, float):
        return "-"
    if not isinstance(configured, float) or now == configured:
        return f"{now:.3g}/s"
    return f"{now:.3g} of {configured:.3g}/s"


def _windows(windows: object) -> str:
    assert isinstance(windows, Mapping)
    return ", ".join(f"{name} {window['used']}/{window['limit']}" for name, window in windows.items()) or "no limit"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
