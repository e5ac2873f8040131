"""What bodies may be like beyond the plain form; each line of the table in `scraping.tolerances`, and its limits."""

from __future__ import annotations

import gzip
import io

import orjson
import pytest

from adce_async.errors import BlockedError, RefusedError
from adce_async.scraping import tolerances
from adce_async.scraping.base import Page, Want
from adce_async.scraping.declarative import CheckRules, DeclarativeScraper
from adce_async.scraping.html import refuse_cut_html, title_of, uncommented

WANT = Want("k", "x", {"id": "7"})
JSON = DeclarativeScraper("j", "ant", "https://ant.test", format="json", check=CheckRules({"id": "{id}"}, ("name",)))
CSV = DeclarativeScraper("c", "ant", "https://ant.test", format="csv", check=CheckRules(required=("id",)))
HTML = DeclarativeScraper(
    "h", "ant", "https://ant.test", format="html", check=CheckRules(title="São", required=("td",))
)

DOCUMENT = '{"id": "7", "name": "Jokić"}'
TABLE = 'id,name,year\n7,"São\nPaulo",1946.0\n8,x,1949.0\n'
MARKUP = (
    "<!DOCTYPE html><HTML><HEAD><TITLE>S&atilde;o</TITLE></HEAD><BODY><!-- <table id='t'><tr><td>é</td></tr></table> -->"
    "<TABLE><TR><TD>São</TD></TR></TABLE></BODY></HTML>\n"
)
MARKS = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff", "utf-32-le": b"\xff\xfe\0\0"}


def page(body: bytes, content_type: str = "") -> Page:
    return Page("https://ant.test", body, headers={"content-type": content_type} if content_type else {})


def check(scraper: DeclarativeScraper, body: bytes, content_type: str = "") -> None:
    scraper.check(page(body, content_type), WANT)


