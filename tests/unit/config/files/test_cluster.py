"""What `cluster` says."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from adce_async.config.files.cluster import ClusterConfig


def test_it_is_off_unless_wanted() -> None:
    assert ClusterConfig() == ClusterConfig(enabled=False, dsn=None, node=None, lease_seconds=10)


def test_it_takes_a_place() -> None:
    with pytest.raises(ValidationError, match="where PostgreSQL is"):
        ClusterConfig(enabled=True)
    assert ClusterConfig(enabled=True, dsn="postgresql://db.test/lake").enabled


@pytest.mark.parametrize("wrong", [{"lease_seconds": 1}, {"lease_seconds": 301}, {"node": "a b"}, {"node": ""}])
def test_what_can_not_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ClusterConfig(**wrong)  # type: ignore[arg-type]
