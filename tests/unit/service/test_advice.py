"""Each trouble has its line of what to do; tests/house holds them against the document of operators."""

from __future__ import annotations

import pytest

from adce_async.service.advice import advice


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("source espn", "nothing at first"),
        ("robots.txt of a.test", "nothing until then"),
        ("disk of the state", "make room"),
        ("guardrail memory", "`adce guardrails`"),
        ("configuration", "`adce config check`"),
        ("loop reconciler", "it mends itself"),
        ("settler", "it mends itself"),
    ],
)
def test_what_to_do(name: str, said: str) -> None:
    assert advice(name).startswith(said)
