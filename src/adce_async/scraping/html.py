"""What checks of HTML pages have in common: title, canonical link, a proper end, tables hidden in comments.

A page that was cut short keeps its right title and canonical link, and browsers' parsers close what is open:
only the end of the body tells.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

from adce_async.errors import RefusedError
from adce_async.scraping.base import Page
from adce_async.scraping.nesting import parse_html

_END = re.compile(rb"</html\s*>(?:\s|<!--(?:(?!-->).)*-->)*\Z", re.IGNORECASE | re.DOTALL)
_END_BYTES = 2048
_COMMENT = re.compile(rb"<!--(.*?)-->", re.DOTALL)


def title_of(page: Page) -> str:
    """The text of its `<title>`; empty without one."""
    node = page.html.css_first("title")
    return node.text(strip=True) if node else ""


def canonical_of(page: Page) -> str:
    """The address that the page itself says it has (`<link rel="canonical">`); empty without one."""
    node = page.html.css_first('link[rel="canonical"]')
    return (node.attributes.get("href") or "").strip() if node else ""


def refuse_cut_html(page: Page) -> None:
    """Raise RefusedError unless the body ends with `</html>` (and at most white space and comments after it)."""
    if not _END.search(page.markup[-_END_BYTES:]):
        raise RefusedError("cut short: no </html> at its end")


def uncommented(page: Page) -> LexborHTMLParser:
    """The page with the tables that Sports Reference hides in comments brought to light; other comments vanish.

    A second parse: only for pages whose table is not found in `page.html`. Raises RefusedError, as that does.
    """
    end = page.markup.rfind(b"-->") + 3  # beyond, each comment without an end would be looked for to the end
    shown = _COMMENT.sub(lambda found: found[1] if b"<table" in found[1] else b"", page.markup[:end])
    return parse_html(shown + page.markup[end:])
