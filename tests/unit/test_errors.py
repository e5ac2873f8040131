from __future__ import annotations

from adce_async.errors import RefusedError


def test_what_a_source_says_steers_no_terminal_and_fits_into_every_file() -> None:
    error = RefusedError("titled 'a\x1b[2J\r\nb\udcff'", head="<p>\n\ud800")
    assert error.reason == "titled 'a [2J  b?'"
    assert error.head == "<p>\n?"
    error.reason.encode()


def test_no_reason_is_what_its_class_says() -> None:
    assert (
        RefusedError().reason == "`check` did not accept the body as what was asked for: tried once more, then parked."
    )
