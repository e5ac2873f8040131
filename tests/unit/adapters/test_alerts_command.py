"""A program that gets an alert: as JSON on its standard input, bounded in time, without a shell."""

from __future__ import annotations

import json
import sys

import pytest

from adce_async.adapters.alerts_command import CommandAlerts
from adce_async.errors import AlertError
from adce_async.model.alert import Alert, CommandSettings
from adce_async.redaction import SECRETS

pytestmark = pytest.mark.looptime(False)
ALERT = Alert("raised", "lake", "service", "full; $(touch oops) token=hunter2hunter2", 0.0)


def python(code: str, *more: str, timeout: float = 20.0) -> CommandAlerts:
    return CommandAlerts(CommandSettings((sys.executable, "-c", code, *more), timeout))


async def test_it_gets_one_line_of_json_without_secrets(tmp_path) -> None:
    SECRETS.learn("hunter2hunter2")
    out = tmp_path / "out"
    await python("import sys; open(sys.argv[1], 'w').write(sys.stdin.read())", str(out)).send(ALERT)
    text = out.read_text()
    assert json.loads(text)["name"] == "lake"
    assert "hunter2" not in text
    assert text.endswith("}\n")


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import sys; print('no route', file=sys.stderr); sys.exit(3)", "ended with 3: no route"),
        ("import os; os.kill(os.getpid(), 9)", "ended with -9"),
        ("import sys; sys.stdin.close(); sys.exit(1)", "ended with 1"),
    ],
)
async def test_what_it_says_when_it_fails(code: str, why: str) -> None:
    with pytest.raises(AlertError, match=why):
        await python(code).send(ALERT)


async def test_one_that_hangs_is_killed() -> None:
    with pytest.raises(AlertError, match=r"was killed after 0\.3 s"):
        await python("import time; time.sleep(60)", timeout=0.3).send(ALERT)


async def test_one_that_is_not_there() -> None:
    with pytest.raises(AlertError, match=r"/no/such/program can't be started: No such file"):
        await CommandAlerts(CommandSettings(("/no/such/program",))).send(ALERT)
