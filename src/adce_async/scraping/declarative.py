"""Scrapers that need no code: a URL, a format, and rules that say what a good body looks like.

    format: json
    check: {equals: {id: "{id}"}, required: [rows], min_rows: {rows: 1}}

What each rule means in each format:

| rule         | json                      | html                       | csv                                |
|--------------|---------------------------|----------------------------|------------------------------------|
| equals       | value at a dotted path    | -                          | every value of a column            |
| required     | path there and not null   | CSS selector that matches  | column that is there               |
| forbidden    | path absent or null       | CSS selector without match | column that is not there           |
| min_rows     | length of list at a path  | matches of a CSS selector  | data rows, under the name `rows`   |
| title        | -                         | occurs in `<title>`        | -                                  |
| canonical    | -                         | end of the canonical link  | -                                  |
| content_type | all formats, parquet and bytes included: the header without its parameters             |

A dotted path is `a.b.0.c`, numbers index lists, `.` is the whole document; keys that hold a dot can't be named.
`equals`, `title` and `canonical` are templates of the key's fields and of those in `model.seasons.url_fields`.

Beyond the rules a body must always be whole: JSON complete, with an object or a list at its top; HTML ending in
`</html>`; CSV with a header, as many fields in each row, and an end to its last line, or a last field that can't go on
(`tolerances.is_whole_row`); parquet with `PAR1` at both ends and a footer that fits.
"""

from __future__ import annotations

import csv
import functools
import io
import string
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TextIO

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from adce_async.errors import FixMeError, PermanentError, RefusedError, UnreadableError
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.blocked import judging
from adce_async.scraping.html import canonical_of, refuse_cut_html, title_of
from adce_async.scraping.tolerances import encoding_of, is_whole_row, opened

_PARQUET_FRAME = 12
"""Bytes of a parquet file beside data and footer: two magic numbers and the length of the footer."""
_CUT = "cut short: the last line has no end"
_PEEK = 4096
"""Bytes of a CSV by which its encoding is told."""
LINE_LIMIT = 1_000_000
"""Characters of a line of CSV: so much is held in memory, and no table has longer ones."""


def dig(document: Any, path: str) -> Any:
    """The value at a dotted path of a JSON document (`.`: all of it); None if there is none, or if it is null.

    >>> dig({"header": {"competitions": [{"id": "401"}]}}, "header.competitions.0.id")
    '401'
    >>> dig({"header": []}, "header.competitions.0.id") is None
    True
    """
    for name, index in _steps(path):
        if isinstance(document, dict):
            document = document.get(name)
        elif index is not None and isinstance(document, list):
            document = document[index] if index < len(document) else None
        else:
            return None
    return document


@functools.lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[tuple[str, int | None], ...]:
    """The parts of a path, each as a name and as the index in a list. Paths are few, and asked for each row."""
    return tuple((part, int(part) if part.isdecimal() else None) for part in path.split(".") if part)


@dataclass(frozen=True, slots=True)
class CheckRules:
    """What a body must satisfy; see the table above for the meaning of each in each format."""

    equals: Mapping[str, str] = field(default_factory=dict)
    """Numbers compare by their text: id 7 equals "7", "0022400561" is not 22400561."""
    required: tuple[str, ...] = ()
    min_rows: Mapping[str, int] = field(default_factory=dict)
    title: str = ""
    canonical: str = ""
    """Equal to the canonical link, or its end from a `/` on: `boxscores/1.html` is no end of `boxscores/21.html`."""
    forbidden: tuple[str, ...] = ()
    content_type: str = ""

    def problems(self, format: str) -> list[str]:  # noqa: A002 - the word of the configuration
        """What is wrong with these rules for a body of `format`, one text each, beginning with the rule's name."""
        if format not in _CHECKS:
            return [f"format: {format!r} is unknown, expected one of {', '.join(_CHECKS)}"]
        said = {name: getattr(self, name) for name in _MEANING}
        found = [
            f"{name}: has no meaning for format {format}"
            for name in said
            if said[name] and format not in _MEANING[name]
        ]
        found += [f"equals.{path}: {bad}" for path, text in self.equals.items() if (bad := _bad_template(text))]
        found += [f"{name}: {bad}" for name in ("title", "canonical") if (bad := _bad_template(said[name]))]
        if format == "html":
            selectors = {"required": self.required, "forbidden": self.forbidden, "min_rows": tuple(self.min_rows)}
            found += [f"{name}: {one!r} is no CSS selector" for name in selectors for one in _bad(selectors[name])]
        if format == "csv" and set(self.min_rows) - {"rows"}:
            found.append("min_rows: of a csv only {rows: NUMBER} can be asked")
        return found

    def filled(self, values: Mapping[str, str]) -> CheckRules:
        """These rules with `{fields}` filled in. Raises PermanentError for a field that the key does not have."""
        try:
            return CheckRules(
                {path: text.format_map(values) for path, text in self.equals.items()},
                self.required,
                self.min_rows,
                self.title and self.title.format_map(values),
                self.canonical and self.canonical.format_map(values),
                self.forbidden,
                self.content_type,
            )
        except KeyError as missing:
            has = ", ".join(sorted(values))
            raise PermanentError(f"check: the key has no field {missing}; it has {has}") from missing