@pytest.mark.parametrize("encoding", MARKS)
def test_a_byte_order_mark(encoding: str) -> None:
    for scraper, text in ((JSON, DOCUMENT), (CSV, TABLE), (HTML, MARKUP)):
        body = MARKS[encoding] + text.encode(encoding)
        check(scraper, body)
        with pytest.raises(RefusedError):
            check(scraper, body[: len(body) * 2 // 3])
    assert page(MARKS[encoding] + DOCUMENT.encode(encoding)).json()["name"] == "Jokić"
    assert page(MARKS[encoding] + DOCUMENT.encode(encoding)).text == DOCUMENT


def test_a_block_page_in_another_encoding_is_one() -> None:
    with pytest.raises(BlockedError):
        check(JSON, MARKS["utf-16-le"] + "<html><head><title>Access Denied</title>".encode("utf-16-le"))


@pytest.mark.parametrize("name", ["ISO-8859-1", "latin1", "windows-1252", "'utf-8'"])
def test_a_declared_charset(name: str) -> None:
    codec = "utf-8" if "utf" in name else "cp1252"
    assert page("São".encode(codec), f"text/csv; charset={name}").text == "São"
    meta = MARKUP.replace("<HEAD>", f"<HEAD><META charset={name}>")
    check(HTML, meta.encode(codec))
    check(CSV, TABLE.encode(codec), f"text/csv; charset={name}")
    assert "é" in uncommented(page(meta.encode(codec))).html


def test_an_unknown_or_impossible_charset_is_not_believed() -> None:
    for name in ("none", "utf-16", "x" * 50):
        assert title_of(page(MARKUP.replace("<HEAD>", f'<HEAD><meta charset="{name}">').encode())) == "São"
    assert page("São".encode(), "text/html; charset=klingon").text == "São"


@pytest.mark.parametrize("members", [1, 3])
def test_gzip_that_nobody_declared(members: int) -> None:
    for scraper, text in ((JSON, DOCUMENT), (CSV, TABLE), (HTML, MARKUP)):
        body, step = text.encode(), -(-len(text.encode()) // members)
        parts = [gzip.compress(body[n : n + step]) for n in range(0, len(body), step)]
        check(scraper, b"".join(parts), "application/octet-stream")
        for cut in (b"".join(parts)[:-1], parts[0][: len(parts[0]) // 2]):
            with pytest.raises(RefusedError):
                check(scraper, cut)


def test_gzip_unpacks_to_no_more_than_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tolerances, "MOST_UNPACKED", 100_000)
    with pytest.raises(RefusedError, match="more than 100000 bytes"):
        check(JSON, gzip.compress(b" " * 1_000_000))
    with pytest.raises(RefusedError, match="more than 100000 bytes"):
        check(CSV, gzip.compress(b"id\n" + b"7\n" * 1_000_000))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"id": "7", "name": NaN}', None),
        ('{"id": "7", "name": [Infinity, -Infinity, 1]}', [None, None, 1]),
        (r'{"id": "7", "name": "\ud800"}', "\ud800"),
        (r'{"id": "7", "name": "a\/b"}', "a/b"),
        ('{"id": "7", "name": 1, "name": 2}', 2),
        ('\r\n\t {"id": "7", "name": 1} \n\n', 1),
        ('{"id": "7", "name": 1e400}', None),
    ],
)
def test_odd_json(text: str, value: object) -> None:
    found = page(text.encode()).json()["name"]
    assert found == value or found == float("inf")


def test_numbers_of_any_size_and_one_line_of_megabytes() -> None:
    assert page(b'{"n": 123456789012345678901234567890}').json()["n"] == pytest.approx(1.2345678901234568e29)
    long = orjson.dumps({"id": 7, "name": ["x" * 1000] * 9000})
    check(JSON, long)


@pytest.mark.parametrize(
    "body",
    [b"", b" ", b"{", b'{"id": "7", "name": NaN', b"nan", b"{'id': 7}", b'{"id": "7",}', b"{}{}", b"7", b'"text"', b"\xff{}"],
)  # fmt: skip
def test_what_is_no_json_or_no_document_is_refused(body: bytes) -> None:
    with pytest.raises(RefusedError):
        check(JSON, body)


def test_nesting_that_the_lenient_parser_can_not_hold_is_refused() -> None:
    with pytest.raises(RefusedError, match="not JSON"):
        check(JSON, b"[NaN," + b"[" * 200_000)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_ends_of_lines(end: str) -> None:
    check(CSV, TABLE.replace("\n", end).encode())


@pytest.mark.parametrize(
    "text", [TABLE[:-1], 'id,name\n7,"a"\n8,"b c"', 'id,name\n8,"two\nlines"', "id,day\n1,2024-12-15\n2,2024-12-16"]
)
def test_no_break_after_a_last_line_that_can_not_go_on(text: str) -> None:
    check(CSV, text.encode())
    for cut in range(1, len(text)):
        rows = text[:cut]
        if rows.endswith(("\n", '"a"')) and rows.count('"') % 2 == 0:
            continue  # whole as far as it goes
        with pytest.raises(RefusedError):
            check(CSV, rows.encode())


@pytest.mark.parametrize(
    "text", ["id,points\n1,110\n2,11", "id,points\n1,9\n2,8", "id\n7", "id", "id,x\n1,1946.0\n2,1946."]
)
def test_a_last_line_that_could_go_on_is_cut(text: str) -> None:
    with pytest.raises(RefusedError, match="cut short"):
        check(CSV, text.encode())
    check(CSV, text.encode() + b"\n") if "\n" in text else None


def test_html_without_its_end_is_cut_in_any_encoding() -> None:
    for encoding, mark in MARKS.items():
        with pytest.raises(RefusedError, match="no </html>"):
            refuse_cut_html(page(mark + MARKUP.replace("</HTML>", "").encode(encoding)))


def test_a_body_is_kept_as_it_came() -> None:
    body = gzip.compress(DOCUMENT.encode())
    one = page(body)
    assert one.json()["id"] == "7"
    assert (one.body, one.open().read(), one.size) == (body, body, len(body))
    plain = MARKUP.encode()
    assert page(plain).markup is plain


def test_a_streamed_body_is_read_alike(tmp_path) -> None:
    file = tmp_path / "body"
    for body in (gzip.compress(TABLE.encode()), MARKS["utf-16-be"] + TABLE.encode("utf-16-be")):
        file.write_bytes(body)
        CSV.check(Page("https://ant.test", b"", file=file), WANT)
    assert tolerances.opened(io.BytesIO(b"")).read() == b""
