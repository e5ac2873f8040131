"""reconciliation_config.yaml: the lake, and how gaps in it become tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from adce_async.config.files.base import Expected, Model, Renamed
from adce_async.config.files.events import Events
from adce_async.config.files.fields import (
    Count,
    Days,
    DaysOrZero,
    Endpoint,
    Flag,
    Hours,
    MinutesOrZero,
    Note,
    NotNegative,
    OneLine,
    PositiveCount,
    PriorityName,
    fold_priorities,
)
from adce_async.model.coverage import Priority

Bucket = Annotated[
    str,
    Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"),
    Expected("the name of an S3 bucket: 3 to 63 lower-case letters, digits, '-' and '.'"),
]


def _prefix(value: Any) -> Any:
    return value.strip("/") if isinstance(value, str) else value


ReportPrefix = Annotated[
    str,
    BeforeValidator(_prefix),
    Field(pattern=r"^[^\x00-\x1f\x7f\\]*$"),
    Expected("the beginning of keys, such as inventory-reports/, or '' for none"),
]


class S3(Model):
    """A lake in S3; credentials come from AWS's own settings. Changes take effect with the next start."""

    renamed: ClassVar[tuple[Renamed, ...]] = (
        Renamed("endpoint", "endpoint_url"),
        Renamed("region_name", "region"),
        Renamed("profile_name", "profile"),
    )

    bucket: Bucket | None = None
    """The bucket; read as `lake: s3://BUCKET` where `lake` is not set; no default."""
    endpoint_url: Endpoint | None = None
    """Another server than AWS; default what AWS's own settings say (AWS_ENDPOINT_URL, the profile), else AWS."""
    region: OneLine | None = None
    """The region of the bucket; default what AWS's own settings say, else us-east-1."""
    profile: OneLine | None = None
    """The profile of AWS's own settings to use; default AWS_PROFILE, else what comes first of AWS's usual places."""
    path_style: Flag | None = None
    """True: ENDPOINT/BUCKET/KEY, false: BUCKET.ENDPOINT/KEY; default true with every server but AWS."""
    lock: Flag = True
    """Default true: an object `.adce/lock` keeps a second instance out. False: for servers that ignore conditional
    writes, where you see to it that there is only one."""
    full_listing_minutes: MinutesOrZero | None = None
    """Minutes between full listings of the lake (or looks for a newer report); between them passes go by what we have
    stored ourselves and by events. Each one says what they missed. 0: at each pass; default 60 with
    `events.queue_url`, else 0."""
    use_aws_inventory: Flag = False
    """Default false. True: passes read S3 Inventory reports where they are recent, and list the rest."""
    inventory_bucket: Bucket | None = None
    """Bucket of the inventory reports; default the lake's own."""
    inventory_prefix: ReportPrefix = "inventory-reports"
    """Where the reports lie in it: `PREFIX/BUCKET/CONFIGURATION/DATE/manifest.json`; default `inventory-reports`."""
    inventory_max_age_hours: Hours = 48
    """Hours; a report whose scan began earlier is not used, the bucket is listed instead; default 48, since a daily
    report may take a day to come."""


class GapDetection(Model):
    """When a gap is urgent."""

    critical_threshold_days: DaysOrZero = 7
    """Days; a gap of a required data type is CRITICAL until it has been due for so long; default 7."""


class QueueRules(Model):
    """How many tasks there may be. What does not fit stays a gap and comes back with a later pass."""

    max_tasks_per_run: PositiveCount | None = None
    """Most tasks that a pass may put into the queue; default no limit."""
    max_tasks_per_priority: Annotated[dict[PriorityName, Count], BeforeValidator(fold_priorities)] = Field(
        default_factory=dict
    )
    """The same by priority; default no limits."""
    max_listed_gaps: PositiveCount = 100_000
    """Most gaps of a lake in S3 that are looked at one by one, most urgent first; default 100000. All are counted."""
    task_ttl_days: Days = 30
    """Days after which a task that came through gaps.json is dropped; default 30. Others live as long as their gap."""


class Reporting(Model):
    """What passes tell of themselves, and how long it is kept."""

    list_price_per_1000: NotNegative = 0.005
    """US dollars for 1,000 list requests, for what a pass says that its listing cost; default 0.005, as in S3."""
    coverage_history_days: Days = 90
    """Days for which the coverage is kept, a row for each change; default 90, at least 2. The trend comes of it."""


class ReconciliationConfig(Model):
    """reconciliation_config.yaml."""

    lake: OneLine | None = None
    """Where everything is kept: a folder (relative to the current directory), `file:///folder` or
    `s3://bucket/prefix`; default the folder `lake`. `--lake` and ADCE_LAKE win over it."""
    s3: S3 = S3()
    """A lake in S3."""
    events: Events = Events()
    """Notifications of what others change in a lake in S3."""
    gap_detection: GapDetection = GapDetection()
    """When a gap is urgent."""
    task_queue: QueueRules = QueueRules()
    """How many tasks there may be."""
    reporting: Reporting = Reporting()
    """What passes tell of themselves."""
    version: Note = None
    """For people; nothing reads it."""
    last_updated: Note = None
    """For people; nothing reads it."""
    metadata: Note = None
    """For people; nothing reads it."""

    @property
    def critical_days(self) -> float:
        """Days for which a due gap of a required data type is CRITICAL."""
        return self.gap_detection.critical_threshold_days

    @property
    def caps(self) -> Mapping[Priority, int]:
        """Most tasks that each priority may have in the queue; priorities without a cap are not in it."""
        return self.task_queue.max_tasks_per_priority
