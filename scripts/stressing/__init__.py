"""What `stress.py` does: one module for each command, listed here."""

from scripts.stressing.load import LOAD
from scripts.stressing.outcome import Command

__all__ = ["COMMANDS"]

COMMANDS: list[Command] = [LOAD]
