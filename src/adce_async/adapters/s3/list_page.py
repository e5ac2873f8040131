"""One page of a listing (`ListObjectsV2`), read from its XML: the 300 KB of 1,000 keys in a tenth of the time that
botocore's own parser takes, which makes a dictionary of each object by way of the service's model.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import unquote_plus
from xml.etree import ElementTree as ET

from adce_async.errors import StoreError


class BrokenPageError(StoreError):
    """An answer that is no whole page, whatever its status said: to be asked for again."""


@dataclass(slots=True)
class Page:
    """The objects of one page, in columns of equal length, ordered by key."""

    keys: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    etags: list[str] = field(default_factory=list)
    """Without quotes."""
    modified: list[float] = field(default_factory=list)
    """Seconds since the epoch."""
    more: bool = False
    """True if this is not the last page."""

    def __len__(self) -> int:
        return len(self.keys)

    def after(self, last: str) -> Page:
        """What of it comes after the key `last`."""
        if not self.keys or self.keys[0] > last:
            return self
        first = bisect_right(self.keys, last)
        return Page(self.keys[first:], self.sizes[first:], self.etags[first:], self.modified[first:], self.more)


def read_page(body: bytes) -> Page:
    """What `body` lists. Raises BrokenPageError if it is not one whole page."""
    try:
        root = ET.fromstring(body)  # noqa: S314 - expat bounds what entities may grow to
        return _page(root)
    except (ET.ParseError, LookupError, TypeError, ValueError, OverflowError) as error:
        raise BrokenPageError(f"a page of the listing is broken: {error}") from error


def _page(root: ET.Element) -> Page:
    name, space = _split(root.tag)
    if name != "ListBucketResult":
        raise ValueError(f"<{name}> instead of <ListBucketResult>")
    more = _text(root, f"{space}IsTruncated")
    if more not in ("true", "false"):
        raise ValueError(f"IsTruncated is {more!r}")
    tags = [f"{space}{tag}" for tag in ("Key", "Size", "LastModified", "ETag")]
    found = root.findall(f"{space}Contents")
    keys, sizes, times, etags = ([each.findtext(tag) for each in found] for tag in tags)
    if None in keys or None in times:
        raise ValueError("an object has no key or no time")
    count = root.findtext(f"{space}KeyCount")
    if count is not None and int(count) != len(keys) + len(root.findall(f"{space}CommonPrefixes")):
        raise ValueError(f"{len(keys)} keys instead of {count}")
    plain = [key or "" for key in keys]
    if root.findtext(f"{space}EncodingType") == "url":
        plain = [unquote_plus(key) if "%" in key or "+" in key else key for key in plain]
    if any(map(str.__ge__, plain, plain[1:])):
        raise ValueError("its keys are not in order")
    return Page(
        plain,
        [int(size or "") for size in sizes],
        [(etag or "").strip('"') for etag in etags],
        [_seconds(time or "") for time in times],
        more == "true",
    )


def _split(tag: str) -> tuple[str, str]:
    """(name, namespace as ElementTree writes it before names)."""
    space, brace, name = tag.rpartition("}")
    return name, space + brace


def _text(element: ET.Element, tag: str) -> str:
    text = element.findtext(tag)
    if text is None:
        raise ValueError(f"{_split(tag)[0]} is missing")
    return text.strip()


def _seconds(text: str) -> float:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"LastModified is {text!r}")
    return moment.timestamp()
