"""Whose URL is it: the way back from an address to the scraper that asks it, and to the fields it asked for.

For bodies whose address is known but not their scraper: captures, mirrors, files that somebody else has fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from adce_async.model.seasons import original_fields
from adce_async.scraping.base import Scraper

_FIELD = re.compile(r"\{([a-z][a-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class UrlMatch:
    """A scraper that asks a URL, with the fields that make it."""

    scraper: Scraper
    fields: Mapping[str, str]
    odd: int
    """How many parameters have another value than the scraper would send, or are unknown to it."""
    fixed: int
    """How much of the URL is the scraper's own text; the more, the surer."""


def scrapers_for_url(url: str, scrapers: Iterable[Scraper]) -> list[UrlMatch]:
    """The scrapers that ask `url`, the surest first; none if nobody does.

    The order of parameters does not matter, nor do those without a value. A parameter with a fixed value may be
    missing from `url`; other values (but for `open_params`) and unknown parameters are counted as odd, and their
    owner's check has to notice.
    """
    try:
        urlsplit(url)
    except ValueError:
        return []
    found = [match for scraper in scrapers if (match := _url_match(url, scraper))]
    return sorted(found, key=lambda match: (match.odd, -match.fixed))


def _url_match(url: str, scraper: Scraper) -> UrlMatch | None:
    given, own = urlsplit(url), urlsplit(scraper.url)
    if (given.scheme, given.netloc.lower()) != (own.scheme, own.netloc.lower()):
        return None
    raw = _match(own.path, given.path)
    if raw is None:
        return None
    found = {name: unquote(value) for name, value in raw.items()}
    asked = {**dict(parse_qsl(own.query, keep_blank_values=True)), **scraper.params}
    sent = dict(parse_qsl(given.query))
    odd = len(sent.keys() - asked.keys())
    for name, template in asked.items():
        values = _match(template, sent.get(name, ""))
        if values is None and name in sent and name in scraper.open_params:
            values = {scraper.open_params[name]: sent[name]}
        if values is None:
            if _FIELD.search(template) and (name in sent or not scraper.blank_fields):
                return None
            odd += name in sent
            continue
        if any(found.setdefault(field, value) != value for field, value in values.items()):
            return None
    try:
        fields = original_fields(found)
        scraper.url_for(fields)
    except (KeyError, ValueError):
        return None
    fixed = len(_FIELD.sub("", own.path)) + sum(
        len(_FIELD.sub("", template)) for name, template in asked.items() if name in sent
    )
    return UrlMatch(scraper, fields, odd, fixed)


def _match(template: str, text: str) -> dict[str, str] | None:
    """The fields with which `template` makes `text`; None if there are none."""
    pattern = ""
    seen: set[str] = set()
    for part in re.split(r"(\{[a-z][a-z0-9_]*\})", template):
        field = _FIELD.fullmatch(part)
        if field is None:
            pattern += re.escape(part)
        elif field[1] in seen:
            pattern += f"(?P={field[1]})"
        else:
            seen.add(field[1])
            pattern += f"(?P<{field[1]}>[^/]+?)"
    match = re.fullmatch(pattern, text)
    return match.groupdict() if match else None
