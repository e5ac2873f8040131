from __future__ import annotations

import csv
import io

import orjson
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from adce_async.redaction import SECRETS
from adce_async.web.answers import answer, problem, table, wants_csv

ROWS = [{"key": "a/1.json", "season": None, "bytes": 7}, {"key": "=cmd()", "fields": {"id": "2"}}]


def body(response: web.Response) -> bytes:
    assert isinstance(response.body, bytes)
    return response.body


def test_a_problem_says_its_title_and_what_to_do() -> None:
    response = problem(403, "expected a token", headers={"X-More": "1"})
    assert response.content_type == "application/problem+json"
    assert (response.status, response.headers["X-More"]) == (403, "1")
    assert orjson.loads(body(response)) == {
        "type": "about:blank", "title": "Forbidden", "status": 403, "detail": "expected a token",
    }  # fmt: skip


def test_no_secret_leaves_in_any_form() -> None:
    SECRETS.learn("hunter2hunter2")
    rows = [{"why": "hunter2hunter2"}]
    request = make_mocked_request("GET", "/x")
    for response in (answer(rows[0]), problem(400, "hunter2hunter2"), table(request, "rows", rows, {})):
        assert b"hunter2" not in body(response)


def test_a_table_has_its_rows_and_a_tag_by_which_it_is_known_again() -> None:
    first = table(make_mocked_request("GET", "/x"), "rows", ROWS, {"total": 2})
    assert orjson.loads(body(first)) == {"rows": ROWS, "total": 2}
    again = make_mocked_request("GET", "/x", headers={"If-None-Match": first.headers["ETag"]})
    assert table(again, "rows", ROWS, {"total": 2}).status == 304
    assert table(again, "rows", ROWS[:1], {"total": 1}).status == 200


def test_the_same_rows_as_csv_are_no_formulas() -> None:
    response = table(make_mocked_request("GET", "/x?format=csv"), "rows", ROWS, {"total": 2})
    assert response.content_type == "text/csv"
    read = list(csv.DictReader(io.StringIO(body(response).decode())))
    assert read == [
        {"key": "a/1.json", "season": "", "bytes": "7", "fields": ""},
        {"key": "'=cmd()", "season": "", "bytes": "", "fields": '{"id":"2"}'},
    ]


def test_who_accepts_csv_first_gets_it() -> None:
    asked = {
        "text/csv": True, "text/csv;q=0.9, */*": True, "*/*": False, "application/json, text/csv": False, "": False,
    }  # fmt: skip
    for accept, wanted in asked.items():
        assert wants_csv(make_mocked_request("GET", "/x", headers={"Accept": accept})) is wanted
    assert not wants_csv(make_mocked_request("GET", "/x?format=json", headers={"Accept": "text/csv"}))
