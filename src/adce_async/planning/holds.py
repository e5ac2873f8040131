"""Who keeps something shut, and why: several may at once, and it is open when the last one lets go."""

from __future__ import annotations


class Holds:
    """Reasons by who has them.

    >>> holds = Holds()
    >>> holds.hold("operator", "paused by an operator"), holds.hold("maintenance", "maintenance until 04:00")
    (True, True)
    >>> holds.hold("operator", ""), holds.hold("operator", ""), bool(holds), holds.why
    (True, False, True, 'maintenance until 04:00')
    """

    def __init__(self) -> None:
        self._reasons: dict[str, str] = {}

    def hold(self, by: str, why: str) -> bool:
        """`by` keeps it shut, since `why`; '': no longer. True if that is news."""
        before = self._reasons.get(by, "")
        if why:
            self._reasons[by] = why
        else:
            self._reasons.pop(by, None)
        return why != before

    def __bool__(self) -> bool:
        return bool(self._reasons)

    @property
    def why(self) -> str:
        """All reasons, in the order in which they came; '' if it is open."""
        return "; ".join(self._reasons.values())

    def of(self, by: str) -> str:
        """The reason of `by`; '' if he has none."""
        return self._reasons.get(by, "")
