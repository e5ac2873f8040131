"""Answers with status 200 that are not the thing asked for: block pages, soft 404s, pointers instead of files.

Only what is an HTML page by its first bytes is searched for signs of a block, and only its title and the marks
that challenge pages alone carry: a good body that merely holds the words (a JSON news item about an "Access
Denied" sign, a page whose scripts list bots) is never misjudged. What each block page looks like:

- Akamai (ESPN, cdn.nba.com): title "Access Denied".
- Cloudflare: title "Just a moment...", `_cf_chl_opt` in a script, or the header `cf-mitigated`. Pages that merely
  pass through Cloudflare carry `/cdn-cgi/challenge-platform/` too, so that is no sign.
- Sports Reference: a whole page of 110 KB, titled "Rate Limited Request (429 error)", which parses to zero rows.
"""

from __future__ import annotations

import contextlib
import html
import re
from collections.abc import Iterator

from adce_async.errors import BlockedError, NotFoundError, RefusedError, ScrapeError, UnreadableError
from adce_async.scraping.base import Page

_HEAD_BYTES = 65_536
"""Old Sports Reference templates have their title only behind 45 KB of scripts."""

_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype\s+html|html|head|title|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_BLOCKED_TITLE = re.compile(
    r"access denied|just a moment|attention required|rate limited request|(?:error )?429\b|403\b|(?:.*\b)?forbidden$"
    r"|.*(?:too many requests|\bcaptcha\b|are you (?:a )?(?:human|robot)|pardon our interruption|verify you are human)",
    re.IGNORECASE,
)
_NOT_FOUND_TITLE = re.compile(r"(?:error )?404\b|not found$|page not found|.*\b404 (?:error|not found)", re.IGNORECASE)
_NOT_FOUND_TEXTS = frozenset({b"not found", b"404: not found"})
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"


def is_html(body: bytes) -> bool:
    """True if `body` begins as an HTML page does, whatever its content type says.

    >>> is_html(b"<!-- x --> <!DOCTYPE html><html>"), is_html(b'{"html": "<html>"}')
    (True, False)
    """
    return _HTML.match(body[:4096]) is not None


def refuse_block_pages(page: Page, *, html_due: bool = True) -> None:
    """Return if `page` may be what was asked for; the first step of every check. Cheap: looks at the head only.

    Raises BlockedError for a block page, NotFoundError for a page that says "not found", and, unless
    `html_due`, RefusedError for any other HTML page and for a Git LFS pointer in place of a file.
    """
    if "cf-mitigated" in page.headers:
        raise _blocked(page, f"a Cloudflare challenge (cf-mitigated: {page.headers['cf-mitigated']})")
    if page.opening(32).strip().lower() in _NOT_FOUND_TEXTS:
        raise NotFoundError("the body says 'Not Found'", status=page.status, head=page.head)
    if not is_html(page.opening(4096)):
        if page.start(64).startswith(_LFS_POINTER):
            raise RefusedError("a Git LFS pointer instead of the file", status=page.status, head=page.head)
        return
    head = page.opening(_HEAD_BYTES)
    title = _title(head)
    if _BLOCKED_TITLE.match(title):
        raise _blocked(page, f"a block page, titled {title!r}")
    if b"_cf_chl_opt" in head:
        raise _blocked(page, "a Cloudflare challenge")
    if _NOT_FOUND_TITLE.match(title):
        raise NotFoundError(f"a page titled {title!r}", status=page.status, head=page.head)
    if not html_due:
        raise UnreadableError(f"an HTML page, titled {title!r}, where data is due", status=page.status, head=page.head)


@contextlib.contextmanager
def judging(page: Page, *, html_due: bool = True) -> Iterator[None]:
    """The frame of a check: `refuse_block_pages` first; what is raised within gets the page's status and head."""
    page.once(_may_be_html if html_due else _may_be_data)  # for all keys that the same body serves
    try:
        yield
    except ScrapeError as error:
        error.status, error.head = page.status, page.head
        raise


def _may_be_html(page: Page) -> None:
    refuse_block_pages(page)


def _may_be_data(page: Page) -> None:
    refuse_block_pages(page, html_due=False)


def _title(head: bytes) -> str:
    match = _TITLE.search(head)
    return " ".join(html.unescape(match[1].decode("utf-8", "replace")).split())[:200] if match else ""


def _blocked(page: Page, reason: str) -> BlockedError:
    wait = page.headers.get("retry-after", "")
    retry_after = float(wait) if wait.isdecimal() else None
    return BlockedError(reason, status=page.status, head=page.head, retry_after=retry_after)
