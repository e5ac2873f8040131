"""`events` of reconciliation_config.yaml."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from adce_async.config.files.events import Events

URL = "https://sqs.us-east-1.amazonaws.com/123456789012/lake-changes"


def read(written: Any) -> Events:
    return Events.model_validate(written)


def test_defaults() -> None:
    assert (read({}).queue_url, read({}).wait_seconds, read({}).visibility_seconds) == (None, 20, 120)


def test_a_queue_in_each_form() -> None:
    full = read({"queue_url": URL, "wait_seconds": 5, "visibility_seconds": 600})
    assert (full.queue_url, full.wait_seconds, full.visibility_seconds) == (URL, 5, 600)
    assert read(URL) == read({"queue_url": URL}) == read({"sqs_queue_url": URL})
    assert read("http://127.0.0.1:4566/000000000000/changes").queue_url is not None
    assert read({"queue_url": None}) == read({})


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ({"queue_url": "lake-changes"}, "expected the URL of a queue"),
        ({"queue_url": "arn:aws:sqs:us-east-1:1:x"}, "expected the URL of a queue"),
        ({"queue_url": "https://user:pass@sqs.test/1/x"}, "expected the URL of a queue"),
        ({"wait_seconds": 0}, "expected a whole number of seconds, 1 to 20"),
        ({"wait_seconds": 21}, "expected a whole number of seconds, 1 to 20"),
        ({"visibility_seconds": 5}, "expected a whole number of seconds, 10 to 43200"),
        ({"visibility_seconds": 1.5}, "expected a whole number of seconds, 10 to 43200"),
    ],
)
def test_what_makes_no_sense_is_an_error(written: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read(written)
    assert caught.value.errors()[0]["msg"].startswith(problem)
