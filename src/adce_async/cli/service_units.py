"""The service as systemd and launchd want it described: texts only.

What each line is for stands in systemd.service(5), systemd.exec(5) and launchd.plist(5).
"""

from __future__ import annotations

import math
import plistlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adce_async.errors import FixMeError
from adce_async.supervisor import STOP_SLACK

STOP_RESERVE = 10.0
"""Seconds beyond what a stop may take at most, until the service manager loses patience."""
WATCHDOG_SECONDS = 120
START_SECONDS = 300
RESTART_SECONDS = 10
OPEN_FILES = 8192
SECTION, STATE_KEY = "X-Adce", "StateDb"
"""Where a unit says which state it is the service of; systemd passes over sections that begin like this."""
_TEMPORARY = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - nothing is written there


@dataclass(frozen=True, slots=True)
class Unit:
    """What is to run, and what it may touch. Folders are absolute."""

    name: str
    program: Sequence[str]
    """The whole command line."""
    folder: Path
    """Where relative paths of the configuration begin."""
    writable: Sequence[Path]
    """Folders that it writes to; everything else is read only."""
    environment: Path
    """A file with variables that need not be there."""
    state_db: Path
    grace: float
    """Seconds that running tasks get at a stop."""
    system: bool
    """True for the machine's service, False for a user's own."""
    user: str | None = None
    """Of the machine's service; None: root."""
    reload: Sequence[str] = ("/bin/kill", "-HUP", "$MAINPID")

    @property
    def stop_seconds(self) -> int:
        """Seconds until it may be killed; longer than it takes itself to end whatever runs."""
        return math.ceil(self.grace + STOP_SLACK + STOP_RESERVE)


def systemd_unit(unit: Unit) -> str:
    """The unit file. Raises FixMeError for a path that none can hold."""
    network = ["Wants=network-online.target", "After=network-online.target"] if unit.system else []
    lines = [
        "# Written by `adce service install`; changes belong into a drop-in (`systemctl edit`).",
        "[Unit]",
        "Description=adce_async, keeps a data lake complete",
        *network,
        "StartLimitIntervalSec=0",
        "",
        "[Service]",
        "Type=notify",
        "NotifyAccess=main",
        f"ExecStart={_command(unit.program)}",
        f"ExecReload={' '.join(unit.reload)}",
        f"WorkingDirectory={_whole(unit.folder)}",
        f"EnvironmentFile=-{_pattern(unit.environment)}",
        *([f"User={unit.user}"] if unit.system and unit.user else []),
        "KillMode=mixed",
        f"TimeoutStartSec={START_SECONDS}",
        f"TimeoutStopSec={unit.stop_seconds}",
        f"WatchdogSec={WATCHDOG_SECONDS}",
        "Restart=on-failure",
        f"RestartSec={RESTART_SECONDS}",
        "# Exit code 2 is for what a person has to mend first: trying again would not help.",
        "RestartPreventExitStatus=2",
        f"LimitNOFILE={OPEN_FILES}",
        "",
        *(_hardened(unit) if unit.system else _hardened_for_users()),
        "",
        "[Install]",
        f"WantedBy={'multi-user' if unit.system else 'default'}.target",
        "",
        f"[{SECTION}]",
        f"{STATE_KEY}={_whole(unit.state_db)}",
    ]
    return "\n".join(lines) + "\n"


def _hardened(unit: Unit) -> list[str]:
    inside_tmp = any(
        path.is_relative_to(tmp) for path in (*unit.writable, unit.folder, unit.environment) for tmp in _TEMPORARY
    )
    return [
        "ProtectSystem=strict",
        "ProtectHome=read-only",
        f"ReadWritePaths={' '.join(_word(str(path)) for path in unit.writable)}",
        *([] if inside_tmp else ["PrivateTmp=yes"]),
        "PrivateDevices=yes",
        "ProtectKernelTunables=yes",
        "ProtectKernelModules=yes",
        "ProtectKernelLogs=yes",
        "ProtectControlGroups=yes",
        "ProtectClock=yes",
        "ProtectHostname=yes",
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK",
        "RestrictNamespaces=yes",
        *(["CapabilityBoundingSet="] if unit.user else []),  # root needs its own to write what is somebody else's
        *_hardened_for_users(),
        "SystemCallFilter=@system-service",
        "SystemCallErrorNumber=EPERM",
    ]


def _hardened_for_users() -> list[str]:
    """What a user's manager can do without privileges."""
    return [
        "NoNewPrivileges=yes",
        "RestrictRealtime=yes",
        "RestrictSUIDSGID=yes",
        "LockPersonality=yes",
        "SystemCallArchitectures=native",
    ]


def _plain(text: str) -> str:
    if re.search(r"[\x00-\x1f\x7f]", text):
        raise FixMeError(f"{text!r} can't stand in a unit file; expected a path without control characters")
    return text.replace("%", "%%")


def _argument(text: str) -> str:
    """One argument of a command, in which `$` begins a variable."""
    return _word(text.replace("$", "$$"))


def _command(words: Sequence[str]) -> str:
    """A command line. Of what is run the path is no argument, in which `$` stands for itself; its name is one again."""
    program, *arguments = words
    if re.search(r"[\"'\\]", program):
        raise FixMeError(
            f"{program}: systemd runs nothing with a quote or a backslash in its path; install it elsewhere"
        )
    first = [f"@{_word(program)}", _argument(program)] if "$" in program else [_word(program)]
    return " ".join([*first, *map(_argument, arguments)])


def _pattern(path: Path) -> str:
    """A path where patterns of paths are taken, too (glob(7))."""
    return _plain(re.sub(r"[\\*?\[\]{}~]", r"\\\g<0>", str(path)))


def _word(text: str) -> str:
    """One word of a list, with quotes where it needs them."""
    escaped = _plain(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if re.search(r"[\s\"'\\;]", text) or not text else escaped


def _whole(path: Path) -> str:
    """A path that is all there is on its line."""
    return _plain(str(path))


def launchd_plist(unit: Unit, errors: Path) -> bytes:
    """The property list; `errors`: the file of what is said before logging begins."""
    document: dict[str, object] = {
        "Label": launchd_label(unit.name),
        "ProgramArguments": [*unit.program, "--detached"],  # launchd rotates nothing: the log goes to a file that is
        "WorkingDirectory": str(unit.folder),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": RESTART_SECONDS,
        "ExitTimeOut": unit.stop_seconds,
        "ProcessType": "Background",
        "SoftResourceLimits": {"NumberOfFiles": OPEN_FILES},
        "StandardOutPath": "/dev/null",
        "StandardErrorPath": str(errors),
        SECTION + STATE_KEY: str(unit.state_db),
    }
    if unit.system and unit.user:
        document["UserName"] = unit.user
    return plistlib.dumps(document, sort_keys=False)


def launchd_label(name: str) -> str:
    """How launchd calls the service."""
    return f"local.{name}"


def state_of_unit(text: str) -> str | None:
    """The database of the service that a unit file describes; None if it is not one of ours."""
    found = re.search(rf"^\[{SECTION}\]\n{STATE_KEY}=(.+)$", text, re.MULTILINE)
    return found[1].replace("%%", "%") if found else None


def state_of_plist(data: bytes) -> str | None:
    """The same of a property list."""
    try:
        found = plistlib.loads(data).get(SECTION + STATE_KEY)
    except (ValueError, AttributeError, plistlib.InvalidFileException):
        return None
    return found if isinstance(found, str) else None