class DeclarativeScraper(Scraper):
    """One URL, one body, checked by rules."""

    def __init__(
        self,
        name: str,
        source: str,
        url: str,
        params: Mapping[str, str] | None = None,
        *,
        format: str,  # noqa: A002 - the word of the configuration
        check: CheckRules,
    ) -> None:
        """`format`: json, html, csv, parquet or bytes. Raises FixMeError if the rules do not fit it."""
        super().__init__(name, source, url, params)
        if problems := check.problems(format):
            raise FixMeError("check: " + "; ".join(problems))
        self.format = format
        self.rules = check

    def check(self, page: Page, want: Want) -> None:
        """See the module's docstring. Raises also what `refuse_block_pages` does."""
        with judging(page, html_due=self.format == "html"):
            rules = self.rules.filled(self.url_fields(want.fields))
            if rules.content_type and page.content_type != rules.content_type.lower():
                raise RefusedError(f"content type: expected {rules.content_type!r}, found {page.content_type!r}")
            _CHECKS[self.format](page, rules)


def _check_json(page: Page, rules: CheckRules) -> None:
    document = page.json()
    if not isinstance(document, dict | list):
        raise RefusedError(f"expected a JSON object or list, found {_said(document)}")
    for path, text in rules.equals.items():
        if _text(value := dig(document, path)) != text:
            raise RefusedError(f"{path}: expected {text!r}, found {_said(value)}")
    for path in rules.required:
        if dig(document, path) is None:
            raise RefusedError(f"{path}: required, and not there")
    for path in rules.forbidden:
        if (value := dig(document, path)) is not None:
            raise RefusedError(f"{path}: must not be there, found {_said(value)}")
    for path, least in rules.min_rows.items():
        rows = dig(document, path)
        if not isinstance(rows, list):
            raise RefusedError(f"{path}: expected a list, found {_said(rows)}")
        _expect_rows(path, least, len(rows))


def _check_html(page: Page, rules: CheckRules) -> None:
    if rules.title and rules.title not in (title := title_of(page)):
        raise RefusedError(f"title: expected {rules.title!r} in it, found {title!r}")
    if rules.canonical:
        found = canonical_of(page)
        if found != rules.canonical and not found.endswith("/" + rules.canonical.lstrip("/")):
            raise RefusedError(f"canonical link: expected {rules.canonical!r}, found {found!r}")
    refuse_cut_html(page)
    for selector in rules.required:
        if page.html.css_first(selector) is None:
            raise RefusedError(f"{selector}: required, and nothing matches")
    for selector in rules.forbidden:
        if page.html.css_first(selector) is not None:
            raise RefusedError(f"{selector}: must not match anything")
    for selector, least in rules.min_rows.items():
        _expect_rows(selector, least, len(page.html.css(selector)))


def _check_csv(page: Page, rules: CheckRules) -> None:
    if not page.size:
        raise UnreadableError("empty")
    try:
        with page.open() as body, opened(body) as content:
            name = encoding_of(content.peek(_PEEK)[:_PEEK], page.headers.get("content-type", ""))
            with io.TextIOWrapper(content, name, "replace", newline="") as text:
                _check_rows(_Lines(text), rules)
    except (OSError, EOFError, zlib.error) as error:
        raise RefusedError(f"a gzip that is broken or cut short: {error}") from error


