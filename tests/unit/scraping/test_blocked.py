"""Block pages are told from good bodies, by their head alone."""

from __future__ import annotations

import pytest

from adce_async.errors import BlockedError, NotFoundError, NotYetError, RefusedError
from adce_async.scraping.base import Page
from adce_async.scraping.blocked import is_html, judging, refuse_block_pages

AKAMAI = b"<HTML><HEAD>\n<TITLE>Access Denied</TITLE>\n</HEAD><BODY><H1>Access Denied</H1>\nReference&#32;&#35;18"


def html(title: str, rest: str = "") -> bytes:
    return f"<!DOCTYPE html>\n<html lang=en><head><title>{title}</title></head><body>{rest}</body></html>".encode()


def page(body: bytes, **headers: str) -> Page:
    return Page("https://a.test/x", body, headers={name.replace("_", "-"): text for name, text in headers.items()})


@pytest.mark.parametrize(
    "body",
    [
        AKAMAI,
        b"\n\n\xef\xbb\xbf"[2:] + AKAMAI,
        b"<!-- cache -->\n" + AKAMAI,
        html("Just a moment..."),
        html("Attention Required! | Cloudflare"),
        html("x", '<script>window._cf_chl_opt={cvId:"3"};</script>'),
        html("Rate Limited Request (429 error) | Basketball-Reference.com"),
        html("429 Too Many Requests"),
        html("Error 429"),
        html("Too   many\nrequests"),
        html("Please solve the captcha"),
        html("403 Forbidden"),
        html("Are you a robot?"),
        html("x" * 3).replace(b"<title>", b"<script>" + b" " * 50_000 + b"</script><title>Access Denied "),
    ],
)
@pytest.mark.parametrize("html_due", [True, False])
def test_a_block_page_cools_the_source(body, html_due):
    with pytest.raises(BlockedError) as caught:
        refuse_block_pages(page(body), html_due=html_due)
    assert caught.value.status == 200
    assert caught.value.head
    assert caught.value.retry_after is None


def test_a_challenge_is_known_by_its_header_and_says_how_long_to_wait():
    with pytest.raises(BlockedError, match="challenge") as caught:
        refuse_block_pages(page(b"{}", cf_mitigated="challenge", retry_after="90"))
    assert caught.value.retry_after == 90.0


@pytest.mark.parametrize(
    "body",
    [
        html("Page Not Found (404 error) | Basketball-Reference.com"),
        html("404 Not Found"),
        html("Not Found"),
        b"Not Found",
        b"404: Not Found\n",
    ],
)
@pytest.mark.parametrize("html_due", [True, False])
def test_a_page_that_says_not_found_is_not_found(body, html_due):
    with pytest.raises(NotFoundError):
        refuse_block_pages(page(body), html_due=html_due)


@pytest.mark.parametrize(
    "body",
    [
        b'{"headline": "Access Denied", "html": "<html><title>Just a moment...</title>", "_cf_chl_opt": 1}',
        b"name,note\nx,Too Many Requests captcha\n",
        b"PAR1\x00<title>Access Denied</title>",
        b"",
        b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
    ],
)
def test_words_in_a_body_that_is_no_page_are_no_block(body):
    refuse_block_pages(page(body), html_due=False)


@pytest.mark.parametrize(
    "body",
    [
        html(
            "Bulls vs Heat, March 4, 1990", "<h2>Just a moment...</h2> Access Denied, captcha, 429, Too Many Requests"
        ),
        html("List of 404 players and 429 coaches"),
        html("", "<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>"),
        b"<html><body>no title</body></html>",
    ],
)
def test_a_good_page_passes_where_a_page_is_due_only(body):
    refuse_block_pages(page(body))
    with pytest.raises(RefusedError, match="HTML"):
        refuse_block_pages(page(body), html_due=False)


def test_a_pointer_is_not_the_file():
    with pytest.raises(RefusedError, match="LFS"):
        refuse_block_pages(page(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"), html_due=False)


def test_only_the_head_is_looked_at():
    late = b"<html><!--" + b"x" * 200_000 + b"--><title>Access Denied</title>"
    refuse_block_pages(page(late))


def test_many_comments_cost_no_time():
    assert not is_html(b"<!---->" * 500 + b"{}")


def test_what_is_raised_within_a_check_carries_the_page():
    with pytest.raises(NotYetError) as caught, judging(page(b'{"a": 1}'), html_due=False):
        raise NotYetError("later")
    assert (caught.value.status, caught.value.head, caught.value.reason) == (200, '{"a": 1}', "later")


def test_all_captured_stand_ins_are_told_apart(captures):
    expected = {
        ("espn", "SYNTHETIC_403_akamai_access_denied.html"): BlockedError,
        ("nba_cdn", "SYNTHETIC_403_akamai_access_denied.html"): BlockedError,
        ("basketball_reference", "SYNTHETIC_403_cloudflare_challenge.html"): BlockedError,
        ("basketball_reference", "SYNTHETIC_429_rate_limited.html"): BlockedError,
        ("basketball_reference", "error_404_schedule.html"): NotFoundError,
        ("hoopr", "SYNTHETIC_200_git_lfs_pointer.parquet"): RefusedError,
        ("hoopr", "SYNTHETIC_404_github_release_asset.txt"): NotFoundError,
    }
    for (folder, file), error in expected.items():
        with pytest.raises(error):
            refuse_block_pages(page(captures.body(folder, file)), html_due=False)


@pytest.mark.parametrize("folder", ["espn", "basketball_reference", "nba_cdn", "nba_stats", "hoopr", "kaggle"])
def test_no_captured_good_body_is_misjudged(captures, folder):
    for entry in captures.manifest(folder):
        if entry["http_status"] == 200 and "SYNTHETIC" not in entry["fidelity"]:
            refuse_block_pages(page(captures.body(folder, entry["file"])), html_due=entry["file"].endswith(".html"))


def test_a_good_head_is_looked_at_once_for_all_keys_of_its_page_and_a_bad_one_is_refused_for_each() -> None:
    looks: list[int] = []
    opening = Page.opening

    class Counting(Page):
        def opening(self, count: int) -> bytes:
            looks.append(count)
            return opening(self, count)

    good = Counting("https://a.test/x", b'{"a": 1}')
    with judging(good, html_due=False):
        first = len(looks)
    with judging(good, html_due=False):
        assert len(looks) == first > 0
    with judging(good):  # another question
        assert len(looks) == 2 * first
    bad = page(html("Welcome"))
    for _ in range(2):
        with judging(bad):
            pass
        with pytest.raises(RefusedError, match="where data is due"), judging(bad, html_due=False):
            pass
