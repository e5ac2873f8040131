"""The sections `scheduled_tasks` and `maintenance` of autonomous_config.yaml: times of the clock."""

from __future__ import annotations

import re
import zoneinfo
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from adce_async.config.files.base import Expected, Model, misfits
from adce_async.config.files.fields import (
    Count,
    DaySeconds,
    Flag,
    Many,
    Minutes,
    NoteText,
    OneLine,
    SourceName,
    one_of,
)
from adce_async.model.schedule import check_cron

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _is_zone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, OSError) as error:  # OSError: the name of a folder of the database
        raise ValueError(str(error)) from None
    return value


def _is_cron(value: str) -> str:
    check_cron(value)
    return value


def _is_time(value: str) -> str:
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", value)
    if not match or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError("no time of day")
    return f"{int(match[1]):02d}:{match[2]}"


Zone = Annotated[str, AfterValidator(_is_zone), Expected("a time zone such as America/New_York or UTC")]
Cron = Annotated[
    str,
    AfterValidator(_is_cron),
    Expected('a cron expression of five fields (minute hour day month weekday), such as "0 2 * * *"'),
]
TimeOfDay = Annotated[str, AfterValidator(_is_time), Expected('a time of day such as "02:00"')]
Weekday = Annotated[
    Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    BeforeValidator(one_of(*DAYS)),
    Expected("a day of the week, Monday to Sunday"),
]


CatchUp = Annotated[Literal["none", "once"], BeforeValidator(one_of("none", "once")), Expected("none or once")]


class ScheduledTask(Model):
    """A reconciliation pass at given times, besides the regular ones."""

    enabled: Flag = True
    """Default true."""
    schedule: Cron
    """Cron expression of five fields, in `timezone`; no default."""
    timezone: Zone = "America/New_York"
    """Time zone of `schedule`; default US Eastern, which all sources file their games under."""
    data_types: Many[OneLine] = ()
    """Data types (`espn.schedule`) or sources (`espn`) that it is for; default all. A pass compares everything; these
    decide whether what was wanted is done within `timeout_minutes`."""
    catch_up: CatchUp = "once"
    """What becomes of times that were missed (a stop, a machine that slept): `once` (default): one pass makes up for
    all of them; `none`: nothing."""
    jitter_seconds: DaySeconds = 0
    """Seconds by which a pass may come late, by chance; default 0."""
    timeout_minutes: Minutes | None = None
    """Minutes after which an alert names what of `data_types` is missing still (where there are none: that no pass is
    done); default none."""
    retry_on_failure: Flag = True
    """Default true. False: the first pass that fails is told at once; it is tried again all the same."""
    max_retries: Count = 3
    """Passes that may fail, one after another, before an alert; default 3."""
    description: NoteText = ""
    """For people."""


class ScheduledTasks(Model):
    """`enabled`, and beside it a freely named section for each schedule."""

    model_config = ConfigDict(extra="allow")
    entries: ClassVar[type[Model] | None] = ScheduledTask
    __pydantic_extra__: dict[str, ScheduledTask] = Field(init=False)

    enabled: Flag = True
    """Default true. False: none of the schedules runs."""

    @property
    def tasks(self) -> dict[str, ScheduledTask]:
        """The schedules that are to run, by name."""
        named = self.__pydantic_extra__ if self.enabled else {}
        return {name: task for name, task in named.items() if task.enabled}


class MaintenanceWindow(Model):
    """A time of the week in which nothing is fetched. One that ends before it starts ends on the next day."""

    day: Weekday | None = None
    """Day of the week on which it starts; default every day."""
    start_time: TimeOfDay
    """First minute, `HH:MM` in `timezone`; no default."""
    end_time: TimeOfDay
    """First minute after it, `HH:MM`; no default."""
    timezone: Zone = "America/New_York"
    """Time zone of both times; default US Eastern."""
    sources: Many[SourceName] = ()
    """Sources that are closed; default all of them."""
    allow_critical: Flag = False
    """Default false. True: tasks that are CRITICAL are started all the same."""

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        if self.start_time == self.end_time:
            message = f"got {self.end_time}, the same as 'start_time'; expected another time"
            raise misfits([(("end_time",), message)])
        return self


class Maintenance(Model):
    """Times at which the service pauses: tasks that are running end, and none is started."""

    enabled: Flag = False
    """Default false."""
    windows: Many[MaintenanceWindow] = ()
    """The times; default none."""