class _Lines:
    """The lines of a file. Raises RefusedError for one that has no end within LINE_LIMIT."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._number = 0
        self.last = ""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self._number += 1
        line = self._file.readline(LINE_LIMIT + 1)
        if len(line) > LINE_LIMIT:
            raise RefusedError(f"line {self._number}: not CSV: longer than {LINE_LIMIT} characters")
        if not line:
            raise StopIteration
        if self._number == 1 and line.lstrip()[:1] in ("{", "[", "<"):
            raise UnreadableError("JSON or XML where CSV is due")
        self.last = line
        return line

    @property
    def ended(self) -> bool:
        """True if the last line that was read has an end."""
        return self.last.endswith(("\n", "\r"))


def _check_rows(lines: _Lines, rules: CheckRules) -> None:
    reader = csv.reader(lines, strict=True)
    last: list[str] = []
    ends: dict[int, str] = {}
    try:
        header = next(reader, [])
        if not lines.ended:
            raise RefusedError(_CUT)
        for column in (*rules.required, *rules.equals):
            if column not in header:
                raise RefusedError(f"{column}: required, and no such column")
        for column in rules.forbidden:
            if column in header:
                raise RefusedError(f"{column}: must not be a column")
        same = {column: header.index(column) for column in rules.equals}
        rows = 0
        for row in filter(None, reader):
            rows += 1
            if last:
                ends[len(last[-1])] = last[-1]  # one of each length will do
            last = row
            if len(row) != len(header):
                if not lines.ended:
                    raise RefusedError(_CUT)
                raise RefusedError(f"line {reader.line_num}: expected {len(header)} fields, found {len(row)}")
            for column, index in same.items():
                if row[index] != rules.equals[column]:
                    place = f"line {reader.line_num}: {column}"
                    raise RefusedError(f"{place}: expected {rules.equals[column]!r}, found {row[index]!r}")
    except csv.Error as error:
        raise RefusedError(f"line {reader.line_num}: not CSV: {error}") from error
    if not lines.ended and not (last and is_whole_row(lines.last, last[-1], ends.values())):
        raise RefusedError(_CUT)
    if not any(header):
        raise RefusedError("no header")
    if same and not rows:
        raise RefusedError(f"{', '.join(same)}: no row to compare")
    _expect_rows("rows", rules.min_rows.get("rows", 0), rows)


def _check_parquet(page: Page, _rules: CheckRules) -> None:
    start, end = page.start(4), page.end(8)
    if start != b"PAR1":
        raise UnreadableError(f"expected b'PAR1' at its start, found {start!r}")
    if end[-4:] != b"PAR1":
        raise RefusedError(f"cut short: expected b'PAR1' at its end, found {end[-4:]!r}")
    footer = int.from_bytes(end[:4], "little")
    if not 0 < footer <= page.size - _PARQUET_FRAME:
        raise RefusedError(f"a footer of {footer} bytes does not fit into a file of {page.size}")


def _check_bytes(page: Page, _rules: CheckRules) -> None:
    if not page.start(1000).strip():
        raise UnreadableError("empty")


_CHECKS: dict[str, Callable[[Page, CheckRules], None]] = {
    "json": _check_json,
    "html": _check_html,
    "csv": _check_csv,
    "parquet": _check_parquet,
    "bytes": _check_bytes,
}
_MEANING: dict[str, tuple[str, ...]] = {
    "equals": ("json", "csv"),
    "required": ("json", "html", "csv"),
    "min_rows": ("json", "html", "csv"),
    "title": ("html",),
    "canonical": ("html",),
    "forbidden": ("json", "html", "csv"),
}


def _expect_rows(what: str, least: int, found: int) -> None:
    if found < least:
        raise RefusedError(f"{what}: expected at least {least} rows, found {found}")


def _text(value: Any) -> str | None:
    """A JSON value as the text that `equals` compares with: 7 is '7', true is 'true'; None if it has none."""
    match value:
        case bool():
            return "true" if value else "false"
        case str() | int() | float():
            return str(value)
        case _:
            return None


def _said(value: Any) -> str:
    """A JSON value for an error message: '7', nothing, a list of 3."""
    match value:
        case None:
            return "nothing"
        case dict() | list():
            return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
        case _:
            return repr(_text(value))[:100]


def _bad_template(text: str) -> str:
    """What is wrong with a template; empty if nothing is."""
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    except ValueError as error:
        return f"{text!r} is no template: {error}"
    bad = [name for name in names if not name.isidentifier()]
    return f"{text!r} is no template: {{{bad[0]}}} is no field" if bad else ""


def _bad(selectors: tuple[str, ...]) -> list[str]:
    nothing = LexborHTMLParser(b"<p>")
    bad = []
    for selector in selectors:
        try:
            nothing.css_first(selector)
        except SelectolaxError:
            bad.append(selector)
    return bad
