"""Failed laws are shown with their values."""

import pytest

pytest.register_assert_rewrite("adce_async.testing")
