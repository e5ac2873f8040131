from __future__ import annotations

from email.utils import format_datetime

import pytest

from adce_async import errors
from adce_async.engine.answers import LONGEST_RETRY_AFTER, error_for, is_throttling, retry_after
from adce_async.model.days import from_iso

NOW = from_iso("2024-12-15T12:00:00Z")


def date(text: str) -> str:
    import datetime as dt

    return format_datetime(dt.datetime.fromtimestamp(from_iso(text), dt.UTC), usegmt=True)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        (" 30 ", 30),
        ("99999999999", LONGEST_RETRY_AFTER),
        (date("2024-12-15T12:00:30Z"), 30),
        (date("2024-12-15T12:00:00Z"), 0),
        (date("2025-12-15T12:00:00Z"), LONGEST_RETRY_AFTER),
        (date("2024-12-15T11:59:59Z"), None),
        ("-1", None),
        ("1.5", None),
        ("٣", None),
        ("soon", None),
        ("", None),
        ("Mon, 99 Dec 2024 99:99:99 GMT", None),
    ],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": text}, NOW) == seconds


def test_a_date_is_measured_with_the_clock_that_made_it() -> None:
    headers = {"retry-after": date("2020-01-01T00:02:00Z"), "date": date("2020-01-01T00:00:00Z")}
    assert retry_after(headers, NOW) == 120
    assert retry_after({**headers, "date": "nonsense"}, NOW) is None


def test_no_header_no_wait() -> None:
    assert retry_after({}, NOW) is None


@pytest.mark.parametrize(
    ("status", "headers", "body", "throttling"),
    [
        (403, {}, b"<html>Access Denied", True),
        (403, {}, b"<Error><Code>AccessDenied</Code></Error>", False),
        (429, {}, b"", True),
        (503, {}, b"", False),
        (503, {"retry-after": "0"}, b"", True),
        (500, {"retry-after": "5"}, b"", False),
        (404, {"retry-after": "5"}, b"", False),
    ],
)
def test_what_slows_a_source_down(status: int, headers: dict[str, str], body: bytes, throttling: bool) -> None:
    assert is_throttling(error_for(status, headers, body, "ant.test", NOW)) is throttling


def test_the_head_is_text_and_short() -> None:
    error = error_for(418, {}, "é".encode() * 1000, "ant.test", NOW)
    assert isinstance(error, errors.PermanentError)
    assert error.head == "é" * 200
