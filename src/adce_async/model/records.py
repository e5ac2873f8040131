"""What goes through the ports beside the nouns: frozen values without behaviour. Times are seconds since the epoch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a body came from, kept beside the object."""

    url: str
    fetched_at: float
    scraper: str
    scraper_version: str
    content_type: str = ""
    status: int = 200
    etag: str = ""
    """The validators of the answer: with them the source can say "as you have it" instead of sending it again."""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many tasks are where."""

    queued: int
    leased: int
    parked: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came of checking one stored body."""

    tag: str
    """Which body, judged by which scraper and version: see `Scraper.cache_tag`."""
    reason: str = ""
    """Why it is invalid; empty if it is what was asked for."""
    facts: str = ""
    """The final scores that it states, see `model.game_results.pack`; empty if it states none."""


@dataclass(frozen=True, slots=True)
class FeedRules:
    """Where changes are told, and how it is asked for them; times in seconds."""

    url: str = ""
    """'': nowhere, and nobody is asked."""
    wait: int = 20
    """So long does a question wait for an answer."""
    visibility: int = 120
    """After so long what was received and is not `done` comes again."""


@dataclass(frozen=True, slots=True)
class ReportRules:
    """Whether reports are wanted, and where they lie; times in seconds."""

    enabled: bool = False
    bucket: str = ""
    """'': the lake's own."""
    prefix: str = "inventory-reports"
    max_age: float = 48 * 3600.0
    """Of one that is asked for: who asks sees to it."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a person did, or that the service decided: an action, a change of settings, a safe mode."""

    at: float
    kind: str
    """One word: `action`, `settings`, `guardrail`, ..."""
    text: str
