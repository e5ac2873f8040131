"""What a scraper author writes against.

A scraper fetches, checks and saves the keys of one request. Most need only a URL and a check, and are
declared in YAML (`scraping.declarative`); a class needs `check` and, where one body names others, `discover`:

    class EspnScoreboard(Scraper):
        version = "1"

        def check(self, page: Page, want: Want) -> None:
            if "events" not in page.json():
                raise RefusedError("no events in it")

The engine owns everything else: limits, retries, leases, timeouts, storing. A scraper never sees a limiter.
"""

from __future__ import annotations

import abc
import functools
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, ClassVar, Protocol, TypeVar
from urllib.parse import quote

from selectolax.lexbor import LexborHTMLParser

from adce_async.errors import RefusedError
from adce_async.model.coverage import Discovery
from adce_async.model.facts import GameFacts
from adce_async.model.seasons import url_fields
from adce_async.model.task import Task
from adce_async.redaction import redact
from adce_async.scraping.nesting import parse_html
from adce_async.scraping.tolerances import as_utf8, json_of, text_of, unpacked

T = TypeVar("T")


@dataclass(frozen=True)
class Page:
    """An answer with status 200, whole: content-encoding removed, nothing else changed.

    A large body that was streamed lies in `file`, and `body` is empty; `open`, `size`, `start` and `end` serve both.
    """

    url: str
    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    fetched_at: float = 0.0
    file: Path | None = None
    """Where a streamed body lies until it is stored or refused."""

    def open(self) -> BinaryIO:
        """The body as a file that can be read and sought; close it."""
        return io.BytesIO(self.body) if self.file is None else self.file.open("rb")

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return len(self.body) if self.file is None else self._file_size

    @functools.cached_property
    def _file_size(self) -> int:
        assert self.file is not None
        return self.file.stat().st_size

    def start(self, count: int) -> bytes:
        """The first `count` bytes of the body."""
        if self.file is None:
            return self.body[:count]
        with self.open() as body:
            return body.read(count)

    def end(self, count: int) -> bytes:
        """The last `count` bytes of the body."""
        if self.file is None:
            return self.body[max(0, len(self.body) - count) :]
        with self.open() as body:
            body.seek(max(0, self.size - count))
            return body.read()

    @property
    def content_type(self) -> str:
        """Without its parameters, in lower case."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    @functools.cached_property
    def _json(self) -> Any:
        try:
            return json_of(self.body)
        except RefusedError as error:
            error.status, error.head = self.status, self.head
            raise

    def json(self) -> Any:
        """The body decoded; parsed once. Raises RefusedError if it is no JSON."""
        return self._json

    @functools.cached_property
    def text(self) -> str:
        """The body as text, in the encoding that it says or declares, with replacement characters where it is none."""
        return text_of(unpacked(self.body), self.headers.get("content-type", ""))

    @functools.cached_property
    def markup(self) -> bytes:
        """The body in UTF-8 without a mark; the same object where it is that already."""
        return as_utf8(unpacked(self.body), self.headers.get("content-type", ""))

    def opening(self, count: int) -> bytes:
        """About the first `count` bytes of the text, in UTF-8."""
        return as_utf8(self.start(count), self.headers.get("content-type", ""))

    @functools.cached_property
    def html(self) -> LexborHTMLParser:
        """The body as an HTML tree; parsed once. Raises RefusedError if that would take for ever (see `nesting`)."""
        return parse_html(self.markup)

    @functools.cached_property
    def _made(self) -> dict[Callable[[Page], Any], Any]:
        return {}

    def once(self, make: Callable[[Page], T]) -> T:
        """`make(page)`, which is made once: for `check` and `facts`, and for all keys that the same body serves.

        `make` is a function of a module, for by it the result is found again. Raises what it raises, each time anew.
        """
        made = self._made
        if make not in made:
            made[make] = make(self)
        found: T = made[make]
        return found

    def forget(self) -> None:
        """Let go of what was made of the body; whoever asks once more makes it anew."""
        for name in ("_json", "text", "markup", "html", "_made"):
            self.__dict__.pop(name, None)

    @property
    def head(self) -> str:
        """The first 200 characters, for reports."""
        return redact(self.opening(800).decode("utf-8", "replace"))[:200]


@dataclass(frozen=True, slots=True)
class Want:
    """What a body is asked to be: one key of one data type."""

    key: str
    data_type: str
    fields: Mapping[str, str]
    """The fields of the key, `season` included where there is one."""


class ScrapeContext(Protocol):
    """What the engine lends a scraper for one task."""

    async def fetch(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
    ) -> Page:
        """GET within the source's limits. Raises the ScrapeError that fits any answer but a 200.

        `stream`: the body goes to a file, so that its size is no matter of memory.
        """
        ...

    async def save(self, page: Page, key: str | None = None) -> None:
        """Check `page` and store it, under each key that this request serves (or only under `key`).

        Raises what `check` raised if no key at all could be stored.
        """
        ...


class Scraper(abc.ABC):
    """Base of all scrapers; one instance a configured name, shared by all its tasks: keep no state in it."""

    stream: bool = False
    """True if its bodies are large: they go to a file, see `Page`."""
    blank_fields: bool = False
    """True if a parameter may be sent without a value where a key does not name its field."""
    open_params: Mapping[str, str] = MappingProxyType({})
    """Parameters with a value of their own that a key may replace -> the field that does; see `scraping.url_lookup`."""
    lists_seasons: bool = False
    """True if all its bodies of a season together name each game of it: what they do not name was not played."""
    live: bool = False
    """True if a body lists the games of one day (field `date`) and tells within a minute or so that one is over: the
    engine looks at it while games are on."""
    version: ClassVar[str] = "1"
    """Raise it when `check` or `discover` change: what was parked is tried again, what was found is found anew."""

    def __init__(self, name: str, source: str, url: str = "", params: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.source = source
        self.url = url
        self.params = dict(params or {})

    async def scrape(self, task: Task, ctx: ScrapeContext) -> None:
        """Fetch the one page of `url` and save it; override for anything longer."""
        page = await ctx.fetch(self.url_for(task.fields), params=self.params_for(task.fields), stream=self.stream)
        await ctx.save(page)

    def url_for(self, fields: Mapping[str, str]) -> str:
        """`url` with its `{fields}` filled in, percent-encoded; see `model.seasons.url_fields` for derived ones."""
        return self.url.format_map({k: quote(v, safe="") for k, v in self.url_fields(fields).items()})

    def params_for(self, fields: Mapping[str, str]) -> dict[str, str]:
        """The query parameters, filled in (the HTTP client encodes them)."""
        values = self.url_fields(fields)
        return {name: text.format_map(values) for name, text in self.params.items()}

    def url_fields(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Fields of the key as the URL wants them; extend it where a source spells things its own way."""
        return url_fields(dict(fields))

    @abc.abstractmethod
    def check(self, page: Page, want: Want) -> None:
        """Return if `page` is what was asked for, whole and final; else raise the ScrapeError that fits.

        There is no default: a 200 proves nothing. May run in a thread; must not do I/O.
        """

    def discover(self, page: Page, want: Want) -> Discovery | None:
        """The things (games, ...) that an accepted body names, for derived dimensions; None if it names none."""
        return None

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        """What an accepted body says about games, for the invariants of `planning.verify`; nothing by default."""
        return ()

    def table_reader(self, data_type: str) -> str:
        """`package.module:function` of what reads its bodies of a data type into tables (`scraping.table_rows`).

        Empty if they fill none. It is imported only where tables are made.
        """
        return ""

    def cache_tag(self, etag: str) -> str:
        """Under which a discovery is remembered: another body or another version means reading anew."""
        return f"{etag}#{self.name}/{self.version}"

    def etag_of(self, tag: str) -> str | None:
        """The etag that `cache_tag` made `tag` of; None if that was another scraper or version."""
        etag = tag.removesuffix(self.cache_tag(""))
        return None if etag == tag else etag
