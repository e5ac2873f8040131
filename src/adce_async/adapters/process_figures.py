"""What this process takes of the machine, as the system says."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

_STATM, _DESCRIPTORS = Path("/proc/self/statm"), Path("/proc/self/fd")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def memory_bytes() -> int:
    """Resident memory now; where the system does not say, the most that it has been."""
    try:
        return int(_STATM.read_text().split()[1]) * _PAGE
    except (OSError, ValueError, IndexError):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def open_files() -> int:
    """Open descriptors; 0 where the system does not say."""
    for folder in (_DESCRIPTORS, Path("/dev/fd")):
        try:
            return len(os.listdir(folder)) - 1  # noqa: PTH208 - (one is the listing's own; nothing is made of the names)
        except OSError:
            continue
    return 0


def open_files_limit() -> int:
    """How many there may be."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
