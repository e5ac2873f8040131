r"""What bodies may be like beyond the plain form, and are read all the same; they are stored as they came.

| tolerance                                                  | where it is met                       |
|------------------------------------------------------------|---------------------------------------|
| a byte order mark: UTF-8, UTF-16, UTF-32                   | `encoding_of`, hence all below        |
| a charset of the content type, or of an HTML `<meta>`      | `encoding_of`                         |
| gzip that nobody declared, of one member or several        | `unpacked`, `opened`                  |
| JSON: white space around it, one line of any length        | `json_of`                             |
| JSON: NaN and Infinity, as Python writes them: "no value"  | `json_of`                             |
| JSON: half a surrogate pair, numbers of any size           | `json_of`                             |
| JSON: a member twice (the last one counts), `\/`          | `json_of`                             |
| HTML: tags in any case, entities, tables in comments       | the parser, `scraping.html`           |
| CSV: lines that end in LF, CRLF or CR, breaks in quotes    | `scraping.declarative`                |
| CSV: no break after the last line that proves to be whole  | `is_whole_row`                        |

Not met, since what was cut looks alike: HTML without `</html>`, JSON or gzip without its end, a CSV whose last field
could go on. A list or an object must be at the top of JSON (`scraping.declarative`, each source).
"""

from __future__ import annotations

import codecs
import functools
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterable
from typing import Any, BinaryIO

import orjson

from adce_async.errors import RefusedError, UnreadableError

GZIP = b"\x1f\x8b\x08"
MOST_UNPACKED = 1_000_000_000
"""Bytes that an undeclared gzip may unpack to; a few MB can hold a thousand times their size."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""That of UTF-32-LE begins as that of UTF-16-LE does."""
_META = re.compile(rb"""<meta\s[^>]*charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
_META_BYTES = 4096
_LATIN = frozenset({"iso8859-1", "ascii"})
"""What says so is, by the rules of the web, windows-1252."""


def encoding_of(start: bytes, content_type: str = "") -> str:
    r"""The name of the codec for a text that begins with `start`: its own mark, else what is declared, else UTF-8.

    >>> encoding_of(b"\xef\xbb\xbf{}"), encoding_of(b"a,b", "text/csv; charset=ISO-8859-1"), encoding_of(b"{}")
    ('utf-8-sig', 'cp1252', 'utf-8')
    """
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    meta = _META.search(start[:_META_BYTES])
    declared = _CHARSET.search(content_type)
    for name in (declared[1] if declared else "", meta[1].decode() if meta else ""):
        known = _codec(name) if name else ""
        if not known or (known.startswith(("utf-16", "utf-32")) and b"\x00" not in start[:64]):
            continue  # a `<meta>` that can be read as it stands is not of that
        return "cp1252" if known in _LATIN else known
    return "utf-8"


@functools.lru_cache(maxsize=256)
def _codec(name: str) -> str:
    """Python's name of an encoding; '' if it knows none. Remembered: each page asks, and that none is found is slow."""
    try:
        return codecs.lookup(name).name
    except LookupError:
        return ""


def text_of(body: bytes, content_type: str = "") -> str:
    """The text of a body, without its mark, with replacement characters for what is none."""
    return body.decode(encoding_of(body[:_META_BYTES], content_type), "replace")


def as_utf8(body: bytes, content_type: str = "") -> bytes:
    """The body in UTF-8, without a mark; itself if it is that already."""
    name = encoding_of(body[:_META_BYTES], content_type)
    return body if name == "utf-8" else body.decode(name, "replace").encode("utf-8", "replace")


def unpacked(body: bytes) -> bytes:
    """The content of a gzip that nobody declared; any other body as it is. Raises RefusedError for a broken one."""
    if not body.startswith(GZIP):
        return body
    with opened(io.BytesIO(body)) as content:
        try:
            return content.read()
        except (OSError, EOFError, zlib.error) as error:
            raise RefusedError(f"a gzip that is broken or cut short: {error}") from error


def opened(body: BinaryIO) -> io.BufferedReader:
    """`body` as a file of its content: that of a gzip, if it is one. Reading raises OSError, EOFError or zlib.error."""
    start = body.read(len(GZIP))
    body.seek(0)
    return io.BufferedReader(_Bounded(gzip.GzipFile(fileobj=body)) if start == GZIP else _Plain(body))


class _Plain(io.RawIOBase):
    """A file as it is."""

    def __init__(self, body: BinaryIO) -> None:
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        found = self._body.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)


class _Bounded(io.RawIOBase):
    """A file that ends with an error after MOST_UNPACKED bytes."""

    def __init__(self, content: gzip.GzipFile) -> None:
        self._content = content
        self._left = MOST_UNPACKED

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        found = self._content.read(len(buffer))
        self._left -= len(found)
        if self._left < 0:
            raise OSError(f"it holds more than {MOST_UNPACKED} bytes")
        buffer[: len(found)] = found
        return len(found)


def json_of(body: bytes) -> Any:
    """The document of a body. Raises UnreadableError if it is no JSON, or not all of it."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return _odd_json(unpacked(body), error)


def _odd_json(body: bytes, first: orjson.JSONDecodeError) -> Any:
    """What Python's own parser reads beyond the strict one: NaN and Infinity (as None), half a surrogate pair."""
    try:
        text = body.decode(encoding_of(body[:4]))
        return json.loads(text, parse_constant=lambda _name: None)
    except UnicodeDecodeError as error:
        raise UnreadableError(f"not JSON: {error}") from error
    except (ValueError, RecursionError) as error:
        reason = first if body[:3] != GZIP and not isinstance(error, RecursionError) else error
        raise UnreadableError(f"not JSON: {reason}") from error


def is_whole_row(last_line: str, last_field: str, others: Iterable[str]) -> bool:
    """True if the last row of a CSV, all of whose fields are there, proves to be whole without a break behind it.

    That is so if its last field is closed by a quote, or if the column is of fixed width: 4 characters or more in each
    of the `others`, and here. (A number that was cut is a number, too.) What
    is cut between the two quotes that stand for one within a field is the one case that passes for whole.

    >>> is_whole_row('7,"Boston"', "Boston", []), is_whole_row("7,1946.0", "1946.0", ["1949.0"])
    (True, True)
    >>> is_whole_row("7,11", "11", ["110", "9"]), is_whole_row("7,1946.", "1946.", ["1949.0"])
    (False, False)
    """
    quoted = '"' + last_field.replace('"', '""') + '"'
    if last_line.endswith(quoted) or quoted.endswith(last_line):  # the latter where it has breaks in it
        return True
    widths = {len(one) for one in others}
    return len(widths) == 1 and widths == {len(last_field)} and len(last_field) >= _FIXED_WIDTH


_FIXED_WIDTH = 4
