"""Values of the environment as they were meant: `docker run --env-file` and editors of Windows add to them."""

from __future__ import annotations

from collections.abc import MutableMapping

QUOTES = "'\""
PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy", "no_proxy"})


def tidy(text: str) -> tuple[str, bool]:
    r"""`text` without blanks, line ends and one pair of quotes around all of it; and whether there were quotes.

    >>> tidy('"/data/lake"\r'), tidy(" 5\n"), tidy('"a" or "b"'), tidy("'it''s'"), tidy('" "')
    (('/data/lake', True), ('5', False), ('"a" or "b"', False), ("'it''s'", False), ('', True))
    """
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in QUOTES and text[0] not in text[1:-1]:
        return text[1:-1].strip(), True
    return text, False


def tidy_proxies(environ: MutableMapping[str, str]) -> None:
    """Let the variables that name proxies mean what was meant, for all who read them."""
    for name, text in list(environ.items()):
        if name.lower() in PROXIES and text != (meant := tidy(text)[0]):
            environ[name] = meant
