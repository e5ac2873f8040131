"""Which known word was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, if any is close."""
    by_folded = {one.lower(): one for one in known}
    found = difflib.get_close_matches(word.lower(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str], *, most: int = 12) -> str:
    """`; did you mean 'x'?`, or the known words if there are few, or nothing."""
    listed = sorted(known)
    near = nearest(word, listed)
    if near:
        return f"; did you mean '{near}'?"
    return f"; known here: {', '.join(listed)}" if 0 < len(listed) <= most else ""
