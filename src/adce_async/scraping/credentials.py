"""What a source needs to be let in, where its module says so (`CREDENTIALS`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Credentials:
    """Both functions look anew each time they are called; they may read files, and raise nothing."""

    secrets: Callable[[], Sequence[str]]
    """Everything secret that is found: it is said in no text, and other secrets are a reason to ask again."""
    problem: Callable[[], str]
    """What is wrong and what to do, on one line; '' if there is what is needed."""
