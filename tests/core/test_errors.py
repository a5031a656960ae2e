"""What errors say is harmless wherever it is shown: they quote rows, files and endpoints."""

import traceback

from gpo.core.errors import ConfigError, ModelRefused


def test_what_does_not_print_is_spelled_out_in_a_traceback_too() -> None:
    try:
        raise ModelRefused("m said: \x1b]52;c;aGk=\x07 \u202edne")
    except ModelRefused as error:
        shown = "".join(traceback.format_exception(error))
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "\\x1b]52;c;aGk=\\x07" in shown


def test_plain_words_stay_as_they_are_over_several_lines() -> None:
    assert str(ConfigError("café\n  two")) == "café\n  two"
