"""What a page says of itself, whether it is whole, what it hides in comments."""

from __future__ import annotations

import pytest

from adce_async.errors import RefusedError
from adce_async.scraping.base import Page
from adce_async.scraping.html import canonical_of, refuse_cut_html, title_of, uncommented


def page(body: str) -> Page:
    return Page("https://a.test/x", body.encode())


def test_title_and_canonical():
    full = page(
        '<html><head><title> A &amp; B </title><link rel="canonical" href="https://a.test/1.html" /></head>'
        "<body><svg><title>icon</title></svg></body></html>"
    )
    assert (title_of(full), canonical_of(full)) == ("A & B", "https://a.test/1.html")
    assert (title_of(page("<p>x")), canonical_of(page("<p>x"))) == ("", "")
    assert canonical_of(page('<link rel="canonical">')) == ""


@pytest.mark.parametrize(
    "end", ["</html>", "</HTML>\n\n\n", "</body><!-- SR --></html >", "</html>\n<!-- a --> <!--b-->\n"]
)
def test_a_whole_page_ends_in_html(end):
    refuse_cut_html(page("<html><body>" + end))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html><body>",
        "<html></htm",
        "<html></html",
        "<html></html> <p>",
        "<html></html>" + " x" * 2000,
        "</html><!-- a",
    ],
)
def test_a_cut_page_does_not(body):
    with pytest.raises(RefusedError, match="cut short"):
        refuse_cut_html(page(body))


def test_a_tail_full_of_comments_costs_no_time():
    with pytest.raises(RefusedError):
        refuse_cut_html(page("</html>" + "<!---->" * 280 + "x"))


def test_tables_in_comments_come_to_light_and_other_comments_do_not():
    hidden = page("<html><!-- <p id=no></p> --><div><!--\n<table id=a></table>\n--></div><table id=b></table></html>")
    assert hidden.html.css_first("#a") is None
    tree = uncommented(hidden)
    assert [table.id for table in tree.css("table")] == ["a", "b"]
    assert tree.css_first("#no") is None


@pytest.mark.parametrize("file", ["boxscore_201801010CHI.html", "boxscore_201701010ATL.html"])
def test_captured_line_score_is_hidden(captures, file):
    body = Page("u", captures.body("basketball_reference", file))
    assert body.html.css_first("table#line_score") is None
    assert len(uncommented(body).css("table#line_score tbody tr, table#line_score tr")) >= 2
