"""A figure that is read when somebody looks, and what those of one name mean. Labels are of closed sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Reading:
    """One value; `labels`: name -> value, as its family says."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Family:
    """What readings of one name mean. `counts`: it only ever grows."""

    name: str
    help: str
    labels: Sequence[str] = ()
    counts: bool = False
