from __future__ import annotations

import time

import pytest

from adce_async.errors import RefusedError
from adce_async.scraping.base import Page
from adce_async.scraping.html import uncommented
from adce_async.scraping.nesting import MOST_ATTRIBUTES, MOST_OPEN, parse_html, refuse_deep_html

DEEP = {
    "divs": b"<div>" * 500_000,
    "upper case": b"<DIV>" * 1000,
    "any name": b"<x-y>" * 1000,
    "with text between": b"<span class='a'>b" * 1000,
    "tables": b"<table><tr><td>" * 1000,
    "lists": b"<ul><li>" * 1000,
    "options": b"<select>" + b"<option>" * 1000,
    "formatting": b"".join(b"<font size=%d>" % n for n in range(1000)),
    "formatting that outlives what is around it": b"<div>" + b"<b>" * 1000 + b"</div>" * 1000,
    "ends within comments": b"<div><!--</div>-->" * 1000,
    "ends within values": b"<div title='></div>'>" * 1000,
    "ends that end nothing": b"<div><table></div></table>" * 1000,
    "ends within scripts": b"<div><script>'</div>'</script>" * 1000,
    "foreign elements": b"<svg>" + b"<g>" * 1000,
}


@pytest.mark.parametrize("name", DEEP)
def test_a_page_nested_deeper_than_the_bound_is_refused_at_once(name) -> None:
    began = time.process_time()
    with pytest.raises(RefusedError, match=str(MOST_OPEN)):
        _ = Page("https://a.test", b"<html><body>" + DEEP[name]).html
    assert time.process_time() - began < 5  # the parser would take minutes for some of them


def test_a_tag_with_endless_attributes_is_refused() -> None:
    with pytest.raises(RefusedError, match=f"{MOST_ATTRIBUTES} attributes"):
        parse_html(b"<td " + b" ".join(b"a%d=1" % n for n in range(80_000)) + b">")


@pytest.mark.parametrize(
    "body",
    [
        b"<p>" * 5000,
        b"<table>" + b"<tr><td>1<td>2" * 5000 + b"</table>",
        b"<ul>" + b"<li>one" * 5000 + b"</ul>",
        b"<br>" * 5000 + b"<img src=a>" * 5000,
        b"<div><p>a</div>" * 5000,
        b'<a href="/x">y</a><b>z</b>' * 5000,
        b"<svg>" + b'<path d="M0"/>' * 5000 + b"</svg>",
        b"<script>" + b"if (a<b) c('<div>');" * 5000 + b"</script>",
        b"<div title='<p>'></div>" * 5000,
        b"<!-- <div> -->" * 5000,
        b"<div>" * (MOST_OPEN - 1),
        b'<a data-x="' + b"a b " * 5000 + b'">y</a>',
        b"",
        b"<",
        b"<!--",
    ],
)
def test_wide_pages_are_parsed(body) -> None:
    assert parse_html(b"<html><head><title>t</title></head><body>" + body).css_first("body") is not None


@pytest.mark.parametrize("body", [b"<" * 2_000_000, b"<!--" * 500_000, b"<td a" * 400_000, b"<script>" * 200_000])
def test_looking_takes_time_in_proportion(body) -> None:
    began = time.process_time()
    refuse_deep_html(body)
    assert time.process_time() - began < 5  # a square of it would take hours


def test_what_lies_in_comments_is_bounded_too() -> None:
    page = Page("https://a.test", b"<html><!-- <table>" + b"<div>" * 5000 + b" --></html>")
    with pytest.raises(RefusedError, match=str(MOST_OPEN)):
        uncommented(page)


def test_comments_without_an_end_cost_no_square() -> None:
    began = time.process_time()
    uncommented(Page("https://a.test", b"<html>" + b"<!--" * 500_000))
    assert time.process_time() - began < 5


@pytest.mark.parametrize("body", [b"[" * 1_000_000, b'{"a":' * 1_000_000])
def test_nested_json_is_refused(body) -> None:
    with pytest.raises(RefusedError, match="not JSON"):
        Page("https://a.test", body).json()
