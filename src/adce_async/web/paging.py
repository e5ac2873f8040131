"""`limit`, `offset` and filters of a list, as the query asks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from aiohttp import web

DEFAULT_ROWS, MOST_ROWS = 100, 10_000


class BadQueryError(Exception):
    """The query can't be answered; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows `offset` to `offset + limit` of those that fit all of `filters` (name -> value)."""

    limit: int = DEFAULT_ROWS
    offset: int = 0
    filters: Mapping[str, str] = field(default_factory=dict)

    @property
    def end(self) -> int:
        """One after the last row."""
        return self.offset + self.limit


def page_of(request: web.BaseRequest, known: Collection[str]) -> Page:
    """`known`: names of filters. Raises BadQueryError."""
    given: dict[str, str] = {}
    for name, value in request.query.items():
        if name in given:
            raise BadQueryError(f"{name}: given twice; expected it once")
        given[name] = value
    if given.pop("format", "json") not in ("json", "csv"):
        raise BadQueryError("format: expected json or csv")
    limit = _number(given.pop("limit", str(DEFAULT_ROWS)), "limit", 1, MOST_ROWS)
    offset = _number(given.pop("offset", "0"), "offset", 0, 10**9)
    if unknown := sorted(given.keys() - set(known)):
        names = ", ".join(("limit", "offset", "format", *sorted(known)))
        raise BadQueryError(f"{unknown[0]}: no such parameter here; expected one of {names}")
    return Page(limit, offset, given)


def _number(text: str, name: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise BadQueryError(f"{name}: expected a whole number from {least} to {most}")
    return int(text)
