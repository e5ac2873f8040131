"""What models say of what they refuse, as lines `key: message`."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from adce_async.config.files.base import Model


def error(model: type[Model], written: Any) -> str:
    """The only thing that is wrong."""
    with pytest.raises(ValidationError) as caught:
        model.model_validate(written)
    (one,) = caught.value.errors()
    return f"{'.'.join(map(str, one['loc']))}: {one['msg']}"


def errors(model: Any, written: Any) -> list[str]:
    """Everything that is wrong, each at its own key."""
    with pytest.raises(ValidationError) as caught:
        model.model_validate(written)
    found = []
    for one in caught.value.errors():
        for below, message in one.get("ctx", {}).get("problems", [((), one["msg"])]):
            found.append(f"{'.'.join(map(str, (*one['loc'], *below)))}: {message}")
    return found
