"""Provenance as user metadata of an object: what tells of it when our index is lost.

S3 takes 2 KB of it, ASCII only (AWS: "Working with object metadata"); everything else is percent-encoded, and what
does not fit is left out, the least needed first. The index holds all of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, unquote

from adce_async.errors import readable
from adce_async.ports import Provenance

MOST_BYTES = 2000
"""Of names and values together; S3 takes 2,048."""
_PLAIN = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) != "%") + " "
_SPARED = ("last-modified", "etag", "url")
"""Left out in this order where there is too much."""
_START = "adce-"


def to_metadata(provenance: Provenance, sha256: str, size: int) -> dict[str, str]:
    """What is written with an object of that content."""
    p = provenance
    values = {
        "sha256": sha256,
        "size": str(size),
        "fetched-at": repr(p.fetched_at),
        "scraper": p.scraper,
        "scraper-version": p.scraper_version,
        "status": str(p.status),
        "url": p.url,
        "etag": p.etag,
        "last-modified": p.last_modified,
    }
    written = {f"{_START}{name}": _encoded(value) for name, value in values.items() if value}
    for name in _SPARED:
        if sum(len(key) + len(value) for key, value in written.items()) > MOST_BYTES:
            written.pop(f"{_START}{name}", None)
    return written


def from_metadata(metadata: Mapping[str, str], content_type: str, size: int) -> tuple[Provenance, str] | None:
    """(provenance, sha-256) of an object of `size` bytes; None if it is none that we have written as it is.

    Raises nothing, whatever others have written there.
    """
    found = {name.lower().removeprefix(_START): unquote(value) for name, value in metadata.items()}
    try:
        if int(found["size"]) != size or len(found["sha256"]) != 64:
            return None
        provenance = Provenance(
            url=found.get("url", ""),
            fetched_at=float(found["fetched-at"]),
            scraper=found["scraper"],
            scraper_version=found["scraper-version"],
            content_type=content_type,
            status=int(found["status"]),
            etag=found.get("etag", ""),
            last_modified=found.get("last-modified", ""),
        )
    except (KeyError, ValueError):
        return None
    return provenance, found["sha256"]


def content_type_header(text: str) -> str:
    """A content type that may stand in a header; what others say may hold anything."""
    text = readable(text).strip()
    return text if text and len(text) <= 200 and text.isascii() and text.isprintable() else "binary/octet-stream"


def _encoded(text: str) -> str:
    text = quote(readable(text), safe=_PLAIN)
    return quote(text, safe="%" + _PLAIN.strip()) if text != text.strip() or "  " in text else text
