"""The section `cluster` of autonomous_config.yaml: several machines that share the work."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from adce_async.config.files.base import Expected, Model, misfits
from adce_async.config.files.fields import NAME, Flag, OneLine

LeaseSeconds = Annotated[float, Field(ge=5, le=300), Expected("a number of seconds, 5 to 300")]
NodeName = Annotated[str, Field(pattern=NAME), Expected("letters, digits, _ and -, at most 80")]


class ClusterConfig(Model):
    """One service on several machines, with its queue in PostgreSQL; see docs/cluster.md."""

    shorthand: ClassVar[str | None] = "enabled"

    enabled: Flag = False
    """Default false: one process, with its state in a folder."""
    dsn: OneLine | None = None
    """Where PostgreSQL is: `postgresql://HOST/DATABASE?user=NAME`. A password is better in ADCE_CLUSTER__DSN."""
    node: NodeName | None = None
    """Name of this machine among the others; default its host name."""
    lease_seconds: LeaseSeconds = 10
    """Seconds after which the sources of a machine that says nothing are another's; default 10."""

    @model_validator(mode="after")
    def _has_a_place(self) -> Self:
        if self.enabled and self.dsn is None:
            raise misfits([(("dsn",), "got none; expected where PostgreSQL is, since 'enabled' is true")])
        return self
