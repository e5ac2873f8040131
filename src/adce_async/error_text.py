"""What the exceptions of others say, in our words: the one place where their texts become ours.

Their own texts hold what was asked with: aiohttp's name the whole URL and, in their `repr`, every header (they are
named by their class and status), pydantic's quote the input (places and expectations are kept). All others keep the
first line of what they say, without the queries of URLs and without what is secret. A traceback is its places in the
code, and these texts.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator

from pydantic_core import ValidationError

from adce_async.errors import AdceError, readable
from adce_async.redaction import redact

_MOST = 300
_MUTE = frozenset({"aiohttp", "yarl", "multidict"})
"""Packages whose exceptions quote what they were given."""
_QUERY = re.compile(r"(https?://[^\s?'\"<>]*\?)[^\s'\"<>]+")


def error_text(error: BaseException) -> str:
    """What `error` says, on one line: fit for logs, databases and people.

    >>> error_text(ValueError("no day: 32")), error_text(KeyError("rows"))
    ('ValueError: no day: 32', "KeyError: 'rows'")
    >>> error_text(RuntimeError("asked https://a.test/b?key=1"))
    'RuntimeError: asked https://a.test/b?...'
    """
    name = type(error).__name__
    if isinstance(error, AdceError):
        return redact(str(error))
    if isinstance(error, ValidationError):
        errors = error.errors(include_url=False, include_context=False, include_input=False)
        places = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in errors[:3])
        return redact(f"{name}: {'; '.join(places)}{'; ...' if len(errors) > 3 else ''}")
    if type(error).__module__.partition(".")[0] in _MUTE:
        status = getattr(error, "status", None)
        return f"{name} (HTTP {status})" if isinstance(status, int) and status else name
    if isinstance(error, OSError) and error.strerror:
        return redact(f"{name}: {error.strerror}{f': {error.filename}' if error.filename else ''}")
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - whatever its author did wrong, it is being reported
        text = ""
    line = " ".join(_QUERY.sub(r"\1...", redact(readable(text))).split())[:_MOST]
    return f"{name}: {line}" if line else name


def traceback_text(error: BaseException) -> str:
    """The traceback of `error` and of what led to it, the last cause first."""
    return redact("\n".join(_blocks(error, set())))


def _blocks(error: BaseException, seen: set[int]) -> Iterator[str]:
    if id(error) in seen:
        return
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _blocks(before, seen)
        yield "\nand then:\n"
    yield "Traceback (most recent call last):\n" + "".join(traceback.format_tb(error.__traceback__)) + error_text(error)
    if isinstance(error, BaseExceptionGroup):
        for number, one in enumerate(error.exceptions, 1):
            yield f"\n{number} of the group:\n"
            yield from _blocks(one, seen)
