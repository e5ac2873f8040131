"""What can go wrong, sorted by what the engine (or a person) has to do about it.

A scraper raises one of the `ScrapeError` classes; the class, never the text, decides what happens to
the task. Exit codes of the command line: `FixMeError` and its children 2, every other `AdceError` 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from adce_async.redaction import redact

_CONTROLS = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), " ")
"""Line ends, and what could steer a terminal."""


def readable(text: str) -> str:
    r"""`text`, with a question mark for each half of a character: no file, database or JSON takes those.

    Bytes that are no UTF-8 come as such halves (lone surrogates), from header lines for one.

    >>> readable("Größe"), readable(b"a\xff".decode("utf-8", "surrogateescape"))
    ('Größe', 'a?')
    """
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def one_line(text: str) -> str:
    r"""`text` on one line, with nothing in it that steers a terminal or hides what it says.

    >>> one_line("a\tb\x1b[31m"), one_line("x\u202ey")
    ('a b [31m', 'x\\u202ey')
    """
    text = readable(text.translate(_CONTROLS))
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else f"\\u{ord(c):04x}" for c in text)


class AdceError(Exception):
    """The root of everything that this package raises on purpose."""


class FixMeError(AdceError):
    """A person must fix something first: configuration, a port in use, a folder that can't be written.

    `str()` is one line that names the thing, what is wrong, and what to do.
    """


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one file: `FILE:LINE: key: what is wrong, what was expected`."""

    file: str
    line: int | None
    key: str
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class ConfigError(FixMeError):
    """The configuration can't be used; `problems` lists everything that is wrong with it, not just the first."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


class InvalidKeyError(AdceError, ValueError):
    """A key or a field that must never reach a store: `..`, an absolute path, a control character, ..."""


class StoreError(AdceError):
    """The lake could not be read or written; nothing may be concluded about what is in it."""


class StoreUnreachableError(StoreError):
    """No answer from the place where the lake is, or that of a server in trouble: it says nothing about the lake."""


class UnstorableError(StoreError):
    """One object can't be stored, for its name; nothing is wrong with the rest of the lake."""


class AlertError(AdceError):
    """An alert could not be sent; the text says why, without secrets."""


class PublishError(AdceError):
    """Figures were not published. `again`: they were surely not taken, and may be sent once more."""

    def __init__(self, message: str, *, again: bool) -> None:
        super().__init__(message)
        self.again = again


class QueueError(AdceError):
    """The queue's database could not be read or written."""


class ScrapeError(AdceError):
    """Root of what a scrape can end with. Subclasses say what to do; raise one of those.

    `status` is the HTTP status, where there was an answer; `head` the first bytes of its body. What a source says
    ends up in reasons (titles, headers), so they are made `readable`, on one line, and hold nothing that is secret.
    """

    def __init__(self, reason: str = "", *, status: int | None = None, head: str = "") -> None:
        self.reason = redact(one_line(reason)) or (type(self).__doc__ or "").splitlines()[0]
        self.status = status
        self.head = head
        super().__init__(self.reason)

    @property
    def head(self) -> str:
        """The first bytes of the body."""
        return self._head

    @head.setter
    def head(self, text: str) -> None:
        self._head = redact(readable(text))


class NotModifiedError(ScrapeError):
    """304: what the lake holds is what the source has. Only an answer to a request with a validator."""


class LaterError(ScrapeError):
    """Asking again later can help.

    `retry_after`: seconds that the server, or the scraper that knows better, says to wait; None: nobody said.
    """

    def __init__(
        self, reason: str = "", *, status: int | None = None, head: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(reason, status=status, head=head)
        self.retry_after = retry_after


class TransientError(LaterError):
    """Worth another try soon: a timeout, a reset connection, a 5xx, a body cut short."""


class UnreachableError(TransientError):
    """No connection to the host at all: says nothing about the task, so it is no attempt of it."""


class NotAskedError(UnreachableError):
    """Nothing was asked, for a reason that lies with one host of the source: says nothing about the source either."""


class BlockedError(LaterError):
    """The source refuses us (403, 429, a block page with status 200): the whole source cools, the task stays."""

    @property
    def by_status(self) -> bool:
        """True if the status alone says so: then who sends requests has told the limiter; else who judges the body."""
        return self.status in (403, 429)


class NotYetError(LaterError):
    """The thing asked for exists but is not final: asked again at the data type's freshness interval."""


class NotFoundError(ScrapeError):
    """404 or 410, or a page that says so: *not yet* for an object due for less than 7 days, else parked."""


class RefusedError(ScrapeError):
    """`check` did not accept the body as what was asked for: tried once more, then parked."""


class UnreadableError(RefusedError):
    """Not the format at all: no JSON where JSON is due, a page where data is due, nothing. Several keys in a row that
    get such an answer say something about their source (`planning.outage`), else it is refused like any other.
    """


class PermanentError(ScrapeError):
    """No later attempt can do better (a redirect to a foreign host, robots.txt): parked at once."""


class BoundError(PermanentError):
    """An answer whose head is larger than a bound that is set: nothing of it was read."""


class DeniedError(PermanentError):
    """The API itself says no to *this key* (403 in its own error form): parked with its words.

    It says nothing about the source, which goes on, nor about other keys: it is no sign of an outage.
    """


class AccountError(DeniedError):
    """The API does not know who asks (401): about the account, parked with its words until the credentials change."""
