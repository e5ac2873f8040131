"""What goes wrong, by script: which request of which source meets which fault. The same script and the same order of
requests always give the same faults.

    Fault("status_429", source="espn", match="summary", first=3, seconds=2)

answers ESPN's third request for a summary with 429 and `Retry-After: 2`, and all others as if nothing had been.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from adce_async.errors import FixMeError

KINDS = {
    "status_429": "refused with 429",
    "status_403": "refused with 403 and the page of the site's bouncer",
    "status_404": "not found, in the site's own form",
    "status_500": "an internal server error",
    "status_503": "overloaded",
    "block_page_200": "the bouncer's page with status 200",
    "empty_object": "`{}` with status 200, as dead endpoints of stats.nba.com answer",
    "not_in_bucket": "403 with the XML of a bucket that does not have the file (yet)",
    "lfs_pointer": "a Git LFS pointer with status 200 instead of the file",
    "hang": "no answer for `seconds`, then the connection closes",
    "reset": "the connection is reset without an answer",
    "truncated": "the full length is announced, half of the body comes, the connection is cut",
    "truncated_body": "a complete answer that holds half of the body",
    "not_final": "the (last) game that the answer is about is shown as still going on",
    "drop_keepalive": "a right answer, after which the connection closes unannounced",
    "redirect": "302 to `to`, by default to the same address",
    "slow": "a right answer, a little at a time for `seconds`",
}
"""What a fault may be, and what it does."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of the script: of the requests that it matches the `first`, and then each `every`-th, `times` in all."""

    kind: str
    source: str = ""
    """Only requests to this source; empty: to any."""
    match: str = ""
    """Only requests whose `HOST/PATH?QUERY` has this in it."""
    first: int = 1
    every: int = 1
    times: int | None = 1
    """None: for ever."""
    seconds: float | None = None
    """How long a hang (by default 30) or a slow answer (5) lasts; of a refusal its Retry-After (by default none)."""
    to: str = ""
    """Where a redirect leads: an absolute address."""

    def __post_init__(self) -> None:
        """Raises FixMeError for a fault that could never happen."""
        if self.kind not in KINDS:
            raise FixMeError(f"fault {self.kind!r}: expected one of {', '.join(KINDS)}")
        if self.first < 1 or self.every < 1 or (self.times is not None and self.times < 1):
            raise FixMeError(f"fault {self.kind!r}: first, every and times are counted from 1")

    def meets(self, ordinal: int) -> bool:
        """Whether the `ordinal`-th matching request (from 1) meets this fault."""
        turn, rest = divmod(ordinal - self.first, self.every)
        return turn >= 0 and rest == 0 and (self.times is None or turn < self.times)


class FaultScript:
    """Counts requests against a script. Each request meets at most one fault: the first of the list that is due."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        self._faults = tuple(faults)
        self.reset()

    def reset(self) -> None:
        """Start the script from its beginning."""
        self._seen = [0] * len(self._faults)
        self.served: Counter[str] = Counter()
        """How often each kind of fault was met."""

    def next_for(self, source: str, target: str) -> Fault | None:
        """The fault that a request for `target` (`HOST/PATH?QUERY`) meets, if any."""
        due = None
        for index, fault in enumerate(self._faults):
            if fault.source in ("", source) and fault.match in target:
                self._seen[index] += 1
                if due is None and fault.meets(self._seen[index]):
                    due = fault
        if due is not None:
            self.served[due.kind] += 1
        return due


def parse_fault(text: str) -> Fault:
    """A fault from the form that the command line takes: `KIND[:NAME=VALUE,...]`. Raises FixMeError.

    >>> parse_fault("hang:source=espn,match=summary,first=3,seconds=2.5").seconds
    2.5
    >>> parse_fault("reset:times=always").times is None
    True
    """
    kind, _, rest = text.partition(":")
    values: dict[str, str | int | float | None] = {}
    known = {field.name for field in dataclasses.fields(Fault)} - {"kind"}
    for pair in filter(None, rest.split(",")):
        name, equals, value = pair.partition("=")
        if name not in known or not equals:
            raise FixMeError(f"fault {text!r}: {pair!r} is none of {', '.join(sorted(known))} with a value")
        try:
            if name in ("first", "every", "times"):
                values[name] = None if (name, value) == ("times", "always") else int(value)
            else:
                values[name] = float(value) if name == "seconds" else value
        except ValueError as error:
            raise FixMeError(f"fault {text!r}: {name} expects a number, not {value!r}") from error
    return Fault(kind, **values)  # type: ignore[arg-type]  # the names are checked above, the types follow from them
