"""A scraper of scraper_config.yaml: what it asks for, and how it knows the answer.

It needs no code when a URL and a check say it all; `uses: package.module:Class` names a class instead. Entries of the
predecessor's file need `source`, and `uses` or `url` with `check`: a script's name says neither what to fetch nor how
to tell that it is right.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from adce_async.config.files.base import Expected, Model, Renamed, misfits
from adce_async.config.files.fields import (
    NAME,
    Bytes,
    Flag,
    Many,
    Note,
    OneLine,
    PositiveCount,
    Seconds,
    SourceName,
    Template,
    Text,
    one_of,
)
from adce_async.config.files.limits import LimitConfig

_RULES = {
    "json": ("equals", "required", "min_rows", "forbidden", "content_type"),
    "html": ("required", "min_rows", "title", "canonical", "forbidden", "content_type"),
    "csv": ("equals", "required", "min_rows", "forbidden", "content_type"),
    "parquet": ("content_type",),
    "bytes": ("content_type",),
}
"""Format -> the rules of a check that have a meaning for it."""


def fields_of(template: str) -> set[str]:
    """The `{fields}` of a template. Raises ValueError if it is none.

    >>> sorted(fields_of("https://ant.test/{kind}/{id}.json"))
    ['id', 'kind']
    """
    found: set[str] = set()
    for _, name, spec, conversion in string.Formatter().parse(template):
        if name is None:
            continue
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or spec or conversion:
            raise ValueError(f"{{{name}}} is no field")
        found.add(name)
    return found


def _is_template(value: str) -> str:
    fields_of(value)
    return value


def _is_url(value: str) -> str:
    fields_of(value)
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or "{" in parts.netloc or "@" in parts.netloc:
        raise ValueError("no URL")
    if re.search(r"[\s\x00-\x1f]", value) or parts.fragment:
        raise ValueError("no URL")
    return value


Url = Annotated[
    str,
    AfterValidator(_is_url),
    Expected("a URL such as https://ant.test/items/{id}.json: http or https, a fixed host, {fields} in lower case"),
]
Filled = Annotated[Template, AfterValidator(_is_template), Expected("text; {fields} are written in lower case")]
Uses = Annotated[
    str,
    Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$"),
    Expected("package.module:Class"),
]
Format = Annotated[
    Literal["json", "html", "csv", "parquet", "bytes"],
    BeforeValidator(one_of(*_RULES)),
    Expected("json, html, csv, parquet or bytes"),
]
ScraperName = Annotated[str, Field(pattern=NAME), Expected("a name of letters, digits, '_' and '-'")]


class Check(Model):
    """What a body has to be before it counts as collected: a 200 alone proves nothing.

    Values may hold `{fields}` of the key that is asked for.
    """

    equals: dict[OneLine, Filled] = Field(default_factory=dict)
    """json: dotted path in the body -> the text there; csv: column -> the text in all its rows; default none."""
    required: Many[OneLine] = ()
    """What has to be there: dotted paths (json), columns (csv), CSS selectors (html); default none."""
    min_rows: dict[OneLine, PositiveCount] = Field(default_factory=dict)
    """Dotted path of a list (json), CSS selector (html) or `rows` (csv) -> least number; default none."""
    title: Filled | None = None
    """html: text that the page's title holds; no default."""
    canonical: Filled | None = None
    """html: what the address in `<link rel=canonical>` ends with; no default."""
    forbidden: Many[OneLine] = ()
    """What must not be there, such as the form of a block page; paths, columns or selectors; default none."""
    content_type: OneLine | None = None
    """The `Content-Type` without its parameters; no default."""

    def problems(self, body_format: str) -> Iterator[tuple[tuple[str, ...], str]]:
        """What of it makes no sense for bodies of this format, or that it says too little."""
        said = [name for name in type(self).model_fields if getattr(self, name)]
        if not said and body_format != "parquet":  # a parquet file shows by itself whether it is whole
            yield (), f"checks nothing; expected at least one of {', '.join(_RULES[body_format])}"
        for name in said:
            if name not in _RULES[body_format]:
                fit = ", ".join(one for one, names in _RULES.items() if name in names)
                yield (name,), f"has no meaning for 'format: {body_format}'; expected it with {fit} only"
        if body_format == "csv" and self.min_rows.keys() - {"rows"}:
            yield ("min_rows",), "of a csv file only {rows: NUMBER} can be asked"


