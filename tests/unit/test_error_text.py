from __future__ import annotations

import aiohttp
import pytest
from multidict import CIMultiDict, CIMultiDictProxy
from pydantic import BaseModel
from yarl import URL

from adce_async.error_text import error_text, traceback_text
from adce_async.errors import RefusedError, StoreError
from adce_async.redaction import SECRETS

MARK = "marked-secret-1"


class _Shape(BaseModel):
    count: int


def errors_of_others() -> list[BaseException]:
    found: list[BaseException] = []
    headers = CIMultiDictProxy(CIMultiDict({"Authorization": MARK}))
    url = URL(f"https://a.test/b?q={MARK}")
    asked = aiohttp.RequestInfo(url, "GET", headers, url)
    found.append(aiohttp.ClientResponseError(asked, (), status=400, message=MARK, headers=headers))
    found.append(aiohttp.InvalidURL(url))
    found.append(RuntimeError(f"asked {url}"))
    for bad in ({"count": MARK}, {}):
        try:
            _Shape.model_validate(bad)
        except ValueError as error:
            found.append(error)
    return found


@pytest.mark.parametrize("error", errors_of_others(), ids=lambda error: type(error).__name__)
def test_what_was_asked_with_is_not_said(error: BaseException) -> None:
    assert MARK not in error_text(error)
    assert MARK not in traceback_text(error)
    assert error_text(error).startswith(type(error).__name__)


def test_what_led_to_it_is_told_by_the_same_rules() -> None:
    SECRETS.learn("hunter2-hunter2")
    try:
        try:
            raise errors_of_others()[0]
        except aiohttp.ClientError as error:
            raise ExceptionGroup("both", [ValueError("no hunter2-hunter2"), RefusedError("odd")]) from error
    except ExceptionGroup as error:
        text = traceback_text(error)
    assert MARK not in text
    assert "hunter2" not in text
    for part in ("ClientResponseError (HTTP 400)", "and then", "ValueError: no ***", "odd", "test_error_text.py"):
        assert part in text


def test_ours_say_what_they_say() -> None:
    assert error_text(StoreError("/lake/a: disk full")) == "/lake/a: disk full"
    assert error_text(FileNotFoundError(2, "No such file", "/a/b")) == "FileNotFoundError: No such file: /a/b"


def test_one_that_cannot_even_be_printed() -> None:
    class OddError(Exception):
        def __str__(self) -> str:
            raise ValueError

    assert error_text(OddError()) == "OddError"
