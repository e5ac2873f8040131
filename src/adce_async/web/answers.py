"""What goes out: JSON, CSV of the same rows, and errors as RFC 9457 says. No text that leaves holds a secret."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from http import HTTPStatus

import orjson
from aiohttp import web

from adce_async.redaction import redact

Document = Mapping[str, object]
_OPTIONS = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS


def answer(document: Document, status: int = 200, *, headers: Mapping[str, str] | None = None) -> web.Response:
    """`document` as JSON, never cached."""
    return web.Response(
        body=redact(orjson.dumps(document, option=_OPTIONS).decode()).encode(),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def problem(
    status: int, detail: str, *, headers: Mapping[str, str] | None = None, more: Document | None = None
) -> web.Response:
    """An error with its reason, and what to do; `more`: further fields."""
    known = HTTPStatus(status)
    document = {"type": "about:blank", "title": known.phrase, "status": status, "detail": detail, **(more or {})}
    return web.Response(
        body=redact(orjson.dumps(document, option=_OPTIONS).decode()).encode(),
        status=status,
        content_type="application/problem+json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def table(
    request: web.BaseRequest, name: str, rows: Sequence[Document], more: Document, columns: Sequence[str] = ()
) -> web.Response:
    """A list: JSON `{name: rows, **more}`, or CSV for who accepts only that; with an ETag, 304 if it is known.

    `columns`: those that a CSV has in any case, first.
    """
    if wants_csv(request):
        body, content_type = _csv(rows, columns), "text/csv"
    else:
        body, content_type = orjson.dumps({name: rows, **more}, option=_OPTIONS), "application/json"
    body = redact(body.decode()).encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"Cache-Control": "no-cache", "ETag": tag, "Vary": "Accept"}
    if tag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type=content_type, charset="utf-8", headers=headers)


def wants_csv(request: web.BaseRequest) -> bool:
    """True if the client asks for CSV, by `?format=csv` or by what it accepts first."""
    asked = request.query.get("format")
    accepted = request.headers.get("Accept", "").partition(",")[0].partition(";")[0].strip()
    return asked == "csv" or (asked is None and accepted == "text/csv")


def _csv(rows: Sequence[Document], columns: Sequence[str]) -> bytes:
    names = list(dict.fromkeys([*columns, *(name for row in rows for name in row)]))
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return text.getvalue().encode()


def _cell(value: object) -> object:
    """What begins like a formula is none for a spreadsheet."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
    if isinstance(value, bool | int | float):
        return value
    return orjson.dumps(value).decode()
