"""Credentials that a source refuses (401): known after a few requests, so that hundreds of keys are not asked in vain.

One key that is refused says little: it may be the key. Several different ones in a row, with nothing served in between,
say that the account is refused; from then on nothing is sent with these credentials for a while, and everybody is told
the upstream's words at once. Other credentials are tried at once.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from adce_async.errors import AccountError
from adce_async.ports import StateStore, TaskQueue
from adce_async.redaction import is_secret_name
from adce_async.scraping.registry import Catalog

log = structlog.get_logger("adce.accounts")

IN_A_ROW = 3
"""Different URLs that are refused, one after the other, before the account counts as refused."""
HOLD_SECONDS = 600.0
"""After that one more request finds out whether it still is."""


@dataclass(slots=True)
class _Refusals:
    credentials: tuple[str, ...]
    urls: set[str] = field(default_factory=set)
    held_until: float = 0.0
    reason: str = ""


class Accounts:
    """What is known of the credentials of each source; times are the loop's."""

    def __init__(self, tell: Callable[[str, str], object] = lambda _name, _text: None) -> None:
        """`tell(name, text)`: which account is refused; '' is recovery."""
        self._tell = tell
        self._refusals: dict[str, _Refusals] = {}

    def check(self, source: str, headers: Mapping[str, str]) -> None:
        """Raises AccountError if it is known that `source` refuses these credentials."""
        known = self._refusals.get(source)
        if known is None or known.credentials != _credentials(headers):
            return
        if known.held_until > asyncio.get_running_loop().time():
            text = f"not asked: {len(known.urls)} others in a row were refused, and these credentials with them"
            raise AccountError(f"{text}; {known.reason}", status=401)

    def refused(self, source: str, headers: Mapping[str, str], url: str, error: AccountError) -> None:
        """`url` was answered with a 401."""
        credentials = _credentials(headers)
        known = self._refusals.get(source)
        if known is None or known.credentials != credentials:
            known = self._refusals[source] = _Refusals(credentials)
        known.urls.add(url)
        known.reason = error.reason
        if len(known.urls) >= IN_A_ROW:
            known.held_until = asyncio.get_running_loop().time() + HOLD_SECONDS
        self._tell(f"account of {source}", f"{error.reason}; what is parked for it comes back with other credentials")

    def served(self, source: str) -> None:
        """`source` answered with what was asked for."""
        if self._refusals.pop(source, None) is not None:
            self._tell(f"account of {source}", "")


def fingerprint(secrets: Iterable[str]) -> str:
    """Tells credentials apart, and nothing about them; '' for none."""
    found = sorted(set(secrets))
    return hashlib.sha256("\0".join(found).encode("utf-8", "surrogateescape")).hexdigest()[:16] if found else ""


def fingerprints(catalog: Catalog) -> dict[str, str]:
    """Of the credentials that each source has now. Reads files."""
    found: dict[str, str] = {}
    for name, source in catalog.sources.items():
        secrets = [value for header, value in source.config.headers.items() if is_secret_name(header)]
        needed = catalog.credentials.get(name)
        found[name] = fingerprint([*secrets, *(needed.secrets() if needed else ())])
    return found


async def welcome_back(queue: TaskQueue, texts: StateStore, credentials: Mapping[str, str]) -> Sequence[str]:
    """Strike off the dead-letter list what was refused to other credentials than those that sources have now.

    `credentials`: their fingerprints by source. Returns the keys; the next pass plans them anew.
    """
    changed = set()
    for source, now in credentials.items():
        name = f"credentials {source}"
        if await texts.get_text(name) != now:
            await texts.set_text(name, now)
            changed.add(source)
    if not changed:
        return ()
    keys = [entry.key for entry in await queue.parked() if entry.source in changed and entry.last_status == 401]
    back = await queue.unpark(keys) if keys else ()
    if back:
        log.info("other credentials: tried again", sources=sorted(changed), keys=len(back))
    return back


def _credentials(headers: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted(value for name, value in headers.items() if is_secret_name(name)))