class ScraperEntry(Model):
    """One scraper: where it asks, and how it knows the answer."""

    renamed: ClassVar[tuple[Renamed, ...]] = (Renamed("timeout", "timeout_seconds"),)

    source: SourceName
    """Name of its source, in any case; no default."""
    enabled: Flag = True
    """Default true."""
    uses: Uses | None = None
    """`package.module:Class`, for what `url` and `check` cannot say; no default."""
    url: Url | None = None
    """Where to ask, with `{fields}` of the data type and what follows from them (`{season_end}`, `{date_compact}`,
    ...); no default."""
    params: dict[OneLine, Filled] = Field(default_factory=dict)
    """Query parameters, with `{fields}` too; default none."""
    format: Format = "json"
    """What the body is: json (default), html, csv, parquet or bytes."""
    check: Check | None = None
    """What the body has to be; required without `uses`."""
    version: Annotated[Template, Expected("text")] = "1"
    """Raise it after changing `check`: what was parked is tried again; default 1."""
    timeout_seconds: Seconds | None = None
    """Seconds for one attempt; default the source's. The old `timeout` is read."""
    connect_timeout_seconds: Seconds | None = None
    """Seconds to connect; default the source's."""
    read_timeout_seconds: Seconds | None = None
    """Seconds without a byte of the answer; default the source's."""
    max_response_bytes: Bytes | None = None
    """Bytes; a longer body is refused; default the source's."""
    rate_limit: LimitConfig | None = None
    """Counts for the whole source: the strictest of all who speak for it."""
    evidence: Annotated[
        Literal["captured", "documented", ""],
        BeforeValidator(one_of("captured", "documented")),
        Expected("captured or documented"),
    ] = ""
    """How it is known that the source answers so: `captured` (a real body was seen), `documented`; default unsaid."""
    retired: Text = ""
    """Why it is not asked any more; its check still judges what is in the lake. Default: it is asked."""
    stream: Flag = False
    """Default false. True: bodies are large and go to a file, never whole into memory."""
    description: Text = ""
    """For people."""
    metadata: Note = None
    """For people; nothing reads it."""

    @model_validator(mode="after")
    def _can_work(self) -> Self:
        problems: list[tuple[tuple[str, ...], str]] = []
        if self.uses is None and self.url is None:
            problems.append(((), "says not what to fetch; expected 'uses: package.module:Class', or 'url' and 'check'"))
        elif self.uses is None and self.check is None:
            problems.append(((), "has a 'url' but no 'check'; expected one: a 200 alone proves nothing"))
        if self.stream and self.uses is None and self.format in ("json", "html"):
            message = f"has no meaning for 'format: {self.format}'; expected csv, parquet or bytes"
            problems.append((("stream",), message))
        if self.check is not None:
            problems += [(("check", *key), message) for key, message in self.check.problems(self.format)]
        if problems:
            raise misfits(problems)
        return self

    def templates(self) -> Iterator[tuple[tuple[str, ...], set[str]]]:
        """(key, its `{fields}`) of everything that is filled in from the fields of a data type."""
        if self.url is not None:
            yield ("url",), fields_of(self.url)
        for name, text in self.params.items():
            yield ("params", name), fields_of(text)
        if self.check is not None:
            for path, text in self.check.equals.items():
                yield ("check", "equals", path), fields_of(text)
            for name in ("title", "canonical"):
                if text := getattr(self.check, name):
                    yield ("check", name), fields_of(text)
