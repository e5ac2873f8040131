"""Alerts to a program of the operator's: JSON on its standard input, no shell in between."""

from __future__ import annotations

import asyncio
import contextlib

import orjson

from adce_async.errors import AlertError
from adce_async.model.alert import Alert, CommandSettings
from adce_async.redaction import redact

_TAIL = 200
"""Characters of what it says on standard error that are told."""


class CommandAlerts:
    """`model.alert.AlertChannel`."""

    name = "command"

    def __init__(self, settings: CommandSettings) -> None:
        self._settings = settings

    async def send(self, alert: Alert) -> None:
        """One run of it; exit code 0 is success. Raises AlertError."""
        argv = self._settings.argv
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,  # a Ctrl-C is for us
            )
        except OSError as error:
            raise AlertError(f"{argv[0]} can't be started: {error.strerror}") from error
        text = redact(orjson.dumps(alert.as_dict()).decode()) + "\n"
        try:
            async with asyncio.timeout(self._settings.timeout):
                _, said = await process.communicate(text.encode())
        except TimeoutError:
            raise AlertError(f"{argv[0]} was killed after {self._settings.timeout:g} s") from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                # reaped also where we are cancelled: no zombie stays
                await asyncio.shield(process.wait())
        if process.returncode:
            tail = redact(said.decode(errors="replace").strip())[-_TAIL:]
            raise AlertError(f"{argv[0]} ended with {process.returncode}{f': {tail}' if tail else ''}")
