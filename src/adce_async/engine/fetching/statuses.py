"""What an HTTP status means for a task. Pure: the headers have lower-case names, `now` is wall-clock time.

401 and 403 are told apart by who says so. *The API itself* does with an error object of its own: JSON that names the
status once more (`{"code": 403, "message": ...}`, `{"status": 403, "detail": ...}`) or holds the error as an object
(`{"error": {"message": ...}}`, `{"errors": [{...}]}`). Then 403 is about this key and 401 about the account. *Whoever
stands before it* (a firewall, a rate limiter) does with anything else, and also with such an object if it speaks of
rates, limits, bots or addresses, or comes with `Retry-After` or an empty rate limit: that is about the source.
"""

from __future__ import annotations

import email.utils
import math
import re
from collections.abc import Mapping
from typing import Any

import orjson

from adce_async import errors
from adce_async.redaction import redact

LONGEST_RETRY_AFTER = 24 * 3600.0
"""Seconds; what a server asks for beyond that is cut."""

LONGEST_FRESH = 3600.0
"""Seconds; an answer that was not accepted is asked for again after that, however long it may be cached."""

_NOT_THERE = b"<Code>AccessDenied</Code>"
"""Amazon S3 answers 403 with this XML for an object that is not there, to those who may not list the bucket
(cdn.nba.com does, for any game that has no file yet). Nobody refuses us: the block pages in front of it are HTML."""

MOST_WORDS = 200
"""Characters of what an upstream says that are passed on."""
_WORDS = ("message", "Message", "detail", "title", "error_description", "description", "reason", "error")
_STATUS = ("code", "status", "statusCode", "status_code")
_BEFORE_IT = re.compile(
    r"rate.?limit|too many|throttl|quota|slow down|limit (?:was |is )?exceeded|exceed\w* .{0,40}limit|abus|try again"
    r"|temporar|unavailable|captcha|\bbots?\b|automated|firewall|\bwaf\b|block|banned|blacklist|denylist|suspicious"
    r"|unusual (?:traffic|activity)|\bip\b|\bray.?id\b|cloudflare|akamai|incapsula|imperva"
    r"|security (?:policy|rule|check)",
    re.IGNORECASE,
)
"""What only a firewall or a rate limiter speaks of."""


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that the server asks us to wait; None without a valid `Retry-After`.

    A date is taken relative to the answer's own `Date`, whose clock it was made with.

    >>> retry_after({"retry-after": "120"}, 0.0), retry_after({"retry-after": "soon"}, 0.0)
    (120.0, None)
    >>> date = "Sun, 15 Dec 2024 00:00:00 GMT"
    >>> retry_after({"retry-after": "Sun, 15 Dec 2024 00:01:00 GMT", "date": date}, 0.0)
    60.0
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        return min(float(text), LONGEST_RETRY_AFTER)
    until = _seconds(text)
    if until is None:
        return None
    sent = _seconds(headers.get("date", ""))
    wait = until - (now if sent is None else sent)
    return min(wait, LONGEST_RETRY_AFTER) if wait >= 0 else None


def fresh_seconds(headers: Mapping[str, str]) -> float:
    """Seconds for which the same answer would come again: `x-full-ttl` of stats.nba.com, else `max-age` less `Age`.

    >>> fresh_seconds({"x-full-ttl": "300.000", "cache-control": "no-cache"})
    300.0
    >>> fresh_seconds({"cache-control": "public, max-age=60", "age": "45"}), fresh_seconds({})
    (15.0, 0.0)
    """
    seconds = _number(headers.get("x-full-ttl", ""))
    if seconds is None:
        control = {
            name.strip().lower(): value for name, _, value in map(_halves, headers.get("cache-control", "").split(","))
        }
        if "no-cache" in control or "no-store" in control:
            return 0.0
        seconds = (_number(control.get("max-age", "")) or 0.0) - (_number(headers.get("age", "")) or 0.0)
    return min(max(seconds, 0.0), LONGEST_FRESH)


def _halves(directive: str) -> tuple[str, str, str]:
    return directive.partition("=")


def _number(text: str) -> float | None:
    try:
        number = float(text.strip().strip('"'))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def error_for(status: int, headers: Mapping[str, str], body: bytes, host: str, now: float) -> errors.ScrapeError:
    """The error that an answer with any `status` but 200 is; `body` may be just its beginning."""
    head = redact(body[:800].decode("utf-8", "replace"))[:200]
    wait = _wait(headers, now)
    reason = f"HTTP {status} from {host}"
    if status == 403 and _NOT_THERE in body[:2000]:
        return errors.NotFoundError(f"{reason}: not in its bucket", status=status, head=head)
    said = _error_object(status, body) if status in (401, 403, 429) else None
    if said:
        reason = f"{reason}: {said}"
    if status == 401 and (said is not None or not body or "www-authenticate" in headers):
        return errors.AccountError(reason, status=status, head=head)
    if status == 403 and said is not None and not _is_before_it(headers, body):
        return errors.DeniedError(reason, status=status, head=head)
    match status:
        case 404 | 410:
            return errors.NotFoundError(reason, status=status, head=head)
        case 403 | 429:
            return errors.BlockedError(reason, status=status, head=head, retry_after=wait)
        case 408 | 425:
            return errors.TransientError(reason, status=status, head=head, retry_after=wait)
        case _ if 400 <= status < 500:
            return errors.PermanentError(reason, status=status, head=head)
        case _ if 200 <= status < 300:
            return errors.RefusedError(f"{reason}, where 200 is due", status=status, head=head)
        case _:
            return errors.TransientError(reason, status=status, head=head, retry_after=wait)


def _error_object(status: int, body: bytes) -> str | None:
    """What the API's own error object says, on one line; None if `body` is none."""
    try:
        found = orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    listed = found.get("errors")
    inner = listed[0] if isinstance(listed, list) and listed else found.get("error")
    nested = inner if isinstance(inner, dict) else None
    if nested is None and not any(str(found.get(name)) == str(status) for name in _STATUS):
        return None
    words = (
        _first(nested or {}, _WORDS) or _first(found, _WORDS) or f"code {_first(nested or found, _STATUS) or status}"
    )
    text = redact(errors.one_line(words))
    return text if len(text) <= MOST_WORDS else f"{text[: MOST_WORDS - 3]}..."


def _first(place: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((str(value) for name in names if isinstance(value := place.get(name), str | int) and value), "")


def _is_before_it(headers: Mapping[str, str], body: bytes) -> bool:
    """True if not the API itself speaks, but what protects it."""
    if "retry-after" in headers or "cf-mitigated" in headers or _used_up(headers):
        return True
    return _BEFORE_IT.search(body[:4096].decode("utf-8", "replace")) is not None


def _used_up(headers: Mapping[str, str]) -> bool:
    return any(headers.get(name, "").strip() == "0" for name in ("x-ratelimit-remaining", "ratelimit-remaining"))


def _wait(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait: `Retry-After`, or until a rate limit that is used up is full again (as GitHub says it)."""
    wait = retry_after(headers, now)
    reset = _number(headers.get("x-ratelimit-reset", "")) if wait is None and _used_up(headers) else None
    return wait if reset is None or reset <= now else min(reset - now, LONGEST_RETRY_AFTER)


def is_throttling(error: errors.ScrapeError) -> bool:
    """True if the whole source has to slow down for it: 403, 429, and 503 with a `Retry-After`."""
    if isinstance(error, errors.TransientError):
        return error.status == 503 and error.retry_after is not None
    return isinstance(error, errors.BlockedError)


def _seconds(date: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
