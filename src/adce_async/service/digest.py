"""How the day was, in a few lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from adce_async.app import Parts
from adce_async.model.coverage import Coverage
from adce_async.service.since_look import SinceLook


class Digest:
    """What has happened since it was told last, as long as it is fed."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._before: dict[str, int] = {}
        self._since = SinceLook()

    def feeding(self) -> AbstractAsyncContextManager[None]:
        """While the block runs, what is stored counts before the next pass sees it."""
        return self._since.feeding(self._parts.events)

    def text(self) -> str:
        """The lines; what they count begins anew with them."""
        counts = dict(self._parts.pool.tally.by_verdict)
        since = {name: count - self._before.get(name, 0) for name, count in counts.items()}
        self._before = counts
        last = self._parts.reconciler.last
        lines = [
            _work(since),
            _state(self._since.now(last.coverage), last.parked) if last else "no pass yet",
            f"waiting: {self._parts.pool.waiting} tasks",
        ]
        if troubles := self._parts.health.troubles():
            lines += ["troubles:", *(f"- {each}" for each in troubles)]
        else:
            lines.append("no troubles")
        return "\n".join(lines)


def _work(counts: Mapping[str, int]) -> str:
    named = {"stored": "stored", "unchanged": "unchanged", "retry": "to be tried again", "parked": "parked"}
    said = [f"{count} {words}" for name, words in named.items() if (count := counts.get(name, 0))]
    return f"attempts since the last digest: {', '.join(said) or 'none'}"


def _state(rows: Sequence[Coverage], parked: int) -> str:
    total = Coverage.total(rows)
    share = "-" if total.completeness_pct is None else f"{total.completeness_pct:g} %"
    return f"complete: {share} of {total.expected} expected; {total.gaps} gaps, {parked} parked"
