"""What nobody has said is AWS's to say."""

from __future__ import annotations

from dataclasses import asdict

from adce_async.model.aws import ATTEMPTS, AwsSettings


def test_by_default_aws_says_where_it_is_and_who_asks() -> None:
    said = asdict(AwsSettings())
    assert {name for name, value in said.items() if value is None} == {
        "endpoint_url", "region", "profile", "path_style",
    }  # fmt: skip
    assert said["attempts"] == ATTEMPTS == 5
    assert said["connections"] > 1
