"""What the bodies of nba.com come in, and the lies that can be told from it.

- V1 and V2: `{resource, parameters, resultSets: [{name, headers, rowSet}]}`. `resultSets` is an object in some
  (videoevents, shot locations), some say `resultSet` (leagueleaders, the estimated metrics), and the headers of shot
  locations are in two layers. `parameters` repeats what the server understood: a filter that it ignored shows there.
- V3 and cdn.nba.com: `{meta, game | scoreboard | leagueSchedule | boxScore...}`.
- `{}` is what a dead endpoint answers, `{"Message": "An error has occurred."}` a server in trouble; an XML with
  `AccessDenied` says that a file is not in the bucket behind cdn.nba.com.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adce_async.errors import NotFoundError, RefusedError, TransientError
from adce_async.scraping.base import Page

_NOT_IN_BUCKET = b"<Code>AccessDenied</Code>"
_BLANK = (None, "", 0, "0")
"""What an empty filter may come back as."""
_PRESENTATION = frozenset(
    {"Counter", "Direction", "Sorter", "StartPeriod", "EndPeriod", "StartRange", "EndRange", "RangeType", "DayOffset"}
)
"""Parameters that change the order of the rows, or that the checks of games judge by their meaning."""
_IDENTITY = frozenset({"GameID", "LeagueID", "PlayerID", "Season", "SeasonType", "SeasonYear", "TeamID"})
"""Parameters that must not come back empty."""
_OTHER_NAMES = {"Season": "SeasonYear"}
"""leaguestandingsv3 and leagueseasonmatchups are asked for `Season` and repeat it as `SeasonYear`."""


@dataclass(frozen=True, slots=True)
class Table:
    """One result set. A row may be shorter than `columns`; what it lacks is None."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[Any]]

    def column(self, name: str) -> list[Any]:
        """The values of a column, in the order of the rows. Raises RefusedError if there is no such column."""
        if name not in self.columns:
            raise RefusedError(f"headers: expected {name}, found {', '.join(self.columns)[:100] or 'none'}")
        index = self.columns.index(name)
        return [row[index] if index < len(row) else None for row in self.rows]

    def distinct(self, name: str) -> list[Any]:
        """The values of a column, each once."""
        return list({repr(value): value for value in self.column(name)}.values())

    def records(self) -> Iterator[dict[str, Any]]:
        """The rows as dictionaries."""
        return (dict(zip(self.columns, row, strict=False)) for row in self.rows)


def opened(page: Page) -> dict[str, Any]:
    """The body as an object. Raises NotFoundError, TransientError or RefusedError for what is none, or says no."""
    if _NOT_IN_BUCKET in page.start(2000):
        raise NotFoundError("AccessDenied: not in the bucket")
    body = page.json()
    if not isinstance(body, dict):
        raise RefusedError("expected a JSON object")
    if not body:
        raise RefusedError("an empty object: what a dead endpoint answers")
    if isinstance(message := body.get("Message"), str) and len(body) == 1:
        raise TransientError(f"the server says {message!r}")
    return body


def parameters(body: Mapping[str, Any]) -> dict[str, Any]:
    """What the server says it was asked; it may be a list of objects. Empty where it says nothing."""
    said = body.get("parameters")
    parts = said if isinstance(said, list) else [said]
    return {name: value for part in parts if isinstance(part, dict) for name, value in part.items()}


def refuse_disagreement(body: Mapping[str, Any], asked: Mapping[str, str], keyed: Collection[str] = ()) -> None:
    """Raise RefusedError unless the parameters that `body` repeats are those that were asked.

    `keyed`: those that the key names and nothing else in the body proves. They must be repeated: an envelope that
    holds none of them, or nothing for one, may be of anything.
    """
    said = parameters(body)
    for name, value in asked.items():
        other = name if name in said else _OTHER_NAMES.get(name, name)
        blank = value in _BLANK
        if other not in said and name in keyed:
            raise RefusedError(f"parameters.{name}: expected {value!r}, and it is not repeated")
        presentation = name in _PRESENTATION and name not in keyed
        if presentation or other not in said or (name == "SeasonYear" and blank):
            continue
        found = said[other]
        ignored = found in (None, "")
        if (blank and found not in _BLANK) or (not blank and not ignored and not _same(str(found), value)):
            raise RefusedError(f"parameters.{other}: expected {value!r}, found {found!r:.100}")
        if not blank and ignored and (name in _IDENTITY or name in keyed):
            raise RefusedError(f"parameters.{other}: expected {value!r}, found nothing")


def day_of(text: object) -> str:
    """`2025-11-05`, `2025-11-05T00:00:00` or `11/05/2025 00:00:00` as the first of them; empty if it is none.

    >>> day_of("11/05/2025 00:00:00"), day_of("2025-11-05"), day_of(None)
    ('2025-11-05', '2025-11-05', '')
    """
    said = re.sub(r"(\d\d)/(\d\d)/(\d{4})", r"\3-\1-\2", str(text)[:10])
    try:
        return dt.date.fromisoformat(said).isoformat()
    except ValueError:
        return ""


def _same(found: str, asked: str) -> bool:
    return found == asked or bool(day_of(found) and day_of(found) == day_of(asked))


def tables(body: Mapping[str, Any]) -> dict[str, Table]:
    """The result sets by name, in their order. Raises RefusedError if there are none at all."""
    found = body["resultSets"] if "resultSets" in body else body.get("resultSet")
    if isinstance(found, dict):
        if "rowSet" not in found:  # videoevents: an object of lists
            return {name: Table((), rows) for name, rows in found.items() if isinstance(rows, list)}
        found = [found]
    if not isinstance(found, list):
        raise RefusedError("resultSets: not there")
    sets = [one for one in found if isinstance(one, dict) and isinstance(one.get("rowSet"), list)]
    return {
        str(one.get("name")): Table(_columns(one.get("headers")), [row for row in one["rowSet"] if _is_row(row)])
        for one in sets
    }


def _columns(headers: Any) -> tuple[str, ...]:
    if not isinstance(headers, list):
        return ()
    if headers and isinstance(headers[-1], dict):  # two layers: the lower one names the columns
        names = headers[-1].get("columnNames")
        headers = names if isinstance(names, list) else []
    return tuple(map(str, headers))


def _is_row(row: Any) -> bool:
    return isinstance(row, list)


def number(value: Any) -> int | None:
    """An integer that is recorded: 7, 7.0 or "7"; None for anything else.

    >>> number("119"), number(119.0), number(""), number(None), number(True)
    (119, 119, None, None, None)
    """
    match value:
        case bool():
            return None
        case int():
            return value
        case float():
            return int(value) if value.is_integer() else None
        case str() if value.strip().isdecimal():
            return int(value)
        case _:
            return None
