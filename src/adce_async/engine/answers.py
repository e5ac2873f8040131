"""What an HTTP status means for a task. Pure: the headers have lower-case names, `now` is wall-clock time."""

from __future__ import annotations

import email.utils
import math
from collections.abc import Mapping

from adce_async import errors

LONGEST_RETRY_AFTER = 24 * 3600.0
"""Seconds; what a server asks for beyond that is cut."""

LONGEST_FRESH = 3600.0
"""Seconds; an answer that was not accepted is asked for again after that, however long it may be cached."""

_NOT_THERE = b"<Code>AccessDenied</Code>"
"""Amazon S3 answers 403 with this XML for an object that is not there, to those who may not list the bucket
(cdn.nba.com does, for any game that has no file yet). Nobody refuses us: the block pages in front of it are HTML."""


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
    head = body[:800].decode("utf-8", "replace")[:200]
    wait = retry_after(headers, now)
    reason = f"HTTP {status} from {host}"
    if status == 403 and _NOT_THERE in body[:2000]:
        return errors.NotFoundError(f"{reason}: not in its bucket", status=status, head=head)
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
