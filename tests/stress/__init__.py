"""What `stress.py` does: one module for each command, listed here."""

from tests.stress import costly, damage, fuzz, kill, load, requests
from tests.stress.outcome import Command

__all__ = ["COMMANDS"]

COMMANDS: list[Command] = [each.COMMAND for each in (kill, damage, load, requests, fuzz, costly)]
