from __future__ import annotations

import json
from email.utils import format_datetime

import pytest

from adce_async import errors
from adce_async.engine.fetching import statuses as answers
from adce_async.engine.fetching.statuses import LONGEST_RETRY_AFTER, error_for, is_throttling, retry_after
from adce_async.model.days import from_iso
from adce_async.redaction import SECRETS

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


API_ERRORS = [
    b'{"code": 403, "message": "Permission \'datasets.get\' was denied"}',
    b'\xef\xbb\xbf{"code":403,"message":"You must accept the terms first"}',
    b'{"error": {"code": 403, "message": "The caller does not have permission", "status": "PERMISSION_DENIED"}}',
    b'{"errors": [{"message": "private"}]}',
    b'{"type": "about:blank", "status": 403, "title": "Forbidden", "detail": "not your file"}',
    b'{"message": "Resource not accessible by integration", "status": "403"}',
    b'{"code": 403}',
]
NO_API_ERRORS = [
    b"",
    b"Access Denied",
    b"<html><title>Access Denied</title></html>",
    b"[403]",
    b'{"code": 403, "message": ',
    b'{"message": "Forbidden"}',
    b'{"error": "forbidden"}',
    b'{"code": 403, "message": "API rate limit exceeded for 1.2.3.4"}',
    b'{"message": "You have exceeded a secondary rate limit", "status": "403"}',
    b'{"code": 403, "message": "Too many requests"}',
    b'{"status": 403, "title": "Your IP has been blocked"}',
    b'{"code": 403, "message": "Quota exceeded"}',
    b'{"status": 403, "cloudflare_error": true, "detail": "Access denied"}',
]


@pytest.mark.parametrize("body", API_ERRORS)
def test_what_the_api_itself_denies_is_about_this_key(body: bytes) -> None:
    assert type(answers.error_for(403, {}, body, "a.test", 0.0)) is errors.DeniedError
    assert type(answers.error_for(401, {}, body, "a.test", 0.0)) is errors.AccountError or b"403" in body


@pytest.mark.parametrize("body", NO_API_ERRORS)
def test_whoever_stands_before_the_api_refuses_us(body: bytes) -> None:
    assert type(answers.error_for(403, {}, body, "a.test", 0.0)) is errors.BlockedError


@pytest.mark.parametrize(
    "headers", [{"retry-after": "60"}, {"x-ratelimit-remaining": "0"}, {"cf-mitigated": "challenge"}]
)
def test_so_does_who_says_when_to_come_back(headers: dict[str, str]) -> None:
    assert type(answers.error_for(403, headers, API_ERRORS[0], "a.test", 0.0)) is errors.BlockedError


def test_a_rate_limit_that_is_used_up_says_until_when() -> None:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1060"}
    error = answers.error_for(403, headers, b"{}", "a.test", 1000.0)
    assert isinstance(error, errors.BlockedError)
    assert error.retry_after == 60


@pytest.mark.parametrize(
    ("headers", "body", "kind"),
    [
        ({}, b"", errors.AccountError),
        ({"www-authenticate": "Basic"}, b"<html>", errors.AccountError),
        ({}, b'{"code": 401, "message": "Unauthenticated"}', errors.AccountError),
        ({}, b"<html><title>Guest network login</title>", errors.PermanentError),
    ],
)
def test_401_is_about_the_account(headers: dict[str, str], body: bytes, kind: type[errors.ScrapeError]) -> None:
    assert type(answers.error_for(401, headers, body, "a.test", 0.0)) is kind


def test_words_are_on_one_line_bounded_and_escaped() -> None:
    body = json.dumps({"code": 403, "message": "no\x1b[31m\n\u202eway " + "x" * 500}).encode()
    reason = answers.error_for(403, {}, body, "a.test", 0.0).reason
    assert reason.startswith("HTTP 403 from a.test: no [31m \\u202eway xxx")
    assert len(reason) < 240


def test_words_hold_no_secret() -> None:
    SECRETS.learn("0123456789abcdef0123")
    body = b'{"code": 403, "message": "key 0123456789abcdef0123 may not"}'
    error = answers.error_for(403, {}, body, "a.test", 0.0)
    assert error.reason.endswith("key *** may not")
    assert "0123456789" not in error.head
