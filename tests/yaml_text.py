"""YAML, read by libyaml: ten times as fast as Python's own reader, which matters for files of 5,000 lines."""

from __future__ import annotations

from typing import Any

import yaml


def parsed(text: str | bytes) -> Any:
    """What stands there."""
    return yaml.load(text, yaml.CSafeLoader)
