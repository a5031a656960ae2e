"""Knows what the user types to call the command line. Imports nothing of ours: every command begins here."""

import os
import re


def called() -> str:
    """What the user types to call the command line: GPO_COMMAND where a script stands before it, else "gpo"."""
    return os.environ.get("GPO_COMMAND") or "gpo"


def as_typed(message: str) -> str:
    """A message with the commands in it as the user calls them: messages write `gpo …` in backticks."""
    return re.sub(r"`gpo(?=[ `])", lambda _: f"`{called()}", message)
