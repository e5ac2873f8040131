"""Templates to HTML. The library is imported when the first page is asked for."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from adce_async import __version__
from adce_async.redaction import redact
from adce_async.web.page.heat_map import HeatMap

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

STATIC = Path(__file__).with_name("static")
CONTENT_TYPES = {".css": "text/css", ".js": "text/javascript"}


def render(template: str, now: float, values: Mapping[str, object]) -> bytes:
    """The page; `now`: seconds since the epoch."""
    made = _environment().get_template(template).render(now=now, version=__version__, stamp=stamp(), **values)
    return redact(made).encode()


@functools.cache
def static_files() -> Mapping[str, tuple[bytes, str]]:
    """Name -> content and content type of what is sent as it is."""
    return {
        path.name: (path.read_bytes(), CONTENT_TYPES[path.suffix])
        for path in sorted(STATIC.iterdir())
        if path.suffix in CONTENT_TYPES
    }


@functools.cache
def stamp() -> str:
    """Another one with each other content of the static files, so that browsers need not ask for them again."""
    return hashlib.sha256(b"".join(body for body, _ in static_files().values())).hexdigest()[:12]


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape  # noqa: PLC0415 - see above

    made = Environment(
        loader=PackageLoader("adce_async.web.page"), autoescape=select_autoescape(default=True),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters.update(table_of=_table_of, path=_path, clock=_clock, time=_time, duration=duration)
    return made


@functools.lru_cache(maxsize=2)
def _table_of(shown: HeatMap) -> Markup:
    """A thousand cells take as long as all the rest; they are others only after a pass."""
    from markupsafe import Markup  # noqa: PLC0415 - comes with jinja2

    return Markup(_environment().get_template("map.html").render(map=shown))  # noqa: S704 - a template's own


def _path(text: str) -> str:
    return quote(text, safe="/")


def _clock(at: float) -> str:
    return f"{_utc(at):%H:%M:%S} UTC"


def _time(at: float) -> str:
    return f"{_utc(at):%Y-%m-%d %H:%M:%S} UTC"


def _utc(at: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(at, dt.UTC)


def duration(seconds: float) -> str:
    """In two units at most.

    >>> [duration(seconds) for seconds in (0.4, 59, 61, 3600, 90061)]
    ['0 s', '59 s', '1 min 1 s', '1 h', '1 d 1 h']
    """
    whole = int(seconds)
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    parts: list[str] = []
    for name, size in units:
        count, whole = divmod(whole, size)
        if count:
            parts.append(f"{count} {name}")
        elif parts:
            break
        if len(parts) == 2:
            break
    return " ".join(parts) or "0 s"
