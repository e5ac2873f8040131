"""Ports for servers that have to be told theirs."""

from __future__ import annotations

import random
import socket

BELOW_THE_PASSING = range(20_000, 32_000)
"""Where Linux gives none to who asks for any, so that nobody gets ours between here and the server's start."""


def free_port() -> int:
    """One of 127.0.0.1 where nobody listens."""
    while True:
        port = random.SystemRandom().choice(BELOW_THE_PASSING)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
