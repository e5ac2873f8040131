"""What people are told: something broke, works again, or how the day was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from adce_async.model.days import iso


@dataclass(frozen=True, slots=True)
class Alert:
    """One message. `name`: the component, `condition`: what kind of trouble it is; `at`: seconds since the epoch.

    `times`: how often it broke since it was told last.
    """

    kind: Literal["raised", "recovered", "digest"]
    name: str
    condition: str
    text: str
    at: float
    times: int = 1

    @property
    def title(self) -> str:
        """One line.

        >>> Alert("raised", "source espn", "source_blocked", "cooling", 0.0, 3).title
        'source espn: trouble (3 times)'
        """
        if self.kind == "digest":
            return self.name
        often = f" ({self.times} times)" if self.times > 1 else ""
        return f"{self.name}: {'trouble' if self.kind == 'raised' else 'works again'}{often}"

    @property
    def message(self) -> str:
        """Title and text."""
        was = "it was: " if self.kind == "recovered" and self.text else ""
        return f"{self.title}\n{was}{self.text}"

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "kind": self.kind,
            "name": self.name,
            "condition": self.condition,
            "text": self.text,
            "at": iso(self.at),
            "times": self.times,
        }


class AlertChannel(Protocol):
    """A way to people that may be slow, or fail: messages come one at a time, and again where it failed."""

    @property
    def name(self) -> str:
        """Of its trouble: `alert channel NAME`."""
        ...

    async def send(self, alert: Alert) -> None:
        """Send it. Raises AlertError; what it takes longer than half a minute for counts as failed."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class SlackSettings:
    """`url` is a secret, which stands in no text."""

    url: str
    channel: str = ""


@dataclass(frozen=True, slots=True)
class SnsSettings:
    """The topic, and what each subject begins with."""

    topic: str
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class CommandSettings:
    """`argv`: program and arguments; `timeout`: seconds after which it is killed."""

    argv: tuple[str, ...]
    timeout: float = 10.0


ChannelSettings: TypeAlias = SlackSettings | SnsSettings | CommandSettings
"""What makes a channel."""
