"""What somebody says has changed in the lake: a notification of S3, for one. A hint, never the truth.

Times are seconds since the epoch (UTC), sizes are bytes.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoredChange:
    """One object has been stored, or removed.

    Changes come at least once, and in any order. For one key the `sequencer` says which of two was later; between
    different keys it says nothing.
    """

    key: str
    removed: bool
    size: int = 0
    etag: str = ""
    """As a listing says it, without quotes."""
    at: float = 0.0
    """When it happened, by S3's clock; to the second at worst."""
    sequencer: str = ""
    """Hexadecimal, of any length; '' where there is none."""

    def is_later_than(self, other: StoredChange) -> bool:
        """True if this one of the same key happened after `other`.

        Sequencers are compared as the Amazon S3 User Guide says ("Event message structure"; once it said otherwise):
        the shorter one padded with zeros on its right, then as text. Where one is missing, the times decide; of equal
        times, neither is later.

        >>> StoredChange("a", True, sequencer="9f").is_later_than(StoredChange("a", False, sequencer="0A1"))
        True
        """
        if self.sequencer and other.sequencer:
            length = max(len(self.sequencer), len(other.sequencer))
            mine, its = (text.lower().ljust(length, "0") for text in (self.sequencer, other.sequencer))
            return mine > its
        return self.at > other.at
