"""What a parser of HTML would choke on, found out in one run over the body before anybody parses it.

Parsers walk along what is open at each tag, and along all attributes at each attribute: nested tags and long lists of
attributes cost the square of their number (a megabyte of `<div>`: minutes), in a thread that nobody can end. Browsers
stop nesting at 512; real pages stay below 60.

In doubt more is counted than a parser would nest, never less: an end tag counts only where it can end something.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

from adce_async.errors import RefusedError

MOST_OPEN = 256
"""Elements within each other; formatting elements that nobody has closed."""
MOST_ATTRIBUTES = 256
"""Of one tag."""

_SILENT = (
    # no content, or each ends the one before it: they nest only with something between that counts
    b"br|p(?:aram)?|t(?:[drh]|body|head|foot|rack)|li(?:nk)?|d[td]|h(?:[1-6r]|tml|ead)|img|input|meta|col(?:group)?"
    b"|base|body|area|embed|source|wbr"
)
_TOKEN = re.compile(
    rb"<!--(?:-?>|(?:[^-]++|-(?!-!?>))*+--!?>)"
    rb"|<(?P<raw>script|style|textarea|title|xmp|iframe|noembed|noframes)(?=[\s/>])(?P<of_raw>[^>]*+)>"
    rb"|<(?P<end>/?)(?!(?:" + _SILENT + rb")[\s/>])(?P<name>[a-z][^\s/>]*+)(?P<rest>[^>]*+)>"
    rb"|<[a-z][^\s/>]*+(?P<long>[^>]{2000,}+)>",
    re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTES = rb"(?:\s[^>\"']*+(?:\"[^\">]*+\"[^>\"']*+)*+)?"
_FLAT = (
    rb"t[drh](?:\s[^>]{0,1999}+)?>",
    rb"/t[drh]>",
    rb"/?li>",
    rb"a" + _ATTRIBUTES + rb">[^<]*+</a>",
    rb"span" + _ATTRIBUTES + rb">[^<]*+</span>",
    rb"(?i:/?(?:" + _SILENT + rb")(?:\s[^>]{0,1999}+)?>)",
    rb"(?i:(a|span|strong|b|em|i|small|button|label)" + _ATTRIBUTES + rb">[^<]*+</\1>)",
)
_SKIP = re.compile(rb"[^<]*+(?:<(?:" + rb"|".join(_FLAT) + rb")[^<]*+)*+")
"""Most of a page: what does not count, and what is ended where it begins.

Nine tenths of the tags are here, so what is met most stands first, and as it is mostly written: without regard to case
each alternative costs a call.
"""
_BARRIERS = frozenset({b"table", b"template", b"select", b"svg", b"math", b"object", b"applet", b"marquee", b"caption"})
"""An end tag of anything else ends nothing outside of them."""
_FORMATTING = frozenset(
    {b"a", b"b", b"big", b"code", b"em", b"font", b"i", b"nobr", b"s", b"small", b"strike", b"strong", b"tt", b"u"}
)
"""Their end tag ends them alone, and what is around them ends without ending them."""
_FOREIGN = re.compile(rb"<(?:svg|math)\b", re.IGNORECASE)
_INTEGRATION = frozenset({b"foreignobject", b"desc", b"title", b"annotation-xml", b"mi", b"mo", b"mn", b"ms", b"mtext"})
_QUOTED = re.compile(rb"\"[^\"]*\"|'[^']*'")


def parse_html(body: bytes) -> LexborHTMLParser:
    """The tree of a page. Raises RefusedError, as `refuse_deep_html` does."""
    refuse_deep_html(body)
    return LexborHTMLParser(body)


def refuse_deep_html(body: bytes) -> None:
    """Raise RefusedError, which names the bound, for a page that nobody parses in reasonable time."""
    opened: list[bytes] = []
    formatting: list[bytes] = []
    foreign = _FOREIGN.search(body) is not None
    blind_until = 0  # what looks like an end tag may be none up to here
    at, end = 0, _end(body)
    while (token := _TOKEN.search(body, _skip(body, at, end), end)) is not None:
        at = token.end()
        raw, name, rest = token["raw"], token["name"], token["rest"] or token["of_raw"] or token["long"] or b""
        if len(rest) > MOST_ATTRIBUTES:
            _refuse_attributes(rest)
        if raw is not None and not foreign:
            text_end = re.compile(rb"</" + raw + rb"(?=[\s/>])", re.IGNORECASE).search(body, at, end)
            if text_end is None:  # all that follows is its text
                return
            if b"<!--" in body[at : text_end.start()]:  # its end may be another one
                blind_until = len(body)
            at = text_end.start()
            opened.append(raw.lower())
        elif (name := name or raw) is None:
            continue
        elif not token["end"]:
            name = name.lower()
            if rest.endswith(b"/") and foreign and _is_foreign(opened):
                continue
            (formatting if name in _FORMATTING else opened).append(name)
            if rest.count(b'"') & 1 or rest.count(b"'") & 1:  # a `>` within quotes
                quote = b'"' if rest.count(b'"') & 1 else b"'"
                blind_until = max(blind_until, body.find(quote, at))
        elif at > blind_until:
            _close(name.lower(), opened, formatting)
        if len(opened) > MOST_OPEN or len(formatting) > MOST_OPEN:
            raise RefusedError(f"elements nested deeper than {MOST_OPEN}: such a page is not parsed")


def _skip(body: bytes, at: int, end: int) -> int:
    found = _SKIP.match(body, at, end)
    assert found is not None  # nothing at all is a match, too
    return found.end()


def _end(body: bytes) -> int:
    """Where the last tag ends, or where a comment begins that has no end: what follows is part of it."""
    end = body.rfind(b">") + 1
    start = body.find(b"<!--", max(0, body.rfind(b"-->", 0, end)), end)
    return end if start < 0 or body.startswith((b">", b"->"), start + 4) else start


def _close(name: bytes, opened: list[bytes], formatting: list[bytes]) -> None:
    if name in _FORMATTING:
        if name in formatting:
            del formatting[len(formatting) - 1 - formatting[::-1].index(name)]
        return
    for index in range(len(opened) - 1, -1, -1):
        if opened[index] == name:
            del opened[index:]
            return
        if opened[index] in _BARRIERS and name not in _BARRIERS:
            return


def _is_foreign(opened: list[bytes]) -> bool:
    """Within SVG or MathML, where `<path/>` has an end."""
    for name in reversed(opened):
        if name in _INTEGRATION:
            return False
        if name in (b"svg", b"math"):
            return True
    return False


def _refuse_attributes(rest: bytes) -> None:
    if len(_QUOTED.sub(b"", rest).replace(b"/", b" ").split()) > MOST_ATTRIBUTES:
        raise RefusedError(f"a tag with more than {MOST_ATTRIBUTES} attributes: such a page is not parsed")
